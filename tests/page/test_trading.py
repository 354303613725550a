"""People at the page, with the real exchange behind it: what they do, and what they then see."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from exchange_client import Exchange
from tests.page.stage import Server, Visitor, open_market, visitor

Come = Callable[..., Visitor]


def test_somebody_who_signs_in_by_name_sees_the_markets_and_their_money(come: Come, market: str) -> None:
    ada = come("Ada")
    card = ada.page.locator("article", has_text=market)
    expect(card).to_contain_text("no trade yet")
    expect(card).to_contain_text("open")
    expect(ada.page.get_by_test_id("equity")).to_have_text("10,000.00")
    ada.page.reload()
    expect(ada.page.get_by_test_id("account")).to_contain_text("Ada")


def test_an_order_rests_holds_funds_back_and_can_be_cancelled_on_the_ladder(come: Come, market: str) -> None:
    bea = come("Bea", at=market)
    bea.place("Buy", "10", "40")
    expect(bea.level("bid", 4000).get_by_test_id("own")).to_have_text("10")
    expect(bea.page.get_by_test_id("available")).to_have_text("9,600.00")
    expect(bea.orders).to_have_count(1)
    bea.level("bid", 4000).get_by_label("Cancel my bid").click()
    expect(bea.orders).to_have_count(0)
    expect(bea.page.get_by_test_id("available")).to_have_text("10,000.00")


def test_the_ticket_says_what_an_order_would_do_before_it_is_sent(come: Come, market: str) -> None:
    dora = come("Dora", at=market)
    other = come("Otto", at=market)
    other.place("Sell", "15", "62.5")
    other.place("Sell", "30", "62.6")
    dora.level("offer", 6250).get_by_role("button").click()
    ticket = dora.page.get_by_label("Order ticket")
    expect(ticket.get_by_label("Price")).to_have_value("62.5")
    ticket.get_by_label("Size").fill("10")
    expect(ticket.get_by_test_id("effect")).to_have_text("takes 10 of 15 at 62.50")
    expect(ticket.get_by_test_id("available-after")).to_have_text("9,375.00")
    expect(ticket.get_by_test_id("preview")).to_contain_text("625.00")
    ticket.get_by_label("Size").press("Enter")
    dora.said("Bought 10 at 62.50")
    expect(dora.page.get_by_test_id("available")).to_have_text("9,375.00")
    expect(dora.page.get_by_test_id("position")).to_have_text("+10")


def test_two_people_trade_and_the_maker_is_told_too(come: Come, market: str) -> None:
    eve, finn = come("Eve", at=market), come("Finn", at=market)
    eve.place("Sell", "20", "55")
    expect(finn.level("offer", 5500).get_by_test_id("size")).to_have_text("20")
    finn.place("Buy", "5", "60", "ioc")
    eve.said("Sold 5 at 55.00")
    eve.said("your resting order")
    finn.said("Bought 5 at 55.00")
    for someone in (eve, finn):
        expect(someone.level("offer", 5500).get_by_test_id("size")).to_have_text("15")
        expect(someone.page.get_by_test_id("last")).to_have_text("55.00")
        expect(someone.page.get_by_test_id("trades")).to_contain_text("Finn · Eve")
    expect(eve.page.get_by_test_id("position")).to_have_text("−5")


def test_an_order_is_amended_in_its_row(come: Come, market: str) -> None:
    gus = come("Gus", at=market)
    gus.place("Buy", "10", "30")
    gus.orders.get_by_label("Amend").click()
    gus.page.get_by_label("New price").fill("31.5")
    gus.page.get_by_label("New total size").fill("8")
    gus.page.get_by_label("New total size").press("Enter")
    expect(gus.level("bid", 3150).get_by_test_id("own")).to_have_text("8")
    expect(gus.level("bid", 3000)).to_have_count(0)
    expect(gus.page.get_by_test_id("available")).to_have_text("9,748.00")


def test_a_refused_order_says_why_and_stays_in_sight(come: Come, market: str) -> None:
    hal = come("Hal", at=market)
    hal.place("Buy", "90", "101")
    expect(hal.page.get_by_test_id("pending")).to_contain_text("Prices in this market are from 0.00 to 100.00.")
    hal.page.get_by_test_id("pending").get_by_label("Put away").click()
    expect(hal.page.get_by_test_id("pending")).to_have_count(0)
    hal.place("Buy", "10", "20")
    hal.place("Sell", "5", "20", "post-only")
    expect(hal.page.get_by_test_id("pending")).to_have_count(1)


def test_a_large_order_is_asked_about_first(come: Come, market: str) -> None:
    ida = come("Ida", at=market)
    ida.place("Buy", "101", "10")
    ida.page.get_by_role("dialog").get_by_role("button", name="Back").click()
    expect(ida.orders).to_have_count(0)
    ida.page.get_by_test_id("send").click()
    ida.page.get_by_test_id("confirm").click()
    expect(ida.level("bid", 1000).get_by_test_id("own")).to_have_text("101")


def test_hotkeys_fill_the_ticket_send_and_cancel(come: Come, market: str) -> None:
    jan = come("Jan", at=market)
    keyboard = jan.page.keyboard
    keyboard.press("s")
    keyboard.type("70")
    keyboard.press("ArrowUp")
    keyboard.press("Tab")
    keyboard.type("3")
    keyboard.press("Enter")
    expect(jan.level("offer", 7001).get_by_test_id("own")).to_have_text("3")
    keyboard.press("Escape")
    jan.page.get_by_role("heading", name=market).click(trial=True)
    keyboard.press("x")
    jan.said("1 order cancelled")
    expect(jan.orders).to_have_count(0)
    keyboard.press("?")
    expect(jan.page.get_by_role("dialog")).to_contain_text("Keys and habits")
    keyboard.press("Escape")
    expect(jan.page.get_by_role("dialog")).to_have_count(0)
    keyboard.press("g")
    keyboard.press("m")
    expect(jan.page.get_by_role("heading", name="Markets", level=1)).to_be_visible()
    keyboard.press("/")
    keyboard.type("no such thing")
    expect(jan.page.get_by_text("No market is called that.")).to_be_visible()


def test_shift_click_takes_a_level_up_to_the_quick_limit(come: Come, market: str) -> None:
    kim, leo = come("Kim", at=market), come("Leo", at=market)
    kim.place("Sell", "25", "50")
    leo.level("offer", 5000).get_by_role("button").click(modifiers=["Shift"])
    leo.said("Bought 10 at 50.00")
    expect(leo.level("offer", 5000).get_by_test_id("size")).to_have_text("15")


def test_a_market_and_a_fund_are_made_and_the_fund_is_redeemed(come: Come, server: Server) -> None:
    async def one(exchange: Exchange) -> None:
        await open_market(exchange, "Left half")
        await open_market(exchange, "Right half")

    server.organise(one)
    mia = come("Mia", organiser=True)
    mia.page.get_by_test_id("account").click()
    mia.page.get_by_text("Take up admin powers").click()
    expect(mia.page.get_by_text("Admin powers are on")).to_be_visible()
    mia.page.get_by_role("button", name="New market").click()
    dialog = mia.page.get_by_role("dialog")
    dialog.get_by_role("radio", name="Fund").click()
    dialog.get_by_label("Name").fill("Both halves")
    dialog.get_by_label("Basket").select_option(label="Left half")
    dialog.get_by_label("Basket").select_option(label="Right half")
    expect(dialog.get_by_test_id("bounds")).to_contain_text("200.00")
    dialog.get_by_role("button", name="Create market").click()
    expect(mia.page.get_by_role("heading", name="Both halves")).to_be_visible()
    redeem = mia.page.get_by_test_id("redeem")
    redeem.get_by_role("textbox").fill("2")
    redeem.get_by_role("button", name="Redeem").click()
    mia.said("Redeemed 2 of Both halves")
    expect(mia.page.get_by_test_id("position")).to_have_text("−2")
    mia.enter("Left half")
    expect(mia.page.get_by_test_id("position")).to_have_text("+2")


def test_a_wrong_key_is_refused_in_words(browser: Browser, server: Server) -> None:
    with visitor(browser, server.url) as someone:
        someone.page.goto(server.url)
        someone.page.get_by_text("I have an invitation or a key").click()
        someone.page.get_by_label("Invitation or key").fill("nonsense")
        someone.page.get_by_role("button", name="Sign in").click()
        expect(someone.page.get_by_role("alert")).to_be_visible()
        expect(someone.page.get_by_label("Your name")).to_be_visible()


@pytest.mark.parametrize(("width", "height"), [(390, 844), (820, 1180), (1440, 900)])
def test_nothing_sticks_out_at_any_width(come: Come, market: str, width: int, height: int) -> None:
    ned = come(f"Ned {width}", at=market, viewport={"width": width, "height": height})
    for _ in range(2):
        overflow = ned.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert overflow <= 0
        ned.page.goto(f"{ned.url}/portfolio")
        expect(ned.page.get_by_role("heading", name="Portfolio")).to_be_visible()
