"""The price-time book of one market.

Each side is a :class:`~exchange.core.ladder.Ladder` of levels by *rank*: an offer's rank is its price, a bid's rank is
its negated price, so the best level of either side is the first and "crosses" means the same comparison on both. A
level is a doubly linked list of orders in priority, threaded through the orders themselves: every operation on an order
that one holds costs the same however long the queue is.
"""

from collections.abc import Iterator

from sortedcontainers import SortedList

from exchange.core.ladder import Ladder, Level
from exchange.core.units import STEPS_PER_COMMAND_MAX, Side

_BUY = Side.BUY


class Order:
    """A resting order. ``priority`` orders the queue of its level; ``size`` includes the filled part."""

    __slots__ = (
        "account_id", "expires_at", "following", "level", "order_id", "placed_at", "post_only", "preceding", "price",
        "priority", "remaining", "session_number", "side", "size", "tag",
    )  # fmt: skip

    def __init__(
        self,
        order_id: int,
        account_id: int,
        side: Side,
        price: int,
        size: int,
        remaining: int,
        priority: int,
        placed_at: int,
        tag: bytes = b"",
        expires_at: int = 0,
        session_number: int = 0,
        post_only: bool = False,
    ) -> None:
        self.order_id = order_id
        self.account_id = account_id
        self.side = side
        self.price = price
        self.size = size
        self.remaining = remaining
        self.priority = priority
        self.placed_at = placed_at
        self.tag = tag
        self.expires_at = expires_at
        self.session_number = session_number
        self.post_only = post_only
        self.level: Level | None = None
        self.preceding: Order | None = None
        self.following: Order | None = None


def priority(sequence: int, index: int) -> int:
    """The place in the queue of the ``index``-th order that gets one at ``sequence``."""
    return sequence * STEPS_PER_COMMAND_MAX + index


def rank(side: Side, price: int) -> int:
    """Smaller is better: bids by falling price, offers by rising."""
    return -price if side is _BUY else price


class Book:
    """Bids and offers of one market, every resting order by its id, those that end at a time by that time.

    ``by_session`` holds the ids of orders that end with a client session.
    """

    __slots__ = ("bids", "by_session", "expiring", "offers", "orders")

    def __init__(self) -> None:
        self.orders: dict[int, Order] = {}
        self.bids = Ladder()
        self.offers = Ladder()
        self.expiring: SortedList[tuple[int, int]] = SortedList()
        self.by_session: dict[int, set[int]] = {}

    def side(self, side: Side) -> Ladder:
        """Levels of one side, best first."""
        return self.bids if side is _BUY else self.offers

    def best(self, side: Side) -> Level | None:
        """The best level of a side, or None when it is empty."""
        return self.side(side).best

    def insert(self, order: Order) -> None:
        """Puts an order at the end of its level's queue."""
        price = order.price
        level = self.bids.at(-price, price) if order.side is _BUY else self.offers.at(price, price)
        last = level.last
        order.level = level
        order.preceding = last
        order.following = None
        if last is None:
            level.first = order
        else:
            last.following = order
        level.last = order
        level.size += order.remaining
        level.count += 1
        self.orders[order.order_id] = order
        if order.expires_at or order.session_number:
            self._list(order)

    def insert_by_priority(self, order: Order) -> None:
        """Puts an order back into the place in its queue that its priority says."""
        price = order.price
        level = self.side(order.side).at(rank(order.side, price), price)
        before = level.last
        while before is not None and before.priority > order.priority:
            before = before.preceding
        following = level.first if before is None else before.following
        order.level, order.preceding, order.following = level, before, following
        if before is None:
            level.first = order
        else:
            before.following = order
        if following is None:
            level.last = order
        else:
            following.preceding = order
        level.size += order.remaining
        level.count += 1
        self.orders[order.order_id] = order
        self._list(order)

    def reduce(self, order: Order, size: int) -> None:
        """Takes ``size`` off an order; at zero it leaves the book."""
        if size >= order.remaining:
            self.remove(order)
            order.remaining = 0
            return
        order.remaining -= size
        level = order.level
        assert level is not None
        level.size -= size

    def remove(self, order: Order) -> None:
        """Takes an order out of the book, wherever it is in its queue."""
        level = order.level
        assert level is not None
        preceding, following = order.preceding, order.following
        if preceding is None:
            level.first = following
        else:
            preceding.following = following
        if following is None:
            level.last = preceding
        else:
            following.preceding = preceding
        level.size -= order.remaining
        level.count -= 1
        if level.count == 0:
            level.ladder.emptied(level)
        order.level = order.preceding = order.following = None
        del self.orders[order.order_id]
        if order.expires_at:
            self.expiring.remove((order.expires_at, order.order_id))
        if order.session_number:
            same = self.by_session[order.session_number]
            same.discard(order.order_id)
            if not same:
                del self.by_session[order.session_number]

    def _list(self, order: Order) -> None:
        if order.expires_at:
            self.expiring.add((order.expires_at, order.order_id))
        if order.session_number:
            self.by_session.setdefault(order.session_number, set()).add(order.order_id)

    def due(self, time: int) -> tuple[int, ...]:
        """Orders that end at or before ``time``. Constant time when there are none."""
        expiring = self.expiring
        if not expiring or expiring[0][0] > time:
            return ()
        return tuple(order_id for _, order_id in expiring.irange(maximum=(time + 1, 0)))

    def clear(self) -> None:
        """Ends every order at once, at settlement."""
        self.orders.clear()
        self.bids.clear()
        self.offers.clear()
        self.expiring.clear()
        self.by_session.clear()

    def in_priority(self, side: Side) -> Iterator[Order]:
        """Orders of a side, best price first and in queue order within a price."""
        for level in self.side(side):
            yield from level

    def is_crossed(self) -> bool:
        """Whether a bid meets an offer: never true between two commands."""
        return self.offers.best_rank <= -self.bids.best_rank
