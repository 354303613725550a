"""How a real process ends: by signals at awkward moments, by its watchdog, by a full disk, beside stuck clients."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import apsw
import pytest
import trio

from exchange_client.schema.client_pb2 import ClientFrame
from tests.e2e.bot import LOST
from tests.e2e.server import EXIT_SECONDS, PROGRAM, Server, connect, server_nursery, start_server, verified
from tests.sim.raw_client import RawClient
from tests.sim.requests import bid, create_market, kind_of

FAULTY = str(Path(__file__).with_name("faulty.py"))
RESTART = 1012
UNHINDERED = (
    "pace_per_second=100000",
    "pace_burst=1000000",
    "open_orders_per_market=1000000",
    "starting_cash=1000000000000",
)
START_SECONDS = 60.0


def _program(fault: str) -> tuple[str, ...]:
    return (sys.executable, FAULTY, fault)


async def _appears(*conditions: Callable[[], bool]) -> None:
    with trio.fail_after(START_SECONDS):
        while not all(condition() for condition in conditions):  # noqa: ASYNC110 - another process does it
            await trio.sleep(0.005)


async def _run(folder: Path, nursery: trio.Nursery, program: tuple[str, ...] = PROGRAM) -> trio.Process:
    """Starts a server and does not wait for it."""
    command = [*program, "serve", "--db", str(folder / "exchange.db"), "--port", "0", "--dev-auth"]
    with (folder / "server.log").open("ab") as log:
        run = partial(trio.run_process, command, stdout=subprocess.DEVNULL, stderr=log.fileno(), check=False)
        process: trio.Process = await nursery.start(run)
    return process


async def _deaf_client(server: Server) -> trio.SocketStream:
    """Signs in and never reads a byte."""
    stream = await server.dial()
    stream.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_RCVBUF, 4_096)
    await stream.send_all(
        b"GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    received = b""
    while b"\r\n\r\n" not in received:
        received += await stream.receive_some()
    client = RawClient("deaf")
    hello = ClientFrame(messages=[client.hello("dev:deaf")]).SerializeToString()
    assert len(hello) < 126
    await stream.send_all(bytes((0x82, 0x80 | len(hello), 0, 0, 0, 0)) + hello)
    return stream


async def _exit_code(process: trio.Process, seconds: float = EXIT_SECONDS) -> int:
    with trio.fail_after(seconds):
        return await process.wait()


# Signals.


async def test_a_signal_while_it_starts_ends_it_in_good_order(tmp_path: Path) -> None:
    lock = tmp_path / "exchange.db.lock"
    async with server_nursery() as nursery:
        for _ in range(3):
            lock.unlink(missing_ok=True)
            process = await _run(tmp_path, nursery)
            await _appears(lock.exists)
            process.send_signal(signal.SIGTERM)
            assert await _exit_code(process) == 0
    verified(tmp_path)


async def test_signals_during_a_migration_wait_for_it(tmp_path: Path) -> None:
    file = tmp_path / "exchange.db"
    async with server_nursery() as nursery:
        server = await start_server(tmp_path, nursery)
        assert await server.terminate() == 0
        process = await _run(tmp_path, nursery, _program("migration"))
        await _appears((tmp_path / "exchange.db.schema-1").exists)
        for _ in range(3):
            process.send_signal(signal.SIGTERM)
            await trio.sleep(0.05)
        assert await _exit_code(process, START_SECONDS) == 0
    connection = apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)
    assert connection.pragma("user_version") == 2
    assert connection.execute("SELECT count(*) FROM novelties").get == 2_000_000
    connection.close()


@pytest.mark.long
async def test_a_killed_migration_is_done_again(tmp_path: Path) -> None:
    async with server_nursery() as nursery:
        assert await (await start_server(tmp_path, nursery)).terminate() == 0
        process = await _run(tmp_path, nursery, _program("migration"))
        await _appears((tmp_path / "exchange.db.schema-1").exists)
        process.kill()
        await process.wait()
        server = await start_server(tmp_path, nursery, program=_program("migration"))
        assert await server.terminate() == 0


async def test_a_volley_of_signals_under_load_cuts_no_commit(tmp_path: Path) -> None:
    with trio.fail_after(90):
        async with server_nursery() as nursery:
            server = await start_server(tmp_path, nursery, *UNHINDERED)
            client = await connect(server, nursery, RawClient("ada", session=b"session of ada", patience=30.0))
            await client.ask(create_market("Market"))
            for _ in range(20):
                await client.post(*[bid(1, 50, 1)] * 50)
            for _ in range(5):
                server.process.send_signal(signal.SIGTERM)
                await trio.sleep(0.01)
            assert await _exit_code(server.process) == 0
            assert await client.wait_ended() in (RESTART, 1006)
    report = verified(tmp_path)
    acknowledged = [replies for replies in client.replies.values() if kind_of(replies[0]) != "refusal"]
    assert report.requests >= len(acknowledged)


async def test_clients_that_are_stuck_cannot_prolong_a_drain(tmp_path: Path) -> None:
    with trio.fail_after(90):
        async with server_nursery() as nursery:
            server = await start_server(tmp_path, nursery, *UNHINDERED, "socket_send_bytes=4096")
            busy = await connect(server, nursery, RawClient("busy", patience=30.0))
            await busy.ask(create_market("Market"))
            stuck = [await _deaf_client(server), await server.dial(), await server.dial()]
            await stuck[1].send_all(b"GET / HTTP/1.1\r\nHost: loc")
            for _ in range(20):
                ids = await busy.post(*[bid(1, 50, 1)] * 100)
                await busy.reply(ids[-1])
            assert await server.terminate() == 0
            for stream in stuck:
                await trio.aclose_forcefully(stream)
    verified(tmp_path)


# The watchdog.


@pytest.mark.parametrize("fault", ["asleep", "busy"])
async def test_a_process_whose_loop_is_stuck_ends_and_says_where(tmp_path: Path, fault: str) -> None:
    async with server_nursery() as nursery:
        server = await start_server(
            tmp_path, nursery, "watchdog_seconds=1", "loop_sample_seconds=0.1", program=_program(fault)
        )
        async with await server.dial() as stream:
            await stream.send_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert await _exit_code(server.process, START_SECONDS) == 1
    log = (tmp_path / "server.log").read_text()
    assert "Timeout (0:00:01)!" in log
    assert f"in _{fault}" in log, "the stack names the culprit"
    verified(tmp_path)


async def test_a_process_that_was_stopped_by_a_terminal_goes_on(tmp_path: Path) -> None:
    async with server_nursery() as nursery:
        server = await start_server(tmp_path, nursery, "watchdog_seconds=1", "loop_sample_seconds=0.1")
        server.process.send_signal(signal.SIGTSTP)
        status = Path(f"/proc/{server.process.pid}/status")
        await _appears(lambda: "T (stopped)" in status.read_text())
        await trio.sleep(1.5)
        server.process.send_signal(signal.SIGCONT)
        client = await connect(server, nursery, RawClient("ada", patience=30.0))
        assert kind_of(await client.ask(create_market("Market"))) == "created"
        assert await server.terminate() == 0


# The disk.


async def test_a_full_disk_ends_it_with_a_sentence_and_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)]
    if os.getuid() or (await trio.run_process(mount, check=False, capture_stderr=True)).returncode:
        pytest.skip("only root can mount a small disk, and not everywhere")
    try:
        await _fill(disk)
    finally:
        await trio.run_process(["umount", "-l", str(disk)])


async def _fill(disk: Path) -> None:
    acknowledged = 0
    async with server_nursery() as nursery:
        server = await start_server(disk, nursery, *UNHINDERED)
        client = await connect(server, nursery, RawClient("ada", session=b"session of ada", patience=60.0))
        await client.ask(create_market("Market"))
        with trio.fail_after(START_SECONDS):
            while not client.ended.is_set():
                with suppress(AssertionError, *LOST):  # the end of the connection
                    ids = await client.post(*[bid(1, 50, 1)] * 100)
                    await client.reply(ids[-1])
        assert await _exit_code(server.process) == 1
        acknowledged = sum(kind_of(replies[0]) == "order_result" for replies in client.replies.values())
    assert acknowledged > 1_000
    assert "The disk is full" in (disk / "server.log").read_text()
    await trio.run_process(["mount", "-o", "remount,size=64m", str(disk)])
    report = verified(disk)
    assert report.orders >= acknowledged
    async with server_nursery() as nursery:
        server = await start_server(disk, nursery)
        client = await connect(server, nursery, client, resume=True)
        assert kind_of(await client.ask(bid(1, 50, 1))) == "order_result"
        assert await server.terminate() == 0
