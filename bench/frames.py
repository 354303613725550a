"""WebSocket by hand, for load generators: frames made beforehand, and a reader that takes the least time it can."""

import base64
import os
import socket
import struct
from itertools import cycle, islice

BINARY, CLOSE, PING, PONG = 0x2, 0x8, 0x9, 0xA
_FINAL = 0x80
_MASKED = 0x80
_READ_BYTES = 262_144


class BrokenConnection(Exception):
    """The server ended a connection, or said something a load generator does not expect."""


def masked_frame(payload: bytes, opcode: int = BINARY) -> bytes:
    """One whole message of a client."""
    length = len(payload)
    if length < 126:
        head = bytes((_FINAL | opcode, _MASKED | length))
    elif length < 1 << 16:
        head = struct.pack("!BBH", _FINAL | opcode, _MASKED | 126, length)
    else:
        head = struct.pack("!BBQ", _FINAL | opcode, _MASKED | 127, length)
    mask = os.urandom(4)
    stretched = bytes(islice(cycle(mask), length))
    hidden = int.from_bytes(payload, "big") ^ int.from_bytes(stretched, "big")
    return head + mask + hidden.to_bytes(length, "big")


class Wire:
    """One client connection after its handshake. Blocking, until :meth:`make_nonblocking`."""

    def __init__(self, address: tuple[str, int], path: str) -> None:
        self.socket = socket.create_connection(address, timeout=10.0)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""
        self._shake_hands(address, path)

    def _shake_hands(self, address: tuple[str, int], path: str) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {address[0]}:{address[1]}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        received = b""
        while b"\r\n\r\n" not in received:
            data = self.socket.recv(4_096)
            if not data:
                raise BrokenConnection("the server hung up during the handshake")
            received += data
        head, _, self._rest = received.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101"):
            raise BrokenConnection(head.decode("latin-1"))

    def make_nonblocking(self) -> None:
        """From now on :meth:`read` returns what is there and ``send`` takes what fits."""
        self.socket.setblocking(False)

    def read(self) -> list[bytes]:
        """The payloads of the binary messages that have become whole, perhaps none. Answers pings."""
        try:
            data = self.socket.recv(_READ_BYTES)
        except BlockingIOError:
            return []
        if not data:
            raise BrokenConnection("the server hung up")
        return self._split(self._rest + data if self._rest else data)

    def _split(self, data: bytes) -> list[bytes]:
        payloads = []
        position, end = 0, len(data)
        while end - position >= 2:
            start, length = position + 2, data[position + 1]
            if length == 126:
                start += 2
                length = int.from_bytes(data[position + 2 : start], "big")
            elif length == 127:
                start += 8
                length = int.from_bytes(data[position + 2 : start], "big")
            if start + length > end:
                break
            opcode = data[position] & 0xF
            if opcode == BINARY:
                payloads.append(data[start : start + length])
            else:
                self._control(opcode, data[start : start + length])
            position = start + length
        self._rest = data[position:]
        return payloads

    def _control(self, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            self.send(masked_frame(payload, PONG))
        elif opcode != PONG:
            code = int.from_bytes(payload[:2], "big")
            raise BrokenConnection(f"the server closed with {code} {payload[2:].decode('utf-8', 'replace')}")

    def send(self, data: bytes | memoryview) -> None:
        """Hands everything to the kernel, which has room: what is in flight is far less than its buffer."""
        if self.socket.send(data) != len(data):
            raise BrokenConnection("the server does not read what it is sent")

    def read_some(self) -> list[bytes]:
        """Waits until there is at least one message. Blocking connections only."""
        while not (payloads := self.read()):
            pass
        return payloads

    def close(self) -> None:
        """Says goodbye and waits for the answer, so that the server has nothing to cut off."""
        self.socket.settimeout(5.0)
        try:
            self.send(masked_frame(struct.pack("!H", 1_000), CLOSE))
            while self.socket.recv(_READ_BYTES):
                pass
        except OSError:
            pass
        finally:
            self.socket.close()
