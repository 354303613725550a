"""What a running exchange takes from the world around it, handed in at the top.

Wall clock, randomness and worker threads are the only sources of surprise; tests and simulations replace all three,
and the monotonic clock is Trio's own, so that one seed gives one run.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random, SystemRandom
from typing import Protocol, TypeVar

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


@dataclass(frozen=True, slots=True)
class Environment:
    """Clock, randomness, threads and watchdog of one exchange."""

    wall_clock_ns: Callable[[], int] = time.time_ns
    random: Random = field(default_factory=SystemRandom)
    run_in_thread: ThreadRunner = run_in_thread
    feed_watchdog: Callable[[], None] = _nothing
