"""What a running exchange takes from the world around it, handed in at the top.

Wall clock, randomness and worker threads are the only sources of surprise; tests and simulations replace all three,
and the monotonic clock is Trio's own, so that one seed gives one run.
"""

import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from queue import SimpleQueue
from random import Random, SystemRandom
from threading import Thread
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

import outcome
import trio

T = TypeVar("T")


class ThreadRunner(Protocol):
    """Runs blocking code to its end: a cancellation is delivered only after the code has finished."""

    def __call__(self, function: Callable[[], T], *, limiter: trio.CapacityLimiter | None = None) -> Awaitable[T]: ...


async def run_in_thread(function: Callable[[], T], *, limiter: trio.CapacityLimiter | None = None) -> T:
    """The production runner: a worker thread that is never abandoned."""
    return await trio.to_thread.run_sync(function, abandon_on_cancel=False, limiter=limiter)


def _nothing() -> None:
    """Feeds no watchdog."""


class WriterThread:
    """A thread runner with one thread of its own, for one caller at a time; a context manager that starts and ends it.

    A queue wakes the thread, and a byte in a socket of the caller's own wakes the caller: that is half the hop to and
    fro of a worker of Trio's pool, which every commit pays.
    """

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Callable[[], Any] | None] = SimpleQueue()
        self._outcome: outcome.Outcome[Any] | None = None
        self._done, self._waking = socket.socketpair()
        self._done.setblocking(False)
        self._thread = Thread(target=self._work, name="writer", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._jobs.put(None)
        self._thread.join()
        self._done.close()
        self._waking.close()

    async def __call__(self, function: Callable[[], T], *, limiter: object = None) -> T:  # noqa: ARG002
        """Never abandons ``function``. Not a checkpoint for cancellation."""
        self._jobs.put(function)
        with trio.CancelScope(shield=True):
            while True:
                await trio.lowlevel.wait_readable(self._done)
                with suppress(BlockingIOError):  # woken without a reason, which no wait rules out
                    self._done.recv(1)
                    break
        finished, self._outcome = self._outcome, None
        assert finished is not None
        result: T = finished.unwrap()
        return result

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._outcome = outcome.capture(job)
            self._waking.send(b"\0")


@dataclass(frozen=True, slots=True)
class Environment:
    """Clock, randomness, threads and watchdog of one exchange. Without a ``writer_thread`` commits run as reads do."""

    wall_clock_ns: Callable[[], int] = time.time_ns
    random: Random = field(default_factory=SystemRandom)
    run_in_thread: ThreadRunner = run_in_thread
    feed_watchdog: Callable[[], None] = _nothing
    writer_thread: Callable[[], AbstractContextManager[ThreadRunner]] | None = None
