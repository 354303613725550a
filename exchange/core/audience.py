"""Who may see a fact. Decided together with the fact, and carried with its commit.

A fact is either public, perhaps with a part that only the owners of some accounts may see, or private to the owners of
some accounts; elevated admins see everything.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from exchange.core import credentials, facts

NO_MARKET = 0


class Audience(NamedTuple):
    """Who may see one fact.

    ``market_id`` is the market whose book it is about (0 for none), by which a client may have limited its feed;
    ``public`` says whether everybody else is told at all; ``accounts`` are those whose owners are told more than the
    public. ``hides`` says that the record shows more than the public may see.
    """

    market_id: int
    public: bool
    accounts: tuple[int, ...]
    hides: bool


class View(NamedTuple):
    """What one connection may see: its user, the account it acts as, and whose owner it is.

    ``accounts`` are the user's and the acting one; ``markets`` limits the public feed, None is all.
    """

    user_id: int
    account_id: int
    elevated: bool
    accounts: frozenset[int]
    markets: frozenset[int] | None


def may_see(view: View, fact: facts.Fact) -> bool:
    """Whether a client with ``view`` is told of ``fact``, in whatever form."""
    audience = audience_of(fact)
    if any(account_id in view.accounts for account_id in audience.accounts):
        return True
    if view.markets is not None and any(account_id in view.accounts for account_id in involved_accounts(fact)):
        return True
    if not audience.public and not view.elevated:
        return False
    return view.markets is None or audience.market_id == NO_MARKET or audience.market_id in view.markets


def involved_accounts(fact: facts.Fact) -> set[int]:
    """Accounts whose orders or position a fact of trading changes. Reductions are of the same user's accounts."""
    if isinstance(fact, facts.OrderPlaced | facts.OrderAmended):
        return {fact.account_id, *(fill.account_id for fill in fact.fills)}
    return {fact.account_id} if isinstance(fact, facts.OrdersCancelled) else set()


def audience_of(fact: facts.Fact) -> Audience:
    """Who may see ``fact``."""
    return _AUDIENCES[type(fact)](fact)


class Access(NamedTuple):
    """A user became, or ceased to be, an owner of an account."""

    user_id: int
    account_id: int
    owner: bool


def access_changes(happened: Sequence[facts.Fact]) -> list[Access]:
    """What these facts change about who owns what, in order."""
    changes: list[Access] = []
    for fact in happened:
        if isinstance(fact, facts.AccountCreated):
            changes += [Access(user_id, fact.account_id, True) for user_id in fact.owner_user_ids]
        elif isinstance(fact, facts.AccessChanged):
            changes.append(Access(fact.user_id, fact.account_id, fact.owner))
    return changes


def concerns(view: View, changes: Sequence[Access]) -> bool:
    """Whether these changes are about the user of this view."""
    return any(change.user_id == view.user_id for change in changes)


def _order_placed(fact: facts.OrderPlaced) -> Audience:
    hides = bool(fact.tag) or fact.session_number != 0
    return Audience(fact.market_id, True, (fact.account_id,) if fact.tag else (), hides)


def _of_market(fact: Any) -> Audience:
    return Audience(fact.market_id, True, (), False)


def _everybody(fact: Any) -> Audience:
    return Audience(NO_MARKET, True, (), False)


def _elevated(fact: Any) -> Audience:
    return Audience(NO_MARKET, False, (), True)


_AUDIENCES: dict[type, Callable[[Any], Audience]] = {
    facts.OrderPlaced: _order_placed,
    facts.OrderAmended: _of_market,
    facts.OrdersCancelled: _of_market,
    facts.MarketCreated: _everybody,
    facts.MarketEdited: _everybody,
    facts.GroupChanged: _everybody,
    facts.Announced: _everybody,
    facts.MarketStatusChanged: _everybody,
    facts.MarketSettled: _everybody,
    facts.MarketUnsettled: _everybody,
    facts.Redeemed: _everybody,
    facts.MarketFailed: _elevated,
    facts.AccountCreated: lambda fact: Audience(NO_MARKET, True, (fact.account_id,), bool(fact.owner_user_ids)),
    facts.AccountRenamed: _everybody,
    facts.AccessChanged: lambda fact: Audience(NO_MARKET, False, (fact.account_id,), True),
    facts.UserCreated: _elevated,
    facts.CancelOnDisconnectSet: _elevated,
    credentials.ApiKeyIssued: _elevated,
    credentials.ApiKeyUsed: _elevated,
    credentials.ApiKeyRevoked: _elevated,
    credentials.InvitationIssued: _elevated,
    credentials.InvitationAccepted: _elevated,
    credentials.InvitationRevoked: _elevated,
    facts.DeadManTimerSet: lambda fact: Audience(NO_MARKET, False, (fact.account_id,), True),
    facts.Transferred: lambda fact: Audience(NO_MARKET, False, (fact.from_account_id, fact.to_account_id), True),
}
