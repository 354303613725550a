"""Requests made up from the schema: each is answered once, a refusal changes nothing, and nobody is hung up on."""

from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from trio.testing import MockClock

from exchange.core.invariants import violations
from exchange.core.state import State
from exchange.core.units import MarketStatus
from exchange.store.verify import verify
from exchange.wire.records import decode_facts
from exchange_client.schema import types_pb2
from tests.core.fingerprint import fingerprint
from tests.sim.compare import assert_knows
from tests.sim.fuzz import KINDS, Hints, random_request
from tests.sim.harness import House, open_house
from tests.sim.raw_client import RawClient
from tests.sim.requests import create_fund, elevate, kind_of, offer, set_status

ROUNDS = 6
UNLIMITED: dict[str, Any] = {
    "pace_per_second": 1e6,
    "pace_burst": 1e6,
    "pace_expensive_per_minute": 1e8,
    "timer_seconds": 1e6,
}


def _hints(state: State, client: RawClient) -> Hints:
    """What there is, and which orders are the client's."""
    own = [
        (order.market_id, key) for key, order in client.model.orders.items() if order.account_id == client.account_id
    ]
    trading = [key for key, market in state.markets.items() if market.status == MarketStatus.OPEN]
    ids = {
        "market": [*3 * trading, *state.markets],
        "account": list(state.accounts),
        "group": list(state.groups),
        "key": list(state.api_keys),
        "invitation": list(state.invitations),
    }
    return Hints(ids, own)


async def _answered(house: House, client: RawClient, kind: str, random: Random) -> str:
    """Sends one request; returns what kind of reply it got."""
    state = house.context.engine.state
    request_id = client.next_id
    client.next_id += 1
    frame = random_request(random, kind, request_id, _hints(state, client))
    before, sequence = fingerprint(state), state.sequence
    await client.send_bytes(frame)
    reply = await client.reply(request_id)
    assert not client.ended.is_set()
    if kind_of(reply) == "refusal":
        assert reply.refusal.code
        assert reply.refusal.message.endswith((".", "?")), reply.refusal.message
        assert state.sequence == sequence, "a refusal is no commit"
        assert fingerprint(state) == before, "a refusal changes nothing"
    return "refused" if kind_of(reply) == "refusal" else "accepted"


async def _fuzz(folder: Path, rounds: int, seed: int, *, elevated: bool) -> Counter[tuple[str, str]]:
    random, outcomes = Random(seed), Counter[tuple[str, str]]()
    async with open_house(folder, seed=seed, starting_cash=100_000_000, **UNLIMITED) as house:
        root, (ada, bob) = await house.furnish("ada", "bob", markets=3)
        await root.ask(create_fund("fund", {1: 1, 2: -2}))
        client = root if elevated else ada
        for number in range(rounds):
            for kind in sorted(random.sample(KINDS, len(KINDS)), key="halt_all".__eq__):  # after which nothing trades
                if elevated and not client.elevated:
                    await root.ask(elevate())  # it was talked out of it
                outcomes[kind, await _answered(house, client, kind, random)] += 1
            await root.ask(elevate())  # whatever it was talked into: markets open, orders to meet
            for market_id in list(house.context.engine.state.markets):
                await root.ask(set_status(market_id, types_pb2.MARKET_STATUS_OPEN))
                await bob.ask(offer(market_id, 40 + number % 20, 5))
        assert list(violations(house.context.engine.state)) == []
        await house.settle_down(root, ada, bob)
        assert_knows(bob, house.context.engine.state)
        for each in (root, ada, bob):
            assert all(len(replies) == 1 for replies in each.replies.values()), "answered twice"
        await house.drain()
        report = verify(house.path, decode_facts)
        assert report.ok, report.problems
    return outcomes


def _is_varied(outcomes: Counter[tuple[str, str]], *, elevated: bool) -> None:
    """It is no use to be refused always."""
    accepted = {kind for (kind, outcome) in outcomes if outcome == "accepted"}
    refused = {kind for (kind, outcome) in outcomes if outcome == "refused"}
    assert len(accepted) > len(KINDS) * (4 if elevated else 2) // 5, sorted(set(KINDS) - accepted)
    share = sum(count for (_, outcome), count in outcomes.items() if outcome == "accepted") / sum(outcomes.values())
    assert share > (0.4 if elevated else 0.2), share
    assert len(refused) > len(KINDS) // 2, sorted(set(KINDS) - refused)
    assert {"place_order", "cancel_orders", "transfer"} <= accepted, sorted(accepted)


@pytest.mark.parametrize("elevated", [False, True], ids=["trader", "admin"])
async def test_a_request_made_from_the_schema_is_answered(
    tmp_path: Path, autojump_clock: MockClock, elevated: bool
) -> None:
    outcomes = await _fuzz(tmp_path, ROUNDS, seed=1 + elevated, elevated=elevated)
    assert {kind for kind, _ in outcomes} == set(KINDS)
    assert sum(outcomes.values()) == ROUNDS * len(KINDS)


@pytest.mark.long
@pytest.mark.parametrize("elevated", [False, True], ids=["trader", "admin"])
@pytest.mark.parametrize("seed", range(3))
async def test_many_requests_made_from_the_schema_are_answered(
    tmp_path: Path, autojump_clock: MockClock, elevated: bool, seed: int
) -> None:
    outcomes = await _fuzz(tmp_path, 50, seed=seed, elevated=elevated)
    print(sorted(outcomes.items()))
    _is_varied(outcomes, elevated=elevated)
