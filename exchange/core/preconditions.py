"""What must hold before a rule looks further, and the refusals that many rules share."""

from exchange.core.commands import Actor
from exchange.core.lens import NONE
from exchange.core.refusals import Code, Refusal
from exchange.core.state import Account, Market, State
from exchange.core.units import MarketStatus

NOT_ELEVATED = Refusal(Code.NOT_ELEVATED, "", "Only an elevated admin may do that: switch elevation on first.")
NOT_OPEN = {
    MarketStatus.HALTED: Refusal(
        Code.MARKET_NOT_OPEN, "market_id", "The market is halted: orders can be cancelled, not placed or changed."
    ),
    MarketStatus.PAUSED: Refusal(Code.MARKET_PAUSED, "market_id", "The market is paused: wait until it opens again."),
    MarketStatus.SETTLED: Refusal(Code.MARKET_SETTLED, "market_id", "The market is settled."),
}
UNKNOWN_MARKET = Refusal(Code.UNKNOWN_MARKET, "market_id", "There is no such market.")
NOT_A_VIEWER = Refusal(
    Code.NOT_ALLOWED, "market_id", "The market is restricted, and the account you act as is not among its viewers."
)
UNKNOWN_ACCOUNT = Refusal(Code.UNKNOWN_ACCOUNT, "account_id", "There is no such account.")
_OPEN = MarketStatus.OPEN


def accounts_of(state: State, actor: Actor) -> frozenset[int]:
    """The accounts through which the user sees markets: all of their own, or the one that their key is bound to."""
    if actor.bound:
        return frozenset({actor.account_id})
    user = state.users.get(actor.user_id)
    return frozenset(user.owned) if user is not None else NONE


def find_market(state: State, actor: Actor, market_id: int) -> Market | Refusal:
    """The market if the user sees it. Whoever does not is told what anybody is told of an id that is not used."""
    market = state.markets.get(market_id)
    if market is None:
        return UNKNOWN_MARKET
    lens = state.lens
    if market_id in lens.gates and not actor.elevated:
        accounts = accounts_of(state, actor)
        if not lens.shows(market_id, accounts):
            return NOT_A_VIEWER if lens.holds(market_id, accounts) else UNKNOWN_MARKET
    return market


def check_market(state: State, actor: Actor, market_id: int) -> Market | Refusal:
    """The market if it is open, and the acting account may trade in it."""
    market = state.markets.get(market_id)
    if market is None:
        return UNKNOWN_MARKET
    if market_id in state.lens.gates:
        found = find_market(state, actor, market_id)
        if isinstance(found, Refusal):
            return found
        if not state.lens.admits(market_id, actor.account_id):
            return NOT_A_VIEWER
    if market.status is not _OPEN:
        return NOT_OPEN[market.status]
    return market


def acting_account(state: State, actor: Actor) -> Account | Refusal:
    """The account that is acted as, if the user still may: ownership can end while a connection lives."""
    account = state.accounts.get(actor.account_id)
    if account is None:
        return UNKNOWN_ACCOUNT
    if actor.user_id not in account.owners and not actor.elevated:
        return Refusal(Code.NOT_OWNER, "account_id", "You do not own the account you act as.")
    return account


def market_and_account(state: State, actor: Actor, market_id: int) -> tuple[Market, Account] | Refusal:
    """An open market and the acting account, which may trade in it: ``check_market``, then ``acting_account``."""
    market = check_market(state, actor, market_id)
    if isinstance(market, Refusal):
        return market
    account = acting_account(state, actor)
    return account if isinstance(account, Refusal) else (market, account)


def trading(state: State, actor: Actor, market_id: int) -> tuple[Market, Account] | None:
    """The market and the acting account where plainly nothing stands in the way: what nearly every order finds.

    None says only that the checks one by one have to tell.
    """
    user_id, account_id, _, _, _ = actor
    market, account = state.markets.get(market_id), state.accounts.get(account_id)
    if (
        market is not None
        and account is not None
        and market.status is _OPEN
        and market_id not in state.lens.gates
        and user_id in account.owners
    ):
        return market, account
    return None
