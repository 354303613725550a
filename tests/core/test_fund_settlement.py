"""Funds follow their constituents into settlement, and out of it: nobody can take money from the house."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.core.commands import Actor, ClawBack, PlaceOrder, Redeem, SettleMarket, Transfer, UnsettleMarket
from exchange.core.facts import Decision, MarketSettled, MarketUnsettled, RestoredPosition, Transferred
from exchange.core.refusals import Code
from exchange.core.units import MarketStatus, TransferKind
from tests.core.world import ADMIN, BUY, World

HOUSE = Actor(0, 1, elevated=True)


def test_a_fund_is_settled_by_nobody(world: World, ann: Actor, market: int) -> None:
    fund = world.fund({market: 1})
    assert world.refuse(ADMIN, SettleMarket(fund, 15)).code == Code.FUND_SETTLES_ITSELF
    assert world.refuse(ann, SettleMarket(fund, 15)).code == Code.NOT_ALLOWED
    world.settle(market, 15)
    assert world.refuse(ADMIN, SettleMarket(fund, 15)).code == Code.FUND_SETTLES_ITSELF


def test_a_fund_settles_with_the_last_of_its_constituents(world: World) -> None:
    rain, snow = world.market(10, 20), world.market(0, 5)
    fund = world.fund({rain: 2, snow: -3})
    assert world.run(ADMIN, SettleMarket(snow, 1)).facts == (MarketSettled(snow, 1, 0),)
    owner = ADMIN._replace(user_id=7)
    facts = world.run(owner, SettleMarket(rain, 11)).facts
    assert facts == (MarketSettled(rain, 11, 7), MarketSettled(fund, 22 - 3, 0))
    assert world.state.markets[fund].settlement_price == 19


@pytest.mark.parametrize("status", [MarketStatus.HALTED, MarketStatus.PAUSED])
def test_a_fund_settles_whatever_its_status_and_ends_its_orders(
    world: World, ann: Actor, market: int, status: MarketStatus
) -> None:
    fund = world.fund({market: 1})
    world.bid(ann, fund, 12, 5)
    world.set_status(fund, status)
    world.settle(market, 20)
    assert world.state.markets[fund].status == MarketStatus.SETTLED
    assert world.book(fund) == ([], [])
    assert world.available(ann) == 1_000


def test_funds_of_funds_follow_in_cascade_each_after_its_constituents(world: World) -> None:
    rain, snow = world.market(10, 20), world.market(10, 20)
    inner = world.fund({rain: 1})
    outer = world.fund({inner: -2, rain: 1})
    mixed = world.fund({outer: 1, snow: 1})
    prices = [(fact.market_id, fact.price) for fact in _settled(world, rain, 13)]
    assert prices == [(rain, 13), (inner, 13), (outer, -13)]
    prices = [(fact.market_id, fact.price) for fact in _settled(world, snow, 20)]
    assert prices == [(snow, 20), (mixed, 7)]


def _settled(world: World, market_id: int, price: int) -> list[MarketSettled]:
    facts = world.run(ADMIN, SettleMarket(market_id, price)).facts
    assert all(isinstance(fact, MarketSettled) for fact in facts)
    return [fact for fact in facts if isinstance(fact, MarketSettled)]


@given(
    size=st.integers(-20, 20).filter(bool), price=st.integers(10, 20), other=st.integers(-4, 6), fee=st.integers(0, 2)
)
@settings(max_examples=30)
def test_redeeming_and_settling_moves_the_fee_and_nothing_else(size: int, price: int, other: int, fee: int) -> None:
    world = World()
    ann = world.user("Ann", 10_000)
    rain, snow = world.market(10, 20), world.market(-4, 6)
    inner = world.fund({rain: 2, snow: -3}, redeem_fee=fee)
    outer = world.fund({inner: -1, snow: 1}, redeem_fee=fee)
    world.redeem(ann, inner, size)
    world.redeem(ann, outer, -size)
    world.settle(rain, price)
    world.settle(snow, other)
    assert world.account(ann).cash == world.available(ann) == 10_000 - 2 * fee * abs(size)
    assert world.account(HOUSE).cash == -10_000 + 2 * fee * abs(size)


def test_after_a_redemption_a_settlement_takes_no_more_than_is_there(world: World, market: int) -> None:
    fund = world.fund({market: -2})
    poor = world.user("Poor", 100)
    while isinstance(world.decide(poor, Redeem(fund, 1)), Decision):
        world.redeem(poor, fund, 1)
    assert world.available(poor) < 20
    world.settle(market, 20)
    assert world.account(poor).cash == 100


# Taking it back


def _trade(world: World, buyer: Actor, seller: Actor, market: int, price: int, size: int) -> None:
    world.offer(seller, market, price, size)
    world.bid(buyer, market, price, size)


def test_unsettling_brings_back_what_was_held(world: World, ann: Actor, bob: Actor, market: int) -> None:
    _trade(world, ann, bob, market, 12, 5)
    _trade(world, bob, ann, market, 14, 2)
    before = [(each.size, each.cost, each.cash_flow) for each in world.state.markets[market].positions.values()]
    cash = world.account(ann).cash, world.account(bob).cash
    available = world.available(ann), world.available(bob)
    world.settle(market, 20)
    decision = world.unsettle(market)
    held = {each.account_id: (each.size, each.cost) for each in (_restored(decision.facts[0]))}
    assert held == {ann.account_id: (3, 60 - 24), bob.account_id: (-3, -60 + 24)}
    after = [(each.size, each.cost, each.cash_flow) for each in world.state.markets[market].positions.values()]
    assert after == before
    assert (world.account(ann).cash, world.account(bob).cash) == cash
    assert (world.available(ann), world.available(bob)) == available
    reopened = world.state.markets[market]
    assert (reopened.status, reopened.settlement_price, reopened.settled) == (MarketStatus.HALTED, 0, {})


def _restored(fact: object) -> tuple[RestoredPosition, ...]:
    assert isinstance(fact, MarketUnsettled)
    return fact.positions


def test_a_market_can_be_settled_again_and_again(world: World, ann: Actor, bob: Actor, market: int) -> None:
    _trade(world, ann, bob, market, 12, 5)
    for price in (20, 10, 15):
        world.settle(market, price)
        assert world.account(ann).cash == 1_000 + 5 * (price - 12)
        world.unsettle(market)
    world.set_status(market, MarketStatus.OPEN)
    _trade(world, bob, ann, market, 15, 5)
    world.settle(market, 20)
    assert world.account(ann).cash == 1_000 + 5 * 3
    world.unsettle(market)
    assert world.account(ann).cash == 1_000 + 5 * 3


def test_orders_that_ended_do_not_come_back(world: World, ann: Actor, market: int) -> None:
    world.bid(ann, market, 15, 3)
    world.settle(market, 12)
    world.unsettle(market)
    assert world.book(market) == ([], [])


def test_unsettling_a_constituent_unsettles_the_funds_that_followed(world: World, ann: Actor) -> None:
    rain, snow = world.market(10, 20), world.market(10, 20)
    inner = world.fund({rain: 1, snow: 1})
    outer = world.fund({inner: 2})
    world.redeem(ann, outer, 3)
    world.settle(rain, 15)
    world.settle(snow, 20)
    facts = world.unsettle(rain).facts
    assert [(fact.market_id, fact.author_user_id) for fact in facts if isinstance(fact, MarketUnsettled)] == [
        (rain, ADMIN.user_id), (inner, 0), (outer, 0),
    ]  # fmt: skip
    assert world.sizes(ann, rain, snow, inner, outer) == [0, 0, 6, -3]
    assert world.state.markets[snow].status == MarketStatus.SETTLED
    prices = [(fact.market_id, fact.price) for fact in _settled(world, rain, 10)]
    assert prices == [(rain, 10), (inner, 30), (outer, 60)]
    assert world.account(ann).cash == 1_000


def test_a_fund_that_had_not_followed_stays_as_it_is(world: World) -> None:
    rain, snow = world.market(), world.market()
    fund = world.fund({rain: 1, snow: 1})
    world.settle(rain, 15)
    assert len(world.unsettle(rain).facts) == 1
    assert world.state.markets[fund].status == MarketStatus.OPEN


def test_what_cannot_be_unsettled(world: World, ann: Actor) -> None:
    market = world.market(owner=ann)
    fund = world.fund({market: 1})
    assert world.refuse(ADMIN, UnsettleMarket(99)).code == Code.UNKNOWN_MARKET
    assert world.refuse(ADMIN, UnsettleMarket(market)).code == Code.MARKET_NOT_SETTLED
    world.settle(market, 15)
    assert world.refuse(ann, UnsettleMarket(market)).code == Code.NOT_ELEVATED
    assert world.refuse(ADMIN, UnsettleMarket(fund)).code == Code.FUND_SETTLES_ITSELF


def test_what_was_won_and_spent_keeps_a_settlement_from_being_reversed(
    world: World, bob: Actor, cyn: Actor, market: int
) -> None:
    poor = world.user("Poor", 25)
    _trade(world, poor, bob, market, 15, 5)
    world.settle(market, 20)
    world.transfer(poor, cyn, 50 - 7)
    refusal = world.refuse(ADMIN, UnsettleMarket(market))
    assert (refusal.code, refusal.field) == (Code.INSUFFICIENT_FUNDS, "cover")
    house = world.account(HOUSE).cash
    facts = world.unsettle(market, cover=True).facts
    (cover,) = [fact for fact in facts if isinstance(fact, Transferred)]
    assert (cover.kind, cover.from_account_id, cover.to_account_id) == (TransferKind.COVER, 1, poor.account_id)
    assert cover.amount == 50 - 7
    assert world.available(poor) == 0
    assert world.account(HOUSE).cash == house - cover.amount


def test_each_who_has_spent_is_covered_by_a_record_of_their_own(world: World, bob: Actor, market: int) -> None:
    spenders = [world.user(name, 5) for name in ("Poor", "Poorer")]
    for spender in spenders:
        _trade(world, spender, bob, market, 15, 1)
    world.settle(market, 20)
    for spender in spenders:
        world.transfer(spender, bob, 10)
    covers = [fact for fact in world.unsettle(market, cover=True).facts if isinstance(fact, Transferred)]
    assert [(cover.to_account_id, cover.amount) for cover in covers] == [(each.account_id, 10) for each in spenders]
    assert world.state.next_transfer_id == covers[-1].transfer_id + 1


def test_cover_moves_nothing_where_nothing_is_missing(world: World, ann: Actor, bob: Actor, market: int) -> None:
    _trade(world, ann, bob, market, 15, 5)
    world.settle(market, 20)
    assert len(world.unsettle(market, cover=True).facts) == 1


def test_what_a_reversed_settlement_paid_cannot_be_spent(world: World, bob: Actor, market: int) -> None:
    poor = world.user("Poor", 25)
    _trade(world, poor, bob, market, 15, 5)
    world.settle(market, 20)
    assert world.available(poor) == 50
    world.unsettle(market)
    assert world.available(poor) == 0
    other = world.market()
    assert world.refuse(poor, Transfer(0, bob.account_id, 1, "")).code == Code.INSUFFICIENT_FUNDS
    assert world.refuse(poor, PlaceOrder(other, BUY, 11, 1)).code == Code.INSUFFICIENT_FUNDS
    assert world.refuse(ADMIN, ClawBack(poor.account_id, 1, "")).code == Code.INSUFFICIENT_FUNDS


def test_a_resting_order_elsewhere_counts_as_spent(world: World, bob: Actor, market: int) -> None:
    poor = world.user("Poor", 5)
    _trade(world, poor, bob, market, 15, 1)
    other = world.market()
    world.settle(market, 20)
    order_id = world.bid(poor, other, 20, 1)
    assert world.refuse(ADMIN, UnsettleMarket(market)).code == Code.INSUFFICIENT_FUNDS
    world.cancel(poor, other, order_id)
    world.unsettle(market)


def test_the_house_may_be_short_after_an_unsettling(world: World, ann: Actor, market: int) -> None:
    fund = world.fund({market: 1})
    world.redeem(ann, fund, 20)
    world.settle(market, 20)
    world.unsettle(market)
    assert world.sizes(HOUSE, fund, market) == [20, -20]
    assert world.available(HOUSE) < 0
