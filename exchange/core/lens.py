"""Which markets somebody may see, and whose accounts in them.

A *restricted* market is seen by its viewers: listed accounts, and so by every user who owns one of them. An *anonymous*
market is seen by all and names no foreign account. A fund is seen only where all its constituents are, and hides
accounts where one of them does. Elevated admins see everything.

The *lens* of a state holds what follows from that for all markets; it never changes, a fact that changes it puts a new
one in its place. It is captured with each such fact, so who may see a fact is decided with the fact. A *view* is what
one connection sees through a lens: the lens changes for all at once, and what of it concerns a view is for ``View`` to
say.

Whoever may no longer see a market but holds a position there goes on being told of the market's definition and its
settlement. Nothing else can happen to such a position: its account is no viewer and has no orders. So who *holds* is
found once, with the lens.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from exchange.core.facts import Fact, MarketCreated, MarketEdited

if TYPE_CHECKING:
    from exchange.core.state import State

NONE: frozenset[int] = frozenset()
Gates = tuple[frozenset[int], ...]
"""Sets of accounts: whoever has one of each passes."""


class View(NamedTuple):
    """What one connection may see: its user, the account it acts as, and whose owner it is.

    ``accounts`` are the user's and the acting one; ``markets`` limits the public feed, None is all. Nothing is told of
    ``hidden`` markets, of ``held`` ones what defines and settles them, and in ``masked`` ones no foreign account is
    named.
    """

    user_id: int
    account_id: int
    elevated: bool
    accounts: frozenset[int]
    markets: frozenset[int] | None
    hidden: frozenset[int] = NONE
    held: frozenset[int] = NONE
    masked: frozenset[int] = NONE

    @property
    def kind(self) -> "View":
        """The view without who has it: those of one kind are told the same of all that is not their own."""
        return self._replace(user_id=0, account_id=0, accounts=NONE)

    def within(self, market_ids: frozenset[int], account_ids: frozenset[int]) -> "View":
        """As far as facts of these markets and accounts are concerned: views that are equal then are told the same."""
        return View(
            0, 0, self.elevated, self.accounts & account_ids, self.markets, self.hidden & market_ids,
            self.held & market_ids, self.masked & market_ids,
        )  # fmt: skip


class Terms(NamedTuple):
    """What of a market's properties decides who sees what. ``parts`` are a fund's constituents."""

    restricted: bool
    anonymous: bool
    viewers: frozenset[int]
    parts: tuple[int, ...]


class Lens(NamedTuple):
    """Who sees which markets. ``special`` are those that not everybody sees whole; all others are in no field.

    ``terms`` are those of every market that has any, ``gates`` who sees a market, ``anonymous`` where accounts are
    hidden, ``holders`` the accounts that are no viewers (any more) and hold a position. ``outsider`` is the view of
    whoever has no account at all.
    """

    terms: Mapping[int, Terms]
    gates: Mapping[int, Gates]
    anonymous: frozenset[int]
    holders: Mapping[int, frozenset[int]]
    special: frozenset[int]
    outsider: View

    def admits(self, market_id: int, account_id: int) -> bool:
        """Whether an account may trade in the market."""
        return all(account_id in gate for gate in self.gates.get(market_id, ()))

    def shows(self, market_id: int, accounts: frozenset[int]) -> bool:
        """Whether whoever has these accounts, and is not elevated, sees the whole market."""
        return not any(gate.isdisjoint(accounts) for gate in self.gates.get(market_id, ()))

    def holds(self, market_id: int, accounts: frozenset[int]) -> bool:
        """Whether one of these accounts still holds a position in a market that it may not see."""
        return not self.holders.get(market_id, NONE).isdisjoint(accounts)

    def look(self, view: View) -> View:
        """The view as it is through this lens."""
        if view.elevated:
            return view._replace(hidden=NONE, held=NONE, masked=NONE)
        closed = [market_id for market_id in self.gates if not self.shows(market_id, view.accounts)]
        held = frozenset(market_id for market_id in closed if self.holds(market_id, view.accounts))
        return view._replace(hidden=frozenset(closed) - held, held=held, masked=self.anonymous)

    def after(self, happened: Iterable[Fact]) -> "Lens":
        """The lens after these facts. Does not know who holds: good for whoever sees what they saw before."""
        return self._turned(happened, back=False)

    def before(self, happened: Iterable[Fact]) -> "Lens":
        """The lens before these facts, which are the last that turned it."""
        return self._turned(happened, back=True)

    def differs(self, other: "Lens", view: View) -> bool:
        """Whether a view that is not elevated is shown other markets, or more or less of one, by the other lens."""
        return any(
            self.shows(market_id, view.accounts) != other.shows(market_id, view.accounts)
            or (market_id not in view.hidden and (market_id in self.anonymous) != (market_id in other.anonymous))
            for market_id in self.special | other.special
        )

    def _turned(self, happened: Iterable[Fact], *, back: bool) -> "Lens":
        terms = dict(self.terms)
        for fact in happened:
            if not turns(fact):
                continue
            if isinstance(fact, MarketCreated):
                parts = tuple(part.market_id for part in fact.constituents)
                viewers = frozenset(fact.viewer_account_ids)
                terms[fact.market_id] = Terms(fact.restricted, fact.anonymous, viewers, parts)
            elif isinstance(fact, MarketEdited):
                terms[fact.market_id] = _edited(terms.get(fact.market_id, _PLAIN), fact, back=back)
        return _lens(terms, self.holders)


_PLAIN = Terms(False, False, NONE, ())
CLEAR = Lens({}, {}, NONE, {}, NONE, View(0, 0, False, NONE, None))
"""Everybody sees everything."""


def turns(fact: Fact) -> bool:
    """Whether a fact brings another lens."""
    if isinstance(fact, MarketEdited):
        named = fact.restricted is not None or fact.anonymous is not None
        return named or bool(fact.added_viewer_account_ids or fact.removed_viewer_account_ids)
    if isinstance(fact, MarketCreated):
        return fact.restricted or fact.anonymous or bool(fact.viewer_account_ids or fact.constituents)
    return False


def lens_of(state: "State") -> Lens:
    """The lens of a state, made anew. Takes a step for each market and for each account in those that are closed."""
    terms = {
        market.market_id: Terms(
            market.restricted, market.anonymous, market.viewers, tuple(part.market_id for part in market.constituents)
        )
        for market in state.markets.values()
        if market.restricted or market.anonymous or market.viewers or market.constituents
    }
    lens = _lens(terms, {})
    holders = {}
    for market_id in lens.gates:
        market = state.markets[market_id]
        holding = frozenset(
            account_id
            for account_id, position in market.positions.items()
            if (position.size or account_id in market.settled)
            and account_id != state.house_id
            and not lens.admits(market_id, account_id)
        )
        if holding:
            holders[market_id] = holding
    return lens._replace(holders=holders)


def _lens(terms: Mapping[int, Terms], holders: Mapping[int, frozenset[int]]) -> Lens:
    gates: dict[int, Gates] = {}
    anonymous: set[int] = set()
    for market_id in sorted(terms):  # a constituent is older than its fund
        own = terms[market_id]
        closed = [own.viewers] if own.restricted else []
        for part in own.parts:
            closed += gates.get(part, ())
        if closed:
            gates[market_id] = tuple(dict.fromkeys(closed))
        if own.anonymous or any(part in anonymous for part in own.parts):
            anonymous.add(market_id)
    outsider = View(0, 0, False, NONE, None, frozenset(gates), NONE, frozenset(anonymous))
    return Lens(terms, gates, outsider.masked, holders, outsider.hidden | outsider.masked, outsider)


def _edited(terms: Terms, fact: MarketEdited, *, back: bool) -> Terms:
    """An edit says only what it changed, so it can be taken back."""
    added, removed = fact.added_viewer_account_ids, fact.removed_viewer_account_ids
    if back:
        added, removed = removed, added
    return terms._replace(
        restricted=terms.restricted if fact.restricted is None else fact.restricted != back,
        anonymous=terms.anonymous if fact.anonymous is None else fact.anonymous != back,
        viewers=(terms.viewers | frozenset(added)) - frozenset(removed),
    )
