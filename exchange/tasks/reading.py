"""Reading the committed past: a small pool of read-only connections, each used in a thread by one task at a time."""

from collections.abc import Callable
from typing import TypeVar

import trio

from exchange.environment import ThreadRunner
from exchange.store.reader import Reader

T = TypeVar("T")


class ReadPool:
    """Lends readers to short reads. With all of them lent, the next read waits its turn."""

    def __init__(self, open_reader: Callable[[], Reader], size: int, run_in_thread: ThreadRunner) -> None:
        self._readers = [open_reader() for _ in range(size)]
        self._free = list(self._readers)
        self._run_in_thread = run_in_thread
        self._limiter = trio.CapacityLimiter(size)
        self._places = trio.Semaphore(size)

    async def read(self, function: Callable[[Reader], T]) -> T:
        """Runs ``function`` with a reader. Raises what it raises; a cancellation waits for it to end."""
        async with self._places:
            reader = self._free.pop()
            try:
                return await self._run_in_thread(lambda: function(reader), limiter=self._limiter)
            finally:
                self._free.append(reader)

    def close(self) -> None:
        """Closes the connections; nothing may be reading."""
        for reader in self._readers:
            reader.close()
