"""Replies in the order of requests, barriers, and the account that is stamped on arrival."""

from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from exchange.core.refusals import Code
from exchange_client.schema import client_pb2, types_pb2
from tests.sim.harness import START_NS, open_house
from tests.sim.requests import (
    ClientMessage,
    act_as,
    bid,
    cancel,
    cancel_all,
    code_of,
    create_account,
    create_market,
    kind_of,
    offer,
    transfer,
)


def _answered(client: object, ids: list[int]) -> list[int]:
    return [message.request_id for message in client.received if message.request_id in ids]  # type: ignore[attr-defined]


INVALID = ClientMessage(place_order=client_pb2.PlaceOrder(market_id=1, price=50, size=1))


@pytest.mark.parametrize(
    ("refused", "code"),
    [
        (bid(1, 5_000), Code.PRICE_OUT_OF_BOUNDS),
        (cancel(1, 999), Code.UNKNOWN_ORDER),
        (INVALID, Code.INVALID_VALUE),
    ],
    ids=["by a rule", "an unknown order", "by the wire"],
)
async def test_replies_of_one_market_come_in_order_refusals_included(
    tmp_path: Path, autojump_clock: MockClock, refused: ClientMessage, code: Code
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        ids = await ada.post(bid(1, 50), refused, bid(1, 51), refused, cancel_all(1))
        await ada.reply(ids[-1])
        assert _answered(ada, ids) == ids
        assert code_of(ada.replies[ids[1]][0]) == code


async def test_a_refusal_by_pace_keeps_the_order_of_its_market(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path, pace_burst=3.0, pace_per_second=0.001) as house:
        _, (ada,) = await house.furnish("ada")
        ids = await ada.post(*[bid(1, 50) for _ in range(3)], bid(1, 51), cancel_all(1))
        await ada.reply(ids[-1])
        assert _answered(ada, ids) == ids
        assert code_of(ada.replies[ids[3]][0]) == Code.PACE


async def test_a_used_id_is_refused_in_the_order_of_its_market(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        old = await ada.ask(bid(1, 40))
        first, last = ada.numbered(bid(1, 50)), ada.numbered(bid(1, 51))
        await ada.send(first, ada.numbered(bid(1, 45), old.request_id), last)
        await ada.reply(last.request_id)
        ids = [first.request_id, old.request_id, last.request_id]
        assert _answered(ada, ids)[1:] == ids
        assert code_of(ada.replies[old.request_id][1]) == Code.REQUEST_ID_REUSED


async def test_a_barrier_waits_for_what_came_before_and_holds_back_what_comes_after(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path, pace_expensive_per_minute=1_000.0) as house:
        _, (ada,) = await house.furnish("ada", markets=3)
        messages = []
        for round_number in range(10):
            messages += [bid(market_id, 10 + round_number) for market_id in (1, 2, 3)]
            messages.append(cancel_all())
        ids = await ada.post(*messages)
        await ada.reply(ids[-1])
        for start in range(0, len(ids), 4):
            placed = [ada.replies[request_id][0] for request_id in ids[start : start + 3]]
            cancelled = ada.replies[ids[start + 3]][0]
            assert sorted(cancelled.cancel_result.order_ids) == sorted(m.order_result.order_id for m in placed)
            assert all(message.sequence < cancelled.sequence for message in placed)


async def test_a_market_can_be_used_in_the_frame_that_makes_it(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        ids = await ada.post(create_market("mine"), bid(2, 50), offer(2, 60), bid(3, 50))
        replies = [await ada.reply(request_id) for request_id in ids]
        assert [kind_of(reply) for reply in replies] == ["created", "order_result", "order_result", "refusal"]
        assert code_of(replies[3]) == Code.UNKNOWN_MARKET


async def test_the_acting_account_is_stamped_when_a_request_arrives(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        assert ada.welcome is not None
        own = ada.welcome.account_id
        sub = (await ada.ask(create_account("sub"))).created.id
        assert kind_of(await ada.ask(transfer(sub, 100_000))) == "created"
        ids = await ada.post(bid(1, 50), act_as(sub), bid(1, 51), act_as(own), bid(1, 52))
        await ada.reply(ids[-1])
        placed = [message.order_placed for message in ada.facts if kind_of(message) == "order_placed"]
        assert [(order.price, order.account_id) for order in placed] == [(50, own), (51, sub), (52, own)]


async def test_a_request_after_its_time_is_too_late_and_not_decided(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        now = START_NS + round(trio.current_time() * 1e9)
        late, in_time = bid(1, 50), bid(1, 51)
        late.valid_until, in_time.valid_until = now - 1, now + 1_000_000_000
        assert code_of(await ada.ask(late)) == Code.TOO_LATE
        assert kind_of(await ada.ask(in_time)) == "order_result"
        assert len(house.context.engine.state.markets[1].book.orders) == 1


async def test_a_request_whose_time_passes_in_the_queue_is_too_late(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path, commits_waiting=1) as house:
        _, (ada, bob) = await house.furnish("ada", "bob")
        house.threads.gate.close()
        await bob.post(bid(1, 40), bid(1, 41), bid(1, 42))
        await trio.sleep(1)
        message = bid(1, 50)
        message.valid_until = house.wall_clock_ns() + 1_000_000_000
        (request_id,) = await ada.post(message)
        await trio.sleep(5)
        house.threads.gate.open()
        assert code_of(await ada.reply(request_id)) == Code.TOO_LATE


async def test_an_unknown_kind_of_request_is_refused_and_the_connection_lives(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        # Field 15 of a message is nothing today.
        unknown = ClientMessage.FromString(b"\x7a\x00")
        for message in (unknown, ada.hello("dev:ada")):
            assert code_of(await ada.ask(message)) == Code.UNKNOWN_REQUEST
        assert kind_of(await ada.ask(bid(1, 50))) == "order_result"


async def test_a_choice_that_is_required_is_refused_with_its_field(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        root, (ada,) = await house.furnish("ada")
        reply = await ada.ask(INVALID)
        assert (code_of(reply), reply.refusal.field) == (Code.INVALID_VALUE, "side")
        status = ClientMessage(set_market_status=client_pb2.SetMarketStatus(market_id=1))
        assert (await root.ask(status)).refusal.field == "status"
        strange = bid(1, 50, time_in_force=types_pb2.TIME_IN_FORCE_GTC)
        strange.place_order.time_in_force = 77  # type: ignore[assignment]
        assert (await ada.ask(strange)).refusal.field == "time_in_force"


async def test_a_client_without_ids_and_without_a_session_is_served_too(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        await house.furnish()
        plain = await house.sign_in("plain")
        await plain.send(bid(1, 0), bid(1, 0))
        await plain.until(lambda: len(plain.model.orders) == 2)
        answers = [m for m in plain.received if kind_of(m) == "order_result"]
        assert [message.request_id for message in answers] == [0, 0]


async def test_requests_beyond_those_that_may_wait_are_read_later_and_none_is_lost(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path, requests_waiting_per_connection=4) as house:
        _, (ada,) = await house.furnish("ada")
        house.threads.gate.close()
        ids = await ada.post(*[bid(1, price) for price in range(1, 41)])
        await trio.sleep(1)
        assert len(house.context.engine.state.markets[1].book.orders) == 4
        house.threads.gate.open()
        for request_id in ids:
            assert kind_of(await ada.reply(request_id)) == "order_result"
        assert _answered(ada, ids) == ids
