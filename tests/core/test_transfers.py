"""Movements of money: transfers by owners, grants by the elevated."""

import pytest

from exchange.core.commands import Actor, Grant, Transfer
from exchange.core.facts import Created, Transferred
from exchange.core.refusals import Code
from exchange.core.units import CASH_MAX, NOTE_MAX, TransferKind
from tests.core.world import ADMIN, World


@pytest.fixture
def sub(world: World, ann: Actor) -> Actor:
    return world.sub_account(ann, "Ann's bot", 50)


# Transfers


def test_a_transfer_to_any_user_moves_cash(world: World, ann: Actor, bob: Actor) -> None:
    decision = world.run(ann, Transfer(0, bob.account_id, 300, "thanks"))
    (fact,) = decision.facts
    assert isinstance(fact, Transferred)
    assert decision.result == Created(fact.transfer_id)
    assert fact[1:] == (TransferKind.TRANSFER, ann.account_id, bob.account_id, 300, "thanks", ann.user_id)
    assert (world.account(ann).cash, world.account(bob).cash) == (700, 1_300)
    assert (world.account(ann).received, world.account(bob).received) == (700, 1_300)


def test_a_transfer_between_own_accounts_goes_either_way(world: World, ann: Actor, sub: Actor) -> None:
    world.run(ann, Transfer(0, sub.account_id, 10, ""))
    world.run(ann, Transfer(sub.account_id, ann.account_id, 60, ""))
    assert world.account(sub).cash == 0


def test_the_acting_account_is_the_sender_unless_one_is_named(world: World, ann: Actor, bob: Actor, sub: Actor) -> None:
    world.run(sub, Transfer(0, bob.account_id, 20, ""))
    assert world.account(sub).cash == 30
    world.run(sub, Transfer(ann.account_id, bob.account_id, 20, ""))
    assert world.account(ann).cash == 980


def test_all_that_is_available_can_be_sent_and_not_more(world: World, ann: Actor, bob: Actor, market: int) -> None:
    world.bid(ann, market, 15, 100)
    refusal = world.refuse(ann, Transfer(0, bob.account_id, 501, ""))
    assert (refusal.code, refusal.field) == (Code.INSUFFICIENT_FUNDS, "amount")
    world.run(ann, Transfer(0, bob.account_id, 500, ""))
    assert world.available(ann) == 0


@pytest.mark.parametrize("amount", [0, -1, CASH_MAX + 1])
def test_an_amount_out_of_range_is_refused(world: World, ann: Actor, bob: Actor, amount: int) -> None:
    refusal = world.refuse(ann, Transfer(0, bob.account_id, amount, ""))
    assert (refusal.code, refusal.field) == (Code.INVALID_VALUE, "amount")


@pytest.mark.parametrize("note", ["x" * (NOTE_MAX + 1), "bell \a", "right to left \u202e"])
def test_a_bad_note_is_refused(world: World, ann: Actor, bob: Actor, note: str) -> None:
    refusal = world.refuse(ann, Transfer(0, bob.account_id, 1, note))
    assert (refusal.code, refusal.field) == (Code.INVALID_VALUE, "note")


def test_a_transfer_from_an_unknown_account_is_refused(world: World, ann: Actor, bob: Actor) -> None:
    refusal = world.refuse(ann, Transfer(99, bob.account_id, 1, ""))
    assert (refusal.code, refusal.field) == (Code.UNKNOWN_ACCOUNT, "from_account_id")


def test_a_transfer_to_an_unknown_account_is_refused(world: World, ann: Actor) -> None:
    refusal = world.refuse(ann, Transfer(0, 99, 1, ""))
    assert (refusal.code, refusal.field) == (Code.UNKNOWN_ACCOUNT, "to_account_id")


@pytest.mark.parametrize("amount", [1, 1_000_000])
def test_a_strangers_account_is_refused_alike_whatever_it_holds(
    world: World, ann: Actor, bob: Actor, amount: int
) -> None:
    refusal = world.refuse(ann, Transfer(bob.account_id, ann.account_id, amount, ""))
    assert (refusal.code, refusal.field) == (Code.NOT_OWNER, "from_account_id")


def test_elevation_moves_the_money_of_the_account_acted_as_and_of_no_other(
    world: World, ann: Actor, bob: Actor
) -> None:
    as_bob = Actor(ann.user_id, bob.account_id, elevated=True)
    world.run(as_bob, Transfer(0, ann.account_id, 10, ""))
    as_ann = ann._replace(elevated=True)
    assert world.refuse(as_ann, Transfer(bob.account_id, ann.account_id, 10, "")).code == Code.NOT_OWNER


def test_acting_as_a_strangers_account_without_elevation_moves_nothing(world: World, ann: Actor, bob: Actor) -> None:
    as_bob = Actor(ann.user_id, bob.account_id)
    assert world.refuse(as_bob, Transfer(0, ann.account_id, 10, "")).code == Code.NOT_OWNER


def test_a_transfer_to_a_strangers_sub_account_is_refused(world: World, bob: Actor, sub: Actor) -> None:
    refusal = world.refuse(bob, Transfer(0, sub.account_id, 1, ""))
    assert (refusal.code, refusal.field) == (Code.NOT_OWNER, "to_account_id")


def test_a_transfer_to_oneself_is_refused(world: World, ann: Actor) -> None:
    refusal = world.refuse(ann, Transfer(0, ann.account_id, 1, ""))
    assert (refusal.code, refusal.field) == (Code.SAME_ACCOUNT, "to_account_id")


def test_a_transfer_to_the_house_is_refused(world: World, ann: Actor) -> None:
    assert world.refuse(ann, Transfer(0, world.state.house_id, 1, "")).code == Code.NOT_ALLOWED


def test_a_transfer_from_the_house_is_refused_even_to_the_elevated(world: World, ann: Actor) -> None:
    as_house = Actor(ann.user_id, world.state.house_id, elevated=True)
    assert world.refuse(as_house, Transfer(0, ann.account_id, 1, "")).code == Code.NOT_ALLOWED


# Grants


def test_a_grant_comes_from_the_house(world: World, ann: Actor) -> None:
    admin = Actor(ann.user_id, ann.account_id, elevated=True)
    house = world.state.accounts[world.state.house_id]
    before = house.cash
    (fact,) = world.run(admin, Grant(ann.account_id, 70, "prize")).facts
    assert isinstance(fact, Transferred)
    assert fact[1:] == (TransferKind.GRANT, house.account_id, ann.account_id, 70, "prize", ann.user_id)
    assert (house.cash, world.account(ann).cash) == (before - 70, 1_070)


def test_a_grant_to_a_sub_account_is_accepted(world: World, sub: Actor) -> None:
    world.run(ADMIN, Grant(sub.account_id, 70, ""))
    assert world.account(sub).cash == 120


def test_a_grant_without_elevation_is_refused(world: World, ann: Actor) -> None:
    assert world.refuse(ann, Grant(ann.account_id, 1, "")).code == Code.NOT_ELEVATED


@pytest.mark.parametrize("amount", [0, -5, CASH_MAX + 1])
def test_a_grant_out_of_range_is_refused(world: World, ann: Actor, amount: int) -> None:
    refusal = world.refuse(ADMIN, Grant(ann.account_id, amount, ""))
    assert (refusal.code, refusal.field) == (Code.INVALID_VALUE, "amount")


def test_a_grant_with_a_bad_note_is_refused(world: World, ann: Actor) -> None:
    assert world.refuse(ADMIN, Grant(ann.account_id, 1, "\0")).field == "note"


def test_a_grant_to_an_unknown_account_is_refused(world: World) -> None:
    refusal = world.refuse(ADMIN, Grant(99, 1, ""))
    assert (refusal.code, refusal.field) == (Code.UNKNOWN_ACCOUNT, "to_account_id")


def test_a_grant_to_the_house_is_refused(world: World) -> None:
    assert world.refuse(ADMIN, Grant(world.state.house_id, 1, "")).code == Code.SAME_ACCOUNT
