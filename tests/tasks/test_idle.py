"""Spectators who stopped watching are sent away, so that the machine can stop."""

from pathlib import Path

import trio
from trio.testing import MockClock

from tests.sim.harness import open_house
from tests.sim.raw_client import RawClient
from tests.sim.requests import bid, cancel_all, ping

IDLE = 4002


async def test_who_asks_for_nothing_but_pings_is_closed_with_4002(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path, idle_seconds=60.0) as house:
        await house.furnish("ada")
        watcher = await house.sign_in("watcher")
        started = trio.current_time()
        for _ in range(6):
            await trio.sleep(9)
            await watcher.ask(ping())
        assert not watcher.ended.is_set()
        assert await watcher.wait_ended() == IDLE
        assert 60 <= trio.current_time() - started <= 60 * 1.3


async def test_who_trades_or_waits_for_a_fill_is_no_spectator(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path, idle_seconds=60.0) as house:
        _, (busy, waiting) = await house.furnish("busy", "waiting")
        await waiting.ask(bid(1, 10, 1))
        for _ in range(10):
            await trio.sleep(30)
            await busy.ask(bid(1, 1, 1))
        assert not busy.ended.is_set()
        assert not waiting.ended.is_set()
        await waiting.ask(cancel_all())
        await busy.ask(cancel_all())
        assert await waiting.wait_ended() == IDLE
        assert await busy.wait_ended() == IDLE
        await trio.sleep(10)
        assert house.context.count.total == 0, "the machine may stop"


async def test_a_quiet_exchange_keeps_everybody_unless_it_is_told_otherwise(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        watcher = await house.connect(RawClient("watcher"))
        await watcher.wait_ready()
        await trio.sleep(600)
        assert not watcher.ended.is_set()
