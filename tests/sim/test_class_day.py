"""A day in class, from the list of names to the files that the teacher takes home, on the virtual clock.

Sixty people and an organiser use the client library and the functions behind ``exchange admin`` on the real tree of
tasks. What people care about is asserted: that the money adds up, who won, and that nobody won by shuffling money.
"""

import csv
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
import trio
from trio.testing import MockClock

from exchange.cli.admin import accounts, applying, everybody, groups, markets, money
from exchange.cli.admin.desk import Desk
from exchange.store.cells import decimal
from exchange.store.export import export
from exchange.store.verify import verify
from exchange.wire.records import decode_facts
from exchange_client import Exchange, Market, MarketStatus, RefusalCode, Refused, TimeInForce
from tests.cli.organiser import join, open_desk
from tests.sim.harness import House, open_house
from tests.sim.recount import Recount

PEOPLE = [*(f"Pupil {number:02}" for number in range(1, 59)), "=Eve", "+Zoë"]
TRADERS = 10  # of the sixty, who trade all day; the others place an order or two
QUIET = "Red card"  # nobody trades here but Eve with herself
CASH, BONUS = 1_000, Decimal("50.5")
START = "2027-01-15T08"  # where the clock of the harness begins

CLASS = """
announcements = ["Welcome to the class."]

[class]
cash = 1000
people = "people.csv"

[[groups]]
name = "Weather"

[[groups]]
name = "Sport"
""" + "".join(
    f"""
[[markets]]
name = "{name}"
group = "{group}"
low = 0
high = 100
{options}
"""
    for name, group, options in (
        ("Rain on Friday", "Weather", "pinned = true"),
        ("Rain on Saturday", "Weather", ""),
        ("Snow", "Weather", "position_limit = 25"),
        ("Storm", "Weather", ""),
        ("Fog", "Weather", f"opens_at = {START}:02:00Z"),
        ("Home win", "Sport", ""),
        ("Away win", "Sport", f"closes_at = {START}:05:00Z"),
        ("Goals", "Sport", ""),
        ("Red card", "Sport", ""),
        ("A warm-up", "Sport", "ranked = false"),
    )
)
FUND = """
[[markets]]
name = "Wet weekend"
group = "Weather"
redeem_fee = 0.05
parts = { "Rain on Friday" = 1, "Rain on Saturday" = 1 }
"""
PRICES = {
    "Rain on Saturday": "100", "Snow": "0", "Storm": "12.34", "Fog": "50", "Home win": "100", "Away win": "0",
    "Goals": "3", "Red card": "99.99", "A warm-up": "70",
}  # fmt: skip

_EXPECTED = {
    RefusalCode.MARKET_NOT_OPEN, RefusalCode.MARKET_PAUSED, RefusalCode.INSUFFICIENT_FUNDS, RefusalCode.POSITION_LIMIT,
}  # fmt: skip


class Day:
    """The class: its house, its organiser and its people by name."""

    def __init__(self, house: House, desk: Desk, people: dict[str, Exchange], folder: Path) -> None:
        self.house = house
        self.desk = desk
        self.people = people
        self.folder = folder
        self.random = Random(7)

    async def catch_up(self) -> None:
        """Everybody has heard of everything."""
        for person in self.people.values():
            await person.ping()

    async def profits(self) -> list[tuple[str, Decimal]]:
        """The leaderboard as the organiser sees it."""
        await trio.sleep(2)  # it is kept for a second
        await everybody.leaderboard(self.desk)
        return [(row["account"], Decimal(row["profit"])) for row in self.desk.output.data["leaderboard"]]

    async def refused(self, code: RefusalCode, person: str, market: str) -> None:
        """An order is refused for this reason."""
        exchange = self.people[person]
        with pytest.raises(Refused) as refusal:
            await exchange.markets[market].buy("0.01", at="0.01")
        assert refusal.value.code is code


@asynccontextmanager
async def _class(folder: Path) -> AsyncIterator[Day]:
    (folder / "people.csv").write_text("name\n" + "\n".join(PEOPLE) + "\n", "utf-8")
    (folder / "class.toml").write_text(CLASS + FUND, "utf-8")
    async with open_house(folder, users_create_markets=False) as house, AsyncExitStack() as stack:
        desk = await stack.enter_async_context(open_desk(house, as_json=True))
        await applying.apply(desk, folder / "class.toml")
        assert desk.output.data["waiting"] == PEOPLE
        people = {name: await stack.enter_async_context(join(house, name)) for name in PEOPLE}
        await applying.apply(desk, folder / "class.toml")
        assert len(desk.output.data["changes"]) == len(PEOPLE), "everybody got their cash, and nothing else was missing"
        await applying.apply(desk, folder / "class.toml")
        assert desk.output.data["changes"] == []
        day = Day(house, desk, people, folder)
        await day.catch_up()
        assert {person.cash for person in people.values()} == {CASH}
        yield day


async def _trade(day: Day, person: Exchange, random: Random, seconds: float) -> None:
    """Places, crosses and cancels around a price of its own, and swaps the fund now and then."""
    with trio.move_on_after(seconds):
        while True:
            await trio.sleep(random.uniform(2, 10))
            market = random.choice([market for market in person.markets if market.name != QUIET])
            try:
                if market.constituents and random.random() < 0.5:
                    await market.redeem(random.choice([-1, -0.5, 0.5]))
                elif random.random() < 0.1:
                    await person.cancel_all()
                else:
                    await _order(market, random)
            except Refused as refusal:
                if refusal.code not in _EXPECTED:
                    raise


async def _order(market: Market, random: Random) -> None:
    place = random.choice([market.buy, market.sell])
    price = (market.low + market.high) / 2 + Decimal(random.randint(-1_500, 1_500)) / 100
    size = Decimal(random.randint(10, 300)) / 100
    await place(size, at=price, time_in_force=random.choice([TimeInForce.GTC, TimeInForce.GTC, TimeInForce.IOC]))


async def _trade_for(day: Day, seconds: float) -> None:
    async with trio.open_nursery() as nursery:
        for name in PEOPLE[:TRADERS]:
            nursery.start_soon(_trade, day, day.people[name], Random(day.random.random()), seconds)


async def _morning(day: Day) -> None:
    """Everybody tries an order; one market opens by itself, one is paused for a while."""
    desk, people = day.desk, day.people
    for name in PEOPLE[TRADERS:]:
        await _order(people[name].markets["A warm-up"], day.random)
    await day.refused(RefusalCode.MARKET_NOT_OPEN, "=Eve", "Fog")
    await _trade_for(day, 60)
    await markets.pause(desk, "Storm")
    await day.refused(RefusalCode.MARKET_PAUSED, "=Eve", "Storm")
    await everybody.announce(desk, "Storm is paused for a minute.")
    await _trade_for(day, 15)
    await markets.open_market(desk, "Storm")
    await _trade_for(day, 60)
    fog = people["=Eve"].markets["Fog"]
    assert (fog.status, fog.opens_at) == (MarketStatus.OPEN, 0), "it opened by itself"
    assert people["=Eve"].announcements[-1].text == "Storm is paused for a minute."


async def _redeploy(day: Day) -> None:
    """The server is replaced under everybody's hands; they come back by themselves and trade on."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_trade_for, day, 30)
        await trio.sleep(10)
        assert await day.house.drain() < 5
        await day.house.start()
    await day.catch_up()


async def _shuffle_money(day: Day) -> None:
    """Transfers, a shared account, wash trades, a grant and a claw-back: nobody's profit moves by a hair."""
    desk, eve, zoe = day.desk, day.people["=Eve"], day.people["+Zoë"]
    before = await day.profits()
    await eve.transfer(zoe.account_id, 50, note="a present")
    fund = await eve.create_account("Eve's fund")
    await eve.transfer(fund, 30)
    await eve.share_account(fund, zoe.account_id)
    market = eve.markets[QUIET]
    await market.sell(0.1, at=90, tag="wash")
    await eve.act_as(fund)
    bought = await market.buy(0.1, at=90, time_in_force=TimeInForce.FOK)
    assert bought.filled == 0.1
    await eve.act_as(desk.account("=Eve").account_id)
    (day.folder / "bonus.csv").write_text("account,amount,note\n=Eve,50.5,best question\n+Zoë,50.5,\n", "utf-8")
    for _ in range(2):
        await money.grant(desk, csv=day.folder / "bonus.csv", note="bonus")
    assert desk.output.data["passed_over"] == 2
    await money.clawback(desk, "Pupil 57", "100.25", note="was not there")
    assert await day.profits() == before


async def _afternoon(day: Day) -> None:
    """Halted and opened again; one market closes by itself, late in the day."""
    desk = day.desk
    await everybody.halt_all(desk)
    assert "Rain on Friday" in desk.output.data["halted"]
    await day.refused(RefusalCode.MARKET_NOT_OPEN, "=Eve", "Rain on Friday")
    for name in desk.output.data["halted"]:
        await markets.open_market(desk, name)
    await _trade_for(day, 180)
    away = desk.exchange.markets["Away win"]
    assert (away.status, away.closes_at) == (MarketStatus.HALTED, 0), "it closed by itself"
    await applying.apply(desk, day.folder / "class.toml")
    assert desk.output.data["changes"] == [], "what a class file asks for has come, also where it is over by now"


async def _settle(day: Day) -> None:
    """All markets are settled; one wrongly, whose winners have spent the money by the time that is noticed."""
    desk = day.desk
    for name, price in PRICES.items():
        await markets.settle(desk, name, price)
    await markets.settle(desk, "Rain on Friday", "100")
    fund = desk.exchange.markets["Wet weekend"]
    assert fund.settlement_price == 200, "the fund followed"
    await day.catch_up()
    for name, person in day.people.items():
        if name != "Pupil 58" and person.cash:
            await person.transfer(desk.account("Pupil 58"), person.cash, note="all in one hand")
    with pytest.raises(Refused, match="let the house cover it"):
        await markets.unsettle(desk, "Rain on Friday")
    await markets.unsettle(desk, "Rain on Friday", cover=True)
    assert fund.status is MarketStatus.HALTED
    await markets.settle(desk, "Rain on Friday", "0")
    assert fund.settlement_price == 100
    await day.catch_up()


def _check_export(day: Day, winners: list[tuple[str, Decimal]]) -> None:
    """What the teacher takes home adds up, and says the same as the screen did."""
    done = export(day.house.path, day.folder / "home")
    assert (done.rows["markets"], done.rows["accounts"]) == (11, len(PEOPLE) + 3)
    tables = {}
    for name in done.rows:
        with (day.folder / "home" / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
            tables[name] = list(csv.DictReader(lines))
    assert sum(Decimal(row["cash"]) for row in tables["accounts"]) == 0
    assert all(Decimal(row["cash"]) == Decimal(row["equity"]) for row in tables["accounts"]), "everything is settled"
    assert {row["status"] for row in tables["markets"]} == {"settled"}
    kinds: dict[str, Decimal] = {}
    for row in tables["transfers"]:
        kinds[row["kind"]] = kinds.get(row["kind"], Decimal(0)) + Decimal(row["amount"])
    granted = CASH * len(PEOPLE) + 2 * BONUS
    assert (kinds["grant"], kinds["claw back"]) == (granted, Decimal("100.25"))
    assert kinds["cover"] > 0
    flows: dict[str, Decimal] = {}
    for row in tables["positions"]:
        flows[row["account_id"]] = flows.get(row["account_id"], Decimal(0)) + Decimal(row["cash_flow"])
    for row in tables["accounts"]:
        traded = Decimal(row["cash"]) - Decimal(row["received"])
        assert traded == flows.get(row["account_id"], Decimal(0)), "cash is what was received and what was traded"
    assert {row["name"] for row in tables["accounts"]} >= {"'=Eve", "'+Zoë"}, "no spreadsheet runs a name"
    assert len(winners) == len(PEOPLE)


async def test_a_class_day_adds_up_from_registration_to_export(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with _class(tmp_path) as day:
        await _morning(day)
        await _redeploy(day)
        await _shuffle_money(day)
        await _afternoon(day)
        await _settle(day)
        winners = await day.profits()
        await accounts.list_accounts(day.desk)
        shown = {row["name"]: Decimal(row["cash"]) for row in day.desk.output.data["accounts"]}
        assert sum(shown.values()) == 0
        assert shown["Pupil 58"] > 0
        await groups.list_groups(day.desk)
        assert [group["markets"] for group in day.desk.output.data["groups"]] == [6, 5]
        pupil = day.people[PEOPLE[0]]
        shown_candles = {market.market_id: await market.get_candles(30) for market in pupil.markets}
        sequence = day.house.context.engine.state.sequence
        assert await day.house.drain() < 5
    recount = Recount(day.house.path)
    assert winners == [(name, Decimal(decimal(profit, 4))) for name, profit in recount.leaderboard()]
    for market_id, candles in shown_candles.items():
        raw = [(candle.start, *(number.hundredths for number in candle[1:])) for candle in candles]
        assert raw == recount.candles(market_id, 30 * 10**9)
    assert len(recount.trades) == 11, "every market traded, the fund included"
    assert sum(len(trades) for trades in recount.trades.values()) > 150, "it was a lively day"
    report = verify(day.house.path, decode_facts)
    assert report.ok, report.problems
    assert report.sequences == sequence
    _check_export(day, winners)
