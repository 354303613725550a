"""Real processes: nothing acknowledged is lost and nothing is executed twice, however a server ends."""

from pathlib import Path
from random import Random

import pytest
import trio

from exchange.core.state import Limits
from exchange.store.database import open_store
from exchange.store.reader import Reader
from tests.e2e.bot import Bot
from tests.e2e.server import Server, connect, server_nursery, start_server, verified
from tests.sim.compare import assert_knows
from tests.sim.raw_client import RawClient
from tests.sim.requests import create_market, kind_of

BOTS = 4
SETTINGS = (
    "pace_per_second=100000",
    "pace_burst=100000",
    "pace_expensive_per_minute=100000",
    "starting_cash=1000000000",
)


async def _prepare(server: Server, nursery: trio.Nursery) -> None:
    owner = await connect(server, nursery, RawClient("owner"))
    assert kind_of(await owner.ask(create_market("Market"))) == "created"
    await owner.close()


async def _watch_the_end(folder: Path, server: Server, nursery: trio.Nursery, bots: list[Bot]) -> None:
    """Every bot's feed says what the file says."""
    clients = [await connect(server, nursery, RawClient("watcher", patience=30.0))]
    for bot in bots:
        clients.append(await connect(server, nursery, bot.client, resume=True))
    with Reader(folder / "exchange.db") as reader:
        last = reader.journal_after(0, 1 << 62, 1 << 62)[-1].sequence
    for client in clients:
        await client.until(lambda client=client: client.complete_through >= last)  # type: ignore[misc]
    assert await server.terminate() == 0
    store = open_store(folder / "exchange.db", now_ns=lambda: 0, random_bytes=bytes)
    try:
        state = store.load(Limits())
    finally:
        store.close()
    for client in clients:
        assert_knows(client, state)


async def _ends_and_comes_back(folder: Path, ends: int, *, gently: bool, seed: int = 0) -> tuple[list[Bot], int]:
    random = Random(seed)
    bots = [Bot(f"bot{number}", seed * 100 + number) for number in range(BOTS)]
    acknowledged = 0
    async with server_nursery() as nursery:
        server = await start_server(folder, nursery, *SETTINGS)
        await _prepare(server, nursery)
        async with trio.open_nursery() as lives:
            for bot in bots:
                lives.start_soon(bot.live, nursery)
            for _ in range(ends):
                before = [bot.acknowledged for bot in bots]
                for bot in bots:
                    bot.serve_with(server)
                with trio.fail_after(60):
                    while any(bot.acknowledged < least + 50 for bot, least in zip(bots, before, strict=True)):  # noqa: ASYNC110
                        await trio.sleep(0.02)
                await trio.sleep(random.random() * 0.3)
                if gently:
                    assert await server.terminate() == 0
                else:
                    await server.kill()
                verified(folder)
                server = await start_server(folder, nursery, *SETTINGS)
            for bot in bots:
                bot.stop = True
                bot.serve_with(server)
        acknowledged = sum(bot.acknowledged for bot in bots)
        with trio.fail_after(60):
            await _watch_the_end(folder, server, nursery, bots)
    verified(folder)
    for bot in bots:
        bot.check(folder / "exchange.db")
    return bots, acknowledged


async def test_a_drain_under_load_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    with trio.fail_after(60):
        _, acknowledged = await _ends_and_comes_back(tmp_path, 2, gently=True)
    assert acknowledged >= 2 * BOTS * 50


async def test_a_kill_under_load_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    with trio.fail_after(90):
        bots, acknowledged = await _ends_and_comes_back(tmp_path, 5, gently=False)
    assert acknowledged >= 5 * BOTS * 50
    assert any(count for bot in bots for count in bot.in_flight_at_loss), "requests were in flight at some kill"


@pytest.mark.long
async def test_fifty_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    bots, acknowledged = await _ends_and_comes_back(tmp_path, 50, gently=False, seed=1)
    print(f"{acknowledged} acknowledged; longest stall {max(bot.longest_stall for bot in bots):.1f} s")
    in_flight = [count for bot in bots for count in bot.in_flight_at_loss]
    assert sum(count > 0 for count in in_flight) >= len(in_flight) / 3
