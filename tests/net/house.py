"""A server with a port, an echo behind it and a bystander beside it: what the tests of this folder happen to.

The bystander is a decent client of another connection. It has messages echoed all the time, and a test in which one of
them does not come back fails.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import trio
import trio.testing
import trio_websocket

from exchange.net.edge import SocketHandler, serve_connection
from exchange.net.http import Request, Response
from exchange.net.port import ConnectionCount, accept_connections
from exchange.net.site import Site
from exchange.net.socket import Socket, open_socket
from exchange.net.stream import GuardedStream
from exchange.settings import Settings
from tests.net.raw_client import PATIENCE_SECONDS, RawClient, handshake

VIRTUAL_PATIENCE_SECONDS = 3_600.0
SIGN_IN = b"sign in"
PAGE = b"<!doctype html><title>Exchange</title>"


async def echo(socket: Socket, request: Request) -> None:
    """Send everything back; whoever says the word is somebody from then on."""
    while True:
        for message in await socket.receive():
            if message == SIGN_IN:
                socket.authenticated()
            await socket.send(message)


def page(request: Request) -> Response:
    if request.path == "/":
        return Response(200, PAGE, (("content-type", "text/html"),))
    if request.path == "/bug":
        raise ZeroDivisionError
    return Response.refusal(404, "There is no such page.")


class WatchedCount(ConnectionCount):
    """Tells when connections end."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._change = trio.Event()

    def leave(self, address: str | None) -> None:
        super().leave(address)
        self._change.set()
        self._change = trio.Event()

    async def falls_to(self, total: int) -> None:
        with trio.fail_after(PATIENCE_SECONDS):
            while self.total > total:
                await self._change.wait()


class MemoryListener:
    """Hands out streams in memory, for tests on the virtual clock."""

    def __init__(self) -> None:
        self._send, self._receive = trio.open_memory_channel[trio.abc.Stream](100)

    async def accept(self) -> trio.abc.Stream:
        return await self._receive.receive()

    async def connect(self) -> trio.abc.Stream:
        ours, theirs = trio.testing.memory_stream_pair()
        await self._send.send(theirs)
        return ours


@dataclass
class House:
    """The server's settings and insides, and the clients it was given."""

    settings: Settings
    count: WatchedCount
    connections: trio.Nursery
    loop: trio.Nursery
    dial: Callable[[], Awaitable[trio.abc.Stream]]
    patience_seconds: float
    streams: list[trio.abc.Stream] = field(default_factory=list)

    async def connect_stream(self) -> Any:
        """Return a new connection, which is closed with the house."""
        stream = await self.dial()
        self.streams.append(stream)
        return stream

    async def connect(self) -> RawClient:
        """Return a client that has said nothing yet."""
        return RawClient(await self.connect_stream(), self.patience_seconds)

    async def open(self) -> RawClient:
        """Return a client that has shaken hands."""
        return await (await self.connect()).open()


@asynccontextmanager
async def open_house(
    handle_socket: SocketHandler = echo, *, site: Site | None = None, in_memory: bool = False, **changes: Any
) -> AsyncIterator[House]:
    """Run a server with these settings; end it, and whatever is still connected, with the block."""
    settings = Settings(**changes)
    known = site or Site.from_settings(settings, loopback=True)
    listener, dial = await _listener(in_memory)

    async def handle(stream: GuardedStream) -> None:
        await serve_connection(stream, settings, known, page, handle_socket)

    async with trio.open_nursery() as connections, trio.open_nursery() as loop:
        patience_seconds = VIRTUAL_PATIENCE_SECONDS if in_memory else PATIENCE_SECONDS
        house = House(settings, WatchedCount(settings), connections, loop, dial, patience_seconds)
        await loop.start(partial(accept_connections, [listener], connections, handle, settings, count=house.count))
        try:
            yield house
        finally:
            with trio.CancelScope(shield=True):
                for stream in house.streams:
                    await stream.aclose()
            loop.cancel_scope.cancel()
            connections.cancel_scope.cancel()


async def _listener(in_memory: bool) -> tuple[Any, Callable[[], Awaitable[trio.abc.Stream]]]:
    if in_memory:
        listener = MemoryListener()
        return listener, listener.connect
    (tcp,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    return tcp, partial(trio.open_tcp_stream, *tcp.socket.getsockname())


@asynccontextmanager
async def socket_pair(**changes: Any) -> AsyncIterator[tuple[Socket, RawClient]]:
    """Return a socket and the client at its other end, in memory."""
    ours, theirs = trio.testing.memory_stream_pair()
    settings = Settings(**changes)
    guarded = GuardedStream(ours, settings)
    guarded.unread(handshake())
    async with open_socket(guarded, settings) as socket:
        client = RawClient(theirs, VIRTUAL_PATIENCE_SECONDS)
        assert (await client.answer()).status == 101
        yield socket, client
        await theirs.aclose()


class Bystander:
    """Somebody else's connection."""

    def __init__(self, websocket: trio_websocket.WebSocketConnection) -> None:
        self._websocket = websocket
        self.echoes = 0
        self.done = False

    async def echo(self) -> None:
        message = b"bystander %d" % self.echoes
        with trio.fail_after(PATIENCE_SECONDS):
            await self._websocket.send_message(message)
            assert await self._websocket.get_message() == message
        self.echoes += 1

    async def echo_until_done(self) -> None:
        while not self.done:
            await self.echo()


@asynccontextmanager
async def open_house_with_bystander(
    handle_socket: SocketHandler = echo, **changes: Any
) -> AsyncIterator[tuple[House, Bystander]]:
    """Like :func:`open_house`, over real sockets, with a bystander who trades on throughout."""
    async with open_house(handle_socket, **changes) as house, trio.open_nursery() as nursery:
        stream = await house.connect_stream()
        websocket = await trio_websocket.wrap_client_stream(nursery, stream, "localhost", "/ws")
        bystander = Bystander(websocket)
        await bystander.echo()
        async with trio.open_nursery() as beside:
            beside.start_soon(bystander.echo_until_done)
            yield house, bystander
            bystander.done = True
        await bystander.echo()
        nursery.cancel_scope.cancel()
