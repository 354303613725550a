"""Sub-accounts shared and revoked, accounts renamed, money clawed back."""

import pytest

from exchange.core.commands import Actor, ClawBack, PlaceOrder, RenameAccount, RevokeAccess, ShareAccount
from exchange.core.refusals import Code
from exchange.core.units import TransferKind
from tests.core.world import ADMIN, BUY, World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def ann(world: World) -> Actor:
    return world.user("Ann", 1_000)


@pytest.fixture
def bob(world: World) -> Actor:
    return world.user("Bob", 1_000)


def test_a_shared_account_is_used_by_both_and_a_revoked_one_by_neither_side_that_lost_it(
    world: World, ann: Actor, bob: Actor
) -> None:
    fund = world.sub_account(ann, "Fund", 500)
    market = world.market()
    as_fund = bob._replace(account_id=fund.account_id)
    assert world.refuse(as_fund, PlaceOrder(market, BUY, 11, 1)).code == Code.NOT_OWNER
    world.run(ann, ShareAccount(fund.account_id, bob.account_id))
    world.bid(as_fund, market, 11, 1)
    world.run(ADMIN, RevokeAccess(fund.account_id, bob.account_id))
    assert world.refuse(as_fund, PlaceOrder(market, BUY, 11, 1)).code == Code.NOT_OWNER
    assert world.state.users[bob.user_id].owned == {bob.account_id}


def test_only_owners_share_and_only_sub_accounts_are_shared(world: World, ann: Actor, bob: Actor) -> None:
    fund = world.sub_account(ann, "Fund")
    assert world.refuse(bob, ShareAccount(fund.account_id, bob.account_id)).code == Code.NOT_OWNER
    assert world.refuse(ann, ShareAccount(ann.account_id, bob.account_id)).code == Code.NOT_ALLOWED
    assert world.refuse(ann, ShareAccount(fund.account_id, fund.account_id)).code == Code.UNKNOWN_USER
    assert world.refuse(ann, ShareAccount(fund.account_id, ann.account_id)).code == Code.INVALID_VALUE
    assert world.refuse(ann, ShareAccount(99, bob.account_id)).code == Code.UNKNOWN_ACCOUNT


def test_an_account_keeps_an_owner_and_a_stranger_revokes_nothing(world: World, ann: Actor, bob: Actor) -> None:
    fund = world.sub_account(ann, "Fund")
    assert world.refuse(ADMIN, RevokeAccess(fund.account_id, ann.account_id)).code == Code.NOT_ALLOWED
    assert world.refuse(bob, RevokeAccess(fund.account_id, ann.account_id)).code == Code.NOT_ELEVATED
    assert world.refuse(ADMIN, RevokeAccess(fund.account_id, bob.account_id)).code == Code.INVALID_VALUE


def test_an_owner_may_give_up_a_shared_account(world: World, ann: Actor, bob: Actor) -> None:
    fund = world.sub_account(ann, "Fund")
    world.run(ann, ShareAccount(fund.account_id, bob.account_id))
    world.run(ann, RevokeAccess(fund.account_id, ann.account_id))
    assert world.state.accounts[fund.account_id].owners == {bob.user_id}


def test_names_are_changed_by_owners_and_stay_unique(world: World, ann: Actor, bob: Actor) -> None:
    world.run(ann, RenameAccount(ann.account_id, "Anna"))
    assert world.account(ann).name == "Anna"
    world.run(ann, RenameAccount(ann.account_id, "ANNA"))
    assert world.refuse(bob, RenameAccount(bob.account_id, "anna")).code == Code.NAME_TAKEN
    assert world.refuse(bob, RenameAccount(ann.account_id, "Eve")).code == Code.NOT_OWNER
    world.run(ADMIN, RenameAccount(bob.account_id, "Ann"))


def test_money_is_clawed_back_as_far_as_it_is_available(world: World, ann: Actor) -> None:
    market = world.market(0, 10)
    world.bid(ann, market, 10, 60)
    assert world.refuse(ADMIN, ClawBack(ann.account_id, 401, "")).code == Code.INSUFFICIENT_FUNDS
    (fact,) = world.run(ADMIN, ClawBack(ann.account_id, 400, "")).facts
    assert fact.kind == TransferKind.CLAW_BACK  # type: ignore[union-attr]
    assert world.available(ann) == 0
    assert world.refuse(ann, ClawBack(ann.account_id, 1, "")).code == Code.NOT_ELEVATED
