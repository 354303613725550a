"""What a client does when its connection does not do what it should."""

from functools import partial

import pytest
import trio
import trio.testing
from trio.testing import MockClock

from exchange_client import (
    ConnectionState,
    Number,
)
from exchange_client.schema import client_pb2 as c
from exchange_client.schema import server_pb2 as s
from exchange_client.schema import types_pb2 as t
from tests.client import fake as f
from tests.client.conftest import Join
from tests.client.fake import FakeConnection, FakeExchange


async def test_the_block_begins_with_the_state_there(clock: MockClock, fake: FakeExchange, join: Join) -> None:
    async with join() as exchange:
        assert exchange.connection is ConnectionState.LIVE
        assert exchange.markets["rain on FRIDAY"].high == 100
        assert exchange.cash == 100_000
        assert exchange.account_id == f.ME


async def test_a_mute_socket_counts_as_dead_after_15_seconds(clock: MockClock, fake: FakeExchange, join: Join) -> None:
    async with join() as exchange:
        fake.sign_in = f.sign_in_resuming
        fake.last.beats = False
        fake.last.answers_pings = False
        began = trio.current_time()
        with exchange.connection_events() as events:
            async for event in events:
                if event.state is ConnectionState.LOST:
                    break
        assert trio.current_time() - began == pytest.approx(15, abs=0.5)
        assert "silent" in event.reason
        await exchange.ping()
        assert len(fake.connections) == 2


async def test_a_quiet_feed_with_heartbeats_is_alive(clock: MockClock, fake: FakeExchange, join: Join) -> None:
    async with join() as exchange:
        await trio.sleep(3600)
        assert exchange.connection is ConnectionState.LIVE
        assert len(fake.connections) == 1


async def test_a_half_open_connection_ends_though_news_arrives(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    async with join() as exchange:
        fake.sign_in = f.sign_in_resuming
        await trio.sleep(20)
        fake.last.reads = False
        await trio.sleep(60)
        assert len(fake.connections) == 2
        assert exchange.connection is ConnectionState.LIVE


async def test_a_call_over_a_drop_is_only_slower(clock: MockClock, fake: FakeExchange, join: Join) -> None:
    async def drop(connection: FakeConnection) -> None:
        await connection.drop()

    async with trio.open_nursery() as nursery, join() as exchange:
        fake.sign_in = f.sign_in_resuming

        def answer_the_second_time(connection: FakeConnection, message: c.ClientMessage) -> None:
            if len(fake.connections) == 1:
                nursery.start_soon(drop, connection)
            else:
                connection.send(f.order_result(message.request_id, 99, remaining=100))

        fake.handle = answer_the_second_time
        result = await exchange.markets[f.RAIN].buy(1, at=50)
        assert result.order_id == 99
        first, second = (connection.requests[0] for connection in fake.connections)
        assert first == second
        assert first.request_id != 0
        fake.handle = f.answer_done


async def test_unanswered_requests_are_sent_again_in_order_and_unchanged(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    async with trio.open_nursery() as nursery, join() as exchange:
        fake.sign_in = f.sign_in_resuming
        fake.handle = f.ignore
        for price in (1, 2, 3):
            nursery.start_soon(partial(exchange.markets[f.RAIN].buy, 1, at=price / 100))
            await trio.testing.wait_all_tasks_blocked()
        lost = fake.last
        fake.handle = lambda connection, message: connection.send(f.order_result(message.request_id, 1))
        await lost.drop()
        await trio.sleep(5)
        assert fake.last.requests == lost.requests
        assert [message.place_order.price for message in lost.requests] == [1, 2, 3]
        fake.handle = f.answer_done


async def test_the_session_stays_and_the_resume_point_is_the_last_complete(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    async with join() as exchange:
        fake.sign_in = f.sign_in_resuming
        first = fake.last
        first.send(f.placed(3, sequence=40), complete=41)
        await first.drop()
        await trio.sleep(5)
        hello = fake.last.hello
        assert len(hello.session) == 16
        assert hello.session == first.hello.session
        assert not first.hello.HasField("resume")
        assert hello.resume == c.ResumePoint(exchange_id=b"exchange-1", sequence=41, time=f.EPOCH + 41, view=b"view-1")
        assert exchange.markets[f.RAIN].best_bid is not None


async def test_what_was_missed_is_applied_on_resuming(clock: MockClock, fake: FakeExchange, join: Join) -> None:
    def resume(connection: FakeConnection) -> None:
        connection.send(f.authenticated(), s.ServerMessage(resumed=s.Resumed(after=1)))
        connection.send(f.placed(3, sequence=2), complete=2)
        connection.send(s.ServerMessage(ready=s.Ready(sequence=2)), complete=2)

    async with join() as exchange:
        market = exchange.markets[f.RAIN]
        fake.sign_in = resume
        await fake.last.drop()
        await exchange.wait_for_change(market)
        assert market.book.orders[3].size == 1
        await trio.testing.wait_all_tasks_blocked()
        assert exchange.connection is ConnectionState.LIVE


async def test_a_snapshot_replaces_the_state_in_the_objects_that_a_bot_holds(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    mine = t.Order(order_id=3, market_id=f.RAIN, account_id=f.ME, side=t.SIDE_BUY, price=10, size=5, remaining=5)

    def sign_in(connection: FakeConnection) -> None:
        connection.send(f.authenticated())
        connection.send(f.snapshot(cash=77, orders=[mine]))
        connection.send(s.ServerMessage(ready=s.Ready(sequence=9)), complete=9)

    async with join() as exchange:
        fake.last.send(f.placed(3, account=f.ME, price=10, size=5), f.placed(4, account=f.ME, price=11), complete=2)
        await exchange.wait_for_change()
        market, portfolio, kept, ended = exchange.markets[f.RAIN], exchange.portfolio, *exchange.orders.values()
        fake.sign_in = sign_in
        await fake.last.drop()
        await trio.sleep(5)
        assert exchange.markets[f.RAIN] is market
        assert exchange.portfolio is portfolio
        assert exchange.cash == Number("0.0077")
        assert exchange.orders == {3: kept}
        assert kept.is_open
        assert not ended.is_open
        assert exchange.available == Number("0.0027")


async def test_half_a_snapshot_is_never_seen(clock: MockClock, fake: FakeExchange, join: Join) -> None:
    def sign_in(connection: FakeConnection) -> None:
        connection.send(f.authenticated(), f.snapshot(cash=1))

    async with join() as exchange:
        fake.sign_in = sign_in
        await fake.last.drop()
        await trio.sleep(5)
        before = exchange.connection, exchange.cash
        fake.last.send(s.ServerMessage(ready=s.Ready(sequence=5)), complete=5)
        await trio.testing.wait_all_tasks_blocked()
        assert before == (ConnectionState.RESUMING, Number(100_000))
        assert (exchange.connection, exchange.cash) == (ConnectionState.LIVE, Number("0.0001"))


async def test_facts_beyond_the_resume_point_are_not_applied_twice(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    async with join() as exchange:
        fake.last.send(f.placed(3, sequence=2))  # nothing says that sequence 2 is complete
        await fake.last.drop()
        await trio.sleep(5)
        assert not fake.last.hello.HasField("resume")
        assert not exchange.markets[f.RAIN].book.orders


async def test_a_frame_that_makes_no_sense_leads_to_a_snapshot(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    async with join() as exchange:
        fake.last.send(f.cancelled(12345, sequence=2), complete=2)
        await trio.sleep(5)
        assert len(fake.connections) == 2
        assert not fake.last.hello.HasField("resume")
        assert exchange.connection is ConnectionState.LIVE
