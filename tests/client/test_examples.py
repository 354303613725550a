"""The examples do what they say: on an exchange in memory, and one of them in all three worlds."""

import importlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import trio
from trio.testing import MockClock

from exchange.testing import MemoryExchange, backtest
from exchange_client import connect_sync

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "client" / "examples"
RAIN = "Rain on Friday"


def example(name: str) -> ModuleType:
    """An example, imported as its author would."""
    if str(EXAMPLES) not in sys.path:
        sys.path.append(str(EXAMPLES))
    return importlib.import_module(name)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of an exchange in a process of its own, and its file."""
    db = tmp_path_factory.mktemp("live") / "exchange.db"
    command = [sys.executable, "-m", "exchange", "serve", "--db", str(db), "--port", "0", "--dev-auth"]
    command += ["--set", "starting_cash=100000000"]
    with (
        (db.parent / "log").open("wb") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log) as process,
    ):
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["websocket"], db
        finally:
            process.terminate()


async def test_the_maker_earns_its_edge_and_never_holds_too_much(
    exchange: MemoryExchange, autojump_clock: MockClock
) -> None:
    maker = example("maker")
    market = await exchange.market(RAIN)
    async with exchange.running(maker.run), exchange.crowd(noise=5, seed=7):
        for _ in range(10):
            await trio.sleep(60)
            assert abs(exchange.account("maker").position(market)) <= maker.POSITION_MAX + maker.SIZE
            assert exchange.account("maker").open_orders(market) <= 2
    assert exchange.account("maker").profit > 0


async def test_the_taker_follows_the_move(exchange: MemoryExchange, autojump_clock: MockClock) -> None:
    taker = example("taker")
    market = await exchange.market(RAIN)
    async with exchange.running(taker.run), exchange.crowd(noise=6, seed=3) as crowd:
        await trio.sleep(120)
        crowd.news(market, 85)
        held = []
        for _ in range(20):
            await trio.sleep(15)
            held.append(exchange.account("taker").position(market))
    assert max(held) == taker.SIZE


async def test_the_arbitrageur_brings_a_fund_into_line(exchange: MemoryExchange, autojump_clock: MockClock) -> None:
    sun, rain = await exchange.market("Sun"), await exchange.market("Rain")
    fund = await exchange.market("Weather", low=None, high=None, constituents={"Sun": 1, "Rain": 2})
    await exchange.fund("organiser", 100_000)
    for market, bid, offer in ((sun, 39, 41), (rain, 29, 31), (fund, 80, 85)):  # the basket is worth 97 to 103
        await market.replace_quotes(bid=(bid, 10), offer=(offer, 4))
    async with exchange.running(example("arbitrage").run, name="arb"):
        await trio.sleep(10)
        account = exchange.account("arb")
        assert [account.position(market) for market in (sun, rain, fund)] == [0, 0, 0]
        assert account.profit == 4 * (39 + 2 * 29 - 85)
        await fund.replace_quotes(bid=(120, 2))
        await trio.sleep(10)
        assert account.profit == 4 * (39 + 2 * 29 - 85) + 2 * (120 - 41 - 2 * 31)
        assert [account.position(market) for market in (sun, rain, fund)] == [0, 0, 0]


async def test_the_slicer_buys_evenly_until_it_has_all(exchange: MemoryExchange, autojump_clock: MockClock) -> None:
    twap = example("twap")
    market = await exchange.market(RAIN)
    await exchange.fund("organiser", 1_000_000)
    await market.sell(1_000, at=50)
    async with exchange.running(twap.run):
        for part in (0.25, 0.5, 0.75):
            await trio.sleep(twap.SECONDS / 4)
            held = float(exchange.account("twap").position(market))
            assert held == pytest.approx(twap.SIZE * part, abs=2 * twap.SIZE / twap.SLICES)
        await trio.sleep(twap.SECONDS / 4)
    assert exchange.account("twap").position(market) == twap.SIZE


async def test_the_timer_ends_the_orders_of_a_bot_that_is_gone(
    exchange: MemoryExchange, autojump_clock: MockClock
) -> None:
    deadman = example("deadman")
    market = await exchange.market(RAIN)
    async with exchange.running(deadman.run, cancel_on_exit=False):
        await trio.sleep(60)
        assert exchange.account("deadman").open_orders(market) == 2
    assert exchange.account("deadman").open_orders(market) == 2
    await trio.sleep(deadman.SECONDS + 1)
    assert exchange.account("deadman").open_orders(market) == 0


def test_hello_has_ten_lines_that_do_something() -> None:
    code = (EXAMPLES / "hello.py").read_text("utf-8").split('"""')[2]
    assert len([line for line in code.splitlines() if line.strip()]) <= 12  # two of them are imports


def test_hello_buys_what_is_cheap_until_ctrl_c(server: tuple[str, Path]) -> None:
    url, _ = server
    with connect_sync(url, token="dev:root:admin", elevated=True) as organiser:
        market = organiser.markets.get(RAIN) or organiser.create_market(RAIN, high=100)
        market.sell(10, at=39.5)
        command = [sys.executable, str(EXAMPLES / "hello.py"), url, "dev:hello"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as bot:
            assert bot.stdout is not None
            assert bot.stdout.readline() == "bought 10 at 39.5, position 10\n"
            bot.send_signal(signal.SIGINT)
            _, errors = bot.communicate(timeout=30)
        assert errors.strip().endswith("KeyboardInterrupt")


def test_one_strategy_runs_unchanged_live_in_memory_and_on_what_was_recorded(
    server: tuple[str, Path], tmp_path: Path
) -> None:
    """In memory it runs in the tests above."""
    url, db = server
    recording = tmp_path / "friday.jsonl.gz"
    record = [sys.executable, "-m", "exchange", "record", url, str(recording), "--token", "dev:watcher", "--json"]
    live = [sys.executable, str(EXAMPLES / "run_live.py"), "maker", url, "dev:maker"]
    with connect_sync(url, token="dev:root:admin", elevated=True) as organiser:
        market = organiser.markets.get(RAIN) or organiser.create_market(RAIN, high=100)
        with (
            subprocess.Popen(record, stdout=subprocess.PIPE, text=True) as recorder,
            subprocess.Popen(live, env={**os.environ, "PYTHONPATH": str(EXAMPLES)}) as bot,
        ):
            while not market.best_offer or not recording.exists():
                organiser.wait_for_change(market, timeout=0.5)
            for _ in range(5):
                market.buy(8)  # the maker offers 5 of these, so that a second one finds the rest
                market.sell(8)
                organiser.wait_for_change(market, timeout=0.5)
            traded = organiser.accounts["maker"]
            recorder.send_signal(signal.SIGINT)
            bot.send_signal(signal.SIGINT)
            said, _ = recorder.communicate(timeout=30)
        assert traded.name == "maker"
        assert json.loads(said)["steps"] > 10
    for source in (recording, db):
        result = backtest(example("maker").run, source)
        assert result == backtest(example("maker").run, source)
        assert result.fills, source


def test_the_first_bot_page_works_as_it_stands_there(server: tuple[str, Path], tmp_path: Path) -> None:
    url, _ = server
    page = (ROOT / "docs" / "first-bot.md").read_text("utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    with connect_sync(url, token="dev:root:admin", elevated=True, cancel_on_exit=False) as organiser:
        market = organiser.markets.get(RAIN) or organiser.create_market(RAIN, high=100)
        organiser.cancel_all()
        market.replace_quotes(bid=(49, 50), offer=(51, 50))
        for block in blocks:
            if "def test_" in block:
                (tmp_path / "test_bot.py").write_text(block, "utf-8")
                (tmp_path / "pytest.ini").write_text("[pytest]\ntrio_mode = true\n", "utf-8")
                command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
            else:
                code = block.replace("ws://localhost:8080/ws", url)
                (tmp_path / "bot.py").write_text(code, "utf-8")
                command = [sys.executable, "bot.py"]
            done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
