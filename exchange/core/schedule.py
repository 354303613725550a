"""What is due in a market before anything else may be decided there."""

from exchange.core.commands import EndOrders, FollowSchedule
from exchange.core.state import Market
from exchange.core.units import CancelReason


def due_command(market: Market, now: int) -> EndOrders | FollowSchedule | None:
    """The command that time itself gives at ``now``, or None. Constant time when nothing is due.

    Asked again after each until there is none, it ends orders and opens or halts the market by its times.
    """
    due = market.book.due(now)
    if due:
        return EndOrders(market.market_id, due, CancelReason.EXPIRED)
    if 0 < market.opens_at <= now or 0 < market.closes_at <= now:
        return FollowSchedule(market.market_id)
    return None
