"""Funds: what they are made of, and how they are swapped for it."""

import pytest

from exchange.core.commands import Actor, CreateMarket, EditMarket, Redeem
from exchange.core.facts import MarketCreated, MarketEdited, Redeemed
from exchange.core.refusals import Code, Refusal
from exchange.core.state import Limits
from exchange.core.units import CONSTITUENTS_MAX, PRICE_MAX, REACH_MAX, SIZE_MAX, Constituent, MarketStatus
from tests.core.world import ADMIN, World

HOUSE = Actor(0, 1, elevated=True)


def _create(*basket: tuple[int, int], low: int = 0, high: int = 0, redeem_fee: int = 0) -> CreateMarket:
    constituents = tuple(Constituent(*each) for each in basket)
    return CreateMarket("Basket", "", low, high, constituents=constituents, redeem_fee=redeem_fee)


def _refused(refusal: Refusal) -> tuple[Code, str]:
    return refusal.code, refusal.field


# Making one


def test_the_bounds_of_a_fund_follow_from_its_constituents(world: World) -> None:
    rain, snow = world.market(10, 20), world.market(-5, 7)
    decision = world.run(HOUSE, _create((rain, 2), (snow, -3), redeem_fee=4))
    (fact,) = decision.facts
    assert isinstance(fact, MarketCreated)
    assert (fact.low, fact.high, fact.redeem_fee) == (2 * 10 - 3 * 7, 2 * 20 + 3 * 5, 4)
    assert fact.constituents == ((rain, 2), (snow, -3))
    assert world.state.markets[rain].part_of == [fact.market_id]


def test_a_fund_may_hold_funds(world: World) -> None:
    rain = world.market(10, 20)
    inner = world.fund({rain: -1})
    outer = world.state.markets[world.fund({inner: 2, rain: 1})]
    assert (outer.low, outer.high) == (-40 + 10, -20 + 20)


@pytest.mark.parametrize(
    ("command", "refused"),
    [
        (_create((9, 1)), (Code.UNKNOWN_MARKET, "constituents[0]")),
        (_create((1, 0)), (Code.INVALID_VALUE, "constituents[0]")),
        (_create((2, 1), (1, 1), (1, 2)), (Code.INVALID_VALUE, "constituents[2]")),
        (_create((1, 1), (3, 1)), (Code.MARKET_SETTLED, "constituents[1]")),
        (_create((1, PRICE_MAX // 20 + 1)), (Code.INVALID_VALUE, "constituents")),
        (_create((1, -PRICE_MAX // 20 - 1)), (Code.INVALID_VALUE, "constituents")),
        (_create((1, 2**63 - 1)), (Code.INVALID_VALUE, "constituents")),
        (_create(*[(1, 1)] * (CONSTITUENTS_MAX + 1)), (Code.INVALID_VALUE, "constituents")),
        (_create((1, 1), low=10), (Code.INVALID_VALUE, "low")),
        (_create((1, 1), high=20), (Code.INVALID_VALUE, "high")),
        (_create((1, 1), redeem_fee=-1), (Code.INVALID_VALUE, "redeem_fee")),
        (_create((1, 1), redeem_fee=PRICE_MAX + 1), (Code.INVALID_VALUE, "redeem_fee")),
        (_create(low=10, high=20, redeem_fee=1), (Code.INVALID_VALUE, "redeem_fee")),
    ],
)
def test_what_cannot_be_a_fund_is_refused(world: World, command: CreateMarket, refused: tuple[Code, str]) -> None:
    for _ in range(3):
        world.market(10, 20)
    world.settle(3, 10)
    assert _refused(world.refuse(HOUSE, command)) == refused


@pytest.mark.parametrize("multiplier", [PRICE_MAX // 20, -PRICE_MAX // 20])
def test_bounds_may_be_as_far_as_prices_go(world: World, multiplier: int) -> None:
    world.fund({world.market(10, 20): multiplier})


def test_only_an_elevated_admin_makes_a_fund(world: World, ann: Actor, market: int) -> None:
    assert _refused(world.refuse(ann, _create((market, 1)))) == (Code.NOT_ELEVATED, "constituents")


def test_the_fee_is_edited_by_an_elevated_admin_and_only_funds_have_one(world: World, ann: Actor, market: int) -> None:
    fund = world.fund({market: 1})
    decision = world.run(ADMIN, EditMarket(fund, redeem_fee=3))
    assert decision.facts == (MarketEdited(fund, redeem_fee=3),)
    assert world.state.markets[fund].redeem_fee == 3
    assert world.refuse(ann, EditMarket(fund, redeem_fee=0)).code == Code.NOT_ELEVATED
    assert _refused(world.refuse(ADMIN, EditMarket(fund, redeem_fee=-1))) == (Code.INVALID_VALUE, "redeem_fee")
    assert world.refuse(ADMIN, EditMarket(market, redeem_fee=3)).code == Code.NOT_A_FUND


# Redeeming


def test_redeeming_swaps_the_fund_for_its_constituents_with_the_house_on_the_other_side(
    world: World, ann: Actor, bob: Actor
) -> None:
    rain, snow = world.market(10, 20), world.market(0, 5)
    fund = world.fund({rain: 2, snow: -3}, redeem_fee=1)
    world.offer(bob, rain, 12)
    world.bid(bob, rain, 11)
    world.bid(ann, rain, 12)
    received = world.account(ann).cash, world.account(HOUSE).cash
    decision = world.redeem(ann, fund, 4)
    assert decision.facts == (Redeemed(fund, ann.account_id, 4, 4, 2 * 12 - 3 * 2, (12, 2)),)
    assert world.sizes(ann, fund, rain, snow) == [-4, 1 + 8, -12]
    assert world.sizes(HOUSE, fund, rain, snow) == [4, -8, 12]
    assert (world.account(ann).cash, world.account(HOUSE).cash) == (received[0] - 4, received[1] + 4)
    assert world.position(ann, snow).cost == -24


def test_making_a_fund_is_the_same_the_other_way_round(world: World, ann: Actor, market: int) -> None:
    fund = world.fund({market: 2}, redeem_fee=1)
    world.redeem(ann, fund, -3)
    assert world.sizes(ann, fund, market) == [3, -6]
    world.redeem(ann, fund, 3)
    assert world.sizes(ann, fund, market) == [0, 0]
    assert world.account(ann).cash == 1_000 - 6


def test_profit_adds_up_exactly_over_a_redemption(world: World, ann: Actor, bob: Actor, market: int) -> None:
    """Equity changes by the fee alone, and each market says its part of it."""
    fund = world.fund({market: 2}, redeem_fee=1)
    world.offer(bob, market, 13, 5)
    world.bid(ann, market, 13, 5)
    world.redeem(ann, fund, -1)
    account = world.account(ann)
    assert account.cash == account.received + sum(each.cash_flow for each in account.positions.values())
    assert world.position(ann, fund).cash_flow == -2 * 13 - 1
    worth = sum(each.size * world.state.markets[each.market_id].mark for each in account.positions.values())
    assert account.cash + worth == 1_000 - 1 + (30 - 26)  # the fund has not traded: its mark is the middle, 30


def test_constituents_that_are_funds_are_not_redeemed_further(world: World, ann: Actor, market: int) -> None:
    inner = world.fund({market: 2})
    outer = world.fund({inner: 1})
    world.redeem(ann, outer, 1)
    assert world.sizes(ann, outer, inner, market) == [-1, 1, 0]


@pytest.mark.parametrize(
    ("status", "code"),
    [(MarketStatus.HALTED, Code.MARKET_NOT_OPEN), (MarketStatus.PAUSED, Code.MARKET_PAUSED)],
)
@pytest.mark.parametrize("closed", ["fund", "constituent"])
def test_everything_must_be_open(world: World, ann: Actor, status: MarketStatus, code: Code, closed: str) -> None:
    rain, snow = world.market(), world.market()
    fund = world.fund({rain: 1, snow: 1})
    world.set_status(fund if closed == "fund" else snow, status)
    assert world.refuse(ann, Redeem(fund, 1)).code == code


def test_a_settled_constituent_keeps_a_fund_from_being_redeemed(world: World, ann: Actor) -> None:
    rain, snow = world.market(), world.market()
    fund = world.fund({rain: 1, snow: 1})
    world.settle(snow, 15)
    refusal = world.refuse(ann, Redeem(fund, 1))
    assert refusal.code == Code.MARKET_SETTLED
    assert "Market 2" in refusal.message


def test_only_direct_constituents_must_be_open(world: World, ann: Actor, market: int) -> None:
    outer = world.fund({world.fund({market: 1}): 1})
    world.set_status(market, MarketStatus.HALTED)
    world.redeem(ann, outer, 1)


@pytest.mark.parametrize("size", [0, SIZE_MAX + 1, -SIZE_MAX - 1])
def test_a_size_that_is_none_is_refused(world: World, ann: Actor, market: int, size: int) -> None:
    assert _refused(world.refuse(ann, Redeem(world.fund({market: 1}), size))) == (Code.INVALID_VALUE, "size")


def test_who_cannot_redeem_and_what_cannot_be_redeemed(world: World, ann: Actor, bob: Actor, market: int) -> None:
    fund = world.fund({market: 1})
    assert _refused(world.refuse(HOUSE, Redeem(fund, 1))) == (Code.NOT_ALLOWED, "account_id")
    assert world.refuse(ann._replace(account_id=bob.account_id), Redeem(fund, 1)).code == Code.NOT_OWNER
    assert world.refuse(ann, Redeem(99, 1)).code == Code.UNKNOWN_MARKET
    assert world.refuse(ann, Redeem(market, 1)).code == Code.NOT_A_FUND


def test_the_funds_check_looks_at_all_legs_together(world: World) -> None:
    """Markets are margined each for itself: short the fund at 20 and long what it holds at 10 is 10 a contract."""
    market = world.market(10, 20)
    fund = world.fund({market: 1}, redeem_fee=1)
    poor = world.user("Poor", 10 * 9 + 9)
    assert _refused(world.refuse(poor, Redeem(fund, 10))) == (Code.INSUFFICIENT_FUNDS, "size")
    world.redeem(poor, fund, 9)
    assert world.available(poor) == 0


def test_resting_orders_count_for_what_can_be_redeemed(world: World) -> None:
    market = world.market(10, 20)
    fund = world.fund({market: 1})
    poor = world.user("Poor", 100)
    world.bid(poor, market, 20, 9)
    assert world.refuse(poor, Redeem(fund, 2)).code == Code.INSUFFICIENT_FUNDS
    world.redeem(poor, fund, 1)


def test_position_limits_hold_for_every_leg_but_not_for_the_house(world: World, ann: Actor, bob: Actor) -> None:
    market = world.market(position_limit=5)
    fund = world.fund({market: 2})
    assert _refused(world.refuse(ann, Redeem(fund, 3))) == (Code.POSITION_LIMIT, "size")
    world.redeem(ann, fund, 2)
    world.redeem(bob, fund, 2)
    assert world.refuse(ann, Redeem(fund, 1)).code == Code.POSITION_LIMIT
    world.redeem(ann, fund, -4)
    assert world.sizes(HOUSE, market) == [-4 + 4]


@pytest.mark.parametrize("whose", ["account", "house"])
def test_reach_holds_for_the_account_and_for_the_house(whose: str) -> None:
    world = World(Limits())
    rich = world.user("Rich", REACH_MAX // 4)
    market = world.market(PRICE_MAX - 1, PRICE_MAX)
    fund = world.fund({market: 1})
    redeemers = [rich] * 9 if whose == "account" else [world.sub_account(rich, f"Sub {n}") for n in range(9)]
    size = REACH_MAX // 8 // PRICE_MAX // 2
    codes = []
    for redeemer in redeemers:
        if whose == "house":
            world.transfer(rich, redeemer, size)
        position = world.account(redeemer)
        assert position.reach <= REACH_MAX
        for _ in range(size // SIZE_MAX):
            outcome = world.decide(redeemer, Redeem(fund, SIZE_MAX))
            if isinstance(outcome, Refusal):
                codes.append(outcome.code)
                break
            world.run(redeemer, Redeem(fund, SIZE_MAX))
    assert codes[0] == Code.REACH
