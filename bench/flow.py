"""Files of order flow in the format of the public matching-engine benchmark, and a small seeded generator of such.

A file is a header of 16 bytes (magic, version, count) and records of 40 bytes, little-endian. A message is a new
order, a cancel or a modify; a modify loses the place in the queue and acts as a new order with the same id and side.
"""

import gzip
import random
import struct
from collections.abc import Iterable
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

from exchange.core.units import Side

MAGIC = int.from_bytes(b"MEBW_001", "big")
VERSION = 1
_HEADER = struct.Struct("<QII")
_RECORD = struct.Struct("<BBBxIQQq8x")  # kind, side, immediate, size, sequence, order id, price

SAMPLE = "mebw_normal_s101_n20000.bin.gz"
SAMPLE_REPORT = "b43e28d8bca257816b746d3e1fd7458101751c0e8cbcb5ed8d68abcae315599c"


class Kind(IntEnum):
    """What a message asks."""

    NEW = 0
    CANCEL = 1
    MODIFY = 2


class Message(NamedTuple):
    """One record. Side, size and price of a cancel mean nothing."""

    kind: Kind
    side: Side
    immediate: bool
    size: int
    sequence: int
    order_id: int
    price: int


def parse_flow(content: bytes) -> list[Message]:
    """The messages of a file. Raises ``ValueError`` when it is not one."""
    if len(content) < _HEADER.size:
        raise ValueError("not a file of order flow: shorter than its header")
    magic, version, count = _HEADER.unpack_from(content)
    if (magic, version) != (MAGIC, VERSION) or len(content) != _HEADER.size + count * _RECORD.size:
        raise ValueError("not a file of order flow: wrong magic, version or length")
    return [
        Message(Kind(kind), Side.SELL if side else Side.BUY, bool(immediate), size, sequence, order_id, price)
        for kind, side, immediate, size, sequence, order_id, price in _RECORD.iter_unpack(content[_HEADER.size :])
    ]


def encode_flow(messages: Iterable[Message]) -> bytes:
    """The file that holds these messages."""
    records = [
        _RECORD.pack(each.kind, each.side == Side.SELL, each.immediate, *each[3:])
        for each in messages  # size, sequence, id and price are in the file's order
    ]
    return _HEADER.pack(MAGIC, VERSION, len(records)) + b"".join(records)


def read_flow(file: Path) -> list[Message]:
    """The messages of a file, which may be gzipped."""
    content = file.read_bytes()
    return parse_flow(gzip.decompress(content) if file.suffix == ".gz" else content)


def generate_flow(seed: int, count: int) -> list[Message]:
    """Flow around a wandering price: some of it trades, some names orders that have ended or never were."""
    chance = random.Random(seed)
    middle, placed = 10_000, 0
    messages = []
    for sequence in range(count):
        middle += chance.randint(-1, 1)
        kind = chance.choices(list(Kind), [50, 30, 20])[0] if placed else Kind.NEW
        side = chance.choice(list(Side))
        away = chance.randint(-2, 25)
        if kind == Kind.NEW:
            placed += 1
            order_id = placed
        else:
            order_id = max(placed - int(chance.expovariate(0.05)), 1) if chance.random() < 0.97 else count + sequence
        immediate = kind == Kind.NEW and chance.random() < 0.15
        price = middle - away if side == Side.BUY else middle + away
        if immediate:
            price = middle + 10 if side == Side.BUY else middle - 10
        messages.append(Message(kind, side, immediate, chance.randint(1, 100), sequence, order_id, price))
    return messages
