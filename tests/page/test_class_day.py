"""A class day: everything an organiser does is done in the page, while bots and people trade.

What the page says is compared with what the exchange tells a Python client, to the last digit.
"""

import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from exchange_client import Exchange, MarketStatus
from tests.page.bots import Balance, Bots, balances, trading
from tests.page.stage import Server, Visitor, visitor

SOME = 40  # orders of bots: enough for fills and resting orders


@pytest.fixture
def school(browser: Browser, tmp_path: Path) -> Iterator[Server]:
    """An exchange of its own, whose file is verified afterwards."""
    server = Server(tmp_path)
    server.start()
    yield server
    server.stop()
    command = [sys.executable, "-m", "exchange", "verify", str(tmp_path / "exchange.db")]
    subprocess.run(command, check=True, capture_output=True, timeout=120)


@pytest.fixture
def olga(browser: Browser, school: Server) -> Iterator[Visitor]:
    """The organiser, on the admin screen."""
    with visitor(browser, school.url) as someone:
        someone.sign_in("Olga", organiser=True)
        someone.page.goto(f"{someone.url}/admin")
        someone.page.get_by_role("button", name="Take up admin powers").click()
        yield someone


def tab(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Admin").get_by_role("link", name=name).click()


def row(page: Page, name: str) -> Locator:
    """A market on the admin screen."""
    return page.get_by_test_id("admin-market").filter(has=page.get_by_role("link", name=name, exact=True))


def create_market(page: Page, name: str, *, group: str = "None", limit: str = "") -> None:
    page.get_by_role("button", name="New market").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("What settles it, in words").fill(f"Settles at what the station measured on {name}.")
    page.get_by_label("Group").select_option(label=group)
    page.get_by_label("Position limit").fill(limit)
    page.get_by_role("button", name="Create market").click()
    expect(row(page, name)).to_be_visible()


def create_fund(page: Page, name: str, *parts: str) -> None:
    page.get_by_role("button", name="New market").click()
    page.get_by_role("radio", name="Fund").click()
    page.get_by_label("Name").fill(name)
    for part in parts:
        page.get_by_label("Add to the basket").select_option(label=part)
    page.get_by_role("button", name="Create market").click()
    expect(row(page, name)).to_be_visible()


def settle(page: Page, name: str, price: str) -> dict[str, tuple[str, ...]]:
    """Settle it, and return what the preview said: position, what it becomes and profit, by account."""
    row(page, name).get_by_role("button", name="Settle…").click()
    page.get_by_label("Price, from 0.00 to 100.00").fill(price)
    expect(page.get_by_test_id("payouts")).to_be_visible()
    cells = [
        line.get_by_role("cell").all_inner_texts() for line in page.get_by_test_id("payouts").get_by_role("row").all()
    ]
    page.get_by_test_id("confirm-settle").click()
    expect(row(page, name)).to_contain_text("settled")
    return {line[0]: tuple(line[1:]) for line in cells if len(line) == 4}


def shown(number: Decimal, *, places: int = 2) -> str:
    """As the page writes it."""
    text = f"{abs(number):,.{places}f}"
    sign = "−" if number < 0 else "+" if number > 0 else ""
    return f"{sign}{text}"


def size_shown(size: Decimal) -> str:
    return shown(size, places=0 if size == size.to_integral_value() else 2)


def settled(before: dict[str, Balance], market: str, price: int) -> dict[str, Decimal]:
    """The cash that everybody has after a settlement, by the rules."""
    return {name: each.cash + each.positions.get(market, Decimal()) * price for name, each in before.items()}


def cash(of: dict[str, Balance]) -> dict[str, Decimal]:
    return {name: each.cash for name, each in of.items()}


def come_in(guest: Visitor, link: str, equity: str) -> None:
    guest.page.goto(link)
    guest.page.get_by_role("button", name="Sign in").click()
    expect(guest.page.get_by_test_id("equity")).to_have_text(equity)


def make_key(someone: Visitor) -> str:
    """A key for a bot, made on the accounts screen."""
    page = someone.page
    page.goto(f"{someone.url}/accounts")
    page.get_by_role("button", name="New key").click()
    page.get_by_label("What it is for").fill("my bot")
    page.get_by_role("button", name="Create key").click()
    key = page.get_by_test_id("secret").input_value()
    page.get_by_role("button", name="I have kept it").click()
    return key


def test_a_class_day_is_run_from_the_page_alone(browser: Browser, school: Server, olga: Visitor) -> None:
    page = olga.page

    # Before the class: a heading, markets, a fund, and a link for everybody.
    tab(page, "Groups")
    page.get_by_role("button", name="New group").click()
    page.get_by_label("Name").fill("Weather")
    page.get_by_label("What it is about").fill("Settled by the station on the roof.")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_test_id("group")).to_contain_text("Weather")
    tab(page, "Markets")
    create_market(page, "Monday", group="Weather", limit="500")
    create_market(page, "Tuesday", group="Weather")
    create_fund(page, "Both days", "Monday", "Tuesday")
    tab(page, "Invitations")
    page.get_by_role("button", name="Invite people").click()
    page.get_by_label("name, note").fill("name;cash\nXenia;1000\nYann;2000,50")
    page.get_by_test_id("confirm-invite").click()
    links = {name: page.get_by_label(f"Link for {name}").input_value() for name in ("Xenia", "Yann")}
    page.get_by_role("button", name="I have kept them").click()

    with visitor(browser, school.url) as xenia, visitor(browser, school.url) as yann:
        come_in(xenia, links["Xenia"], "1,000.00")
        come_in(yann, links["Yann"], "2,000.50")
        expect(page.get_by_test_id("invitation").filter(has_text="accepted")).to_have_count(2)
        key = make_key(xenia)
        tab(page, "Keys")
        page.get_by_role("button", name="Look again").click()
        expect(page.get_by_test_id("any-key").filter(has_text="my bot")).to_contain_text("Xenia")

        # The class: bots and a person trade; the organiser pauses, speaks, edits, opens again, and gives money.
        tab(page, "Markets")
        with trading(Bots(school, [key, "dev:Robo"], ["Monday", "Tuesday"])) as bots:
            xenia.enter("Monday")
            expect(xenia.page.get_by_test_id("trades")).to_contain_text("Robo")
            yann.enter("Monday")
            yann.place("Buy", "5", "60", "ioc")
            yann.said("Bought")
            row(page, "Monday").get_by_role("button", name="Pause").click()
            expect(xenia.page.get_by_test_id("status")).to_have_text("paused")
            page.get_by_label("What to announce").fill("Back in five minutes")
            page.get_by_role("button", name="Announce", exact=True).click()
            yann.said("Back in five minutes")
            row(page, "Monday").get_by_role("button", name="Edit…").click()
            page.get_by_label("Name").fill("Monday's rain")
            page.get_by_text("shown first").click()
            page.get_by_label("Closes by itself").fill("2099-05-01T12:30")
            expect(page.get_by_test_id("edit-changes")).to_have_text("Changes: name, pinned, closing time.")
            page.get_by_role("button", name="Change it").click()
            expect(row(page, "Monday's rain")).to_contain_text("pinned")
            expect(xenia.page.get_by_role("heading", name="Monday's rain", level=1)).to_be_visible()
            row(page, "Monday's rain").get_by_role("button", name="Open").click()
            expect(xenia.page.get_by_test_id("status")).to_have_text("open")
            tab(page, "People")
            page.get_by_role("button", name="Grants from CSV").click()
            page.get_by_label("name, amount, note").fill("Xenia,50,homework\nYann,25.5,homework")
            page.get_by_test_id("confirm-import").click()
            olga.said("Granted 75.50 to 2")
            while bots.placed < SOME:
                page.wait_for_timeout(100)
        assert "MARKET_PAUSED" in {code.name for code in bots.refused}

        edited = school.organise(_definition)
        assert edited == (
            "Monday's rain",
            True,
            Decimal(500),
            "Weather",
            "Settles at what the station measured on Monday.",
        )

        # The end: each market is settled with a preview; one is taken back and settled anew.
        tab(page, "Markets")
        row(page, "Monday's rain").get_by_role("button", name="Halt").click()
        expect(row(page, "Monday's rain")).to_contain_text("halted")
        before = balances(school)
        assert sum(cash(before).values()) == 0
        expected = settled(before, "Monday's rain", 70)
        preview = settle(page, "Monday's rain", "70")
        for name, each in before.items():
            held = each.positions.get("Monday's rain")
            if held:
                assert preview[name][:2] == (size_shown(held), shown(held * 70))
        after = balances(school)
        assert cash(after) == expected
        assert all("Monday's rain" not in each.positions for each in after.values())
        for guest, name in ((xenia, "Xenia"), (yann, "Yann")):
            expect(guest.page.get_by_test_id("equity")).to_have_text(shown(after[name].equity).lstrip("+"))

        settle(page, "Tuesday", "30")
        expect(row(page, "Both days")).to_contain_text("100.00")
        assert cash(balances(school)) == settled(after, "Tuesday", 30)
        row(page, "Tuesday").get_by_role("button", name="Take back…").click()
        page.get_by_test_id("confirm-unsettle").click()
        expect(row(page, "Tuesday")).to_contain_text("halted")
        expect(row(page, "Both days")).to_contain_text("halted")
        assert balances(school) == after
        settle(page, "Tuesday", "31.5")
        final = balances(school)
        assert cash(final) == {
            name: each.cash + each.positions.get("Tuesday", Decimal()) * Decimal("31.5") for name, each in after.items()
        }

        # Who has won; and everything stands still.
        xenia.page.goto(f"{xenia.url}/leaderboard")
        standings = school.organise(_standings)
        expect(xenia.page.get_by_test_id("standing")).to_have_count(len(standings))
        for line, (name, profit) in zip(xenia.page.get_by_test_id("standing").all(), standings, strict=True):
            expect(line).to_contain_text(name)
            expect(line).to_contain_text(shown(profit))
        create_market(page, "Spare")
        page.get_by_role("button", name="Halt all").click()
        page.get_by_test_id("confirm-halt").click()
        expect(row(page, "Spare")).to_contain_text("halted")
        assert MarketStatus.OPEN not in school.organise(_statuses)

    tab(page, "Audit")
    expect(page.get_by_test_id("audit-row").first).to_contain_text("halted Spare")
    page.get_by_label("Search these").fill("settled")
    expect(page.get_by_test_id("audit-row").first).to_contain_text("settled Tuesday at 31.50")
    tab(page, "Health")
    expect(page.get_by_test_id("concerns")).to_have_text("All is well.")
    expect(page.get_by_test_id("health-clients")).to_contain_text("1 of")


async def _definition(organiser: Exchange) -> tuple[object, ...]:
    market = organiser.markets["Monday's rain"]
    group = organiser.groups[market.group_id].name
    return market.name, market.pinned, market.position_limit, group, market.description


async def _standings(organiser: Exchange) -> list[tuple[str, Decimal]]:
    return [(organiser.accounts[row.account_id].name, row.profit) for row in await organiser.get_leaderboard()]


async def _statuses(organiser: Exchange) -> set[MarketStatus]:
    return {market.status for market in organiser.markets}


def test_a_settlement_is_taken_back_although_the_money_was_spent(
    browser: Browser, school: Server, olga: Visitor
) -> None:
    page = olga.page
    create_market(page, "Snow")
    with visitor(browser, school.url) as rich, visitor(browser, school.url) as poor:
        rich.sign_in("Rich")
        poor.sign_in("Poor")
        rich.enter("Snow")
        poor.enter("Snow")
        poor.place("Sell", "100", "20")
        rich.place("Buy", "100", "20", "ioc")
        rich.said("Bought 100 at 20.00")
        before = balances(school)
        settle(page, "Snow", "100")
        assert cash(balances(school)) == settled(before, "Snow", 100)
        # 10,000 less 2,000 paid and 10,000 won: all of it is given away.
        rich.page.goto(f"{rich.url}/accounts")
        rich.page.get_by_label("Recipient 1", exact=True).fill("Olga")
        rich.page.get_by_label("Amount 1", exact=True).fill("18000")
        rich.page.get_by_role("button", name="Transfer", exact=True).click()
        rich.page.get_by_test_id("confirm-transfer").click()
        rich.said("Moved 18,000.00 from Rich")

        row(page, "Snow").get_by_role("button", name="Take back…").click()
        page.get_by_test_id("confirm-unsettle").click()
        expect(page.get_by_test_id("short")).to_contain_text("Rich has spent money of this settlement")
        assert balances(school)["Rich"].cash == 0, "what is refused changes nothing"
        page.get_by_test_id("confirm-cover").click()
        expect(row(page, "Snow")).to_contain_text("halted")

    covered = balances(school)
    spent = Decimal(18_000)
    assert covered["Rich"].positions == {"Snow": Decimal(100)}
    assert covered["Rich"].cash == 0, "he holds what cannot lose, and owes nothing"
    assert covered["Poor"] == before["Poor"]
    assert covered["Olga"].cash == before["Olga"].cash + spent
    # What the house gave is what he had spent beyond the money that was his before.
    assert covered["House"].cash == before["House"].cash - (spent - before["Rich"].cash)
    assert sum(cash(covered).values()) == 0
    settle(page, "Snow", "10")
    assert cash(balances(school)) == settled(covered, "Snow", 10)
    tab(page, "Audit")
    expect(page.get_by_test_id("audit-row").nth(1)).to_contain_text("covered 10,000.00 for Rich")
