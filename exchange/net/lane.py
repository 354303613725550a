"""Whole binary messages, taken out of the bytes of a WebSocket before the library sees them.

trio-websocket takes frames apart in Python, field by field and layer by layer, which is the largest single cost of an
order that comes alone in its message. Nearly all that clients send are whole, masked, binary frames: these are unmasked
here and go straight to the inbox. All else, the handshake, control frames, fragments, mistakes, is the library's, a
whole frame at a time, so that between two frames it is always clear whose turn it is:

    shaking hands ──end of its head──► between frames ◄─────────────────────────┐
                                         │ a whole binary message: delivered ───┤
                                         │ another whole frame: the library's ──┘
                                         └ unmasked, too long, badly written: the library's from here on

A binary frame inside a fragmented message is a mistake, and the library's to find: while such a message is unfinished,
all frames are the library's.
"""

import re
from collections.abc import Awaitable, Callable

import trio

from exchange.net.frames import FINAL_BINARY, LENGTH_16_BITS
from exchange.net.stream import Data, GuardedStream

_END_OF_HEAD = re.compile(rb"\n\r?\n")  # what h11 takes for it
_FINAL, _CONTROL = 0x80, 0x08
_MASKED, _LENGTH = 0x80, 0x7F
_MASK_BYTES = 4


class Lane(trio.abc.Stream):
    """The stream that the library is given. ``deliver`` is called with each message and may wait.

    A message that came alone is first offered to ``handled_at_once``, which does not wait and says whether it took it.
    ``message_bytes`` is how long a message may be; what is done about a longer one is the library's affair.
    """

    def __init__(
        self,
        stream: GuardedStream,
        deliver: Callable[[bytes], Awaitable[None]],
        message_bytes: int,
        handled_at_once: Callable[[bytes], bool] | None = None,
    ) -> None:
        self.message_bytes = message_bytes
        self._handled_at_once = handled_at_once
        self._stream = stream
        self._deliver = deliver
        self._data = b""
        self._shook_hands = False
        self._left_to_library = False
        self._in_fragments = False

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """Delivers messages until something arrives that the library has to see; ``b""`` at the end."""
        while True:
            if self._data:
                for_library = await self._take_frames() if self._shook_hands else self._take_head()
                if for_library:
                    return for_library
            data = await self._stream.receive_some(max_bytes)
            if not data or self._left_to_library:
                return data
            self._data = self._data + data if self._data else data

    def _take_head(self) -> bytes:
        end = _END_OF_HEAD.search(self._data)
        if end is None:  # it comes whole, since it was read before
            return self._leave_to_library(0)
        self._shook_hands = True
        head, self._data = self._data[: end.end()], self._data[end.end() :]
        return head

    async def _take_frames(self) -> bytes:
        """Delivers whole messages; returns the first frame that is not one, and keeps what is not whole."""
        data, begin, available = self._data, 0, len(self._data)
        while begin + 2 <= available:
            first, second = data[begin], data[begin + 1]
            if not second & _MASKED:
                return self._leave_to_library(begin)
            length, mask = second & _LENGTH, begin + 2
            if length >= LENGTH_16_BITS:
                size = 2 if length == LENGTH_16_BITS else 8
                if mask + size > available:
                    break
                length = int.from_bytes(data[mask : mask + size], "big")
                mask += size
                if length < LENGTH_16_BITS or (size == 8 and length < 1 << 16):
                    return self._leave_to_library(begin)
            if length > self.message_bytes:
                return self._leave_to_library(begin)
            payload = mask + _MASK_BYTES
            end = payload + length
            if end > available:
                break
            if first != FINAL_BINARY or self._in_fragments:
                if not first & _CONTROL:
                    self._in_fragments = not first & _FINAL
                self._data = data[end:]
                return data[begin:end]
            message = unmasked(data[payload:end], data[mask:payload])
            is_alone = begin == 0 and end == available
            begin = end
            if not (is_alone and self._handled_at_once is not None and self._handled_at_once(message)):
                await self._deliver(message)
        self._data = data[begin:]
        return b""

    def _leave_to_library(self, begin: int) -> bytes:
        self._left_to_library = True
        data, self._data = self._data[begin:], b""
        return data

    async def send_all(self, data: Data) -> None:
        await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        await self._stream.aclose()


def unmasked(payload: bytes, mask: bytes) -> bytes:
    """The payload without its mask (RFC 6455, 5.3), as one operation on two long numbers."""
    length = len(payload)
    stretched = (mask * (length // _MASK_BYTES + 1))[:length]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(stretched, "little")).to_bytes(length, "little")
