"""The house, users and their accounts."""

import pytest

from exchange.core.commands import SYSTEM, Actor, CreateAccount, OpenExchange, SignIn
from exchange.core.facts import AccountCreated, Created, Transferred, UserCreated
from exchange.core.refusals import Code
from exchange.core.state import Limits
from exchange.core.units import NAME_MAX, AccountKind, TransferKind
from tests.core.world import World


def test_opening_makes_the_house(world: World) -> None:
    house = world.state.accounts[world.state.house_id]
    assert (house.name, house.kind, house.owners, house.cash) == ("House", AccountKind.HOUSE, frozenset(), 0)


def test_opening_twice_is_refused(world: World) -> None:
    assert world.refuse(SYSTEM, OpenExchange()).code == Code.NOT_ALLOWED


def test_a_first_sign_in_makes_a_user_and_their_account(world: World) -> None:
    decision = world.run(SYSTEM, SignIn("issuer|1", "Ann"))
    account, user = decision.facts
    assert account == AccountCreated(2, "Ann", AccountKind.USER, (1,))
    assert user == UserCreated(1, "issuer|1", 2)
    assert decision.result == Created(1)
    assert world.state.owns(1, 2)


def test_a_later_sign_in_causes_nothing(world: World) -> None:
    world.run(SYSTEM, SignIn("issuer|1", "Ann"))
    decision = world.run(SYSTEM, SignIn("issuer|1", "Another name"))
    assert decision.facts == ()
    assert decision.result == Created(1)


def test_starting_cash_comes_from_the_house() -> None:
    world = World(Limits(starting_cash=500))
    ann = world.user("Ann")
    assert world.account(ann).cash == 500
    assert world.account(ann).received == 500
    assert world.state.accounts[world.state.house_id].cash == -500
    (movement,) = (fact for fact in world.journal[-1][2] if isinstance(fact, Transferred))
    assert (movement.kind, movement.initiator_user_id) == (TransferKind.STARTING_CASH, ann.user_id)


@pytest.mark.parametrize("second", ["Ann", "ANN", "ann"])
def test_a_taken_name_gets_a_number_at_first_sign_in(world: World, second: str) -> None:
    world.user("Ann")
    for number in (2, 3):
        world.run(SYSTEM, SignIn(f"issuer|{number}", second))
        assert list(world.state.accounts.values())[-1].name == f"{second} {number}"


def test_a_long_taken_name_is_cut_to_make_room_for_its_number(world: World) -> None:
    world.run(SYSTEM, SignIn("issuer|1", "x" * NAME_MAX))
    world.run(SYSTEM, SignIn("issuer|2", "x" * NAME_MAX))
    assert list(world.state.accounts.values())[-1].name == "x" * (NAME_MAX - 2) + " 2"


def test_nobody_signs_in_as_the_house(world: World) -> None:
    world.run(SYSTEM, SignIn("issuer|1", "house"))
    assert list(world.state.accounts.values())[-1].name == "house 2"


def test_a_user_makes_sub_accounts_they_own(world: World, ann: Actor) -> None:
    sub = world.sub_account(ann, "Ann's bot")
    account = world.account(sub)
    assert (account.kind, account.owners, account.cash) == (AccountKind.SUB, frozenset({ann.user_id}), 0)
    assert world.state.owns(ann.user_id, sub.account_id)
    assert world.state.users[ann.user_id].owned == {ann.account_id, sub.account_id}


def test_a_sub_account_for_nobody_is_refused(world: World) -> None:
    assert world.refuse(SYSTEM, CreateAccount("Nobody's")).code == Code.UNKNOWN_USER


@pytest.mark.parametrize("name", ["", "  ", " padded", "x" * (NAME_MAX + 1), "two\nlines"])
def test_a_sub_account_with_a_bad_name_is_refused(world: World, ann: Actor, name: str) -> None:
    refusal = world.refuse(ann, CreateAccount(name))
    assert (refusal.code, refusal.field) == (Code.INVALID_VALUE, "name")


@pytest.mark.parametrize("name", ["Bob", "bOB", "House"])
def test_a_sub_account_with_a_taken_name_is_refused(world: World, ann: Actor, bob: Actor, name: str) -> None:
    refusal = world.refuse(ann, CreateAccount(name))
    assert (refusal.code, refusal.field) == (Code.NAME_TAKEN, "name")


def test_too_many_sub_accounts_are_refused_except_to_the_elevated() -> None:
    world = World(Limits(sub_accounts_per_user=2))
    ann = world.user("Ann")
    world.sub_account(ann, "One")
    world.sub_account(ann, "Two")
    assert world.refuse(ann, CreateAccount("Three")).code == Code.LIMIT_REACHED
    world.sub_account(ann._replace(elevated=True), "Three")


def test_an_unknown_account_belongs_to_nobody(world: World, ann: Actor) -> None:
    assert not world.state.owns(ann.user_id, 99)
