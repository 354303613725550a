"""A new connection of a session replaces the old one; a lost one is followed by a retry."""

from pathlib import Path

import trio
from trio.testing import MockClock

from tests.sim.compare import assert_knows
from tests.sim.harness import open_house
from tests.sim.raw_client import RawClient
from tests.sim.requests import bid, kind_of, ping

REPLACED = 4004


async def test_a_new_connection_replaces_the_old_one_before_it_hears_anything(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        heard: list[str] = []
        second = RawClient("second", session=ada.session)
        second.on_message = lambda message: heard.append(f"{kind_of(message)} {ada.code}")
        await house.connect(second, "dev:ada")
        assert await ada.wait_ended() == REPLACED
        await second.wait_ready()
        assert heard[0] == f"authenticated {REPLACED}"
        assert kind_of(await second.ask(bid(1, 50))) == "order_result"


async def test_a_replaced_connection_that_does_not_read_is_cut_in_time(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        house.gates["ada"].close()
        await ada.send(ping())  # the answer never gets through, and so no Close either
        second = RawClient("second", session=ada.session)
        started = trio.current_time()
        await house.connect(second, "dev:ada")
        await second.wait_ready()
        assert trio.current_time() - started < 6.0
        assert ada.ended.is_set()


async def test_three_connections_of_a_session_end_in_the_order_they_came(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        house.gates["ada"].close()
        await ada.send(ping())  # the answer never gets through, and so no Close either
        second, third = RawClient("second", session=ada.session), RawClient("third", session=ada.session)
        ended: list[bool] = []
        third.on_message = lambda message: ended.append(ada.ended.is_set())
        await house.connect(second, "dev:ada")
        await trio.sleep(0.5)
        await house.connect(third, "dev:ada")
        await third.wait_ready()
        assert ended[0], "the first had ended before the third heard a word"
        assert await second.wait_ended() == REPLACED


async def test_undecided_requests_of_a_replaced_connection_are_dropped_and_decided_by_retry(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path, commits_waiting=1) as house:
        _, (ada,) = await house.furnish("ada")
        house.threads.gate.close()
        messages = [ada.numbered(bid(1, 50 + number)) for number in range(6)]
        await ada.send(*messages)
        await trio.sleep(1)
        book = house.context.engine.state.markets[1].book
        decided = len(book.orders)
        assert decided < 6
        second = RawClient("second", session=ada.session)
        await house.connect(second, "dev:ada", resume=False)
        await trio.sleep(1)
        house.threads.gate.open()
        await second.wait_ready()
        await trio.sleep(5)
        assert len(book.orders) == decided, "what was undecided was dropped"
        await second.send(*messages)
        for message in messages:
            assert kind_of(await second.reply(message.request_id)) == "order_result"
        assert len(book.orders) == 6
        await house.settle_down(second)
        assert_knows(second, house.context.engine.state)


async def test_requests_of_a_lost_connection_are_still_decided_and_answered_to_a_retry(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path, commits_waiting=1) as house:
        _, (ada,) = await house.furnish("ada")
        house.threads.gate.close()
        messages = [ada.numbered(bid(1, 50 + number)) for number in range(6)]
        await ada.send(*messages)
        await trio.sleep(1)
        ada.drop()
        await trio.sleep(1)
        await house.connect(ada)
        await trio.sleep(1)
        house.threads.gate.open()
        await ada.wait_ready()
        await ada.send(*messages)
        for message in messages:
            assert kind_of(await ada.reply(message.request_id)) == "order_result"
        assert len(house.context.engine.state.markets[1].book.orders) == 6


async def test_what_a_lost_connection_asked_is_decided_once_although_another_was_replaced_since(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    slow = False
    async with open_house(tmp_path, commits_waiting=1, delay=lambda: 1.0 if slow else 0.0) as house:
        _, (ada,) = await house.furnish("ada")
        slow = True
        messages = [ada.numbered(bid(1, 30 + number)) for number in range(20)]
        await ada.send(*messages)
        await trio.sleep(0.1)
        ada.drop()
        await trio.sleep(0.1)
        second, third = RawClient("second", session=ada.session), RawClient("third", session=ada.session)
        await house.connect(second, "dev:ada", resume=False)
        await trio.sleep(0.1)
        await house.connect(third, "dev:ada", resume=False)
        await third.wait_ready()
        book = house.context.engine.state.markets[1].book
        assert len(book.orders) < 20, "some are still to be decided"
        for message in reversed(messages):
            await third.send(message)
            assert kind_of(await third.reply(message.request_id)) == "order_result"
        assert len(book.orders) == 20
        await house.settle_down(third)
        assert_knows(third, house.context.engine.state)
