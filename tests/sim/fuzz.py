"""Requests made from the schema alone: every kind and every field of it, sensible or not.

Each field is left out, or gets something from the edges of its type, or something that might exist: by the hints, where
they are given, mostly something that does. So whatever is added to the schema is covered without a word here. Most
requests are made to make sense, field by field and then as a whole, because what is refused at the first look tests
little; some of these get one field from the edges all the same.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from exchange_client.schema import client_pb2, types_pb2

ClientMessage = client_pb2.ClientMessage

KINDS = [field.name for field in ClientMessage.DESCRIPTOR.oneofs_by_name["request"].fields]
_SELDOM = frozenset({
    "time_in_force", "self_trade_prevention", "post_only", "market_order", "tag", "constituents", "group_id",
    "for_account_id", "from_account_id", "expires_at",
})  # fmt: skip
UNKNOWN_FIELD, UNKNOWN_KIND = 1_999, 1_998  # numbers that the schema does not use
INTEGERS = (
    0, 1, -1, 99, 100, 101, 127, 128, 10**8, 10**8 + 1, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**53, 2**61, 2**62 - 1,
    2**62, 2**62 + 1, 2**63 - 1, -(2**31), -(2**62), -(2**63), 2**63, 2**64 - 1,
)  # fmt: skip
TEXTS = (
    "", " ", "x", "x" * 64, "x" * 65, "x" * 3_000, "\u202eabc", "a\0b", "a\nb", "ada", "=1+1", "\U0001f40e" * 64, "ﬁ",
    "e\u0301" * 40, "\ufeff", "House",
)  # fmt: skip
BLOBS = (b"", b"\0", b"x" * 32, b"x" * 33, b"x" * 3_000, b"\xff\xfe")


@dataclass(frozen=True)
class Hints:
    """What there is: ids by what the name of a field begins with, and resting orders as market and order."""

    ids: Mapping[str, Sequence[int]] = field(default_factory=dict)
    orders: Sequence[tuple[int, int]] = ()


NO_HINTS = Hints()


def random_request(random: Random, kind: str, request_id: int, hints: Hints = NO_HINTS) -> bytes:
    """An encoded ``ClientFrame`` with one request of this kind; sometimes one of a kind that does not exist."""
    message = ClientMessage(request_id=request_id)
    body = getattr(message, kind)
    body.SetInParent()
    sensible = random.random() < 0.75  # as a whole, or hardly any request with many fields would be accepted
    _fill(random, body, body.DESCRIPTOR, 0, sensible, hints)
    if sensible:
        _make_sense(random, body, hints)
        if random.random() < 0.2:
            _spoil(random, body)
    if random.random() < 0.05:
        message.valid_until = random.choice((1, 2**62, 2**63 - 1, 2**64 - 1))
    element = message.SerializeToString()
    if random.random() < 0.02:
        unknown = _delimited(UNKNOWN_KIND, random.randbytes(9))
        element = ClientMessage(request_id=request_id).SerializeToString() + unknown
    elif random.random() < 0.1:
        element += _delimited(UNKNOWN_FIELD, random.randbytes(random.randrange(50)))
    return _delimited(client_pb2.ClientFrame.DESCRIPTOR.fields_by_name["messages"].number, element)


def _fill(random: Random, body: Any, descriptor: Descriptor, depth: int, sensible: bool, hints: Hints) -> None:
    one_of = {oneof.name: random.choice(oneof.fields).name for oneof in descriptor.oneofs}  # and each optional field
    for item in descriptor.fields:
        if item.containing_oneof is not None:
            if random.random() < 0.5 or item.name != one_of[item.containing_oneof.name]:
                continue
        elif random.random() < (0.7 if sensible and item.name in _SELDOM else 0.2 if not sensible else 0.0):
            continue
        if item.is_repeated:
            _fill_repeated(random, body, item, depth, sensible, hints)
        elif item.message_type is not None:
            if depth < 5:
                getattr(body, item.name).SetInParent()
                _fill(random, getattr(body, item.name), item.message_type, depth + 1, sensible, hints)
        else:
            _set(body, item, _value(random, item, sensible, hints))


def _fill_repeated(random: Random, body: Any, item: FieldDescriptor, depth: int, sensible: bool, hints: Hints) -> None:
    for _ in range(random.choice((1, 1, 2) if sensible else (0, 1, 2, 3, 250))):
        if item.message_type is not None:
            _fill(random, getattr(body, item.name).add(), item.message_type, depth + 1, sensible, hints)
        else:
            with suppress(ValueError, OverflowError):
                getattr(body, item.name).append(_value(random, item, sensible, hints))


def _make_sense(random: Random, body: Any, hints: Hints) -> None:
    """What is in order by itself is made so as a whole: an order in its market, bounds, a basket or none."""
    names = {item.name for item in body.DESCRIPTOR.fields}
    if {"low", "high"} <= names:
        body.high = body.low + 1 + abs(body.high)
        if body.constituents and random.random() < 0.5:
            body.low = body.high = 0
        else:
            del body.constituents[:]
            body.redeem_fee = 0
    if {"market_id", "order_id"} <= names and hints.orders:
        body.market_id, body.order_id = random.choice(hints.orders)
        body.tag = b""
    if "time_in_force" in names and body.time_in_force > 1:
        body.post_only = False
        body.expires_at = 2**61 if body.time_in_force == types_pb2.TIME_IN_FORCE_GTD else 0
    if "market_order" in names and body.market_order:
        body.price = body.time_in_force = body.post_only = 0
    if "before" in names:
        body.before = 0  # or after: one page has one direction
    for item, value in body.ListFields():
        if item.message_type is not None:
            for part in value if item.is_repeated else (value,):
                _make_sense(random, part, hints)
    if "steps" in names:
        for step in body.steps:
            kind = step.WhichOneof("step")
            if kind is not None:
                getattr(step, kind).market_id = body.market_id


def _spoil(random: Random, body: Any) -> None:
    """One field gets something from the edges of its type."""
    plain = [item for item in body.DESCRIPTOR.fields if item.message_type is None and not item.is_repeated]
    if plain:
        item = random.choice(plain)
        _set(body, item, _value(random, item, False, NO_HINTS))


def _set(body: Any, field: FieldDescriptor, value: Any) -> None:
    with suppress(ValueError, OverflowError):  # the field cannot carry it
        setattr(body, field.name, value)


def _value(random: Random, item: FieldDescriptor, sensible: bool, hints: Hints) -> Any:
    if item.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return random.random() < (0.1 if sensible else 0.3)
    if item.enum_type is not None:
        numbers = [value.number for value in item.enum_type.values]
        return random.choice(numbers[1:]) if sensible else random.choice((*numbers, 99, -1, 2**31 - 1))
    if item.type == FieldDescriptor.TYPE_BYTES:
        return random.choice((b"", b"a", b"b")) if sensible else random.choice(BLOBS)
    if item.type == FieldDescriptor.TYPE_STRING:
        return f"name {random.randrange(2_000)}" if sensible else random.choice(TEXTS)
    if sensible:
        return _plausible(random, item.name, hints)
    return random.choice(INTEGERS) if random.random() < 0.7 else random.randrange(1, 200)


def _plausible(random: Random, name: str, hints: Hints) -> int:
    for what, ids in hints.ids.items():
        if what in name and name.endswith(("_id", "_ids")) and ids:
            return random.choice(ids)
    if name == "order_id":
        return random.randrange(1, 100)
    if name.endswith(("_id", "_ids")):
        return random.choice((0, 1, 1, 2, 2, 3, 4, 5))
    if name.endswith(("_at", "_time", "_limit", "_fee")) or name in ("from", "to", "before", "after", "until"):
        return 0
    if name == "interval_seconds":
        return 60
    return random.randrange(1, 60)


def _delimited(number: int, payload: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(payload)) + payload


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])
