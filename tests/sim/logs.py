"""What an exchange and its clients log during a run: what they came back from, and what is wrong with them."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog

from tests.sim.world import InjectedFault, World

RECOVERIES = {
    "a market is back": "a book was rebuilt",
    "cut: no pong": "a peer without a pong was cut",
    "cut: does not read": "a slow reader was cut",
}
# Some boundary held, but what it held is a bug.
NEVER = frozenset({"connection failed", "a query failed", "the former list stays in force"})


@contextmanager
def noted(world: World) -> Iterator[None]:
    """Notes what is logged meanwhile, and lets nobody else see it."""
    processors: list[Any] = structlog.get_config()["processors"]
    before = processors.copy()
    processors[:] = [_Notes(world)]  # in place: loggers that were used before keep the list
    structlog.configure(processors=processors)
    logger, handler = logging.getLogger("exchange_client"), _Handler(world)
    logger.addHandler(handler)
    propagates, logger.propagate = logger.propagate, False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagates
        processors[:] = before
        structlog.configure(processors=processors)


class _Notes:
    def __init__(self, world: World) -> None:
        self._world = world

    def __call__(self, _: object, method: str, entry: Any) -> Any:
        event = entry["event"]
        if event in RECOVERIES:
            self._world.coverage.recovered(RECOVERIES[event])
        elif event in NEVER:
            self._world.problems.append(f"logged: {entry} {_failure(entry)!r}")
        elif event == "a task failed" and not isinstance(_failure(entry), InjectedFault):
            self._world.problems.append(f"a task failed otherwise than it was made to: {_failure(entry)!r}")
        raise structlog.DropEvent


def _failure(entry: Any) -> Any:
    given = entry.get("exc_info")
    return given if isinstance(given, BaseException) else sys.exc_info()[1]


class _Handler(logging.Handler):
    """What the client library logs as an error is a bug, of it or of the exchange."""

    def __init__(self, world: World) -> None:
        super().__init__(logging.ERROR)
        self._world = world

    def emit(self, record: logging.LogRecord) -> None:
        failure = record.exc_info[1] if record.exc_info else None
        self._world.problems.append(f"{record.getMessage()}: {failure!r}")
