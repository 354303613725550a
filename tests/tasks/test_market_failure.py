"""A market task that fails answers its request, comes back with its book, and nobody else notices."""

from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from exchange.core.commands import Actor, Command
from exchange.core.facts import Decision
from exchange.core.invariants import violations
from exchange.core.refusals import Code, Refusal
from exchange.core.rules import decide
from exchange.core.state import State
from exchange.core.units import MarketStatus, Side
from exchange.store.batch import Batch
from exchange_client.schema import types_pb2
from tests.sim.compare import assert_knows
from tests.sim.harness import House, open_house
from tests.sim.requests import bid, cancel, cancel_all, code_of, kind_of, offer, set_status, transfer

BAD_SIZE = 666
BAD_NOTE = "666"


class Injected(Exception):
    """A bug put there by a test."""


class Flawed:
    """The rules with a bug: an order of one size, or a transfer with one note, makes them fail."""

    def __init__(self) -> None:
        self.failures = 0

    def __call__(self, state: State, actor: Actor, command: Command, now: int) -> Refusal | Decision:
        decision = decide(state, actor, command, now)
        if getattr(command, "size", 0) == BAD_SIZE or getattr(command, "note", "") == BAD_NOTE:
            self.failures += 1
            raise Injected
        return decision


def _status(house: House) -> MarketStatus:
    return house.context.engine.state.markets[1].status


async def test_a_request_that_fails_is_answered_internal_once_and_for_all(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    flawed = Flawed()
    async with open_house(tmp_path, decide=flawed) as house:
        root, (ada, bob) = await house.furnish("ada", "bob")
        await ada.post(bid(1, 50, 10), bid(1, 49, 5), bid(1, 50, 7))
        failed = await bob.ask(offer(1, 40, BAD_SIZE))
        assert code_of(failed) == Code.INTERNAL
        again = await bob.ask(offer(1, 40, BAD_SIZE), failed.request_id)
        assert again.SerializeToString() == failed.SerializeToString()
        assert flawed.failures == 1
        assert code_of(await bob.ask(offer(1, 40, 1), failed.request_id)) == Code.REQUEST_ID_REUSED
        await house.settle_down(root, ada, bob)
        assert [kind_of(m) for m in root.facts if m.sequence == failed.sequence] == ["market_failed"]
        assert all(kind_of(m) != "market_failed" for m in ada.facts), "that is for admins"
        await house.drain()
        await house.start()
        await house.connect(bob)
        await bob.wait_ready()
        after = await bob.ask(offer(1, 40, BAD_SIZE), failed.request_id)
        assert after.SerializeToString() == failed.SerializeToString()


async def test_a_market_comes_back_with_its_book(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path, decide=Flawed()) as house:
        root, (ada, bob) = await house.furnish("ada", "bob")
        await ada.post(bid(1, 50, 10), bid(1, 49, 5), bid(1, 50, 7), offer(1, 60, 3, tag=b"t"))
        await bob.ask(offer(1, 50, 12))
        await bob.ask(bid(1, 40, BAD_SIZE))
        await bob.ask(offer(1, 50, 3))
        reply = await ada.ask(bid(1, 45, 1))
        assert kind_of(reply) == "order_result"
        await house.settle_down(root, ada, bob)
        state = house.context.engine.state
        assert list(violations(state)) == []
        assert [(o.price, o.remaining) for o in state.markets[1].book.in_priority(Side.BUY)] == [
            (50, 2),
            (49, 5),
            (45, 1),
        ]
        for client in (root, ada, bob):
            assert_knows(client, state)


async def test_meanwhile_its_requests_are_refused_and_others_trade_on(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path, decide=Flawed()) as house:
        root, (ada, bob) = await house.furnish("ada", "bob", markets=2)
        await ada.ask(bid(1, 50, 10))
        house.threads.gate.close()
        ids = await ada.post(bid(1, 51, 1), bid(1, 50, BAD_SIZE), bid(1, 52, 1), bid(2, 50, 1))
        await trio.sleep(1)
        more = await bob.post(offer(1, 50, 1), offer(2, 50, 1), cancel_all(1))
        barrier = await bob.post(transfer(2, 100))
        settled = await bob.post(cancel_all())
        await trio.sleep(30)
        assert house.context.markets.unavailable == [1]
        house.threads.gate.open()
        replies = [await ada.reply(request_id) for request_id in ids]
        assert [code_of(reply) for reply in replies] == [0, Code.INTERNAL, Code.MARKET_UNAVAILABLE, 0]
        replies = [await bob.reply(request_id) for request_id in more + barrier + settled]
        unavailable = Code.MARKET_UNAVAILABLE
        assert [code_of(reply) for reply in replies] == [unavailable, 0, unavailable, 0, 0]
        assert house.context.markets.unavailable == []
        await house.settle_down(root, ada, bob)
        for client in (root, ada, bob):
            assert_knows(client, house.context.engine.state)


async def test_a_market_that_keeps_failing_is_halted_by_a_fact_and_cancels_work(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path, decide=Flawed()) as house:
        root, (ada, bob) = await house.furnish("ada", "bob", markets=2)
        resting = (await ada.ask(bid(1, 50, 10))).order_result.order_id
        for _ in range(house.settings.market_failures_max):
            assert code_of(await bob.ask(offer(1, 50, BAD_SIZE))) == Code.INTERNAL
            assert kind_of(await ada.ask(bid(1, 10, 1))) in ("order_result", "refusal")
            await trio.sleep(1)
        assert _status(house) == MarketStatus.OPEN
        failed = await bob.ask(offer(1, 50, BAD_SIZE))
        assert code_of(failed) == Code.INTERNAL
        await house.settle_down(root, ada, bob)
        told = [kind_of(m) for m in bob.facts if m.sequence == failed.sequence]
        assert told == ["market_status_changed"]
        assert _status(house) == MarketStatus.HALTED
        assert code_of(await bob.ask(offer(1, 50, 1))) == Code.MARKET_NOT_OPEN
        assert kind_of(await ada.ask(cancel(1, resting))) == "cancel_result"
        assert kind_of(await bob.ask(offer(2, 50, 1))) == "order_result"
        assert kind_of(await root.ask(set_status(1, types_pb2.MARKET_STATUS_OPEN))) == "done"
        assert kind_of(await bob.ask(offer(1, 50, 1))) == "order_result"
        await house.settle_down(root, ada, bob)
        for client in (root, ada, bob):
            assert_knows(client, house.context.engine.state)


async def test_failures_far_apart_do_not_halt_a_market(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path, decide=Flawed()) as house:
        _, (bob,) = await house.furnish("bob")
        for _ in range(2 * house.settings.market_failures_max):
            assert code_of(await bob.ask(offer(1, 50, BAD_SIZE))) == Code.INTERNAL
            await trio.sleep(house.settings.market_failure_window_seconds / 2)
        assert _status(house) == MarketStatus.OPEN


async def test_a_failure_at_the_desk_is_answered_and_the_desk_goes_on(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    flawed = Flawed()
    async with open_house(tmp_path, decide=flawed) as house:
        root, (ada, bob) = await house.furnish("ada", "bob")
        for _ in range(10):
            failed = await ada.ask(transfer(2, 1_000, note=BAD_NOTE))
            assert code_of(failed) == Code.INTERNAL
        assert code_of(await ada.ask(transfer(2, 1_000, note=BAD_NOTE), failed.request_id)) == Code.INTERNAL
        assert flawed.failures == 10
        assert kind_of(await ada.ask(transfer(2, 1_000))) == "created"
        await house.settle_down(root, ada, bob)
        for client in (root, ada, bob):
            assert_knows(client, house.context.engine.state)


async def test_an_exchange_whose_disk_fails_ends_although_a_market_is_being_restored_and_all_slots_are_taken(
    tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_house(tmp_path, decide=Flawed(), fails=True, commits_waiting=2) as house:
        _, (ada, bob) = await house.furnish("ada", "bob", markets=2)
        house.threads.gate.close()
        await ada.post(bid(2, 50, 1))  # with the writer, which waits for the disk
        await trio.sleep(1)
        await bob.post(bid(1, 50, BAD_SIZE))
        await ada.post(bid(2, 49, 1))  # the last slot
        await trio.sleep(1)
        await bob.post(bid(1, 48, 1))  # is to be refused, and needs a slot for it
        await trio.sleep(1)

        def fail(batch: Batch, connection: object) -> None:
            raise Injected

        monkeypatch.setattr(Batch, "write", fail)
        house.threads.gate.open()
        with trio.fail_after(60):
            await house.ended.wait()
