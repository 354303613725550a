"""Groups, announcements, edits, halts and opening hours: what organisers do to a market besides trading in it."""

import pytest

from exchange.core.commands import (
    SYSTEM,
    Actor,
    Announce,
    Command,
    CreateGroup,
    CreateMarket,
    EditGroup,
    EditMarket,
    FollowSchedule,
    HaltAll,
)
from exchange.core.facts import Announced, GroupChanged, MarketEdited, MarketStatusChanged
from exchange.core.refusals import Code
from exchange.core.schedule import due_command
from exchange.core.units import ANNOUNCEMENTS_KEPT, MarketStatus
from tests.core.world import ADMIN, World

HOUSE = Actor(0, 1, elevated=True)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def ann(world: World) -> Actor:
    return world.user("Ann", 1_000)


@pytest.mark.parametrize(
    "command",
    [
        CreateGroup("Weather", ""),
        EditGroup(1, "Weather", None),
        Announce("Lunch"),
        HaltAll(),
        EditMarket(1, pinned=True),
        EditMarket(1, description="x", ranked=False),
    ],
    ids=lambda command: type(command).__name__,
)
def test_only_an_elevated_admin_organises(world: World, ann: Actor, command: Command) -> None:
    world.market(owner=ann)
    assert world.refuse(ann, command).code == Code.NOT_ELEVATED


def test_a_group_is_made_and_edited_by_the_fields_that_are_named(world: World) -> None:
    world.run(ADMIN, CreateGroup("Weather", "rain and shine"))
    assert world.run(ADMIN, EditGroup(1, None, "rain")).facts == (GroupChanged(1, "Weather", "rain"),)
    assert world.refuse(ADMIN, CreateGroup("WEATHER", "")).code == Code.NAME_TAKEN
    assert world.refuse(ADMIN, EditGroup(1, None, None)).code == Code.INVALID_VALUE


def test_an_edit_that_names_one_field_leaves_all_others_alone(world: World) -> None:
    market_id = world.market(position_limit=7)
    world.set_status(market_id, MarketStatus.PAUSED)
    before = world.state.markets[market_id]
    kept = (before.name, before.description, before.position_limit, before.status, before.ranked)
    facts = world.run(ADMIN, EditMarket(market_id, pinned=True)).facts
    after = world.state.markets[market_id]
    assert facts == (MarketEdited(market_id, pinned=True),)
    assert after.pinned
    assert (after.name, after.description, after.position_limit, after.status, after.ranked) == kept


def test_an_owner_describes_their_market_and_nobody_else_does(world: World, ann: Actor) -> None:
    market_id = world.market(owner=ann)
    world.run(ann, EditMarket(market_id, description="it rains"))
    assert world.state.markets[market_id].description == "it rains"
    assert world.refuse(world.user("Bob"), EditMarket(market_id, description="no")).code == Code.NOT_ALLOWED


def test_a_market_takes_no_name_of_another_and_may_change_the_case_of_its_own(world: World) -> None:
    first, second = world.market(), world.market()
    assert world.refuse(ADMIN, EditMarket(first, name="market 2")).code == Code.NAME_TAKEN
    world.run(ADMIN, EditMarket(second, name="MARKET 2"))
    assert world.refuse(HOUSE, CreateMarket("Market 2", "", 0, 1)).code == Code.NAME_TAKEN
    world.run(ADMIN, EditMarket(second, name="Another"))
    world.run(HOUSE, CreateMarket("Market 2", "", 0, 1))


def test_users_who_are_not_elevated_make_plain_markets(world: World, ann: Actor) -> None:
    refusal = world.refuse(ann, CreateMarket("Mine", "", 0, 1, pinned=True))
    assert (refusal.code, refusal.field) == (Code.NOT_ELEVATED, "pinned")


def test_halting_all_halts_what_is_open_and_nothing_else(world: World) -> None:
    opened, paused = world.market(), world.market()
    world.set_status(paused, MarketStatus.PAUSED)
    assert world.run(ADMIN, HaltAll()).facts == (MarketStatusChanged(opened, MarketStatus.HALTED, 0),)
    assert world.run(ADMIN, HaltAll()).facts == ()


def test_a_market_opens_and_halts_by_its_times(world: World) -> None:
    opens, closes = world.now + 100, world.now + 200
    world.run(HOUSE, CreateMarket("Timed", "", 0, 1, opens_at=opens, closes_at=closes))
    market = world.state.markets[1]
    assert market.status == MarketStatus.HALTED
    assert due_command(market, opens - 1) is None
    world.now = opens
    assert due_command(market, opens) == FollowSchedule(1)
    assert world.run(SYSTEM, FollowSchedule(1)).facts[-1] == MarketStatusChanged(1, MarketStatus.OPEN, 0)
    world.now = closes + 50
    assert world.run(SYSTEM, FollowSchedule(1)).facts[-1] == MarketStatusChanged(1, MarketStatus.HALTED, 0)
    assert due_command(market, world.now + 1_000) is None


def test_a_market_whose_whole_opening_was_slept_through_stays_halted(world: World) -> None:
    world.run(HOUSE, CreateMarket("Timed", "", 0, 1, opens_at=world.now + 100, closes_at=world.now + 200))
    world.now += 300
    world.run(SYSTEM, FollowSchedule(1))
    market = world.state.markets[1]
    assert (market.status, market.opens_at, market.closes_at) == (MarketStatus.HALTED, 0, 0)


@pytest.mark.parametrize(("opens_in", "closes_in"), [(0, -1), (200, 100), (100, 100)])
def test_times_that_make_no_sense_are_refused(world: World, opens_in: int, closes_in: int) -> None:
    opens_at = world.now + opens_in if opens_in else 0
    refusal = world.refuse(HOUSE, CreateMarket("Timed", "", 0, 1, opens_at=opens_at, closes_at=world.now + closes_in))
    assert (refusal.code, refusal.field) == (Code.INVALID_VALUE, "closes_at")


def test_announcements_are_told_and_the_latest_kept(world: World) -> None:
    for number in range(ANNOUNCEMENTS_KEPT + 5):
        assert world.run(ADMIN, Announce(f"number {number}")).facts == (Announced(f"number {number}"),)
    kept = [text for _, text in world.state.announcements]
    assert kept == [f"number {number}" for number in range(5, ANNOUNCEMENTS_KEPT + 5)]
    assert world.refuse(ADMIN, Announce(" ")).code == Code.INVALID_VALUE
