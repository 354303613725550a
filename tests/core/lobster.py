"""Reads LOBSTER's order-by-order excerpts as neutral events: what one would do to a book, named by the excerpt's ids.

Prices come in ten-thousandths of a dollar and become hundredths, exactly or not at all; a share is one contract.
"""

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import NamedTuple

from exchange.core.units import Side

SHARE = 100  # a contract, in the lots of the exchange
_PER_HUNDREDTH = 100  # ten-thousandths of a dollar
_NO_LEVEL = 9_999_999_999  # what the excerpt has in place of a level that does not exist


class _Kind(IntEnum):
    NEW = 1
    PARTIAL_CANCEL = 2
    DELETE = 3
    EXECUTION = 4
    HIDDEN_EXECUTION = 5
    HALT = 7


class Quote(NamedTuple):
    """Price and size of the best level of a side."""

    price: int
    size: int


class Level(NamedTuple):
    """One level of the book as the excerpt shows it."""

    side: Side
    price: int
    size: int


class Added(NamedTuple):
    """An order comes to rest."""

    reference: int
    side: Side
    price: int
    size: int


class Reduced(NamedTuple):
    """A resting order loses size without trading: all of it, perhaps. The reference may be unknown here."""

    reference: int
    side: Side
    price: int
    size: int


class Executed(NamedTuple):
    """A resting order of ``side`` is hit: to be done again by an order of the other side that does not rest."""

    side: Side
    price: int
    size: int


Event = Added | Reduced | Executed


def events(rows: Iterable[Sequence[str]]) -> list[Event | None]:
    """One event a message, None where the visible book stays as it is (hidden executions, halts)."""
    return [_event(row) for row in rows]


def _event(row: Sequence[str]) -> Event | None:
    kind, reference = _Kind(int(row[1])), int(row[2])
    if kind in (_Kind.HIDDEN_EXECUTION, _Kind.HALT):
        return None
    side = Side.BUY if int(row[5]) == 1 else Side.SELL
    price, size = _price(int(row[4])), int(row[3]) * SHARE
    if kind == _Kind.NEW:
        return Added(reference, side, price, size)
    if kind == _Kind.EXECUTION:
        return Executed(side, price, size)
    return Reduced(reference, side, price, size)


def levels(row: Sequence[str]) -> list[Level]:
    """The levels of one row of the book, best first, offer and bid in turn."""
    numbers = [int(field) for field in row]
    quotes = zip(numbers[::2], numbers[1::2], strict=True)
    sides = (Side.SELL, Side.BUY) * (len(numbers) // 4)
    return [
        Level(side, _price(price), size * SHARE)
        for side, (price, size) in zip(sides, quotes, strict=True)
        if abs(price) != _NO_LEVEL
    ]


def best(row: Sequence[str]) -> dict[Side, Quote]:
    """The best offer and bid of one row of the book."""
    return {level.side: Quote(level.price, level.size) for level in levels(row[:4])}


def _price(ten_thousandths: int) -> int:
    price, rest = divmod(ten_thousandths, _PER_HUNDREDTH)
    if rest:
        raise ValueError(f"{ten_thousandths} ten-thousandths of a dollar are no whole hundredths")
    return price
