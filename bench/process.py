"""Servers as processes of their own: started, measured, and ended by their id."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

READY_SECONDS = 30.0
STOP_SECONDS = 15.0
# With the inverted id of a process above it, the clock of its CPU time (clock_getcpuclockid(3), which Python lacks):
# in nanoseconds, where /proc tells hundredths of a second.
_SCHEDULED_CPU_TIME = 2


class ProcessFailed(Exception):
    """A server did not start or did not end as it should; the message holds the end of its log."""


class ServerProcess:
    """A process that prints one JSON line with ``websocket`` and ``pid`` when it is ready.

    As a context manager it is killed at the end, should it still be there.
    """

    def __init__(self, command: Sequence[str], log: Path) -> None:
        self._log = log
        with log.open("ab") as errors:
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors)
        ready = self._ready_line()
        self.pid = int(ready["pid"])
        address = urlsplit(str(ready["websocket"]))
        self.path = address.path
        self.address = (address.hostname or "", address.port or 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def cpu_seconds(self) -> float:
        """CPU time used so far by all its threads, the kernel's share included; 0 where the system does not tell."""
        if sys.platform != "linux":
            return 0.0
        try:
            return time.clock_gettime(~self.pid << 3 | _SCHEDULED_CPU_TIME)
        except OSError:  # it has ended
            return 0.0

    def stop(self) -> int:
        """SIGTERM; returns the exit code. Raises :exc:`ProcessFailed` when it does not end."""
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            raise self._failure("did not end") from None

    def _ready_line(self) -> dict[str, Any]:
        output = self._process.stdout
        assert output is not None
        deadline = time.monotonic() + READY_SECONDS
        line = b""
        while not line.endswith(b"\n"):
            if not select.select([output], [], [], max(0.0, deadline - time.monotonic()))[0]:
                self._process.kill()
                raise self._failure("was not ready in time")
            received = os.read(output.fileno(), 4_096)
            if not received:
                self._process.wait()
                raise self._failure("ended before it was ready")
            line += received
        return dict(json.loads(line))

    def _failure(self, what: str) -> ProcessFailed:
        log = self._log.read_text("utf-8", errors="replace")[-2_000:]
        return ProcessFailed(f"{' '.join(self._process.args)} {what}\n{log}")  # type: ignore[arg-type]


def start_echo(folder: Path) -> ServerProcess:
    """The yardstick; see :mod:`bench.echo`."""
    return ServerProcess([sys.executable, "-m", "bench.echo"], folder / "echo.log")


def start_naive_feed(folder: Path) -> ServerProcess:
    """The yardstick of fan-out; see :mod:`bench.naive_feed`."""
    return ServerProcess([sys.executable, "-m", "bench.naive_feed"], folder / "feed.log")


def start_exchange(database: Path, settings: dict[str, int]) -> ServerProcess:
    """An exchange on this file, with developer tokens."""
    command = [sys.executable, "-m", "exchange", "serve", "--db", str(database), "--port", "0", "--dev-auth"]
    for name, value in settings.items():
        command += ["--set", f"{name}={value}"]
    return ServerProcess(command, database.with_suffix(".log"))


def verify_file(database: Path) -> bool | None:
    """What ``exchange verify`` says of the file, its complaints on standard error; None where there is none."""
    verify = [sys.executable, "-m", "exchange", "verify"]
    if subprocess.run([*verify, "--help"], capture_output=True, check=False).returncode:
        return None
    finished = subprocess.run([*verify, str(database)], stdout=subprocess.PIPE, text=True, check=False)
    if finished.returncode:
        print(finished.stdout, file=sys.stderr)
    return finished.returncode == 0
