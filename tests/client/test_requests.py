"""What becomes of requests while the connection holds."""

from decimal import Decimal
from enum import IntEnum

import pytest
import trio
import trio.testing
from trio.testing import MockClock

from exchange_client import Closed, Level, Number, RefusalCode, Refused, SelfTradePrevention, enums
from exchange_client.schema import client_pb2 as c
from exchange_client.schema import server_pb2 as s
from exchange_client.schema import types_pb2 as t
from tests.client import fake as f
from tests.client.conftest import Join
from tests.client.fake import FakeConnection, FakeExchange


async def test_when_a_call_returns_the_state_holds_what_it_did(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    def place(connection: FakeConnection, message: c.ClientMessage) -> None:
        fact = f.placed(3, account=f.ME, price=message.place_order.price, sequence=2, tag=b"mine")
        connection.send(fact, f.order_result(message.request_id, 3, remaining=100), complete=2)

    async with join(cancel_on_exit=False) as exchange:
        fake.handle = place
        result = await exchange.markets["Rain on Friday"].buy(1, at=40, tag="mine")
        assert exchange.orders[result.order_id].tag == "mine"
        assert exchange.available == 100_000 - 40
        assert exchange.markets[f.RAIN].best_bid == Level(Number(40), Number(1), 1)


async def test_funds_are_asked_for_by_name(clock: MockClock, fake: FakeExchange, join: Join) -> None:
    fake.handle = lambda connection, message: connection.send(
        s.ServerMessage(request_id=message.request_id, created=s.Created(id=f.RAIN))
        if message.HasField("create_market")
        else f.done(message.request_id)
    )
    async with join(cancel_on_exit=False) as exchange:
        await exchange.create_market("Weather", constituents={"Rain on Friday": -2}, redeem_fee=0.05)
        await exchange.markets[f.RAIN].redeem(-1)
        await exchange.markets[f.RAIN].unsettle(cover=True)
        made, redeemed, unsettled = (message for message in fake.last.requests)
    basket = [t.Constituent(market_id=f.RAIN, multiplier=-2)]
    assert made.create_market == c.CreateMarket(name="Weather", constituents=basket, redeem_fee=5)
    assert redeemed.redeem == c.Redeem(market_id=f.RAIN, size=-100)
    assert unsettled.unsettle_market == c.UnsettleMarket(market_id=f.RAIN, cover=True)


async def test_an_order_says_what_was_asked(clock: MockClock, fake: FakeExchange, join: Join) -> None:
    fake.handle = lambda connection, message: connection.send(f.order_result(message.request_id, 1))
    async with join(cancel_on_exit=False) as exchange:
        rain = exchange.markets[f.RAIN]
        await rain.sell("0.07", at=-0.03, time_in_force="FOK", self_trade_prevention=SelfTradePrevention.CANCEL_BOTH)
        await rain.buy(Decimal("0.07"))
        await rain.amend(4, price=0)
        limit, market, amendment = (message for message in fake.last.requests)
    assert limit.place_order == c.PlaceOrder(
        market_id=f.RAIN,
        side=t.SIDE_SELL,
        price=-3,
        size=7,
        time_in_force=t.TIME_IN_FORCE_FOK,
        self_trade_prevention=t.SELF_TRADE_PREVENTION_CANCEL_BOTH,
    )
    assert market.place_order.market_order
    assert amendment.amend_order.HasField("price")
    assert not amendment.amend_order.HasField("size")


async def test_ids_count_upwards_and_changes_say_until_when_they_are_valid(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    async with join(patience=60) as exchange:
        await trio.sleep(1_000)
        for _ in range(3):
            await exchange.markets[f.RAIN].halt()
        await exchange.set_elevated(False)
        ids = [message.request_id for message in fake.last.requests]
        assert ids == sorted(set(ids))
        assert fake.last.requests[0].valid_until == pytest.approx(f.server_now() + 60 * 10**9, abs=10**6)
        assert fake.last.requests[-1].valid_until == 0


async def test_no_request_is_valid_for_longer_than_half_the_memory(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    async with join(patience=100_000) as exchange:
        await exchange.markets[f.RAIN].settle(0.01)
        assert fake.last.requests[0].valid_until <= f.server_now() + 301 * 10**9


async def test_a_refusal_is_raised_with_all_it_says(clock: MockClock, fake: FakeExchange, join: Join) -> None:
    fake.handle = lambda connection, message: connection.send(
        f.refusal(message.request_id, t.REFUSAL_CODE_PACE, "Too fast.", 1_500)
    )
    async with join() as exchange:
        with pytest.raises(Refused) as caught:
            await exchange.transfer(f.OTHER, 5)
        error = caught.value
        assert error.code is RefusalCode.PACE
        assert error.code == "PACE"
        assert (error.number, error.field, error.retry_after) == (300, "size", 1.5)
        assert str(error) == "PACE (size): Too fast."


async def test_a_refusal_of_a_newer_exchange_keeps_its_number(clock: MockClock, fake: FakeExchange, join: Join) -> None:
    fake.handle = lambda connection, message: connection.send(f.refusal(message.request_id, 999))
    async with join() as exchange:
        with pytest.raises(Refused) as caught:
            await exchange.grant(f.OTHER, 5)
        assert caught.value.code is RefusalCode.UNRECOGNISED
        assert caught.value.number == 999


async def test_requests_that_wait_together_share_a_frame(clock: MockClock, fake: FakeExchange, join: Join) -> None:
    async with join() as exchange:
        await trio.testing.wait_all_tasks_blocked()
        frames = len(fake.last.frames)
        async with trio.open_nursery() as nursery:
            for price in range(50):
                nursery.start_soon(exchange.markets[f.RAIN].settle, price / 100)
        assert len(fake.last.frames) == frames + 1
        assert len(fake.last.requests) == 50


async def test_frames_and_requests_in_flight_stay_within_the_limits(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    def sign_in(connection: FakeConnection) -> None:
        limits = s.Limits(message_bytes=100, requests_waiting=5, heartbeat_seconds=5)
        message = f.authenticated()
        message.authenticated.limits.CopyFrom(limits)
        connection.send(message, f.snapshot(), s.ServerMessage(ready=s.Ready(sequence=1)), complete=1)

    fake.sign_in = sign_in
    fake.handle = f.ignore
    async with join(cancel_on_exit=False) as exchange, trio.open_nursery() as nursery:
        for price in range(20):
            nursery.start_soon(exchange.markets[f.RAIN].settle, price / 100)
        await trio.testing.wait_all_tasks_blocked()
        connection = fake.last
        assert len(connection.requests) == 5
        assert all(frame.ByteSize() <= 100 for frame in connection.frames[1:])
        fake.handle = f.answer_done
        for message in list(connection.requests):
            connection.send(f.done(message.request_id))
        await trio.testing.wait_all_tasks_blocked()
        assert len(connection.requests) == 20
        with pytest.raises(Refused, match="takes at most 100"):
            await exchange.create_account("x" * 200)


async def test_a_request_that_is_cancelled_unsent_is_never_sent(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    async with join() as exchange:
        fake.sign_in = f.sign_in_resuming
        fake.is_down = True
        await fake.last.drop()
        with trio.move_on_after(30):
            await exchange.markets[f.RAIN].settle(0.01)
        fake.is_down = False
        await exchange.markets[f.RAIN].settle(0.02)
        assert [message.settle_market.price for message in fake.last.requests] == [2]


async def test_a_request_that_is_cancelled_in_flight_leaves_no_trace(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    fake.handle = f.ignore
    async with join() as exchange:
        fake.sign_in = f.sign_in_resuming
        with trio.move_on_after(1):
            await exchange.markets[f.RAIN].settle(0.01)
        fake.last.send(f.done(fake.last.requests[0].request_id))  # nobody waits for this
        with trio.move_on_after(1):
            await exchange.markets[f.RAIN].settle(0.02)
        await fake.last.drop()
        fake.handle = f.answer_done
        await exchange.markets[f.RAIN].settle(0.03)
        assert [message.settle_market.price for message in fake.last.requests] == [3]


async def test_an_order_is_named_by_itself_by_its_id_or_by_its_tag(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    fake.handle = lambda connection, message: connection.send(
        s.ServerMessage(request_id=message.request_id, cancel_result=s.CancelResult(order_ids=[3], size=100))
    )
    async with join(cancel_on_exit=False) as exchange:
        fake.last.send(f.placed(3, account=f.ME), complete=2)
        await exchange.wait_for_change()
        rain = exchange.markets[f.RAIN]
        assert (await rain.cancel(exchange.orders[3])).order_ids == (3,)
        await rain.cancel(3)
        await rain.cancel(tag="mine")
        asked = [message.cancel_order for message in fake.last.requests]
        assert asked == [
            c.CancelOrder(market_id=f.RAIN, order_id=3),
            c.CancelOrder(market_id=f.RAIN, order_id=3),
            c.CancelOrder(market_id=f.RAIN, tag=b"mine"),
        ]


async def test_after_the_block_nothing_can_be_asked(clock: MockClock, fake: FakeExchange, join: Join) -> None:
    async with join() as exchange:
        pass
    with pytest.raises(Closed):
        await exchange.cancel_all()


@pytest.mark.parametrize(
    ("ours", "name", "prefix"),
    [
        (enums.Side, "Side", "SIDE"),
        (enums.TimeInForce, "TimeInForce", "TIME_IN_FORCE"),
        (enums.SelfTradePrevention, "SelfTradePrevention", "SELF_TRADE_PREVENTION"),
        (enums.MarketStatus, "MarketStatus", "MARKET_STATUS"),
        (enums.AccountKind, "AccountKind", "ACCOUNT_KIND"),
        (enums.TransferKind, "TransferKind", "TRANSFER_KIND"),
        (enums.Role, "Role", "ROLE"),
        (enums.KeyScope, "KeyScope", "KEY_SCOPE"),
    ],
)
def test_enumerations_are_those_of_the_schema(ours: type[IntEnum], name: str, prefix: str) -> None:
    theirs = t.DESCRIPTOR.enum_types_by_name[name].values
    expected = {value.name.removeprefix(f"{prefix}_"): value.number for value in theirs if value.number}
    assert {member.name: member.value for member in ours if member.value} == expected


def test_refusal_codes_are_those_of_the_schema() -> None:
    theirs = {name.removeprefix("REFUSAL_CODE_") for name, number in t.RefusalCode.items() if number}
    assert {code.name for code in RefusalCode} - {"UNRECOGNISED"} == theirs


def test_a_value_of_a_newer_exchange_is_unrecognised() -> None:
    assert enums.MarketStatus(77) is enums.MarketStatus.UNRECOGNISED
