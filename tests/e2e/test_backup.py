"""Copies of a busy server's file, and a client of the library that lives through a restore."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import trio

from exchange.store.verify import verify
from exchange.wire.records import decode_facts
from exchange_client import connect
from tests.e2e.bot import Bot
from tests.e2e.server import PROGRAM, server_nursery, start_server, verified
from tests.e2e.server import connect as connect_raw
from tests.sim.raw_client import RawClient
from tests.sim.requests import create_market, kind_of

SETTINGS = (
    "pace_per_second=100000",
    "pace_burst=100000",
    "pace_expensive_per_minute=100000",
    "starting_cash=1000000000000",
)


async def _exchange(*arguments: str | Path) -> tuple[int, dict[str, Any]]:
    """Runs a command with ``--json``; its exit code and what it says."""
    command = [*PROGRAM, *map(str, arguments), "--json"]
    done = await trio.run_process(command, capture_stdout=True, stderr=subprocess.STDOUT, check=False)
    return done.returncode, json.loads(done.stdout)


async def test_a_copy_made_under_load_is_sound_and_holds_what_was_acknowledged_before_it(tmp_path: Path) -> None:
    bots = [Bot(f"bot{number}", number) for number in range(3)]
    copies = tmp_path / "copies"
    copies.mkdir()
    with trio.fail_after(120):
        async with server_nursery() as nursery:
            server = await start_server(tmp_path, nursery, *SETTINGS)
            owner = await connect_raw(server, nursery, RawClient("owner"))
            assert kind_of(await owner.ask(create_market("Market"))) == "created"
            await owner.close()
            async with trio.open_nursery() as lives:
                for bot in bots:
                    lives.start_soon(bot.live, nursery)
                    bot.serve_with(server)
                for number in range(2):
                    while any(bot.acknowledged < 100 * (number + 1) for bot in bots):  # noqa: ASYNC110
                        await trio.sleep(0.02)
                    told = max(reply.sequence for bot in bots for reply in bot.resolved.values())
                    code, said = await _exchange("backup", tmp_path / "exchange.db", copies / f"{number}.db")
                    assert (code, said["ok"], said["checked"]) == (0, True, True)
                    assert said["sequences"] >= told
                for bot in bots:
                    bot.stop = True
            assert await server.terminate() == 0
            for bot in bots:
                await bot.client.wait_ended()
    for bot in bots:
        bot.check(tmp_path / "exchange.db")
    assert len(list(copies.iterdir())) == 2


async def test_a_folder_gets_a_copy_named_after_the_moment(tmp_path: Path) -> None:
    async with server_nursery() as nursery:
        assert await (await start_server(tmp_path, nursery)).terminate() == 0
    code, said = await _exchange("backup", tmp_path / "exchange.db", tmp_path, "--no-check")
    assert code == 0
    assert Path(said["copy"]).parent == tmp_path
    assert Path(said["copy"]).name.startswith("exchange-20")
    assert verify(said["copy"], decode_facts).ok


async def test_what_cannot_be_done_is_a_sentence_and_exit_1(tmp_path: Path) -> None:
    file, copy = tmp_path / "exchange.db", tmp_path / "copy.db"
    assert (await _exchange("backup", file, copy))[0] == 1
    async with server_nursery() as nursery:
        server = await start_server(tmp_path, nursery)
        assert (await _exchange("backup", file, copy))[0] == 0
        code, said = await _exchange("restore", copy, file)
        assert code == 1
        assert "in use by another process" in said["reason"]
        assert await server.terminate() == 0
    code, said = await _exchange("restore", tmp_path / "nothing.db", file)
    assert (code, said["ok"]) == (1, False)
    verified(tmp_path)


async def test_an_empty_volume_in_production_is_refused_unless_it_is_to_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = [*PROGRAM, "serve", "--db", str(tmp_path / "exchange.db"), "--port", "0"]
    for variable in ("EXCHANGE_PRODUCTION", "FLY_APP_NAME"):
        monkeypatch.setenv(variable, "1")
        done = await trio.run_process(command, capture_stdout=True, capture_stderr=True, check=False)
        monkeypatch.delenv(variable)
        assert done.returncode == 1
        assert b"Is the volume mounted?" in done.stderr
        assert not (tmp_path / "exchange.db").exists()
    async with server_nursery() as nursery:
        assert await (await start_server(tmp_path, nursery, arguments=["--init"])).terminate() == 0


async def test_a_bot_of_the_library_lives_through_a_restore(tmp_path: Path) -> None:
    """It holds what the restored history says, not what it remembers of the lost one."""
    file, copy = tmp_path / "exchange.db", tmp_path / "copy.db"
    with trio.fail_after(120):
        async with server_nursery() as nursery:
            server = await start_server(tmp_path, nursery, *SETTINGS)
            address = ["--port", str(server.port)]
            owner = await connect_raw(server, nursery, RawClient("owner"))
            await owner.ask(create_market("Market"))
            await owner.close()
            async with connect(f"ws://127.0.0.1:{server.port}/ws", token="dev:ada") as bot:
                market = bot.markets[1]
                await market.buy(1, at="0.10")
                assert (await _exchange("backup", file, copy))[0] == 0
                lost = await market.buy(1, at="0.20")
                assert len(bot.orders) == 2
                assert await server.terminate() == 0
                assert (await _exchange("restore", copy, file))[0] == 0
                server = await start_server(tmp_path, nursery, *SETTINGS, arguments=address)
                placed = await market.buy(1, at="0.30")
                assert placed.order_id == lost.order_id, "the number is free again in this history"
                assert sorted(order.price.hundredths for order in bot.orders.values()) == [10, 30]
            assert await server.terminate() == 0
    verified(tmp_path)
