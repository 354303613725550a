"""Sessions whose orders end with them, and dead-man timers: what the rules say, whatever the clock."""

import pytest

from exchange.core.commands import (
    SYSTEM,
    Actor,
    AmendOrder,
    Batch,
    CancelOrder,
    EndOrders,
    FireDeadManTimer,
    PlaceOrder,
    RestartDeadManTimers,
    SetCancelOnDisconnect,
    SetDeadManTimer,
    SettleMarket,
)
from exchange.core.facts import CancelOnDisconnectSet, DeadManTimerSet, OrdersCancelled
from exchange.core.refusals import Code
from exchange.core.state import DeadManTimer
from exchange.core.units import DEAD_MAN_SECONDS_MAX, CancelReason, MarketStatus
from tests.core.world import ADMIN, BUY, World

SECOND = 1_000_000_000


def sessions(world: World, market: int) -> dict[int, set[int]]:
    return world.state.markets[market].book.by_session


# Sessions


def test_without_a_session_nothing_can_be_covered(world: World, ann: Actor) -> None:
    refusal = world.refuse(ann, SetCancelOnDisconnect(True))
    assert (refusal.code, refusal.field) == (Code.INVALID_VALUE, "session")


def test_orders_end_with_their_session_from_when_it_asks_until_it_asks_otherwise(
    world: World, ann: Actor, market: int
) -> None:
    ann = ann._replace(session_number=7)
    world.bid(ann, market, 11)
    assert world.run(ann, SetCancelOnDisconnect(True)).facts == (CancelOnDisconnectSet(7, True),)
    second = world.bid(ann, market, 12)
    world.bid(ann._replace(session_number=8), market, 13)
    world.run(ann, SetCancelOnDisconnect(False))
    world.bid(ann, market, 14)
    assert sessions(world, market) == {7: {second}}


def test_asking_again_changes_nothing(world: World, ann: Actor) -> None:
    ann = ann._replace(session_number=7)
    assert world.run(ann, SetCancelOnDisconnect(False)).facts == ()
    world.run(ann, SetCancelOnDisconnect(True))
    assert world.run(ann, SetCancelOnDisconnect(True)).facts == ()


def test_an_order_leaves_its_session_however_it_ends(world: World, ann: Actor, bob: Actor, market: int) -> None:
    ann = ann._replace(session_number=7)
    world.run(ann, SetCancelOnDisconnect(True))
    filled, amended, cancelled, ended, settled = [world.bid(ann, market, price) for price in (19, 18, 17, 16, 15)]
    world.offer(bob, market, 19)
    assert sessions(world, market) == {7: {amended, cancelled, ended, settled}}
    assert filled not in sessions(world, market)[7]
    world.amend(ann, market, amended, price=12, size=3)
    assert sessions(world, market) == {7: {amended, cancelled, ended, settled}}
    world.cancel(ann, market, cancelled)
    world.amend(ann, market, amended, size=1)
    world.run(SYSTEM, EndOrders(market, (ended,), CancelReason.DISCONNECTED))
    assert sessions(world, market) == {7: {amended, settled}}
    world.run(ADMIN, SettleMarket(market, 15))
    assert sessions(world, market) == {}


def test_a_batch_places_for_the_session_and_a_refused_one_leaves_no_trace(
    world: World, ann: Actor, market: int
) -> None:
    ann = ann._replace(session_number=7)
    world.run(ann, SetCancelOnDisconnect(True))
    order_id = world.bid(ann, market, 15)
    steps = (CancelOrder(market, order_id), PlaceOrder(market, BUY, 14, 1), PlaceOrder(market, BUY, 13, 1))
    world.refuse(ann, Batch(market, (*steps, PlaceOrder(market, BUY, 9, 1))))
    assert sessions(world, market) == {7: {order_id}}
    world.run(ann, Batch(market, (*steps, AmendOrder(market, order_id + 1, price=12))))
    assert sessions(world, market) == {7: {order_id + 1, order_id + 2}}


def test_the_journal_alone_makes_the_same_guards(world: World, ann: Actor, market: int) -> None:
    ann = ann._replace(session_number=7)
    world.run(ann, SetCancelOnDisconnect(True))
    world.run(ann, SetDeadManTimer(5))
    order_id = world.bid(ann, market, 15)
    replayed = world.replayed()
    assert replayed.guarded_sessions == {7}
    assert replayed.dead_man_timers == world.state.dead_man_timers != {}
    assert replayed.markets[market].book.by_session == {7: {order_id}}


# Dead-man timers


def test_setting_a_timer_says_when_it_is_due(world: World, ann: Actor) -> None:
    asked = world.now
    fact = DeadManTimerSet(ann.account_id, 5, asked + 5 * SECOND)
    assert world.run(ann, SetDeadManTimer(5)).facts == (fact,)
    world.now += SECOND
    world.run(ann, SetDeadManTimer(7))
    assert world.state.dead_man_timers[ann.account_id].due > asked + 8 * SECOND
    assert world.run(ann, SetDeadManTimer(0)).facts == (DeadManTimerSet(ann.account_id, 0, 0),)
    assert world.state.dead_man_timers == {}
    assert world.run(ann, SetDeadManTimer(0)).facts == ()


@pytest.mark.parametrize("seconds", [-1, DEAD_MAN_SECONDS_MAX + 1, 2**32 - 1])
def test_a_timer_has_bounds(world: World, ann: Actor, seconds: int) -> None:
    refusal = world.refuse(ann, SetDeadManTimer(seconds))
    assert (refusal.code, refusal.field) == (Code.INVALID_VALUE, "seconds")
    world.run(ann, SetDeadManTimer(DEAD_MAN_SECONDS_MAX))


def test_a_timer_is_set_by_owners_and_elevated_admins(world: World, ann: Actor, bob: Actor) -> None:
    stranger = bob._replace(account_id=ann.account_id)
    assert world.refuse(stranger, SetDeadManTimer(5)).code == Code.NOT_OWNER
    world.run(stranger._replace(elevated=True), SetDeadManTimer(5))
    assert world.refuse(ann._replace(account_id=99), SetDeadManTimer(5)).code == Code.UNKNOWN_ACCOUNT


@pytest.mark.parametrize("status", [MarketStatus.OPEN, MarketStatus.HALTED, MarketStatus.PAUSED])
def test_a_timer_that_is_due_ends_all_orders_of_its_account_and_itself(
    world: World, ann: Actor, bob: Actor, market: int, status: MarketStatus
) -> None:
    other = world.market()
    first, second = world.bid(ann, market, 15), world.offer(ann, market, 16)
    third = world.bid(ann, other, 15)
    theirs = world.bid(bob, other, 14)
    world.run(ann, SetDeadManTimer(5))
    if status != MarketStatus.OPEN:
        world.set_status(market, status)
    assert world.run(SYSTEM, FireDeadManTimer(ann.account_id)).facts == ()
    world.now += 5 * SECOND
    assert world.run(SYSTEM, FireDeadManTimer(ann.account_id)).facts == (
        OrdersCancelled(market, (first, second), CancelReason.DEAD_MAN, ann.account_id),
        OrdersCancelled(other, (third,), CancelReason.DEAD_MAN, ann.account_id),
        DeadManTimerSet(ann.account_id, 0, 0),
    )
    assert world.queue(other, BUY) == [theirs]
    assert world.run(SYSTEM, FireDeadManTimer(ann.account_id)).facts == ()


def test_a_timer_fires_without_orders_too(world: World, ann: Actor) -> None:
    world.run(ann, SetDeadManTimer(1))
    world.now += SECOND
    assert world.run(SYSTEM, FireDeadManTimer(ann.account_id)).facts == (DeadManTimerSet(ann.account_id, 0, 0),)


def test_timers_begin_anew_with_their_full_length(world: World, ann: Actor, bob: Actor) -> None:
    assert world.run(SYSTEM, RestartDeadManTimers()).facts == ()
    world.run(ann, SetDeadManTimer(5))
    world.run(bob, SetDeadManTimer(60))
    world.now += 3_600 * SECOND
    now = world.now
    world.run(SYSTEM, RestartDeadManTimers())
    assert world.state.dead_man_timers == {
        ann.account_id: DeadManTimer(5, now + 5 * SECOND),
        bob.account_id: DeadManTimer(60, now + 60 * SECOND),
    }
