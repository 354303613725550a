"""Snapshot and resume: whoever comes, and comes back, knows everything once."""

from pathlib import Path
from random import Random
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from tests.sim.compare import assert_knows
from tests.sim.harness import House, open_house
from tests.sim.raw_client import RawClient
from tests.sim.requests import act_as, bid, cancel_all, create_account, elevate, kind_of, offer, transfer
from tests.store.world import plant


def _first(client: RawClient, start: int) -> list[str]:
    return [kind_of(message) for message in client.received[start : start + 2]]


async def _come_back(house: House, client: RawClient, **changes: object) -> str:
    """Reconnects with a resume; returns what it is answered with."""
    start = len(client.received)
    await house.connect(client, resume=True, **changes)  # type: ignore[arg-type]
    await client.wait_ready()
    assert _first(client, start)[0] == "authenticated"
    return _first(client, start)[1]


async def _traffic(client: RawClient, count: int, market_id: int = 1) -> None:
    for number in range(count):
        await client.ask(bid(market_id, number % 100))


async def test_a_resume_gets_exactly_what_was_missed(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada, bob) = await house.furnish("ada", "bob")
        await _traffic(ada, 5)
        await house.settle_down(bob)
        known, told = bob.complete_through, len(bob.facts)
        bob.drop()
        await _traffic(ada, 7)
        assert await _come_back(house, bob) == "resumed"
        await _traffic(ada, 3)
        await house.settle_down(bob)
        assert [message.sequence for message in bob.facts[told:]] == list(range(known + 1, known + 11))
        assert_knows(bob, house.context.engine.state)


async def test_a_resume_that_missed_nothing_gets_nothing(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (bob,) = await house.furnish("bob")
        await house.settle_down(bob)
        told = len(bob.facts)
        bob.drop()
        assert await _come_back(house, bob) == "resumed"
        assert len(bob.facts) == told
        assert_knows(bob, house.context.engine.state)


@pytest.mark.parametrize("page", [1, 7, 2_000])
async def test_a_resume_beyond_the_ring_reads_the_journal(tmp_path: Path, autojump_clock: MockClock, page: int) -> None:
    async with open_house(tmp_path, ring_facts=5, resume_page_facts=page) as house:
        _, (ada, bob, carol) = await house.furnish("ada", "bob", "carol")
        await house.settle_down(bob)
        known, told = bob.complete_through, len(bob.facts)
        bob.drop()
        await _traffic(ada, 30)
        await carol.ask(transfer(3, 100))  # seen by neither
        assert await _come_back(house, bob) == "resumed"
        await _traffic(ada, 3)
        await house.settle_down(bob)
        sequences = [message.sequence for message in bob.facts[told:]]
        assert sequences == [*range(known + 1, known + 31), *range(known + 32, known + 35)]
        assert_knows(bob, house.context.engine.state)


@pytest.mark.parametrize("column", ["facts", "changes_rights"])
async def test_a_damaged_commit_is_not_told_but_a_snapshot(
    tmp_path: Path, autojump_clock: MockClock, column: str
) -> None:
    async with open_house(tmp_path, ring_facts=5) as house:
        _, (ada, bob) = await house.furnish("ada", "bob")
        await house.settle_down(bob)
        missed = bob.complete_through + 2
        bob.drop()
        await _traffic(ada, 30)
        before = "(SELECT facts FROM journal WHERE sequence = 6)"
        value = before if column == "facts" else "1"
        plant(house.path, f"UPDATE journal SET {column} = {value} WHERE sequence = {missed}")
        told, heard = len(bob.facts), len(bob.received)
        await _come_back(house, bob)
        assert "snapshot" in map(kind_of, bob.received[heard:])
        await house.settle_down(bob)
        assert not [message for message in bob.facts[told:] if message.sequence == missed]
        assert_knows(bob, house.context.engine.state)


async def test_frames_of_a_long_resume_stay_small(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path, ring_facts=5, frame_bytes=2_000) as house:
        _, (ada, bob) = await house.furnish("ada", "bob")
        await house.settle_down(bob)
        bob.drop()
        ids = await ada.post(*[bid(1, price % 100) for price in range(300)])
        await ada.reply(ids[-1])
        bob.frame_sizes.clear()
        assert await _come_back(house, bob) == "resumed"
        assert max(bob.frame_sizes) <= 2_200
        await house.settle_down(bob)
        assert_knows(bob, house.context.engine.state)


async def test_a_resume_after_a_restart(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada, bob) = await house.furnish("ada", "bob")
        await house.settle_down(bob)
        bob.drop()
        await _traffic(ada, 5)
        await house.drain()
        await house.start()
        assert await _come_back(house, bob) == "resumed"
        assert_knows(bob, house.context.engine.state)


@pytest.mark.parametrize(
    "changes",
    [
        {"exchange_id": b"another exchange"},
        {"time": 12_345},
        {"sequence": 0},
        {"sequence": 1_000_000},
        {"view": b"otherwise"},
        {"view": b""},
    ],
    ids=["another exchange", "another time", "never", "the future", "another view", "no view"],
)
async def test_a_resume_that_does_not_fit_is_answered_with_a_snapshot(
    tmp_path: Path, autojump_clock: MockClock, changes: dict[str, object]
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada, bob) = await house.furnish("ada", "bob")
        await house.settle_down(bob)
        bob.drop()
        await _traffic(ada, 3)
        assert await _come_back(house, bob, **changes) == "snapshot"
        assert_knows(bob, house.context.engine.state)


async def test_a_resume_from_too_far_back_is_answered_with_a_snapshot(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path, resume_facts=10) as house:
        _, (ada, bob, carol) = await house.furnish("ada", "bob", "carol")
        await house.settle_down(bob, carol)
        bob.drop()
        await _traffic(ada, 5)
        await house.settle_down(carol)
        carol.drop()
        await _traffic(ada, 6)
        assert await _come_back(house, bob) == "snapshot"
        assert await _come_back(house, carol) == "resumed"
        assert_knows(bob, house.context.engine.state)
        assert_knows(carol, house.context.engine.state)


async def test_a_resume_after_a_change_of_rights_is_answered_with_a_snapshot(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada, bob) = await house.furnish("ada", "bob")
        other = await house.sign_in("ada")
        await house.settle_down(ada, bob)
        ada.drop()
        bob.drop()
        sub = (await other.ask(create_account("sub"))).created.id
        await other.ask(transfer(sub, 1_000))
        assert await _come_back(house, ada) == "snapshot"
        assert await _come_back(house, bob) == "resumed", "nothing changed for bob"
        assert ada.model.cash[sub] == 1_000
        for client in (ada, bob):
            await house.settle_down(client)
            assert_knows(client, house.context.engine.state)


async def test_an_elevated_admin_comes_back_without_elevation_and_with_a_snapshot(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        root, _ = await house.furnish("ada")
        await root.ask(act_as(3))
        await house.settle_down(root)
        root.drop()
        assert await _come_back(house, root) == "snapshot"
        assert kind_of(await root.ask(elevate(False))) == "done"
        assert_knows(root, house.context.engine.state)


async def test_who_acts_as_a_sub_account_resumes_as_it(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        sub = (await ada.ask(create_account("sub"))).created.id
        await ada.ask(act_as(sub))
        await house.settle_down(ada)
        ada.drop()
        assert await _come_back(house, ada, act_as=sub) == "resumed"
        ada.drop()
        assert await _come_back(house, ada) == "snapshot", "it would act as another account"


async def test_a_resume_of_a_client_limited_to_some_markets(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path, ring_facts=5, resume_page_facts=3) as house:
        _, (ada,) = await house.furnish("ada", markets=3)
        limited = await house.sign_in("limited", markets=(2,))
        await house.settle_down(limited)
        limited.drop()
        for _ in range(4):
            for market_id in (1, 2, 3):
                await _traffic(ada, 2, market_id)
        await ada.ask(cancel_all())
        told = len(limited.facts)
        assert await _come_back(house, limited) == "resumed"
        await house.settle_down(limited)
        kinds = [kind_of(message) for message in limited.facts[told:]]
        assert kinds == ["order_placed"] * 8 + ["orders_cancelled"]
        assert_knows(limited, house.context.engine.state)
        limited.drop()
        limited.markets = (1, 2)
        assert await _come_back(house, limited) == "snapshot", "it follows other markets now"
        assert_knows(limited, house.context.engine.state)


async def _trade(client: RawClient, random: Random, markets: int) -> None:
    market_id, price = random.randint(1, markets), random.randint(40, 60)
    order = (bid if random.random() < 0.5 else offer)(market_id, price, random.randint(1, 20), tag=b"t")
    await client.send(client.numbered(order if random.random() < 0.9 else cancel_all(market_id)))


@pytest.mark.parametrize("seed", range(4))
async def test_snapshot_and_feed_equal_the_journal_under_traffic_and_drops(
    tmp_path: Path, autojump_clock: MockClock, seed: int
) -> None:
    random = Random(seed)
    limits: dict[str, Any] = {
        "ring_facts": 10,
        "resume_page_facts": 4,
        "frame_bytes": 3_000,
        "pace_expensive_per_minute": 100_000.0,
    }
    async with open_house(tmp_path, seed=seed, delay=lambda: random.random() / 20, **limits) as house:
        root, traders = await house.furnish("ada", "bob", "carol", markets=2)
        watchers = [await house.sign_in(f"watcher {number}") for number in range(3)]
        watchers.append(await house.sign_in("limited", markets=(2,)))
        answers = set()
        for _ in range(150):
            for trader in traders:
                await _trade(trader, random, 2)
            await trio.sleep(random.random() / 50)
            client = random.choice([*watchers, traders[0]])
            if random.random() < 0.3:
                client.drop()
                await trio.sleep(random.random() / 10)
                answers.add(await _come_back(house, client))
        await house.settle_down(root, *traders, *watchers)
        for client in (root, *traders, *watchers):
            assert_knows(client, house.context.engine.state)
        assert answers == {"resumed"}
