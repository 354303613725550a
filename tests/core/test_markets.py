"""Markets: making them and changing their status."""

import pytest

from exchange.core.commands import SYSTEM, Actor, CreateMarket, ReportFailure, SetMarketStatus
from exchange.core.facts import Created, Done, MarketCreated, MarketFailed, MarketStatusChanged
from exchange.core.refusals import Code
from exchange.core.state import Limits
from exchange.core.units import DESCRIPTION_MAX, NAME_MAX, PRICE_MAX, MarketStatus
from tests.core.world import ADMIN, World

OPEN, HALTED, PAUSED, SETTLED = MarketStatus.OPEN, MarketStatus.HALTED, MarketStatus.PAUSED, MarketStatus.SETTLED


# Making


def test_any_user_may_make_a_market_which_is_open_and_theirs(world: World, ann: Actor) -> None:
    decision = world.run(ann, CreateMarket("Rain", "Will it?\nSurely.", 0, 100))
    assert decision.facts == (MarketCreated(1, "Rain", "Will it?\nSurely.", ann.account_id, 0, 100, OPEN),)
    assert decision.result == Created(1)
    assert world.state.markets[1].status == OPEN


def test_a_market_for_nobody_is_refused(world: World) -> None:
    refusal = world.refuse(SYSTEM, CreateMarket("Rain", "", 0, 100))
    assert (refusal.code, refusal.field) == (Code.UNKNOWN_ACCOUNT, "account_id")


@pytest.mark.parametrize("name", ["", " ", "Rain ", "x" * (NAME_MAX + 1), "a\0b", "a\u202eb"])
def test_a_market_with_a_bad_name_is_refused(world: World, ann: Actor, name: str) -> None:
    refusal = world.refuse(ann, CreateMarket(name, "", 0, 100))
    assert (refusal.code, refusal.field) == (Code.INVALID_VALUE, "name")


@pytest.mark.parametrize("description", ["x" * (DESCRIPTION_MAX + 1), "\x1b[31m"])
def test_a_market_with_a_bad_description_is_refused(world: World, ann: Actor, description: str) -> None:
    refusal = world.refuse(ann, CreateMarket("Rain", description, 0, 100))
    assert (refusal.code, refusal.field) == (Code.INVALID_VALUE, "description")


def test_the_longest_name_and_description_are_accepted(world: World, ann: Actor) -> None:
    world.run(ann, CreateMarket("x" * NAME_MAX, "x" * DESCRIPTION_MAX, 0, 100))


@pytest.mark.parametrize(
    ("low", "high", "field"),
    [
        (-PRICE_MAX - 1, 0, "low"),
        (PRICE_MAX, PRICE_MAX + 1, "low"),
        (PRICE_MAX + 5, PRICE_MAX + 9, "low"),
        (0, PRICE_MAX + 1, "high"),
        (5, 5, "high"),
        (5, 4, "high"),
    ],
)
def test_bounds_that_do_not_fit_are_refused(world: World, ann: Actor, low: int, high: int, field: str) -> None:
    refusal = world.refuse(ann, CreateMarket("Rain", "", low, high))
    assert (refusal.code, refusal.field) == (Code.INVALID_VALUE, field)


@pytest.mark.parametrize(
    ("low", "high"), [(-PRICE_MAX, PRICE_MAX), (PRICE_MAX - 1, PRICE_MAX), (-PRICE_MAX, -PRICE_MAX + 1)]
)
def test_the_widest_and_narrowest_bounds_are_accepted(world: World, ann: Actor, low: int, high: int) -> None:
    world.run(ann, CreateMarket("Rain", "", low, high))


@pytest.mark.parametrize("name", ["Caf\u00e9", "CAFE\u0301", "cafe\u0301"])
def test_a_market_with_a_taken_name_is_refused(world: World, ann: Actor, name: str) -> None:
    world.run(ann, CreateMarket("caf\u00e9", "", 0, 100))
    refusal = world.refuse(ann, CreateMarket(name, "", 0, 100))
    assert (refusal.code, refusal.field) == (Code.NAME_TAKEN, "name")


def test_the_name_of_a_settled_market_stays_taken(world: World, ann: Actor, market: int) -> None:
    world.settle(market, 15)
    assert world.refuse(ann, CreateMarket("market 1", "", 0, 100)).code == Code.NAME_TAKEN


def test_too_many_markets_of_one_user_are_refused_except_to_the_elevated() -> None:
    world = World(Limits(markets_per_user=2))
    ann, bob = world.user("Ann"), world.user("Bob")
    sub = world.sub_account(ann, "Ann's bot")
    world.market(owner=ann)
    world.market(owner=sub)
    assert world.refuse(ann, CreateMarket("Rain", "", 0, 100)).code == Code.LIMIT_REACHED
    world.market(owner=bob)
    world.market(owner=ann._replace(elevated=True))


def test_by_setting_only_the_elevated_make_markets() -> None:
    world = World(Limits(users_create_markets=False))
    ann = world.user("Ann")
    assert world.refuse(ann, CreateMarket("Rain", "", 0, 100)).code == Code.NOT_ELEVATED
    world.market(owner=ann._replace(elevated=True))


# Status


@pytest.mark.parametrize("start", [OPEN, HALTED, PAUSED])
@pytest.mark.parametrize("end", [OPEN, HALTED, PAUSED])
def test_the_elevated_change_the_status_to_any_other(
    world: World, ann: Actor, market: int, start: MarketStatus, end: MarketStatus
) -> None:
    if start != OPEN:
        world.set_status(market, start)
    command = SetMarketStatus(market, end)
    if start == end:
        refusal = world.refuse(ADMIN, command)
        assert (refusal.code, refusal.field) == (Code.INVALID_VALUE, "status")
    else:
        decision = world.run(ann._replace(elevated=True), command)
        assert decision.facts == (MarketStatusChanged(market, end, ann.user_id),)
        assert decision.result == Done()
        assert world.state.markets[market].status == end


def test_a_status_of_an_unknown_market_is_refused(world: World) -> None:
    assert world.refuse(ADMIN, SetMarketStatus(99, HALTED)).code == Code.UNKNOWN_MARKET


def test_a_status_without_elevation_is_refused_even_to_the_owner(world: World, ann: Actor) -> None:
    market = world.market(owner=ann)
    assert world.refuse(ann, SetMarketStatus(market, HALTED)).code == Code.NOT_ELEVATED


def test_settled_is_not_a_status_to_be_set(world: World, market: int) -> None:
    refusal = world.refuse(ADMIN, SetMarketStatus(market, SETTLED))
    assert (refusal.code, refusal.field) == (Code.INVALID_VALUE, "status")


@pytest.mark.parametrize("status", [OPEN, HALTED, PAUSED])
def test_a_settled_market_keeps_its_status(world: World, market: int, status: MarketStatus) -> None:
    world.settle(market, 15)
    assert world.refuse(ADMIN, SetMarketStatus(market, status)).code == Code.MARKET_SETTLED


def test_orders_rest_through_a_halt(world: World, ann: Actor, bob: Actor, market: int) -> None:
    world.bid(ann, market, 15)
    for status in (HALTED, PAUSED, OPEN):
        world.set_status(market, status)
    world.offer(bob, market, 15)
    assert world.position(ann, market).size == 1


# Failures


def test_a_failure_is_recorded_and_changes_nothing(world: World, market: int) -> None:
    decision = world.run(SYSTEM, ReportFailure(market, "a bug", halt=False))
    assert decision.facts == (MarketFailed(market, "a bug", halted=False),)
    assert world.state.markets[market].status == OPEN


@pytest.mark.parametrize("status", [OPEN, PAUSED])
def test_a_market_that_keeps_failing_is_halted_by_nobody(world: World, market: int, status: MarketStatus) -> None:
    if status != OPEN:
        world.set_status(market, status)
    decision = world.run(SYSTEM, ReportFailure(market, "a bug", halt=True))
    assert decision.facts == (MarketFailed(market, "a bug", halted=True), MarketStatusChanged(market, HALTED, 0))


@pytest.mark.parametrize("status", [HALTED, SETTLED])
def test_a_failing_market_that_is_halted_or_settled_stays_so(world: World, market: int, status: MarketStatus) -> None:
    if status == HALTED:
        world.set_status(market, status)
    else:
        world.settle(market, 15)
    assert len(world.run(SYSTEM, ReportFailure(market, "a bug", halt=True)).facts) == 1
    assert world.state.markets[market].status == status


def test_a_failure_of_the_desk_halts_no_market(world: World, market: int) -> None:
    decision = world.run(SYSTEM, ReportFailure(0, "a bug", halt=True))
    assert decision.facts == (MarketFailed(0, "a bug", halted=True),)
