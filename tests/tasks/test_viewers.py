"""Viewers of a restricted market come and go in order, live and while they are away."""

from pathlib import Path
from typing import Any

import pytest
from trio.testing import MockClock

from exchange.core.invariants import violations
from exchange.core.refusals import Code
from exchange.store.verify import verify
from exchange.wire.records import decode_facts
from exchange_client.schema import client_pb2, types_pb2
from tests.sim.compare import assert_knows
from tests.sim.harness import House, open_house
from tests.sim.raw_client import RawClient
from tests.sim.requests import (
    ClientMessage,
    act_as,
    bid,
    code_of,
    create_account,
    create_fund,
    create_market,
    edit_market,
    elevate,
    kind_of,
    offer,
    set_status,
    settle,
    share,
    unsettle,
)
from tests.tasks.sight import SECRET, account_of, every_request, hears_of, make_secret, reading, since, undated


async def test_a_viewer_sees_it_like_any_market_and_nobody_is_told_who_views(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        root, (ada, bob, eve) = await house.furnish("ada", "bob", "eve")
        market_id = await make_secret(root, ada, bob)
        await ada.ask(bid(market_id, 40, 10, tag=b"a"))
        assert kind_of(await bob.ask(offer(market_id, 40, 4))) == "order_result"
        late = await house.sign_in("ada")
        await house.settle_down(root, ada, bob, eve, late)
        for client in (root, ada, bob, eve, late):
            assert_knows(client, house.context.engine.state)
        assert market_id in bob.model.markets
        assert root.model.markets[market_id].viewers == {account_of(ada), account_of(bob)}
        answers = [await bob.ask(request) for request in reading(market_id)]
        kinds = [kind_of(answer) for answer in answers]
        assert kinds == ["trades", "orders", "own_fills", "candles", "market_facts", "refusal"]
        assert not hears_of(eve, 0, market_id)


async def test_whoever_is_added_is_sent_market_and_book_at_that_place(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        root, (ada, bob, eve) = await house.furnish("ada", "bob", "eve")
        market_id = await make_secret(root, ada)
        fund_id = (await root.ask(create_fund("Basket", {market_id: 1, 1: 1}))).created.id
        for price in (41, 40, 42):
            await ada.ask(bid(market_id, price, 10))
            await ada.ask(bid(fund_id, price, 10))
        await house.settle_down(bob)
        start = len(bob.received)
        house.threads.gate.close()
        ids = await root.post(edit_market(market_id, add=[account_of(bob)], name="Open secret"))
        await ada.post(bid(market_id, 43, 1))
        house.threads.gate.open()
        done = await root.reply(ids[0])
        await house.settle_down(root, ada, bob, eve)
        kinds = [kind_of(message) for message in since(bob, start)]
        assert kinds == ["snapshot"] * 4 + ["market_edited", "view_changed", "order_placed"]
        assert bob.received[start + 4].sequence == done.sequence
        assert all("Secret" not in str(message) for message in bob.received), "not even how it was called before"
        for client in (root, ada, bob, eve):
            assert_knows(client, house.context.engine.state)
        assert kind_of(await bob.ask(offer(fund_id, 40, 1))) == "order_result"
        assert not hears_of(eve, 0, market_id)


async def test_whoever_is_removed_loses_it_and_their_orders_in_one_step(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        root, (ada, bob) = await house.furnish("ada", "bob")
        market_id = await make_secret(root, ada, bob)
        fund_id = (await root.ask(create_fund("Basket", {market_id: 1, 1: 1}))).created.id
        own = [(await bob.ask(bid(each, 40, 10))).order_result.order_id for each in (market_id, fund_id, 1)]
        await ada.ask(bid(market_id, 39, 10))
        await root.ask(set_status(market_id, types_pb2.MARKET_STATUS_PAUSED))
        await house.settle_down(bob)
        start = len(bob.received)
        done = await root.ask(edit_market(market_id, remove=[account_of(bob)], name="Elsewhere"))
        await root.ask(set_status(market_id, types_pb2.MARKET_STATUS_OPEN))
        await ada.ask(bid(market_id, 41, 10))
        await house.settle_down(root, ada, bob)
        told = since(bob, start)
        assert [kind_of(message) for message in told] == ["orders_cancelled", "orders_cancelled", "view_changed"]
        assert {message.sequence for message in told} == {done.sequence}
        assert [list(message.orders_cancelled.order_ids) for message in told[:2]] == [[own[0]], [own[1]]]
        assert told[0].orders_cancelled.reason == types_pb2.CANCEL_REASON_VIEWER_REMOVED
        assert list(told[2].view_changed.gone_market_ids) == [market_id, fund_id]
        assert bob.model.orders.keys() == {own[2]}
        for client in (root, ada, bob):
            assert_knows(client, house.context.engine.state)
        for secret, unused in zip(every_request(market_id), every_request(99), strict=True):
            assert undated(await bob.ask(secret)) == undated(await bob.ask(unused)), secret
        orders = await bob.ask(ClientMessage(get_orders=client_pb2.GetOrders()))
        assert [order.order_id for order in orders.orders.orders] == [own[2]], "one's own past there is gone too"
        late = await house.sign_in("bob")
        assert_knows(late, house.context.engine.state)
        assert list(violations(house.context.engine.state)) == []


async def _holding(house: House, root: RawClient, ada: RawClient, bob: RawClient, **terms: Any) -> int:
    """A restricted market in which bob holds a position and has an order, and is no viewer any more."""
    market_id = await make_secret(root, ada, bob, **terms)
    await ada.ask(bid(market_id, 40, 10))
    await bob.ask(offer(market_id, 40, 4))
    await bob.ask(offer(market_id, 60, 4))
    await root.ask(edit_market(market_id, remove=[account_of(bob)]))
    await ada.ask(bid(market_id, 30, 1))
    await house.settle_down(root, ada, bob)
    return market_id


async def test_whoever_is_removed_goes_on_seeing_the_position_and_its_settlement(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        root, (ada, bob, eve) = await house.furnish("ada", "bob", "eve")
        market_id = await _holding(house, root, ada, bob)
        late = await house.sign_in("bob")
        for client in (root, ada, bob, eve, late):
            assert_knows(client, house.context.engine.state)
        assert bob.model.held() == {(account_of(bob), market_id): -4}
        start = len(bob.received)
        assert code_of(await bob.ask(bid(market_id, 50))) == Code.NOT_ALLOWED
        assert [code_of(await bob.ask(each)) for each in reading(market_id)] == [400, 0, 0, 400, 400, 401]
        await ada.ask(bid(market_id, 44, 1))
        await root.ask(edit_market(market_id, name="Still there", anonymous=True))
        await root.ask(settle(market_id, 70))
        await house.settle_down(bob, late)
        kinds = [kind_of(message) for message in since(bob, start) if not message.request_id]
        assert kinds == ["snapshot", "snapshot", "market_edited", "view_changed", "market_settled"]
        assert bob.model.markets[market_id].name == "Still there"
        for client in (bob, late):
            assert client.model.held() == {}
            assert_knows(client, house.context.engine.state)
        await root.ask(unsettle(market_id))
        await house.settle_down(root, ada, bob, eve, late)
        restored = [message.market_unsettled for message in bob.facts if kind_of(message) == "market_unsettled"]
        assert [[each.account_id for each in fact.positions] for fact in restored] == [[account_of(bob)]]
        for client in (root, ada, bob, eve, late):
            assert_knows(client, house.context.engine.state)
        assert not hears_of(eve, 0, market_id)


async def test_a_public_market_that_is_restricted_goes_and_comes_back(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        root, (ada, bob, eve) = await house.furnish("ada", "bob", "eve", markets=2)
        await ada.ask(bid(1, 40, 10))
        await bob.ask(offer(1, 40, 4))
        mine = (await eve.ask(offer(1, 60, 4))).order_result.order_id
        await house.settle_down(eve)
        start = len(eve.received)
        await root.ask(edit_market(1, restricted=True, add=[account_of(ada)]))
        await ada.ask(bid(1, 41, 3))
        await house.settle_down(root, ada, bob, eve)
        assert [kind_of(message) for message in since(eve, start)] == ["orders_cancelled", "view_changed"]
        assert list(eve.received[start].orders_cancelled.order_ids) == [mine]
        assert 1 not in eve.model.markets
        assert bob.model.books()[1] == [], "bob holds a position: the market is there, its book is not"
        for client in (root, ada, bob, eve):
            assert_knows(client, house.context.engine.state)
        await root.ask(edit_market(1, restricted=False))
        await ada.ask(bid(1, 42, 3))
        await house.settle_down(root, ada, bob, eve)
        for client in (root, ada, bob, eve):
            assert_knows(client, house.context.engine.state)
        assert len(eve.model.books()[1]) == 3
        assert eve.model.markets[1].viewers == frozenset()
        assert kind_of(await eve.ask(offer(1, 40, 1))) == "order_result"


async def test_elevation_shows_it_and_takes_it_away_again(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        root, (ada,) = await house.furnish("ada")
        market_id = await make_secret(root, ada)
        await ada.ask(bid(market_id, 40, 10))
        other = await house.sign_in("other:admin")
        assert market_id not in other.model.markets
        await other.ask(elevate())
        await ada.ask(bid(market_id, 41, 10))
        await house.settle_down(other)
        assert_knows(other, house.context.engine.state)
        assert len(other.model.books()[market_id]) == 2
        await other.ask(elevate(False))
        await ada.ask(bid(market_id, 42, 10))
        await house.settle_down(other)
        assert_knows(other, house.context.engine.state)
        assert market_id not in other.model.markets
        assert code_of(await root.ask(bid(market_id, 40))) == Code.NOT_ALLOWED, "to trade, be listed"


async def test_a_shared_account_brings_its_markets_and_takes_them_away(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        root, (ada, bob) = await house.furnish("ada", "bob")
        sub = (await ada.ask(create_account("team"))).created.id
        created = await root.ask(create_market(SECRET, restricted=True, anonymous=True, viewer_account_ids=[sub]))
        market_id = created.created.id
        assert code_of(await ada.ask(bid(market_id, 50))) == Code.NOT_ALLOWED, "it is the team's"
        await ada.ask(ClientMessage(transfer=client_pb2.Transfer(to_account_id=sub, amount=100_000)))
        await ada.ask(act_as(sub))
        await ada.ask(bid(market_id, 50, 10, tag=b"team"))
        await ada.ask(share(sub, account_of(bob)))
        await house.settle_down(root, ada, bob)
        for client in (root, ada, bob):
            assert_knows(client, house.context.engine.state)
        assert [row[1] for row in bob.model.books()[market_id]] == [sub]
        revoke = client_pb2.RevokeAccess(account_id=sub, from_account_id=account_of(bob))
        await root.ask(ClientMessage(revoke_access=revoke))
        await ada.ask(bid(market_id, 51, 1))
        await house.settle_down(root, ada, bob)
        for client in (root, ada, bob):
            assert_knows(client, house.context.engine.state)
        assert market_id not in bob.model.markets


# Coming back.


async def _come_back(house: House, client: RawClient) -> str:
    start = len(client.received)
    await house.connect(client, resume=True)
    await client.wait_ready()
    await house.settle_down(client)
    assert_knows(client, house.context.engine.state)
    return kind_of(client.received[start + 1])


@pytest.mark.parametrize("ring", [3, 1_000])
async def test_a_resume_is_for_those_whose_sight_has_not_changed(
    tmp_path: Path, autojump_clock: MockClock, ring: int
) -> None:
    async with open_house(tmp_path, ring_facts=ring, resume_page_facts=2) as house:
        root, (ada, bob, carol, eve) = await house.furnish("ada", "bob", "carol", "eve")
        first = await make_secret(root, ada, bob)
        await house.settle_down(ada, bob, carol, eve)
        for client in (ada, bob, carol, eve):
            client.drop()
        await root.ask(edit_market(first, remove=[account_of(bob)]))
        await root.ask(create_market("Another", restricted=True, viewer_account_ids=[account_of(ada)]))
        await root.ask(edit_market(first, name="Renamed", add=[account_of(carol)], anonymous=True))
        await root.ask(edit_market(first, anonymous=False))
        await root.ask(create_fund("Basket", {1: 1, first: 1}))
        await root.ask(edit_market(1, description="the same for all"))
        answers = [await _come_back(house, client) for client in (ada, bob, carol, eve)]
        assert answers == ["snapshot", "snapshot", "snapshot", "resumed"]
        assert not hears_of(eve, 0, first)
        for client in (ada, bob, carol, eve):
            client.drop()
        await root.ask(edit_market(1, description="once more"))
        assert [await _come_back(house, client) for client in (ada, bob, carol, eve)] == ["resumed"] * 4


async def test_a_viewer_who_is_removed_and_added_while_away_is_sent_a_snapshot(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        root, (ada, bob) = await house.furnish("ada", "bob")
        market_id = await make_secret(root, ada, bob)
        await house.settle_down(bob)
        bob.drop()
        await root.ask(edit_market(market_id, remove=[account_of(bob)]))
        await ada.ask(bid(market_id, 40, 10))
        await root.ask(edit_market(market_id, add=[account_of(bob)]))
        assert await _come_back(house, bob) == "snapshot"


async def test_who_views_survives_a_restart_and_the_file_verifies(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        root, (ada, bob, eve) = await house.furnish("ada", "bob", "eve")
        market_id = await _holding(house, root, ada, bob, anonymous=True)
        await root.ask(create_fund("Basket", {market_id: 1}))
        lens = house.context.engine.state.lens
        await house.drain()
        await house.start()
        assert house.context.engine.state.lens == lens
        for client in (ada, bob, eve):
            assert await _come_back(house, client) == "resumed"
        await house.drain()
        report = verify(house.path, decode_facts)
        assert report.ok, report.problems


async def test_an_answer_that_was_on_its_way_does_not_tell_of_a_market_that_is_gone(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path, reads_per_connection=5) as house:
        root, (ada, bob) = await house.furnish("ada", "bob")
        market_id = await make_secret(root, ada, bob)
        await ada.ask(bid(market_id, 40, 10))
        await bob.ask(offer(market_id, 40, 10))
        await house.settle_down(bob)
        house.threads.gate.close()
        await ada.post(bid(1, 40))
        ids = await bob.post(*reading(market_id)[:5])
        await root.post(edit_market(market_id, remove=[account_of(bob)]))
        for _ in range(5):
            await bob.ask(ClientMessage(ping=client_pb2.Ping()))
        house.threads.gate.open()
        answers = [await bob.reply(request_id) for request_id in ids]
        gone = next(index for index, message in enumerate(bob.received) if kind_of(message) == "view_changed")
        for answer in answers:
            later = bob.received.index(answer) > gone
            assert not later or code_of(answer) or kind_of(answer) in ("orders", "own_fills"), answer
