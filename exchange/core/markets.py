"""Rules for markets: create, change status, settle."""

from exchange.core.commands import Actor, CreateMarket, ReportFailure, SetMarketStatus, SettleMarket
from exchange.core.facts import (
    Created,
    Decision,
    Done,
    Fact,
    MarketCreated,
    MarketFailed,
    MarketSettled,
    MarketStatusChanged,
)
from exchange.core.names import check_name, check_text, name_key
from exchange.core.orders import acting_account
from exchange.core.refusals import Code, Refusal
from exchange.core.state import State
from exchange.core.units import DESCRIPTION_MAX, PRICE_MAX, MarketStatus, in_hundredths

_UNKNOWN_MARKET = Refusal(Code.UNKNOWN_MARKET, "market_id", "There is no such market.")
_SETTLED = Refusal(Code.MARKET_SETTLED, "market_id", "The market is settled.")
_NOT_ELEVATED = Refusal(Code.NOT_ELEVATED, "", "Only an elevated admin may do that: switch elevation on first.")


def create_market(state: State, actor: Actor, command: CreateMarket, now: int) -> Refusal | Decision:
    """Makes a market with settlement bounds ``low < high``, open at once."""
    if not actor.elevated and not state.limits.users_create_markets:
        return _NOT_ELEVATED
    account = acting_account(state, actor)
    if isinstance(account, Refusal):
        return account
    refusal = check_name(command.name) or check_text(command.description, DESCRIPTION_MAX, "description")
    if refusal is not None:
        return refusal
    if not -PRICE_MAX <= command.low < PRICE_MAX:
        return Refusal(Code.INVALID_VALUE, "low", _bounds_message())
    if not command.low < command.high <= PRICE_MAX:
        return Refusal(Code.INVALID_VALUE, "high", _bounds_message())
    if name_key(command.name) in state.markets_by_name:
        return Refusal(Code.NAME_TAKEN, "name", "Another market has that name.")
    if not actor.elevated:
        most = state.limits.markets_per_user
        owned = state.users[actor.user_id].owned if actor.user_id in state.users else frozenset[int]()
        if sum(market.owner_account_id in owned for market in state.markets.values()) >= most:
            return Refusal(Code.LIMIT_REACHED, "", f"A user makes at most {most} markets.")
    fact = MarketCreated(
        max(state.markets, default=0) + 1, command.name, command.description, actor.account_id, command.low,
        command.high, MarketStatus.OPEN,
    )  # fmt: skip
    return Decision((fact,), Created(fact.market_id))


def set_market_status(state: State, actor: Actor, command: SetMarketStatus, now: int) -> Refusal | Decision:
    """Opens, halts or pauses a market, by an elevated admin."""
    market = state.markets.get(command.market_id)
    if market is None:
        return _UNKNOWN_MARKET
    if not actor.elevated:
        return _NOT_ELEVATED
    if command.status == MarketStatus.SETTLED:
        return Refusal(Code.INVALID_VALUE, "status", "A market is settled at a price: ask for settlement.")
    if market.status == MarketStatus.SETTLED:
        return _SETTLED
    if market.status == command.status:
        return Refusal(Code.INVALID_VALUE, "status", f"The market is {market.status.name.lower()} already.")
    fact = MarketStatusChanged(market.market_id, command.status, actor.user_id)
    return Decision((fact,), Done())


def settle_market(state: State, actor: Actor, command: SettleMarket, now: int) -> Refusal | Decision:
    """Ends a market at a price within its bounds, by its owner or an elevated admin."""
    market = state.markets.get(command.market_id)
    if market is None:
        return _UNKNOWN_MARKET
    if not actor.elevated and not state.owns(actor.user_id, market.owner_account_id):
        return Refusal(Code.NOT_ALLOWED, "market_id", "Only its owner or an elevated admin settles a market.")
    if market.status == MarketStatus.SETTLED:
        return _SETTLED
    if market.status == MarketStatus.PAUSED and not actor.elevated:
        return Refusal(Code.MARKET_PAUSED, "market_id", "The market is paused: wait until it opens again.")
    if not market.low <= command.price <= market.high:
        low, high = in_hundredths(market.low), in_hundredths(market.high)
        return Refusal(Code.PRICE_OUT_OF_BOUNDS, "price", f"This market settles from {low} to {high}.")
    return Decision((MarketSettled(market.market_id, command.price, actor.user_id),), Done())


def report_failure(state: State, actor: Actor, command: ReportFailure, now: int) -> Refusal | Decision:
    """Records that a task failed; halts the market when it keeps failing."""
    market = state.markets.get(command.market_id)
    facts: list[Fact] = [MarketFailed(command.market_id, command.reason, command.halt)]
    if command.halt and market is not None and market.status in (MarketStatus.OPEN, MarketStatus.PAUSED):
        facts.append(MarketStatusChanged(market.market_id, MarketStatus.HALTED, 0))
    return Decision(tuple(facts), Done())


def _bounds_message() -> str:
    limit = in_hundredths(PRICE_MAX)
    return f"Settlement bounds are low < high, from -{limit} to {limit}."
