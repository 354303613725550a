"""Placing: terms, matching in priority, times in force, what rests."""

from typing import Any

import pytest

from exchange.core.commands import SYSTEM, Actor, PlaceOrder, SetCancelOnDisconnect
from exchange.core.facts import Fill, OrderPlaced, OrderResult
from exchange.core.refusals import Code
from exchange.core.state import Limits
from exchange.core.units import SIZE_MAX, TAG_MAX, MarketStatus, Side, TimeInForce
from tests.core.world import BUY, SELL, World

IOC, FOK, GTD = TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTD


# Refusals


def test_an_order_in_an_unknown_market_is_refused(world: World, ann: Actor) -> None:
    refusal = world.refuse(ann, PlaceOrder(99, BUY, 15, 1))
    assert (refusal.code, refusal.field) == (Code.UNKNOWN_MARKET, "market_id")


@pytest.mark.parametrize(
    ("status", "code"),
    [(MarketStatus.HALTED, Code.MARKET_NOT_OPEN), (MarketStatus.PAUSED, Code.MARKET_PAUSED)],
)
def test_an_order_in_a_market_that_is_not_open_is_refused(
    world: World, ann: Actor, market: int, status: MarketStatus, code: Code
) -> None:
    world.set_status(market, status)
    assert world.refuse(ann, PlaceOrder(market, BUY, 15, 1)).code == code


def test_an_order_in_a_settled_market_is_refused(world: World, ann: Actor, market: int) -> None:
    world.settle(market, 12)
    assert world.refuse(ann, PlaceOrder(market, BUY, 15, 1)).code == Code.MARKET_SETTLED


def test_an_order_for_nobody_is_refused(world: World, market: int) -> None:
    refusal = world.refuse(SYSTEM, PlaceOrder(market, BUY, 15, 1))
    assert (refusal.code, refusal.field) == (Code.UNKNOWN_ACCOUNT, "account_id")


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("price", [9, 21, -15, 0])
def test_a_price_outside_the_bounds_is_refused(world: World, ann: Actor, market: int, side: Side, price: int) -> None:
    refusal = world.refuse(ann, PlaceOrder(market, side, price, 1))
    assert (refusal.code, refusal.field) == (Code.PRICE_OUT_OF_BOUNDS, "price")
    assert "0.10 to 0.20" in refusal.message


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("price", [10, 20])
def test_a_price_at_a_bound_is_accepted(world: World, ann: Actor, market: int, side: Side, price: int) -> None:
    assert world.place(ann, market, side, price, 1).remaining == 1


def test_a_negative_price_within_the_bounds_is_accepted(world: World, ann: Actor, bob: Actor) -> None:
    market = world.market(-20, -10)
    world.offer(ann, market, -15)
    world.bid(bob, market, -15)
    assert (world.account(ann).cash, world.account(bob).cash) == (985, 1_015)


@pytest.mark.parametrize("size", [0, -1, SIZE_MAX + 1])
def test_a_size_out_of_range_is_refused(world: World, ann: Actor, market: int, size: int) -> None:
    refusal = world.refuse(ann, PlaceOrder(market, BUY, 15, size))
    assert (refusal.code, refusal.field) == (Code.INVALID_VALUE, "size")


def test_the_largest_size_is_accepted(world: World, market: int) -> None:
    rich = world.user("Rich", 20 * SIZE_MAX)
    assert world.place(rich, market, BUY, 15, SIZE_MAX).remaining == SIZE_MAX


def test_a_tag_that_is_too_long_is_refused(world: World, ann: Actor, market: int) -> None:
    refusal = world.refuse(ann, PlaceOrder(market, BUY, 15, 1, tag=b"x" * (TAG_MAX + 1)))
    assert (refusal.code, refusal.field) == (Code.INVALID_VALUE, "tag")


def test_the_longest_tag_is_accepted(world: World, ann: Actor, market: int) -> None:
    order_id = world.bid(ann, market, 15, tag=b"\xff" * TAG_MAX)
    assert world.order(market, order_id).tag == b"\xff" * TAG_MAX


@pytest.mark.parametrize("time_in_force", [IOC, FOK])
def test_a_post_only_order_that_cannot_rest_is_refused(
    world: World, ann: Actor, market: int, time_in_force: TimeInForce
) -> None:
    refusal = world.refuse(ann, PlaceOrder(market, BUY, 15, 1, time_in_force, post_only=True))
    assert (refusal.code, refusal.field) == (Code.INVALID_VALUE, "post_only")


def test_a_post_only_market_order_is_refused(world: World, ann: Actor, market: int) -> None:
    refusal = world.refuse(ann, PlaceOrder(market, BUY, 0, 1, post_only=True, market_order=True))
    assert (refusal.code, refusal.field) == (Code.INVALID_VALUE, "post_only")


@pytest.mark.parametrize("earlier", [0, 1])
def test_an_order_whose_time_is_over_is_refused(world: World, ann: Actor, market: int, earlier: int) -> None:
    refusal = world.refuse(ann, PlaceOrder(market, BUY, 15, 1, GTD, expires_at=world.now - earlier))
    assert (refusal.code, refusal.field) == (Code.INVALID_VALUE, "expires_at")


@pytest.mark.parametrize("terms", [{}, {"time_in_force": IOC}, {"time_in_force": FOK}, {"market_order": True}])
def test_an_end_time_on_an_order_without_one_is_refused(
    world: World, ann: Actor, market: int, terms: dict[str, Any]
) -> None:
    refusal = world.refuse(ann, PlaceOrder(market, BUY, 15, 1, expires_at=world.now + 100)._replace(**terms))
    assert (refusal.code, refusal.field) == (Code.INVALID_VALUE, "expires_at")


@pytest.mark.parametrize("price", [15, 16])
def test_a_post_only_order_that_would_trade_is_refused(
    world: World, ann: Actor, bob: Actor, market: int, price: int
) -> None:
    world.offer(bob, market, 15)
    refusal = world.refuse(ann, PlaceOrder(market, BUY, price, 1, post_only=True))
    assert (refusal.code, refusal.field) == (Code.WOULD_TRADE, "price")


def test_a_post_only_offer_that_would_trade_is_refused(world: World, ann: Actor, bob: Actor, market: int) -> None:
    world.bid(bob, market, 15)
    assert world.refuse(ann, PlaceOrder(market, SELL, 15, 1, post_only=True)).code == Code.WOULD_TRADE


def test_a_post_only_order_that_would_meet_an_own_order_is_refused(world: World, ann: Actor, market: int) -> None:
    world.offer(ann, market, 15)
    assert world.refuse(ann, PlaceOrder(market, BUY, 15, 1, post_only=True)).code == Code.WOULD_TRADE


@pytest.mark.parametrize("size", [3, 4])
def test_a_fill_or_kill_order_that_cannot_fill_is_refused(
    world: World, ann: Actor, bob: Actor, market: int, size: int
) -> None:
    world.offer(bob, market, 15, 2)
    world.offer(bob, market, 17, 2)
    refusal = world.refuse(ann, PlaceOrder(market, BUY, 16, size, FOK))
    assert (refusal.code, refusal.field) == (Code.CANNOT_FILL, "size")


def test_an_order_that_would_meet_too_many_others_is_refused() -> None:
    world = World(Limits(fills_per_command=3))
    ann, bob, market = world.user("Ann", 1_000), world.user("Bob", 1_000), world.market()
    for price in (12, 13, 14, 15):
        world.offer(ann, market, price)
    refusal = world.refuse(bob, PlaceOrder(market, BUY, 15, 4))
    assert (refusal.code, refusal.field) == (Code.TOO_MANY_FILLS, "size")
    assert world.place(bob, market, BUY, 15, 3).filled == 3


def test_too_many_open_orders_are_refused() -> None:
    world = World(Limits(open_orders_per_market=2))
    ann, market, other = world.user("Ann", 1_000), world.market(), world.market()
    world.bid(ann, market, 15)
    world.offer(ann, market, 16)
    refusal = world.refuse(ann, PlaceOrder(market, BUY, 15, 1))
    assert (refusal.code, refusal.field) == (Code.TOO_MANY_ORDERS, "market_id")
    assert world.place(ann, other, BUY, 15, 1).remaining == 1


def test_an_order_that_does_not_rest_needs_no_room_among_the_open_orders() -> None:
    world = World(Limits(open_orders_per_market=1))
    ann, bob, market = world.user("Ann", 1_000), world.user("Bob", 1_000), world.market()
    world.offer(bob, market, 16)
    world.bid(ann, market, 11)
    assert world.place(ann, market, BUY, 16, 5, time_in_force=IOC).filled == 1


# Matching


def test_a_fill_happens_at_the_resting_orders_price(world: World, ann: Actor, bob: Actor, market: int) -> None:
    world.offer(bob, market, 12)
    result = world.place(ann, market, BUY, 15, 1)
    assert (result.filled, result.filled_value, result.remaining) == (1, 12, 0)
    assert (world.account(ann).cash, world.account(bob).cash) == (988, 1_012)
    assert (world.position(ann, market).size, world.position(bob, market).size) == (1, -1)


@pytest.mark.parametrize(("side", "best", "next_best"), [(BUY, 12, 13), (SELL, 18, 17)])
def test_the_better_price_trades_first(
    world: World, ann: Actor, bob: Actor, cyn: Actor, market: int, side: Side, best: int, next_best: int
) -> None:
    other = SELL if side == BUY else BUY
    world.place(ann, market, other, next_best, 1)
    world.place(bob, market, other, best, 1)
    assert world.place(cyn, market, side, next_best, 1).filled_value == best


def test_of_two_orders_at_one_price_the_earlier_trades_first(
    world: World, ann: Actor, bob: Actor, cyn: Actor, market: int
) -> None:
    world.offer(ann, market, 15, 2)
    world.offer(bob, market, 15, 2)
    world.bid(cyn, market, 15, 3)
    assert world.position(ann, market).size == -2
    assert world.position(bob, market).size == -1
    world.bid(cyn, market, 15, 1)
    assert world.book(market) == ([], [])


def test_an_order_walks_the_levels_and_what_is_left_rests(world: World, ann: Actor, bob: Actor, market: int) -> None:
    offers = [world.offer(bob, market, price, 2) for price in (12, 13, 15)]
    decision = world.run(ann, PlaceOrder(market, BUY, 14, 5))
    (fact,) = decision.facts
    assert isinstance(fact, OrderPlaced)
    assert fact.fills == (Fill(offers[0], bob.account_id, 2, 12), Fill(offers[1], bob.account_id, 2, 13))
    assert fact.remaining == 1
    assert decision.result == OrderResult(fact.order_id, filled=4, filled_value=50, remaining=1, dropped=0)
    assert world.book(market) == ([(14, 1)], [(15, 2)])


def test_a_partly_filled_maker_keeps_its_place(world: World, ann: Actor, bob: Actor, cyn: Actor, market: int) -> None:
    first = world.offer(ann, market, 15, 3)
    second = world.offer(bob, market, 15, 3)
    world.bid(cyn, market, 15, 1)
    assert world.queue(market, SELL) == [first, second]
    assert world.order(market, first).remaining == 2


def test_the_last_trade_is_the_last_fill(world: World, ann: Actor, bob: Actor, market: int) -> None:
    world.offer(bob, market, 12, 2)
    world.offer(bob, market, 13, 2)
    world.bid(ann, market, 14, 3)
    traded = world.state.markets[market]
    assert (traded.last_trade_price, traded.last_trade_size, traded.last_trade_time) == (13, 1, world.now)


# Times in force


def test_what_is_left_of_an_immediate_order_is_dropped(world: World, ann: Actor, bob: Actor, market: int) -> None:
    world.offer(bob, market, 12, 2)
    result = world.place(ann, market, BUY, 15, 5, time_in_force=IOC)
    assert (result.filled, result.remaining, result.dropped) == (2, 0, 3)
    assert world.book(market) == ([], [])


def test_an_immediate_order_that_meets_nothing_is_accepted_and_dropped(world: World, ann: Actor, market: int) -> None:
    result = world.place(ann, market, BUY, 15, 5, time_in_force=IOC)
    assert (result.filled, result.dropped) == (0, 5)


@pytest.mark.parametrize(("side", "bound"), [(BUY, 20), (SELL, 10)])
def test_a_market_order_reaches_the_bound_and_never_rests(
    world: World, ann: Actor, bob: Actor, market: int, side: Side, bound: int
) -> None:
    world.place(bob, market, SELL if side == BUY else BUY, bound, 2)
    result = world.place(ann, market, side, 0, 5, market_order=True)
    assert (result.filled, result.filled_value, result.dropped) == (2, 2 * bound, 3)
    assert world.book(market) == ([], [])


def test_a_fill_or_kill_order_fills_across_levels(world: World, ann: Actor, bob: Actor, market: int) -> None:
    world.offer(bob, market, 15, 2)
    world.offer(bob, market, 16, 2)
    assert world.place(ann, market, BUY, 16, 4, time_in_force=FOK).filled == 4


def test_a_good_till_time_order_rests_with_its_time(world: World, ann: Actor, market: int) -> None:
    order_id = world.bid(ann, market, 15, time_in_force=GTD, expires_at=world.now + 1)
    assert world.order(market, order_id).expires_at == world.now


def test_a_post_only_order_that_meets_nothing_rests(world: World, ann: Actor, bob: Actor, market: int) -> None:
    world.offer(bob, market, 16)
    order_id = world.bid(ann, market, 15, post_only=True)
    assert world.order(market, order_id).post_only


def test_a_resting_order_remembers_its_session_and_its_time(world: World, ann: Actor, market: int) -> None:
    world.run(ann._replace(session_number=7), SetCancelOnDisconnect(True))
    order_id = world.bid(ann._replace(session_number=7), market, 15)
    order = world.order(market, order_id)
    assert (order.session_number, order.placed_at) == (7, world.now)


def test_order_ids_grow_by_one_with_every_accepted_order(world: World, ann: Actor, market: int) -> None:
    first = world.bid(ann, market, 15)
    world.refuse(ann, PlaceOrder(market, BUY, 15, 0))
    assert world.bid(ann, market, 15, time_in_force=IOC) == first + 1
    assert world.bid(ann, market, 15) == first + 2
