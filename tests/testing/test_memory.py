"""The exchange that authors of bots test against."""

import pytest
import trio
from trio.testing import MockClock

from exchange.testing import MemoryExchange, open_exchange
from exchange_client import Exchange, Refused


async def scalper(exchange: Exchange) -> None:
    market = exchange.markets["Rain"]
    async for book in market.book_changes():
        if book.best_offer and book.best_offer.price < 45:
            await market.buy(1, at=book.best_offer.price, time_in_force="IOC")


async def test_an_hour_of_market_takes_seconds_and_a_crowd_makes_prices(
    exchange: MemoryExchange, autojump_clock: MockClock
) -> None:
    market = await exchange.market("Rain", low=0, high=100)
    async with exchange.crowd(noise=3, informed=1, seed=7) as crowd:
        began = trio.current_time()
        await trio.sleep(1200)
        assert trio.current_time() - began == pytest.approx(1200)
        assert len(market.recent_trades) > 100
        crowd.news(market, 80)
        await trio.sleep(600)
        assert market.mark > 60


def _play(seed: int, crowd_seed: int) -> tuple[object, ...]:
    async def main() -> tuple[object, ...]:
        async with open_exchange(seed) as exchange:
            market = await exchange.market("Rain")
            async with exchange.running(scalper, cash=500), exchange.crowd(noise=4, informed=1, seed=crowd_seed):
                await trio.sleep(300)
            account = exchange.account("scalper")
            return account.cash, account.position(market), [tuple(trade) for trade in market.recent_trades]

    return trio.run(main, clock=MockClock(autojump_threshold=0))


def test_the_same_seeds_give_the_same_market_to_the_last_trade() -> None:
    assert _play(1, 1) == _play(1, 1)
    assert _play(1, 1) != _play(1, 2)


async def test_a_bot_is_called_like_itself_and_leaves_no_orders_behind(
    exchange: MemoryExchange, autojump_clock: MockClock
) -> None:
    market = await exchange.market("Rain")

    async def bidder(client: Exchange) -> None:
        await client.markets["Rain"].buy(5, at=20)
        await trio.sleep_forever()

    async with exchange.running(bidder, cash=1_000) as client:
        await trio.sleep(1)
        assert exchange.account("bidder").open_orders(market) == 1
        assert exchange.account("bidder").available == client.available == 900
    assert exchange.account("bidder").open_orders(market) == 0


async def test_what_a_bot_raises_comes_out_of_the_block(exchange: MemoryExchange, autojump_clock: MockClock) -> None:
    await exchange.market("Rain")

    async def poor(client: Exchange) -> None:
        await client.markets["Rain"].buy(5, at=20)

    with pytest.raises(ExceptionGroup) as caught:
        async with exchange.running(poor, cash=0):
            await trio.sleep(1)
    assert caught.group_contains(Refused, match="INSUFFICIENT_FUNDS", depth=None)


@pytest.mark.exchange(seed=3, starting_cash=70_000)
async def test_a_mark_gives_seed_and_settings(exchange: MemoryExchange, autojump_clock: MockClock) -> None:
    assert exchange.seed == 3
    async with exchange.connect("ada") as ada:
        assert ada.cash == 7


async def test_it_survives_its_own_restart(exchange: MemoryExchange, autojump_clock: MockClock) -> None:
    market = await exchange.market("Rain")
    async with exchange.running(scalper), exchange.crowd(noise=3, seed=1):
        await trio.sleep(60)
        before = market.last_time
        await exchange.restart(seconds=2)
        await trio.sleep(60)
        assert before is not None
        assert market.last_time is not None
        assert market.last_time > before
