"""The book of one market: resting orders and the levels they add up to, kept beside each other.

A side keeps its prices sorted from the worst to the best, so that the best is at the end of a list, where it comes and
goes at no cost. The orders of a market are one dictionary in which those of one price stand in priority.
"""

import threading
from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from itertools import islice
from types import MappingProxyType

from exchange_client.enums import Side
from exchange_client.number import Number, Numeric, hundredths, in_contracts
from exchange_client.values import Level

Guard = AbstractContextManager[object]
"""Held while the state changes, and by whoever reads more than one thing at once: readers may be in other threads."""


class RestingOrder:
    """An order in a book. It changes as it trades; ``remaining`` is 0 once it has ended.

    ``placed_at`` is nanoseconds by the exchange's clock. ``account_id`` is 0 where it is hidden.
    """

    __slots__ = ("_price", "_remaining", "_size", "account_id", "market_id", "order_id", "placed_at", "side")

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
        self._price = price
        self._size = size
        self._remaining = remaining
        self.placed_at = placed_at

    @property
    def price(self) -> Number:
        """Its limit."""
        return in_contracts(self._price)

    @property
    def size(self) -> Number:
        """How large it was made, the filled part included."""
        return in_contracts(self._size)

    @property
    def remaining(self) -> Number:
        """What still rests of it; 0 once it has ended."""
        return in_contracts(self._remaining)

    @property
    def is_open(self) -> bool:
        """Whether it still rests in the book."""
        return self._remaining > 0

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} {self.order_id}: {self.side.name} {self.remaining} of {self.size} at {self.price}>"
        )


class Order(RestingOrder):
    """An order of one's own, with its mark (``tag``) and the time it ends by itself (nanoseconds, 0 for none)."""

    __slots__ = ("expires_at", "post_only", "tag")

    tag: str
    expires_at: int
    post_only: bool


class BookSide:
    """The levels of one side, always current. Iterating gives them as of now, from the best price on."""

    __slots__ = ("_depths", "_guard", "_ranks", "_sign")

    def __init__(self, side: Side, guard: Guard) -> None:
        self._guard = guard
        self._sign = 1 if side is Side.BUY else -1
        self._depths: dict[int, list[int]] = {}  # by price: size, and how many orders
        self._ranks: list[int] = []  # price × sign, ascending: the best is last

    @property
    def best(self) -> Level | None:
        """The best level, or None when the side is empty."""
        with self._guard:
            return self._level(self._ranks[-1]) if self._ranks else None

    def at(self, price: Numeric) -> Level | None:
        """The level at a price, or None when there is none."""
        with self._guard:
            raw = hundredths(price, "price")
            return self._level(raw * self._sign) if raw in self._depths else None

    def top(self, count: int) -> list[Level]:
        """At most ``count`` levels, the best first."""
        with self._guard:
            return list(map(self._level, islice(reversed(self._ranks), count)))

    def __iter__(self) -> Iterator[Level]:
        return iter(self.top(len(self._ranks)))

    def __len__(self) -> int:
        return len(self._ranks)

    def _level(self, rank: int) -> Level:
        price = rank * self._sign
        size, orders = self._depths[price]
        return Level(in_contracts(price), in_contracts(size), orders)

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

    __slots__ = ("_guard", "_orders", "bids", "offers", "version")

    def __init__(self, guard: Guard | None = None) -> None:
        self._guard = guard or threading.RLock()
        self.bids = BookSide(Side.BUY, self._guard)
        self.offers = BookSide(Side.SELL, self._guard)
        self.version = 0
        self._orders: dict[int, RestingOrder] = {}

    @property
    def orders(self) -> Mapping[int, RestingOrder]:
        """Every resting order by its id, as of now; those of one price in priority. Copies the whole book."""
        with self._guard:
            return MappingProxyType(dict(self._orders))

    @property
    def best_bid(self) -> Level | None:
        """The highest bid, or None."""
        return self.bids.best

    @property
    def best_offer(self) -> Level | None:
        """The lowest offer, or None."""
        return self.offers.best

    @property
    def mid(self) -> Number | None:
        """The middle between the best bid and the best offer, to half a hundredth; None while a side is empty."""
        with self._guard:
            bids, offers = self.bids._ranks, self.offers._ranks
            return in_contracts(bids[-1] - offers[-1]) / 2 if bids and offers else None

    @property
    def spread(self) -> Number | None:
        """From the best bid to the best offer; None while a side is empty."""
        with self._guard:
            bids, offers = self.bids._ranks, self.offers._ranks
            return in_contracts(-offers[-1] - bids[-1]) if bids and offers else None

    def side(self, side: Side) -> BookSide:
        """Bids for ``BUY``, offers for ``SELL``."""
        return self.bids if side == Side.BUY else self.offers

    def queue(self, side: Side, price: Numeric) -> list[RestingOrder]:
        """The orders of one level in priority. Walks the whole book."""
        raw = hundredths(price, "price")
        with self._guard:
            return [order for order in self._orders.values() if order._price == raw and order.side == side]

    def insert(self, order: RestingOrder) -> None:
        """Puts an order at the end of its queue. The client's own business, like all that follows."""
        self._orders[order.order_id] = order
        (self.bids if order.side == 1 else self.offers)._add(order._price, order._remaining)

    def reduce(self, order: RestingOrder, size: int) -> None:
        """Takes ``size`` off an order; at zero it leaves the book."""
        side = self.bids if order.side == 1 else self.offers
        remaining = order._remaining
        if size < remaining:
            order._remaining = remaining - size
            side._depths[order._price][0] -= size
        else:
            order._remaining = 0
            side._remove(order._price, remaining)
            del self._orders[order.order_id]

    def replace(self, order: RestingOrder) -> None:
        """Lets an object that knows more stand in the place of the one with the same id."""
        self._orders[order.order_id] = order

    def clear(self) -> None:
        """Ends every order."""
        for order in self._orders.values():
            order._remaining = 0
        self._orders.clear()
        self.bids._clear()
        self.offers._clear()
        self.version += 1
