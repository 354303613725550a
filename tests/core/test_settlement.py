"""Settlement: every position becomes cash, once, and profit is exact at every moment before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.commands import Actor, SettleMarket
from exchange.core.facts import Done, MarketSettled
from exchange.core.refusals import Code
from exchange.core.units import MarketStatus
from tests.core.world import ADMIN, BUY, World


def test_every_position_becomes_position_times_price(world: World, ann: Actor, bob: Actor, market: int) -> None:
    world.offer(bob, market, 15, 4)
    world.bid(ann, market, 15, 4)
    decision = world.run(ADMIN, SettleMarket(market, 18))
    assert decision.facts == (MarketSettled(market, 18, 0),)
    assert decision.result == Done()
    assert (world.account(ann).cash, world.account(bob).cash) == (1_012, 988)
    assert (world.position(ann, market).size, world.position(bob, market).size) == (0, 0)
    assert world.state.markets[market].settlement_price == 18


def test_every_resting_order_ends(world: World, ann: Actor, bob: Actor, market: int) -> None:
    world.bid(ann, market, 15, 100, tag=b"mine")
    world.offer(bob, market, 16, 100)
    world.settle(market, 10)
    assert world.book(market) == ([], [])
    assert world.position(ann, market).orders == {}
    assert world.position(ann, market).tags == {}
    assert (world.available(ann), world.available(bob)) == (1_000, 1_000)


@pytest.mark.parametrize("price", [10, 20])
def test_whoever_has_nothing_available_can_still_pay_for_a_settlement(world: World, bob: Actor, price: int) -> None:
    market = world.market()
    poor = world.user("Poor", 100)
    world.bid(poor, market, 15, 10)
    world.offer(poor, market, 17, 30)
    world.offer(bob, market, 15, 10)
    world.bid(bob, market, 17, 15)
    world.settle(market, price)
    assert world.available(poor) >= 0


def test_the_owner_settles_their_market(world: World, ann: Actor) -> None:
    market = world.market(owner=ann)
    assert world.run(ann, SettleMarket(market, 15)).facts == (MarketSettled(market, 15, ann.user_id),)


def test_the_owner_settles_while_acting_as_another_of_their_accounts(world: World, ann: Actor) -> None:
    sub = world.sub_account(ann, "Ann's bot")
    world.run(ann, SettleMarket(world.market(owner=sub), 15))
    world.run(sub, SettleMarket(world.market(owner=ann), 15))


def test_a_halted_market_can_be_settled_by_its_owner(world: World, ann: Actor) -> None:
    market = world.market(owner=ann)
    world.set_status(market, MarketStatus.HALTED)
    world.run(ann, SettleMarket(market, 15))


def test_settling_an_unknown_market_is_refused(world: World) -> None:
    assert world.refuse(ADMIN, SettleMarket(99, 15)).code == Code.UNKNOWN_MARKET


def test_settling_another_users_market_is_refused(world: World, ann: Actor, bob: Actor) -> None:
    market = world.market(owner=ann)
    refusal = world.refuse(bob, SettleMarket(market, 15))
    assert (refusal.code, refusal.field) == (Code.NOT_ALLOWED, "market_id")


def test_settling_twice_is_refused(world: World, market: int) -> None:
    world.settle(market, 15)
    assert world.refuse(ADMIN, SettleMarket(market, 15)).code == Code.MARKET_SETTLED


def test_settling_a_paused_market_is_refused_to_its_owner_but_not_to_the_elevated(world: World, ann: Actor) -> None:
    market = world.market(owner=ann)
    world.set_status(market, MarketStatus.PAUSED)
    assert world.refuse(ann, SettleMarket(market, 15)).code == Code.MARKET_PAUSED
    world.settle(market, 15)


@pytest.mark.parametrize("price", [9, 21])
def test_settling_outside_the_bounds_is_refused(world: World, market: int, price: int) -> None:
    refusal = world.refuse(ADMIN, SettleMarket(market, price))
    assert (refusal.code, refusal.field) == (Code.PRICE_OUT_OF_BOUNDS, "price")


@pytest.mark.parametrize("price", [10, 20])
def test_settling_at_a_bound_is_accepted(world: World, market: int, price: int) -> None:
    world.settle(market, price)


# Cost and profit

Trades = list[tuple[int, int]]


@given(st.lists(st.tuples(st.integers(-7, 7).filter(bool), st.integers(-10, 10)), max_size=12))
def test_the_cost_of_a_position_follows_from_its_trades(trades: Trades) -> None:
    """Opening adds at the price, closing takes its share of the cost rounded down, turning starts anew."""
    world, market = World(), 1
    world.market(-10, 10)
    maker, taker = world.user("Maker", 100_000), world.user("Taker", 100_000)
    held = cost = flow = 0
    for size, price in trades:
        (world.offer if size > 0 else world.bid)(maker, market, price, abs(size))
        (world.bid if size > 0 else world.offer)(taker, market, price, abs(size))
        flow -= size * price
        if held * size >= 0:
            cost += size * price
        elif abs(size) > abs(held):
            cost = (held + size) * price
        else:
            cost -= cost * abs(size) // abs(held)
        held += size
        position = world.position(taker, market)
        assert (position.size, position.cost, position.cash_flow) == (held, cost, flow)
        assert held or not cost


def test_a_settlement_leaves_the_whole_profit_as_cash_flow(world: World, ann: Actor, bob: Actor, market: int) -> None:
    world.offer(bob, market, 12, 3)
    world.bid(ann, market, 12, 3)
    world.bid(bob, market, 14, 1)
    world.offer(ann, market, 14, 1)
    world.settle(market, 20)
    position = world.position(ann, market)
    assert (position.size, position.cost, position.cash_flow) == (0, 0, -36 + 14 + 40)
    assert world.account(ann).cash == 1_000 + position.cash_flow


def test_money_received_is_no_profit_and_profit_is_not_received(world: World, ann: Actor, bob: Actor) -> None:
    market = world.market()
    world.offer(bob, market, 12)
    world.place(ann, market, BUY, 12, 1)
    world.settle(market, 20)
    assert (world.account(ann).received, world.account(ann).cash) == (1_000, 1_008)
