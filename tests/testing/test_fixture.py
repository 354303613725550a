"""The exchange that authors of bots test against."""

import time

import trio
from trio.testing import MockClock

from exchange.testing import MemoryExchange
from exchange_client import Exchange


async def maker(exchange: Exchange) -> None:
    market = exchange.markets["Rain on Friday"]
    async for book in market.book_changes():
        fair = 50 if book.mid is None else book.mid - market.position / 10
        await market.replace_quotes(bid=(market.round_down(fair - 1), 5), offer=(market.round_up(fair + 1), 5))


async def test_an_hour(exchange: MemoryExchange, autojump_clock: MockClock) -> None:
    market = await exchange.market("Rain on Friday", low=0, high=100)
    t = time.time()
    async with exchange.running(maker), exchange.crowd(noise=5, informed=1, seed=7):
        await trio.sleep(3600)
        print(
            exchange.account("maker").equity,
            exchange.account("maker").position(market),
            len(market.recent_trades),
            market.best_bid,
            market.best_offer,
            exchange.organiser.lag,
        )
    print(time.time() - t)
