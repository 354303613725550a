"""A connection from its first byte to its last, in one function."""

from collections.abc import Awaitable, Callable

from exchange.net.http import HttpHandler, Request, serve_http
from exchange.net.site import Site
from exchange.net.socket import Socket, open_socket
from exchange.net.stream import GuardedStream
from exchange.settings import Settings

SocketHandler = Callable[[Socket, Request], Awaitable[object]]


async def serve_connection(
    stream: GuardedStream, settings: Settings, site: Site, handle_http: HttpHandler, handle_socket: SocketHandler
) -> None:
    """Answer plain requests with ``handle_http``; hand the WebSocket, if it comes to one, to ``handle_socket``.

    The WebSocket is closed when ``handle_socket`` ends, see :func:`exchange.net.socket.open_socket`. Exceptions, other
    than those of a peer that left, are the caller's: :mod:`exchange.net.port` ends them.
    """
    request = await serve_http(stream, settings, site, handle_http)
    if request is None:
        return
    async with open_socket(stream, settings) as socket:
        await handle_socket(socket, request)
