"""Connections in memory that misbehave as networks do.

What is sent arrives in order, but late and in other pieces; what was sent to somebody who does not read waits, and
whoever sent it waits with it once the pipe is full. A connection may end in any of the ways that real ones do:

    reset       both sides are told, and what was on its way is lost
    half-open   nothing arrives any more in one direction or in both, and nobody is told
    cut         the far end is dead: what it had sent still arrives, what is sent to it is an error
"""

from collections import deque
from collections.abc import Callable
from math import ceil
from random import Random

import trio

CAPACITY_BYTES = 65_536  # what two kernels keep for a reader at most; then its writer waits
SCARCE_BYTES = 2_000
NEVER = float("inf")
GRID_SECONDS = 0.005  # when things arrive: what arrives together costs one turn of the loop


def _on_the_grid(moment: float) -> float:
    return ceil(moment / GRID_SECONDS) * GRID_SECONDS


class Pipe:
    """One direction of a connection. ``latency`` gives the seconds that the next piece takes."""

    def __init__(self, random: Random, latency: Callable[[], float], *, chopped: bool) -> None:
        self._random = random
        self._latency = latency
        self._chopped = chopped
        self._capacity = random.choice((SCARCE_BYTES, CAPACITY_BYTES))
        self._pieces: deque[tuple[float, bytes]] = deque()  # when it is due, and what
        self._bytes = 0
        self._due = 0.0
        self._held_until = 0.0
        self._ended = self._deaf = self._reset = self._lost = False
        self._change = trio.lowlevel.ParkingLot()

    @property
    def is_lost(self) -> bool:
        """Whether nothing arrives any more."""
        return self._lost

    # What happens to it.

    def end(self) -> None:
        """Its sender says that nothing more comes."""
        self._ended = True
        self._change.unpark_all()

    def stop_listening(self) -> None:
        """Its receiver is gone."""
        self._deaf = True
        self._change.unpark_all()

    def reset(self) -> None:
        """Both sides are told that it is over; what was on its way is lost."""
        self._reset = True
        self._pieces.clear()
        self._change.unpark_all()

    def lose(self) -> None:
        """Nothing arrives any more, and nobody is told."""
        self._lost = True

    def hold(self, seconds: float) -> None:
        """Nothing is read for a while."""
        self._held_until = max(self._held_until, trio.current_time() + seconds)

    # What its two ends do.

    async def send(self, data: bytes) -> None:
        await trio.lowlevel.checkpoint()
        while data:
            if self._ended:
                raise trio.ClosedResourceError
            if self._reset or self._deaf:
                raise trio.BrokenResourceError
            room = self._capacity - self._bytes
            if room <= 0:
                await self._change.park()
                continue
            self._due = max(self._due, _on_the_grid(trio.current_time() + self._latency()))
            self._pieces.append((self._due, data[:room]))
            self._bytes += len(data[:room])
            data = data[room:]
            self._change.unpark_all()

    async def receive(self, bytes_max: int | None) -> bytes:
        await trio.lowlevel.checkpoint()
        while True:
            if self._deaf:
                raise trio.ClosedResourceError
            if self._reset:
                raise trio.BrokenResourceError
            due = self._arrives_at()
            if due <= trio.current_time():
                return self._take(bytes_max)
            with trio.move_on_at(due):
                await self._change.park()

    def _arrives_at(self) -> float:
        if self._lost:
            return NEVER
        if self._pieces:
            return max(self._pieces[0][0], self._held_until)
        return max(self._due, self._held_until) if self._ended else NEVER

    def _take(self, bytes_max: int | None) -> bytes:
        taken: list[bytes] = []
        wanted, now = bytes_max or CAPACITY_BYTES, trio.current_time()
        if self._chopped and self._random.random() < 0.3:
            wanted = min(wanted, self._random.randint(1, 400))
        while self._pieces and wanted and self._pieces[0][0] <= now:
            due, piece = self._pieces.popleft()
            if len(piece) > wanted:
                self._pieces.appendleft((due, piece[wanted:]))
                piece = piece[:wanted]
            wanted -= len(piece)
            self._bytes -= len(piece)
            taken.append(piece)
        self._change.unpark_all()
        return b"".join(taken)


class End(trio.abc.HalfCloseableStream):
    """One end of a connection."""

    def __init__(self, incoming: Pipe, outgoing: Pipe) -> None:
        self._incoming = incoming
        self._outgoing = outgoing

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await self._outgoing.send(bytes(data))

    async def wait_send_all_might_not_block(self) -> None:
        await trio.lowlevel.checkpoint()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        return await self._incoming.receive(max_bytes)

    async def send_eof(self) -> None:
        await trio.lowlevel.checkpoint()
        self._outgoing.end()

    def close(self) -> None:
        """At once, as a process does that ends."""
        self._outgoing.end()
        self._incoming.stop_listening()

    async def aclose(self) -> None:
        self.close()
        await trio.lowlevel.checkpoint()


class Line:
    """A connection with both of its ends, ``near`` the client's and ``far`` the server's."""

    def __init__(self, random: Random, latency: Callable[[], float], *, chopped: bool) -> None:
        self.up = Pipe(random, latency, chopped=chopped)
        self.down = Pipe(random, latency, chopped=chopped)
        self.near, self.far = End(self.down, self.up), End(self.up, self.down)

    @property
    def is_half_open(self) -> bool:
        """Whether something that is sent does not arrive."""
        return self.up.is_lost or self.down.is_lost

    def reset(self) -> None:
        """Both ends are told at once."""
        self.up.reset()
        self.down.reset()

    def cut(self) -> None:
        """The server's machine is gone: what it sent before still arrives, and then the end."""
        self.down.end()
        self.up.reset()
