"""What must hold for an account in a market after a command: limits, reach and funds."""

from exchange.core.refusals import Code, Refusal
from exchange.core.state import Account, Market, Position, State, worst_case
from exchange.core.units import REACH_MAX

Standing = tuple[int, int, int, int, int, int]
"""Position and resting orders of an account in one market: size, bid size and value, offer size and value, and how many
orders are open. A plain tuple, because two are made for every order."""

NOTHING: Standing = (0, 0, 0, 0, 0, 0)


def standing_of(position: Position | None) -> Standing:
    """The standing now."""
    if position is None:
        return NOTHING
    return (
        position.size, position.bid_size, position.bid_value, position.offer_size, position.offer_value,
        len(position.orders),
    )  # fmt: skip


def check_after(
    state: State,
    market: Market,
    account: Account,
    cash: int,
    before: Standing,
    after: Standing,
    worst_elsewhere: int,
    weight_elsewhere: int,
) -> Refusal | None:
    """Refuses a command that would leave the account with ``cash`` and ``after`` where that may not be.

    ``worst_elsewhere`` and ``weight_elsewhere`` sum the account's other markets. The house is exempt from funds and
    limits, not from reach.
    """
    size, bid_size, bid_value, offer_size, offer_value, open_orders = after
    weight = market.bound * ((size if size >= 0 else -size) + 2 * (bid_size + offer_size))
    if (cash if cash >= 0 else -cash) + weight_elsewhere + weight > REACH_MAX:
        return Refusal(Code.REACH, "size", "The sums would leave the range in which money is exact.")
    if account.account_id == state.house_id:
        return None
    most = state.limits.open_orders_per_market
    if open_orders > most and open_orders > before[5]:
        return Refusal(Code.TOO_MANY_ORDERS, "market_id", f"An account has at most {most:,} open orders in a market.")
    if market.position_limit and exceeds_limit(market.position_limit, before, after):
        return Refusal(Code.POSITION_LIMIT, "size", "The position could become larger than this market allows.")
    worst = worst_case(market.low, market.high, size, bid_size, bid_value, offer_size, offer_value)
    if cash + worst_elsewhere + worst < 0:
        return Refusal(Code.INSUFFICIENT_FUNDS, "size", "The account has not enough available cash for this order.")
    return None


def exceeds_limit(limit: int, before: Standing, after: Standing) -> bool:
    """Whether a side that the command raises could take the position beyond the limit."""
    size_before, bids_before, _, offers_before, _, _ = before
    size, bids, _, offers, _, _ = after
    return (size + bids > limit and size + bids > size_before + bids_before) or (
        offers - size > limit and offers - size > offers_before - size_before
    )
