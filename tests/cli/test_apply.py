"""``exchange admin apply``: what is missing is made, and nothing else."""

from decimal import Decimal
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from exchange.cli.admin import markets
from exchange.cli.admin.applying import apply
from exchange.cli.admin.desk import Desk, Trouble
from exchange.cli.admin.money import clawback
from exchange_client import MarketStatus
from tests.cli.organiser import join, open_desk, said
from tests.sim.harness import START_NS, House, open_house

CLASS = """
announcements = ["Welcome"]

[class]
cash = 1000

[[people]]
name = "ada"

[[people]]
name = "bob"
cash = 5.5

[[accounts]]
name = "Team"
owners = ["ada", "bob"]
cash = 20

[[groups]]
name = "Weather"

[[markets]]
name = "Wet"
parts = { Rain = 1, Snow = -2 }

[[markets]]
name = "Rain"
low = 0
high = 100
group = "Weather"
position_limit = 7.5

[[markets]]
name = "Snow"
low = -1
high = 1
status = "paused"
"""


async def _changes(desk: Desk, file: Path, *, dry_run: bool = False) -> list[str]:
    await apply(desk, file, dry_run=dry_run)
    found: list[str] = desk.output.data["changes"]
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "class.toml"
    found.write_text(CLASS)
    return found


def _sequence(house: House) -> int:
    return house.context.engine.state.sequence


async def test_applying_a_class_twice_changes_nothing(tmp_path: Path, file: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house, join(house, "ada") as ada, join(house, "bob"), open_desk(house) as desk:
        before = _sequence(house)
        planned = await _changes(desk, file, dry_run=True)
        assert _sequence(house) == before, "a dry run changes nothing"
        assert await _changes(desk, file) == planned
        assert len(planned) == 12
        after = _sequence(house)
        assert await _changes(desk, file) == []
        assert _sequence(house) == after
        assert "Nothing to change." in said(desk)
        await ada.ping()
        assert ada.cash == 1_000
        assert ada.portfolios[desk.account("Team").account_id].cash == 20
        rain, snow, wet = (ada.markets[name] for name in ("Rain", "Snow", "Wet"))
        assert (rain.position_limit, ada.groups[rain.group_id].name) == (Decimal("7.5"), "Weather")
        assert snow.status is MarketStatus.PAUSED
        assert dict(wet.constituents) == {rain.market_id: 1, snow.market_id: -2}


async def test_an_edited_class_changes_just_what_was_edited(
    tmp_path: Path, file: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house, join(house, "ada") as ada, join(house, "bob"), open_desk(house) as desk:
        await apply(desk, file)
        await markets.edit(desk, "Rain", pinned=True, description="by hand")
        edited = CLASS.replace("7.5", "8").replace('"paused"', '"open"').replace("cash = 1000", "cash = 900")
        file.write_text(edited.replace("cash = 5.5", "cash = 6").replace('["Welcome"]', '["Welcome", "Hurry"]'))
        assert await _changes(desk, file) == [
            "'Rain': position limit 8.00",
            "'Snow': open",
            "claw 100.00 back from ada",
            "grant bob 0.50",
            "announce 'Hurry'",
        ]
        rain = ada.markets["Rain"]
        assert (rain.pinned, rain.description) == (True, "by hand"), "what a file does not mention stays"
        assert await _changes(desk, file) == []


async def test_who_is_not_here_yet_is_awaited(tmp_path: Path, file: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house, open_desk(house) as desk:
        await apply(desk, file)
        assert desk.output.data["waiting"] == ["ada", "bob"]
        assert "Not here yet, 2: ada, bob." in said(desk)
        async with join(house, "bob") as bob:
            assert await _changes(desk, file) == ["share 'Team' with bob", "grant bob 5.50"]
            await bob.ping()
            assert bob.cash == Decimal("5.5")
            assert desk.output.data["waiting"] == ["ada"]


async def test_money_taken_back_by_hand_is_not_given_again(
    tmp_path: Path, file: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house, join(house, "ada"), join(house, "bob"), open_desk(house) as desk:
        await apply(desk, file)
        await clawback(desk, "bob", "all", note="for cheating")
        assert await _changes(desk, file) == []


async def test_a_time_that_came_is_not_set_again(tmp_path: Path, autojump_clock: MockClock) -> None:
    file = tmp_path / "class.toml"
    file.write_text(
        '[[markets]]\nname = "Rain"\nlow = 0\nhigh = 1\n'
        "opens_at = 2027-01-15T08:10:00Z\ncloses_at = 2027-01-15T08:20:00Z\n"
    )
    assert START_NS == 1_800_000_000 * 10**9  # 08:00:00
    async with open_house(tmp_path) as house, open_desk(house) as desk:
        await apply(desk, file)
        market = desk.exchange.markets["Rain"]
        assert market.status is MarketStatus.HALTED
        await trio.sleep(660)
        assert (market.status, market.opens_at) == (MarketStatus.OPEN, 0)
        assert await _changes(desk, file) == []
        await trio.sleep(600)
        assert (market.status, market.closes_at) == (MarketStatus.HALTED, 0)
        assert await _changes(desk, file) == []
        file.write_text(file.read_text().replace("08:20", "09:20"))
        assert await _changes(desk, file) == ["'Rain': closes 2027-01-15 09:20:00 UTC"]
        file.write_text(file.read_text().replace("09:20", "08:19"))
        with pytest.raises(Trouble, match=r"class.toml:6: markets\[1\].closes_at: this has passed"):
            await apply(desk, file)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("high = 100", "high = 99", "class.toml:29: markets[2].high: the market has 100.00 here, for ever"),
        ("Snow = -2", "Snow = -1", "markets[1].parts: what a fund holds can never be changed"),
        ('group = "Weather"', 'group = "Whether"', "markets[2].group: there is no group 'Whether'"),
        ("Rain = 1", "Rein = 1", "markets[1].parts: there is no market 'Rein'"),
    ],
)
async def test_what_cannot_be_is_said_before_anything_is_changed(
    tmp_path: Path, file: Path, autojump_clock: MockClock, old: str, new: str, sentence: str
) -> None:
    async with open_house(tmp_path) as house, join(house, "ada"), join(house, "bob"), open_desk(house) as desk:
        await apply(desk, file)
        file.write_text(CLASS.replace(old, new).replace("7.5", "9"))
        before = _sequence(house)
        with pytest.raises(Trouble) as trouble:
            await apply(desk, file)
        assert sentence in str(trouble.value)
        assert _sequence(house) == before


async def test_a_refusal_half_way_is_named_and_what_was_done_stays(
    tmp_path: Path, file: Path, autojump_clock: MockClock
) -> None:
    file.write_text(CLASS.replace("high = 100", "high = 100000000"))
    async with open_house(tmp_path) as house, join(house, "ada"), join(house, "bob"), open_desk(house) as desk:
        with pytest.raises(Trouble, match=r"Stopped at: create the market 'Rain' .* Settlement bounds are low < high"):
            await apply(desk, file)
        assert "Weather" in desk.exchange.groups
        file.write_text(CLASS)
        assert "create the group 'Weather'" not in await _changes(desk, file)
        assert await _changes(desk, file) == []
