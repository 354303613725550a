"""From an address to a stream of bytes."""

import ssl
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

import trio


class Address(NamedTuple):
    """Where an exchange is, as its URL says."""

    host: str
    port: int
    is_secure: bool
    resource: str

    @property
    def host_header(self) -> str:
        """What the Host header of a request says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_secure else 80) else f"{host}:{self.port}"


def parse_url(url: str) -> Address:
    """The address in a URL: a WebSocket's, or that of the page in a browser. Raises ``ValueError`` in one sentence."""
    parts = urlsplit(url)
    if parts.scheme not in ("ws", "wss", "http", "https") or not parts.hostname:
        raise ValueError(f"an exchange is at an address like ws://localhost:8080/ws, not at {url!r}")
    is_secure = parts.scheme in ("wss", "https")
    path = "/ws" if parts.path in ("", "/") else parts.path
    resource = path + (f"?{parts.query}" if parts.query else "")
    return Address(parts.hostname, parts.port or (443 if is_secure else 80), is_secure, resource)


async def open_stream(address: Address) -> trio.abc.Stream:
    """Connects. Raises ``OSError`` when that does not work; cancelling it leaves nothing open."""
    if not address.is_secure:
        return await trio.open_tcp_stream(address.host, address.port)
    context = ssl.create_default_context()
    stream = await trio.open_ssl_over_tcp_stream(address.host, address.port, ssl_context=context, https_compatible=True)
    try:
        await stream.do_handshake()
    except BaseException as error:
        await trio.aclose_forcefully(stream)
        if isinstance(error, trio.BrokenResourceError):
            raise OSError(f"no secure connection: {error.__cause__ or error}") from error
        raise
    return stream


class WatchedStream(trio.abc.Stream):
    """A stream that tells when it is of no more use: trio-websocket waits on for a handshake that cannot happen."""

    def __init__(self, stream: trio.abc.Stream, on_end: Callable[[], None]) -> None:
        self._stream = stream
        self._on_end = on_end

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        try:
            data = await self._stream.receive_some(max_bytes)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            self._on_end()
            raise
        if not data:
            self._on_end()
        return data

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        try:
            await self._stream.send_all(data)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            self._on_end()
            raise

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        await self._stream.aclose()
