"""Orders that end when nobody sets the dead-man timer again: in any status, after any restart."""

from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from exchange.core.refusals import Code
from exchange_client.schema import types_pb2
from tests.e2e.server import verified
from tests.sim.compare import assert_knows
from tests.sim.harness import House, open_house
from tests.sim.raw_client import RawClient
from tests.sim.requests import ClientMessage, bid, code_of, dead_man, kind_of, offer, set_status

TICK = 1.0  # more than the timers' and a commit take
DEAD_MAN = types_pb2.CANCEL_REASON_DEAD_MAN
PAUSED, HALTED = types_pb2.MARKET_STATUS_PAUSED, types_pb2.MARKET_STATUS_HALTED


def _open_orders(house: House) -> set[int]:
    return {order_id for market in house.context.engine.state.markets.values() for order_id in market.book.orders}


async def _placed(client: RawClient, *messages: ClientMessage) -> list[int]:
    return [(await client.ask(message)).order_result.order_id for message in messages]


async def test_a_timer_set_again_in_time_never_fires_and_otherwise_ends_everything(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        root, (ada, bob) = await house.furnish("ada", "bob", markets=3)
        orders = await _placed(ada, bid(1, 11), offer(2, 60), bid(3, 12))
        (theirs,) = await _placed(bob, bid(1, 9))
        for _ in range(5):
            assert kind_of(await ada.ask(dead_man(5))) == "done"
            await trio.sleep(4)
        assert _open_orders(house) == {theirs, *orders}
        assert kind_of(await root.ask(set_status(1, PAUSED))) == "done"
        assert kind_of(await root.ask(set_status(2, HALTED))) == "done"
        await trio.sleep(2 * TICK)
        assert _open_orders(house) == {theirs}
        cancelled = [m for m in bob.facts if kind_of(m) == "orders_cancelled"]
        assert {m.orders_cancelled.reason for m in cancelled} == {DEAD_MAN}
        assert len({m.sequence for m in cancelled}) == 1
        timers = [m.dead_man_timer_set for m in ada.facts if kind_of(m) == "dead_man_timer_set"]
        assert [timer.seconds for timer in timers] == [5, 5, 5, 5, 5, 0]
        assert timers[-1].due == 0
        assert timers[0].due > house.wall_clock_ns() - int(30e9)
        assert not [m for m in bob.facts if kind_of(m) == "dead_man_timer_set"]
        later = await _placed(ada, bid(3, 12))
        await trio.sleep(60)
        assert _open_orders(house) == {theirs, *later}
        await house.settle_down(root, ada, bob)
        for client in (root, ada, bob):
            assert_knows(client, house.context.engine.state)


async def test_a_timer_fires_without_its_connection_and_is_switched_off_with_zero(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada, bob) = await house.furnish("ada", "bob")
        await _placed(ada, bid(1, 11))
        (theirs,) = await _placed(bob, bid(1, 9))
        await ada.ask(dead_man(5))
        await bob.ask(dead_man(5))
        ada.drop()
        assert kind_of(await bob.ask(dead_man(0))) == "done"
        await trio.sleep(5 + TICK)
        assert _open_orders(house) == {theirs}
        assert code_of(await bob.ask(dead_man(86_401))) == Code.INVALID_VALUE


async def test_the_same_request_repeated_does_not_set_the_timer_again(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        first = await ada.ask(dead_man(5))
        await _placed(ada, bid(1, 11))
        await trio.sleep(4)
        again = await ada.ask(dead_man(5), first.request_id)
        assert again.SerializeToString() == first.SerializeToString()
        await trio.sleep(1 + TICK)
        assert _open_orders(house) == set()


@pytest.mark.parametrize("killed", [False, True], ids=["drained", "killed"])
async def test_after_a_restart_timers_begin_anew_and_then_fire(
    tmp_path: Path, autojump_clock: MockClock, killed: bool
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada, bob) = await house.furnish("ada", "bob")
        (order,) = await _placed(ada, bid(1, 11))
        (theirs,) = await _placed(bob, bid(1, 12))
        await ada.ask(dead_man(20))
        await bob.ask(dead_man(20))
        await trio.sleep(19)
        await (house.kill() if killed else house.drain())
        await trio.sleep(1_000)
        await house.start()
        await house.connect(bob, resume=True)
        await bob.wait_ready()
        assert [m.dead_man_timer_set.seconds for m in bob.facts if kind_of(m) == "dead_man_timer_set"] == [20, 20]
        await trio.sleep(18)
        assert _open_orders(house) == {order, theirs}
        await bob.ask(dead_man(20))
        await trio.sleep(2 + TICK)
        assert _open_orders(house) == {theirs}
        await house.drain()
    verified(tmp_path)
