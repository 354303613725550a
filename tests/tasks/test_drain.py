"""A redeploy is a pause: everything accepted is answered, everybody is told, and nobody can prolong it."""

from pathlib import Path
from random import Random

import trio
from trio.testing import MockClock

from exchange.core.invariants import violations
from exchange.store.reader import Reader
from tests.sim.compare import assert_knows
from tests.sim.environment import Gate
from tests.sim.harness import open_house
from tests.sim.raw_client import RawClient
from tests.sim.requests import bid, cancel_all, kind_of, offer, transfer

RESTART = 1012
HURRY_SECONDS = 5.0
"""What a platform gives a process at the least before it kills it."""


async def test_every_accepted_request_is_answered_and_then_everybody_is_told_to_come_back(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    random = Random(1)
    async with open_house(tmp_path, delay=lambda: random.random() / 10, pace_burst=10_000.0) as house:
        _, (ada, bob) = await house.furnish("ada", "bob", markets=2)
        for _ in range(10):
            await ada.post(*[bid(market_id, random.randint(40, 60), 3) for market_id in (1, 2, 1)])
            await bob.post(*[offer(market_id, random.randint(40, 60), 2) for market_id in (2, 1)], cancel_all())
            await trio.sleep(0.01)
        seconds = await house.drain()
        assert seconds < HURRY_SECONDS
        assert house.failure is None
        for client in (ada, bob):
            assert await client.wait_ended() == RESTART
            notices = [m.server_notice for m in client.received if kind_of(m) == "server_notice"]
            assert len(notices) == 1
            assert notices[0].reconnect_after_ms > 0
        with Reader(house.path) as reader:
            for session, client in ((b"session of ada", ada), (b"session of bob", bob)):
                assert client.welcome is not None
                number = reader.session_number(client.welcome.user_id, session)
                assert number is not None
                for request_id in range(1, client.next_id):
                    executed = reader.request(number, request_id) is not None
                    accepted = any(kind_of(reply) != "refusal" for reply in client.replies.get(request_id, ()))
                    assert executed == accepted, (client.name, request_id)


async def test_a_restart_on_the_same_file_continues(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada, bob) = await house.furnish("ada", "bob")
        await ada.post(bid(1, 50, 10, tag=b"t"), bid(1, 49, 5))
        await bob.ask(offer(1, 50, 4))
        await ada.ask(transfer(2, 1_000))
        await house.drain()
        sequence = house.context.engine.state.sequence
        await house.start()
        assert house.context.engine.state.sequence == sequence
        assert list(violations(house.context.engine.state)) == []
        for client in (ada, bob):
            await house.connect(client, resume=True)
            await client.wait_ready()
        reply = await bob.ask(offer(1, 50, 1))
        assert reply.sequence == sequence + 1
        await house.settle_down(ada, bob)
        for client in (ada, bob):
            assert_knows(client, house.context.engine.state)


async def test_an_idle_exchange_drains_at_once(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        await house.furnish("ada")
        assert await house.drain() < 0.5


async def test_a_client_that_does_not_read_cannot_prolong_it(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (_ada, bob) = await house.furnish("ada", "bob")
        house.gates["ada"].close()
        await bob.ask(bid(1, 50, 1))
        assert await house.drain() < HURRY_SECONDS
        assert await bob.wait_ended() == RESTART


async def test_a_client_that_is_still_shaking_hands_cannot_prolong_it(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        await house.furnish("ada")
        stream = house.listener.dial(Gate())
        silent = await house.open(RawClient("silent"))
        await trio.sleep(1)
        assert await house.drain() < 1.0
        assert await silent.wait_ended() == RESTART
        assert await stream.receive_some() == b""


async def test_a_browser_that_keeps_its_connection_cannot_prolong_it(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        stream = house.listener.dial(Gate())
        await stream.send_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with trio.fail_after(1):
            assert b"200" in await stream.receive_some()
        assert await house.drain() < 1.0


async def test_a_stuck_commit_is_waited_for_and_never_cut(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        house.threads.gate.close()
        await ada.post(bid(1, 50))
        await trio.sleep(1)
        house.shutdown.request()
        await trio.sleep(30)
        assert not house.ended.is_set(), "its transaction is under way"
        assert ada.ended.is_set(), "clients need not wait for it"
        house.threads.gate.open()
        with trio.fail_after(5):
            await house.ended.wait()
        assert house.failure is None
        await house.start()
        assert len(house.context.engine.state.markets[1].book.orders) == 1


async def test_a_second_request_hurries_it(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path, drain_answer_seconds=60.0, drain_close_seconds=60.0) as house:
        _, (_ada, bob) = await house.furnish("ada", "bob")
        house.gates["ada"].close()
        house.threads.gate.close()
        await bob.post(bid(1, 50, 1))
        await trio.sleep(1)
        house.shutdown.request()
        await trio.sleep(10)
        assert not bob.ended.is_set()
        house.shutdown.request()
        await trio.sleep(3)
        assert bob.ended.is_set()
        house.threads.gate.open()
        with trio.fail_after(5):
            await house.ended.wait()
        assert house.failure is None


async def test_a_drain_asked_for_before_it_begins_ends_it_at_once(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        await house.drain()
        await house.start()
        assert await house.drain() < 0.5
