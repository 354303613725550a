"""Ends a process whose loop is stuck, because no platform does.

A health check that fails takes a machine out of the balance and leaves it at that; only a process that ends with a
non-zero code is started again. What is acknowledged is on disk, so ending is always safe.

The watching is done by the standard library's faulthandler: a thread in C that needs nothing of the interpreter. So it
also ends a process that hangs *inside* the interpreter's lock, in a regular expression or a number with a million
digits, where no thread written in Python would get to run. It writes the stack of every thread to standard error, then
ends the process with code 1.
"""

import faulthandler
import os
import signal

import structlog

log = structlog.get_logger(__name__)


class Watchdog:
    """Bites unless it is fed every so many seconds. With 0 seconds it does nothing. One for a process."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def feed(self) -> None:
        """All is well: begin to count anew. The first call lets it loose. Takes some 50 µs."""
        if self._seconds:
            faulthandler.dump_traceback_later(self._seconds, exit=True)

    def chain(self) -> None:
        """From now on nobody needs to feed it."""
        faulthandler.cancel_dump_traceback_later()

    def sleep_with_process(self) -> None:
        """Stops the process, as Ctrl-Z asks, and returns when it goes on: the time between is nobody's fault."""
        self.chain()
        log.info("stopped by a terminal")
        os.kill(os.getpid(), signal.SIGSTOP)
        self.feed()
