"""Self-trade prevention: an account never trades with itself, whatever the taker chose."""

import pytest

from exchange.core.commands import Actor, PlaceOrder
from exchange.core.facts import OrderPlaced, Reduction
from exchange.core.refusals import Code
from exchange.core.state import Limits
from exchange.core.units import SelfTrade, Side, TimeInForce
from tests.core.world import BUY, SELL, World

# Mode, what the offers of 3 (own) and 4 (another's) come to under a bid of 5, and what becomes of the bid.
OUTCOMES = [
    (SelfTrade.CANCEL_RESTING, [], [(15, 1)], 4, 0),
    (SelfTrade.CANCEL_INCOMING, [(15, 3), (15, 4)], [], 0, 5),
    (SelfTrade.CANCEL_BOTH, [(15, 4)], [], 0, 5),
    (SelfTrade.DECREMENT_BOTH, [(15, 2)], [], 2, 3),
]


@pytest.mark.parametrize(("mode", "offers", "bids", "filled", "dropped"), OUTCOMES)
def test_each_mode_prevents_the_trade_in_its_own_way(
    world: World,
    ann: Actor,
    bob: Actor,
    market: int,
    mode: SelfTrade,
    offers: list[tuple[int, int]],
    bids: list[tuple[int, int]],
    filled: int,
    dropped: int,
) -> None:
    world.offer(ann, market, 15, 3)
    world.offer(bob, market, 15, 4)
    result = world.place(ann, market, BUY, 15, 5, self_trade=mode)
    assert world.book(market) == (bids, offers)
    assert (result.filled, result.dropped) == (filled, dropped)
    assert world.position(ann, market).size == filled


@pytest.mark.parametrize("mode", list(SelfTrade))
@pytest.mark.parametrize("side", list(Side))
def test_no_mode_moves_cash_or_position_of_the_account(
    world: World, ann: Actor, market: int, mode: SelfTrade, side: Side
) -> None:
    world.place(ann, market, SELL if side == BUY else BUY, 15, 3)
    world.place(ann, market, side, 15, 2, self_trade=mode)
    assert world.account(ann).cash == 1_000
    assert world.position(ann, market).size == 0
    assert world.state.markets[market].last_trade_price == 0


@pytest.mark.parametrize("mode", list(SelfTrade))
def test_orders_of_others_before_the_own_one_trade_first(
    world: World, ann: Actor, bob: Actor, market: int, mode: SelfTrade
) -> None:
    world.offer(bob, market, 14, 2)
    world.offer(ann, market, 15, 2)
    assert world.place(ann, market, BUY, 15, 3, self_trade=mode).filled == 2


@pytest.mark.parametrize("mode", list(SelfTrade))
def test_an_own_order_that_is_not_reached_is_left_alone(
    world: World, ann: Actor, bob: Actor, market: int, mode: SelfTrade
) -> None:
    world.offer(bob, market, 15, 2)
    world.offer(ann, market, 15, 2)
    assert world.place(ann, market, BUY, 15, 2, self_trade=mode).filled == 2
    assert world.book(market) == ([], [(15, 2)])


def test_decrementing_a_larger_resting_order_leaves_its_rest_in_place(
    world: World, ann: Actor, bob: Actor, market: int
) -> None:
    own = world.offer(ann, market, 15, 5)
    other = world.offer(bob, market, 15, 1)
    result = world.place(ann, market, BUY, 15, 2, self_trade=SelfTrade.DECREMENT_BOTH)
    assert (result.filled, result.remaining, result.dropped) == (0, 0, 2)
    assert world.queue(market, SELL) == [own, other]
    assert world.order(market, own).remaining == 3


def test_what_was_prevented_is_in_the_fact(world: World, ann: Actor, market: int) -> None:
    own = world.offer(ann, market, 15, 5)
    (fact,) = world.run(ann, PlaceOrder(market, BUY, 15, 2, self_trade=SelfTrade.CANCEL_RESTING)).facts
    assert isinstance(fact, OrderPlaced)
    assert fact.reductions == (Reduction(own, 5),)


def test_a_reduction_counts_as_an_order_that_is_met() -> None:
    world = World(Limits(fills_per_command=2))
    ann, bob, market = world.user("Ann", 1_000), world.user("Bob", 1_000), world.market()
    world.offer(ann, market, 14)
    world.offer(ann, market, 15)
    world.offer(bob, market, 15)
    assert world.refuse(ann, PlaceOrder(market, BUY, 15, 3)).code == Code.TOO_MANY_FILLS


def test_a_fill_or_kill_order_that_would_first_meet_an_own_order_is_refused(
    world: World, ann: Actor, bob: Actor, market: int
) -> None:
    world.offer(ann, market, 14, 1)
    world.offer(bob, market, 15, 5)
    refusal = world.refuse(ann, PlaceOrder(market, BUY, 15, 2, TimeInForce.FOK))
    assert (refusal.code, refusal.field) == (Code.SELF_TRADE, "time_in_force")
    assert world.book(market) == ([], [(14, 1), (15, 5)])


@pytest.mark.parametrize("mode", list(SelfTrade))
def test_a_fill_or_kill_order_that_others_fill_first_is_accepted(
    world: World, ann: Actor, bob: Actor, market: int, mode: SelfTrade
) -> None:
    world.offer(bob, market, 14, 2)
    world.offer(ann, market, 15, 1)
    assert world.place(ann, market, BUY, 15, 2, time_in_force=TimeInForce.FOK, self_trade=mode).filled == 2
    assert world.book(market) == ([], [(15, 1)])


def test_the_cancelled_own_order_frees_funds_for_the_incoming_one(world: World, market: int) -> None:
    poor = world.user("Poor", 5)
    world.offer(poor, market, 15)
    assert world.available(poor) == 0
    world.bid(poor, market, 15)
    assert world.book(market) == ([(15, 1)], [])


def test_the_cancelled_own_order_makes_room_among_the_open_orders() -> None:
    world = World(Limits(open_orders_per_market=1))
    ann, market = world.user("Ann", 1_000), world.market()
    world.offer(ann, market, 15)
    world.bid(ann, market, 15)
    assert world.book(market) == ([(15, 1)], [])


# Accounts of one user


def test_accounts_of_one_user_may_trade_by_default(world: World, ann: Actor, market: int) -> None:
    sub = world.sub_account(ann, "Ann's bot", 100)
    world.offer(ann, market, 15)
    assert world.place(sub, market, BUY, 15, 1).filled == 1


@pytest.fixture
def strict() -> World:
    """Prevention extends to all accounts of one user."""
    return World(Limits(self_trade_by_user=True))


@pytest.mark.parametrize(("mode", "offers", "bids", "filled", "dropped"), OUTCOMES)
def test_by_setting_each_mode_holds_among_all_accounts_of_a_user(
    strict: World,
    mode: SelfTrade,
    offers: list[tuple[int, int]],
    bids: list[tuple[int, int]],
    filled: int,
    dropped: int,
) -> None:
    ann, bob, market = strict.user("Ann", 1_000), strict.user("Bob", 1_000), strict.market()
    sub = strict.sub_account(ann, "Ann's bot", 100)
    strict.offer(sub, market, 15, 3)
    strict.offer(bob, market, 15, 4)
    result = strict.place(ann, market, BUY, 15, 5, self_trade=mode)
    assert strict.book(market) == (bids, offers)
    assert (result.filled, result.dropped) == (filled, dropped)
    assert strict.position(sub, market).size == 0


def test_by_setting_it_holds_between_two_sub_accounts(strict: World) -> None:
    ann, market = strict.user("Ann"), strict.market()
    first, second = strict.sub_account(ann, "First", 100), strict.sub_account(ann, "Second", 100)
    strict.offer(first, market, 15)
    assert strict.place(second, market, BUY, 15, 1).filled == 0
    assert strict.available(first) == 100


def test_by_setting_strangers_still_trade(strict: World) -> None:
    ann, bob, market = strict.user("Ann", 100), strict.user("Bob", 100), strict.market()
    strict.offer(ann, market, 15)
    assert strict.place(bob, market, BUY, 15, 1).filled == 1


def test_by_setting_a_siblings_freed_funds_do_not_pay_for_the_taker(strict: World) -> None:
    ann, market = strict.user("Ann", 4), strict.market()
    sub = strict.sub_account(ann, "Ann's bot", 5)
    strict.offer(sub, market, 15)
    assert strict.refuse(ann, PlaceOrder(market, BUY, 15, 1)).code == Code.INSUFFICIENT_FUNDS
    assert strict.book(market) == ([], [(15, 1)])


def test_by_setting_the_house_still_trades(strict: World) -> None:
    ann, market = strict.user("Ann", 100), strict.market()
    house = Actor(0, strict.state.house_id, elevated=True)
    strict.offer(house, market, 15)
    assert strict.place(ann, market, BUY, 15, 1).filled == 1
