"""Rules for settlement: markets end at a price, funds follow by themselves, and an admin can take it back.

Facts are in the order of cause and effect: the market that was named, then the funds that follow from it, a fund always
after all its constituents.
"""

from exchange.core.commands import Actor, SettleMarket, UnsettleMarket
from exchange.core.facts import (
    Decision,
    Done,
    Fact,
    MarketSettled,
    MarketUnsettled,
    RestoredPosition,
    Transferred,
)
from exchange.core.preconditions import find_market
from exchange.core.refusals import Code, Refusal
from exchange.core.state import Account, Market, State, worst_case
from exchange.core.units import REACH_MAX, MarketStatus, TransferKind, in_hundredths

_FUND = Refusal(
    Code.FUND_SETTLES_ITSELF, "market_id", "A fund follows its constituents by itself: settle or unsettle those."
)
_REACH = Refusal(Code.REACH, "market_id", "The sums would leave the range in which money is exact.")
_COVER_NOTE = "Covers what was spent of a settlement that was reversed"


def settle_market(state: State, actor: Actor, command: SettleMarket, now: int) -> Refusal | Decision:
    """Ends a market at a price within its bounds, by its owner or an elevated admin, and the funds it completes."""
    market = find_market(state, actor, command.market_id)
    if isinstance(market, Refusal):
        return market
    if not actor.elevated and not state.owns(actor.user_id, market.owner_account_id):
        return Refusal(Code.NOT_ALLOWED, "market_id", "Only its owner or an elevated admin settles a market.")
    if market.constituents:
        return _FUND
    if market.status == MarketStatus.SETTLED:
        return Refusal(Code.MARKET_SETTLED, "market_id", "The market is settled.")
    if market.status == MarketStatus.PAUSED and not actor.elevated:
        return Refusal(Code.MARKET_PAUSED, "market_id", "The market is paused: wait until it opens again.")
    if not market.low <= command.price <= market.high:
        low, high = in_hundredths(market.low), in_hundredths(market.high)
        return Refusal(Code.PRICE_OUT_OF_BOUNDS, "price", f"This market settles from {low} to {high}.")
    facts: list[Fact] = [MarketSettled(market.market_id, command.price, actor.user_id)]
    prices = {market.market_id: command.price}
    for fund in funds_above(state, market):
        price = _price_of(state, fund, prices)
        if price is not None:
            prices[fund.market_id] = price
            facts.append(MarketSettled(fund.market_id, price, 0))
    return Decision(tuple(facts), Done())


def unsettle_market(state: State, actor: Actor, command: UnsettleMarket, now: int) -> Refusal | Decision:
    """Brings back what was held when a market was settled, and in the funds that followed, by an elevated admin.

    Whoever has spent the money keeps it from happening, unless the house covers what is missing.
    """
    market = find_market(state, actor, command.market_id)
    if isinstance(market, Refusal):
        return market
    if not actor.elevated:
        return Refusal(Code.NOT_ELEVATED, "", "Only an elevated admin may do that: switch elevation on first.")
    if market.constituents:
        return _FUND
    if market.status != MarketStatus.SETTLED:
        return Refusal(Code.MARKET_NOT_SETTLED, "market_id", "The market is not settled.")
    followed = [fund for fund in funds_above(state, market) if fund.status == MarketStatus.SETTLED]
    reopened = [market, *followed]
    covers = _check_restored(state, actor, reopened, command.cover)
    if isinstance(covers, Refusal):
        return covers
    facts: list[Fact] = [_unsettled(market, actor.user_id)]
    facts += [_unsettled(fund, 0) for fund in followed]
    return Decision((*facts, *covers), Done())


def funds_above(state: State, market: Market) -> list[Market]:
    """The funds that have the market in them, directly or through other funds, each after its constituents."""
    found: set[int] = set()
    waiting = list(market.part_of)
    while waiting:
        fund_id = waiting.pop()
        if fund_id not in found:
            found.add(fund_id)
            waiting += state.markets[fund_id].part_of
    return [state.markets[fund_id] for fund_id in sorted(found)]  # a constituent is older than its fund


def _price_of(state: State, fund: Market, prices: dict[int, int]) -> int | None:
    """What a fund settles at, with ``prices`` of what is about to be settled; None while a constituent is not."""
    total = 0
    for market_id, multiplier in fund.constituents:
        market = state.markets[market_id]
        price = prices.get(market_id, market.settlement_price if market.status == MarketStatus.SETTLED else None)
        if price is None:
            return None
        total += multiplier * price
    return total


def _unsettled(market: Market, author_user_id: int) -> MarketUnsettled:
    positions = [RestoredPosition(account_id, size, cost) for account_id, (size, cost) in market.settled.items()]
    return MarketUnsettled(market.market_id, author_user_id, tuple(positions))


def _check_restored(
    state: State, actor: Actor, reopened: list[Market], cover: bool
) -> tuple[Transferred, ...] | Refusal:
    """Looks at every account that gets a position back; returns the transfers that cover what is missing."""
    house = state.accounts[state.house_id]
    after: dict[int, tuple[int, int, int]] = {house.account_id: _sums(house)}
    for market in reopened:
        for account_id, (size, _) in market.settled.items():
            cash, worst, weight = after.get(account_id) or _sums(state.accounts[account_id])
            after[account_id] = (
                cash - size * market.settlement_price,
                worst + worst_case(market.low, market.high, size, 0, 0, 0, 0),
                weight + market.bound * abs(size),
            )
    covers: list[Transferred] = []
    covered = 0
    for account_id, (cash, worst, weight) in after.items():
        if abs(cash) + weight > REACH_MAX:
            return _REACH
        missing = -(cash + worst)
        if account_id == house.account_id or missing <= 0:
            continue
        if not cover:
            name = state.accounts[account_id].name
            sentence = f"{name} has spent money of this settlement: let the house cover it, or get it back first."
            return Refusal(Code.INSUFFICIENT_FUNDS, "cover", sentence)
        if abs(cash + missing) + weight > REACH_MAX:
            return _REACH
        covered += missing
        covers.append(Transferred(
            state.next_transfer_id + len(covers), TransferKind.COVER, house.account_id, account_id, missing,
            _COVER_NOTE, actor.user_id,
        ))  # fmt: skip
    cash, _, weight = after[house.account_id]
    return _REACH if abs(cash - covered) + weight > REACH_MAX else tuple(covers)


def _sums(account: Account) -> tuple[int, int, int]:
    return account.cash, account.worst, account.weight
