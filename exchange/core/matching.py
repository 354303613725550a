"""What an incoming order would meet, worked out without touching the book."""

from collections.abc import Set
from typing import NamedTuple

from exchange.core.book import Book
from exchange.core.facts import Fill, Reduction
from exchange.core.units import SelfTrade, Side
from exchange.core.values import maker

_BUY = Side.BUY


class Match(NamedTuple):
    """The trades and prevented self-trades of an incoming order.

    ``left`` is the size that neither traded nor was decremented; ``stopped`` says it may not rest because of an own
    order; ``reduced_size`` and ``reduced_value`` sum what the taker's own account loses in resting orders.
    """

    fills: tuple[Fill, ...] = ()
    reductions: tuple[Reduction, ...] = ()
    filled: int = 0
    filled_value: int = 0
    left: int = 0
    stopped: bool = False
    reduced_size: int = 0
    reduced_value: int = 0
    reduced_orders: int = 0


_fill, _match = maker(Fill), maker(Match)


def would_meet(book: Book, side: Side, price: int) -> bool:
    """Whether an order on ``side`` at ``price`` meets any resting order."""
    return book.offers.best_rank <= price if side is _BUY else book.bids.best_rank <= -price


def plan_match(
    book: Book,
    side: Side,
    price: int,
    size: int,
    account_id: int,
    self_trade: SelfTrade | None,
    own: Set[int],
    steps_max: int,
) -> Match | None:
    """Walks the opposite side in priority until price or size ends the walk.

    ``own`` are the accounts whose orders the taker may not trade with. ``self_trade`` None (fill or kill) stops at the
    first of those. Returns None when more than ``steps_max`` resting orders would be met.
    """
    ladder = book.offers if side is _BUY else book.bids
    limit = price if side is _BUY else -price
    fills: list[Fill] = []
    reductions: list[Reduction] = []
    left = size
    filled = filled_value = reduced_size = reduced_value = reduced_orders = 0
    stopped = False
    for level in ladder.walk():
        if level.rank > limit:
            break
        order = level.first
        while order is not None and left:
            if len(fills) + len(reductions) >= steps_max:
                return None
            if order.account_id not in own:
                traded, at = order.remaining, order.price
                if traded > left:
                    traded = left
                fills.append(_fill((order.order_id, order.account_id, traded, at)))
                filled += traded
                filled_value += traded * at
                left -= traded
            else:
                stopped = self_trade in (None, SelfTrade.CANCEL_INCOMING, SelfTrade.CANCEL_BOTH)
                if self_trade in (None, SelfTrade.CANCEL_INCOMING):
                    break
                lost = order.remaining
                if self_trade == SelfTrade.DECREMENT_BOTH:
                    lost = min(left, lost)
                    left -= lost
                reductions.append(Reduction(order.order_id, lost))
                if order.account_id == account_id:
                    reduced_size += lost
                    reduced_value += lost * order.price
                    reduced_orders += lost == order.remaining
                if stopped:
                    break
            order = order.following
        if not left or stopped:
            break
    return _match((
        tuple(fills), tuple(reductions), filled, filled_value, left, stopped, reduced_size, reduced_value,
        reduced_orders,
    ))  # fmt: skip
