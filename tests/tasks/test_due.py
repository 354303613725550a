"""What is due by the clock: orders that are good till a time, and markets that open and close by themselves."""

from pathlib import Path
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from exchange.core.refusals import Code
from exchange.core.units import MarketStatus
from exchange_client.schema import client_pb2, server_pb2, types_pb2
from tests.e2e.server import verified
from tests.sim.compare import assert_knows
from tests.sim.harness import House, open_house
from tests.sim.requests import ClientMessage, bid, code_of, kind_of, offer, set_status

TICK = 1.0  # more than the timers' and a commit take
SECOND_NS = 10**9
EXPIRED = types_pb2.CANCEL_REASON_EXPIRED
GTD = types_pb2.TIME_IN_FORCE_GTD
PAUSED, HALTED = types_pb2.MARKET_STATUS_PAUSED, types_pb2.MARKET_STATUS_HALTED


def _open_orders(house: House, market_id: int = 1) -> set[int]:
    return set(house.context.engine.state.markets[market_id].book.orders)


def _in(house: House, seconds: float) -> int:
    return house.wall_clock_ns() + round(seconds * SECOND_NS)


def _times(market_id: int, **times: Any) -> ClientMessage:
    return ClientMessage(edit_market=client_pb2.EditMarket(market_id=market_id, **times))


def _status(house: House, market_id: int = 1) -> MarketStatus:
    return house.context.engine.state.markets[market_id].status


async def test_an_order_good_till_a_time_ends_then_in_any_status_and_others_stay(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        root, (ada, bob) = await house.furnish("ada", "bob", markets=3)
        for market_id in (1, 2, 3):
            await ada.ask(bid(market_id, 10, time_in_force=GTD, expires_at=_in(house, 20)))
            await ada.ask(bid(market_id, 9))
        assert kind_of(await root.ask(set_status(2, PAUSED))) == "done"
        assert kind_of(await root.ask(set_status(3, HALTED))) == "done"
        await trio.sleep(15)
        assert [len(_open_orders(house, market_id)) for market_id in (1, 2, 3)] == [2, 2, 2]
        await trio.sleep(5 + TICK)
        assert [len(_open_orders(house, market_id)) for market_id in (1, 2, 3)] == [1, 1, 1]
        ended = [m.orders_cancelled for m in bob.facts if kind_of(m) == "orders_cancelled"]
        assert [each.reason for each in ended] == [EXPIRED] * 3
        await house.settle_down(root, ada, bob)
        for client in (root, ada, bob):
            assert_knows(client, house.context.engine.state)


async def test_an_order_whose_time_is_over_never_trades_with_a_later_command(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path, timer_seconds=3_600.0) as house:
        _, (ada, bob) = await house.furnish("ada", "bob")
        await ada.ask(bid(1, 50, time_in_force=GTD, expires_at=_in(house, 20)))
        await trio.sleep(21)
        assert len(_open_orders(house)) == 1, "the timer has not come round yet"
        reply = await bob.ask(offer(1, 50))
        assert reply.order_result.filled == 0
        kinds = [m for m in bob.facts if kind_of(m) in ("orders_cancelled", "order_placed")]
        assert [kind_of(m) for m in kinds][-2:] == ["orders_cancelled", "order_placed"]
        assert kinds[-2].sequence < kinds[-1].sequence


@pytest.mark.parametrize("killed", [False, True], ids=["drained", "killed"])
async def test_what_fell_due_while_nobody_served_happens_before_anything_else(
    tmp_path: Path, autojump_clock: MockClock, killed: bool
) -> None:
    async with open_house(tmp_path, timer_seconds=3_600.0) as house:
        root, (ada, bob) = await house.furnish("ada", "bob", markets=3)
        assert kind_of(await root.ask(set_status(3, HALTED))) == "done"
        assert kind_of(await root.ask(_times(2, closes_at=_in(house, 20)))) == "done"
        assert kind_of(await root.ask(_times(3, opens_at=_in(house, 20)))) == "done"
        await ada.ask(bid(1, 50, time_in_force=GTD, expires_at=_in(house, 20)))
        await (house.kill() if killed else house.drain())
        await trio.sleep(1_000)
        await house.start()
        await house.connect(bob, resume=True)
        await bob.wait_ready()
        assert (await bob.ask(offer(1, 50))).order_result.filled == 0
        assert code_of(await bob.ask(bid(2, 10))) == Code.MARKET_NOT_OPEN
        assert kind_of(await bob.ask(bid(3, 10))) == "order_result"
        await house.drain()
    verified(tmp_path)


async def test_a_market_opens_and_closes_by_its_times_and_says_that_nobody_did_it(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        root, (ada,) = await house.furnish("ada")
        assert kind_of(await root.ask(set_status(1, HALTED))) == "done"
        assert kind_of(await root.ask(_times(1, opens_at=_in(house, 60), closes_at=_in(house, 120)))) == "done"
        await trio.sleep(59)
        assert _status(house) == MarketStatus.HALTED
        await trio.sleep(1 + TICK)
        assert _status(house) == MarketStatus.OPEN
        assert kind_of(await ada.ask(bid(1, 10))) == "order_result"
        await trio.sleep(60)
        assert _status(house) == MarketStatus.HALTED
        assert len(_open_orders(house)) == 1
        changes: list[server_pb2.MarketStatusChanged] = [
            m.market_status_changed for m in ada.facts if kind_of(m) == "market_status_changed"
        ]
        assert [change.author_user_id for change in changes][-2:] == [0, 0]
