"""A retry is harmless: executed once and answered alike, whatever happened in between."""

from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from exchange.core.refusals import Code
from tests.sim.compare import assert_knows
from tests.sim.harness import House, open_house
from tests.sim.raw_client import RawClient, ServerMessage
from tests.sim.requests import ClientMessage, bid, cancel_all, code_of, create_market, kind_of, offer, transfer
from tests.store.world import plant

A_WHILE = 60.0


def _same(first: ServerMessage, second: ServerMessage) -> bool:
    return first.SerializeToString(deterministic=True) == second.SerializeToString(deterministic=True)


def _executed(house: House) -> int:
    return house.context.engine.state.sequence


async def _reconnect(house: House, client: RawClient, *, resume: bool = False) -> None:
    await house.connect(client, resume=resume)
    await client.wait_ready()


REQUESTS = [bid(1, 50, 10), offer(1, 60), cancel_all(1), cancel_all(), transfer(2, 1_000), create_market("new")]
NAMES = ["bid", "offer", "cancel in a market", "cancel everywhere", "transfer", "create a market"]


@pytest.mark.parametrize("message", REQUESTS, ids=NAMES)
async def test_the_same_again_on_the_same_connection_gets_the_same_reply(
    tmp_path: Path, autojump_clock: MockClock, message: ClientMessage
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        first = await ada.ask(message)
        assert kind_of(first) != "refusal"
        executed = _executed(house)
        await trio.sleep(A_WHILE)
        assert _same(await ada.ask(message, first.request_id), first)
        assert _executed(house) == executed


@pytest.mark.parametrize("message", REQUESTS, ids=NAMES)
async def test_the_same_again_after_a_reconnect_gets_the_same_reply(
    tmp_path: Path, autojump_clock: MockClock, message: ClientMessage
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        first = await ada.ask(message)
        executed = _executed(house)
        ada.drop()
        await trio.sleep(A_WHILE)
        await _reconnect(house, ada, resume=True)
        assert ada.welcome is not None
        assert ada.welcome.session_known
        assert _same(await ada.ask(message, first.request_id), first)
        assert _executed(house) == executed


@pytest.mark.parametrize("message", REQUESTS, ids=NAMES)
@pytest.mark.parametrize("killed", [False, True], ids=["drained", "killed"])
async def test_the_same_again_after_a_restart_gets_the_same_reply(
    tmp_path: Path, autojump_clock: MockClock, message: ClientMessage, killed: bool
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        first = await ada.ask(message)
        executed = _executed(house)
        await (house.kill() if killed else house.drain())
        await house.start()
        await _reconnect(house, ada, resume=True)
        assert _executed(house) == executed
        assert _same(await ada.ask(message, first.request_id), first)
        assert _executed(house) == executed
        later = await ada.ask(bid(1, 1))
        assert later.sequence == executed + 1
        await house.settle_down(ada)
        assert_knows(ada, house.context.engine.state)


async def test_the_same_twice_in_one_frame_is_executed_once_and_answered_twice(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        message = ada.numbered(bid(1, 50, 10))
        await ada.send(message, message, message)
        await ada.reply(message.request_id, 2)
        replies = ada.replies[message.request_id]
        assert all(_same(reply, replies[0]) for reply in replies)
        assert len(ada.model.orders) == 1


async def test_the_same_again_while_the_commit_is_in_flight_waits_for_it(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        house.threads.gate.close()
        message = ada.numbered(bid(1, 50, 10))
        await ada.send(message)
        await trio.sleep(1)
        await ada.send(message)
        await trio.sleep(A_WHILE)
        assert message.request_id not in ada.replies
        house.threads.gate.open()
        await ada.reply(message.request_id, 1)
        assert _same(*ada.replies[message.request_id])
        assert len(ada.model.orders) == 1


async def test_the_same_again_on_a_new_connection_while_the_commit_is_in_flight(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        await house.settle_down(ada)
        message = ada.numbered(bid(1, 50, 10))
        house.threads.gate.close()
        await ada.send(message)
        await trio.sleep(1)
        ada.drop()
        await house.connect(ada, resume=True)
        await ada.wait_ready()
        await ada.send(message)
        await trio.sleep(A_WHILE)
        assert message.request_id not in ada.replies
        house.threads.gate.open()
        reply = await ada.reply(message.request_id)
        assert kind_of(reply) == "order_result"
        assert [m.sequence for m in ada.facts].count(reply.sequence) == 1
        await house.settle_down(ada)
        assert_knows(ada, house.context.engine.state)


async def test_another_body_under_a_used_id_is_refused(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        first = await ada.ask(bid(1, 50, 10))
        for other in (bid(1, 50, 11), offer(1, 60, 10), cancel_all(1)):
            assert code_of(await ada.ask(other, first.request_id)) == Code.REQUEST_ID_REUSED
        house.threads.gate.close()
        (in_flight,) = await ada.post(bid(1, 51))
        await trio.sleep(1)
        await ada.send(ada.numbered(bid(1, 52), in_flight))
        await trio.sleep(1)
        house.threads.gate.open()
        await ada.reply(in_flight, 1)
        assert sorted(code_of(reply) for reply in ada.replies[in_flight]) == [0, Code.REQUEST_ID_REUSED]


async def test_a_different_time_of_validity_is_still_the_same_request(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        message = bid(1, 50, 10)
        message.valid_until = house.wall_clock_ns() + 1_000_000_000
        first = await ada.ask(message)
        await trio.sleep(A_WHILE)
        assert _same(await ada.ask(message, first.request_id), first), "it was executed in time"
        message.valid_until = house.wall_clock_ns() + 1_000_000_000
        assert _same(await ada.ask(message, first.request_id), first)


async def test_past_the_horizon_a_retry_is_refused_and_not_repeated(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path, request_memory_seconds=600.0) as house:
        _, (ada,) = await house.furnish("ada")
        first = await ada.ask(bid(1, 50, 10))
        executed = _executed(house)
        await trio.sleep(599)
        assert _same(await ada.ask(bid(1, 50, 10), first.request_id), first)
        await trio.sleep(2)
        assert code_of(await ada.ask(bid(1, 50, 10), first.request_id)) == Code.REQUEST_ID_EXPIRED
        await house.drain()
        await house.start()
        await _reconnect(house, ada)
        assert code_of(await ada.ask(bid(1, 50, 10), first.request_id)) == Code.REQUEST_ID_EXPIRED
        assert _executed(house) == executed


async def test_a_retry_whose_reply_is_damaged_is_told_that_nobody_knows_and_is_not_repeated(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        first = await ada.ask(bid(1, 50, 10))
        await house.settle_down(ada)
        plant(house.path, f"UPDATE journal SET reply = x'00' WHERE sequence = {first.sequence}")
        executed = _executed(house)
        assert code_of(await ada.ask(bid(1, 50, 10), first.request_id)) == Code.REQUEST_ID_EXPIRED
        assert kind_of(await ada.ask(bid(1, 40, 10))) == "order_result", "the connection goes on"
        assert _executed(house) == executed + 1


async def test_a_cancel_that_cancelled_nothing_is_remembered_too(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        nothing = await ada.ask(cancel_all(1))
        assert not nothing.cancel_result.order_ids
        await ada.ask(bid(1, 50))
        assert _same(await ada.ask(cancel_all(1), nothing.request_id), nothing)
        assert len(ada.model.orders) == 1, "an order placed after it is not cancelled by a repetition"


async def test_a_refused_request_may_be_tried_again(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        root, (ada,) = await house.furnish("ada")
        refused = await ada.ask(bid(2, 50))
        assert code_of(refused) == Code.UNKNOWN_MARKET
        await ada.ask(bid(1, 1))
        await root.ask(create_market("second"))
        again = await ada.ask(bid(2, 50), refused.request_id)
        assert kind_of(again) == "order_result"
        assert _same(await ada.ask(bid(2, 50), refused.request_id), again)


async def test_a_request_without_an_id_is_never_taken_for_a_retry(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        await ada.send(bid(1, 50), bid(1, 50))
        await ada.until(lambda: len(ada.model.orders) == 2)


async def test_sessions_of_different_users_and_processes_do_not_mix(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada, bob) = await house.furnish("ada", "bob")
        bob.drop()
        bob.session = ada.session
        await _reconnect(house, bob)
        other = await house.sign_in("ada", session=b"another process")
        for client in (ada, bob, other):
            assert kind_of(await client.ask(bid(1, 50, 10), 7)) == "order_result"
        assert len(ada.model.orders) == 3


async def test_an_idle_session_is_forgotten_in_memory_and_known_to_the_journal(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        first = await ada.ask(bid(1, 50))
        assert ada.welcome is not None
        user_id = ada.welcome.user_id
        ada.drop()
        await trio.sleep(A_WHILE)
        assert house.context.sessions.find(user_id, ada.session) is None
        await _reconnect(house, ada)
        assert _same(await ada.ask(bid(1, 50), first.request_id), first)
