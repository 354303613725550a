"""Invitations: one-time links that become a person's key."""

import pytest

from exchange.core.commands import SYSTEM, Actor
from exchange.core.credentials import (
    AcceptInvitation,
    CreatedInvitation,
    CreateInvitations,
    InvitationsCreated,
    NewInvitation,
    RevokeApiKey,
    RevokeInvitation,
)
from exchange.core.facts import Created
from exchange.core.refusals import Code
from exchange.core.state import Limits
from exchange.core.units import KeyScope
from tests.core.world import ADMIN, World

SESSION, KEY = b"s" * 32, b"k" * 32


@pytest.fixture
def world() -> World:
    return World(Limits(starting_cash=700))


def invite(world: World, name: str = "Eve", cash: int | None = None, account_id: int = 0) -> int:
    number = world.state.next_invitation_id
    new = NewInvitation(name, "eve@example.org", cash, account_id, bytes([number]) * 32, "sealed")
    world.run(ADMIN, CreateInvitations((new,)))
    return number


def accept(world: World, invitation_id: int, session: bytes = SESSION, key: bytes = KEY) -> int:
    result = world.run(SYSTEM, AcceptInvitation(invitation_id, session, key)).result
    assert isinstance(result, Created)
    return result.identifier


def test_accepting_makes_the_user_with_their_money_and_a_key_of_that_person(world: World) -> None:
    key = world.state.api_keys[accept(world, invite(world, "Eve", 500))]
    user = world.state.users[key.user_id]
    account = world.state.accounts[user.account_id]
    assert (account.name, account.cash, account.received) == ("Eve", 500, 500)
    assert (key.scope, key.account_id, key.expires_at) == (KeyScope.PERSON, user.account_id, 0)
    assert world.state.invitations[1].user_id == user.user_id


def test_without_a_sum_the_exchanges_own_starting_cash_is_given_and_zero_is_none(world: World) -> None:
    for cash, received in ((None, 700), (0, 0)):
        key = world.state.api_keys[accept(world, invite(world, "Eve", cash), key=bytes([received % 256]) * 32)]
        assert world.state.accounts[key.account_id].cash == received


def test_a_taken_name_gets_a_number(world: World) -> None:
    world.user("Eve")
    key = world.state.api_keys[accept(world, invite(world, "Eve"))]
    assert world.state.accounts[key.account_id].name == "Eve 2"


def test_it_is_accepted_once_and_again_by_the_same_session_alone(world: World) -> None:
    number = invite(world)
    key_id = accept(world, number)
    assert world.run(SYSTEM, AcceptInvitation(number, SESSION, KEY)).facts == ()
    assert accept(world, number) == key_id
    for session, key in ((b"o" * 32, KEY), (b"", KEY), (SESSION, b"o" * 32)):
        refusal = world.refuse(SYSTEM, AcceptInvitation(number, session, key))
        assert refusal.code == Code.INVITATION_USED
        assert "ask the organiser" in refusal.message
    world.run(ADMIN, RevokeApiKey(key_id))
    assert world.refuse(SYSTEM, AcceptInvitation(number, SESSION, KEY)).code == Code.INVITATION_USED


def test_accepted_without_a_session_it_is_never_accepted_again(world: World) -> None:
    number = invite(world)
    accept(world, number, b"")
    assert world.refuse(SYSTEM, AcceptInvitation(number, b"", KEY)).code == Code.INVITATION_USED


def test_a_lost_key_is_replaced_by_an_invitation_for_the_same_user(world: World) -> None:
    ann = world.user("Ann", 100)
    before = len(world.state.users), world.account(ann).cash
    key = world.state.api_keys[accept(world, invite(world, "ignored", account_id=ann.account_id))]
    assert (key.user_id, key.account_id) == (ann.user_id, ann.account_id)
    assert before == (len(world.state.users), world.account(ann).cash)


def test_a_revoked_invitation_is_gone_and_an_accepted_one_cannot_be_revoked(world: World) -> None:
    first, second = invite(world), invite(world)
    world.run(ADMIN, RevokeInvitation(first))
    assert world.refuse(SYSTEM, AcceptInvitation(first, SESSION, KEY)).code == Code.UNKNOWN_INVITATION
    accept(world, second)
    assert world.refuse(ADMIN, RevokeInvitation(second)).code == Code.NOT_ALLOWED
    assert invite(world) == 3


def test_inviting_and_revoking_need_elevation(world: World) -> None:
    ann: Actor = world.user("Ann")
    assert world.refuse(ann, CreateInvitations(())).code == Code.NOT_ELEVATED
    assert world.refuse(ann, RevokeInvitation(1)).code == Code.NOT_ELEVATED


def test_many_are_invited_at_once_in_their_order(world: World) -> None:
    people = tuple(NewInvitation(name, "", 0, 0, name.encode() * 8, f"seal of {name}") for name in ("anna", "bert"))
    created = (CreatedInvitation(1, "anna", "seal of anna"), CreatedInvitation(2, "bert", "seal of bert"))
    assert world.run(ADMIN, CreateInvitations(people)).result == InvitationsCreated(created)


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("name", " ", "name"),
        ("note", "x" * 201, "note"),
        ("starting_cash", -1, "starting_cash"),
        ("starting_cash", 2**62 + 1, "starting_cash"),
        ("for_account_id", 1, "for_account_id"),
        ("for_account_id", 99, "for_account_id"),
    ],
)
def test_one_that_does_not_fit_refuses_them_all_and_says_which(
    world: World, field: str, value: object, named: str
) -> None:
    good = NewInvitation("Eve", "", None, 0, b"a" * 32)
    bad = NewInvitation("Bob", "", None, 0, b"b" * 32)._replace(**{field: value})  # type: ignore[arg-type]
    assert world.refuse(ADMIN, CreateInvitations((good, bad))).field == f"invitations[1].{named}"


def test_nobody_and_too_many_cannot_be_invited(world: World) -> None:
    good = NewInvitation("Eve", "", None, 0, b"a" * 32)
    assert world.refuse(ADMIN, CreateInvitations(())).field == "invitations"
    assert world.refuse(ADMIN, CreateInvitations((good,) * 501)).field == "invitations"


def test_keys_of_invitations_do_not_use_up_a_users_own(world: World) -> None:
    ann = world.user("Ann")
    for number in range(25):
        accept(world, invite(world, "again", account_id=ann.account_id), key=bytes([number]) * 32)
    assert len(world.state.users[ann.user_id].keys) == 25
