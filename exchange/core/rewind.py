"""Trying several steps in one market and taking them all back.

A batch is decided step by step, each against the state after the one before, and checked at its end; deciding must
leave the state as it was. So the steps are applied for real and rewound: before each, a copy is made of the numbers of
every position and order it touches, and rewinding puts the copies back, newest first. What a step costs to rewind is
in proportion to what it touched, however large the book is.
"""

from typing import Any

from exchange.core.book import Order
from exchange.core.facts import Fact, OrderAmended, OrderPlaced, OrdersCancelled
from exchange.core.state import Market, Position, State

_POSITION_NUMBERS = (
    "size", "cost", "cash_flow", "bid_size", "bid_value", "offer_size", "offer_value", "worst", "weight",
)  # fmt: skip
_ACCOUNT_NUMBERS = ("cash", "worst", "weight")
_ORDER_NUMBERS = ("price", "size", "remaining", "priority")
_MARKET_NUMBERS = ("last_trade_price", "last_trade_size", "last_trade_time", "changed_at")


class Rewind:
    """Remembers one market as it was before each step."""

    def __init__(self, state: State, market: Market) -> None:
        self._state = state
        self._market = market
        self._next_order_id = state.next_order_id
        self._numbers: list[tuple[Any, tuple[str, ...], list[int]]] = []
        self._orders: list[tuple[Order, list[int]]] = []
        self._placed: list[int] = []
        self._new_positions: list[int] = []
        self._copy(market, _MARKET_NUMBERS)

    def before(self, fact: Fact) -> None:
        """Copies what applying ``fact`` will touch."""
        if isinstance(fact, OrdersCancelled):
            self._copy_orders(fact.order_ids)
            return
        assert isinstance(fact, OrderPlaced | OrderAmended)
        position = self._market.positions.get(fact.account_id)
        if position is None:
            self._new_positions.append(fact.account_id)
            self._copy(self._state.accounts[fact.account_id], _ACCOUNT_NUMBERS)
        else:
            self._copy_position(position)
        self._copy_orders(tuple(fill.order_id for fill in fact.fills))
        self._copy_orders(tuple(reduction.order_id for reduction in fact.reductions))
        if isinstance(fact, OrderAmended):
            self._copy_orders((fact.order_id,))
        else:
            self._placed.append(fact.order_id)

    def rewind(self) -> None:
        """Puts everything back."""
        book, positions = self._market.book, self._market.positions
        touched = {order.order_id: order for order, _ in self._orders}
        for order_id in [*touched, *self._placed]:
            resting = book.orders.get(order_id)
            if resting is not None:
                positions[resting.account_id].unrest(resting, resting.remaining)
                book.remove(resting)
        for order, values in reversed(self._orders):
            _put_back(order, _ORDER_NUMBERS, values)
        for order in sorted(touched.values(), key=lambda order: order.priority):
            if order.order_id not in self._placed:
                book.insert_by_priority(order)
                positions[order.account_id].rest(order)
        for thing, names, values in reversed(self._numbers):
            _put_back(thing, names, values)
        for account_id in self._new_positions:
            del positions[account_id]
            del self._state.accounts[account_id].positions[self._market.market_id]
        self._state.next_order_id = self._next_order_id

    def _copy(self, thing: Any, names: tuple[str, ...]) -> None:
        self._numbers.append((thing, names, [getattr(thing, name) for name in names]))

    def _copy_position(self, position: Position) -> None:
        self._copy(position, _POSITION_NUMBERS)
        self._copy(position.account, _ACCOUNT_NUMBERS)

    def _copy_orders(self, order_ids: tuple[int, ...]) -> None:
        for order_id in order_ids:
            order = self._market.book.orders[order_id]
            self._orders.append((order, [getattr(order, name) for name in _ORDER_NUMBERS]))
            self._copy_position(self._market.positions[order.account_id])


def _put_back(thing: Any, names: tuple[str, ...], values: list[int]) -> None:
    for name, value in zip(names, values, strict=True):
        setattr(thing, name, value)
