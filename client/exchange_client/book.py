"""The book of one market: resting orders and the levels they add up to, kept beside each other.

A side keeps its prices sorted from the worst to the best, so that the best is at the end of a list, where it comes and
goes at no cost. The orders of a market are one dictionary in which those of one price stand in priority.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping
from itertools import islice
from types import MappingProxyType

from exchange_client.enums import Side
from exchange_client.values import Level


class RestingOrder:
    """An order in a book. It changes as it trades; ``remaining`` is 0 once it has ended.

    Price and sizes are hundredths; ``size`` is the total, the filled part included. ``account_id`` is 0 where it is
    hidden.
    """

    __slots__ = ("account_id", "market_id", "order_id", "placed_at", "price", "remaining", "side", "size")

    def __init__(
        self,
        order_id: int,
        market_id: int,
        account_id: int,
        side: Side,
        price: int,
        size: int,
        remaining: int,
        placed_at: int,
    ) -> None:
        self.order_id = order_id
        self.market_id = market_id
        self.account_id = account_id
        self.side = side
        self.price = price
        self.size = size
        self.remaining = remaining
        self.placed_at = placed_at

    @property
    def is_open(self) -> bool:
        """Whether it still rests in the book."""
        return self.remaining > 0

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} {self.order_id}: {self.side.name} {self.remaining} of {self.size} at {self.price}>"
        )


class Order(RestingOrder):
    """A resting order of one's own, with its mark (``tag``) and the time it ends by itself (0 for none)."""

    __slots__ = ("expires_at", "post_only", "tag")

    tag: bytes
    expires_at: int
    post_only: bool


class BookSide:
    """The levels of one side. Iterating gives them from the best price on."""

    __slots__ = ("_depths", "_ranks", "_sign")

    def __init__(self, side: Side) -> None:
        self._sign = 1 if side is Side.BUY else -1
        self._depths: dict[int, list[int]] = {}  # by price: size, and how many orders
        self._ranks: list[int] = []  # price × sign, ascending: the best is last

    @property
    def best(self) -> Level | None:
        """The best level, or None when the side is empty."""
        return self._level(self._ranks[-1]) if self._ranks else None

    def at(self, price: int) -> Level | None:
        """The level at a price in hundredths, or None when there is none."""
        depth = self._depths.get(price)
        return Level(price, *depth) if depth is not None else None

    def top(self, count: int) -> list[Level]:
        """At most ``count`` levels, the best first."""
        return list(islice(self, count))

    def __iter__(self) -> Iterator[Level]:
        return map(self._level, reversed(self._ranks))

    def __len__(self) -> int:
        return len(self._ranks)

    def _level(self, rank: int) -> Level:
        price = rank * self._sign
        return Level(price, *self._depths[price])

    def _add(self, price: int, size: int) -> None:
        depth = self._depths.get(price)
        if depth is None:
            self._depths[price] = [size, 1]
            insort(self._ranks, price * self._sign)
        else:
            depth[0] += size
            depth[1] += 1

    def _remove(self, price: int, size: int) -> None:
        depth = self._depths[price]
        if depth[1] > 1:
            depth[0] -= size
            depth[1] -= 1
            return
        del self._depths[price]
        ranks = self._ranks
        rank = price * self._sign
        if ranks[-1] == rank:
            ranks.pop()
        else:
            del ranks[bisect_left(ranks, rank)]

    def _clear(self) -> None:
        self._depths.clear()
        self._ranks.clear()


class Book:
    """Bids and offers of one market, always current. ``version`` grows with every change."""

    __slots__ = ("_orders", "bids", "offers", "version")

    def __init__(self) -> None:
        self.bids = BookSide(Side.BUY)
        self.offers = BookSide(Side.SELL)
        self.version = 0
        self._orders: dict[int, RestingOrder] = {}

    @property
    def orders(self) -> Mapping[int, RestingOrder]:
        """Every resting order by its id; those of one price in priority."""
        return MappingProxyType(self._orders)

    @property
    def best_bid(self) -> Level | None:
        """The highest bid, or None."""
        return self.bids.best

    @property
    def best_offer(self) -> Level | None:
        """The lowest offer, or None."""
        return self.offers.best

    def side(self, side: Side) -> BookSide:
        """Bids for ``BUY``, offers for ``SELL``."""
        return self.bids if side == Side.BUY else self.offers

    def queue(self, side: Side, price: int) -> list[RestingOrder]:
        """The orders of one level in priority. Walks the whole book."""
        return [order for order in self._orders.values() if order.price == price and order.side == side]

    def insert(self, order: RestingOrder) -> None:
        """Puts an order at the end of its queue. The client's own business, like all that follows."""
        self._orders[order.order_id] = order
        (self.bids if order.side == 1 else self.offers)._add(order.price, order.remaining)

    def reduce(self, order: RestingOrder, size: int) -> None:
        """Takes ``size`` off an order; at zero it leaves the book."""
        side = self.bids if order.side == 1 else self.offers
        remaining = order.remaining
        if size < remaining:
            order.remaining = remaining - size
            side._depths[order.price][0] -= size
        else:
            order.remaining = 0
            side._remove(order.price, remaining)
            del self._orders[order.order_id]

    def replace(self, order: RestingOrder) -> None:
        """Lets an object that knows more stand in the place of the one with the same id."""
        self._orders[order.order_id] = order

    def clear(self) -> None:
        """Ends every order."""
        for order in self._orders.values():
            order.remaining = 0
        self._orders.clear()
        self.bids._clear()
        self.offers._clear()
        self.version += 1
