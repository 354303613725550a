"""Time grows with the sequence number, whatever the clock and the other tasks do."""

from pathlib import Path

import trio
from trio.testing import MockClock

from exchange.store.verify import verify
from exchange.wire.records import decode_facts
from exchange_client.schema import types_pb2
from tests.sim.harness import House, open_house
from tests.sim.raw_client import RawClient
from tests.sim.requests import bid

GTD = types_pb2.TIME_IN_FORCE_GTD


async def _times_grow(house: House, client: RawClient) -> None:
    await house.settle_down(client)
    told = {message.sequence: message.time for message in client.facts}
    times = [told[sequence] for sequence in sorted(told)]
    assert times == sorted(set(times))
    await house.drain()
    assert verify(house.path, decode_facts).problems == []


async def test_a_clock_that_is_set_back_does_not_set_time_back(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        first = await ada.ask(bid(1, 50))
        clock = house.wall_clock_ns
        house.context.engine._wall_clock_ns = lambda: clock() - 3_600_000_000_000
        second = await ada.ask(bid(1, 51))
        assert second.time > first.time
        await _times_grow(house, ada)


async def test_time_stands_still_between_the_look_at_a_market_and_the_decision(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    """Where an order is due, the market ends it first and decides then: nobody may come in between."""
    async with open_house(tmp_path, timer_seconds=1e6) as house:
        _, (ada,) = await house.furnish("ada", markets=3)
        for _ in range(20):
            ends = house.wall_clock_ns() + 1_000_000
            await ada.ask(bid(1, 50, time_in_force=GTD, expires_at=ends))
            await trio.sleep(0.1)
            assert house.wall_clock_ns() > ends
            for request_id in await ada.post(*[bid(market_id, 40) for market_id in (1, 2, 3, 2, 3, 2, 3)]):
                await ada.reply(request_id)
        assert not [order for order in house.context.engine.state.markets[1].book.orders.values() if order.expires_at]
        await _times_grow(house, ada)
