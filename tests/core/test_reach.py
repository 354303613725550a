"""Reach: every number that can come out of what was accepted stays within 64 bits."""

from exchange.core.apply import apply
from exchange.core.commands import SYSTEM, Actor, AmendOrder, Grant, PlaceOrder, SignIn, Transfer
from exchange.core.facts import Decision
from exchange.core.invariants import violations
from exchange.core.refusals import Code
from exchange.core.rules import decide
from exchange.core.state import Limits
from exchange.core.units import CASH_MAX, PRICE_MAX, REACH_MAX, SIZE_MAX
from tests.core.world import ADMIN, BUY, SELL, World


def _house(world: World) -> Actor:
    return Actor(0, world.state.house_id, elevated=True)


def _fill_up(world: World, actor: Actor, market: int) -> None:
    """Rests bids until not one more is within reach; checked once, because they are hundreds."""
    while True:
        room = (REACH_MAX - world.account(actor).reach) // (2 * PRICE_MAX)
        if not room:
            break
        command = PlaceOrder(market, BUY, -PRICE_MAX, min(room, SIZE_MAX))
        decision = decide(world.state, actor, command, world.now)
        assert isinstance(decision, Decision)
        apply(world.state, world.state.sequence + 1, world.now, decision.facts)
    assert list(violations(world.state)) == []


def test_an_order_beyond_reach_is_refused_even_for_the_house(world: World) -> None:
    market = world.market(-PRICE_MAX, PRICE_MAX)
    house = _house(world)
    _fill_up(world, house, market)
    refusal = world.refuse(house, PlaceOrder(market, BUY, -PRICE_MAX, 1))
    assert (refusal.code, refusal.field) == (Code.REACH, "size")


def test_an_amend_beyond_reach_is_refused(world: World) -> None:
    market = world.market(-PRICE_MAX, PRICE_MAX)
    rich = world.user("Rich", 1)
    order_id = world.bid(rich, market, -PRICE_MAX, 1)
    _fill_up(world, rich, market)
    assert world.refuse(rich, AmendOrder(market, order_id, size=2)).code == Code.REACH
    assert world.amend(rich, market, order_id, price=-PRICE_MAX, size=1).remaining == 1


def test_markets_of_one_account_share_its_reach(world: World) -> None:
    market, other = world.market(-PRICE_MAX, PRICE_MAX), world.market(-PRICE_MAX, PRICE_MAX)
    house = _house(world)
    _fill_up(world, house, market)
    assert world.refuse(house, PlaceOrder(other, SELL, PRICE_MAX, 1)).code == Code.REACH


def test_reach_is_given_back_by_a_cancel_and_by_settlement(world: World) -> None:
    market, other = world.market(-PRICE_MAX, PRICE_MAX), world.market(-PRICE_MAX, PRICE_MAX)
    house = _house(world)
    _fill_up(world, house, market)
    world.settle(market, PRICE_MAX)
    _fill_up(world, house, other)
    world.cancel_all(house)
    assert world.account(house).weight == 0


def test_a_fill_never_raises_a_makers_reach(world: World) -> None:
    market = world.market(-PRICE_MAX, PRICE_MAX)
    rich = world.user("Rich", 1)
    house = _house(world)
    _fill_up(world, rich, market)
    before = world.account(rich).reach
    for size in (1, 77, SIZE_MAX):
        world.place(house, market, SELL, -PRICE_MAX, size)
        assert world.account(rich).reach <= before
        before = world.account(rich).reach
    world.settle(market, -PRICE_MAX)
    assert world.account(rich).reach <= before


def test_a_grant_beyond_reach_is_refused(world: World) -> None:
    ann = world.user("Ann", CASH_MAX - 10)
    refusal = world.refuse(ADMIN, Grant(ann.account_id, 11, ""))
    assert (refusal.code, refusal.field) == (Code.REACH, "amount")
    world.run(ADMIN, Grant(ann.account_id, 10, ""))


def test_a_grant_beyond_the_reach_of_the_house_is_refused(world: World) -> None:
    world.user("Ann", CASH_MAX - 10)
    bob = world.user("Bob", 10)
    assert world.refuse(ADMIN, Grant(bob.account_id, 1, "")).code == Code.REACH


def test_a_transfer_beyond_the_recipients_reach_is_refused(world: World) -> None:
    ann, bob = world.user("Ann", 10), world.user("Bob")
    market = world.market(-PRICE_MAX, PRICE_MAX)
    _fill_up(world, bob, market)
    spare = REACH_MAX - world.account(bob).reach
    world.run(ADMIN, Grant(ann.account_id, spare + 1, ""))
    refusal = world.refuse(ann, Transfer(0, bob.account_id, spare + 1, ""))
    assert (refusal.code, refusal.field) == (Code.REACH, "amount")
    world.run(ann, Transfer(0, bob.account_id, spare, ""))


def test_starting_cash_beyond_the_reach_of_the_house_is_refused() -> None:
    world = World(Limits(starting_cash=REACH_MAX // 2))
    world.user("Ann")
    world.user("Bob")
    refusal = world.refuse(SYSTEM, SignIn("subject of Cyn", "Cyn"))
    assert refusal.code == Code.REACH
