"""Order-book packages in pure Python that may be installed beside us, each as a venue. None is a dependency.

None knows an order that must not rest: what is left of one is cancelled at once. Where a package takes order objects
they are made before the clock runs.
"""

# ruff: noqa: ARG002 (a venue is told more than it needs)

from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from bench.venues import Operation, Place, Placed, Trade, Venue
from exchange.core.units import Side


class LightMatchingEngine:
    """``lightmatchingengine``: unsorted dictionaries of lists. It numbers orders as we do."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        self._engine = import_module("lightmatchingengine.lightmatchingengine").LightMatchingEngine()

    def place(self, side: Side, price: int, size: int, immediate: bool) -> Placed:
        order, trades = self._engine.add_order("flow", price, size, int(side))
        if immediate and order.leaves_qty:
            self._engine.cancel_order(order.order_id, "flow")
        number = order.order_id
        fills = [Trade(each.order_id, each.trade_price, each.trade_qty) for each in trades if each.order_id != number]
        return Placed(number, fills)

    def cancel(self, side: Side, number: int) -> bool:
        try:
            return self._engine.cancel_order(number, "flow") is not None
        except AssertionError:  # its answer for an order that was filled with the whole of its level
            return False


class PyOrderBook:
    """``pyorderbook``: heaps of levels with decimal prices. Its identifiers are random."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        package = import_module("pyorderbook")
        self._book = package.Book()
        sides = {Side.BUY: package.Side.BID, Side.SELL: package.Side.ASK}
        placed = [each for each in operations if isinstance(each, Place)]
        self._orders: list[Any] = [package.Order(sides[each.side], "flow", each.price, each.size) for each in placed]
        self._numbers = {order.id: number for number, order in enumerate(self._orders, 1)}
        self._placed = 0

    def place(self, side: Side, price: int, size: int, immediate: bool) -> Placed:
        order = self._orders[self._placed]
        self._placed += 1
        trades = self._book.match(order).trades
        if immediate and order.quantity:
            self._book.cancel(order)
        numbers = self._numbers
        fills = [Trade(numbers[each.standing_order_id], int(each.fill_price), each.fill_quantity) for each in trades]
        return Placed(self._placed, fills)

    def cancel(self, side: Side, number: int) -> bool:
        order = self._orders[number - 1]
        if self._book.get_order(order.id) is None:
            return False
        self._book.cancel(order)
        return True


PEERS: dict[str, Callable[[Sequence[Operation]], Venue]] = {
    "lightmatchingengine": LightMatchingEngine,
    "pyorderbook": PyOrderBook,
}


def installed_peers() -> dict[str, Callable[[Sequence[Operation]], Venue]]:
    """Those that can be imported here."""
    return {name: peer for name, peer in PEERS.items() if find_spec(name) is not None}
