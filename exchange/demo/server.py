"""The exchange of the demo: the real program in a process of its own, so that bots do not share its loop."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import trio

DEFAULT_PORT = 8080
STARTING_CASH = 100_000_000  # ten-thousandths: whoever comes along can trade at once
_READY_SECONDS = 30.0
_STOP_SECONDS = 20.0  # above the sum of the exchange's own deadlines
_LOG_TAIL = 5  # lines


class ServerFailed(Exception):
    """The exchange did not start, or ended when it should not have; the message says what its log says."""


class Server:
    """A running exchange."""

    def __init__(self, process: trio.Process, log: Path, ready: dict[str, str]) -> None:
        self.page_url = ready["url"]
        self.socket_url = ready["websocket"]
        self.pid = process.pid
        self._process = process
        self._log = log
        self._stopping = False

    async def watch(self) -> None:
        """Waits for the process. Raises :class:`ServerFailed` when it ends without having been told to."""
        code = await self._process.wait()
        if not self._stopping:
            raise ServerFailed(f"the exchange ended with code {code}{_tail(self._log)}")

    async def stop(self) -> None:
        """Drains it. Raises :class:`ServerFailed` unless it ends in time with code 0."""
        self._stopping = True
        self._process.send_signal(signal.SIGTERM)
        with trio.move_on_after(_STOP_SECONDS):
            await self._process.wait()
        if self._process.returncode != 0:
            code = self._process.returncode
            raise ServerFailed(f"the exchange did not end well (code {code}){_tail(self._log)}")


@asynccontextmanager
async def run_server(db: Path, port: int) -> AsyncIterator[Server]:
    """Starts an exchange on a file. It is killed on the way out should it still be there.

    It is the leader of a process group of its own, so that Ctrl-C reaches the bots first.
    """
    log = db.with_name(db.name + ".log")
    command = [sys.executable, "-m", "exchange", "serve", "--db", str(db), "--port", str(port), "--dev-auth"]
    command += ["--set", f"starting_cash={STARTING_CASH}"]
    with log.open("ab") as errors:
        process = await trio.lowlevel.open_process(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, process_group=0
        )
    try:
        yield Server(process, log, await _ready(process, log))
    finally:
        with trio.CancelScope(shield=True):
            if process.returncode is None:
                process.kill()
                await process.wait()
            assert process.stdout is not None
            await process.stdout.aclose()


async def _ready(process: trio.Process, log: Path) -> dict[str, str]:
    assert process.stdout is not None
    line = b""
    with trio.move_on_after(_READY_SECONDS):
        async for data in process.stdout:
            line += data
            if line.endswith(b"\n"):
                return dict(json.loads(line))
    raise ServerFailed(f"the exchange did not start{_tail(log)}")


def _tail(log: Path) -> str:
    lines = log.read_text("utf-8", errors="replace").splitlines()[-_LOG_TAIL:]
    return "; the end of its log:\n" + "\n".join(lines) if lines else ""


def is_free(port: int) -> bool:
    """Whether a server could listen on a port of this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
