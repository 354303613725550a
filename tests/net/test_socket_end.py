"""How a WebSocket ends: with a code, in time, for certain; and what keeps it from ending."""

import pytest
import trio
import trio.testing

from exchange.net.http import Request
from exchange.net.socket import Socket, SocketClosed, open_socket
from exchange.net.stream import GuardedStream
from exchange.settings import Settings
from tests.net.house import open_house, socket_pair
from tests.net.raw_client import BINARY, PING, PONG, close_frame, frame, handshake

# Closing.


@pytest.mark.parametrize("code", [1000, 1008, 1011, 1012, 1013, 4001, 4002, 4003, 4004])
async def test_the_code_of_our_close_arrives(code: int) -> None:
    async with socket_pair() as (socket, client), trio.open_nursery() as nursery:
        nursery.start_soon(socket.close, code, "because")
        received = await client.receive()
        assert (received.close_code, received.payload[2:]) == (code, b"because")
        await client.finish(close_frame(code))
    assert socket.how_closed().code == code


async def test_a_peer_that_does_not_answer_a_close_is_cut_in_time(autojump_clock: trio.testing.MockClock) -> None:
    async with socket_pair() as (socket, client):
        started = trio.current_time()
        await socket.close(1012)
        assert trio.current_time() - started == pytest.approx(2.0)
        assert await client.receive_close() == 1012
        await client.receive_end()


async def test_a_close_does_not_wait_for_an_answer_nobody_can_hear(autojump_clock: trio.testing.MockClock) -> None:
    """A ping after our Close ends the library's reader, and with it the ear for the peer's Close."""
    async with socket_pair() as (socket, client), trio.open_nursery() as nursery:
        nursery.start_soon(socket.close, 1012)
        assert await client.receive_close() == 1012
        await client.finish(frame(PING) + close_frame(1012))
    assert trio.current_time() == 0


async def test_of_two_closes_the_first_counts_and_both_wait_for_the_end() -> None:
    async with socket_pair() as (socket, client):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(socket.close, 4004)
            await trio.testing.wait_all_tasks_blocked()
            nursery.start_soon(socket.close, 1012)
            assert await client.receive_close() == 4004
            await trio.testing.wait_all_tasks_blocked()
            assert len(nursery.child_tasks) == 2
            await client.finish(close_frame(4004))
        assert socket.how_closed().code == 4004


async def test_a_cancelled_server_says_1012_before_it_goes() -> None:
    async with open_house(socket_close_seconds=0.5) as house:
        client = await house.open()
        await client.echo()
        house.connections.cancel_scope.cancel()
        assert await client.receive_close() == 1012
        assert await client.finish(close_frame(1012)) == b""


async def test_a_cancellation_at_any_moment_ends_the_connection(autojump_clock: trio.testing.MockClock) -> None:
    async def serve(stream: GuardedStream, cancelled: trio.CancelScope) -> None:
        with cancelled:
            async with open_socket(stream, Settings()) as socket:
                await socket.receive()

    for steps in range(40):
        ours, theirs = trio.testing.memory_stream_pair()
        guarded = GuardedStream(ours, Settings())
        guarded.unread(handshake())
        scope = trio.CancelScope()
        with trio.fail_after(10):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(serve, guarded, scope)
                for _ in range(steps):
                    await trio.lowlevel.checkpoint()
                scope.cancel()
        assert guarded.is_closed
        await theirs.aclose()


async def test_a_handler_that_returns_says_1000() -> None:
    async def say_hello(socket: Socket, request: Request) -> None:
        await socket.send(b"hello")

    async with open_house(say_hello) as house:
        client = await house.open()
        assert await client.receive_binary() == b"hello"
        assert await client.receive_close() == 1000


async def test_killing_ends_everything_at_once() -> None:
    async with socket_pair() as (socket, client):
        await client.send(frame(BINARY, b"unheard"))
        await trio.testing.wait_all_tasks_blocked()
        socket.kill()
        for action in (socket.receive(), socket.send(b"more")):
            with pytest.raises(SocketClosed) as caught:
                await action
            assert caught.value.code is None
        await socket.close(1000)
        await client.receive_end()


async def test_the_end_of_a_connection_in_a_group_is_an_ordinary_end() -> None:
    async with socket_pair() as (socket, client), trio.open_nursery() as nursery:
        nursery.start_soon(socket.receive)
        nursery.start_soon(trio.sleep_forever)
        await client.stream.aclose()


async def test_an_exception_in_the_block_comes_out_as_it_is() -> None:
    async def fail() -> None:
        async with socket_pair() as (_, client):
            await client.stream.aclose()
            raise KeyError

    with pytest.raises(KeyError):
        await fail()


# Being alive.


async def test_a_quiet_peer_is_pinged_and_one_that_answers_stays(autojump_clock: trio.testing.MockClock) -> None:
    async with socket_pair(message_bytes_unauthenticated=500) as (socket, client):
        for _ in range(200):  # their answers are more than a stranger's budget
            ping = await client.receive()
            assert ping.opcode == PING
            await client.send(frame(PONG, ping.payload))
        assert 199 * 15 <= trio.current_time() <= 201 * 15
        assert socket.is_open


async def test_a_peer_that_answers_no_ping_is_cut(autojump_clock: trio.testing.MockClock) -> None:
    async with socket_pair() as (socket, client):
        with pytest.raises(SocketClosed):
            await socket.receive()
        assert trio.current_time() == pytest.approx(15 + 45)
        await client.receive_end()


async def test_a_peer_we_do_not_listen_to_is_not_blamed_for_it(autojump_clock: trio.testing.MockClock) -> None:
    async with socket_pair(socket_queue_messages=2) as (socket, client):
        await client.send(frame(BINARY, b"order") * 5)
        await trio.sleep(600)
        assert socket.is_open
        assert await socket.receive() == [b"order"] * 2
