"""Nothing leaves before the commit it tells of; everything leaves after it, in order."""

from pathlib import Path

import trio
from trio.testing import MockClock

from tests.sim.compare import assert_knows
from tests.sim.harness import RICH, open_house
from tests.sim.raw_client import RawClient
from tests.sim.requests import act_as, bid, cancel, create_account, elevate, grant, kind_of, offer, ping, transfer

A_WHILE = 60.0
"""Long enough for anything that would leave by itself, heartbeats included."""


async def test_neither_fact_nor_reply_leaves_before_its_commit(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada, bob) = await house.furnish("ada", "bob")
        await house.settle_down(ada, bob)
        before = (len(ada.facts), len(bob.facts), ada.complete_through)
        house.threads.gate.close()
        (request_id,) = await ada.post(bid(1, 50, 10))
        await trio.sleep(A_WHILE)
        assert house.context.engine.state.markets[1].book.orders, "it is decided"
        assert request_id not in ada.replies
        assert (len(ada.facts), len(bob.facts), ada.complete_through) == before
        house.threads.gate.open()
        assert kind_of(await ada.reply(request_id)) == "order_result"
        await house.settle_down(ada, bob)
        assert_knows(bob, house.context.engine.state)


async def test_the_requester_gets_the_fact_and_then_the_reply_of_the_same_sequence(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        start = len(ada.received)
        reply = await ada.ask(bid(1, 50, 10))
        mine = [message for message in ada.received[start:] if message.sequence == reply.sequence]
        assert [kind_of(message) for message in mine] == ["order_placed", "order_result"]
        assert [message.request_id for message in mine] == [0, reply.request_id]
        assert mine[0].time == mine[1].time
        assert ada.complete_through >= reply.sequence


async def test_a_refusal_that_depends_on_an_uncommitted_order_waits_for_it(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada, bob) = await house.furnish("ada", "bob")
        house.threads.gate.close()
        await ada.post(bid(1, 50, 10))
        (request_id,) = await bob.post(offer(1, 50, 1, post_only=True))
        await trio.sleep(A_WHILE)
        assert request_id not in bob.replies
        house.threads.gate.open()
        assert kind_of(await bob.reply(request_id)) == "refusal"
        assert bob.facts[-1].order_placed.size == 10, "the order it would have met was told first"


async def test_a_client_that_signs_in_meanwhile_sees_nothing_uncommitted(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada, bob) = await house.furnish("ada", "bob")
        bob.drop()
        house.threads.gate.close()
        await ada.post(bid(1, 50, 10))
        await trio.sleep(1)
        again = RawClient("bob")
        await house.connect(again)
        await trio.sleep(A_WHILE)
        assert again.received == [], "its snapshot is held back: it shows the order"
        house.threads.gate.open()
        await again.wait_ready()
        assert [order.remaining for order in again.model.orders.values()] == [10]
        assert again.facts == [], "what the snapshot shows is not told again"
        await house.settle_down(again)
        assert_knows(again, house.context.engine.state)


async def test_a_new_user_hears_nothing_before_their_account_is_committed(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        await house.furnish()
        house.threads.gate.close()
        carol = await house.connect(RawClient("carol"))
        await trio.sleep(5)
        assert carol.received == []
        house.threads.gate.open()
        await carol.wait_ready()
        assert "carol" in carol.model.accounts.values()


async def test_a_pong_names_only_what_is_committed_and_does_not_wait(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        await house.settle_down(ada)
        sequence = ada.complete_through
        house.threads.gate.close()
        await ada.post(bid(1, 50, 10))
        pong = await ada.ask(ping())
        assert (kind_of(pong), pong.sequence) == ("pong", sequence)
        await trio.sleep(A_WHILE)
        assert ada.complete_through == sequence, "heartbeats do not say more either"
        house.threads.gate.open()


async def test_switching_the_account_shows_nothing_uncommitted(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        root, (ada,) = await house.furnish("ada")
        assert ada.welcome is not None
        account_id = ada.welcome.account_id
        house.threads.gate.close()
        await ada.post(bid(1, 50, 10, tag=b"secret"))
        await trio.sleep(1)
        (request_id,) = await root.post(act_as(account_id))
        await trio.sleep(A_WHILE)
        assert request_id not in root.replies
        assert account_id not in root.model.cash
        house.threads.gate.open()
        assert kind_of(await root.reply(request_id)) == "done"
        assert root.model.cash[account_id] == RICH
        assert list(root.model.tags.values()) == [b"secret"]


async def test_everything_arrives_in_order_after_a_long_commit(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        root, (ada, bob) = await house.furnish("ada", "bob")
        assert bob.welcome is not None
        house.threads.gate.close()
        ids = await ada.post(bid(1, 50, 10), bid(1, 51, 10), bid(1, 52, 10), cancel(1, 1))
        bob_ids = await bob.post(offer(1, 51, 15), offer(1, 60, 1))
        root_ids = await root.post(grant(bob.welcome.account_id, 5), create_account("spare"))
        transfer_ids = await bob.post(transfer(3, 1_000))
        await trio.sleep(A_WHILE)
        house.threads.gate.open()
        for client, asked in ((ada, ids), (bob, bob_ids + transfer_ids), (root, root_ids)):
            for request_id in asked:
                await client.reply(request_id)
        await house.settle_down(root, ada, bob)
        for client in (root, ada, bob):
            sequences = [message.sequence for message in client.facts]
            assert sequences == sorted(sequences)
            assert_knows(client, house.context.engine.state)
            for replies in client.replies.values():
                place = client.received.index(replies[0])
                later = [m.sequence for m in client.received[place:] if m in client.facts]
                assert all(sequence > replies[0].sequence for sequence in later), "a fact came after its reply"


async def test_commits_that_gather_meanwhile_are_one_transaction(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        house.threads.gate.close()
        await ada.post(bid(1, 1, 1))
        await trio.sleep(1)
        ids = await ada.post(*[bid(1, price, 1) for price in range(2, 50)])
        await trio.sleep(1)
        before = house.threads.transactions
        house.threads.gate.open()
        await ada.reply(ids[-1])
        assert house.threads.transactions == before + 2


async def test_elevation_is_told_only_when_everything_before_it_is_committed(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        root, (ada,) = await house.furnish("ada")
        house.threads.gate.close()
        await ada.post(bid(1, 50, 10))
        await trio.sleep(1)
        (request_id,) = await root.post(elevate(False))
        await trio.sleep(A_WHILE)
        assert request_id not in root.replies
        house.threads.gate.open()
        await root.reply(request_id)
