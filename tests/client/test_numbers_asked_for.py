"""Ids, limits, times and counts that no request can hold are refused in words; nothing is sent."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from trio.testing import MockClock

from exchange_client import Amend, Cancel, Exchange, Invitee, RefusalCode, Refused
from tests.client import fake as f
from tests.client.conftest import Join
from tests.client.fake import FakeExchange

LARGE = 2**64
MISTAKES: list[tuple[str, Callable[[Exchange, Any], Awaitable[object]]]] = [
    ("order_id", lambda ex, rain: rain.cancel(-5)),
    ("order_id", lambda ex, rain: rain.cancel(LARGE)),
    ("order_id", lambda ex, rain: rain.amend(-1, price=4)),
    ("steps[1].order_id", lambda ex, rain: rain.batch(Cancel(1), Amend(-1, price=4))),
    ("limit", lambda ex, rain: rain.get_trades(limit=-1)),
    ("limit", lambda ex, rain: rain.get_orders(limit=2**32)),
    ("before", lambda ex, rain: ex.get_orders(before=-1)),
    ("after", lambda ex, rain: ex.get_transfers(after=LARGE)),
    ("limit", lambda ex, rain: ex.get_audit(limit=-1)),
    ("interval_seconds", lambda ex, rain: rain.get_candles(-60)),
    ("interval_seconds", lambda ex, rain: rain.get_candles(2**32)),
    ("first", lambda ex, rain: rain.get_candles(60, first=-1)),
    ("last", lambda ex, rain: rain.get_candles(60, last=datetime(1960, 1, 1, tzinfo=UTC))),
    ("seconds", lambda ex, rain: ex.set_dead_man_timer(-1)),
    ("account", lambda ex, rain: ex.act_as(-1)),
    ("account", lambda ex, rain: ex.transfer(LARGE, 1)),
    ("group", lambda ex, rain: ex.edit_group(-1, name="x")),
    ("key", lambda ex, rain: ex.revoke_api_key(-1)),
    ("expires_at", lambda ex, rain: ex.create_api_key("bot", expires_at=-1)),
    ("invitation_id", lambda ex, rain: ex.revoke_invitation(-1)),
    ("for_account_id", lambda ex, rain: ex.create_invitations([Invitee("Eve", for_account_id=-1)])),
    ("opens_at", lambda ex, rain: ex.create_market("x", low=0, high=1, opens_at=-1)),
    ("closes_at", lambda ex, rain: rain.edit(closes_at=LARGE)),
    ("constituents", lambda ex, rain: ex.create_market("x", constituents={rain: 2**70})),
    ("expires_at", lambda ex, rain: rain.buy(1, at=1, expires_at=-1)),
    ("expires_in", lambda ex, rain: rain.buy(1, at=1, expires_in=float("inf"))),
    ("expires_in", lambda ex, rain: rain.buy(1, at=1, expires_in=-1e30)),
]


@pytest.mark.parametrize(("field", "mistake"), MISTAKES)
async def test_a_number_that_no_request_can_hold_is_refused(
    clock: MockClock, fake: FakeExchange, join: Join, field: str, mistake: Callable[[Exchange, Any], Awaitable[object]]
) -> None:
    async with join(cancel_on_exit=False) as exchange:
        with pytest.raises(Refused) as caught:
            await mistake(exchange, exchange.markets[f.RAIN])
        assert caught.value.code is RefusalCode.INVALID_VALUE
        assert caught.value.field == field
        assert caught.value.message.endswith(".")
        assert fake.last.requests == []


async def test_an_account_to_act_as_that_cannot_be_is_refused_before_anything_is_dialled(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    with pytest.raises(Refused) as caught:
        async with join(act_as=-1):
            pass
    assert caught.value.field == "act_as"
    assert fake.dials == []
