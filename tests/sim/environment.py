"""What a simulated exchange takes for the world: threads that run inline, and streams in memory that can be held up."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import trio
import trio.testing

T = TypeVar("T")


def everything_in(folder: Path) -> bytes:
    """What an exchange has left on disk there."""
    return b"".join(file.read_bytes() for file in folder.iterdir())


class Killed(Exception):
    """What a worker thread of an exchange that is killed ends with."""


class Gate:
    """Lets everything pass while it is open."""

    def __init__(self) -> None:
        self._opened = trio.Event()
        self._opened.set()

    @property
    def is_open(self) -> bool:
        return self._opened.is_set()

    def close(self) -> None:
        if self._opened.is_set():
            self._opened = trio.Event()

    def open(self) -> None:
        self._opened.set()

    async def passed(self) -> None:
        await self._opened.wait()


class Threads:
    """Runs blocking code inline, so that the virtual clock stands still meanwhile.

    ``delay`` gives the virtual seconds before and after each transaction; ``gate`` holds transactions back, but no
    reads: the writer is told from readers by its limiter, which has room for one.
    """

    def __init__(self, delay: Callable[[], float] | None = None) -> None:
        self.gate = Gate()
        self.transactions = 0
        self._delay = delay
        self._killed = trio.Event()

    def kill(self) -> None:
        """From now on no transaction begins, and none under way is heard of again."""
        self._killed.set()
        self.gate.open()

    async def __call__(self, function: Callable[[], T], *, limiter: trio.CapacityLimiter | None = None) -> T:
        await trio.lowlevel.cancel_shielded_checkpoint()
        if limiter is None or limiter.total_tokens != 1:
            return function()
        await self._wait()
        await self.gate.passed()
        self._die_if_killed()
        result = function()
        self.transactions += 1
        await self._wait()
        self._die_if_killed()
        return result

    async def _wait(self) -> None:
        if self._delay is not None:
            with trio.move_on_after(self._delay()):
                await self._killed.wait()

    def _die_if_killed(self) -> None:
        if self._killed.is_set():
            raise Killed


class MemoryListener(trio.abc.AsyncResource):
    """Hands out streams in memory. The server's writes into one wait while that stream's gate is closed."""

    def __init__(self) -> None:
        self._send, self._receive = trio.open_memory_channel[trio.abc.Stream](1_000)

    async def accept(self) -> trio.abc.Stream:
        return await self._receive.receive()

    async def aclose(self) -> None:
        """Hangs up on whoever waits; nobody can dial any more."""
        self._send.close()
        async for stream in self._receive:
            await trio.aclose_forcefully(stream)
        self._receive.close()

    def dial(self, gate: Gate) -> trio.abc.Stream:
        ours, theirs = trio.testing.memory_stream_pair()
        sending = theirs.send_stream
        deliver = sending.send_all_hook
        assert deliver is not None

        async def deliver_and_wait() -> None:
            await deliver()
            await gate.passed()

        sending.send_all_hook = deliver_and_wait
        self._send.send_nowait(theirs)
        return ours

    def admit(self, stream: trio.abc.Stream) -> None:
        """Hands out a stream that somebody else made. Raises ``OSError`` when the door is closed."""
        try:
            self._send.send_nowait(stream)
        except (trio.ClosedResourceError, trio.BrokenResourceError):
            raise OSError("the exchange is down") from None
