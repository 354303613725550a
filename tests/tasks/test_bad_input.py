"""Every field of every request at its edges: each is answered, a refusal names a field, and nothing else happens.

Driven by the schema, so a request kind or field that is added is tried without a word here.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor
from trio.testing import MockClock

from exchange.core.invariants import violations
from exchange.store.verify import verify
from exchange.wire.records import decode_facts
from exchange_client.schema import client_pb2, types_pb2
from tests.sim.harness import House, open_house
from tests.sim.raw_client import RawClient
from tests.sim.requests import ClientMessage, bid, elevate, kind_of

INTEGERS = (0, 1, 2, -1, 10**8, 10**8 + 1, 2**31, 2**32 - 1, 2**62, 2**62 + 1, 2**63 - 1, -(2**63), 2**63, 2**64 - 1)
TEXTS = ("", " ", "x", "x" * 64, "x" * 65, "x" * 5_000, "\u202eabc", "a\0b", "a\nb", "Ada", "=1+1", "\U0001f40e" * 64)
BLOBS = (b"", b"\0", b"x" * 32, b"x" * 33, b"x" * 5_000)
KINDS = [
    field.name
    for field in ClientMessage.DESCRIPTOR.oneofs_by_name["request"].fields
    if field.name not in ("authenticate", "act_as", "set_elevated", "ping")
]


def usual(kind: str) -> ClientMessage:
    """A request of this kind as people send it; every field that has a sensible value has it."""
    message = ClientMessage()
    body = getattr(message, kind)
    body.SetInParent()
    for field in body.DESCRIPTOR.fields:
        if field.name in _USUAL and not field.is_repeated:
            setattr(body, field.name, _USUAL[field.name])
    return message


_USUAL: dict[str, Any] = {
    "market_id": 1, "side": 1, "price": 50, "size": 1, "account_id": 2, "to_account_id": 3, "from_account_id": 2,
    "with_account_id": 3, "amount": 1, "low": 0, "high": 100, "name": "Some name", "text": "Hello", "status": 2,
    "group_id": 0, "scope": 1, "interval_seconds": 60, "order_id": 1, "seconds": 60,
}  # fmt: skip


def odd_values(field: FieldDescriptor) -> Iterator[Any]:
    match field.cpp_type:
        case FieldDescriptor.CPPTYPE_BOOL:
            yield from (False, True)
        case FieldDescriptor.CPPTYPE_ENUM:
            yield from (0, 1, 2, 3, 4, 99, -1, 2**31 - 1)
        case FieldDescriptor.CPPTYPE_STRING if field.type == FieldDescriptor.TYPE_BYTES:
            yield from BLOBS
        case FieldDescriptor.CPPTYPE_STRING:
            yield from TEXTS
        case _:
            yield from INTEGERS


def odd_requests(kind: str) -> Iterator[ClientMessage]:
    """The usual request with one field at a time set to something odd."""
    empty = ClientMessage()
    getattr(empty, kind).SetInParent()
    yield empty
    for field in getattr(ClientMessage(), kind).DESCRIPTOR.fields:
        if field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE:
            continue
        for value in odd_values(field):
            message = usual(kind)
            body = getattr(message, kind)
            try:
                if field.is_repeated:
                    getattr(body, field.name).append(value)
                else:
                    setattr(body, field.name, value)
            except (ValueError, OverflowError):
                continue  # the field cannot carry it
            yield message


async def answered(house: House, client: RawClient, message: ClientMessage) -> None:
    state = house.context.engine.state
    before = state.sequence
    reply = await client.ask(message)
    if kind_of(reply) == "refusal":
        assert reply.refusal.code
        assert reply.refusal.message.endswith((".", "?")), reply.refusal.message
        assert state.sequence == before, "a refusal changes nothing"


@pytest.mark.parametrize("elevated", [False, True], ids=["trader", "admin"])
@pytest.mark.parametrize("kind", KINDS)
async def test_every_odd_value_is_answered_and_harms_nothing(
    tmp_path: Path, autojump_clock: MockClock, kind: str, elevated: bool
) -> None:
    async with open_house(tmp_path, pace_per_second=1e6, pace_burst=1e6, pace_expensive_per_minute=1e8) as house:
        admin, (ada,) = await house.furnish("ada")
        await ada.ask(bid(1, 40))
        client = admin if elevated else ada
        if elevated:
            await client.ask(elevate())
        for message in odd_requests(kind):
            await answered(house, client, message)
        assert list(violations(house.context.engine.state)) == []
        await house.drain()
        report = verify(house.path, decode_facts)
        assert report.ok, report.problems


@pytest.mark.parametrize("expires_at", [1, 2**62, 2**62 + 1, 2**63, 2**64 - 1])
async def test_an_order_that_ends_at_an_odd_time_is_answered(
    tmp_path: Path, autojump_clock: MockClock, expires_at: int
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        reply = await ada.ask(bid(1, 40, time_in_force=types_pb2.TIME_IN_FORCE_GTD, expires_at=expires_at))
        assert kind_of(reply) == ("order_result" if expires_at == 2**62 else "refusal")
        await house.drain()
        assert verify(house.path, decode_facts).ok


@pytest.mark.parametrize("request_id", [1, 2**31, 2**63 - 1, 2**63, 2**64 - 1])
async def test_every_request_id_is_answered(tmp_path: Path, autojump_clock: MockClock, request_id: int) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        await ada.send(client_pb2.ClientMessage(request_id=request_id, place_order=bid(1, 40).place_order))
        await ada.reply(request_id)
        await house.drain()
        assert verify(house.path, decode_facts).ok
