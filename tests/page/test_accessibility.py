"""Nothing stands in the way of somebody who sees badly or has no mouse, on any screen, in any colours and size."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import trio
from playwright.sync_api import Browser, Page, expect

from exchange_client import Exchange, Invitee, connect
from tests.page.axe import findings
from tests.page.stage import START_SECONDS, Server, Visitor, visitor

SIZES = {"wide": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
# The first every day, the rest now and then; `safe` is the pair of colours that everybody tells apart.
LOOKS = [("dark", "wide", "usual"), ("light", "phone", "usual"), ("light", "wide", "safe"), ("dark", "phone", "safe")]
# What fades or slides in is looked at when it is there.
STILL = """() => Promise.all(document.getAnimations()
    .filter(each => each.effect.getComputedTiming().endTime !== Infinity).map(each => each.finished.catch(() => null)))
"""
TABS = ["Markets", "Groups", "People", "Invitations", "Keys", "Audit", "Health"]


def looking(looks: list[tuple[str, str, str]]) -> pytest.MarkDecorator:
    """The first look every day, the others now and then: each is half a minute."""
    first, *others = looks
    rest = [pytest.param(look, marks=pytest.mark.long) for look in others]
    return pytest.mark.parametrize("look", [first, *rest], indirect=True, ids="-".join)


class Look:
    """Looks at one screen after another, and remembers what axe found where."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.found: dict[str, list[str]] = {}

    def at(self, name: str) -> None:
        self.page.evaluate(STILL)
        if found := findings(self.page):
            self.found[name] = found

    def report(self) -> str:
        """Each finding once, with where it was met first and how often."""
        met: dict[str, list[str]] = {}
        for name, found in self.found.items():
            for finding in found:
                met.setdefault(finding, []).append(name)
        return "\n".join(f"{names[0]} and {len(names) - 1} more: {finding}" for finding, names in met.items())

    def dialog(self, name: str, opener: Any) -> None:
        """What a button opens, and nothing but a dialog."""
        opener.click()
        expect(self.page.get_by_role("dialog")).to_be_visible()
        self.at(name)
        self.page.keyboard.press("Escape")
        expect(self.page.get_by_role("dialog")).to_have_count(0)


@pytest.fixture(scope="module")
def furnished(server: Server) -> Server:
    """With something of everything there is to see."""

    async def furnish(organiser: Exchange) -> None:
        group = await organiser.create_group("Weather", description="Settled by the station on the roof.")
        rain = await organiser.create_market("Rain", description="100 if it rains.", low=0, high=100, group=group)
        sun = await organiser.create_market("Sun", description="100 if it shines.", low=0, high=100, pinned=True)
        await organiser.create_market("Fund", constituents={rain: 1, sun: 1})
        closed = await organiser.create_market("Snow", low=0, high=100)
        await closed.settle(20)
        paused = await organiser.create_market("Fog", low=0, high=100, anonymous=True)
        await paused.pause()
        await organiser.create_account("Team")
        await organiser.create_api_key("a bot")
        await organiser.create_invitations([Invitee("Eve", note="eve@example.org")])
        await organiser.announce("Welcome")

    async def trade() -> None:
        url = f"ws://127.0.0.1:{server.port}/ws"
        with trio.fail_after(START_SECONDS):
            async with (
                connect(url, token="dev:organiser:admin", cancel_on_exit=False) as one,
                connect(url, token="dev:Otto") as other,
            ):
                await one.markets["Rain"].buy(10, at=40)
                await one.markets["Rain"].sell(10, at=60)
                await other.markets["Rain"].buy(4, at=60)
                await other.markets["Rain"].sell(3, at=40)

    server.organise(furnish)
    trio.run(trade)
    return server


@pytest.fixture
def guest(browser: Browser, furnished: Server, look: tuple[str, str, str]) -> Iterator[Visitor]:
    theme, size, colours = look
    with visitor(browser, furnished.url, viewport=SIZES[size], color_scheme=theme) as someone:
        someone.page.add_init_script(f"localStorage.setItem('exchange.colours', '{colours}')")
        yield someone


@pytest.fixture
def look(request: pytest.FixtureRequest) -> tuple[str, str, str]:
    return request.param  # type: ignore[no-any-return]


def visit(someone: Visitor, path: str, name: str) -> None:
    """Go there by its address."""
    someone.page.goto(someone.url + path)
    expect(someone.page.get_by_role("heading", name=name).first).to_be_visible()


@looking(LOOKS)
def test_whoever_trades_meets_no_serious_barrier(guest: Visitor, look: tuple[str, str, str]) -> None:
    page, see = guest.page, Look(guest.page)
    page.goto(guest.url)
    expect(page.get_by_label("Your name")).to_be_visible()
    see.at("sign-in")
    guest.sign_in("organiser", organiser=True)
    expect(page.locator("article")).to_have_count(5)
    see.at("markets")
    see.dialog("new market", page.get_by_role("button", name="New market"))
    see.dialog("announcements", page.get_by_test_id("bell"))
    page.keyboard.press("Control+k")
    see.at("palette")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    see.at("keys and habits")
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+X")
    see.at("cancel everything")
    page.keyboard.press("Escape")
    page.get_by_test_id("account").click()
    expect(page.get_by_role("menu")).to_be_visible()
    see.at("menu of the account")
    page.keyboard.press("Escape")
    for name in ("Rain", "Fund", "Snow", "Fog"):
        page.locator("article").filter(has=page.get_by_role("heading", name=name)).get_by_role("link").click()
        expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
        see.at(f"market {name}")
        for tab in page.get_by_role("tab").all():
            tab.click()
            see.at(f"market {name}, {tab.inner_text()}")
        if name == "Rain" and look[1] == "phone":
            page.get_by_role("button", name=re.compile("^Buy")).first.click()
            expect(page.get_by_role("dialog")).to_be_visible()
            see.at("ticket on a phone")
            page.get_by_role("button", name="Close").click()
        page.get_by_role("navigation", name="Main").get_by_role("link", name="Markets").click()
    for path, heading in (("/portfolio", "Portfolio"), ("/leaderboard", "Leaderboard"), ("/accounts", "Accounts")):
        visit(guest, path, heading)
        see.at(path)
    see.dialog("new key", page.get_by_role("button", name="New key"))
    see.dialog("new sub-account", page.get_by_role("button", name="New sub-account"))
    see.dialog("owners", page.get_by_role("button", name="Owners"))
    for path, heading in (("/?projector", "Markets"), ("/leaderboard?projector", "Leaderboard")):
        visit(guest, path, heading)
        see.at(path)
    visit(guest, "/markets/1/replay", "Rain")
    expect(page.get_by_role("slider")).to_be_visible()
    see.at("replay")
    visit(guest, "/markets/1?projector", "Rain")
    see.at("projector, one market")
    assert not see.found, see.report()


@looking([LOOKS[1], LOOKS[0], *LOOKS[2:]])
def test_whoever_organises_meets_no_serious_barrier(guest: Visitor, look: tuple[str, str, str]) -> None:
    page, see = guest.page, Look(guest.page)
    guest.sign_in("organiser", organiser=True)
    page.goto(f"{guest.url}/admin")
    see.at("powers are off")
    page.get_by_role("button", name="Take up admin powers").click()
    for tab in TABS:
        page.get_by_role("navigation", name="Admin").get_by_role("link", name=tab).click()
        expect(page.get_by_text("Looking…")).to_have_count(0)
        see.at(tab)
    page.get_by_role("navigation", name="Admin").get_by_role("link", name="Groups").click()
    see.dialog("group", page.get_by_role("button", name="New group"))
    page.get_by_role("navigation", name="Admin").get_by_role("link", name="Keys").click()
    see.dialog("revoke", page.get_by_role("button", name="Revoke…").first)
    page.get_by_role("navigation", name="Admin").get_by_role("link", name="Invitations").click()
    page.get_by_role("button", name="Invite people").click()
    page.get_by_label("name, note").fill("Ada,ada@example.org,5\nEve")
    see.at("invite")
    page.keyboard.press("Escape")
    page.get_by_role("navigation", name="Admin").get_by_role("link", name="People").click()
    see.dialog("grant", page.get_by_role("button", name="Grant…").first)
    see.dialog("new link", page.get_by_role("button", name="New link…").first)
    see.dialog("owners", page.get_by_role("button", name="Owners…").first)
    page.get_by_role("button", name="Grants from CSV").click()
    page.get_by_label("name, amount, note").fill("organiser,5\nNobody,1")
    see.at("grants")
    page.keyboard.press("Escape")
    page.get_by_role("navigation", name="Admin").get_by_role("link", name="Markets").click()
    see.dialog("halt all", page.get_by_role("button", name="Halt all"))
    see.dialog("take back", page.get_by_role("button", name="Take back…"))
    page.get_by_role("button", name="New market").click()
    page.get_by_role("radio", name="Fund").click()
    page.get_by_label("Add to the basket").select_option(label="Rain")
    see.at("new fund")
    page.keyboard.press("Escape")
    rain = page.get_by_test_id("admin-market").filter(has_text="Rain")
    rain.get_by_role("button", name="Settle…").click()
    page.get_by_label("Price, from 0.00 to 100.00").fill("50")
    expect(page.get_by_test_id("payouts")).to_be_visible()
    see.at("settle")
    page.keyboard.press("Escape")
    rain.get_by_role("button", name="Edit…").click()
    page.get_by_text("for all but its viewers").click()
    page.get_by_label("Position limit").fill("-1")
    see.at("edit, with something wrong")
    page.keyboard.press("Escape")
    page.get_by_role("navigation", name="Admin").get_by_role("link", name="People").click()
    page.get_by_test_id("person").filter(has_text="Team").get_by_role("button", name="Act as").click()
    expect(page.get_by_text("acting as this")).to_be_visible()
    see.at("acting as another")
    page.get_by_test_id("account").click()
    page.get_by_role("menuitem", name="Put admin powers down").click()
    expect(page.get_by_text("Admin powers are off.")).to_be_visible()
    see.at("powers put down")
    assert not see.found, see.report()
