"""Recordings of a market: what everybody did, as lines of JSON, or as the database of an exchange.

A file begins with a line ``{"recording": 1, "began": …}``. Each line after that is one thing that was done, with its
time ``t`` in nanoseconds since then; prices and sizes are hundredths. A name that ends in ``.gz`` is compressed.

========== =========================================================================
``do``     further fields
========== =========================================================================
``open``   ``market`` (id), ``name``, ``low``, ``high``: a market is there
``place``  ``market``, ``order``, ``account``, ``buy``, ``price``, ``size``, ``now``
           (true for an order that never rests)
``amend``  ``market``, ``order``, ``account``, ``price``, ``size``
``cancel`` ``market``, ``orders``
``settle`` ``market``, ``price``
========== =========================================================================

What a recording leaves out: redemptions, and what makes a market a fund. A fund is a market like any other here: people
of a recording trade in it, it is settled when it was, and nobody can redeem it. Redemptions leave no trace in books,
but they move positions between a fund and its constituents. Left out as well are opening hours, halts, position limits
and how much money people had.
"""

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from exchange.core import facts
from exchange.core.units import Side, TimeInForce
from exchange.store.reader import Reader
from exchange.wire.records import decode_facts

VERSION = 1
_SQLITE = b"SQLite format 3\0"
_PAGE = 10_000  # commits in one read
_NEVER = 2**62  # above every sequence
_FIELDS = {
    "open": {"market", "name", "low", "high"},
    "place": {"market", "order", "account", "buy", "price", "size", "now"},
    "amend": {"market", "order", "account", "price", "size"},
    "cancel": {"market", "orders"},
    "settle": {"market", "price"},
}

Step = Mapping[str, Any]


class BadRecording(Exception):
    """A file that is no recording; the message says what is wrong with it."""


@dataclass(frozen=True)
class Recording:
    """What was done, in order. ``began`` is nanoseconds since the epoch."""

    began: int
    steps: Sequence[Step]

    @property
    def seconds(self) -> float:
        """From the beginning to the last step."""
        return self.steps[-1]["t"] / 1e9 if self.steps else 0.0


def read_recording(path: Path) -> Recording:
    """Reads a recording, or the history of a database. Raises :class:`BadRecording`, ``OSError`` and ``StoreError``."""
    with path.open("rb") as file:
        if file.read(len(_SQLITE)) == _SQLITE:
            return _read_database(path)
    try:
        with open_lines(path, "rt") as lines:
            head = json.loads(lines.readline() or "null")
            if not isinstance(head, dict) or head.get("recording") != VERSION:
                raise BadRecording(f"{path} is no recording: its first line must say so")
            return Recording(int(head["began"]), [_step(path, number, line) for number, line in enumerate(lines, 2)])
    except (ValueError, KeyError, gzip.BadGzipFile) as error:
        raise BadRecording(f"{path} cannot be read: {error}") from error


def open_lines(path: Path, mode: str) -> IO[str]:
    """A recording as lines of text, compressed where its name says so."""
    opener: Any = gzip.open if path.suffix == ".gz" else open
    return cast(IO[str], opener(path, mode, encoding="utf-8"))


def _step(path: Path, number: int, line: str) -> Step:
    step = json.loads(line)
    if not isinstance(step, dict) or not _FIELDS.get(step.get("do", ""), {""}) | {"t"} <= step.keys():
        raise BadRecording(f"line {number} of {path} is no step of a recording")
    return step


def _read_database(path: Path) -> Recording:
    steps: list[Step] = []
    began = 0
    with Reader(path) as reader:
        after = 0
        while rows := reader.journal_after(after, _NEVER, _PAGE):
            for row in rows:
                began = began or row.time
                steps.extend(_steps(row.time - began, decode_facts(row.facts)))
            after = rows[-1].sequence
    return Recording(began, steps)


def _steps(time: int, happened: Sequence[facts.Fact]) -> Iterator[Step]:
    for fact in happened:
        match fact:
            case facts.MarketCreated():
                bounds = {"low": fact.low, "high": fact.high}
                yield {"t": time, "do": "open", "market": fact.market_id, "name": fact.name, **bounds}
            case facts.OrderPlaced():
                now = fact.time_in_force in (TimeInForce.IOC, TimeInForce.FOK)
                yield {
                    "t": time, "do": "place", "market": fact.market_id, "order": fact.order_id,
                    "account": fact.account_id, "buy": fact.side == Side.BUY, "price": fact.price, "size": fact.size,
                    "now": now,
                }  # fmt: skip
            case facts.OrderAmended():
                yield {
                    "t": time, "do": "amend", "market": fact.market_id, "order": fact.order_id,
                    "account": fact.account_id, "price": fact.price, "size": fact.size,
                }  # fmt: skip
            case facts.OrdersCancelled():
                yield {"t": time, "do": "cancel", "market": fact.market_id, "orders": list(fact.order_ids)}
            case facts.MarketSettled():
                yield {"t": time, "do": "settle", "market": fact.market_id, "price": fact.price}
