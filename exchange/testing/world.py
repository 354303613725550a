"""What an exchange in memory takes for the world: a clock that follows Trio's, threads that run inline, and streams."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import TypeVar

import trio
import trio.testing

from exchange.environment import Environment

T = TypeVar("T")

START_NS = 1_800_000_000_000_000_000  # a day in 2027: what the wall clock shows first
_FAST_FOLDER = Path("/dev/shm")  # memory, where there is such a thing: every commit waits for its file system


async def run_inline(function: Callable[[], T], *, limiter: trio.CapacityLimiter | None = None) -> T:  # noqa: ARG001
    """Runs blocking code on the spot, so that a virtual clock stands still meanwhile."""
    await trio.lowlevel.cancel_shielded_checkpoint()
    return function()


def environment(random: Random) -> Environment:
    """A world in which time begins now, and everything follows from the randomness."""
    began = trio.current_time()
    return Environment(lambda: START_NS + round((trio.current_time() - began) * 1e9), random, run_inline)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder for a file that nobody will want again."""
    home = _FAST_FOLDER if _FAST_FOLDER.is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="exchange-test-", dir=home))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class MemoryListener(trio.abc.AsyncResource):
    """A door whose streams are in memory."""

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

    def dial(self) -> trio.abc.Stream:
        """The client's end of a new connection. Raises ``OSError`` when the door is closed."""
        ours, theirs = trio.testing.memory_stream_pair()
        try:
            self._send.send_nowait(theirs)
        except (trio.ClosedResourceError, trio.BrokenResourceError):
            raise OSError("the exchange is down") from None
        return ours
