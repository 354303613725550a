"""A plain price-time book, the measure of the core's speed: no accounts, no checks, no facts, nothing atomic.

Written to be fast in the way one would write a good book in Python: sorted dictionaries of levels, a level being an
insertion-ordered dictionary of orders.
"""

# ruff: noqa: ARG002 (a venue is told more than it needs)

from sortedcontainers import SortedDict

from bench.venues import Placed, Trade
from exchange.core.units import Side

_BUY = Side.BUY  # looking an enumeration's member up costs as much as a call


class PlainOrder:
    """A resting order."""

    __slots__ = ("key", "left", "number", "price", "side")

    def __init__(self, number: int, side: Side, price: int, key: int, left: int) -> None:
        self.number = number
        self.side = side
        self.price = price
        self.key = key
        self.left = left


class PlainBook:
    """Two sides, best first: bids by their negated price, offers by their price."""

    def __init__(self) -> None:
        self._bids: SortedDict[int, dict[int, PlainOrder]] = SortedDict()
        self._offers: SortedDict[int, dict[int, PlainOrder]] = SortedDict()
        self._orders: dict[int, PlainOrder] = {}
        self._placed = 0

    def place(self, side: Side, price: int, size: int, immediate: bool) -> Placed:
        """Trades what can be traded; the rest waits, or is dropped when ``immediate``."""
        self._placed = number = self._placed + 1
        if side == _BUY:
            own, other, key = self._bids, self._offers, -price
        else:
            own, other, key = self._offers, self._bids, price
        trades: list[Trade] = []
        while size and other:
            best, level = other.peekitem(0)
            if best > -key:
                break
            while size and level:
                maker = next(iter(level.values()))
                traded = maker.left if maker.left < size else size
                trades.append(Trade(maker.number, maker.price, traded))
                size -= traded
                maker.left -= traded
                if not maker.left:
                    del level[maker.number]
                    del self._orders[maker.number]
            if not level:
                del other[best]
        if size and not immediate:
            level = own.get(key)
            if level is None:
                level = own[key] = {}
            level[number] = self._orders[number] = PlainOrder(number, side, price, key, size)
        return Placed(number, trades)

    def cancel(self, side: Side, number: int) -> bool:
        """Ends an order if it rests; says whether it did."""
        order = self._orders.pop(number, None)
        if order is None:
            return False
        levels = self._bids if order.side == _BUY else self._offers
        level = levels[order.key]
        del level[number]
        if not level:
            del levels[order.key]
        return True
