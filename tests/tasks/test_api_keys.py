"""Keys over the wire: shown once, bound, scoped, and dead the moment they are revoked."""

from pathlib import Path
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from exchange.core.refusals import Code
from exchange.core.units import KeyScope
from exchange.net.vault import hash_of
from exchange.store.secret import secret_path
from exchange.store.verify import verify
from exchange.tasks.scopes import ALLOWED, PERSONAL, READING, TRADING
from exchange.wire.records import decode_facts
from exchange_client.schema import types_pb2
from tests.sim.environment import everything_in
from tests.sim.harness import House, open_house
from tests.sim.raw_client import RawClient
from tests.sim.requests import (
    ClientMessage,
    act_as,
    bid,
    code_of,
    create_account,
    create_key,
    elevate,
    kind_of,
    list_keys,
    ping,
    revoke,
    revoke_key,
    share,
)
from tests.tasks.test_bad_input import usual

READ, TRADE = types_pb2.KEY_SCOPE_READ, types_pb2.KEY_SCOPE_TRADE
REQUEST_KINDS = [field.name for field in ClientMessage.DESCRIPTOR.oneofs_by_name["request"].fields]
POLICY, EXPIRED = 1008, 4001
SECOND = 1_000_000_000


async def made(client: RawClient, scope: types_pb2.KeyScope = TRADE, **terms: Any) -> tuple[int, str]:
    """A new key of the client's user: its identifier and itself."""
    reply = await client.ask(create_key(scope, **terms))
    assert kind_of(reply) == "api_key_created"
    return reply.api_key_created.key_id, reply.api_key_created.key


async def with_key(house: House, key: str, name: str = "bot", **terms: int) -> RawClient:
    client = await house.connect(RawClient(name, session=name.encode().ljust(8)), key, **terms)
    await client.wait_ready()
    return client


async def refused(house: House, token: str, **terms: int) -> int:
    client = await house.connect(RawClient("refused"), token, **terms)
    assert await client.wait_ended() == POLICY
    return code_of(client.received[-1])


async def test_a_bot_trades_with_a_key_as_the_account_it_is_bound_to(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        sub = (await ada.ask(create_account("sub"))).created.id
        _, key = await made(ada, account_id=sub)
        assert key.startswith("exk_")
        assert len(key) == 47
        bot = await with_key(house, key)
        assert bot.welcome is not None
        assert (bot.welcome.account_id, list(bot.welcome.owned_account_ids)) == (sub, [sub])
        assert bot.welcome.scope == TRADE
        assert kind_of(await bot.ask(bid(1, 0))) == "order_result"
        assert ada.facts[-1].order_placed.account_id == sub
        assert set(bot.model.cash) == {sub}, "what else its user owns is none of its business"


async def test_a_key_sees_no_more_when_its_user_comes_to_own_more(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        _, key = await made(ada)
        bot = await with_key(house, key)
        await ada.ask(create_account("sub"))
        await house.settle_down(ada, bot)
        assert len(ada.model.cash) == 2
        assert len(bot.model.cash) == 1


async def test_the_journal_and_the_tables_hold_no_key(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        _, key = await made(ada)
        await house.drain()
        contents = everything_in(tmp_path)
        assert key.encode() not in contents
        assert hash_of(key) in contents
        assert secret_path(house.path).stat().st_mode & 0o777 == 0o600
        assert verify(house.path, decode_facts).ok


async def test_a_retry_is_shown_the_same_key_also_after_a_crash_and_a_revocation(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        first = await ada.ask(create_key(), 50)
        assert await ada.ask(create_key(), 50) == first
        await house.kill()
        await house.start()
        ada = await house.connect(RawClient("ada", session=b"session of ada"))
        await ada.wait_ready()
        assert await ada.ask(create_key(), 50) == first
        assert len(house.context.engine.state.api_keys) == 1
        await ada.ask(revoke_key(first.api_key_created.key_id))
        assert await ada.ask(create_key(), 50) == first


async def test_a_retry_that_overtakes_the_commit_is_shown_the_same_key(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        house.threads.gate.close()
        await ada.send(ada.numbered(create_key(), 60))
        await trio.sleep(1)
        await ada.send(ada.numbered(create_key(), 60))
        await trio.sleep(1)
        house.threads.gate.open()
        first, second = await ada.reply(60), await ada.reply(60, 1)
        assert first == second
        assert first.api_key_created.key.startswith("exk_")


async def test_with_the_secret_lost_a_retry_is_told_so_and_the_key_still_works(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        key = (await ada.ask(create_key(), 50)).api_key_created.key
        await house.drain()
        secret_path(house.path).unlink()
        await house.start()
        ada = await house.connect(RawClient("ada", session=b"session of ada"))
        await ada.wait_ready()
        reply = await ada.ask(create_key(), 50)
        assert code_of(reply) == Code.REQUEST_ID_EXPIRED
        assert "revoke it and make another" in reply.refusal.message
        await with_key(house, key)


async def test_a_revoked_key_closes_its_connections_in_order_with_the_fact_and_decides_nothing_more(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        root, (ada, bob) = await house.furnish("ada", "bob")
        key_id, key = await made(ada)
        bots = [await with_key(house, key, name) for name in ("one", "two")]
        other = await with_key(house, (await made(ada))[1], "other")
        house.threads.gate.close()
        await ada.post(revoke_key(key_id))
        await trio.sleep(1)
        (late,) = await bots[0].post(bid(1, 50))
        await trio.sleep(1)
        assert not bots[0].ended.is_set(), "nothing is told that is not durable"
        house.threads.gate.open()
        for bot in bots:
            assert await bot.wait_ended() == POLICY
        await house.settle_down(root, ada, bob)
        assert late not in bots[0].replies
        assert not any(fact.HasField("order_placed") for fact in bob.facts), "what came after the revocation is dropped"
        assert root.facts[-1].api_key_revoked.key_id == key_id
        assert await refused(house, key) == Code.NOT_AUTHENTICATED
        assert kind_of(await other.ask(bid(1, 50))) == "order_result", "its other keys are not concerned"


async def test_an_admin_revokes_anybodys_key_and_nobody_else_does(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        root, (ada, bob) = await house.furnish("ada", "bob")
        key_id, key = await made(ada)
        bot = await with_key(house, key)
        assert code_of(await bob.ask(revoke_key(key_id))) == Code.UNKNOWN_KEY
        assert kind_of(await root.ask(revoke_key(key_id))) == "done"
        assert await bot.wait_ended() == POLICY


async def test_a_key_dies_when_its_user_loses_the_account(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        root, (ada, bob) = await house.furnish("ada", "bob")
        assert bob.welcome is not None
        sub = (await ada.ask(create_account("sub"))).created.id
        await ada.ask(share(sub, bob.welcome.account_id))
        _, key = await made(bob, account_id=sub)
        bot = await with_key(house, key)
        assert kind_of(await root.ask(revoke(sub, bob.welcome.account_id))) == "done"
        assert await bot.wait_ended() == POLICY
        assert await refused(house, key) == Code.NOT_AUTHENTICATED


async def test_a_key_that_expires_ends_its_connections_and_is_refused_from_then_on(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        expires_at = house.wall_clock_ns() + 60 * SECOND
        _, key = await made(ada, expires_at=expires_at)
        bot = await with_key(house, key)
        assert bot.welcome is not None
        assert bot.welcome.expires_at == expires_at
        began = trio.current_time()
        assert await bot.wait_ended() == EXPIRED
        assert 59 <= trio.current_time() - began <= 62
        assert await refused(house, key) == Code.NOT_AUTHENTICATED


async def test_a_key_acts_as_no_other_account(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        sub = (await ada.ask(create_account("sub"))).created.id
        _, key = await made(ada)
        assert await refused(house, key, act_as=sub) == Code.NOT_OWNER
        assert ada.welcome is not None
        bot = await with_key(house, key, act_as=ada.welcome.account_id)
        assert code_of(await bot.ask(act_as(sub))) == Code.KEY_SCOPE


@pytest.mark.parametrize("key", ["exk_", "exk_" + "x" * 43, "exi_" + "x" * 43, "exk_" + "x" * 9_000])
async def test_made_up_keys_are_refused(tmp_path: Path, autojump_clock: MockClock, key: str) -> None:
    async with open_house(tmp_path) as house:
        assert await refused(house, key) == Code.NOT_AUTHENTICATED


def test_every_kind_of_request_is_classified_once() -> None:
    assert set(REQUEST_KINDS) == READING | TRADING | PERSONAL
    assert len(READING) + len(TRADING) + len(PERSONAL) == len(REQUEST_KINDS)
    assert set(ALLOWED) == set(KeyScope)


@pytest.mark.parametrize("scope", [KeyScope.READ, KeyScope.TRADE], ids=lambda scope: scope.name.lower())
async def test_each_kind_of_request_is_tried_under_each_scope(
    tmp_path: Path, autojump_clock: MockClock, scope: KeyScope
) -> None:
    allowed = ALLOWED[scope]
    assert allowed is not None
    async with open_house(tmp_path, pace_expensive_per_minute=1e6) as house:
        root, (ada,) = await house.furnish("ada")
        _, key = await made(root, READ if scope is KeyScope.READ else TRADE)
        bot = await with_key(house, key)
        assert ada.welcome is not None
        for kind in REQUEST_KINDS:
            before = house.context.engine.state.sequence
            reply = await bot.ask(usual(kind))
            assert (code_of(reply) != Code.KEY_SCOPE) == (kind in allowed), kind
            if kind not in READING | TRADING:
                assert house.context.engine.state.sequence == before


async def test_keys_are_listed_by_their_user_and_all_of_them_by_an_admin(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        root, (ada, bob) = await house.furnish("ada", "bob")
        assert ada.welcome is not None
        key_id, key = await made(ada, READ, label="my bot")
        await made(bob)
        (listed,) = (await ada.ask(list_keys())).api_keys.keys
        assert (listed.key_id, listed.label, listed.scope, listed.last_used) == (key_id, "my bot", READ, 0)
        assert listed.user_account_id == listed.account_id == ada.welcome.account_id
        assert key.encode() not in listed.SerializeToString()
        assert code_of(await ada.ask(list_keys(everybody=True))) == Code.NOT_ELEVATED
        assert len((await root.ask(list_keys(everybody=True))).api_keys.keys) == 2
        await with_key(house, key)
        assert (await ada.ask(list_keys())).api_keys.keys[0].last_used > 0


async def test_keys_and_their_last_use_survive_a_crash_and_a_use_is_noted_once_in_a_while(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        key_id, key = await made(ada)
        bot = await with_key(house, key)
        state = house.context.engine.state
        await house.settle_down(ada)
        first, sequence = state.api_keys[key_id].last_used, state.sequence
        await with_key(house, key, "again")
        await trio.sleep(60)
        assert state.sequence == sequence, "not with every sign-in"
        await trio.sleep(600)
        kept = state.api_keys[key_id]
        assert kept.last_used > first, "a connection that stays uses it too"
        await house.settle_down(ada)
        await house.kill()
        await house.start()
        assert house.context.engine.state.api_keys == {key_id: kept}
        await bot.wait_ended()
        await with_key(house, key)


async def test_a_key_is_never_elevated_although_its_user_is_an_admin(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        root, _ = await house.furnish()
        _, key = await made(root)
        bot = await with_key(house, key)
        assert bot.welcome is not None
        assert list(bot.welcome.roles) == [types_pb2.ROLE_TRADER]
        assert code_of(await bot.ask(elevate())) == Code.KEY_SCOPE
        assert kind_of(await bot.ask(ping())) == "pong"
