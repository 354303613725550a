"""What order flow can be run on, and the canonical report of a run: the same for every venue that matches rightly."""

# ruff: noqa: ARG002 (a venue is told more than it needs)

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from bench.flow import Kind, Message
from exchange.core.units import Side


class Trade(NamedTuple):
    """One fill of an incoming order: the resting order's number, its price, the size."""

    maker: int
    price: int
    size: int


class Placed(NamedTuple):
    """What became of an order: the number that the venue gave it and its fills, in order."""

    number: int
    trades: Sequence[Trade]


class Venue(Protocol):
    """Matches orders in price-time priority and numbers them 1, 2, 3, … in the order in which they are placed."""

    def place(self, side: Side, price: int, size: int, immediate: bool) -> Placed:
        """Trades what can be traded; the rest waits in the book, or is dropped when ``immediate``."""
        ...

    def cancel(self, side: Side, number: int) -> bool:
        """Ends an order if it rests; says whether it did. ``side`` is the order's."""
        ...


class Place(NamedTuple):
    """An operation on a venue: place this order."""

    side: Side
    price: int
    size: int
    immediate: bool


class Cancel(NamedTuple):
    """An operation on a venue: end this order."""

    side: Side
    number: int


Operation = Place | Cancel


class Recording:
    """A venue that passes everything on and keeps the operations, so that they can be repeated as they are."""

    def __init__(self, venue: Venue) -> None:
        self.operations: list[Operation] = []
        self._venue = venue

    def place(self, side: Side, price: int, size: int, immediate: bool) -> Placed:
        self.operations.append(Place(side, price, size, immediate))
        return self._venue.place(side, price, size, immediate)

    def cancel(self, side: Side, number: int) -> bool:
        self.operations.append(Cancel(side, number))
        return self._venue.cancel(side, number)


class Playback:
    """A venue whose answers are known already: for the report of a run that was timed without one."""

    def __init__(self, answers: Iterable[Placed | bool]) -> None:
        self._answers = iter(answers)

    def place(self, *terms: object) -> Placed:
        answer = next(self._answers)
        assert isinstance(answer, Placed)
        return answer

    def cancel(self, *terms: object) -> bool:
        answer = next(self._answers)
        assert isinstance(answer, bool)
        return answer


class _Named(NamedTuple):
    """The venue's order that a message's id stands for at present."""

    number: int
    side: Side
    price: int


class Adapter:
    """Runs messages on a venue: a message's id outlives a modify, a venue's number does not."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._orders: dict[int, _Named] = {}
        self._ids: dict[int, int] = {}

    def lines(self, message: Message) -> Iterator[tuple[int, ...]]:
        """Executes a message; what it adds to the report, as numbers. The first says the kind of the line."""
        _, side, _, size, sequence, order_id, price = message
        if message.kind == Kind.NEW:
            yield (0, sequence, side == Side.SELL, order_id, price, size)
            yield from self._place(message, side)
            return
        order = self._orders.get(order_id)
        if order is None or not self._venue.cancel(order.side, order.number):
            yield (4 if message.kind == Kind.CANCEL else 5, sequence, order_id)
        elif message.kind == Kind.CANCEL:
            yield (2, sequence, order.side == Side.SELL, order_id, order.price)
        else:
            yield (3, sequence, order.side == Side.SELL, order_id, price, size)
            yield from self._place(message, order.side)

    def _place(self, message: Message, side: Side) -> Iterator[tuple[int, ...]]:
        _, _, immediate, size, sequence, order_id, price = message
        number, trades = self._venue.place(side, price, size, immediate)
        self._orders[order_id] = _Named(number, side, price)
        self._ids[number] = order_id
        for trade in trades:
            yield (1, sequence, trade.price, trade.size, self._ids[trade.maker], order_id)
        if immediate and sum(trade.size for trade in trades) < size:
            yield (2, sequence, side == Side.SELL, order_id, price)


def run_flow(messages: Iterable[Message], venue: Venue) -> list[tuple[int, ...]]:
    """Executes messages; the lines of the report in the order in which they arose."""
    adapter = Adapter(venue)
    return [line for message in messages for line in adapter.lines(message)]


def report_sha256(lines: Iterable[tuple[int, ...]]) -> str:
    """The hash of the canonical report: sorted by sequence and kind, one line each, commas between fields."""
    ordered = sorted(lines, key=lambda line: (line[1], line[0]))
    text = "\n".join(",".join(str(int(field)) for field in line) for line in ordered)
    return hashlib.sha256(text.encode()).hexdigest()
