"""What the live feed tells to whom: quiet, filtered, private, and to clients that do not read."""

from itertools import pairwise
from pathlib import Path

import trio
from trio.testing import MockClock

from exchange_client.schema import server_pb2
from tests.sim.compare import assert_knows
from tests.sim.harness import House, open_house
from tests.sim.raw_client import RawClient
from tests.sim.requests import act_as, bid, cancel_all, create_account, elevate, kind_of, offer, transfer


def _account(client: RawClient) -> int:
    assert client.welcome is not None
    return client.welcome.account_id


def _kinds(client: RawClient, kind: str) -> list[server_pb2.ServerMessage]:
    return [message for message in client.received if kind_of(message) == kind]


async def test_a_quiet_feed_carries_heartbeats(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        await trio.sleep(60)
        beats = _kinds(ada, "heartbeat")
        assert 9 <= len(beats) <= 13
        times = [beat.heartbeat.server_time for beat in beats]
        assert all(4e9 < later - earlier < 7e9 for earlier, later in pairwise(times))
        assert ada.complete_through == house.context.engine.state.sequence


async def test_a_heartbeat_completes_what_a_client_may_not_see(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada, bob, eve) = await house.furnish("ada", "bob", "eve")
        await ada.ask(transfer(_account(bob), 1_000))
        await trio.sleep(10)
        assert eve.complete_through == house.context.engine.state.sequence
        assert eve.facts[-1].sequence < eve.complete_through


async def test_a_busy_feed_needs_no_heartbeats(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada, bob) = await house.furnish("ada", "bob")
        for price in range(30):
            await ada.ask(bid(1, price))
            await trio.sleep(1)
        assert _kinds(bob, "heartbeat") == []


async def test_a_client_limited_to_markets_hears_of_no_other(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada, bob) = await house.furnish("ada", "bob", markets=3)
        limited = await house.sign_in("carol", markets=(2,))
        everything = await house.sign_in("dora")
        for market_id in (1, 2, 3):
            await ada.ask(bid(market_id, 50, 10))
            await bob.ask(offer(market_id, 50, 4))
        await ada.ask(cancel_all())
        await house.settle_down(limited, everything)
        state = house.context.engine.state
        assert set(limited.model.books()) == {2}
        assert {m.order_placed.market_id for m in limited.facts if kind_of(m) == "order_placed"} == {2}
        cancelled = [m.orders_cancelled.market_id for m in limited.facts if kind_of(m) == "orders_cancelled"]
        assert cancelled == [2], "one command ended orders in three markets"
        assert_knows(limited, state)
        assert_knows(everything, state)
        assert limited.complete_through == state.sequence


async def test_a_tag_is_seen_by_owners_only(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        root, (ada, bob) = await house.furnish("ada", "bob")
        beside = await house.sign_in("ada")
        await ada.ask(bid(1, 50, tag=b"mine"))
        late, late_owner = await house.sign_in("late"), await house.sign_in("ada")
        await house.settle_down(root, ada, bob, beside, late, late_owner)
        for client in (ada, beside, late_owner, root):
            assert list(client.model.tags.values()) == ([b"mine"]), client.name
        for client in (bob, late):
            assert client.model.tags == {}
            assert all(b"mine" not in message.SerializeToString() for message in client.received)


async def test_transfers_are_seen_by_both_owners_and_elevated_admins_only(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        root, (ada, bob, eve) = await house.furnish("ada", "bob", "eve")
        plain_admin = await house.sign_in("other:admin")
        reply = await ada.ask(transfer(_account(bob), 1_000, note="rent"))
        await house.settle_down(root, ada, bob, eve, plain_admin)
        for client, told in ((ada, True), (bob, True), (root, True), (eve, False), (plain_admin, False)):
            assert any(message.sequence == reply.sequence for message in client.facts) is told, client.name
        assert all(b"rent" not in message.SerializeToString() for message in eve.received)
        await root.ask(elevate(False))
        again = await ada.ask(transfer(_account(bob), 1_000))
        await house.settle_down(root)
        assert all(message.sequence != again.sequence for message in root.facts), "elevation had ended"


async def test_a_new_sub_account_belongs_to_all_connections_of_its_user(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        root, (ada, bob) = await house.furnish("ada", "bob")
        beside = await house.sign_in("ada")
        sub = (await ada.ask(create_account("sub"))).created.id
        await ada.ask(transfer(sub, 5_000))
        await house.settle_down(root, ada, bob, beside)
        for client in (ada, beside):
            assert client.model.cash[sub] == 5_000
        assert "sub" in bob.model.accounts.values()
        owners = [m.account_created.account.owner_user_ids for m in bob.facts if kind_of(m) == "account_created"]
        assert not any(owners), "who owns an account is for its owners"
        for client in (root, ada, bob, beside):
            assert_knows(client, house.context.engine.state)


async def test_an_order_of_the_sub_account_is_ones_own(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        root, (ada, bob) = await house.furnish("ada", "bob")
        sub = (await ada.ask(create_account("sub"))).created.id
        await ada.ask(transfer(sub, 500_000))
        await ada.ask(act_as(sub))
        await ada.ask(bid(1, 50, 10, tag=b"sub"))
        await bob.ask(offer(1, 50, 4))
        await house.settle_down(root, ada, bob)
        assert ada.model.held() == {(sub, 1): 4}
        for client in (root, ada, bob):
            assert_knows(client, house.context.engine.state)


async def _stall(house: House, name: str) -> RawClient:
    client = await house.sign_in(name)
    house.gates[name].close()
    return client


async def test_a_client_that_does_not_read_is_cut_and_others_get_everything(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path, outbox_bytes=20_000, pace_burst=10_000.0) as house:
        root, (ada, bob) = await house.furnish("ada", "bob")
        slow = await _stall(house, "slow")
        started = trio.current_time()
        for _ in range(20):
            ids = await ada.post(*[bid(1, price % 100) for price in range(50)])
            await ada.reply(ids[-1])
        assert await slow.wait_ended() in (4003, 1006)
        assert trio.current_time() - started < 10.0, "it is cut within the time for a Close"
        assert len(house.context.publisher.audiences.everybody) == 3
        await house.settle_down(root, ada, bob)
        assert_knows(bob, house.context.engine.state)
        house.gates["slow"].open()
        again = await house.sign_in("slow")
        assert_knows(again, house.context.engine.state)


async def test_a_slow_client_that_catches_up_in_time_loses_nothing(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path, frame_bytes=4_000) as house:
        root, (ada,) = await house.furnish("ada")
        slow = await _stall(house, "slow")
        for _ in range(10):
            ids = await ada.post(*[bid(1, price % 100) for price in range(50)])
            await ada.reply(ids[-1])
        house.gates["slow"].open()
        await house.settle_down(root, ada, slow)
        assert_knows(slow, house.context.engine.state)
        assert max(slow.frame_sizes) <= 4_200, "what waited was cut into frames"


async def test_slow_clients_that_catch_up_do_not_keep_others_out(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path, frame_bytes=4_000) as house:
        _, (ada,) = await house.furnish("ada")
        ids = await ada.post(*[bid(1, price % 100) for price in range(900)])
        await ada.reply(ids[-1])
        for number in range(house.settings.catch_ups_at_once + 1):
            client = await house.open(RawClient(f"slow {number}"))
            house.gates[client.name].close()
            await client.send(client.hello(f"dev:{client.name}"))
        await trio.sleep(0.1)
        started = trio.current_time()
        await house.sign_in("quick")
        assert trio.current_time() - started < 5.0
