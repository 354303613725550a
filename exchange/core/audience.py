"""Who may see a fact, and what of it. Decided together with the fact, and carried with its commit.

A fact is either public, perhaps with a part that only the owners of some accounts may see, or private to the owners of
some accounts; elevated admins see everything. What a view shows of markets (``lens.py``) comes before all that.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from exchange.core import credentials, facts
from exchange.core.lens import View

NO_MARKET = 0
SEVERAL_MARKETS = -1


class Audience(NamedTuple):
    """Who may see one fact.

    ``market_id`` is the market whose book it is about (0 for none), by which a client may have limited its feed;
    ``public`` says whether everybody else is told at all; ``accounts`` are those whose owners are told more than the
    public.
    """

    market_id: int
    public: bool
    accounts: tuple[int, ...]


def may_see(view: View, fact: facts.Fact) -> bool:
    """Whether a client with ``view`` is told of ``fact``, in whatever form."""
    market_id = market_of(fact)
    if market_id in view.hidden:
        return False
    if market_id in view.held:
        return isinstance(fact, _DEFINING)
    audience = audience_of(fact)
    if any(account_id in view.accounts for account_id in audience.accounts):
        return True
    if view.markets is not None and any(account_id in view.accounts for account_id in involved_accounts(fact)):
        return True
    if not audience.public and not view.elevated:
        return False
    return view.markets is None or audience.market_id == NO_MARKET or audience.market_id in view.markets


def as_seen(view: View, fact: facts.Fact) -> facts.Fact | None:
    """What a client with ``view`` is told of ``fact``: the fact itself where nothing is kept back, None for nothing."""
    if not may_see(view, fact):
        return None
    if view.elevated:
        return fact
    keep_back = _CONCEALERS.get(type(fact))
    return fact if keep_back is None else keep_back(view, fact)


def market_of(fact: facts.Fact) -> int:
    """The market that a fact is about, 0 for none."""
    return getattr(fact, "market_id", NO_MARKET)


def market_of_commit(happened: Sequence[facts.Fact]) -> int:
    """The market of all facts of a commit that have one; 0 where none has, -1 where they are of several."""
    found = NO_MARKET
    for fact in happened:
        market_id = market_of(fact)
        if market_id and market_id != found:
            if found:
                return SEVERAL_MARKETS
            found = market_id
    return found


def decides_status(fact: facts.Fact) -> bool:
    """Whether a market has its status from this fact."""
    return isinstance(fact, _DECIDING_STATUS)


def involved_accounts(fact: facts.Fact) -> set[int]:
    """Accounts that a fact of trading names. Reductions are of the same user's accounts."""
    if isinstance(fact, facts.OrderPlaced | facts.OrderAmended):
        return {fact.account_id, *(fill.account_id for fill in fact.fills)}
    if isinstance(fact, facts.MarketCreated):
        return {fact.owner_account_id}
    return {fact.account_id} if isinstance(fact, facts.OrdersCancelled | facts.Redeemed) else set()


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
    return Audience(fact.market_id, True, (fact.account_id,) if fact.tag else ())


def _of_market(fact: Any) -> Audience:
    return Audience(fact.market_id, True, ())


def _unsettled(fact: facts.MarketUnsettled) -> Audience:
    return Audience(NO_MARKET, True, tuple(restored.account_id for restored in fact.positions))


def _everybody(fact: Any) -> Audience:
    return Audience(NO_MARKET, True, ())


def _elevated(fact: Any) -> Audience:
    return Audience(NO_MARKET, False, ())


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
    facts.MarketUnsettled: _unsettled,
    facts.Redeemed: _everybody,
    facts.MarketFailed: _elevated,
    facts.AccountCreated: lambda fact: Audience(NO_MARKET, True, (fact.account_id,)),
    facts.AccountRenamed: _everybody,
    facts.AccessChanged: lambda fact: Audience(NO_MARKET, False, (fact.account_id,)),
    facts.UserCreated: _elevated,
    facts.CancelOnDisconnectSet: _elevated,
    credentials.ApiKeyIssued: _elevated,
    credentials.ApiKeyUsed: _elevated,
    credentials.ApiKeyRevoked: _elevated,
    credentials.InvitationIssued: _elevated,
    credentials.InvitationAccepted: _elevated,
    credentials.InvitationRevoked: _elevated,
    facts.DeadManTimerSet: lambda fact: Audience(NO_MARKET, False, (fact.account_id,)),
    facts.Transferred: lambda fact: Audience(NO_MARKET, False, (fact.from_account_id, fact.to_account_id)),
}
_DEFINING = facts.MarketEdited | facts.MarketStatusChanged | facts.MarketSettled | facts.MarketUnsettled
_DECIDING_STATUS = (facts.MarketCreated, facts.MarketStatusChanged, facts.MarketSettled, facts.MarketUnsettled)


# What is kept back from those who are not elevated. Each returns the fact itself where that is nothing.


def _conceal_placed(view: View, fact: facts.OrderPlaced) -> facts.OrderPlaced:
    if fact.session_number:
        fact = fact._replace(session_number=0)
    if fact.tag and fact.account_id not in view.accounts:
        fact = fact._replace(tag=b"")
    return _mask_trading(view, fact) if fact.market_id in view.masked else fact


def _conceal_trading(view: View, fact: Any) -> Any:
    return _mask_trading(view, fact) if fact.market_id in view.masked else fact


def _mask_trading(view: View, fact: Any) -> Any:
    accounts = view.accounts
    account_id = fact.account_id if fact.account_id in accounts else 0
    fills = tuple(fill if fill.account_id in accounts else fill._replace(account_id=0) for fill in fact.fills)
    return fact._replace(account_id=account_id, fills=fills)


def _conceal_account(view: View, fact: Any) -> Any:
    if fact.market_id in view.masked and fact.account_id not in view.accounts:
        return fact._replace(account_id=0)
    return fact


def _conceal_created(view: View, fact: facts.MarketCreated) -> facts.MarketCreated:
    if fact.viewer_account_ids:
        fact = fact._replace(viewer_account_ids=())
    if fact.market_id in view.masked and fact.owner_account_id not in view.accounts:
        fact = fact._replace(owner_account_id=0)
    return fact


def _conceal_edited(view: View, fact: facts.MarketEdited) -> facts.MarketEdited:
    if fact.added_viewer_account_ids or fact.removed_viewer_account_ids:
        return fact._replace(added_viewer_account_ids=(), removed_viewer_account_ids=())
    return fact


def _conceal_restored(view: View, fact: facts.MarketUnsettled) -> facts.MarketUnsettled:
    """What others hold is nobody's business: it also came of redeeming funds that may be hidden."""
    own = tuple(restored for restored in fact.positions if restored.account_id in view.accounts)
    return fact if len(own) == len(fact.positions) else fact._replace(positions=own)


def _conceal_owners(view: View, fact: facts.AccountCreated) -> facts.AccountCreated:
    return fact if not fact.owner_user_ids or fact.account_id in view.accounts else fact._replace(owner_user_ids=())


_CONCEALERS: dict[type, Callable[[View, Any], facts.Fact]] = {
    facts.OrderPlaced: _conceal_placed,
    facts.OrderAmended: _conceal_trading,
    facts.OrdersCancelled: _conceal_account,
    facts.Redeemed: _conceal_account,
    facts.MarketCreated: _conceal_created,
    facts.MarketEdited: _conceal_edited,
    facts.MarketUnsettled: _conceal_restored,
    facts.AccountCreated: _conceal_owners,
}
