"""Rules for funds: markets that are baskets of others, and their redemption.

A fund's bounds follow from its constituents, which existed before it, so no basket can contain itself. Redeeming swaps
a fund for its constituents at no price, with the house on the other side: that is fair because a fund settles by
itself at exactly what its constituents come to (``settlement.py``).
"""

from exchange.core.checks import exceeds_limit, standing_of
from exchange.core.commands import Actor, CreateMarket, Redeem
from exchange.core.facts import Decision, Done, Redeemed
from exchange.core.preconditions import acting_account, check_market, find_market
from exchange.core.refusals import Code, Refusal
from exchange.core.state import Account, Market, State, worst_case
from exchange.core.units import CONSTITUENTS_MAX, PRICE_MAX, REACH_MAX, SIZE_MAX, MarketStatus, in_hundredths

NOT_A_FUND = Refusal(Code.NOT_A_FUND, "market_id", "The market is not a fund: it has no constituents.")
_REACH = Refusal(Code.REACH, "size", "The sums would leave the range in which money is exact.")

Leg = tuple[Market, int]
"""A market and the signed size that the account gets in it."""


def fund_bounds(state: State, actor: Actor, command: CreateMarket) -> tuple[int, int] | Refusal:
    """The bounds of a new fund: the least and the most that its constituents can come to."""
    if command.low or command.high:
        field = "low" if command.low else "high"
        return Refusal(Code.INVALID_VALUE, field, "The bounds of a fund follow from its constituents: leave them out.")
    if len(command.constituents) > CONSTITUENTS_MAX:
        return Refusal(Code.INVALID_VALUE, "constituents", f"A fund has at most {CONSTITUENTS_MAX} constituents.")
    low = high = 0
    named: set[int] = set()
    for index, (market_id, multiplier) in enumerate(command.constituents):
        field = f"constituents[{index}]"
        market = find_market(state, actor, market_id)
        if isinstance(market, Refusal):
            return market._replace(field=field)
        if market.status == MarketStatus.SETTLED:
            return Refusal(Code.MARKET_SETTLED, field, "The market is settled: a fund holds what still trades.")
        if market_id in named:
            return Refusal(Code.INVALID_VALUE, field, "A fund names each constituent once.")
        if multiplier == 0:
            return Refusal(Code.INVALID_VALUE, field, "A multiplier is a whole number other than 0.")
        named.add(market_id)
        low += min(multiplier * market.low, multiplier * market.high)
        high += max(multiplier * market.low, multiplier * market.high)
    if low < -PRICE_MAX or high > PRICE_MAX:
        most = in_hundredths(PRICE_MAX)
        return Refusal(
            Code.INVALID_VALUE, "constituents", f"The fund could come to more than {most} or less than -{most}."
        )
    return low, high


def check_fee(fee: int, is_fund: bool) -> Refusal | None:
    """A fee is a price of no less than 0, and only funds have one."""
    if not is_fund and fee:
        return Refusal(Code.INVALID_VALUE, "redeem_fee", "Only a fund has a fee for redeeming.")
    if not 0 <= fee <= PRICE_MAX:
        return Refusal(Code.INVALID_VALUE, "redeem_fee", f"A fee is from 0.00 to {in_hundredths(PRICE_MAX)}.")
    return None


def redeem(state: State, actor: Actor, command: Redeem, now: int) -> Refusal | Decision:
    """Swaps a fund for its constituents if the account could afterwards still pay for any settlement."""
    account = acting_account(state, actor)
    if isinstance(account, Refusal):
        return account
    if account.account_id == state.house_id:
        return Refusal(Code.NOT_ALLOWED, "account_id", "The house is the other side of every redemption.")
    named = find_market(state, actor, command.market_id)
    if isinstance(named, Refusal):
        return named
    if not named.constituents:
        return NOT_A_FUND
    fund = check_market(state, actor, command.market_id)
    if isinstance(fund, Refusal):
        return fund
    if not 0 < abs(command.size) <= SIZE_MAX:
        most = in_hundredths(SIZE_MAX)
        return Refusal(Code.INVALID_VALUE, "size", f"A size is from 0.01 to {most}, or negative to make the fund.")
    legs: list[Leg] = [(fund, -command.size)]
    for market_id, multiplier in fund.constituents:
        market = check_market(state, actor, market_id)
        if isinstance(market, Refusal):
            name = state.markets[market_id].name
            return market._replace(message=f"A constituent is not open for trading: {name}.")
        legs.append((market, command.size * multiplier))
    fee = fund.redeem_fee * abs(command.size)
    refusal = _check_account(account, legs, fee) or _check_house(state.accounts[state.house_id], legs, fee)
    if refusal is not None:
        return refusal
    marks = [market.mark for market, _ in legs[1:]]
    mark = sum(constituent.multiplier * mark for constituent, mark in zip(fund.constituents, marks, strict=True))
    fact = Redeemed(fund.market_id, account.account_id, command.size, fee, mark, tuple(marks))
    return Decision((fact,), Done())


def _check_account(account: Account, legs: list[Leg], fee: int) -> Refusal | None:
    for market, change in legs:
        before = standing_of(market.positions.get(account.account_id))
        if market.position_limit and exceeds_limit(market.position_limit, before, (before[0] + change, *before[1:])):
            name = market.name
            return Refusal(Code.POSITION_LIMIT, "size", f"The position could become larger than allowed in {name}.")
    worst, weight = _sums_after(account, legs, 1)
    if abs(account.cash - fee) + weight > REACH_MAX:
        return _REACH
    if account.cash - fee + worst < 0:
        return Refusal(Code.INSUFFICIENT_FUNDS, "size", "The account has not enough available cash to redeem this.")
    return None


def _check_house(house: Account, legs: list[Leg], fee: int) -> Refusal | None:
    """Exempt from funds and limits, not from reach."""
    _, weight = _sums_after(house, legs, -1)
    return _REACH if abs(house.cash + fee) + weight > REACH_MAX else None


def _sums_after(account: Account, legs: list[Leg], sign: int) -> tuple[int, int]:
    """The account's sums of worst cases and weights as the legs would leave them."""
    worst, weight = account.worst, account.weight
    for market, change in legs:
        position = market.positions.get(account.account_id)
        size, bid_size, bid_value, offer_size, offer_value, _ = standing_of(position)
        size += sign * change
        if position is not None:
            worst -= position.worst
            weight -= position.weight
        worst += worst_case(market.low, market.high, size, bid_size, bid_value, offer_size, offer_value)
        weight += market.bound * (abs(size) + 2 * bid_size + 2 * offer_size)
    return worst, weight
