"""How connections end: for good, for a while, or before they began."""

import pytest
import trio
import trio.testing
from trio.testing import MockClock

from exchange_client import (
    CannotConnect,
    ConnectionEnded,
    ConnectionState,
    Exchange,
    Idle,
    RefusalCode,
    Refused,
    Replaced,
    TokenExpired,
)
from exchange_client.schema import client_pb2 as c
from exchange_client.schema import server_pb2 as s
from exchange_client.schema import types_pb2 as t
from tests.client import fake as f
from tests.client.conftest import Join
from tests.client.fake import FakeConnection, FakeExchange


@pytest.mark.parametrize(
    ("code", "kind"), [(4004, Replaced), (4002, Idle), (4001, TokenExpired), (1008, ConnectionEnded)]
)
async def test_what_is_final_comes_out_of_the_block(
    clock: MockClock, fake: FakeExchange, join: Join, code: int, kind: type[ConnectionEnded]
) -> None:
    with pytest.raises(kind) as caught:  # noqa: PT012
        async with join():
            await fake.last.close(code)
            await trio.sleep_forever()
    assert caught.value.close_code == code
    assert type(caught.value) is kind
    assert len(fake.dials) == 1


@pytest.mark.parametrize("code", [1001, 1011, 1012, 1013, 4003])
async def test_other_ends_are_come_back_from(clock: MockClock, fake: FakeExchange, join: Join, code: int) -> None:
    async with join() as exchange:
        fake.sign_in = f.sign_in_resuming
        await fake.last.close(code)
        await exchange.ping()
        assert len(fake.connections) == 2


async def test_a_waiting_call_outside_the_block_hears_of_the_end(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    ended: list[Exception] = []

    async def bid(exchange: Exchange) -> None:
        try:
            await exchange.markets[f.RAIN].buy(0.01, at=0.01)
        except Replaced as error:
            ended.append(error)

    fake.handle = f.ignore
    async with trio.open_nursery() as nursery:
        with pytest.raises(Replaced):  # noqa: PT012
            async with join() as exchange:
                nursery.start_soon(bid, exchange)
                await trio.testing.wait_all_tasks_blocked()
                await fake.last.close(4004)
                await trio.sleep_forever()
    assert len(ended) == 1
    assert exchange.connection is ConnectionState.CLOSED


async def test_an_expired_token_is_fetched_anew_where_that_is_possible(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    tokens = iter(["first", "second"])

    async def token() -> str:
        return next(tokens)

    async with join(token=token) as exchange:
        fake.sign_in = f.sign_in_resuming
        await fake.last.close(4001)
        await exchange.ping()
        assert [connection.hello.token for connection in fake.connections] == ["first", "second"]


async def test_a_refused_sign_in_is_final(clock: MockClock, fake: FakeExchange, join: Join) -> None:
    fake.sign_in = lambda connection: connection.send(f.refusal(0, t.REFUSAL_CODE_NOT_AUTHENTICATED))
    with pytest.raises(Refused) as caught:
        async with join():
            pass
    assert caught.value.code is RefusalCode.NOT_AUTHENTICATED
    assert len(fake.dials) == 1


async def test_a_sign_in_that_is_refused_for_pace_is_tried_again_after_the_time_named(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    def too_fast(connection: FakeConnection) -> None:
        connection.send(f.refusal(0, t.REFUSAL_CODE_PACE, retry_after_ms=4_000))
        fake.sign_in = f.sign_in_with_snapshot

    fake.sign_in = too_fast
    async with join():
        assert 4 <= fake.dials[1] - fake.dials[0] <= 4.6


async def test_a_notice_tells_when_to_come_back(clock: MockClock, fake: FakeExchange, join: Join) -> None:
    async with join() as exchange:
        fake.sign_in = f.sign_in_resuming
        fake.last.send(
            s.ServerMessage(server_notice=s.ServerNotice(kind=s.NOTICE_KIND_RESTART, reconnect_after_ms=6_000))
        )
        await fake.last.close(1012)
        left = trio.current_time()
        await exchange.ping()
        assert 6 <= fake.dials[-1] - left <= 12


async def test_during_a_drain_requests_wait_for_the_next_connection(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    async with join() as exchange, trio.open_nursery() as nursery:
        fake.sign_in = f.sign_in_resuming
        draining = fake.last
        draining.send(s.ServerMessage(server_notice=s.ServerNotice(kind=s.NOTICE_KIND_RESTART)))
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(exchange.transfer, f.SUB, 1)
        await trio.testing.wait_all_tasks_blocked()
        assert draining.requests == []
        fake.handle = lambda connection, message: connection.send(
            s.ServerMessage(request_id=message.request_id, created=s.Created(id=12))
        )
        await draining.close(1012)


async def test_a_refusal_because_of_a_drain_is_no_answer(clock: MockClock, fake: FakeExchange, join: Join) -> None:
    def refuse_first(connection: FakeConnection, message: c.ClientMessage) -> None:
        if len(fake.connections) == 1:
            connection.send(f.refusal(message.request_id, t.REFUSAL_CODE_DRAINING))
        else:
            f.answer_done(connection, message)

    async with join() as exchange, trio.open_nursery() as nursery:
        fake.sign_in = f.sign_in_resuming
        fake.handle = refuse_first
        nursery.start_soon(exchange.set_elevated, False)
        await trio.testing.wait_all_tasks_blocked()
        await fake.last.close(1012)
        await trio.sleep(3)
        assert fake.connections[0].requests == fake.connections[1].requests


async def test_attempts_are_spread_ever_wider_up_to_a_limit(clock: MockClock, fake: FakeExchange, join: Join) -> None:
    async with join() as exchange:
        fake.is_down = True
        await trio.sleep(20)
        await fake.last.drop()
        await trio.sleep(600)
        assert exchange.connection is ConnectionState.LOST
        gaps = [after - before for before, after in zip(fake.dials[1:], fake.dials[2:], strict=False)]
        assert gaps[0] <= 1
        assert max(gaps) <= 15
        assert sum(gaps[-20:]) / 20 > 4
        fake.is_down = False
        await exchange.ping()


async def test_a_client_that_reaches_nobody_says_so(clock: MockClock, fake: FakeExchange, join: Join) -> None:
    fake.is_down = True
    with pytest.raises(CannotConnect, match="connection refused"):
        async with join(connect_timeout=20):
            pass
    assert trio.current_time() == pytest.approx(20)
    assert len(fake.dials) > 3


async def test_an_exchange_that_is_not_there_yet_is_waited_for(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    async def start() -> None:
        await trio.sleep(10)
        fake.is_down = False

    fake.is_down = True
    async with trio.open_nursery() as nursery:
        nursery.start_soon(start)
        async with join() as exchange:
            assert exchange.connection is ConnectionState.LIVE


async def test_a_peer_that_hangs_up_before_the_handshake_is_not_waited_for(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    fake.hangs_up = True
    with pytest.raises(CannotConnect, match="hung up during the handshake"):
        async with join(connect_timeout=9):
            pass
    assert len(fake.dials) > 2


async def test_a_rejected_handshake_says_with_which_status(clock: MockClock, fake: FakeExchange, join: Join) -> None:
    fake.rejects = 503
    with pytest.raises(CannotConnect, match="HTTP status 503"):
        async with join(connect_timeout=5):
            pass


async def test_what_the_token_provider_raises_comes_out_of_the_block(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    async def token() -> str:
        raise LookupError("no token today")

    with pytest.raises(LookupError):
        async with join(token=token):
            pass
