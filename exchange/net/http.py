"""Just enough HTTP/1.1: the page, health, and the way into a WebSocket. h11 reads and writes it.

The first request decides what a connection is. A plain one is answered by a synchronous handler, and the connection
is kept for the next; one for ``/ws`` with a proper handshake leaves :func:`serve_http` for the WebSocket side.
"""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, field

import h11
import trio

from exchange.net.site import Site
from exchange.net.stream import GuardedStream
from exchange.settings import Settings

WEBSOCKET_PATH = "/ws"
WEBSOCKET_VERSION = "13"
# What the platform's health checks ask for; they name the machine by an address of its own network.
HEALTH_PATHS = frozenset({"/healthz", "/livez", "/readyz"})
BODY_PART_BYTES = 65_536  # each with a write deadline of its own, for pages on slow lines

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """The head of one request; names of headers in lower case."""

    method: str
    target: str
    headers: Headers
    cycle: h11.Connection = field(repr=False, compare=False)  # what the answer is written with

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def header(self, name: str) -> str | None:
        """Return the first header of this name."""
        return next(iter(self.all_headers(name)), None)

    def all_headers(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]

    def lists(self, name: str, token: str) -> bool:
        """Whether ``token`` is among the comma-separated values of this header."""
        return any(token == item.strip().lower() for value in self.all_headers(name) for item in value.split(","))

    @property
    def has_body(self) -> bool:
        return self.header("transfer-encoding") is not None or self.header("content-length") not in {None, "0"}


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer. ``content-length`` and ``connection`` are added."""

    status: int
    body: bytes = b""
    headers: Headers = (("content-type", "text/plain; charset=utf-8"),)

    @classmethod
    def refusal(cls, status: int, sentence: str, *headers: tuple[str, str]) -> "Response":
        return cls(status, f"{sentence}\n".encode(), (("content-type", "text/plain; charset=utf-8"), *headers))


HttpHandler = Callable[[Request], Response]


class MalformedRequest(Exception):
    """What arrived is meant to be HTTP and is not; ``cycle`` can still carry an answer."""

    def __init__(self, status: int, cycle: h11.Connection) -> None:
        super().__init__(status)
        self.status = status
        self.cycle = cycle


async def read_request(stream: GuardedStream, settings: Settings, *, idle_seconds: float = 0.0) -> Request | None:
    """Read the head of the next request; what follows it stays unread in the stream.

    None if the peer hangs up, sends something that is no HTTP at all, or has not finished in ``http_request_seconds``;
    with ``idle_seconds`` it has those to begin. Raises :exc:`MalformedRequest`. Cancelled, the stream is of no more
    use.
    """
    cycle = h11.Connection(h11.SERVER, max_incomplete_event_size=settings.http_header_bytes)
    first_byte = b""
    with trio.move_on_after(idle_seconds or settings.http_request_seconds) as patience:
        while (event := _next_event(cycle, first_byte)) is h11.NEED_DATA:
            received = await stream.receive_some()
            if not received:
                return None
            if not first_byte and idle_seconds:
                patience.deadline = trio.current_time() + settings.http_request_seconds
            first_byte = first_byte or received[:1]
            cycle.receive_data(received)
        if not isinstance(event, h11.Request):
            return None
        stream.whole_message()
        stream.unread(cycle.trailing_data[0])
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in event.headers)
        return Request(event.method.decode("ascii"), event.target.decode("latin-1"), headers, cycle)
    return None


def _next_event(cycle: h11.Connection, first_byte: bytes) -> object:
    try:
        return cycle.next_event()
    except h11.RemoteProtocolError as error:
        if not first_byte.isalpha():
            return None  # a TLS hello, a port scanner: nobody who would understand an answer
        raise MalformedRequest(error.error_status_hint, cycle) from error


async def serve_http(stream: GuardedStream, settings: Settings, site: Site, handler: HttpHandler) -> Request | None:
    """Answer requests until the connection ends (None) or one asks, in order, for the WebSocket.

    In the latter case the stream goes on with the handshake :func:`exchange.net.socket.open_socket` expects. An
    exception of the handler ends the connection. Cancelling it may leave an answer half written; the stream is then
    closed.
    """
    idle_seconds = 0.0
    while (request := await _next_request(stream, settings, idle_seconds)) is not None:
        idle_seconds = settings.http_idle_seconds
        response = _respond(request, stream, site, handler)
        if response is None:
            stream.unread(_handshake(request))
            return request
        if not await _write(stream, request.cycle, response, keep=not request.has_body, method=request.method):
            break
    await stream.aclose()
    return None


async def _next_request(stream: GuardedStream, settings: Settings, idle_seconds: float) -> Request | None:
    """Like :func:`read_request`, but answer what is malformed: the connection is then of no more use."""
    try:
        return await read_request(stream, settings, idle_seconds=idle_seconds)
    except MalformedRequest as malformed:
        await _write(stream, malformed.cycle, Response.refusal(malformed.status, "This is not HTTP."), keep=False)
        return None


def _respond(request: Request, stream: GuardedStream, site: Site, handler: HttpHandler) -> Response | None:
    """Return the answer; None if it is granted the WebSocket."""
    if request.path not in HEALTH_PATHS and not site.answers_to(request.header("host")):
        return Response.refusal(403, "This server does not answer to that name; see the setting allowed_hosts.")
    if request.path == WEBSOCKET_PATH:
        return _refuse_handshake(request, stream, site)
    if request.method not in {"GET", "HEAD"}:
        return Response.refusal(405, "Only GET and HEAD are answered here.", ("allow", "GET, HEAD"))
    return _readable(handler(request), request, site)


def _readable(response: Response, request: Request, site: Site) -> Response:
    """Lets pages of the allowed origins read it, as they may speak here."""
    origin = request.header("origin")
    if origin is None or not site.lets_speak([origin], request.header("host")):
        return response
    shared = (("access-control-allow-origin", origin), ("vary", "origin"))
    return Response(response.status, response.body, (*response.headers, *shared))


def _refuse_handshake(request: Request, stream: GuardedStream, site: Site) -> Response | None:
    """Return why the request for the WebSocket is not granted, if so. Afterwards nothing in it can upset a library."""
    if request.method != "GET":
        return Response.refusal(405, "A WebSocket begins with GET.", ("allow", "GET"))
    if not (request.lists("upgrade", "websocket") and request.lists("connection", "upgrade")):
        return Response.refusal(426, "This path speaks WebSocket.", ("upgrade", "websocket"), ("connection", "upgrade"))
    if request.header("sec-websocket-version") != WEBSOCKET_VERSION:
        return Response.refusal(426, "WebSocket version 13, please.", ("sec-websocket-version", WEBSOCKET_VERSION))
    if not _is_key(request.header("sec-websocket-key")) or request.has_body or stream.has_unread:
        return Response.refusal(400, "This is not how a WebSocket begins.")
    if not site.lets_speak(request.all_headers("origin"), request.header("host")):
        return Response.refusal(403, "Pages of that origin may not speak here; see the setting allowed_origins.")
    return None


def _is_key(key: str | None) -> bool:
    try:
        return key is not None and len(base64.b64decode(key, validate=True)) == 16
    except (binascii.Error, ValueError):
        return False


def _handshake(request: Request) -> bytes:
    """Return the handshake for trio-websocket, with nothing of the peer's in it but the key that was checked.

    The library decodes headers as it finds them, and a single byte beyond ASCII in one ends its reader.
    """
    key = request.header("sec-websocket-key")
    return (
        f"GET {WEBSOCKET_PATH} HTTP/1.1\r\nHost: exchange\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Version: {WEBSOCKET_VERSION}\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    ).encode("ascii")


async def _write(
    stream: GuardedStream, cycle: h11.Connection, response: Response, *, keep: bool, method: str = "GET"
) -> bool:
    """Write the answer; return whether the connection can serve another request."""
    head = [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.headers]
    without_body = response.status in {204, 304}
    if not without_body:
        head.append((b"content-length", b"%d" % len(response.body)))
    if not keep:  # also after a request with a body, which nobody reads
        head.append((b"connection", b"close"))
    data = cycle.send(h11.Response(status_code=response.status, headers=head)) or b""
    if response.body and not without_body and method != "HEAD":
        data += cycle.send(h11.Data(data=response.body)) or b""
    data += cycle.send(h11.EndOfMessage()) or b""
    for start in range(0, len(data), BODY_PART_BYTES):
        await stream.send_all(data[start : start + BODY_PART_BYTES])
    return cycle.our_state is h11.DONE
