"""Bots of the client library that trade over redeploys, whose code knows nothing of them, and what they find."""

import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from random import Random

import apsw
import trio

from exchange_client import ConnectionState, Exchange, connect
from tests.e2e.server import verified

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


async def everybody_has_heard(bots: Sequence[Bot]) -> None:
    """All orders are answered, and there was time for the last fact to arrive everywhere; then everybody leaves."""
    with trio.fail_after(30):
        for bot in bots:
            await bot.done.wait()
    await trio.sleep(1.0)
    for bot in bots:
        bot.leave.set()


def check(folder: Path, bots: Sequence[Bot]) -> None:
    """Nothing lost, nothing doubled, and every bot's picture is the file's."""
    verified(folder)
    connection = apsw.Connection(str(folder / "exchange.db"), flags=apsw.SQLITE_OPEN_READONLY)
    names = [bot.name for bot in bots]
    theirs = f"SELECT id FROM accounts WHERE name IN ({', '.join('?' * len(names))})"
    in_file = [
        row[0] for row in connection.execute(f"SELECT id FROM orders WHERE account_id IN ({theirs}) ORDER BY id", names)
    ]
    resting = {row[0]: row[1] for row in connection.execute("SELECT id, remaining FROM orders WHERE remaining > 0")}
    cash = {row[0]: row[1] for row in connection.execute("SELECT name, cash FROM accounts")}
    connection.close()
    assert sorted(order_id for bot in bots for order_id in bot.placed) == in_file
    for bot in bots:
        assert bot.known == resting
        assert bot.cash == cash[bot.name]
