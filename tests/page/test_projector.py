"""What a class sees on the wall, colours that everybody tells apart, and hands that never touch a mouse."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from exchange_client import Exchange
from tests.page.stage import Server, Visitor

Come = Callable[..., Visitor]
FEW = 40  # presses of Tab within which everything on a small screen is reached


def test_markets_and_one_market_are_shown_on_a_wall(come: Come, market: str) -> None:
    ann, bob, taker = (come(name, at=market) for name in ("Ann", "Bob", "Tak"))
    ann.place("Sell", "10", "61.5")
    ann.place("Buy", "10", "60")
    page = bob.page
    page.keyboard.press("Control+k")
    page.get_by_placeholder("A market, a person, or what to do").fill("this market proj")
    page.keyboard.press("Enter")
    wall = page.get_by_test_id("wall")
    expect(wall.get_by_role("heading", name=market)).to_be_visible()
    expect(wall).to_contain_text("no trade yet")
    expect(wall).to_contain_text("61.50")
    taker.place("Buy", "1", "62", "ioc")
    expect(wall.get_by_test_id("last")).to_have_text("61.50")
    assert wall.get_by_role("button").all_inner_texts() == [""], "nothing to touch but the way out"
    high = wall.get_by_test_id("last").evaluate("it => it.getBoundingClientRect().height")
    assert high >= 900 / 6, "a sixth of the wall"
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name=market, level=1)).to_be_visible()
    page.goto(f"{bob.url}/?projector")
    row = page.get_by_test_id("wall-market").filter(has_text=market)
    expect(row).to_contain_text("61.50")
    expect(row).to_contain_text("60.00")
    page.get_by_role("button", name="Leave the projector view").click()
    expect(page.get_by_role("heading", name="Markets")).to_be_visible()


def test_a_wall_with_many_markets_turns_its_pages(come: Come, server: Server) -> None:
    async def many(organiser: Exchange) -> None:
        for number in range(9):
            await organiser.create_market(f"Turn {number}", low=0, high=10)

    server.organise(many)
    page = come("Cay").page
    page.clock.install()
    page.goto(f"{server.url}/?projector")
    expect(page.get_by_test_id("wall-market")).to_have_count(8)
    expect(page.get_by_text("1 of 2")).to_be_visible()
    page.clock.fast_forward(11_000)
    expect(page.get_by_text("2 of 2")).to_be_visible()


def test_colours_that_everybody_tells_apart_stay_with_the_browser(come: Come, market: str) -> None:
    page = come("Dee", at=market).page
    usual = colour(page, "--bid"), colour(page, "--offer")
    page.keyboard.press("?")
    page.get_by_label("Blue and orange for bids and offers").check()
    page.keyboard.press("Escape")
    safe = colour(page, "--bid"), colour(page, "--offer")
    assert not set(usual) & set(safe)
    page.reload()
    assert (colour(page, "--bid"), colour(page, "--offer")) == safe


def colour(page: Page, name: str) -> str:
    return str(page.evaluate(f"getComputedStyle(document.documentElement).getPropertyValue('{name}')"))


def test_hands_never_leave_the_keyboard(come: Come, market: str) -> None:
    """From the list to a market, along the ladder into the ticket, and to the palette and back."""
    maker = come("Eli", at=market)
    maker.place("Sell", "10", "62")
    maker.place("Buy", "10", "58")
    page = come("Fay").page
    page.keyboard.press("/")
    page.keyboard.type(market)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=market, level=1)).to_be_visible()
    walk(page, "Offer 62.00")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Price", exact=True)).to_have_value("62")
    expect(page.get_by_label("Size", exact=True)).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("4")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("position")).to_have_text("+4")
    page.keyboard.press("Control+k")
    expect(page.get_by_placeholder("A market, a person, or what to do")).to_be_focused()
    page.keyboard.type("go to")
    expect(page.get_by_role("option", name="Go to markets")).to_have_attribute("data-selected", "")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Portfolio")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    for _ in range(FEW):  # the focus stays in what is open
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('[role=dialog]') !== null")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def walk(page: Page, label: str) -> None:
    """Tab until something with that label has the focus."""
    for _ in range(FEW):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('aria-label') ?? ''").startswith(label):
            return
    raise AssertionError(f"{label} is not reached")
