"""A client that obeys only its test: HTTP and WebSocket frames by hand, well-formed or not.

Every wait is bounded, by default by ``PATIENCE_SECONDS``, so that a server that hangs fails its test.
"""

import base64
import hashlib
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import NoReturn

import trio

PATIENCE_SECONDS = 5.0
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = base64.b64encode(hashlib.sha1(f"{KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()).decode()

Text = str | bytes

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


@dataclass(frozen=True)
class Frame:
    opcode: int
    payload: bytes
    final: bool = True

    @property
    def close_code(self) -> int:
        assert self.opcode == CLOSE
        return int.from_bytes(self.payload[:2], "big")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


class HungUp(Exception):
    """The server ended the connection, by EOF or by reset."""


def frame(
    opcode: int, payload: bytes = b"", *, final: bool = True, mask: bytes | None = b"mask", rsv: int = 0
) -> bytes:
    """Return one frame as a client sends it; ``mask=None`` breaks the rule that a client masks."""
    head = bytes([final << 7 | rsv << 4 | opcode])
    masked = 0 if mask is None else 0x80
    length = len(payload)
    if length < 126:
        head += bytes([masked | length])
    elif length < 1 << 16:
        head += bytes([masked | 126]) + struct.pack("!H", length)
    else:
        head += bytes([masked | 127]) + struct.pack("!Q", length)
    if mask is None:
        return head + payload
    key = mask * (length // 4 + 1)
    return head + mask + bytes(a ^ b for a, b in zip(payload, key, strict=False))


def random_frame(rng: Random) -> bytes:
    """Return something between a decent message and noise."""
    if rng.random() < 0.1:
        return rng.randbytes(rng.randrange(40))
    opcode = rng.choice([CONTINUATION, TEXT, BINARY, BINARY, CLOSE, PING, PONG, rng.randrange(16)])
    payload = rng.randbytes(rng.choice([0, 1, 2, 5, 125, 126, 300, 20_000]))
    mask = rng.choice([b"mask", b"mask", b"\0\0\0\0", b"mask", None])
    rsv = rng.choice([0, 0, 0, 0, 0, 0, rng.randrange(8)])
    whole = frame(opcode, payload, final=rng.random() < 0.7, mask=mask, rsv=rsv)
    return whole[: rng.randrange(1, len(whole) + 1)] if rng.random() < 0.1 else whole


def close_frame(code: int = 1000) -> bytes:
    return frame(CLOSE, struct.pack("!H", code))


def request(path: str = "/", *headers: Text, method: str = "GET", host: Text = "localhost") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", b"Host: " + _bytes(host), *headers]
    return b"\r\n".join(_bytes(line) for line in lines) + b"\r\n\r\n"


def handshake(*headers: Text, path: str = "/ws", host: Text = "localhost") -> bytes:
    asked = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {KEY}")
    return request(path, *asked, *headers, host=host)


def _bytes(text: Text) -> bytes:
    return text if isinstance(text, bytes) else text.encode("latin-1")


class RawClient:
    """One connection, and what came over it."""

    def __init__(self, stream: trio.abc.Stream, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self.stream = stream
        self._patience_seconds = patience_seconds
        self._buffer = bytearray()

    async def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        with trio.fail_after(self._patience_seconds):
            try:
                await self.stream.send_all(data)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                self._hang_up()

    async def ask(self, data: bytes, *, head_only: bool = False) -> Answer:
        """Send an HTTP request; return the answer."""
        await self.send(data)
        return await self.answer(head_only=head_only)

    async def answer(self, *, head_only: bool = False) -> Answer:
        lines = (await self._until(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = [line.split(":", 1) for line in lines[1:] if line]
        headers = {name.lower(): value.strip() for name, value in pairs}
        length = 0 if head_only else int(headers.get("content-length", 0))
        return Answer(int(lines[0].split()[1]), headers, await self.take(length))

    async def open(self) -> "RawClient":
        """Shake hands."""
        answer = await self.ask(handshake())
        assert answer.status == 101
        assert answer.headers["sec-websocket-accept"] == ACCEPT
        assert "sec-websocket-extensions" not in answer.headers
        return self

    async def receive(self) -> Frame:
        """Return the next frame, which must be well-formed and unmasked. Raises :exc:`HungUp`."""
        first, second = await self.take(2)
        assert first & 0x70 == 0
        assert second & 0x80 == 0
        opcode, length = first & 15, second & 127
        assert opcode in {CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG}
        if length == 126:
            (length,) = struct.unpack("!H", await self.take(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", await self.take(8))
        return Frame(opcode, await self.take(length), bool(first & 0x80))

    async def receive_binary(self) -> bytes:
        """Return the next binary message, leaving out the server's pings."""
        while (received := await self.receive()).opcode == PING:
            pass
        assert received.opcode == BINARY
        return received.payload

    async def echo(self, payload: bytes = b"hello") -> None:
        """Have a message come back."""
        await self.send(frame(BINARY, payload))
        assert await self.receive_binary() == payload

    async def receive_close(self) -> int:
        """Return the code of the Close that comes, whatever comes before it."""
        while (received := await self.receive()).opcode != CLOSE:
            pass
        return received.close_code

    async def receive_end(self) -> bytes:
        """Wait for the connection's end; return what came before it."""
        try:
            while True:
                await self._more()
        except HungUp:
            return bytes(self._buffer)

    async def trickle(self, data: bytes, pause_seconds: float) -> None:
        """Send byte by byte, in virtual time."""
        for byte in data:
            await self.send(bytes([byte]))
            await trio.sleep(pause_seconds)

    async def flood_until_the_end(self, data: bytes) -> None:
        """Send the same again and again, dropping what comes back, until the server has had enough."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.receive_end)
            with suppress(HungUp):
                for _ in range(10_000):
                    await self.send(data)
                raise AssertionError("the server bears it all")

    async def finish(self, data: bytes) -> bytes:
        """Say the last word, wait for the server to end, end; return what came until then."""
        await self.send(data)
        rest = await self.receive_end()
        await self.stream.aclose()
        return rest

    def reset(self) -> None:
        """Hang up without manners: the server gets a reset."""
        assert isinstance(self.stream, trio.SocketStream)
        self.stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.stream.socket.close()

    async def take(self, length: int) -> bytes:
        """Return exactly so many bytes."""
        while len(self._buffer) < length:
            await self._more()
        data = bytes(self._buffer[:length])
        del self._buffer[:length]
        return data

    async def _until(self, mark: bytes) -> bytes:
        while mark not in self._buffer:
            await self._more()
        return await self.take(self._buffer.index(mark) + len(mark))

    async def _more(self) -> None:
        with trio.fail_after(self._patience_seconds):
            try:
                received = await self.stream.receive_some()
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                self._hang_up()
        if not received:
            self._hang_up()
        self._buffer += received

    def _hang_up(self) -> NoReturn:
        raise HungUp from None
