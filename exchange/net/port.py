"""The door: accepts connections, counts them, and lets none of them break anything but itself.

The loop and the connections live in different nurseries. Cancelling the loop stops listening and leaves the
connections as they are: that is how a drain begins.
"""

import errno
import itertools
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import structlog
import trio
from structlog.contextvars import bound_contextvars

from exchange.net.addresses import normal_address
from exchange.net.stream import GuardedStream, PeerGone
from exchange.settings import Settings

# What accept() fails with when the machine has run out of something; the next try may find it again.
OUT_OF_CAPACITY = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS}

FULL = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

log = structlog.get_logger(__name__)

StreamHandler = Callable[[GuardedStream], Awaitable[object]]


class Listener(Protocol):
    """A :class:`trio.SocketListener`, or whatever hands out streams in a simulation."""

    async def accept(self) -> trio.abc.Stream: ...


class ConnectionCount:
    """How many connections there are, in total and from each address; those in memory have no address."""

    def __init__(self, settings: Settings) -> None:
        self.total = 0
        self.refused = 0  # for ever
        self._by_address: Counter[str] = Counter()
        self._settings = settings

    def enter(self, address: str | None) -> bool:
        """Count one more if there is room for it."""
        if self.total >= self._settings.connections_max:
            self.refused += 1
            return False
        if address is not None:
            most = self._settings.connections_per_address
            if self._by_address[address] >= most and not self._settings.behind_fly_proxy:
                self.refused += 1
                return False
            self._by_address[address] += 1
        self.total += 1
        return True

    def leave(self, address: str | None) -> None:
        self.total -= 1
        if address is not None:
            self._by_address[address] -= 1
            if not self._by_address[address]:
                del self._by_address[address]


async def accept_connections(
    listeners: Sequence[Listener],
    nursery: trio.Nursery,
    handle_stream: StreamHandler,
    settings: Settings,
    *,
    count: ConnectionCount | None = None,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Run ``handle_stream`` in ``nursery`` for each connection, until cancelled; then close the listeners.

    ``nursery`` must outlive this task's own. A connection ends when its handler returns or raises: an Exception is
    logged and goes no further. Connections beyond the limits are told 503 unheard. Pass a ``count`` to see how many
    there are.
    """
    door = _Door(nursery, handle_stream, settings, count or ConnectionCount(settings))
    async with trio.open_nursery() as loops:
        for listener in listeners:
            loops.start_soon(door.watch, listener)
        task_status.started()


class _Door:
    def __init__(
        self, nursery: trio.Nursery, handle_stream: StreamHandler, settings: Settings, count: ConnectionCount
    ) -> None:
        self._nursery = nursery
        self._handle_stream = handle_stream
        self._settings = settings
        self._count = count
        self._numbers = itertools.count(1)
        self._refused = 0

    async def watch(self, listener: Listener) -> None:
        """Accept until cancelled. Raises what ``accept`` raises, other than for want of capacity."""
        try:
            while True:
                stream = await self._accept(listener)
                if stream is not None:
                    self._admit(stream)
        finally:
            if isinstance(listener, trio.abc.AsyncResource):
                await trio.aclose_forcefully(listener)

    async def _accept(self, listener: Listener) -> trio.abc.Stream | None:
        try:
            return await listener.accept()
        except OSError as error:
            if error.errno not in OUT_OF_CAPACITY:
                raise
            log.error("cannot accept", error=str(error), retry_seconds=self._settings.accept_retry_seconds)
            await trio.sleep(self._settings.accept_retry_seconds)
            return None

    def _admit(self, stream: trio.abc.Stream) -> None:
        address = _address(stream)
        guarded = GuardedStream(stream, self._settings, address=address, connection_id=next(self._numbers))
        if not self._count.enter(address):
            self._note_refusal()
            guarded.hang_up(FULL)
            return
        self._refused = 0
        self._nursery.start_soon(self._run, guarded, name=f"connection {guarded.connection_id}")

    def _note_refusal(self) -> None:
        """Log the first of a row only: a flood of connections must not become a flood of lines."""
        if not self._refused:
            full = self._count.total >= self._settings.connections_max
            limit = "connections_max" if full else "connections_per_address"
            log.warning("too many connections", limit=limit, connections=self._count.total)
        self._refused += 1

    async def _run(self, stream: GuardedStream) -> None:
        """One connection's life, and the one broad ``except`` of it. Cancelled and its like pass."""
        try:
            with bound_contextvars(connection=stream.connection_id):
                await self._handle_stream(stream)
        except* PeerGone as gone:
            log.debug("connection lost", connection=stream.connection_id, error=repr(gone.exceptions[0]))
        except* Exception as failure:
            log.error("connection failed", connection=stream.connection_id, exc_info=failure)
        finally:
            stream.kill()
            self._count.leave(stream.address)


def _address(stream: trio.abc.Stream) -> str | None:
    """Return whom to count a connection to. An IPv6 customer has a whole /64, so that counts as one address."""
    if not isinstance(stream, trio.SocketStream):
        return None
    try:
        peer = stream.socket.getpeername()
    except OSError:
        return None  # gone before it was accepted
    if not isinstance(peer, tuple):
        return None  # a local socket file
    return normal_address(peer[0])
