"""A real exchange in a process of its own, and raw clients that reach it over loopback."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import trio

from exchange.store.verify import VerifyReport, verify
from exchange.wire.records import decode_facts
from tests.sim.raw_client import RawClient

START_SECONDS = 20.0
EXIT_SECONDS = 5.0
PROGRAM = (sys.executable, "-m", "exchange")


class Server:
    """One process. Its log goes to a file beside the database."""

    def __init__(self, process: trio.Process, port: int, metrics_port: int = 0) -> None:
        self.process = process
        self.port = port
        self.metrics_port = metrics_port

    async def dial(self) -> trio.SocketStream:
        return await trio.open_tcp_stream("127.0.0.1", self.port)

    async def terminate(self) -> int:
        """SIGTERM; returns the exit code. Fails when it takes longer than a platform would wait."""
        self.process.send_signal(signal.SIGTERM)
        with trio.fail_after(EXIT_SECONDS):
            return await self.process.wait()

    async def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        with trio.fail_after(EXIT_SECONDS):
            await self.process.wait()


async def start_server(
    folder: Path,
    nursery: trio.Nursery,
    *settings: str,
    developers: bool = True,
    arguments: Sequence[str] = (),
    program: Sequence[str] = PROGRAM,
) -> Server:
    """Starts ``exchange serve`` on a free port and waits until it is ready."""
    command = [*program, "serve", "--db", str(folder / "exchange.db"), "--port", "0", *arguments]
    for setting in settings:
        command += ["--set", setting]
    command += ["--dev-auth"] if developers else []
    with (folder / "server.log").open("ab") as log:
        process: trio.Process = await nursery.start(_run, command, log.fileno())
    assert process.stdout is not None
    line = b""
    with trio.fail_after(START_SECONDS):
        while not line.endswith(b"\n"):
            received = await process.stdout.receive_some()
            assert received, (folder / "server.log").read_text()
            line += received
    ready: dict[str, Any] = json.loads(line)
    assert ready["pid"] == process.pid
    return Server(process, int(ready["url"].rsplit(":", 1)[1]), ready.get("metrics_port", 0))


async def _run(command: list[str], log: int, *, task_status: trio.TaskStatus[trio.Process]) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("EXCHANGE_", "FLY_"))}
    await trio.run_process(
        command, stdout=subprocess.PIPE, stderr=log, env=environment, check=False, task_status=task_status
    )


@asynccontextmanager
async def server_nursery() -> AsyncIterator[trio.Nursery]:
    """Whatever still runs when the block ends is ended."""
    async with trio.open_nursery() as nursery:
        yield nursery
        nursery.cancel_scope.cancel()


async def connect(server: Server, nursery: trio.Nursery, client: RawClient, token: str = "", **terms: Any) -> RawClient:
    """Connects, says hello and waits until the client is live."""
    await client.open(nursery, await server.dial())
    await client.send(client.hello(token or f"dev:{client.name}", **terms))
    await client.wait_ready()
    return client


def verified(folder: Path) -> VerifyReport:
    """Replays the stopped server's file; fails when it does not add up."""
    report = verify(folder / "exchange.db", decode_facts)
    assert report.ok, report.problems
    return report
