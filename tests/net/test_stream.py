"""The guarded stream: budgets, turns, torn writes, endings."""

import random
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing

from exchange.net.stream import GuardedStream, PeerGone
from exchange.settings import Settings
from tests.net.raw_client import HungUp, RawClient


class Stalling(trio.abc.HalfCloseableStream):
    """Takes half of what is written, then nothing more until it is told to."""

    def __init__(self) -> None:
        self.taken = b""
        self.flowing = trio.Event()
        self.closed = False

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        half = len(data) // 2
        self.taken += bytes(data[:half])
        await self.flowing.wait()
        self.taken += bytes(data[half:])

    async def wait_send_all_might_not_block(self) -> None:
        await self.flowing.wait()

    async def send_eof(self) -> None:
        await trio.lowlevel.checkpoint()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        await self.flowing.wait()
        return b""

    def close(self) -> None:
        self.closed = True

    async def aclose(self) -> None:
        self.close()
        await trio.lowlevel.checkpoint()


class Unclosable(Stalling):
    close = None  # type: ignore[assignment]


@asynccontextmanager
async def tcp_pair(**changes: int | float) -> AsyncIterator[tuple[GuardedStream, RawClient]]:
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with listener:
        theirs = await trio.open_tcp_stream(*listener.socket.getsockname())
        async with GuardedStream(await listener.accept(), Settings(**changes)) as ours, theirs:  # type: ignore[arg-type]
            yield ours, RawClient(theirs)
            await theirs.aclose()


def memory_pair(**changes: int | float) -> tuple[GuardedStream, trio.abc.Stream]:
    ours, theirs = trio.testing.memory_stream_pair()
    return GuardedStream(ours, Settings(**changes)), theirs  # type: ignore[arg-type]


# Reading.


async def test_bytes_put_back_are_read_again_before_what_follows() -> None:
    ours, theirs = memory_pair()
    await theirs.send_all(b"and more")
    ours.unread(b"handshake ")
    unread = [ours.has_unread]
    assert await ours.receive_some(4) == b"hand"
    assert await ours.receive_some() == b"shake "
    assert [*unread, ours.has_unread] == [True, False]
    assert await ours.receive_some() == b"and more"


async def test_bytes_without_a_whole_message_are_read_up_to_the_budget_and_then_cut() -> None:
    ours, theirs = memory_pair()
    ours.budget_bytes = 100
    await theirs.send_all(bytes(150))
    assert len(await ours.receive_some()) == 100
    with pytest.raises(PeerGone):
        await ours.receive_some()
    assert ours.is_closed
    with pytest.raises(trio.BrokenResourceError):
        await theirs.send_all(b"more")


async def test_a_whole_message_begins_a_new_budget() -> None:
    ours, theirs = memory_pair()
    ours.budget_bytes = 100
    for _ in range(10):
        await theirs.send_all(bytes(100))
        assert len(await ours.receive_some()) == 100
        ours.whole_message()


async def test_what_is_forgiven_may_arrive_again() -> None:
    ours, theirs = memory_pair()
    ours.budget_bytes = 100
    await theirs.send_all(bytes(130))
    assert len(await ours.receive_some()) == 100
    ours.forgive(30)
    assert len(await ours.receive_some()) == 30


async def test_nagle_is_off_and_the_kernels_buffer_is_limited() -> None:
    async with tcp_pair(socket_send_bytes=20_000) as (ours, _):
        accepted = ours._stream
        assert isinstance(accepted, trio.SocketStream)
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) <= 40_000


# Writing.


async def test_writes_take_turns_and_come_out_whole() -> None:
    async with tcp_pair(socket_send_bytes=4_096) as (ours, client), trio.open_nursery() as nursery:
        for number in range(10):
            nursery.start_soon(ours.send_all, bytes([number]) * 100_000)
        pieces = [await client.take(100_000) for _ in range(10)]
        assert sorted(pieces) == [bytes([number]) * 100_000 for number in range(10)]


async def test_a_write_that_is_no_longer_wanted_when_its_turn_comes_is_left_out() -> None:
    slow = Stalling()
    ours = GuardedStream(slow, Settings())
    outcome: list[bool] = []

    async def send_unwanted() -> None:
        outcome.append(await ours.send_if(lambda: False, b"unwanted"))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ours.send_all, b"first")
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(send_unwanted)
        await trio.testing.wait_all_tasks_blocked()
        slow.flowing.set()
    assert (slow.taken, outcome) == (b"first", [False])


async def test_a_write_cancelled_half_way_is_the_last() -> None:
    slow = Stalling()
    ours = GuardedStream(slow, Settings())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ours.send_all, b"torn")
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert slow.closed
    with pytest.raises(PeerGone):
        await ours.send_all(b"garbage")
    assert slow.taken == b"to"


async def test_a_write_cancelled_before_its_turn_leaves_the_stream_as_it_is() -> None:
    slow = Stalling()
    ours = GuardedStream(slow, Settings())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ours.send_all, b"first")
        await trio.testing.wait_all_tasks_blocked()
        with trio.CancelScope() as scope:
            scope.cancel()
            await ours.send_all(b"second")
        async with trio.open_nursery() as waiting:
            waiting.start_soon(ours.send_all, b"third")
            await trio.testing.wait_all_tasks_blocked()
            waiting.cancel_scope.cancel()
        slow.flowing.set()
    assert not slow.closed
    await ours.send_all(b"fourth")
    assert slow.taken == b"firstfourth"


async def test_a_write_that_takes_too_long_is_the_last(autojump_clock: trio.testing.MockClock) -> None:
    slow = Stalling()
    ours = GuardedStream(slow, Settings())
    started = trio.current_time()
    with pytest.raises(PeerGone):
        await ours.send_all(b"hello")
    assert trio.current_time() - started == pytest.approx(30)
    assert slow.closed


async def test_a_cancelled_task_writes_nothing_even_if_there_is_room() -> None:
    async with tcp_pair() as (ours, client):
        with trio.CancelScope() as scope:
            scope.cancel()
            await ours.send_all(b"never")
        assert scope.cancelled_caught
        await ours.send_all(b"always")
        assert await client.take(6) == b"always"


@pytest.mark.parametrize("peer_gone", [trio.BrokenResourceError, trio.ClosedResourceError])
async def test_a_write_that_fails_is_the_last(peer_gone: type[Exception]) -> None:
    slow = Stalling()

    async def fail(data: object) -> None:
        raise peer_gone

    slow.send_all = fail  # type: ignore[method-assign]
    ours = GuardedStream(slow, Settings())
    with pytest.raises(PeerGone):
        await ours.send_all(b"hello")
    assert slow.closed


async def test_a_writer_that_never_waits_lets_others_run() -> None:
    async with tcp_pair() as (ours, client), trio.open_nursery() as nursery:
        nursery.start_soon(client.receive_end)
        others_ran = trio.Event()

        async def others() -> None:
            others_ran.set()

        nursery.start_soon(others)
        for _ in range(300):
            await ours.send_all(bytes(1_000))
        assert others_ran.is_set()
        ours.kill()


async def test_what_can_be_written_at_once_is_and_the_rest_keeps_the_turn() -> None:
    async with tcp_pair(socket_send_bytes=32_768) as (ours, client), trio.open_nursery() as nursery:
        assert ours.send_nowait(b"hello") == 5
        big = random.Random(1).randbytes(1_000_000)
        written = ours.send_nowait(big)
        assert 0 < written < len(big)
        assert ours.send_nowait(b"in between") == 0
        nursery.start_soon(ours.send_rest, big, written)
        nursery.start_soon(ours.send_all, b"after")
        assert await client.take(5 + len(big) + 5) == b"hello" + big + b"after"


async def test_in_memory_nothing_can_be_written_at_once() -> None:
    ours, _ = memory_pair()
    assert ours.send_nowait(b"hello") == 0
    await ours.send_all(b"hello")


# Ending.


async def test_cutting_resets_the_connection() -> None:
    async with tcp_pair() as (ours, client):
        await ours.send_all(b"hello")
        ours.kill()
        ours.kill()
        assert await client.stream.receive_some() == b"hello"
        with pytest.raises(trio.BrokenResourceError):
            await client.stream.receive_some()
        for action in (ours.send_all(b"more"), ours.receive_some()):
            with pytest.raises(PeerGone):
                await action
        with pytest.raises(PeerGone):
            ours.send_nowait(b"more")


async def test_cutting_wakes_whoever_reads_or_writes() -> None:
    async with tcp_pair(socket_send_bytes=4_096) as (ours, _), trio.open_nursery() as nursery:

        async def find_it_gone(action: Callable[[], object]) -> None:
            with pytest.raises(PeerGone):
                await action()  # type: ignore[misc]

        nursery.start_soon(find_it_gone, ours.receive_some)
        nursery.start_soon(find_it_gone, lambda: ours.send_all(bytes(8_000_000)))
        await trio.testing.wait_all_tasks_blocked()
        ours.kill()


async def test_what_was_written_last_arrives_although_the_peer_is_still_writing() -> None:
    async with tcp_pair() as (ours, client), trio.open_nursery() as nursery:
        await client.send(bytes(100_000))
        await ours.send_all(b"goodbye")
        nursery.start_soon(ours.aclose)
        assert await client.receive_end() == b"goodbye"
        await client.send(bytes(1_000_000))
        await client.stream.aclose()
    assert ours.is_closed


async def test_a_peer_that_does_not_end_is_given_two_seconds(autojump_clock: trio.testing.MockClock) -> None:
    ours, theirs = memory_pair()
    started = trio.current_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ours.aclose)
        nursery.start_soon(ours.aclose)
        assert await theirs.receive_some() == b""
    assert trio.current_time() - started == pytest.approx(2.0)


async def test_closing_while_cancelled_closes_at_once(autojump_clock: trio.testing.MockClock) -> None:
    ours, _ = memory_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ours.aclose)
        await trio.testing.wait_all_tasks_blocked()
        await trio.aclose_forcefully(ours)
        assert ours.is_closed
    assert trio.current_time() == 0


async def test_a_stream_that_cannot_be_cut_is_not_taken() -> None:
    send_only = trio.testing.memory_stream_one_way_pair()[0]
    GuardedStream(trio.StapledStream(send_only, trio.testing.memory_stream_one_way_pair()[1]), Settings())
    with pytest.raises(TypeError, match="closed by force"):
        GuardedStream(Unclosable(), Settings())


async def test_an_end_of_the_peer_is_seen_as_such() -> None:
    async with tcp_pair() as (ours, client):
        await client.stream.aclose()
        assert await ours.receive_some() == b""
        with pytest.raises(HungUp):
            await client.send(b"more")
