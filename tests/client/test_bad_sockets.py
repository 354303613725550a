"""Sockets that go mute, half-open or slow between the client and the exchange itself: nothing is lost or doubled."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest
import trio
import trio.testing
from trio.testing import MockClock

from exchange_client import ConnectionState, Exchange, connect
from tests.sim.environment import Gate
from tests.sim.harness import House, open_house


class Line:
    """The way of one client to the exchange. ``down`` holds up what the exchange says, ``up`` what the client says."""

    def __init__(self, house: House, name: str) -> None:
        self.dials = 0
        self.down, self.up = Gate(), Gate()
        self._house = house
        self._name = name

    async def dial(self) -> trio.abc.Stream:
        """A new connection, on which everything passes; the one before stays as it is."""
        self.dials += 1
        self.down, self.up = Gate(), Gate()
        stream = self._house.listener.dial(self.down)
        assert isinstance(stream, trio.StapledStream)
        up, deliver = self.up, stream.send_stream.send_all_hook

        async def deliver_later() -> None:
            if up.is_open:
                await deliver()

        stream.send_stream.send_all_hook = deliver_later
        return stream

    @asynccontextmanager
    async def client(self, **options: Any) -> AsyncIterator[Exchange]:
        defaults: dict[str, Any] = {"token": f"dev:{self._name}", "cancel_on_exit": False, "random": Random(1)}
        async with connect("ws://localhost/ws", open_stream=self.dial, **(defaults | options)) as exchange:
            yield exchange


def orders_of(house: House, exchange: Exchange) -> list[str]:
    """Tags of the resting orders, by the exchange's own books."""
    market = house.context.engine.state.markets[1]
    mine = [order for order in market.book.orders.values() if order.account_id == exchange.account_id]
    return sorted(order.tag.decode() for order in mine)


async def lost(exchange: Exchange) -> float:
    """Waits for the connection to be given up; says after how many seconds."""
    began = trio.current_time()
    with exchange.connection_events() as events:
        async for event in events:
            if event.state is ConnectionState.LOST:
                return trio.current_time() - began
    raise AssertionError("the client ended")


async def _buy(exchange: Exchange, tag: str) -> None:
    await exchange.markets[1].buy(1, at="0.1", tag=tag)


async def lose_and_return(house: House, exchange: Exchange, line: Line) -> float:
    """Two orders are on their way when the line goes bad; the client gives up, comes back and has both, once."""
    market = exchange.markets[1]
    async with trio.open_nursery() as nursery:
        for tag in ("during-1", "during-2"):
            nursery.start_soon(_buy, exchange, tag)
        with trio.fail_after(120):
            seconds = await lost(exchange)
    await _buy(exchange, "later")
    assert exchange.connection is ConnectionState.LIVE
    assert line.dials == 2
    tags = ["before", "during-1", "during-2", "later"]
    assert orders_of(house, exchange) == tags
    assert sorted(order.tag for order in market.orders) == tags
    return seconds


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, starting_cash=10_000_000, outbox_bytes=20_000, resume_page_facts=20) as house:
        await house.furnish()
        yield house


async def test_a_socket_that_goes_mute_is_given_up_within_15_seconds_and_no_order_is_lost_or_doubled(
    house: House, autojump_clock: MockClock
) -> None:
    line = Line(house, "ada")
    async with line.client() as exchange:
        await _buy(exchange, "before")
        line.down.close()
        await trio.sleep(5)  # one heartbeat still gets through, and nothing after it
        assert 5 <= await lose_and_return(house, exchange, line) <= 15


async def test_a_socket_that_takes_nothing_from_the_client_is_given_up_though_news_arrives(
    house: House, autojump_clock: MockClock
) -> None:
    line = Line(house, "ada")
    async with line.client() as exchange:
        await _buy(exchange, "before")
        line.up.close()
        assert 15 < await lose_and_return(house, exchange, line) <= 45


async def test_a_client_that_was_cut_for_reading_too_slowly_comes_back_and_knows_everything(
    house: House, autojump_clock: MockClock
) -> None:
    line, other = Line(house, "ada"), Line(house, "bob")
    async with line.client() as exchange, other.client() as bob:
        await _buy(exchange, "before")
        line.down.close()
        began = trio.current_time()
        for _ in range(300):
            await bob.markets[1].sell(1, at="0.9")
            await bob.markets[1].cancel_all()
        await bob.markets[1].sell(1, at="0.8")
        assert await lost(exchange) < 1
        assert trio.current_time() - began < 10, "the exchange hung up, long before silence would have been noticed"
        await _buy(exchange, "during")
        assert line.dials == 2
        assert orders_of(house, exchange) == ["before", "during"]
        assert exchange.markets[1].best_offer == bob.markets[1].best_offer
        assert len(exchange.markets[1].book.orders) == 3
