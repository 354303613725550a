"""A bot that comes before its market waits for it."""

import pytest
import trio
from trio.testing import MockClock

from exchange.testing import MemoryExchange
from exchange_client import Closed, RefusalCode, Refused


async def test_a_market_that_is_there_is_given_at_once(exchange: MemoryExchange, autojump_clock: MockClock) -> None:
    await exchange.market("Rain on Friday")
    async with exchange.connect("ada") as ada:
        began = trio.current_time()
        assert await ada.wait_for_market("rain on FRIDAY") is ada.markets["Rain on Friday"]
        assert trio.current_time() == began


async def test_a_market_that_is_made_later_is_waited_for_over_a_restart(
    exchange: MemoryExchange, autojump_clock: MockClock
) -> None:
    async def make() -> None:
        await trio.sleep(100)
        await exchange.market("Snow")
        await exchange.restart()
        await exchange.market("Rain on Friday")

    async with exchange.connect("ada") as ada, trio.open_nursery() as nursery:
        nursery.start_soon(make)
        market = await ada.wait_for_market("Rain on Friday")
        assert market.name == "Rain on Friday"
        assert market is ada.markets["Rain on Friday"]


async def test_a_market_that_is_renamed_to_the_name_counts(exchange: MemoryExchange, autojump_clock: MockClock) -> None:
    market = await exchange.market("Draft")
    async with exchange.connect("ada") as ada, trio.open_nursery() as nursery:

        @nursery.start_soon
        async def rename() -> None:
            await trio.sleep(1)
            await market.edit(name="Rain")

        assert (await ada.wait_for_market("Rain", timeout=5)).market_id == market.market_id


async def test_a_market_that_does_not_come_in_time_is_a_refusal_that_names_it(
    exchange: MemoryExchange, autojump_clock: MockClock
) -> None:
    async with exchange.connect("ada") as ada:
        began = trio.current_time()
        with pytest.raises(Refused, match="Rain on Friday") as caught:
            await ada.wait_for_market("Rain on Friday", timeout=30)
        assert caught.value.code is RefusalCode.UNKNOWN_MARKET
        assert trio.current_time() - began == pytest.approx(30)


async def test_who_still_waits_when_the_block_is_left_hears_of_it(
    exchange: MemoryExchange, autojump_clock: MockClock
) -> None:
    async with trio.open_nursery() as nursery, exchange.connect("ada") as ada:

        @nursery.start_soon
        async def wait() -> None:
            with pytest.raises(Closed):
                await ada.wait_for_market("Rain on Friday")

        await trio.sleep(1)
