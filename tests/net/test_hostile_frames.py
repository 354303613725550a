"""What can be done to us over a WebSocket, done to a real port while a bystander trades on."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import trio

from exchange.net.http import Request
from exchange.net.socket import Socket
from tests.net.house import SIGN_IN, House, echo, open_house_with_bystander
from tests.net.raw_client import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    HungUp,
    RawClient,
    close_frame,
    frame,
    handshake,
    random_frame,
)

# Bytes of a message, a stranger's and another's; less than usual, to get there sooner.
LIMIT = 2_000
SIGNED_IN_LIMIT = 8_000
LIMITS: dict[str, Any] = {"message_bytes_unauthenticated": LIMIT, "message_bytes": SIGNED_IN_LIMIT}


@asynccontextmanager
async def signed_in(house: House) -> AsyncIterator[RawClient]:
    client = await house.open()
    await client.echo(SIGN_IN)
    yield client


@pytest.mark.parametrize("reset", [False, True], ids=["hangs up", "resets"])
async def test_a_client_that_leaves_right_after_its_handshake_harms_nobody(reset: bool) -> None:
    async with open_house_with_bystander() as (house, _):
        for _ in range(50):
            client = await house.connect()
            await client.send(handshake())
            if reset:
                client.reset()
            else:
                await client.stream.aclose()
        await house.count.falls_to(1)


async def test_pings_after_the_servers_close_harm_nobody_and_the_code_arrives() -> None:
    async def close_at_once(socket: Socket, request: Request) -> None:
        (first,) = await socket.receive()
        if first == b"close":
            await socket.close(4001, "token expired")
        await socket.send(first)
        await echo(socket, request)

    async with open_house_with_bystander(close_at_once) as (house, _):
        client = await house.open()
        await client.send(frame(BINARY, b"close"))
        assert await client.receive_close() == 4001
        for _ in range(10):
            await client.send(frame(PING, b"still there?"))
        await client.send(close_frame(4001))
        assert await client.receive_end() == b""
        await client.stream.aclose()
        await house.count.falls_to(1)


async def test_an_exception_in_a_handler_ends_its_own_connection_with_1011() -> None:
    async def divide(socket: Socket, request: Request) -> None:
        (first,) = await socket.receive()
        if first == b"0":
            raise ZeroDivisionError
        await socket.send(first)
        await echo(socket, request)

    async with open_house_with_bystander(divide) as (house, _):
        client = await house.open()
        await client.send(frame(BINARY, b"0"))
        assert await client.receive_close() == 1011
        await client.send(close_frame(1011))
        await client.receive_end()
        await client.stream.aclose()
        await house.count.falls_to(1)


async def test_a_message_over_the_limit_is_told_1009_and_the_connection_closed_even_if_the_client_stays() -> None:
    async with (
        open_house_with_bystander(socket_close_seconds=0.1, **LIMITS) as (house, _),
        signed_in(house) as client,
    ):
        await client.send(frame(BINARY, bytes(SIGNED_IN_LIMIT + 1)))
        assert await client.receive_close() == 1009
        await client.receive_end()
        await house.count.falls_to(1)


async def test_a_close_code_survives_what_the_client_is_still_sending() -> None:
    async with open_house_with_bystander() as (house, _), signed_in(house) as client:
        await client.send(frame(BINARY, bytes(2_500_000)))
        assert await client.receive_close() == 1009
        await client.stream.aclose()
        await house.count.falls_to(1)


async def test_a_strangers_long_message_is_told_1009() -> None:
    async with open_house_with_bystander(**LIMITS) as (house, _):
        client = await house.open()
        await client.echo(bytes(LIMIT))
        await client.send(frame(BINARY, bytes(LIMIT + 1)))
        assert await client.receive_close() == 1009
        await client.send(close_frame(1009))
        assert await client.receive_end() == b""


async def test_a_text_message_is_told_1008() -> None:
    async with open_house_with_bystander() as (house, _):
        client = await house.open()
        await client.send(frame(TEXT, b"{}") + frame(BINARY, b"too late"))
        assert await client.receive_close() == 1008


async def test_pings_are_answered_while_the_application_takes_no_messages() -> None:
    async def be_busy(socket: Socket, request: Request) -> None:
        first = await socket.receive()
        if first[0] == b"be busy":
            await trio.sleep_forever()
        await socket.send(first[0])
        await echo(socket, request)

    async with open_house_with_bystander(be_busy) as (house, _):
        client = await house.open()
        await client.send(frame(BINARY, b"be busy"))
        await client.send(b"".join(frame(BINARY, b"order") for _ in range(50)) + frame(PING, b"well?"))
        received = await client.receive()
        assert (received.opcode, received.payload) == (PONG, b"well?")


@pytest.mark.parametrize("known", [False, True], ids=["stranger", "signed in"])
@pytest.mark.parametrize("opcode", [CONTINUATION, PING, PONG], ids=["empty continuations", "pings", "pongs"])
async def test_endless_frames_without_a_whole_message_are_cut_at_twice_the_limit(opcode: int, known: bool) -> None:
    budget = 2 * (SIGNED_IN_LIMIT if known else LIMIT)
    flood = frame(opcode, final=opcode != CONTINUATION) * (budget // 6 // 8)
    async with open_house_with_bystander(**LIMITS) as (house, _):
        client = await house.open()
        if known:
            await client.echo(SIGN_IN)
        await client.send(frame(BINARY, final=False))
        await client.flood_until_the_end(flood)
        await house.count.falls_to(1)


async def test_many_messages_at_once_are_no_flood() -> None:
    async with open_house_with_bystander(**LIMITS) as (house, _):
        client = await house.open()
        size, number = 1_000, 200  # fifty times a stranger's budget
        await client.send(frame(BINARY, bytes(size)) * number)
        for _ in range(number):
            assert await client.receive_binary() == bytes(size)


async def test_a_message_in_many_pieces_with_pings_between_arrives_whole() -> None:
    async with open_house_with_bystander() as (house, _):
        client = await house.open()
        await client.send(frame(BINARY, b"0", final=False) + frame(PING, b"?"))
        for digit in b"12345678":
            await client.send(frame(CONTINUATION, bytes([digit]), final=False) + frame(PONG))
        await client.send(frame(CONTINUATION, b"9"))
        assert (await client.receive()).opcode == PONG
        assert await client.receive_binary() == b"0123456789"


async def test_a_frame_that_announces_2_to_the_62_bytes_and_goes_silent_is_dropped_for_want_of_a_pong() -> None:
    announcement = frame(BINARY)[:1] + bytes([0x80 | 127]) + (1 << 62).to_bytes(8, "big") + b"mask" + b"a little"
    async with open_house_with_bystander(ping_seconds=0.05, ping_timeout_seconds=0.5) as (house, _):
        client = await house.open()
        await client.send(announcement)
        await client.receive_end()
        await house.count.falls_to(1)


async def test_frames_after_the_clients_close_are_ignored() -> None:
    async with open_house_with_bystander() as (house, _):
        client = await house.open()
        await client.send(close_frame(1000) + frame(BINARY, b"order") + frame(PING) + close_frame(1000))
        assert (await client.receive()).close_code == 1000
        assert await client.receive_end() == b""
        await client.stream.aclose()
        await house.count.falls_to(1)


@pytest.mark.parametrize(
    "wrong",
    [
        frame(BINARY, b"order", mask=None),
        frame(BINARY, b"order", rsv=4),
        frame(3, b"order"),
        frame(CONTINUATION, b"order"),
        frame(PING, bytes(126)),
        frame(PING, b"order", final=False),
        frame(CLOSE, b"1"),
        close_frame(1005),
        frame(TEXT, b"\xff\xfe"),
    ],
    ids=str.split(
        "unmasked reserved-bit opcode-3 lone-continuation long-ping ping-in-pieces short-close 1005 bad-text"
    ),
)
async def test_a_frame_against_the_rules_ends_the_connection(wrong: bytes) -> None:
    async with open_house_with_bystander() as (house, _):
        client = await house.open()
        await client.send(wrong)
        assert await client.receive_end() == b""
        await client.stream.aclose()
        await house.count.falls_to(1)


async def test_resets_in_the_middle_of_a_frame_harm_nobody() -> None:
    async with open_house_with_bystander() as (house, _):
        for _ in range(100):
            client = await house.open()
            await client.send(frame(BINARY, bytes(1_000))[:500])
            client.reset()
        await house.count.falls_to(1)


async def test_a_reader_that_stops_reading_is_cut() -> None:
    async with open_house_with_bystander(socket_send_bytes=4_096, socket_write_seconds=0.2) as (house, _):
        client = await house.open()
        await client.echo(SIGN_IN)
        with pytest.raises(HungUp):
            await client.send(frame(BINARY, bytes(60_000)) * 100)
        await house.count.falls_to(1)


async def _misbehave(house: House, rng: random.Random) -> None:
    client = await house.open()
    with suppress(HungUp):
        for _ in range(rng.randrange(1, 12)):
            await client.send(random_frame(rng))
    if rng.random() < 0.5:
        client.reset()
    else:
        await client.stream.aclose()


async def test_random_frames_harm_nobody() -> None:
    rng = random.Random(20_261_122)
    async with open_house_with_bystander() as (house, _):
        for _ in range(30):
            async with trio.open_nursery() as nursery:
                for _ in range(10):
                    nursery.start_soon(_misbehave, house, random.Random(rng.random()))
        await house.count.falls_to(1)
