"""What a connection is given back after a drop, and what happens when the block is left."""

import pytest
import trio
import trio.testing
from trio.testing import MockClock

from exchange_client import (
    Refused,
)
from exchange_client.schema import client_pb2 as c
from exchange_client.schema import server_pb2 as s
from exchange_client.schema import types_pb2 as t
from tests.client import fake as f
from tests.client.conftest import Join
from tests.client.fake import FakeConnection, FakeExchange


async def test_powers_and_account_are_there_again_before_anything_is_repeated(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    def obey(connection: FakeConnection, message: c.ClientMessage) -> None:
        if message.HasField("set_elevated"):
            view = s.ViewChanged(account_id=f.ME, elevated=True, view=b"view-2", owned_account_ids=[f.ME, f.SUB])
            connection.send(s.ServerMessage(view_changed=view), f.done(message.request_id), complete=2)
        elif message.HasField("act_as"):
            foreign = t.Portfolio(account_id=f.OTHER, cash=5, available=5)
            view = s.ViewChanged(account_id=f.OTHER, elevated=True, view=b"view-3", owned_account_ids=[f.ME, f.SUB])
            connection.send(
                s.ServerMessage(snapshot=s.Snapshot(portfolios=[foreign])),
                s.ServerMessage(view_changed=view),
                f.done(message.request_id),
                complete=3,
            )
        elif len(fake.connections) > 1:
            f.answer_done(connection, message)

    fake.handle = obey
    async with join(cancel_on_exit=False) as exchange, trio.open_nursery() as nursery:
        await exchange.set_elevated(True)
        await exchange.act_as(f.OTHER)
        assert exchange.elevated
        assert exchange.cash == 0.0005
        nursery.start_soon(exchange.markets[f.RAIN].settle, 1)
        await trio.testing.wait_all_tasks_blocked()
        await fake.last.drop()
        await trio.sleep(5)
        kinds = [message.WhichOneof("request") for message in fake.last.requests]
        assert kinds == ["set_elevated", "act_as", "settle_market"]
        assert fake.last.hello.act_as_account_id == 0  # without powers, that account would be refused
        assert fake.last.hello.resume.view == b"view-3"
        assert exchange.account_id == f.OTHER
        assert exchange.elevated


async def test_nothing_is_repeated_where_the_account_may_not_be_acted_as_any_more(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    fake.sign_in = lambda connection: connection.send(
        f.authenticated(account_id=f.ME), f.snapshot(), s.ServerMessage(ready=s.Ready(sequence=1)), complete=1
    )
    fake.handle = lambda connection, message: connection.send(f.refusal(message.request_id, t.REFUSAL_CODE_NOT_OWNER))
    with pytest.raises(Refused) as caught:
        async with join(act_as=f.OTHER):
            pass
    assert caught.value.code == "NOT_OWNER"


async def test_cancel_on_disconnect_is_asked_for_once_per_memory_of_the_session(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    def kinds(connection: FakeConnection) -> list[str | None]:
        return [message.WhichOneof("request") for message in connection.requests]

    async with join(cancel_on_disconnect=True, cancel_on_exit=False) as exchange:
        assert kinds(fake.last) == ["set_cancel_on_disconnect"]
        fake.sign_in = f.sign_in_resuming
        await fake.last.drop()
        await exchange.ping()
        assert kinds(fake.last) == []

        def forgetful(connection: FakeConnection) -> None:
            connection.send(f.authenticated(session_known=False), f.snapshot())
            connection.send(s.ServerMessage(ready=s.Ready(sequence=1)), complete=1)

        fake.sign_in = forgetful
        await fake.last.drop()
        await exchange.ping()
        assert kinds(fake.last) == ["set_cancel_on_disconnect"]


async def test_leaving_cancels_orders_and_says_goodbye(clock: MockClock, fake: FakeExchange, join: Join) -> None:
    async with join():
        fake.last.send(f.placed(3, account=f.ME), complete=2)
        await trio.testing.wait_all_tasks_blocked()
    await trio.testing.wait_all_tasks_blocked()
    assert [message.WhichOneof("request") for message in fake.last.requests] == ["cancel_orders"]
    assert fake.last.close_code == 1000


async def test_leaving_can_keep_the_orders(clock: MockClock, fake: FakeExchange, join: Join) -> None:
    async with join(cancel_on_exit=False):
        fake.last.send(f.placed(3, account=f.ME), complete=2)
        await trio.testing.wait_all_tasks_blocked()
    assert fake.last.requests == []


async def test_leaving_a_dead_exchange_takes_two_seconds_at_most(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    fake.handle = f.ignore
    async with join():
        fake.last.send(f.placed(3, account=f.ME), complete=2)
        await trio.testing.wait_all_tasks_blocked()
        left = trio.current_time()
    assert trio.current_time() - left == pytest.approx(2)


async def test_leaving_cancels_orders_also_when_the_bot_is_cancelled(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    with trio.move_on_after(3) as scope:
        async with join():
            fake.last.send(f.placed(3, account=f.ME), complete=2)
            await trio.sleep_forever()
    assert scope.cancelled_caught
    assert [message.WhichOneof("request") for message in fake.last.requests] == ["cancel_orders"]


async def test_exceptions_of_the_bot_come_out_as_they_are(clock: MockClock, fake: FakeExchange, join: Join) -> None:
    with pytest.raises(ZeroDivisionError):
        async with join():
            raise ZeroDivisionError


async def test_lag_and_time_follow_the_clock_of_the_exchange(clock: MockClock, fake: FakeExchange, join: Join) -> None:
    async with join() as exchange:
        await trio.sleep(98)
        assert exchange.time == pytest.approx(f.server_now(), abs=1_000_000)
        fake.last.send(s.ServerMessage(heartbeat=s.Heartbeat(server_time=f.server_now() - 3 * 10**9)))
        await trio.testing.wait_all_tasks_blocked()
        assert exchange.lag == pytest.approx(3, abs=0.001)
