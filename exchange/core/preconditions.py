"""What must hold before a rule looks further, and the refusals that many rules share."""

from exchange.core.commands import Actor
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
UNKNOWN_ACCOUNT = Refusal(Code.UNKNOWN_ACCOUNT, "account_id", "There is no such account.")
_OPEN = MarketStatus.OPEN


def check_market(state: State, market_id: int) -> Market | Refusal:
    """The market if it is open."""
    market = state.markets.get(market_id)
    if market is None:
        return UNKNOWN_MARKET
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
