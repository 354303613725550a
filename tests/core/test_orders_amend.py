"""Amending: a new price, a new total size, the place in the queue."""

from typing import Any

import pytest

from exchange.core.commands import Actor, AmendOrder, SetCancelOnDisconnect
from exchange.core.facts import OrderAmended, OrderResult
from exchange.core.refusals import Code
from exchange.core.state import Limits
from exchange.core.units import SIZE_MAX, MarketStatus, SelfTrade
from tests.core.world import BUY, SELL, World

# Refusals


def test_an_amend_in_an_unknown_market_is_refused(world: World, ann: Actor) -> None:
    assert world.refuse(ann, AmendOrder(99, 1, size=1)).code == Code.UNKNOWN_MARKET


@pytest.mark.parametrize(
    ("status", "code"),
    [(MarketStatus.HALTED, Code.MARKET_NOT_OPEN), (MarketStatus.PAUSED, Code.MARKET_PAUSED)],
)
def test_an_amend_in_a_market_that_is_not_open_is_refused(
    world: World, ann: Actor, market: int, status: MarketStatus, code: Code
) -> None:
    order_id = world.bid(ann, market, 15, 2)
    world.set_status(market, status)
    assert world.refuse(ann, AmendOrder(market, order_id, size=1)).code == code


def test_an_amend_in_a_settled_market_is_refused(world: World, ann: Actor, market: int) -> None:
    order_id = world.bid(ann, market, 15, 2)
    world.settle(market, 15)
    assert world.refuse(ann, AmendOrder(market, order_id, size=1)).code == Code.MARKET_SETTLED


def test_an_amend_of_an_order_that_never_was_is_refused(world: World, ann: Actor, market: int) -> None:
    refusal = world.refuse(ann, AmendOrder(market, 99, size=1))
    assert (refusal.code, refusal.field) == (Code.UNKNOWN_ORDER, "order_id")


def test_an_amend_of_another_accounts_order_is_refused_as_unknown(
    world: World, ann: Actor, bob: Actor, market: int
) -> None:
    order_id = world.bid(bob, market, 15, 2)
    assert world.refuse(ann, AmendOrder(market, order_id, size=1)).code == Code.UNKNOWN_ORDER


def test_an_amend_of_a_filled_order_is_refused(world: World, ann: Actor, bob: Actor, market: int) -> None:
    order_id = world.bid(ann, market, 15)
    world.offer(bob, market, 15)
    refusal = world.refuse(ann, AmendOrder(market, order_id, size=3))
    assert (refusal.code, refusal.field) == (Code.ORDER_ENDED, "order_id")


def test_an_amend_that_names_no_order_is_refused(world: World, ann: Actor, market: int) -> None:
    refusal = world.refuse(ann, AmendOrder(market, 0, size=3))
    assert (refusal.code, refusal.field) == (Code.INVALID_VALUE, "order_id")


def test_an_amend_that_changes_nothing_by_name_is_refused(world: World, ann: Actor, market: int) -> None:
    order_id = world.bid(ann, market, 15)
    assert world.refuse(ann, AmendOrder(market, order_id)).code == Code.INVALID_VALUE


@pytest.mark.parametrize("price", [9, 21])
def test_an_amend_to_a_price_outside_the_bounds_is_refused(world: World, ann: Actor, market: int, price: int) -> None:
    order_id = world.bid(ann, market, 15)
    assert world.refuse(ann, AmendOrder(market, order_id, price=price)).code == Code.PRICE_OUT_OF_BOUNDS


@pytest.mark.parametrize("size", [0, -1, SIZE_MAX + 1])
def test_an_amend_to_a_size_out_of_range_is_refused(world: World, ann: Actor, market: int, size: int) -> None:
    order_id = world.bid(ann, market, 15)
    refusal = world.refuse(ann, AmendOrder(market, order_id, size=size))
    assert (refusal.code, refusal.field) == (Code.INVALID_VALUE, "size")


def test_an_amend_of_a_post_only_order_that_would_trade_is_refused(
    world: World, ann: Actor, bob: Actor, market: int
) -> None:
    world.offer(bob, market, 16)
    order_id = world.bid(ann, market, 15, post_only=True)
    assert world.refuse(ann, AmendOrder(market, order_id, price=16)).code == Code.WOULD_TRADE
    assert world.amend(ann, market, order_id, price=14).remaining == 1


def test_an_amend_that_would_meet_too_many_others_is_refused() -> None:
    world = World(Limits(fills_per_command=1))
    ann, bob, market = world.user("Ann", 1_000), world.user("Bob", 1_000), world.market()
    world.offer(bob, market, 16)
    world.offer(bob, market, 16)
    order_id = world.bid(ann, market, 15, 2)
    assert world.refuse(ann, AmendOrder(market, order_id, price=16)).code == Code.TOO_MANY_FILLS


def test_an_amend_that_the_account_could_not_pay_for_is_refused(world: World, market: int) -> None:
    poor = world.user("Poor", 10)
    order_id = world.bid(poor, market, 15, 2)
    assert world.refuse(poor, AmendOrder(market, order_id, size=3)).code == Code.INSUFFICIENT_FUNDS
    assert world.refuse(poor, AmendOrder(market, order_id, price=16)).code == Code.INSUFFICIENT_FUNDS


def test_an_amend_beyond_the_position_limit_is_refused(world: World, ann: Actor) -> None:
    market = world.market(position_limit=5)
    order_id = world.bid(ann, market, 15, 5)
    assert world.refuse(ann, AmendOrder(market, order_id, size=6)).code == Code.POSITION_LIMIT
    assert world.amend(ann, market, order_id, price=14).remaining == 5


# The place in the queue


def test_a_smaller_size_keeps_the_place(world: World, ann: Actor, bob: Actor, market: int) -> None:
    first = world.bid(ann, market, 15, 5)
    second = world.bid(bob, market, 15, 5)
    world.amend(ann, market, first, size=2)
    assert world.queue(market, BUY) == [first, second]
    assert world.book(market)[0] == [(15, 2), (15, 5)]


def test_the_same_price_and_size_keep_the_place(world: World, ann: Actor, bob: Actor, market: int) -> None:
    first = world.bid(ann, market, 15, 5)
    second = world.bid(bob, market, 15, 5)
    world.amend(ann, market, first, price=15, size=5)
    assert world.queue(market, BUY) == [first, second]


def test_a_larger_size_loses_the_place(world: World, ann: Actor, bob: Actor, market: int) -> None:
    first = world.bid(ann, market, 15, 5)
    second = world.bid(bob, market, 15, 5)
    world.amend(ann, market, first, size=6)
    assert world.queue(market, BUY) == [second, first]
    assert world.order(market, first).size == 6


def test_a_new_price_loses_the_place_even_if_it_comes_back(world: World, ann: Actor, bob: Actor, market: int) -> None:
    first = world.bid(ann, market, 15, 5)
    second = world.bid(bob, market, 15, 5)
    world.amend(ann, market, first, price=14)
    world.amend(ann, market, first, price=15)
    assert world.queue(market, BUY) == [second, first]


def test_a_new_price_with_a_smaller_size_loses_the_place(world: World, ann: Actor, bob: Actor, market: int) -> None:
    world.bid(bob, market, 14, 5)
    order_id = world.bid(ann, market, 15, 5)
    world.amend(ann, market, order_id, price=14, size=1)
    assert world.book(market)[0] == [(14, 5), (14, 1)]


# What happens


def test_an_amend_may_trade(world: World, ann: Actor, bob: Actor, market: int) -> None:
    world.offer(bob, market, 16, 2)
    order_id = world.bid(ann, market, 15, 5)
    result = world.amend(ann, market, order_id, price=17)
    assert result == OrderResult(order_id, filled=2, filled_value=32, remaining=3, dropped=0)
    assert world.book(market) == ([(17, 3)], [])


def test_the_new_size_is_a_total_that_includes_what_is_filled(
    world: World, ann: Actor, bob: Actor, market: int
) -> None:
    order_id = world.bid(ann, market, 15, 5)
    world.offer(bob, market, 15, 2)
    assert world.amend(ann, market, order_id, size=4).remaining == 2
    assert world.amend(ann, market, order_id, size=10).remaining == 8


@pytest.mark.parametrize("size", [1, 2])
def test_an_amend_to_what_is_filled_or_less_ends_the_order(
    world: World, ann: Actor, bob: Actor, market: int, size: int
) -> None:
    order_id = world.bid(ann, market, 15, 5)
    world.offer(bob, market, 15, 2)
    decision = world.run(ann, AmendOrder(market, order_id, price=12, size=size))
    (fact,) = decision.facts
    assert isinstance(fact, OrderAmended)
    assert (fact.size, fact.remaining) == (2, 0)
    assert decision.result == OrderResult(order_id, filled=0, filled_value=0, remaining=0, dropped=0)
    assert world.book(market) == ([], [])
    assert world.refuse(ann, AmendOrder(market, order_id, size=5)).code == Code.ORDER_ENDED


def test_an_amended_order_keeps_its_id_tag_and_session(world: World, ann: Actor, market: int) -> None:
    world.run(ann._replace(session_number=7), SetCancelOnDisconnect(True))
    order_id = world.bid(ann._replace(session_number=7), market, 15, tag=b"mine")
    world.amend(ann._replace(session_number=8), market, order_id, price=14)
    order = world.order(market, order_id)
    assert (order.tag, order.session_number) == (b"mine", 7)


def test_an_order_can_be_amended_by_its_tag(world: World, ann: Actor, market: int) -> None:
    world.bid(ann, market, 14, tag=b"other")
    order_id = world.bid(ann, market, 15, 2, tag=b"mine")
    assert world.amend(ann, market, 0, tag=b"mine", size=1).order_id == order_id


@pytest.mark.parametrize("terms", [{"size": 1}, {"price": 12}])
def test_an_amend_that_asks_for_less_is_never_refused_for_funds(
    world: World, market: int, terms: dict[str, Any]
) -> None:
    poor = world.user("Poor", 10)
    order_id = world.bid(poor, market, 15, 2)
    assert world.available(poor) == 0
    world.amend(poor, market, order_id, **terms)


def test_an_amend_prevents_self_trades_as_asked(world: World, ann: Actor, market: int) -> None:
    offer = world.offer(ann, market, 16, 2)
    bid = world.bid(ann, market, 15, 3)
    result = world.amend(ann, market, bid, price=16, self_trade=SelfTrade.DECREMENT_BOTH)
    assert (result.filled, result.remaining, result.dropped) == (0, 1, 2)
    assert world.queue(market, SELL) == []
    assert world.refuse(ann, AmendOrder(market, offer, size=1)).code == Code.ORDER_ENDED


def test_an_amend_that_is_stopped_by_an_own_order_ends_the_order(world: World, ann: Actor, market: int) -> None:
    world.offer(ann, market, 16, 2)
    bid = world.bid(ann, market, 15, 3)
    result = world.amend(ann, market, bid, price=16, self_trade=SelfTrade.CANCEL_INCOMING)
    assert (result.remaining, result.dropped) == (0, 3)
    assert world.book(market) == ([], [(16, 2)])


def test_an_amend_needs_no_more_room_among_the_open_orders() -> None:
    world = World(Limits(open_orders_per_market=2))
    ann, market = world.user("Ann", 1_000), world.market()
    order_id = world.bid(ann, market, 15)
    world.bid(ann, market, 15)
    world.amend(ann, market, order_id, price=14)


def test_an_amend_under_a_lowered_limit_of_open_orders_is_accepted() -> None:
    world = World()
    ann, market = world.user("Ann", 1_000), world.market()
    order_id = world.bid(ann, market, 15)
    world.bid(ann, market, 15)
    world.state.limits = Limits(open_orders_per_market=1)
    world.amend(ann, market, order_id, price=14)
