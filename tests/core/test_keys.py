"""API keys: who makes and ends them, and when they end by themselves."""

import pytest

from exchange.core.commands import Actor, RevokeAccess, ShareAccount
from exchange.core.credentials import (
    ApiKey,
    ApiKeyIssued,
    ApiKeyRevoked,
    CreateApiKey,
    KeyCreated,
    NoteKeyUse,
    RevokeApiKey,
)
from exchange.core.refusals import Code
from exchange.core.state import Limits
from exchange.core.units import KeyScope
from tests.core.world import ADMIN, World


@pytest.fixture
def world() -> World:
    return World(Limits(keys_per_user=2))


@pytest.fixture
def ann(world: World) -> Actor:
    return world.user("Ann", 1_000)


@pytest.fixture
def bob(world: World) -> Actor:
    return world.user("Bob", 1_000)


def make(world: World, actor: Actor, account_id: int = 0, *, expires_at: int = 0, label: str = "bot") -> ApiKey:
    number = world.state.next_key_id
    command = CreateApiKey(account_id, KeyScope.TRADE, expires_at, label, bytes([number]) * 32, "sealed")
    assert world.run(actor, command).result == KeyCreated(number, "sealed")
    return world.state.api_keys[number]


def test_a_key_is_known_by_its_hash_and_acts_as_one_account(world: World, ann: Actor) -> None:
    fund = world.sub_account(ann, "Fund")
    key = make(world, ann, fund.account_id)
    assert (key.user_id, key.account_id) == (ann.user_id, fund.account_id)
    assert world.state.api_keys_by_hash[key.key_hash] == key.key_id
    assert world.replayed().api_keys == world.state.api_keys


def test_without_an_account_a_key_is_for_the_one_acted_as(world: World, ann: Actor) -> None:
    fund = world.sub_account(ann, "Fund")
    assert make(world, fund).account_id == fund.account_id


def test_nobody_makes_a_key_for_an_account_they_do_not_own_not_even_elevated(
    world: World, ann: Actor, bob: Actor
) -> None:
    command = CreateApiKey(bob.account_id, KeyScope.TRADE, 0, "", b"a" * 32)
    assert world.refuse(ann, command).code == Code.NOT_OWNER
    assert world.refuse(ann._replace(elevated=True), command).code == Code.NOT_OWNER
    assert world.refuse(ann, command._replace(account_id=99)).code == Code.UNKNOWN_ACCOUNT
    assert world.refuse(ADMIN, command).code == Code.UNKNOWN_USER


def test_a_persons_key_cannot_be_asked_for(world: World, ann: Actor) -> None:
    assert world.refuse(ann, CreateApiKey(0, KeyScope.PERSON, 0, "", b"a" * 32)).field == "scope"


@pytest.mark.parametrize("expires_at", [1, 1_000, -1, 2**62 + 1])
def test_a_key_expires_in_the_future_or_never(world: World, ann: Actor, expires_at: int) -> None:
    assert world.refuse(ann, CreateApiKey(0, KeyScope.READ, expires_at, "", b"a" * 32)).field == "expires_at"


def test_a_label_is_short_and_printable(world: World, ann: Actor) -> None:
    for label in ("x" * 65, "a\0b"):
        assert world.refuse(ann, CreateApiKey(0, KeyScope.READ, 0, label, b"a" * 32)).field == "label"


def test_a_user_has_so_many_keys_and_revoking_one_makes_room(world: World, ann: Actor) -> None:
    first = make(world, ann)
    make(world, ann)
    command = CreateApiKey(0, KeyScope.READ, 0, "", b"z" * 32)
    assert world.refuse(ann, command).code == Code.LIMIT_REACHED
    world.run(ann, RevokeApiKey(first.key_id))
    world.run(ann, command)


def test_expired_keys_are_forgotten_when_another_is_made(world: World, ann: Actor) -> None:
    make(world, ann, expires_at=world.now + 10)
    make(world, ann, expires_at=world.now + 10)
    world.now += 100
    facts = world.run(ann, CreateApiKey(0, KeyScope.READ, 0, "", b"z" * 32)).facts
    assert [type(fact) for fact in facts] == [ApiKeyRevoked, ApiKeyRevoked, ApiKeyIssued]
    assert list(world.state.api_keys) == [3]


def test_a_key_is_revoked_by_its_user_or_elevated_and_does_not_exist_for_others(
    world: World, ann: Actor, bob: Actor
) -> None:
    first, second = make(world, ann), make(world, ann)
    assert world.refuse(bob, RevokeApiKey(first.key_id)).code == Code.UNKNOWN_KEY
    world.run(ann, RevokeApiKey(first.key_id))
    world.run(ADMIN, RevokeApiKey(second.key_id))
    assert world.refuse(ann, RevokeApiKey(first.key_id)).code == Code.UNKNOWN_KEY
    assert not world.state.api_keys
    assert not world.state.api_keys_by_hash


def test_identifiers_are_not_given_twice(world: World, ann: Actor) -> None:
    world.run(ann, RevokeApiKey(make(world, ann).key_id))
    assert make(world, ann).key_id == 2


def test_keys_die_with_the_ownership_they_were_made_by(world: World, ann: Actor, bob: Actor) -> None:
    fund = world.sub_account(ann, "Fund")
    world.run(ann, ShareAccount(fund.account_id, bob.account_id))
    lost, own, anns = make(world, bob, fund.account_id), make(world, bob), make(world, ann, fund.account_id)
    facts = world.run(ADMIN, RevokeAccess(fund.account_id, bob.account_id)).facts
    assert facts[1:] == (ApiKeyRevoked(lost.key_id),)
    assert set(world.state.api_keys) == {own.key_id, anns.key_id}


def test_when_a_key_was_used_is_kept(world: World, ann: Actor) -> None:
    key = make(world, ann)
    world.run(ann, NoteKeyUse(key.key_id))
    assert world.state.api_keys[key.key_id].last_used == world.now
    assert world.run(ann, NoteKeyUse(99)).facts == ()
