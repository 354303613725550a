"""An organiser at the page: markets, people, invitations, the audit; and the command palette."""

import re
from collections.abc import Callable

from playwright.sync_api import Browser, expect

from tests.page.stage import Server, Visitor, visitor

Come = Callable[..., Visitor]


def come_elevated(come: Come, name: str) -> Visitor:
    """An organiser on the admin screen."""
    someone = come(name, organiser=True)
    someone.page.goto(f"{someone.url}/admin")
    someone.page.get_by_role("button", name="Take up admin powers").click()
    expect(someone.page.get_by_role("heading", name="Admin", level=1)).to_be_visible()
    return someone


def test_a_market_is_halted_settled_with_a_preview_taken_back_and_settled_again(come: Come, market: str) -> None:
    uma, vic = come("Uma", at=market), come("Vic", at=market)
    uma.place("Sell", "10", "60")
    expect(vic.level("offer", 6000)).to_have_count(1)
    vic.place("Buy", "10", "60", "ioc")
    vic.said("Bought 10 at 60.00")
    olga = come_elevated(come, "Olga")
    row = olga.page.get_by_test_id("admin-market").filter(has_text=re.compile(rf"{market}(?!\d)"))
    row.get_by_role("button", name="Halt").click()
    expect(row).to_contain_text("halted")
    for price, equity in (("100", "10,400.00"), ("0", "9,400.00")):
        row.get_by_role("button", name="Settle…").click()
        olga.page.get_by_label("Price, from 0.00 to 100.00").fill(price)
        preview = olga.page.get_by_test_id("payouts").get_by_role("row")
        change = "400.00" if price == "100" else "600.00"
        expect(preview.filter(has_text="Vic")).to_contain_text(change)
        expect(preview.filter(has_text="Uma")).to_contain_text(change)
        olga.page.get_by_test_id("confirm-settle").click()
        expect(row).to_contain_text("settled")
        expect(vic.page.get_by_test_id("equity")).to_have_text(equity)
        if price == "100":
            row.get_by_role("button", name="Take back…").click()
            olga.page.get_by_test_id("confirm-unsettle").click()
            expect(row).to_contain_text("halted")
    olga.page.get_by_role("link", name="Audit").click()
    expect(olga.page.get_by_test_id("audit-row").first).to_contain_text(f"settled {market} at 0.00")


def test_people_are_granted_money_one_by_one_and_from_a_list_and_it_is_clawed_back(come: Come) -> None:
    wes = come("Wes")
    olga = come_elevated(come, "Olga")
    page = olga.page
    page.get_by_role("link", name="People").click()
    row = page.get_by_test_id("person").filter(has_text="Wes")
    row.get_by_role("button", name="Grant…").click()
    page.get_by_label("Amount").fill("500")
    page.get_by_role("button", name="Grant 500.00").click()
    expect(wes.page.get_by_test_id("equity")).to_have_text("10,500.00")
    row.get_by_role("button", name="Claw back…").click()
    page.get_by_label("Amount").fill("20000")
    page.get_by_role("button", name="Claw back 20,000.00").click()
    expect(page.get_by_role("alert")).to_have_text("The account has not that much available cash.")
    page.get_by_label("Amount").fill("100")
    page.get_by_role("button", name="Claw back 100.00").click()
    expect(wes.page.get_by_test_id("equity")).to_have_text("10,400.00")
    page.get_by_role("button", name="Grants from CSV").click()
    page.get_by_label("name, amount, note").fill("Wes,50,homework\nNobody at all,5")
    expect(page.get_by_test_id("import")).to_contain_text("Nobody has that name.")
    expect(page.get_by_test_id("confirm-import")).to_be_disabled()
    page.get_by_label("name, amount, note").fill("name,amount,note\nWes,50,homework\nOlga,25")
    page.get_by_test_id("confirm-import").click()
    olga.said("Granted 75.00 to 2")
    expect(wes.page.get_by_test_id("equity")).to_have_text("10,450.00")

    page.get_by_role("button", name="Grants from CSV").click()
    page.get_by_label("name, amount, note").fill("Wes,50,homework\nOlga,25,homework")
    expect(page.get_by_test_id("import")).to_contain_text("Granted already.")
    page.get_by_role("button", name="Grant to 1").click()
    olga.said("Granted 25.00 to 1")
    expect(wes.page.get_by_test_id("equity")).to_have_text("10,450.00")
    page.get_by_role("button", name="Grants from CSV").click()
    page.get_by_label("name, amount, note").fill("Wes,60,homework")
    expect(page.get_by_test_id("import")).to_contain_text("Got 50.00 under this note already.")
    expect(page.get_by_test_id("confirm-import")).to_be_disabled()
    page.get_by_label("Grant once more what was granted already").check()
    page.get_by_role("button", name="Grant to 1").click()
    expect(wes.page.get_by_test_id("equity")).to_have_text("10,510.00")


def test_somebody_comes_with_the_link_of_an_invitation(come: Come, browser: Browser, server: Server) -> None:
    page = come_elevated(come, "Olga").page
    page.get_by_role("link", name="Invitations").click()
    page.get_by_role("button", name="Invite people").click()
    page.get_by_label("name, note").fill("Xenia,xenia@example.org,750\nYann")
    page.get_by_test_id("confirm-invite").click()
    link = page.get_by_label("Link for Xenia").input_value()
    assert link.startswith(f"{server.url}/#invitation=exi_")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download all").click()
    assert link in saved.value.path().read_text()
    page.get_by_role("button", name="I have kept them").click()
    with visitor(browser, server.url) as guest:
        guest.page.goto(link)
        guest.page.get_by_role("button", name="Sign in").click()
        expect(guest.page.get_by_test_id("account")).to_contain_text("Xenia")
        expect(guest.page.get_by_test_id("equity")).to_have_text("750.00")
    expect(page.get_by_test_id("invitation").filter(has_text="Xenia")).to_contain_text("accepted")
    yann = page.get_by_test_id("invitation").filter(has_text="Yann")
    yann.get_by_role("button", name="Revoke").click()
    expect(yann).to_have_count(0)


def test_everybody_is_told_and_all_markets_are_halted_at_once(come: Come, market: str) -> None:
    zoe = come("Zoe", at=market)
    page = come_elevated(come, "Olga").page
    page.get_by_label("What to announce").fill("Ten minutes left")
    page.get_by_role("button", name="Announce", exact=True).click()
    zoe.said("Ten minutes left")
    page.get_by_role("button", name="Halt all").click()
    page.get_by_test_id("confirm-halt").click()
    expect(zoe.page.get_by_text("halted", exact=True).first).to_be_visible()


def test_the_palette_finds_markets_and_does_things(come: Come, market: str) -> None:
    page = come("Abe").page
    expect(page.locator("article").first).to_be_visible()
    page.keyboard.press("Control+k")
    page.get_by_placeholder("A market, a person, or what to do").fill(market)
    page.get_by_role("option", name=market).first.click()
    expect(page.get_by_role("heading", name=market, level=1)).to_be_visible()
    page.keyboard.press("Control+k")
    page.get_by_placeholder("A market, a person, or what to do").fill("leaderb proj")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Leaderboard")).to_be_visible()


def test_a_market_is_restricted_to_its_viewers_and_shown_to_them_again(come: Come, market: str) -> None:
    una, veit = come("Una"), come("Veit")
    page = come_elevated(come, "Olga").page
    row = page.get_by_test_id("admin-market").filter(has=page.get_by_role("link", name=market, exact=True))
    row.get_by_role("button", name="Edit…").click()
    page.get_by_text("for all but its viewers").click()
    page.get_by_label("Who may see it").fill("una")
    page.get_by_label("Who may see it").press("Enter")
    expect(page.get_by_role("list", name="Viewers")).to_contain_text("Una")
    expect(page.get_by_test_id("edit-changes")).to_have_text("Changes: who may see it, new viewers.")
    page.get_by_role("button", name="Change it").click()
    expect(row).to_contain_text("restricted")
    expect(veit.page.locator("article", has_text=market)).to_have_count(0)
    expect(una.page.locator("article", has_text=market)).to_have_count(1)
    row.get_by_role("button", name="Edit…").click()
    page.get_by_label("Who may see it").fill("Veit")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Remove Una").click()
    page.get_by_role("button", name="Change it").click()
    expect(veit.page.locator("article", has_text=market)).to_have_count(1)
    expect(una.page.locator("article", has_text=market)).to_have_count(0)


def test_a_group_is_renamed_and_somebody_who_lost_their_key_gets_a_new_link(
    come: Come, browser: Browser, server: Server
) -> None:
    kim = come("Kim")
    page = come_elevated(come, "Olga").page
    page.get_by_role("link", name="Groups").click()
    page.get_by_role("button", name="New group").click()
    page.get_by_label("Name").fill("Weathr")
    page.get_by_role("button", name="Create", exact=True).click()
    page.get_by_test_id("group").filter(has_text="Weathr").get_by_role("button", name="Edit…").click()
    page.get_by_label("Name").fill("Weather")
    page.get_by_label("What it is about").fill("Settled on the roof.")
    page.get_by_role("button", name="Change it").click()
    expect(page.get_by_test_id("group").filter(has_text="Weather")).to_contain_text("Settled on the roof.")
    page.get_by_role("link", name="People").click()
    page.get_by_test_id("person").filter(has_text="Kim").get_by_role("button", name="New link…").click()
    page.get_by_role("button", name="Make a link").click()
    link = page.get_by_test_id("secret").input_value()
    page.get_by_role("button", name="I have kept it").click()
    expect(kim.page.get_by_test_id("connection")).to_have_attribute("data-live", "true")
    with visitor(browser, server.url) as guest:
        guest.page.goto(link)
        guest.page.get_by_role("button", name="Sign in").click()
        expect(guest.page.get_by_test_id("account")).to_contain_text("Kim")
        page.get_by_role("link", name="Keys").click()
        page.get_by_label("Search keys").fill("kim")
        page.get_by_test_id("any-key").get_by_role("button", name="Revoke…").click()
        page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
        expect(
            page.get_by_text("Nobody has a key yet.").or_(page.get_by_text("No key is called that."))
        ).to_be_visible()
        expect(guest.page.get_by_role("heading", name="Exchange")).to_be_visible()


SCRIPT_BYTES = """performance.getEntriesByType('resource')
    .filter(entry => entry.name.endsWith('.js')).reduce((sum, entry) => sum + entry.encodedBodySize, 0)"""
NOTIFIED = """
Object.defineProperty(Document.prototype, 'hidden', { get: () => window.away ?? false });
window.notified = [];
window.Notification = class {
  static permission = 'granted';
  static requestPermission = async () => 'granted';
  constructor(title, { body }) { window.notified.push(body); }
};
"""


def test_announcements_are_kept_and_reach_who_looks_elsewhere(come: Come, browser: Browser, server: Server) -> None:
    page = come_elevated(come, "Olga").page

    def announce(text: str) -> None:
        page.get_by_label("What to announce").fill(text)
        page.get_by_role("button", name="Announce", exact=True).click()

    with visitor(browser, server.url) as liv:
        liv.page.add_init_script(NOTIFIED)
        liv.sign_in("Liv")
        bell = liv.page.get_by_test_id("bell")
        announce("The first")
        expect(bell).to_have_attribute("title", re.compile(r"Announcements, \d+ new"))
        bell.click()
        expect(liv.page.get_by_test_id("announcements").get_by_role("listitem").first).to_contain_text("The first")
        liv.page.get_by_label("Notify me while I look elsewhere").check()
        liv.page.keyboard.press("Escape")
        expect(bell).to_have_attribute("title", "Announcements")
        announce("Who looks sees it anyway")
        liv.said("Who looks sees it anyway")
        liv.page.evaluate("window.away = true")
        announce("Come back")
        liv.page.wait_for_timeout(0)
        expect(bell).to_have_attribute("title", "Announcements, 2 new")
        assert liv.page.evaluate("window.notified") == ["Come back"]


def test_who_only_looks_loads_little_and_nothing_of_organising(browser: Browser, server: Server) -> None:
    with visitor(browser, server.url) as guest:
        guest.sign_in("Mo")
        assert 50_000 < guest.page.evaluate(SCRIPT_BYTES) < 200 * 1024
