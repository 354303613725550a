"""Orders that end with their session: gone for longer than a grace period, whatever happened in between."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random

import pytest
import trio
from trio.testing import MockClock

from exchange.core.commands import Actor, Command, EndOrders
from exchange.core.facts import Decision
from exchange.core.refusals import Code, Refusal
from exchange.core.rules import decide
from exchange.core.state import State
from exchange_client import connect
from exchange_client.schema import types_pb2
from tests.e2e.server import verified
from tests.sim.compare import assert_knows
from tests.sim.environment import Gate
from tests.sim.harness import House, open_house
from tests.sim.raw_client import RawClient
from tests.sim.requests import ClientMessage, amend, batch, bid, code_of, guard, kind_of, offer, set_status

GRACE = 10.0
TICK = 1.0  # more than the timers' and a commit take
DISCONNECTED = types_pb2.CANCEL_REASON_DISCONNECTED
PAUSED, HALTED = types_pb2.MARKET_STATUS_PAUSED, types_pb2.MARKET_STATUS_HALTED


def _open_orders(house: House) -> set[int]:
    return {order_id for market in house.context.engine.state.markets.values() for order_id in market.book.orders}


def _reasons(client: RawClient) -> list[int]:
    return [m.orders_cancelled.reason for m in client.facts if kind_of(m) == "orders_cancelled"]


def _ended(client: RawClient) -> set[int]:
    cancelled = [m.orders_cancelled for m in client.facts if kind_of(m) == "orders_cancelled"]
    return {order_id for fact in cancelled for order_id in fact.order_ids}


async def _placed(client: RawClient, *messages: ClientMessage) -> list[int]:
    return [(await client.ask(message)).order_result.order_id for message in messages]


async def _return(house: House, client: RawClient) -> None:
    await house.connect(client, resume=True)
    await client.wait_ready()


async def _leave_by_drop(client: RawClient) -> None:
    client.drop()


async def _leave_by_goodbye(client: RawClient) -> None:
    await client.close()


@pytest.mark.parametrize("leave", [_leave_by_drop, _leave_by_goodbye], ids=["dropped", "closed"])
async def test_orders_end_a_grace_period_after_their_session_in_every_market_and_no_others(
    tmp_path: Path, autojump_clock: MockClock, leave: Callable[[RawClient], Awaitable[None]]
) -> None:
    async with open_house(tmp_path) as house:
        root, (ada, bob) = await house.furnish("ada", "bob", markets=3)
        (before,) = await _placed(ada, bid(1, 10))
        assert kind_of(await ada.ask(guard())) == "done"
        covered = await _placed(ada, bid(1, 11), offer(2, 60), bid(3, 12))
        steps = (await ada.ask(batch(3, bid(3, 13), bid(3, 14)))).batch_result.results
        covered += [step.order.order_id for step in steps]
        (theirs,) = await _placed(bob, bid(1, 9))
        await ada.ask(amend(1, covered[0], price=12, size=4))
        await leave(ada)
        assert kind_of(await root.ask(set_status(1, PAUSED))) == "done"
        assert kind_of(await root.ask(set_status(2, HALTED))) == "done"
        await trio.sleep(GRACE - TICK)
        assert _open_orders(house) == {before, theirs, *covered}
        await trio.sleep(2 * TICK)
        assert _open_orders(house) == {before, theirs}
        assert _ended(bob) == set(covered)
        assert set(_reasons(bob)) == {DISCONNECTED}
        await house.settle_down(root, bob)
        assert_knows(bob, house.context.engine.state)
        await _return(house, ada)
        await house.settle_down(ada)
        assert_knows(ada, house.context.engine.state)


async def test_a_session_that_comes_back_in_time_keeps_its_orders_and_is_covered_as_before(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        await ada.ask(guard())
        first = await _placed(ada, bid(1, 11))
        for _ in range(3):
            ada.drop()
            await trio.sleep(GRACE - TICK)
            await _return(house, ada)
        await trio.sleep(3 * GRACE)
        assert _open_orders(house) == set(first)
        second = await _placed(ada, bid(1, 12))
        ada.drop()
        await trio.sleep(GRACE + TICK)
        assert _open_orders(house) == set()
        await _return(house, ada)
        assert _ended(ada) == {*first, *second}


async def test_another_connection_of_the_session_takes_its_orders_over(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        await ada.ask(guard())
        orders = await _placed(ada, bid(1, 11))
        again = await house.sign_in("ada", session=ada.session)
        await trio.sleep(3 * GRACE)
        assert _open_orders(house) == set(orders)
        again.drop()
        await trio.sleep(GRACE + TICK)
        assert _open_orders(house) == set()


async def test_a_connection_that_takes_over_and_fails_to_sign_in_is_an_end_too(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path, authenticate_seconds=1.0) as house:
        _, (ada,) = await house.furnish("ada")
        await ada.ask(guard())
        orders = await _placed(ada, bid(1, 11))
        house.gates["ada"].close()  # so that closing the former connection takes longer than a sign-in may
        second = await house.connect(RawClient("ada", session=ada.session))
        assert await second.wait_ended() == 1008
        await trio.sleep(GRACE - TICK)
        assert _open_orders(house) == set(orders)
        await trio.sleep(2 * TICK)
        assert _open_orders(house) == set()


async def test_a_session_may_change_its_mind_and_without_one_there_is_nothing_to_cover(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        root, (ada,) = await house.furnish("ada")
        await ada.ask(guard())
        orders = await _placed(ada, bid(1, 11))
        await ada.ask(guard(False))
        ada.drop()
        nobody = await house.sign_in("bob")
        assert code_of(await nobody.ask(guard())) == Code.INVALID_VALUE
        await trio.sleep(3 * GRACE)
        assert _open_orders(house) == set(orders)
        changes = [m.cancel_on_disconnect_set for m in root.facts if kind_of(m) == "cancel_on_disconnect_set"]
        assert [change.enabled for change in changes] == [True, False]
        assert not [m for m in nobody.facts + ada.facts if kind_of(m) == "cancel_on_disconnect_set"]


async def test_orders_still_queued_when_their_session_ends_end_with_it(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path, commits_waiting=4, commits_per_transaction=1) as house:
        _, (ada, bob) = await house.furnish("ada", "bob")
        await ada.ask(guard())
        await house.settle_down(ada, bob)
        house.threads.gate.close()
        await bob.post(*[bid(1, 9) for _ in range(12)])  # more than the writer is handed before it has written
        await trio.sleep(TICK)
        decided = house.context.engine.state.next_order_id
        await ada.post(bid(1, 11), bid(1, 12))
        await trio.sleep(TICK)
        ada.drop()
        await trio.sleep(2 * GRACE)
        assert house.context.engine.state.next_order_id == decided < 13
        house.threads.gate.open()
        await trio.sleep(2 * TICK)
        assert house.context.engine.state.next_order_id == 15
        assert _open_orders(house) == set(range(1, 13))


async def test_a_request_without_an_id_covers_too_and_the_number_of_the_session_stays_its_own(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        _, (bob,) = await house.furnish("bob")
        ada = await house.sign_in("ada", session=b"session of ada")
        await ada.send(guard())
        await bob.ask(bid(1, 9))
        await house.settle_down(ada)
        (number,) = house.context.engine.state.guarded_sessions
        await house.kill()
        await house.start()
        cyn = await house.sign_in("cyn", session=b"session of cyn")
        await cyn.ask(guard())
        assert number in house.context.engine.state.guarded_sessions
        assert len(house.context.engine.state.guarded_sessions) == 2
        await house.drain()
    verified(tmp_path)


@pytest.mark.parametrize("killed", [False, True], ids=["drained", "killed"])
@pytest.mark.parametrize("comes_back", [False, True], ids=["stays away", "comes back"])
async def test_a_restart_gives_sessions_one_grace_period(
    tmp_path: Path, autojump_clock: MockClock, killed: bool, comes_back: bool
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada, bob) = await house.furnish("ada", "bob", markets=2)
        await ada.ask(guard())
        covered = await _placed(ada, bid(1, 11), bid(2, 11))
        (theirs,) = await _placed(bob, bid(1, 9))
        ada.drop()
        await trio.sleep(GRACE - TICK)
        await (house.kill() if killed else house.drain())
        await trio.sleep(100 * GRACE)
        await house.start()
        await trio.sleep(GRACE - TICK)
        assert _open_orders(house) == {theirs, *covered}
        if comes_back:
            await _return(house, ada)
        await trio.sleep(3 * GRACE)
        assert _open_orders(house) == ({theirs, *covered} if comes_back else {theirs})
        if comes_back:
            ada.drop()
            await trio.sleep(GRACE + TICK)
            assert _open_orders(house) == {theirs}
        await house.drain()
    verified(tmp_path)


async def test_a_drain_is_no_disconnect(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path, disconnect_grace_seconds=0.0) as house:
        _, (ada, bob) = await house.furnish("ada", "bob")
        await ada.ask(guard())
        covered = await _placed(ada, bid(1, 11))
        gate = house.gates["bob"]  # keeps the drain going for as long as it may
        gate.close()
        await bob.post(*[bid(1, 9) for _ in range(20)])
        assert await house.drain() >= 0.5
        assert set(covered) <= _open_orders(house)


async def test_orders_in_a_market_that_was_failing_end_when_it_is_back(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    failures = iter(range(2))

    def flawed(state: State, actor: Actor, command: Command, now: int) -> Refusal | Decision:
        if isinstance(command, EndOrders) and next(failures, None) is not None:
            raise RuntimeError("put there by a test")
        return decide(state, actor, command, now)

    async with open_house(tmp_path, decide=flawed) as house:
        _, (ada,) = await house.furnish("ada")
        await ada.ask(guard())
        await _placed(ada, bid(1, 11))
        ada.drop()
        await trio.sleep(GRACE + 2 * TICK)
        assert next(failures, None) is None
        assert _open_orders(house) == set()


async def test_the_client_library_is_covered_over_its_reconnects(tmp_path: Path, autojump_clock: MockClock) -> None:
    streams: list[trio.abc.Stream] = []
    async with open_house(tmp_path) as house:
        root, _ = await house.furnish("ada")

        async def dial() -> trio.abc.Stream:
            streams.append(house.listener.dial(Gate()))
            return streams[-1]

        options = {"token": "dev:ada", "random": Random(1), "open_stream": dial, "cancel_on_disconnect": True}
        async with connect("ws://localhost/ws", **options) as exchange:  # type: ignore[arg-type]
            await exchange.markets[1].buy(0.01, at=0.5)
            orders = _open_orders(house)
            assert len(orders) == 1
            assert len(house.context.engine.state.guarded_sessions) == 1
            await trio.aclose_forcefully(streams[-1])
            await trio.sleep(3 * GRACE)
            assert len(streams) == 2
            assert _open_orders(house) == orders
        await trio.sleep(GRACE + TICK)
        assert _open_orders(house) == set()
        assert _ended(root) == orders
