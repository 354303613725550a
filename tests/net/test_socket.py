"""One WebSocket behind our own rules: batches, codes, deadlines, and a library that has not changed behind our back."""

import random
from contextlib import suppress

import pytest
import trio
import trio.testing
import trio_websocket

from exchange.net.http import Request
from exchange.net.inbox import Inbox
from exchange.net.socket import Socket, SocketClosed, open_socket
from exchange.net.stream import GuardedStream
from exchange.settings import Settings
from tests.net.house import SIGN_IN, open_house, socket_pair
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
)

# The handshake.


@pytest.mark.parametrize("start", [b"", b"GET /ws HTT"])
async def test_a_peer_that_hangs_up_before_the_handshake_ends_it(
    start: bytes, autojump_clock: trio.testing.MockClock
) -> None:
    ours, theirs = trio.testing.memory_stream_pair()
    await theirs.send_all(start)
    await theirs.aclose()
    with pytest.raises(SocketClosed):
        async with open_socket(GuardedStream(ours, Settings()), Settings()):
            pass
    assert trio.current_time() <= 5


@pytest.mark.parametrize(
    "upsetting", [handshake(host=b"\xff"), handshake(b"Connection: \xff"), handshake(b"Sec-WebSocket-Protocol: \xff")]
)
async def test_a_handshake_that_upsets_the_library_ends_only_itself(upsetting: bytes) -> None:
    ours, _ = trio.testing.memory_stream_pair()
    guarded = GuardedStream(ours, Settings())
    guarded.unread(upsetting)
    with pytest.raises(SocketClosed):
        async with open_socket(guarded, Settings()):
            pass


async def test_a_peer_that_is_gone_when_the_handshake_is_answered_ends_only_itself() -> None:
    ours, _ = trio.testing.memory_stream_pair()
    guarded = GuardedStream(ours, Settings())
    guarded.unread(handshake())
    guarded.kill()
    with pytest.raises(SocketClosed):
        async with open_socket(guarded, Settings()):
            pass


# Receiving.


async def test_all_messages_that_are_ready_come_at_once() -> None:
    async with socket_pair() as (socket, client):
        await client.send(frame(BINARY, b"1") + frame(BINARY, b"2") + frame(PING) + frame(BINARY, b"3"))
        await trio.testing.wait_all_tasks_blocked()
        assert await socket.receive() == [b"1", b"2", b"3"]
        await client.send(frame(BINARY, b"4"))
        assert await socket.receive() == [b"4"]


async def test_a_cancelled_receive_loses_nothing() -> None:
    async with socket_pair() as (socket, client):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(socket.receive)
            await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
        await client.send(frame(BINARY, b"1"))
        assert await socket.receive() == [b"1"]


async def test_a_full_queue_holds_the_reader_back_and_loses_nothing() -> None:
    async with socket_pair(socket_queue_messages=3, message_bytes_unauthenticated=1_000) as (socket, client):
        await client.send(b"".join(frame(BINARY, b"%d" % number) for number in range(10)) + frame(PING, b"?"))
        await trio.testing.wait_all_tasks_blocked()
        received: list[bytes] = []
        while len(received) < 10:
            batch = await socket.receive()
            assert len(batch) <= 3
            received += batch
        assert received == [b"%d" % number for number in range(10)]
        assert (await client.receive()).opcode == PONG


async def test_the_queue_is_limited_in_bytes_too() -> None:
    async with socket_pair(socket_queue_bytes=1_000) as (socket, client):
        await client.send(frame(BINARY, bytes(600)) * 4)
        await trio.testing.wait_all_tasks_blocked()
        assert [len(await socket.receive()) for _ in range(2)] == [2, 2]


async def test_what_came_before_the_peers_close_is_still_received() -> None:
    async with socket_pair() as (socket, client):
        await client.send(frame(BINARY, b"last words") + close_frame(4321))
        await trio.testing.wait_all_tasks_blocked()
        assert await socket.receive() == [b"last words"]
        with pytest.raises(SocketClosed) as caught:
            await socket.receive()
        assert caught.value.code == 4321
        with pytest.raises(SocketClosed):
            await socket.send(b"too late")
        with pytest.raises(SocketClosed):
            socket.send_nowait(b"too late")


async def test_a_connection_lost_without_a_close_has_no_code() -> None:
    async with socket_pair() as (socket, client):
        await client.stream.aclose()
        with pytest.raises(SocketClosed) as caught:
            await socket.receive()
        assert caught.value.code is None


async def test_text_ends_the_socket_for_the_receiver_as_well() -> None:
    async with socket_pair() as (socket, client):
        await client.send(frame(BINARY, b"1") + frame(TEXT, b"2"))
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(SocketClosed) as caught:
            await socket.receive()
        assert caught.value.code == 1008
        assert await client.receive_close() == 1008


async def test_a_stranger_may_send_twice_the_limit_of_a_message_without_completing_one() -> None:
    async with socket_pair(message_bytes_unauthenticated=500) as (socket, client):
        await client.send(frame(BINARY, final=False) + frame(CONTINUATION, final=False) * 160)
        await trio.testing.wait_all_tasks_blocked()
        assert socket.is_open
        await client.send(frame(CONTINUATION, final=False) * 10)
        with pytest.raises(SocketClosed):
            await socket.receive()


# Sending.


async def test_ready_frames_between_the_librarys_pongs_stay_well_formed() -> None:
    rng = random.Random(1)
    payloads = [rng.randbytes(rng.choice([0, 10, 200, 5_000, 70_000])) for _ in range(300)]

    async def publish(socket: Socket, request: Request) -> None:
        for payload in payloads:
            if not socket.send_nowait(payload):
                await socket.send(payload)
        await socket.close(1000)

    async with open_house(publish, socket_send_bytes=8_192) as house:
        client = await house.open()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.send, frame(PING, b"?") * 300)
            received = []
            while (came := await client.receive()).opcode != CLOSE:
                received.append(came)
        assert [came.payload for came in received if came.opcode == BINARY] == payloads
        pongs = [came.payload for came in received if came.opcode == PONG]
        assert pongs
        assert set(pongs) == {b"?"}


async def _frames_until_the_end(client: RawClient) -> list[bytes]:
    received = []
    with suppress(HungUp):
        while (came := await client.receive()).opcode == BINARY:
            received.append(came.payload)
    return received


async def test_a_send_cancelled_anywhere_never_tears_a_frame_into_another() -> None:
    """The client sees whole frames and then, if one was torn, nothing: neither garbage nor a frame inside a frame."""
    payload = random.Random(2).randbytes(300_000)
    cancelled = 0

    async def publish(socket: Socket, request: Request) -> None:
        nonlocal cancelled
        rng = random.Random((await socket.receive())[0])
        for _ in range(20):
            with trio.move_on_after(rng.random() * 0.002) as scope:
                await socket.send(payload)
            cancelled += scope.cancelled_caught
        await socket.send(b"end")

    async with open_house(publish, socket_send_bytes=8_192) as house:
        for seed in range(20):
            client = await house.open()
            await client.send(frame(BINARY, b"%d" % seed))
            received = await _frames_until_the_end(client)
            assert all(came in {payload, b"end"} for came in received)
    assert cancelled


async def test_nothing_is_sent_after_our_close() -> None:
    async with socket_pair() as (socket, client), trio.open_nursery() as nursery:
        nursery.start_soon(socket.close, 1000)
        await trio.testing.wait_all_tasks_blocked()
        assert not socket.is_open
        with pytest.raises(SocketClosed):
            await socket.send(b"too late")
        assert (await client.receive()).opcode == CLOSE
        assert await client.finish(close_frame()) == b""


# The library.


async def test_the_library_still_hands_its_messages_to_where_we_wait_for_them() -> None:
    """Holds the seam in exchange/net/inbox.py: without it every message would vanish into the library's own queue."""
    ours, theirs = trio.testing.memory_stream_pair()
    await theirs.send_all(handshake())
    async with trio.open_nursery() as nursery:
        request = await trio_websocket.wrap_server_stream(nursery, ours)
        connection = request._connection
        assert isinstance(connection._send_channel, trio.MemorySendChannel)
        assert connection._max_message_size == trio_websocket._impl.MAX_MESSAGE_SIZE
        assert set(dir(Inbox)) >= {"send", "aclose"}
        nursery.cancel_scope.cancel()


async def test_the_limit_of_a_message_is_raised_by_signing_in() -> None:
    async with open_house() as house:
        client = await house.open()
        await client.echo(SIGN_IN)
        await client.echo(bytes(131_072))
        await client.send(frame(BINARY, bytes(131_073)))
        assert await client.receive_close() == 1009
