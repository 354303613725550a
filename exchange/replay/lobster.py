"""Reads order flow in the format of LOBSTER: a file of messages, and the book after each of them.

A message has six columns: seconds after midnight, kind, order id, size in shares, price in ten-thousandths of a dollar,
direction of the resting order (1 buy, -1 sell). A row of the book has four for each level: price and size of the offer,
price and size of the bid.

One share is one contract, so 100 of the exchange's hundredths. Where every price of a recording is a whole number of
cents, a dollar is a dollar, and a price is divided by 100 to be hundredths. Where one is not, ten-thousandths are taken
as they are for hundredths, so a dollar becomes a hundred. Either way nothing is rounded.
"""

import csv
import gzip
from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

from exchange_client import Side

SHARE = 100  # a contract in hundredths
CENT = 100  # ten-thousandths of a dollar
_NO_LEVEL = 9_999_999_999  # stands, with either sign, where a side has fewer levels than the file has columns
_MESSAGE_COLUMNS = 6
_LEVEL_COLUMNS = 4


class BadRecording(ValueError):
    """A file is not what it should be; the message says where."""


class Kind(IntEnum):
    """What a message tells of."""

    NEW = 1
    PARTIAL_CANCEL = 2
    DELETE = 3
    EXECUTION = 4
    HIDDEN_EXECUTION = 5
    HALT = 7


_KINDS = frozenset(kind.value for kind in Kind)


class Message(NamedTuple):
    """One message. ``reference`` is the recording's id of the resting order; price and size are hundredths."""

    kind: Kind
    reference: int
    size: int
    price: int
    side: Side


class Quote(NamedTuple):
    """Price and size of a level in hundredths."""

    price: int
    size: int


class BookRow(NamedTuple):
    """The book after a message: levels from the best on."""

    bids: tuple[Quote, ...]
    offers: tuple[Quote, ...]

    @property
    def best(self) -> tuple[Quote | None, Quote | None]:
        """The best bid and the best offer, None for an empty side."""
        return self.bids[0] if self.bids else None, self.offers[0] if self.offers else None


class Recording(NamedTuple):
    """A whole recording: ``books[n]`` is the book after ``messages[n]``. ``cents`` tells which scale it has."""

    messages: list[Message]
    books: list[BookRow]
    cents: bool

    @property
    def prices(self) -> Iterator[int]:
        """Every price of an order that there was, in hundredths."""
        yield from (message.price for message in self.messages if message.kind <= Kind.EXECUTION)
        for row in self.books:
            yield from (level.price for side in row for level in side)


def read_recording(messages: Path, books: Path) -> Recording:
    """Reads both files, which may be compressed (``.gz``). Raises :class:`BadRecording`, or ``OSError``."""
    message_rows, book_rows = _rows(messages, first=1), _rows(books, first=0)
    if not message_rows:
        raise BadRecording(f"{messages} is empty")
    if len(message_rows) != len(book_rows):
        raise BadRecording(f"{messages} has {len(message_rows):,} rows and {books} has {len(book_rows):,}")
    kinds = [_kind(row, number, messages) for number, row in enumerate(message_rows, 1)]
    for number, row in enumerate(book_rows, 1):
        if not row or len(row) % _LEVEL_COLUMNS:
            raise BadRecording(f"row {number} of {books} is no book: it has {len(row)} columns")
    visible = [row[3] for kind, row in zip(kinds, message_rows, strict=True) if kind <= Kind.EXECUTION]
    levels = [price for row in book_rows for price in row[::2] if abs(price) != _NO_LEVEL]
    cents = all(price % CENT == 0 for price in (*visible, *levels))
    divisor = CENT if cents else 1
    return Recording(
        [_message(kind, row, divisor) for kind, row in zip(kinds, message_rows, strict=True)],
        [_book(row, divisor) for row in book_rows],
        cents,
    )


def _rows(file: Path, *, first: int) -> list[list[int]]:
    """The whole numbers of each row from column ``first`` on."""
    with gzip.open(file, "rt", newline="") if file.suffix == ".gz" else file.open(newline="") as lines:
        try:
            return [[int(field) for field in row[first:]] for row in csv.reader(lines)]
        except (ValueError, EOFError, gzip.BadGzipFile) as error:
            raise BadRecording(f"{file} cannot be read: {error}") from None


def _kind(row: list[int], number: int, file: Path) -> Kind:
    if len(row) != _MESSAGE_COLUMNS - 1 or row[0] not in _KINDS:
        raise BadRecording(f"row {number} of {file} is no message: {row}")
    return Kind(row[0])


def _message(kind: Kind, row: list[int], divisor: int) -> Message:
    _, reference, size, price, direction = row
    # A hidden execution may be between two cents; nothing is done with its price.
    return Message(kind, reference, size * SHARE, price // divisor, Side.BUY if direction == 1 else Side.SELL)


def _book(row: list[int], divisor: int) -> BookRow:
    levels = [
        Quote(price // divisor, size * SHARE) if abs(price) != _NO_LEVEL else None
        for price, size in zip(row[::2], row[1::2], strict=True)
    ]
    offers, bids = levels[::2], levels[1::2]
    return BookRow(tuple(filter(None, bids)), tuple(filter(None, offers)))
