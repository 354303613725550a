"""Batches: several steps in one market, all or nothing, checked once at their end."""

from exchange.core.commands import Actor, AmendOrder, Batch, CancelOrder, PlaceOrder
from exchange.core.facts import AlreadyEnded, BatchResult, OrderResult
from exchange.core.refusals import Code
from exchange.core.state import Limits
from exchange.core.units import MarketStatus
from tests.core.world import BUY, SELL, World


def a_market() -> tuple[World, Actor, Actor, int]:
    world = World(Limits(steps_per_batch=5))
    ann, bob = world.user("Ann", 1_000), world.user("Bob", 1_000)
    return world, ann, bob, world.market(0, 10)


def result_of(world: World, actor: Actor, batch: Batch) -> BatchResult:
    result = world.run(actor, batch).result
    assert isinstance(result, BatchResult)
    return result


def test_a_batch_is_one_decision_whose_steps_see_each_other() -> None:
    world, ann, bob, market = a_market()
    world.offer(bob, market, 6, 10)
    steps = (PlaceOrder(market, BUY, 6, 4), PlaceOrder(market, BUY, 6, 10), PlaceOrder(market, BUY, 5, 1))
    first, second, third = result_of(world, ann, Batch(market, steps)).results
    assert isinstance(first, OrderResult)
    assert isinstance(second, OrderResult)
    assert isinstance(third, OrderResult)
    assert (first.filled, second.filled, second.remaining, third.remaining) == (4, 6, 4, 1)


def test_a_batch_whose_middle_would_not_be_allowed_is_accepted_for_its_end() -> None:
    world, ann, _, market = a_market()
    order_id = world.bid(ann, market, 10, 100)
    swap = (PlaceOrder(market, BUY, 5, 200), CancelOrder(market, order_id))
    assert len(result_of(world, ann, Batch(market, swap)).results) == 2


def test_a_batch_that_costs_too_much_at_its_end_changes_nothing() -> None:
    world, ann, _, market = a_market()
    steps = (PlaceOrder(market, BUY, 10, 60), PlaceOrder(market, BUY, 10, 60))
    assert world.refuse(ann, Batch(market, steps)).code == Code.INSUFFICIENT_FUNDS


def test_one_refused_step_refuses_the_batch_and_names_itself() -> None:
    world, ann, bob, market = a_market()
    world.offer(bob, market, 6, 10)
    steps = (PlaceOrder(market, BUY, 6, 4), PlaceOrder(market, BUY, 11, 1))
    refusal = world.refuse(ann, Batch(market, steps))
    assert (refusal.code, refusal.field) == (Code.PRICE_OUT_OF_BOUNDS, "steps[1].price")


def test_cancelling_what_has_ended_is_reported_and_not_refused() -> None:
    world, ann, bob, market = a_market()
    order_id = world.bid(ann, market, 5, 10)
    world.offer(bob, market, 5, 10)
    steps = (CancelOrder(market, order_id), PlaceOrder(market, BUY, 4, 1))
    first, second = result_of(world, ann, Batch(market, steps)).results
    assert first == AlreadyEnded()
    assert isinstance(second, OrderResult)


def test_an_order_placed_in_a_batch_can_be_amended_in_it() -> None:
    world, ann, _, market = a_market()
    placed = world.state.next_order_id
    steps = (PlaceOrder(market, BUY, 5, 10), AmendOrder(market, placed, price=6), AmendOrder(market, placed, size=4))
    assert len(result_of(world, ann, Batch(market, steps)).results) == 3
    order = world.state.markets[market].book.orders[placed]
    assert (order.price, order.remaining) == (6, 4)


def test_a_refused_batch_leaves_every_queue_as_it_was() -> None:
    world, ann, bob, market = a_market()
    queue = [world.offer(bob, market, 6, size) for size in (3, 4, 5)]
    own = world.bid(ann, market, 2, 5)
    steps = (
        PlaceOrder(market, BUY, 6, 5),
        CancelOrder(market, own),
        PlaceOrder(market, SELL, 8, 1),
        PlaceOrder(market, BUY, 10, 500),
    )
    assert world.refuse(ann, Batch(market, steps)).code == Code.INSUFFICIENT_FUNDS
    assert world.queue(market, SELL) == queue
    assert world.queue(market, BUY) == [own]


def test_a_batch_is_bounded_and_stays_in_its_market() -> None:
    world, ann, _, market = a_market()
    step = PlaceOrder(market, BUY, 1, 1)
    for steps in ((), (step,) * 6, (step._replace(market_id=99),)):
        assert world.refuse(ann, Batch(market, steps)).code == Code.INVALID_VALUE


def test_a_batch_in_a_market_that_is_not_open_is_refused() -> None:
    world, ann, _, market = a_market()
    world.set_status(market, MarketStatus.HALTED)
    assert world.refuse(ann, Batch(market, (PlaceOrder(market, BUY, 1, 1),))).code == Code.MARKET_NOT_OPEN
