"""What waits to be sent to one client, as ready elements of frames.

Publishing puts elements in and never waits. One task per connection takes whole frames out; when the socket has room,
``flush`` saves it the trip and writes at once. Elements are put in whole batches, so a frame may be cut between any
two pieces without separating what belongs to one sequence.
"""

from collections import deque
from collections.abc import Callable
from typing import Protocol

import trio


class ReadyWriter(Protocol):
    """The part of a socket that writes without waiting; see :class:`exchange.net.socket.Socket`."""

    def send_nowait(self, payload: bytes) -> bool: ...


class Outbox:
    """Pieces in order, bounded in bytes. Past the bound everything is dropped and ``on_overflow`` is called, once."""

    def __init__(self, bytes_max: int, frame_bytes: int, on_overflow: Callable[[], None]) -> None:
        self._on_overflow = on_overflow
        self._overflowed = False
        self._bytes_max = bytes_max
        self._frame_bytes = frame_bytes
        self._pieces: deque[bytes] = deque()
        self._bytes = 0
        self._completed = 0  # pieces from the left that complete() has made
        self._taking = False
        self._arrival = trio.lowlevel.ParkingLot()
        self._emptied = trio.lowlevel.ParkingLot()

    @property
    def is_empty(self) -> bool:
        """Whether everything put in has been taken out."""
        return not self._pieces and not self._taking

    def complete(self, end: bytes) -> None:
        """Makes one piece of what was put in since the last call, with ``end`` behind it.

        A frame then never holds facts without the word that completes them: a client that got the one and not the
        other would be sent those facts again when it resumes.
        """
        fresh = len(self._pieces) - self._completed
        if fresh and not self._overflowed:
            pieces = [self._pieces.pop() for _ in range(fresh)]
            pieces.reverse()
            self._pieces.append(b"".join((*pieces, end)))
            self._completed += 1
            self._bytes += len(end)

    @property
    def bytes_waiting(self) -> int:
        return self._bytes

    def put(self, piece: bytes) -> None:
        """Adds whole elements. Never waits."""
        if self._overflowed or not piece:
            return
        self._pieces.append(piece)
        self._bytes += len(piece)
        if self._bytes > self._bytes_max:
            self._overflow()

    def _overflow(self) -> None:
        self._overflowed = True
        self._pieces.clear()
        self._bytes = self._completed = 0
        self._on_overflow()

    def flush(self, socket: ReadyWriter) -> None:
        """Writes what is there if the socket takes it at once; else wakes the task that takes frames.

        Raises whatever the socket raises when it has ended.
        """
        if not self._taking and self._pieces and self._bytes <= self._frame_bytes:
            payload = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
            if socket.send_nowait(payload):
                self._pieces.clear()
                self._bytes = self._completed = 0
                self._emptied.unpark_all()
                return
        self.wake()

    def wake(self) -> None:
        """Lets the taking task look again."""
        self._arrival.unpark_all()

    async def take(self) -> bytes:
        """The next frame, of at most ``frame_bytes`` unless one piece is larger. Waits for one; cancelling loses none.

        Until :meth:`taken` is called the outbox counts as not empty and is not flushed past the frame.
        """
        while not self._pieces:
            await self._arrival.park()
        self._taking = True
        pieces = [self._pieces.popleft()]
        size = len(pieces[0])
        while self._pieces and size + len(self._pieces[0]) <= self._frame_bytes:
            piece = self._pieces.popleft()
            size += len(piece)
            pieces.append(piece)
        self._bytes -= size
        self._completed = max(0, self._completed - len(pieces))
        return b"".join(pieces)

    def taken(self) -> None:
        """The frame last taken has been written."""
        self._taking = False
        if not self._pieces:
            self._emptied.unpark_all()

    async def wait_empty(self) -> None:
        """Waits until everything put in has been written."""
        while not self.is_empty:
            await self._emptied.park()
