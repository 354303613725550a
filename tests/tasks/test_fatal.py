"""What ends the exchange: torn memory and a failing write. Nothing of it is told or written."""

from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from exchange.core.apply import apply
from exchange.core.invariants import violations
from exchange.core.state import State
from exchange.store.batch import Batch
from exchange.store.errors import StoreBroken
from exchange.tasks import engine
from exchange.tasks.engine import TornMemory
from tests.sim.compare import assert_knows
from tests.sim.harness import House, open_house
from tests.sim.raw_client import RawClient
from tests.sim.requests import bid, kind_of, offer

BAD_SIZE = 666


class Injected(Exception):
    """A bug put there by a test."""


def _leaves(failure: BaseException | None) -> list[BaseException]:
    if isinstance(failure, BaseExceptionGroup):
        return [leaf for item in failure.exceptions for leaf in _leaves(item)]
    return [] if failure is None else [failure]


async def _ends(house: House) -> list[BaseException]:
    with trio.fail_after(60):
        await house.ended.wait()
    return _leaves(house.failure)


def _tear(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on ``apply`` fails half way for an order of the bad size."""
    whole = apply

    def torn(state: State, sequence: int, time: int, facts: object) -> None:
        if any(getattr(fact, "size", 0) == BAD_SIZE for fact in facts):  # type: ignore[attr-defined]
            state.accounts[3].cash += 1
            raise Injected
        whole(state, sequence, time, facts)  # type: ignore[arg-type]

    monkeypatch.setattr(engine, "apply", torn)


async def _restarts_clean(house: House, clients: list[RawClient], acknowledged: list[int]) -> None:
    house.failure = None
    await house.start()
    state = house.context.engine.state
    assert list(violations(state)) == []
    assert set(acknowledged) <= set(range(1, state.sequence + 1))
    for client in clients:
        assert max((message.sequence for message in client.received), default=0) <= state.sequence
        await house.connect(client, resume=True)
        await client.wait_ready()
        await house.settle_down(client)
        assert_knows(client, state)


async def test_an_exception_after_the_point_of_no_return_ends_the_exchange(
    tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada, bob) = await house.furnish("ada", "bob")
        first = await ada.ask(bid(1, 50, 10))
        with monkeypatch.context() as patch:
            _tear(patch)
            (request_id,) = await bob.post(offer(1, 50, BAD_SIZE))
            leaves = await _ends(house)
        assert [type(leaf) for leaf in leaves] == [TornMemory]
        assert request_id not in bob.replies
        await _restarts_clean(house, [ada, bob], [first.sequence])


@pytest.mark.parametrize("seed", range(6))
async def test_nothing_decided_on_torn_memory_is_told_or_written(
    tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada, bob) = await house.furnish("ada", "bob", markets=4)
        await bob.post(*[offer(market_id, 50, 10) for market_id in (2, 3, 4)])
        await house.settle_down(bob)
        with monkeypatch.context() as patch:
            _tear(patch)
            ids = await ada.post(bid(1, 50, BAD_SIZE), *[bid(market_id, 50, 1) for market_id in (2, 3, 4, 2, 3, 4)])
            await bob.post(*[offer(market_id, 50, 1) for market_id in (4, 3, 2)])
            leaves = await _ends(house)
        assert {type(leaf) for leaf in leaves} == {TornMemory}
        assert ids[0] not in ada.replies
        acknowledged = [reply.sequence for replies in ada.replies.values() for reply in replies]
        await _restarts_clean(house, [ada, bob], acknowledged)


async def test_a_failing_write_ends_the_exchange_and_nothing_of_its_batch_is_acknowledged(
    tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada, bob) = await house.furnish("ada", "bob")
        first = await ada.ask(bid(1, 50, 10))

        def fail(batch: Batch, connection: object) -> None:
            raise Injected

        with monkeypatch.context() as patch:
            patch.setattr(Batch, "write", fail)
            ids = await bob.post(offer(1, 50, 1), offer(1, 99, 1), bid(1, 5_000, 1))
            leaves = await _ends(house)
        assert [type(leaf) for leaf in leaves] == [Injected]
        assert not set(ids) & bob.replies.keys()
        assert all(message.sequence <= first.sequence for message in bob.facts)
        assert house.store is not None
        with pytest.raises(StoreBroken):
            house.store.write([None])  # type: ignore[list-item]
        await _restarts_clean(house, [ada, bob], [first.sequence])
        for request_id, message in zip(ids, (offer(1, 50, 1), offer(1, 99, 1)), strict=False):
            assert kind_of(await bob.ask(message, request_id)) == "order_result"
