"""Reading the committed past: a small pool of read-only connections, each used in a thread by one task at a time."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import trio

from exchange.core.history import Action, Page, PastFill, PastOrder, PastTrade, PastTransfer, Span
from exchange.environment import ThreadRunner
from exchange.store.reader import Reader

T = TypeVar("T")
R = TypeVar("R", PastTrade, PastFill, PastOrder, PastTransfer, Action)


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


async def search(pool: ReadPool, span: Span, step: int, fetch: Callable[[Reader, Span], Page[R]]) -> Page[R]:
    """A page of what no index finds: looked for in stretches of ``step`` commits, between which others read.

    It goes on until it has as many rows as are asked for and knows whether there is another one.
    """
    rows: list[R] = []
    after, before = span.after, span.before
    while after + 1 < before:
        if span.newest_first:
            edge = max(after, before - 1 - step)
            piece = Span(edge, before, True, max(1, span.limit - len(rows)))
            before = edge + 1
        else:
            edge = min(before, after + 1 + step)
            piece = Span(after, edge, False, max(1, span.limit - len(rows)))
            after = edge - 1
        found = await pool.read(partial(_in_turn, fetch, piece))
        if len(rows) >= span.limit and found.rows:
            return Page(rows, True)
        rows += found.rows
        if found.more:
            return Page(rows, True)
    return Page(rows, False)


def _in_turn(fetch: Callable[[Reader, Span], Page[R]], span: Span, reader: Reader) -> Page[R]:
    return fetch(reader, span)
