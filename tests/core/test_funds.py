"""The funds check: an order is accepted exactly when any settlement could still be paid for afterwards."""

from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.commands import Actor, PlaceOrder
from exchange.core.refusals import Code
from exchange.core.state import worst_case
from exchange.core.units import Side, TimeInForce
from tests.core.world import BUY, SELL, World


@pytest.fixture
def dan(world: World) -> Actor:
    return world.user("Dan", 100)


# The examples of the rules: bounds 10 and 20, cash 100.


def test_a_bid_of_1_at_15_leaves_95_available(world: World, dan: Actor, market: int) -> None:
    world.bid(dan, market, 15)
    assert world.available(dan) == 95


def test_an_offer_of_1_at_15_leaves_95_available(world: World, dan: Actor, market: int) -> None:
    world.offer(dan, market, 15)
    assert world.available(dan) == 95


def test_a_bid_and_an_offer_together_leave_95_available(world: World, dan: Actor, market: int) -> None:
    world.bid(dan, market, 15)
    world.offer(dan, market, 16)
    assert world.available(dan) == 95


# The edge


@pytest.mark.parametrize("side", list(Side))
def test_an_order_that_leaves_exactly_nothing_available_is_accepted(
    world: World, dan: Actor, market: int, side: Side
) -> None:
    world.place(dan, market, side, 15, 20)
    assert world.available(dan) == 0


@pytest.mark.parametrize("side", list(Side))
def test_an_order_that_would_leave_less_than_nothing_is_refused(
    world: World, dan: Actor, market: int, side: Side
) -> None:
    refusal = world.refuse(dan, PlaceOrder(market, side, 15, 21))
    assert (refusal.code, refusal.field) == (Code.INSUFFICIENT_FUNDS, "size")


def test_without_cash_only_what_cannot_lose_is_accepted(world: World, market: int) -> None:
    poor = world.user("Poor")
    world.bid(poor, market, 10)
    world.offer(poor, market, 20)
    assert world.refuse(poor, PlaceOrder(market, BUY, 11, 1)).code == Code.INSUFFICIENT_FUNDS


def test_markets_add_up(world: World, dan: Actor, market: int) -> None:
    other = world.market()
    world.bid(dan, market, 15, 12)
    world.offer(dan, other, 15, 8)
    assert world.available(dan) == 0
    assert world.refuse(dan, PlaceOrder(other, SELL, 19, 1)).code == Code.INSUFFICIENT_FUNDS


def test_an_immediate_order_needs_funds_only_for_what_it_fills(
    world: World, dan: Actor, bob: Actor, market: int
) -> None:
    world.offer(bob, market, 15, 20)
    assert world.refuse(dan, PlaceOrder(market, BUY, 15, 1_000)).code == Code.INSUFFICIENT_FUNDS
    assert world.place(dan, market, BUY, 15, 1_000, time_in_force=TimeInForce.IOC).filled == 20
    assert world.available(dan) == 0


def test_a_fill_at_a_better_price_is_checked_at_that_price(world: World, bob: Actor, market: int) -> None:
    poor = world.user("Poor", 2)
    world.offer(bob, market, 12)
    assert world.place(poor, market, BUY, 20, 1).filled == 1
    assert world.available(poor) == 0


def test_closing_a_position_frees_funds(world: World, dan: Actor, bob: Actor, market: int) -> None:
    world.offer(bob, market, 15, 20)
    world.bid(dan, market, 15, 20)
    assert world.available(dan) == 0
    world.bid(bob, market, 14, 20)
    world.offer(dan, market, 14, 20)
    assert world.available(dan) == 80


def test_an_order_against_a_position_costs_nothing_until_it_turns_it(
    world: World, dan: Actor, bob: Actor, market: int
) -> None:
    world.offer(bob, market, 15, 20)
    world.bid(dan, market, 15, 20)
    world.offer(dan, market, 15, 40)
    assert world.available(dan) == 0
    assert world.refuse(dan, PlaceOrder(market, SELL, 15, 1)).code == Code.INSUFFICIENT_FUNDS


def test_the_house_is_exempt(world: World, market: int) -> None:
    house = Actor(0, world.state.house_id, elevated=True)
    world.bid(house, market, 15, 1_000)
    assert world.available(house) == -5_000


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("taken", [1, 4, 10])
def test_a_makers_available_cash_never_falls_when_it_is_filled(
    world: World, dan: Actor, bob: Actor, market: int, side: Side, taken: int
) -> None:
    world.bid(dan, market, 12, 10)
    world.offer(dan, market, 17, 10)
    before = world.available(dan)
    world.place(bob, market, SELL if side == BUY else BUY, 12 if side == BUY else 17, taken)
    assert world.available(dan) >= before


# The formula


@st.composite
def _holdings(draw: st.DrawFn) -> tuple[int, int, int, list[tuple[Side, int, int]]]:
    low = draw(st.integers(-6, 5))
    high = draw(st.integers(low + 1, 6))
    size = draw(st.integers(-5, 5))
    terms = st.tuples(st.sampled_from(Side), st.integers(low, high), st.integers(1, 4))
    return low, high, size, draw(st.lists(terms, max_size=5))


@given(_holdings())
def test_the_worst_case_is_the_least_over_all_settlements_and_all_fills(
    holdings: tuple[int, int, int, list[tuple[Side, int, int]]],
) -> None:
    low, high, held, orders = holdings
    filled = chain.from_iterable(combinations(orders, count) for count in range(len(orders) + 1))
    worst = min(
        held * settlement + sum((settlement - price) * (size if side == BUY else -size) for side, price, size in some)
        for some in filled
        for settlement in range(low, high + 1)
    )
    bids = [(price, size) for side, price, size in orders if side == BUY]
    offers = [(price, size) for side, price, size in orders if side == SELL]
    assert worst == worst_case(
        low,
        high,
        held,
        sum(size for _, size in bids),
        sum(price * size for price, size in bids),
        sum(size for _, size in offers),
        sum(price * size for price, size in offers),
    )


# The position limit


@pytest.mark.parametrize("side", list(Side))
def test_an_order_beyond_the_position_limit_is_refused(world: World, ann: Actor, side: Side) -> None:
    market = world.market(position_limit=5)
    world.place(ann, market, side, 15, 5)
    refusal = world.refuse(ann, PlaceOrder(market, side, 15, 1))
    assert (refusal.code, refusal.field) == (Code.POSITION_LIMIT, "size")


def test_the_position_counts_towards_its_limit(world: World, ann: Actor, bob: Actor) -> None:
    market = world.market(position_limit=5)
    world.offer(bob, market, 15, 5)
    world.bid(ann, market, 15, 5)
    assert world.refuse(ann, PlaceOrder(market, BUY, 15, 1)).code == Code.POSITION_LIMIT
    assert world.place(ann, market, SELL, 15, 10).remaining == 10
    assert world.refuse(ann, PlaceOrder(market, SELL, 15, 1)).code == Code.POSITION_LIMIT


def test_an_order_that_would_fill_beyond_the_position_limit_is_refused(world: World, ann: Actor, bob: Actor) -> None:
    market = world.market(position_limit=5)
    world.offer(bob, market, 15, 5)
    refusal = world.refuse(ann, PlaceOrder(market, BUY, 15, 6, TimeInForce.GTC))
    assert refusal.code == Code.POSITION_LIMIT
    assert world.place(ann, market, BUY, 15, 6, time_in_force=TimeInForce.IOC).filled == 5


def test_an_order_that_raises_neither_side_is_accepted_beyond_the_limit(world: World, ann: Actor, bob: Actor) -> None:
    market = world.market()
    world.offer(bob, market, 15, 9)
    world.bid(ann, market, 15, 9)
    world.bid(ann, market, 12, 4)
    world.state.markets[market].position_limit = 5
    assert world.place(ann, market, SELL, 15, 2).remaining == 2
    assert world.refuse(ann, PlaceOrder(market, BUY, 12, 1)).code == Code.POSITION_LIMIT
    order_id = world.queue(market, BUY)[0]
    assert world.amend(ann, market, order_id, price=11).remaining == 4
    assert world.refuse(ann, PlaceOrder(market, SELL, 15, 20)).code == Code.POSITION_LIMIT


def test_the_house_has_no_position_limit(world: World) -> None:
    market = world.market(position_limit=5)
    world.bid(Actor(0, world.state.house_id, elevated=True), market, 15, 50)
