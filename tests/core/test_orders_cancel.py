"""Cancelling: by id, by tag, all at once, and by the exchange itself."""

import pytest

from exchange.core.commands import SYSTEM, Actor, AmendOrder, CancelOrder, CancelOrders, EndOrders, PlaceOrder
from exchange.core.facts import CancelResult, OrdersCancelled
from exchange.core.refusals import Code
from exchange.core.schedule import due_command
from exchange.core.units import CancelReason, MarketStatus, TimeInForce
from tests.core.world import BUY, SELL, World

LOCKED = [(MarketStatus.PAUSED, Code.MARKET_PAUSED), (MarketStatus.SETTLED, Code.MARKET_SETTLED)]


def _lock(world: World, market: int, status: MarketStatus) -> None:
    if status == MarketStatus.SETTLED:
        world.settle(market, 15)
    else:
        world.set_status(market, status)


# One order


def test_a_cancel_ends_the_order_and_says_what_was_left(world: World, ann: Actor, bob: Actor, market: int) -> None:
    order_id = world.bid(ann, market, 15, 5)
    world.offer(bob, market, 15, 2)
    decision = world.run(ann, CancelOrder(market, order_id))
    assert decision.facts == (OrdersCancelled(market, (order_id,), CancelReason.REQUESTED, ann.account_id),)
    assert decision.result == CancelResult((order_id,), 3)
    assert world.book(market) == ([], [])


def test_a_cancel_gives_back_what_the_order_held(world: World, ann: Actor, market: int) -> None:
    order_id = world.bid(ann, market, 15, 5)
    assert world.available(ann) == 975
    world.cancel(ann, market, order_id)
    assert world.available(ann) == 1_000


@pytest.mark.parametrize("index", [0, 1, 2])
def test_an_order_leaves_its_queue_from_any_place(world: World, ann: Actor, market: int, index: int) -> None:
    orders = [world.bid(ann, market, 15) for _ in range(3)]
    world.cancel(ann, market, orders.pop(index))
    assert world.queue(market, BUY) == orders


def test_a_cancel_in_an_unknown_market_is_refused(world: World, ann: Actor) -> None:
    assert world.refuse(ann, CancelOrder(99, 1)).code == Code.UNKNOWN_MARKET


@pytest.mark.parametrize(("status", "code"), LOCKED)
def test_a_cancel_in_a_locked_market_is_refused(
    world: World, ann: Actor, market: int, status: MarketStatus, code: Code
) -> None:
    order_id = world.bid(ann, market, 15)
    _lock(world, market, status)
    assert world.refuse(ann, CancelOrder(market, order_id)).code == code


def test_a_cancel_in_a_halted_market_is_accepted(world: World, ann: Actor, market: int) -> None:
    order_id = world.bid(ann, market, 15)
    world.set_status(market, MarketStatus.HALTED)
    world.cancel(ann, market, order_id)


def test_a_cancel_of_a_filled_order_is_refused(world: World, ann: Actor, bob: Actor, market: int) -> None:
    order_id = world.bid(ann, market, 15)
    world.offer(bob, market, 15)
    refusal = world.refuse(ann, CancelOrder(market, order_id))
    assert (refusal.code, refusal.field) == (Code.ORDER_ENDED, "order_id")


def test_a_cancel_of_a_cancelled_order_is_refused(world: World, ann: Actor, market: int) -> None:
    order_id = world.bid(ann, market, 15)
    world.cancel(ann, market, order_id)
    assert world.refuse(ann, CancelOrder(market, order_id)).code == Code.ORDER_ENDED


@pytest.mark.parametrize("order_id", [99, -1])
def test_a_cancel_of_an_order_that_never_was_is_refused(world: World, ann: Actor, market: int, order_id: int) -> None:
    refusal = world.refuse(ann, CancelOrder(market, order_id))
    assert (refusal.code, refusal.field) == (Code.UNKNOWN_ORDER, "order_id")


def test_a_cancel_of_another_accounts_order_is_refused_as_unknown(
    world: World, ann: Actor, bob: Actor, market: int
) -> None:
    order_id = world.bid(bob, market, 15)
    world.bid(ann, market, 15)
    assert world.refuse(ann, CancelOrder(market, order_id)).code == Code.UNKNOWN_ORDER


def test_a_cancel_in_the_wrong_market_is_refused_as_unknown(world: World, ann: Actor, market: int) -> None:
    order_id = world.bid(ann, market, 15)
    other = world.market()
    assert world.refuse(ann, CancelOrder(other, order_id)).code == Code.UNKNOWN_ORDER


# By tag


def test_an_order_can_be_cancelled_by_its_tag(world: World, ann: Actor, bob: Actor, market: int) -> None:
    kept = world.bid(bob, market, 15, tag=b"mine")
    world.bid(ann, market, 15, tag=b"mine")
    world.run(ann, CancelOrder(market, 0, b"mine"))
    assert world.queue(market, BUY) == [kept]


def test_a_cancel_that_names_no_order_is_refused(world: World, ann: Actor, market: int) -> None:
    refusal = world.refuse(ann, CancelOrder(market, 0))
    assert (refusal.code, refusal.field) == (Code.INVALID_VALUE, "order_id")


def test_a_tag_that_no_open_order_carries_is_refused(world: World, ann: Actor, bob: Actor, market: int) -> None:
    assert world.refuse(ann, CancelOrder(market, 0, b"mine")).code == Code.UNKNOWN_ORDER
    world.bid(bob, market, 15, tag=b"mine")
    world.bid(ann, market, 15, tag=b"other")
    refusal = world.refuse(ann, CancelOrder(market, 0, b"mine"))
    assert (refusal.code, refusal.field) == (Code.UNKNOWN_ORDER, "tag")


def test_a_tag_that_several_open_orders_carry_is_refused(world: World, ann: Actor, market: int) -> None:
    first = world.bid(ann, market, 15, tag=b"mine")
    world.bid(ann, market, 14, tag=b"mine")
    refusal = world.refuse(ann, CancelOrder(market, 0, b"mine"))
    assert (refusal.code, refusal.field) == (Code.AMBIGUOUS_TAG, "tag")
    assert world.refuse(ann, AmendOrder(market, 0, b"mine", size=2)).code == Code.AMBIGUOUS_TAG
    world.cancel(ann, market, first)
    world.run(ann, CancelOrder(market, 0, b"mine"))


def test_a_tag_is_free_again_when_its_order_has_ended(world: World, ann: Actor, bob: Actor, market: int) -> None:
    world.bid(ann, market, 15, tag=b"mine")
    world.offer(bob, market, 15)
    assert world.refuse(ann, CancelOrder(market, 0, b"mine")).code == Code.UNKNOWN_ORDER
    second = world.bid(ann, market, 14, tag=b"mine")
    assert world.run(ann, CancelOrder(market, 0, b"mine")).result == CancelResult((second,), 1)


def test_a_tag_counts_within_one_market(world: World, ann: Actor, market: int) -> None:
    other = world.market()
    world.bid(ann, market, 15, tag=b"mine")
    world.bid(ann, other, 15, tag=b"mine")
    world.run(ann, CancelOrder(other, 0, b"mine"))
    assert world.book(market)[0] == [(15, 1)]


# All at once


def test_cancel_all_ends_every_order_of_the_account_alone(world: World, ann: Actor, bob: Actor, market: int) -> None:
    other = world.market()
    orders = (world.bid(ann, market, 15, 2), world.offer(ann, market, 16, 3), world.bid(ann, other, 15, 4))
    kept = world.bid(bob, market, 15)
    decision = world.run(ann, CancelOrders())
    assert decision.facts == (
        OrdersCancelled(market, orders[:2], CancelReason.REQUESTED, ann.account_id),
        OrdersCancelled(other, orders[2:], CancelReason.REQUESTED, ann.account_id),
    )
    assert decision.result == CancelResult(orders, 9)
    assert world.queue(market, BUY) == [kept]


def test_cancel_all_can_name_a_market_and_a_side(world: World, ann: Actor, market: int) -> None:
    other = world.market()
    for each in (market, other):
        world.bid(ann, each, 15)
        world.offer(ann, each, 16)
    world.run(ann, CancelOrders(market, SELL))
    assert world.book(market) == ([(15, 1)], [])
    assert world.book(other) == ([(15, 1)], [(16, 1)])
    world.run(ann, CancelOrders(side=BUY))
    assert world.book(market) == ([], [])
    assert world.book(other) == ([], [(16, 1)])


@pytest.mark.parametrize("in_one_market", [True, False])
def test_cancel_all_without_orders_is_accepted_and_causes_nothing(
    world: World, ann: Actor, bob: Actor, market: int, in_one_market: bool
) -> None:
    world.bid(bob, market, 15)
    decision = world.run(ann, CancelOrders(market if in_one_market else 0))
    assert decision.facts == ()
    assert decision.result == CancelResult((), 0)


def test_cancel_all_in_an_unknown_market_is_refused(world: World, ann: Actor) -> None:
    assert world.refuse(ann, CancelOrders(99)).code == Code.UNKNOWN_MARKET


def test_cancel_all_for_nobody_is_refused(world: World) -> None:
    assert world.refuse(SYSTEM, CancelOrders()).code == Code.UNKNOWN_ACCOUNT


@pytest.mark.parametrize(("status", "code"), LOCKED)
def test_cancel_all_in_a_locked_market_is_refused(
    world: World, ann: Actor, market: int, status: MarketStatus, code: Code
) -> None:
    world.bid(ann, market, 15)
    _lock(world, market, status)
    assert world.refuse(ann, CancelOrders(market)).code == code


def test_cancel_all_over_every_market_leaves_paused_ones_alone(world: World, ann: Actor, market: int) -> None:
    halted, paused, settled = (world.market() for _ in range(3))
    orders = {each: world.bid(ann, each, 15) for each in (market, halted, paused, settled)}
    world.set_status(halted, MarketStatus.HALTED)
    world.set_status(paused, MarketStatus.PAUSED)
    world.settle(settled, 15)
    result = world.run(ann, CancelOrders()).result
    assert result == CancelResult((orders[market], orders[halted]), 2)
    assert world.queue(paused, BUY) == [orders[paused]]


# By the exchange itself


@pytest.mark.parametrize("status", [MarketStatus.OPEN, MarketStatus.HALTED, MarketStatus.PAUSED])
def test_the_exchange_ends_orders_in_every_status(world: World, ann: Actor, market: int, status: MarketStatus) -> None:
    terms = {"time_in_force": TimeInForce.GTD, "expires_at": world.now + 10}
    order_id = world.bid(ann, market, 15, **terms)
    if status != MarketStatus.OPEN:
        world.set_status(market, status)
    assert world.expire(market, order_id).facts == (
        OrdersCancelled(market, (order_id,), CancelReason.EXPIRED, ann.account_id),
    )


def test_an_order_is_due_at_the_very_moment_it_ends_and_not_before(world: World, ann: Actor, market: int) -> None:
    ends = world.now + 10
    order_id = world.bid(ann, market, 15, time_in_force=TimeInForce.GTD, expires_at=ends)
    later = world.bid(ann, market, 15, time_in_force=TimeInForce.GTD, expires_at=ends + 1)
    definition = world.state.markets[market]
    assert due_command(definition, ends - 1) is None
    assert due_command(definition, ends) == EndOrders(market, (order_id,), CancelReason.EXPIRED)
    assert due_command(definition, ends + 1) == EndOrders(market, (order_id, later), CancelReason.EXPIRED)


def test_orders_that_have_ended_already_are_left_out(world: World, ann: Actor, bob: Actor, market: int) -> None:
    gone, left = world.bid(ann, market, 15), world.bid(bob, market, 15)
    world.cancel(ann, market, gone)
    assert world.expire(market, gone, left, 99).facts == (
        OrdersCancelled(market, (left,), CancelReason.EXPIRED, bob.account_id),
    )
    assert world.expire(market, gone, left, 99).facts == ()


def test_an_order_named_twice_ends_once(world: World, ann: Actor, market: int) -> None:
    order_id = world.bid(ann, market, 15)
    assert world.expire(market, order_id, order_id).facts == (
        OrdersCancelled(market, (order_id,), CancelReason.EXPIRED, ann.account_id),
    )


def test_ending_orders_in_an_unknown_market_is_refused(world: World) -> None:
    assert world.refuse(SYSTEM, EndOrders(99, (1,), CancelReason.EXPIRED)).code == Code.UNKNOWN_MARKET


def test_ending_orders_in_a_settled_market_causes_nothing(world: World, ann: Actor, market: int) -> None:
    order_id = world.bid(ann, market, 15)
    world.settle(market, 15)
    assert world.expire(market, order_id).facts == ()


def test_a_cancelled_order_no_longer_trades(world: World, ann: Actor, bob: Actor, market: int) -> None:
    order_id = world.bid(ann, market, 15)
    world.cancel(ann, market, order_id)
    assert world.run(bob, PlaceOrder(market, SELL, 15, 1)) is not None
    assert world.book(market) == ([], [(15, 1)])
