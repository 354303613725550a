"""Rights that end while a connection lives: they are gone with the fact that ends them, in order."""

from pathlib import Path

from trio.testing import MockClock

from exchange.core.refusals import Code
from tests.sim.compare import assert_knows
from tests.sim.harness import open_house
from tests.sim.requests import act_as, bid, code_of, create_account, kind_of, revoke, share, transfer


async def test_an_owner_who_is_revoked_loses_the_account_at_once_on_a_live_connection(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        root, (ada, bob) = await house.furnish("ada", "bob")
        assert ada.welcome is not None
        assert bob.welcome is not None
        fund = (await ada.ask(create_account("Fund"))).created.id
        await ada.ask(transfer(fund, 1_000_000))
        assert kind_of(await ada.ask(share(fund, bob.welcome.account_id))) == "done"
        assert kind_of(await bob.ask(act_as(fund))) == "done"
        assert kind_of(await bob.ask(bid(1, 10))) == "order_result"
        assert kind_of(await root.ask(revoke(fund, bob.welcome.account_id))) == "done"
        assert code_of(await bob.ask(bid(1, 11))) == Code.NOT_OWNER
        assert code_of(await bob.ask(act_as(fund))) == Code.NOT_OWNER
        assert kind_of(await bob.ask(act_as(bob.welcome.account_id))) == "done"
        assert kind_of(await bob.ask(bid(1, 9))) == "order_result"
        assert code_of(await bob.ask(transfer(bob.welcome.account_id, 1, sender=fund))) == Code.NOT_OWNER
        await ada.ask(act_as(fund))
        await ada.ask(bid(1, 12, tag=b"secret"))
        await house.settle_down(root, ada, bob)
        assert not [m for m in bob.facts if kind_of(m) == "order_placed" and m.order_placed.tag]
        for client in (root, ada, bob):
            assert_knows(client, house.context.engine.state)


async def test_requests_sent_before_the_right_ended_are_decided_by_what_holds_when_they_are_decided(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        root, (ada, bob) = await house.furnish("ada", "bob")
        assert bob.welcome is not None
        fund = (await ada.ask(create_account("Fund"))).created.id
        await ada.ask(transfer(fund, 1_000_000))
        await ada.ask(share(fund, bob.welcome.account_id))
        await bob.ask(act_as(fund))
        house.threads.gate.close()
        await root.post(revoke(fund, bob.welcome.account_id))
        ids = await bob.post(*(bid(1, price) for price in range(10, 20)))
        house.threads.gate.open()
        for request_id in ids:
            await bob.reply(request_id)
        await house.settle_down(root, ada, bob)
        revoked = next(m.sequence for m in root.facts if kind_of(m) == "access_changed" and not m.access_changed.owner)
        placed = [m for m in root.facts if kind_of(m) == "order_placed" and m.order_placed.account_id == fund]
        assert all(m.sequence < revoked for m in placed)
        own = [m for m in root.facts if kind_of(m) == "order_placed" and m.order_placed.account_id != fund]
        assert own == [], "what was meant for one account is never done for another"
        for client in (root, ada, bob):
            assert_knows(client, house.context.engine.state)
