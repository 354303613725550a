"""A redeploy as those who trade see it: bots of the client library, whose code knows nothing of it."""

import time
from decimal import Decimal
from pathlib import Path
from random import Random

import apsw
import pytest
import trio

from exchange_client import ConnectionState, Exchange, connect
from tests.e2e.server import connect as connect_raw
from tests.e2e.server import server_nursery, start_server, verified
from tests.sim.raw_client import RawClient
from tests.sim.requests import create_market, kind_of

SETTINGS = (
    "pace_per_second=100000",
    "pace_burst=100000",
    "pace_expensive_per_minute=100000",
    "starting_cash=1000000000000",
)
MARKET = 1


class Bot:
    """Places one order after the other and has never heard of a restart. Any exception in it fails the test."""

    def __init__(self, name: str, seed: int, port: int) -> None:
        self.name = name
        self.placed: list[int] = []
        self.longest_stall = 0.0
        self.stop = False
        self.known: dict[int, int] = {}
        self.cash = 0
        self._random = Random(seed)
        self._url = f"ws://127.0.0.1:{port}/ws"
        self.done = trio.Event()
        self.leave = trio.Event()

    async def live(self) -> None:
        async with connect(self._url, token=f"dev:{self.name}", cancel_on_exit=False) as exchange:
            while not self.stop:
                await self._place(exchange)
            self.done.set()
            await self.leave.wait()
            assert exchange.connection is ConnectionState.LIVE
            market = exchange.markets[MARKET]
            self.known = {order.order_id: order.remaining.hundredths for order in market.book.orders.values()}
            self.cash = exchange.cash.ten_thousandths

    async def _place(self, exchange: Exchange) -> None:
        market = exchange.markets[MARKET]
        ask = self._random.choice((market.buy, market.sell))
        started = time.monotonic()
        size, price = self._random.randint(1, 9), self._random.randint(30, 70)
        result = await ask(Decimal(size) / 100, at=Decimal(price) / 100)
        self.longest_stall = max(self.longest_stall, time.monotonic() - started)
        self.placed.append(result.order_id)


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
            await _everybody_has_heard(bots)
        assert await server.terminate() == 0
    return bots


async def _everybody_has_heard(bots: list[Bot]) -> None:
    """All orders are answered, and there was time for the last fact to arrive everywhere; then everybody leaves."""
    with trio.fail_after(30):
        for bot in bots:
            await bot.done.wait()
    await trio.sleep(1.0)
    for bot in bots:
        bot.leave.set()


def _check(folder: Path, bots: list[Bot]) -> None:
    """Nothing lost, nothing doubled, and every bot's picture is the file's."""
    verified(folder)
    connection = apsw.Connection(str(folder / "exchange.db"), flags=apsw.SQLITE_OPEN_READONLY)
    in_file = [row[0] for row in connection.execute("SELECT id FROM orders ORDER BY id")]
    resting = {row[0]: row[1] for row in connection.execute("SELECT id, remaining FROM orders WHERE remaining > 0")}
    cash = {row[0]: row[1] for row in connection.execute("SELECT name, cash FROM accounts")}
    connection.close()
    assert sorted(order_id for bot in bots for order_id in bot.placed) == in_file
    for bot in bots:
        assert bot.known == resting
        assert bot.cash == cash[bot.name]


async def test_bots_do_not_notice_a_redeploy(tmp_path: Path) -> None:
    with trio.fail_after(120):
        bots = await _redeploy(tmp_path, 4, 1, 20)
    _check(tmp_path, bots)


@pytest.mark.long
async def test_twenty_bots_do_not_notice_five_redeploys(tmp_path: Path) -> None:
    with trio.fail_after(540):
        bots = await _redeploy(tmp_path, 20, 5, 50)
    _check(tmp_path, bots)
    placed = sum(len(bot.placed) for bot in bots)
    print(f"{placed} orders; longest stall {max(bot.longest_stall for bot in bots):.1f} s")
