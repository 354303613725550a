"""A redeploy as those who trade see it: bots of the client library, whose code knows nothing of it."""

from pathlib import Path

import pytest
import trio

from tests.e2e.redeploying import SETTINGS, Bot, check, everybody_has_heard
from tests.e2e.server import connect as connect_raw
from tests.e2e.server import server_nursery, start_server
from tests.sim.raw_client import RawClient
from tests.sim.requests import create_market, kind_of


async def _redeploy(folder: Path, bots_count: int, redeploys: int, orders_between: int) -> list[Bot]:
    async with server_nursery() as nursery:
        server = await start_server(folder, nursery, *SETTINGS)
        address = ["--port", str(server.port)]
        owner = await connect_raw(server, nursery, RawClient("owner", patience=30.0))
        assert kind_of(await owner.ask(create_market("Market"))) == "created"
        await owner.close()
        bots = [Bot(f"bot{number}", number, server.port) for number in range(bots_count)]
        async with trio.open_nursery() as lives:
            for bot in bots:
                lives.start_soon(bot.live)
            for _ in range(redeploys):
                before = [len(bot.placed) for bot in bots]
                with trio.fail_after(90):
                    while any(len(bot.placed) < had + orders_between for bot, had in zip(bots, before, strict=True)):  # noqa: ASYNC110
                        await trio.sleep(0.02)
                assert await server.terminate() == 0
                server = await start_server(folder, nursery, *SETTINGS, arguments=address)
            before = [len(bot.placed) for bot in bots]
            with trio.fail_after(90):
                while any(len(bot.placed) <= had for bot, had in zip(bots, before, strict=True)):  # noqa: ASYNC110
                    await trio.sleep(0.02)
            for bot in bots:
                bot.stop = True
            await everybody_has_heard(bots)
        assert await server.terminate() == 0
    return bots


async def test_bots_do_not_notice_a_redeploy(tmp_path: Path) -> None:
    with trio.fail_after(120):
        bots = await _redeploy(tmp_path, 4, 1, 20)
    check(tmp_path, bots)


@pytest.mark.long
async def test_twenty_bots_do_not_notice_five_redeploys(tmp_path: Path) -> None:
    with trio.fail_after(540):
        bots = await _redeploy(tmp_path, 20, 5, 50)
    check(tmp_path, bots)
    placed = sum(len(bot.placed) for bot in bots)
    print(f"{placed} orders; longest stall {max(bot.longest_stall for bot in bots):.1f} s")
