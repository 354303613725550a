"""Anonymous markets name no foreign account, on any path; one's own stay visible, and elevated admins see all."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from trio.testing import MockClock

from exchange_client.schema import types_pb2
from tests.sim.compare import assert_knows
from tests.sim.harness import House, open_house
from tests.sim.raw_client import RawClient, ServerMessage
from tests.sim.requests import (
    act_as,
    amend,
    batch,
    bid,
    cancel,
    create_account,
    create_fund,
    create_market,
    edit_market,
    elevate,
    kind_of,
    offer,
    redeem,
    revoke,
    set_status,
    settle,
    share,
    transfer,
    unsettle,
)
from tests.tasks.sight import account_of, reading, since

OF_ACCOUNTS = {"account_created", "account_renamed", "transferred", "transfers", "leaderboard"}


def _named_accounts(message: Any, name: str = "") -> Iterator[tuple[str, int]]:
    """Every account that a message names, with the field, but for who has an account at all and who gave one money."""
    for field, value in message.ListFields():
        for each in value if field.is_repeated else [value]:
            if field.message_type is not None:
                if field.message_type.name not in ("Account", "TransferRecord"):
                    yield from _named_accounts(each, field.name)
            elif "account_id" in field.name and each:
                yield f"{name}.{field.name}", each


def _foreign(client: RawClient, own: set[int], start: int = 0) -> set[tuple[str, int]]:
    """Accounts of others in what a client was told of markets."""
    told = [message for message in client.received[start:] if kind_of(message) not in OF_ACCOUNTS]
    return {pair for message in told for pair in _named_accounts(message) if pair[1] not in own}


async def _anonymous(root: RawClient, **terms: Any) -> int:
    created = await root.ask(create_market("Masks", anonymous=True, **terms))
    assert kind_of(created) == "created", created
    return created.created.id


async def _trade(ada: RawClient, bob: RawClient, market_id: int) -> None:
    """Everything that names accounts: orders, fills, amendments, cancels."""
    resting = (await ada.ask(bid(market_id, 40, 10, tag=b"ada"))).order_result.order_id
    await bob.ask(offer(market_id, 40, 4, tag=b"bob"))
    await ada.ask(bid(market_id, 30, 10))
    await ada.ask(amend(market_id, resting, size=9))
    await bob.ask(offer(market_id, 60, 10))
    crossing = (await bob.ask(offer(market_id, 50, 2))).order_result.order_id
    await bob.ask(amend(market_id, crossing, price=40, size=3))
    gone = (await ada.ask(bid(market_id, 20, 1))).order_result.order_id
    await ada.ask(cancel(market_id, gone))
    await ada.ask(batch(market_id, bid(market_id, 21, 1), bid(market_id, 60, 1)))


async def _settle_down(house: House, *clients: RawClient) -> None:
    await house.settle_down(*clients)
    for client in clients:
        assert_knows(client, house.context.engine.state)


async def test_no_foreign_account_is_in_anything_that_a_trader_is_told(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path, ring_facts=5, resume_page_facts=3) as house:
        root, (ada, bob, eve, comer) = await house.furnish("ada", "bob", "eve", "comer", markets=0)
        market_id = await _anonymous(root)
        fund = create_fund("Basket of masks", {market_id: 1})
        fund_id = (await root.ask(fund)).created.id
        await house.settle_down(comer)
        comer.drop()
        await _trade(ada, bob, market_id)
        await _trade(ada, bob, fund_id)
        await ada.ask(redeem(fund_id, -2))
        await root.ask(settle(market_id, 50))
        await root.ask(unsettle(market_id, cover=True))
        for each in (market_id, fund_id):
            await root.ask(edit_market(each, description="again"))
            await root.ask(set_status(each, types_pb2.MARKET_STATUS_OPEN))
        await _trade(ada, bob, market_id)
        await house.connect(comer, resume=True)
        await comer.wait_ready()
        late, late_ada = await house.sign_in("late"), await house.sign_in("ada")
        await _settle_down(house, root, ada, bob, eve, comer, late, late_ada)
        for client in (ada, bob, eve, comer, late, late_ada):
            for request in reading(market_id)[:-1]:
                answer = await client.ask(request)
                assert kind_of(answer) in ("trades", "orders", "own_fills", "candles", "market_facts")
            assert _foreign(client, {account_of(client)}) == set(), client.name
        for client in (ada, late_ada):
            own = {name for message in client.received for name, each in _named_accounts(message) if each}
            assert {"trades.taker_account_id", "trades.maker_account_id"} <= own, "one's own stay visible"
            assert account_of(ada) in {row[1] for row in client.model.books()[market_id]}
        assert {account_of(ada), account_of(bob)} <= {each for _, each in _foreign(root, set())}, "elevated sees all"
        assert {row.order_placed.tag for row in ada.facts if row.order_placed.tag} == {b"ada"}


async def test_elevation_tells_the_accounts_and_takes_them_back(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        root, (ada, bob) = await house.furnish("ada", "bob", markets=0)
        market_id = await _anonymous(root)
        await _trade(ada, bob, market_id)
        other = await house.sign_in("other:admin")
        await other.ask(bid(market_id, 0, 1, tag=b"mine"))
        await _settle_down(house, other)
        assert {row[1] for row in other.model.books()[market_id]} == {0, account_of(other)}
        await other.ask(elevate())
        await _trade(ada, bob, market_id)
        await _settle_down(house, other)
        everybody = {account_of(ada), account_of(bob), account_of(other)}
        assert {row[1] for row in other.model.books()[market_id]} == everybody
        assert account_of(ada) in {
            row.taker_account_id for row in (await other.ask(reading(market_id)[0])).trades.trades
        }
        await other.ask(elevate(False))
        start = len(other.received)
        await _trade(ada, bob, market_id)
        await _settle_down(house, other)
        assert _foreign(other, {account_of(other)}, start) == set()
        assert {row[1] for row in other.model.books()[market_id]} == {0, account_of(other)}


async def test_a_market_that_becomes_anonymous_is_sent_again_without_accounts(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        root, (ada, bob, eve) = await house.furnish("ada", "bob", "eve")
        await root.ask(create_fund("Basket", {1: 1}))
        await _trade(ada, bob, 1)
        await ada.ask(bid(2, 40, 10))
        await _settle_down(house, root, ada, bob, eve)
        start = len(eve.received)
        await root.ask(edit_market(1, anonymous=True))
        await _trade(ada, bob, 1)
        await _settle_down(house, root, ada, bob, eve)
        assert _foreign(eve, {account_of(eve)}, start) == set()
        assert {row[1] for row in eve.model.books()[1]} == {0}
        assert {row[1] for row in eve.model.books()[2]} == {0}, "a fund hides accounts where a constituent does"
        assert {row[1] for row in ada.model.books()[1]} == {0, account_of(ada)}
        assert [kind_of(message) for message in since(eve, start)][:2] == ["snapshot", "snapshot"]
        await root.ask(edit_market(1, anonymous=False))
        await _trade(ada, bob, 1)
        await _settle_down(house, root, ada, bob, eve)
        assert {row[1] for row in eve.model.books()[1]} == {account_of(ada), account_of(bob)}


async def test_orders_of_a_shared_account_become_ones_own_and_strangers_again(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        root, (ada, bob) = await house.furnish("ada", "bob", markets=0)
        market_id = await _anonymous(root)
        sub = (await ada.ask(create_account("team"))).created.id
        await ada.ask(transfer(sub, 100_000))
        await ada.ask(act_as(sub))
        await ada.ask(bid(market_id, 50, 10, tag=b"team"))
        await _settle_down(house, root, ada, bob)
        assert {row[1] for row in bob.model.books()[market_id]} == {0}
        await ada.ask(share(sub, account_of(bob)))
        await ada.ask(bid(market_id, 51, 10))
        await _settle_down(house, root, ada, bob)
        assert {row[1] for row in bob.model.books()[market_id]} == {sub}
        await root.ask(revoke(sub, account_of(bob)))
        await ada.ask(bid(market_id, 52, 10))
        await _settle_down(house, root, ada, bob)
        assert {row[1] for row in bob.model.books()[market_id]} == {0}


@pytest.mark.parametrize("anonymous", [True, False])
async def test_who_was_away_when_it_changed_is_sent_a_snapshot(
    tmp_path: Path, autojump_clock: MockClock, anonymous: bool
) -> None:
    async with open_house(tmp_path) as house:
        root, (ada, bob) = await house.furnish("ada", "bob")
        await root.ask(edit_market(1, anonymous=not anonymous))
        await house.settle_down(ada)
        ada.drop()
        await bob.ask(bid(1, 40, 10))
        await root.ask(edit_market(1, anonymous=anonymous))
        start = len(ada.received)
        await house.connect(ada, resume=True)
        await ada.wait_ready()
        assert kind_of(ada.received[start + 1]) == "snapshot"
        await _settle_down(house, ada)


async def test_a_client_limited_to_markets_is_told_of_its_own_trades_elsewhere_and_of_nobody(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        root, (ada, bob) = await house.furnish("ada", "bob")
        market_id = await _anonymous(root)
        limited = await house.sign_in("ada", markets=(1,))
        start = len(limited.received)
        await _trade(ada, bob, market_id)
        await _settle_down(house, root, ada, bob, limited)
        told: list[ServerMessage] = since(limited, start)
        assert {"order_placed", "order_amended", "orders_cancelled"} == {kind_of(message) for message in told}
        assert _foreign(limited, {account_of(ada)}, start) == set()
