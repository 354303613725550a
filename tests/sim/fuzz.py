"""Requests made from the schema alone: every kind and every field of it, sensible or not.

Each field is left out, or gets something from the edges of its type, or something that might exist. So whatever is
added to the schema is covered without a word here.
"""

from contextlib import suppress
from random import Random
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from exchange_client.schema import client_pb2

ClientMessage = client_pb2.ClientMessage

KINDS = [field.name for field in ClientMessage.DESCRIPTOR.oneofs_by_name["request"].fields]
_SELDOM = frozenset({"time_in_force", "self_trade_prevention", "post_only", "market_order", "tag", "constituents"})
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


def random_request(random: Random, kind: str, request_id: int) -> bytes:
    """An encoded ``ClientFrame`` with one request of this kind; sometimes one of a kind that does not exist."""
    message = ClientMessage(request_id=request_id)
    body = getattr(message, kind)
    body.SetInParent()
    _fill(random, body, body.DESCRIPTOR, depth=0)
    if random.random() < 0.1:
        message.valid_until = random.choice((1, 2**62, 2**63 - 1, 2**64 - 1))
    element = message.SerializeToString()
    if random.random() < 0.02:
        unknown = _delimited(UNKNOWN_KIND, random.randbytes(9))
        element = ClientMessage(request_id=request_id).SerializeToString() + unknown
    elif random.random() < 0.1:
        element += _delimited(UNKNOWN_FIELD, random.randbytes(random.randrange(50)))
    return _delimited(client_pb2.ClientFrame.DESCRIPTOR.fields_by_name["messages"].number, element)


def _fill(random: Random, body: Any, descriptor: Descriptor, depth: int) -> None:
    sensible = random.random() < 0.5  # as a whole, or hardly any request with many fields would be accepted
    for field in descriptor.fields:
        if field.containing_oneof is not None and random.random() < 0.5:
            continue
        if random.random() < (0.7 if sensible and field.name in _SELDOM else 0.2 if not sensible else 0.0):
            continue
        if field.is_repeated:
            _fill_repeated(random, body, field, depth, sensible)
        elif field.message_type is not None:
            if depth < 5:
                getattr(body, field.name).SetInParent()
                _fill(random, getattr(body, field.name), field.message_type, depth + 1)
        else:
            _set(body, field, _value(random, field, sensible))


def _fill_repeated(random: Random, body: Any, field: FieldDescriptor, depth: int, sensible: bool) -> None:
    for _ in range(random.choice((0, 1, 2, 3, 250))):
        if field.message_type is not None:
            _fill(random, getattr(body, field.name).add(), field.message_type, depth + 1)
        else:
            with suppress(ValueError, OverflowError):
                getattr(body, field.name).append(_value(random, field, sensible))


def _set(body: Any, field: FieldDescriptor, value: Any) -> None:
    with suppress(ValueError, OverflowError):  # the field cannot carry it
        setattr(body, field.name, value)


def _value(random: Random, field: FieldDescriptor, sensible: bool) -> Any:
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return random.random() < (0.1 if sensible else 0.3)
    if field.enum_type is not None:
        numbers = [value.number for value in field.enum_type.values]
        return random.choice(numbers[1:]) if sensible else random.choice((*numbers, 99, -1, 2**31 - 1))
    if field.type == FieldDescriptor.TYPE_BYTES:
        return random.choice((b"", b"a", b"b")) if sensible else random.choice(BLOBS)
    if field.type == FieldDescriptor.TYPE_STRING:
        return f"name {random.randrange(200)}" if sensible else random.choice(TEXTS)
    if sensible:
        return _plausible(random, field.name)
    return random.choice(INTEGERS) if random.random() < 0.7 else random.randrange(1, 200)


def _plausible(random: Random, name: str) -> int:
    if name == "order_id":
        return random.randrange(1, 100)
    if name.endswith("_id"):
        return random.choice((0, 1, 1, 2, 2, 3, 4, 5))
    if name.endswith(("_at", "_time")) or name in ("after", "before", "until"):
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
