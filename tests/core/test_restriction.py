"""Restricted markets in the rules: who may trade and ask, what ends, and that an edit changes what it names."""

import pytest

from exchange.core.commands import (
    Actor,
    CancelOrders,
    CreateMarket,
    EditMarket,
    PlaceOrder,
    Redeem,
    SettleMarket,
    ShareAccount,
)
from exchange.core.facts import MarketEdited, OrdersCancelled
from exchange.core.preconditions import NOT_A_VIEWER, UNKNOWN_MARKET
from exchange.core.refusals import Code
from exchange.core.units import VIEWERS_MAX, CancelReason, Constituent, MarketStatus
from tests.core.world import ADMIN, BUY, SELL, World


def _viewers(world: World, market_id: int, *actors: Actor) -> None:
    ids = tuple(actor.account_id for actor in actors)
    world.run(ADMIN, EditMarket(market_id, restricted=True, add_viewer_account_ids=ids))


def _remove(world: World, market_id: int, *actors: Actor) -> tuple[object, ...]:
    ids = tuple(actor.account_id for actor in actors)
    return world.run(ADMIN, EditMarket(market_id, remove_viewer_account_ids=ids)).facts


def test_a_market_is_made_restricted_and_anonymous_by_an_elevated_admin(world: World, ann: Actor) -> None:
    command = CreateMarket(
        "Secret", "", 0, 10, restricted=True, anonymous=True, viewer_account_ids=(ann.account_id, ann.account_id)
    )
    assert world.refuse(ann, command).code == Code.NOT_ELEVATED
    world.run(Actor(0, world.state.house_id, elevated=True), command)
    market = world.state.markets[1]
    assert (market.restricted, market.anonymous, market.viewers) == (True, True, frozenset({ann.account_id}))


@pytest.mark.parametrize(
    "command",
    [
        EditMarket(1, restricted=True),
        EditMarket(1, anonymous=True),
        EditMarket(1, add_viewer_account_ids=(2,)),
        EditMarket(1, remove_viewer_account_ids=(2,)),
        EditMarket(1, description="mine", anonymous=False),
    ],
)
def test_who_sees_a_market_is_not_for_its_owner_to_say(world: World, ann: Actor, command: EditMarket) -> None:
    world.market(owner=ann)
    assert world.refuse(ann, command).code == Code.NOT_ELEVATED


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("restricted", {"restricted": True}),
        ("anonymous", {"anonymous": True}),
        ("viewers", {"add_viewer_account_ids": (2,)}),
        ("viewers", {"remove_viewer_account_ids": (3,)}),
        ("pinned", {"pinned": True}),
    ],
)
def test_an_edit_that_names_one_field_leaves_all_others_alone(
    world: World, ann: Actor, bob: Actor, field: str, changes: dict[str, object]
) -> None:
    market_id = world.market(position_limit=9)
    world.run(ADMIN, EditMarket(market_id, add_viewer_account_ids=(bob.account_id,), description="kept"))
    world.set_status(market_id, MarketStatus.PAUSED)
    market = world.state.markets[market_id]
    names = [name for name in market.__slots__ if name not in ("changed_at", field)]
    before = {name: getattr(market, name) for name in names}
    was = getattr(market, field)
    world.run(ADMIN, EditMarket(market_id, **changes))  # type: ignore[arg-type]
    assert {name: getattr(market, name) for name in names} == before
    assert getattr(market, field) != was


def test_what_is_so_already_is_no_change(world: World, ann: Actor, market: int) -> None:
    _viewers(world, market, ann)
    same = EditMarket(market, restricted=True, anonymous=False, add_viewer_account_ids=(ann.account_id,))
    assert world.run(ADMIN, same).facts == ()
    more = same._replace(pinned=True, remove_viewer_account_ids=(1,))
    assert world.run(ADMIN, more).facts == (MarketEdited(market, pinned=True),)


def test_viewers_are_accounts_that_there_are_and_not_too_many(world: World, ann: Actor, market: int) -> None:
    for field in ("add_viewer_account_ids", "remove_viewer_account_ids"):
        refusal = world.refuse(ADMIN, EditMarket(market, **{field: (99,)}))  # type: ignore[arg-type]
        assert (refusal.code, refusal.field) == (Code.UNKNOWN_ACCOUNT, field)
    refusal = world.refuse(ADMIN._replace(account_id=1), CreateMarket("Secret", "", 0, 9, viewer_account_ids=(99,)))
    assert (refusal.code, refusal.field) == (Code.UNKNOWN_ACCOUNT, "viewer_account_ids")
    world.state.accounts.update(dict.fromkeys(range(100, 100 + VIEWERS_MAX), world.account(ann)))
    many = tuple(range(100, 100 + VIEWERS_MAX))
    assert world.refuse(ADMIN, EditMarket(market, add_viewer_account_ids=(ann.account_id, *many))).code == (
        Code.LIMIT_REACHED
    )


def test_removing_a_viewer_ends_its_orders_before_and_in_the_same_step(
    world: World, ann: Actor, bob: Actor, market: int
) -> None:
    fund = world.fund({market: 1})
    over = world.fund({fund: 1})
    _viewers(world, market, ann, bob)
    orders = [world.bid(bob, each, 15) for each in (market, market, fund, over)]
    kept = world.bid(ann, market, 14)
    world.set_status(market, MarketStatus.PAUSED)
    removed = CancelReason.VIEWER_REMOVED
    assert _remove(world, market, bob) == (
        OrdersCancelled(market, (orders[0], orders[1]), removed, bob.account_id),
        OrdersCancelled(fund, (orders[2],), removed, bob.account_id),
        OrdersCancelled(over, (orders[3],), removed, bob.account_id),
        MarketEdited(market, removed_viewer_account_ids=(bob.account_id,)),
    )
    assert world.queue(market, BUY) == [kept]


def test_restricting_a_public_market_ends_the_orders_of_all_who_are_no_viewers(
    world: World, ann: Actor, bob: Actor, market: int
) -> None:
    house = Actor(0, world.state.house_id, elevated=True)
    world.offer(house, market, 19)
    world.bid(bob, market, 15)
    kept = world.bid(ann, market, 14)
    _viewers(world, market, ann)
    assert (world.queue(market, BUY), world.queue(market, SELL)) == ([kept], [])


def test_a_list_of_viewers_is_nothing_while_the_market_is_public(world: World, ann: Actor, market: int) -> None:
    world.bid(ann, market, 15)
    world.run(ADMIN, EditMarket(market, add_viewer_account_ids=(ann.account_id,)))
    assert len(_remove(world, market, ann)) == 1
    assert len(world.queue(market, BUY)) == 1


def test_only_a_viewer_trades_and_whoever_does_not_see_it_is_told_nothing(
    world: World, ann: Actor, bob: Actor, market: int
) -> None:
    sub = world.sub_account(ann, "Ann's bot", 500)
    fund = world.fund({market: 1})
    _viewers(world, market, ann)
    world.bid(ann, fund, 15)
    for actor, refusal in ((bob, UNKNOWN_MARKET), (sub, NOT_A_VIEWER), (ADMIN._replace(account_id=1), NOT_A_VIEWER)):
        for market_id in (market, fund):
            assert world.refuse(actor, PlaceOrder(market_id, BUY, 15, 1)) == refusal
        if actor.user_id:
            assert world.refuse(actor, Redeem(fund, 1)) == refusal
    assert world.run(sub, CancelOrders(market)).facts == ()
    assert world.refuse(bob, CancelOrders(market)) == UNKNOWN_MARKET


def test_an_account_trades_in_a_fund_only_where_it_is_a_viewer_of_every_part(
    world: World, ann: Actor, bob: Actor
) -> None:
    first, second = world.market(), world.market()
    fund = world.fund({first: 1, second: 1})
    sub = world.sub_account(ann, "Ann's bot", 500)
    _viewers(world, first, ann)
    _viewers(world, second, sub, bob)
    assert world.refuse(ann, PlaceOrder(fund, BUY, 30, 1)) == NOT_A_VIEWER, "ann sees it, with both accounts"
    assert world.refuse(bob, PlaceOrder(fund, BUY, 30, 1)) == UNKNOWN_MARKET
    _viewers(world, second, ann)
    world.bid(ann, fund, 30)


def test_the_constituents_of_a_fund_are_looked_up_like_any_market(world: World, ann: Actor, market: int) -> None:
    _viewers(world, market)
    unused = world.refuse(ann, CreateMarket("Fund", "", 0, 0, constituents=(Constituent(99, 1),)))
    hidden = world.refuse(ann, CreateMarket("Fund", "", 0, 0, constituents=(Constituent(market, 1),)))
    assert hidden == unused


def test_an_owner_who_is_no_viewer_does_not_settle_it(world: World, ann: Actor) -> None:
    market = world.market(owner=ann)
    _viewers(world, market)
    assert world.refuse(ann, SettleMarket(market, 15)) == UNKNOWN_MARKET
    _viewers(world, market, ann)
    world.run(ann, SettleMarket(market, 15))


def test_whoever_holds_a_position_is_told_that_it_is_no_viewer(
    world: World, ann: Actor, bob: Actor, cyn: Actor, market: int
) -> None:
    world.bid(ann, market, 15, 5)
    world.offer(bob, market, 15, 5)
    _viewers(world, market, ann)
    lens = world.state.lens
    assert lens.holders == {market: {bob.account_id}}
    assert world.refuse(bob, PlaceOrder(market, BUY, 15, 5)) == NOT_A_VIEWER
    assert world.refuse(cyn, PlaceOrder(market, BUY, 15, 5)) == UNKNOWN_MARKET
    world.settle(market, 16)
    world.unsettle(market)
    assert world.state.lens is lens, "settling and back changes nothing of who sees what"
    world.run(ADMIN, EditMarket(market, restricted=False))
    assert not world.state.lens.holders


def test_who_owns_a_viewer_sees_it(world: World, ann: Actor, bob: Actor, market: int) -> None:
    sub = world.sub_account(ann, "Team", 500)
    _viewers(world, market, sub)
    assert world.refuse(bob, CancelOrders(market)) == UNKNOWN_MARKET
    world.run(ann, ShareAccount(sub.account_id, bob.account_id))
    world.run(bob, CancelOrders(market))
    world.bid(bob._replace(account_id=sub.account_id), market, 15)


def test_a_lens_is_taken_back_fact_by_fact(world: World, ann: Actor, bob: Actor) -> None:
    market = world.market()
    world.fund({market: 1})
    lenses = [world.state.lens]
    edits = [
        EditMarket(market, restricted=True, add_viewer_account_ids=(ann.account_id,)),
        EditMarket(market, anonymous=True),
        EditMarket(market, add_viewer_account_ids=(bob.account_id,), remove_viewer_account_ids=(ann.account_id,)),
        EditMarket(market, restricted=False, anonymous=False),
    ]
    facts = []
    for edit in edits:
        facts.append(world.run(ADMIN, edit).facts)
        lenses.append(world.state.lens)
    lens = lenses[-1]
    for happened, before, after in zip(reversed(facts), reversed(lenses[:-1]), reversed(lenses), strict=False):
        assert before.after(happened).gates == after.gates
        lens = lens.before(happened)
        assert (lens.gates, lens.anonymous, lens.special) == (before.gates, before.anonymous, before.special)
