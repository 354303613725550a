"""Funds over the wire: made, redeemed, settled in cascade, and brought back, over a restart."""

from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from exchange.core.invariants import violations
from exchange.core.refusals import Code
from exchange_client.schema import client_pb2
from tests.sim.compare import assert_knows
from tests.sim.harness import open_house
from tests.sim.requests import bid, code_of, create_fund, elevate, kind_of, offer, redeem, settle, transfer, unsettle
from tests.tasks.test_market_failure import BAD_SIZE, Flawed


async def test_everybody_knows_what_a_fund_does_also_after_a_restart(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        root, (ada, bob) = await house.furnish("ada", "bob", markets=2)
        assert code_of(await ada.ask(create_fund("Mine", {1: 1}))) == Code.NOT_ELEVATED
        assert kind_of(await root.ask(create_fund("Inner", {1: 2, 2: -1}, 3))) == "created"
        assert kind_of(await root.ask(create_fund("Outer", {3: 1}))) == "created"
        await ada.post(bid(1, 40, 10))
        await bob.ask(offer(1, 40, 10))
        assert [kind_of(await ada.ask(redeem(3, -4))), kind_of(await bob.ask(redeem(4, 6)))] == ["done"] * 2
        await house.settle_down(root, ada, bob)
        (fact,) = [message.redeemed for message in ada.facts if kind_of(message) == "redeemed"][:1]
        assert (fact.fee, fact.mark, list(fact.constituent_marks)) == (12, 2 * 40 - 50, [40, 50])
        assert code_of(await root.ask(settle(3, 1))) == Code.FUND_SETTLES_ITSELF
        for market_id in (1, 2):
            assert kind_of(await root.ask(settle(market_id, 100))) == "done"
        await house.settle_down(root, ada, bob)
        for client in (root, ada, bob):
            assert_knows(client, house.context.engine.state)
        await house.drain()
        await house.start()
        for client in (root, ada, bob):
            await house.connect(client)
            await client.wait_ready()
        assert code_of(await ada.ask(unsettle(1))) == Code.NOT_ELEVATED
        assert kind_of(await root.ask(elevate())) == "done"
        assert code_of(await root.ask(unsettle(3))) == Code.FUND_SETTLES_ITSELF
        assert kind_of(await root.ask(unsettle(1))) == "done"
        await house.settle_down(root, ada, bob)
        state = house.context.engine.state
        assert [market.status.name for market in state.markets.values()] == ["HALTED", "SETTLED", "HALTED", "HALTED"]
        for client in (root, ada, bob):
            assert_knows(client, state)
        assert list(violations(state)) == []


@pytest.mark.parametrize("wanted", [redeem(3, 1), settle(2, 50), unsettle(2)])
async def test_the_desk_refuses_what_touches_a_market_that_is_being_restored(
    tmp_path: Path, autojump_clock: MockClock, wanted: client_pb2.ClientMessage
) -> None:
    """Market 1 fails: a redemption needs it as a constituent. The fund fails: settling its constituent needs it."""
    async with open_house(tmp_path, decide=Flawed()) as house:
        root, (ada, bob) = await house.furnish("ada", "bob", markets=2)
        assert kind_of(await root.ask(create_fund("Fund", {1: 1, 2: 1}))) == "created"
        failing = 1 if kind_of_request(wanted) == "redeem" else 3
        house.threads.gate.close()
        await ada.post(bid(failing, 50, 10), bid(failing, 50, BAD_SIZE))
        await trio.sleep(1)
        asker = bob if kind_of_request(wanted) == "redeem" else root
        ids = await asker.post(wanted, transfer(2, 100))
        await trio.sleep(30)
        assert house.context.markets.unavailable == [failing]
        house.threads.gate.open()
        assert code_of(await asker.reply(ids[0])) == Code.MARKET_UNAVAILABLE
        await asker.reply(ids[1])
        assert house.context.markets.unavailable == []
        expected = {"redeem": 0, "settle_market": 0, "unsettle_market": Code.MARKET_NOT_SETTLED}
        assert code_of(await asker.ask(wanted)) == expected[kind_of_request(wanted)]


def kind_of_request(message: client_pb2.ClientMessage) -> str:
    return message.WhichOneof("request") or ""
