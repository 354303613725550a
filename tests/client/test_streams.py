"""What a bot is woken by."""

import pytest
import trio
import trio.testing
from trio.testing import MockClock

from exchange_client import Closed, MissedEvents, Number, OwnFill, Replaced, Side, Trade
from exchange_client.schema import server_pb2 as s
from tests.client import fake as f
from tests.client.conftest import Join
from tests.client.fake import FakeExchange


async def test_book_changes_begin_with_the_present_and_are_always_the_newest(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    async with join() as exchange:
        market = exchange.markets[f.RAIN]
        seen = []
        async for book in market.book_changes():
            seen.append(len(book.orders))
            if len(seen) == 3:
                break
            for order_id in (len(seen) * 10 + 1, len(seen) * 10 + 2):
                fake.last.send(f.placed(order_id), complete=order_id)
            await trio.sleep(1)  # a slow bot: both changes have come by now
        assert seen == [0, 2, 4]


async def test_waiting_for_a_change_is_about_that_market_only(clock: MockClock, fake: FakeExchange, join: Join) -> None:
    other = f.rain(market_id=8, name="Snow")
    async with join() as exchange:
        fake.last.send(s.ServerMessage(sequence=2, market_created=s.MarketCreated(market=other)), complete=2)
        assert await exchange.wait_for_change(timeout=5)
        assert await exchange.wait_for_change(exchange.markets["Snow"], timeout=5)
        fake.last.send(f.placed(3), complete=3)
        assert not await exchange.wait_for_change(exchange.markets["Snow"], timeout=5)
        fake.last.send(f.placed(4), complete=4)
        assert await exchange.wait_for_change(exchange.markets[f.RAIN], timeout=5)


async def test_a_heartbeat_is_no_change(clock: MockClock, fake: FakeExchange, join: Join) -> None:
    async with join() as exchange:
        assert not await exchange.wait_for_change(timeout=60)


async def test_fills_are_told_from_ones_own_side(clock: MockClock, fake: FakeExchange, join: Join) -> None:
    async with join(cancel_on_exit=False) as exchange:
        with exchange.fills() as fills, exchange.markets[f.RAIN].trades() as trades:
            fake.last.send(f.placed(3, account=f.ME, side=1, price=10), complete=2)
            fills_of_4 = [(3, f.ME, 60, 10)]
            fake.last.send(f.placed(4, side=2, price=10, size=60, fills=fills_of_4, sequence=3), complete=3)
            fill = await anext(fills)
            trade = await anext(trades)
        assert fill == OwnFill(f.ME, f.RAIN, 3, Side.BUY, Number("0.1"), Number("0.6"), True, 3, f.EPOCH + 3)
        assert trade == Trade(f.RAIN, 3, 0, f.EPOCH + 3, Number("0.1"), Number("0.6"), Side.SELL, f.OTHER, f.ME, 4, 3)
        assert exchange.markets[f.RAIN].recent_trades == [trade]


async def test_trades_of_one_sequence_are_numbered_over_its_facts(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    async with join() as exchange:
        fake.last.send(f.placed(3, price=10), f.placed(4, price=10), complete=2)
        fake.last.send(
            f.placed(5, side=2, size=100, fills=[(3, f.OTHER, 100, 10)], sequence=3),
            f.placed(6, side=2, size=100, fills=[(4, f.OTHER, 60, 10), (4, f.OTHER, 40, 10)], sequence=3),
            complete=3,
        )
        await trio.testing.wait_all_tasks_blocked()
        assert [trade.number for trade in exchange.markets[f.RAIN].recent_trades] == [0, 1, 2]


async def test_a_slow_reader_of_fills_hears_a_loud_error_after_what_was_kept(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    async with join(cancel_on_exit=False) as exchange:
        fills = exchange.fills(buffer=2)
        fake.last.send(f.placed(3, account=f.ME, side=1, price=10, size=100), complete=2)
        for order_id in (4, 5, 6):
            fill = (3, f.ME, 10, 10)
            fake.last.send(f.placed(order_id, side=2, price=10, size=10, fills=[fill]), complete=order_id)
        await trio.testing.wait_all_tasks_blocked()
        assert [(await anext(fills)).size for _ in range(2)] == [0.1, 0.1]
        with pytest.raises(MissedEvents, match="more than 2"):
            await anext(fills)


async def test_a_snapshot_after_an_outage_breaks_the_promise_of_every_fill(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    async with join() as exchange:
        with exchange.fills() as fills, exchange.markets[f.RAIN].trades() as trades:
            await fake.last.drop()
            with pytest.raises(MissedEvents, match="snapshot"):
                await anext(fills)
            with pytest.raises(MissedEvents, match="snapshot"):
                await anext(trades)


async def test_a_resumed_connection_misses_no_fill(clock: MockClock, fake: FakeExchange, join: Join) -> None:
    async with join(cancel_on_exit=False) as exchange:
        fake.sign_in = f.sign_in_resuming
        with exchange.fills() as fills:
            fake.last.send(f.placed(3, account=f.ME, side=1, price=10), complete=2)
            await fake.last.drop()
            await exchange.ping()
            fake.last.send(f.placed(4, side=2, price=10, size=60, fills=[(3, f.ME, 60, 10)]), complete=3)
            assert (await anext(fills)).size == 0.6


async def test_closing_a_stream_ends_its_reader(clock: MockClock, fake: FakeExchange, join: Join) -> None:
    async with join() as exchange, trio.open_nursery() as nursery:
        fills = exchange.fills()

        async def read() -> None:
            async for _ in fills:
                pass

        nursery.start_soon(read)
        await trio.testing.wait_all_tasks_blocked()
        fills.close()


async def test_whoever_waits_hears_of_the_end(clock: MockClock, fake: FakeExchange, join: Join) -> None:
    with pytest.raises(Replaced):  # noqa: PT012
        async with join() as exchange:
            fills, changes = exchange.fills(), exchange.markets[f.RAIN].book_changes()
            await fake.last.close(4004)
            await trio.sleep_forever()
    with pytest.raises(Replaced):
        await anext(fills)
    await anext(changes)
    with pytest.raises(Replaced):
        await anext(changes)


async def test_leaving_the_block_ends_streams_with_closed(clock: MockClock, fake: FakeExchange, join: Join) -> None:
    async with join() as exchange:
        fills = exchange.fills()
    with pytest.raises(Closed):
        await anext(fills)


async def test_connection_events_tell_the_whole_story(clock: MockClock, fake: FakeExchange, join: Join) -> None:
    async with join() as exchange:
        events = exchange.connection_events()
        fake.sign_in = f.sign_in_resuming
        await fake.last.close(1012)
        await exchange.ping()
    told = [(event.state.name, event.close_code, event.resumed) async for event in events]
    assert told == [
        ("LIVE", None, False),
        ("LOST", 1012, False),
        ("RESUMING", None, False),
        ("LIVE", None, True),
        ("CLOSED", None, False),
    ]
