"""When a client comes back: at once and often from an announced restart, ever more rarely where nothing was said."""

from itertools import pairwise

import pytest
import trio
import trio.testing
from trio.testing import MockClock

from exchange_client import ConnectionState, Exchange
from exchange_client.schema import server_pb2 as s
from exchange_client.schema import types_pb2 as t
from tests.client import fake as f
from tests.client.conftest import Join
from tests.client.fake import FakeConnection, FakeExchange

NOTICE = s.ServerMessage(server_notice=s.ServerNotice(kind=s.NOTICE_KIND_RESTART, reconnect_after_ms=500))


def waits(fake: FakeExchange, left: float) -> list[float]:
    """Between the attempts since ``left``."""
    times = [left, *(dial for dial in fake.dials if dial > left)]
    return [after - before for before, after in pairwise(times)]


async def go_away(fake: FakeExchange, *, notice: bool, code: int) -> float:
    """The exchange announces a restart in one way or the other, and is gone."""
    fake.is_down = True
    if notice:
        fake.last.send(NOTICE)
    await fake.last.close(code)
    return trio.current_time()


@pytest.mark.parametrize(("notice", "code"), [(True, 1012), (True, 1006), (False, 1012), (False, 1001)])
async def test_after_an_announced_restart_a_client_asks_often_for_a_minute(
    clock: MockClock, fake: FakeExchange, join: Join, notice: bool, code: int
) -> None:
    async with join() as exchange:
        fake.sign_in = f.sign_in_resuming
        if code == 1006:
            fake.is_down = True
            fake.last.send(NOTICE)
            await fake.last.drop()
            left = trio.current_time()
        else:
            left = await go_away(fake, notice=notice, code=code)
        await trio.sleep(58)
        assert max(waits(fake, left)) <= 1.5
        assert len(waits(fake, left)) > 58 / 1.5
        fake.is_down = False
        await exchange.ping()
        assert trio.current_time() - left < 60


async def test_the_first_attempt_after_a_notice_keeps_the_time_that_was_asked_for(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    async with join():
        fake.sign_in = f.sign_in_resuming
        for _ in range(20):
            left = await go_away(fake, notice=True, code=1012)
            fake.is_down = False
            await trio.sleep(1.5)
            assert 0.5 <= waits(fake, left)[0] <= 1


async def test_redeploys_one_after_the_other_do_not_make_a_client_wait_longer(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    async with join() as exchange:
        fake.sign_in = f.sign_in_resuming
        for _ in range(10):
            left = await go_away(fake, notice=True, code=1012)
            await trio.sleep(3)
            fake.is_down = False
            await exchange.ping()  # and is live for less than what counts as stable
            assert trio.current_time() - left <= 3 + 1.5


async def test_a_sign_in_refused_by_a_drain_is_tried_often(clock: MockClock, fake: FakeExchange, join: Join) -> None:
    def draining(connection: FakeConnection) -> None:
        connection.send(f.refusal(0, t.REFUSAL_CODE_DRAINING))

    async with join():
        fake.sign_in = draining
        await fake.last.drop()
        left = trio.current_time()
        await trio.sleep(50)
        assert max(waits(fake, left)) <= 1.5


async def test_where_a_restart_takes_longer_than_a_minute_attempts_become_rare(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    async with join() as exchange:
        left = await go_away(fake, notice=True, code=1012)
        await trio.sleep(600)
        late = waits(fake, left)[-30:]
        assert max(late) > 5
        assert max(late) <= 10
        assert exchange.connection is ConnectionState.LOST
        fake.is_down = False
        fake.sign_in = f.sign_in_resuming
        await exchange.ping()


async def test_a_drop_without_a_word_long_after_a_restart_is_spread_as_any_other(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    async with join() as exchange:
        fake.sign_in = f.sign_in_resuming
        await _restart(fake, exchange)
        await trio.sleep(10)
        fake.is_down = True
        await fake.last.drop()
        left = trio.current_time()
        await trio.sleep(200)
        assert max(waits(fake, left)) > 5


async def _restart(fake: FakeExchange, exchange: Exchange) -> None:
    await go_away(fake, notice=True, code=1012)
    fake.is_down = False
    await exchange.ping()
