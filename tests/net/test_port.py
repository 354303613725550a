"""The door: limits, error boundaries, drains."""

import errno
from collections.abc import Awaitable, Callable

import pytest
import structlog
import trio
import trio.testing

from exchange.net.http import Request
from exchange.net.port import ConnectionCount, accept_connections
from exchange.net.socket import Socket
from exchange.net.stream import GuardedStream
from exchange.settings import Settings
from tests.net.house import MemoryListener, open_house
from tests.net.raw_client import BINARY, close_frame, frame, request


async def test_connections_beyond_the_limit_are_closed_and_room_is_made_by_leaving() -> None:
    async with open_house(connections_max=2) as house:
        first, second = await house.open(), await house.open()
        third = await house.connect()
        assert (await third.answer()).status == 503
        await first.echo()
        await first.stream.aclose()
        await house.count.falls_to(1)
        fourth = await house.open()
        await fourth.echo()
        await second.echo()


async def test_connections_beyond_the_limit_of_an_address_are_closed() -> None:
    async with open_house(connections_per_address=1) as house:
        client = await house.open()
        assert (await (await house.connect()).answer()).status == 503
        await client.echo()
        await client.stream.aclose()
        await house.count.falls_to(0)
        await (await house.open()).echo()


def test_counting_is_per_address_and_in_total() -> None:
    count = ConnectionCount(Settings(connections_max=3, connections_per_address=2))
    assert [count.enter(address) for address in ("a", "a", "a", "b", "c", None)] == [
        True,
        True,
        False,
        True,
        False,
        False,
    ]
    count.leave("a")
    assert count.enter(None)
    assert not count.enter("c")
    count.leave("b")
    assert count.enter("c")
    assert count.total == 3


async def test_a_flood_of_connections_is_one_line_in_the_log() -> None:
    with structlog.testing.capture_logs() as lines:
        async with open_house(connections_max=1) as house:
            await house.open()
            for _ in range(20):
                await (await house.connect()).receive_end()
    assert [line["event"] for line in lines if line["log_level"] == "warning"] == ["too many connections"]


async def test_cancelling_the_loop_stops_listening_and_leaves_connections_alive() -> None:
    async with open_house() as house:
        client = await house.open()
        house.loop.cancel_scope.cancel()
        with pytest.raises(OSError, match="connect"):
            await house.connect()
        await client.echo()


def _failing(error: BaseException) -> Callable[[Socket, Request], Awaitable[None]]:
    async def fail(socket: Socket, request: Request) -> None:
        (first,) = await socket.receive()
        if first == b"fail":
            raise error
        await socket.send(first)

    return fail


@pytest.mark.parametrize("error", [ValueError("bug"), ExceptionGroup("bugs", [ValueError("bug"), KeyError("bug")])])
async def test_an_exception_ends_its_connection_only_and_is_logged_with_its_number(error: Exception) -> None:
    with structlog.testing.capture_logs() as lines:
        async with open_house(_failing(error)) as house:
            other = await house.open()
            client = await house.open()
            await client.send(frame(BINARY, b"fail"))
            assert await client.receive_close() == 1011
            await client.finish(close_frame(1011))
            await house.count.falls_to(1)
            await other.echo()
    (line,) = [line for line in lines if line["log_level"] == "error"]
    assert (line["event"], line["connection"]) == ("connection failed", 2)


async def test_a_peer_that_leaves_is_no_error() -> None:
    with structlog.testing.capture_logs() as lines:
        async with open_house() as house:
            for _ in range(5):
                (await house.open()).reset()
            await house.count.falls_to(0)
    assert [line for line in lines if line["log_level"] == "error"] == []


async def test_what_is_not_an_exception_of_the_connection_passes() -> None:
    async def interrupt(stream: GuardedStream) -> None:
        raise KeyboardInterrupt

    listener = MemoryListener()
    with pytest.RaisesGroup(KeyboardInterrupt, flatten_subgroups=True):
        async with trio.open_nursery() as connections, trio.open_nursery() as loop:
            await loop.start(_accepting([listener], connections, interrupt))
            await listener.connect()
            await trio.sleep_forever()


def _accepting(
    listeners: list[MemoryListener], connections: trio.Nursery, handle: Callable[[GuardedStream], Awaitable[None]]
) -> Callable[..., Awaitable[None]]:
    async def accept(*, task_status: trio.TaskStatus[None]) -> None:
        await accept_connections(listeners, connections, handle, Settings(), task_status=task_status)

    return accept


class Exhausted(MemoryListener):
    """Out of file descriptors for a while."""

    def __init__(self, failures: int, number: int) -> None:
        super().__init__()
        self._failures = failures
        self._number = number

    async def accept(self) -> trio.abc.Stream:
        if self._failures:
            self._failures -= 1
            raise OSError(self._number, "no")
        return await super().accept()


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS])
async def test_a_machine_out_of_file_descriptors_is_waited_for(
    number: int, autojump_clock: trio.testing.MockClock
) -> None:
    seen: list[str | None] = []

    async def note(stream: GuardedStream) -> None:
        seen.append(stream.address)

    listener = Exhausted(3, number)
    async with trio.open_nursery() as connections, trio.open_nursery() as loop:
        await loop.start(_accepting([listener], connections, note))
        client = await listener.connect()
        assert await client.receive_some() == b""
        loop.cancel_scope.cancel()
    assert trio.current_time() == pytest.approx(0.3)
    assert seen == [None]


async def test_a_listener_that_breaks_is_not_hidden() -> None:
    with pytest.RaisesGroup(OSError, flatten_subgroups=True):
        async with trio.open_nursery() as connections, trio.open_nursery() as loop:
            await loop.start(_accepting([Exhausted(1, errno.EBADF)], connections, lambda stream: stream.aclose()))


async def test_a_handler_that_leaves_its_stream_open_has_it_closed() -> None:
    async def forget(stream: GuardedStream) -> None:
        await stream.receive_some()

    listener = MemoryListener()
    async with trio.open_nursery() as connections, trio.open_nursery() as loop:
        await loop.start(_accepting([listener], connections, forget))
        client = await listener.connect()
        await client.send_all(request("/"))
        assert await client.receive_some() == b""
        loop.cancel_scope.cancel()


async def test_http_and_websockets_share_the_port_and_its_limits() -> None:
    async with open_house(connections_max=2) as house:
        page = await house.connect()
        assert (await page.ask(request("/"))).status == 200
        await house.open()
        assert (await (await house.connect()).answer()).status == 503
