"""Signals from the first moment of a server to its last, so that none can hit a migration or the final checkpoint.

Until the loop runs and after it has ended a signal is only counted; in between the loop hears it. Whoever starts the
loop asks for what was counted before.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = (signal.SIGTERM, signal.SIGINT)


class Signals:
    """How many signals to end came while nobody else listened."""

    def __init__(self) -> None:
        self.count = 0

    def note(self, _number: int, _frame: FrameType | None) -> None:
        """The handler."""
        self.count += 1


@contextmanager
def held_signals() -> Iterator[Signals]:
    """Counts SIGTERM and SIGINT instead of ending the process by them. For the main thread of a process that ends soon.

    After the block they are ignored: all that is left is to report the exit code, which a late signal would replace.
    """
    signals = Signals()
    for number in ENDING:
        signal.signal(number, signals.note)
    try:
        yield signals
    finally:
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)
