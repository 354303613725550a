"""Take the pictures of the page for the documentation, from an exchange with bots: ``docs/screenshots``."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.page.stage import Visitor, free_port, launch, visitor

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
SIZES = {"wide": (1440, 900), "tablet": (834, 1112), "phone": (390, 844)}
THEMES = ("dark", "light")
WARM_UP_MS = 45_000  # until the charts have something to show
MARKET = "Rain on Friday"


@contextmanager
def demo() -> Iterator[str]:
    """Run the demo; yield its address."""
    port = free_port()
    command = [sys.executable, "-m", "exchange", "demo", "--json", "--port", str(port), "--seconds", "600"]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(60)


def shoot(page: Page, name: str) -> None:
    page.wait_for_timeout(700)  # for what slides in
    page.screenshot(path=FOLDER / f"{name}.png")


def trade(someone: Visitor) -> None:
    """Something of one's own to see: a position, two orders, and an order about to be sent."""
    someone.place("Buy", "40", "", "market")
    someone.page.wait_for_timeout(1_000)
    someone.place("Buy", "10", "50.5", "limit")
    someone.place("Sell", "15", "75")


def look_back(someone: Visitor, size: str, theme: str) -> None:
    """What one has and had, and a market's past at two thirds of it."""
    page = someone.page
    page.get_by_label("Replay its past").click()
    slider = page.get_by_test_id("replay-slider")
    expect(page.get_by_text("This is everything up to")).to_be_visible()
    slider.fill(str(int(slider.get_attribute("max") or 1) * 2 // 3))
    shoot(page, f"replay-{theme}-{size}")
    page.goto(f"{someone.url}/portfolio")
    expect(page.get_by_text("exact at every")).to_be_visible()
    shoot(page, f"portfolio-{theme}-{size}")
    compare(someone, size, theme)


def compare(someone: Visitor, size: str, theme: str) -> None:
    """Who is winning, and the accounts one has."""
    for name, heading in (("leaderboard", "Leaderboard"), ("accounts", "Accounts")):
        someone.page.goto(f"{someone.url}/{name}")
        someone.page.get_by_role("heading", name=heading).first.wait_for()
        shoot(someone.page, f"{name}-{theme}-{size}")


def look(browser: Browser, url: str, size: str, theme: str) -> None:
    width, height = SIZES[size]
    with visitor(browser, url, viewport={"width": width, "height": height}, color_scheme=theme) as someone:
        page = someone.page
        page.goto(url)
        page.get_by_label("Your name").wait_for()
        shoot(page, f"sign-in-{theme}-{size}")
        someone.sign_in("Ada")
        page.locator("article").nth(3).wait_for()
        page.wait_for_timeout(1_500)
        shoot(page, f"markets-{theme}-{size}")
        someone.enter(MARKET)
        if size == "wide" and theme == "dark":
            trade(someone)
        if size != "phone":
            page.get_by_label("Order ticket").get_by_role("radio", name="Buy").click()
            page.get_by_label("Price", exact=True).fill("99")
            page.get_by_label("Size", exact=True).fill("35")
            page.wait_for_timeout(5_000)  # until toasts are gone
        shoot(page, f"market-{theme}-{size}")
        look_back(someone, size, theme)


def organise(browser: Browser, url: str, size: str, theme: str) -> None:
    """What an organiser sees, and what a class sees on the wall."""
    width, height = SIZES[size]
    with visitor(browser, url, viewport={"width": width, "height": height}, color_scheme=theme) as someone:
        page = someone.page
        someone.sign_in("Olga", organiser=True)
        page.goto(f"{url}/admin")
        page.get_by_role("button", name="Take up admin powers").click()
        page.get_by_test_id("admin-market").nth(3).wait_for()
        shoot(page, f"admin-{theme}-{size}")
        row = page.get_by_test_id("admin-market").filter(has_text=MARKET)
        row.get_by_role("button", name="Settle…").click()
        page.get_by_label("Price, from").fill("100")
        page.get_by_test_id("payouts").wait_for()
        shoot(page, f"settle-{theme}-{size}")
        page.keyboard.press("Escape")
        row.get_by_role("button", name="Edit…").click()
        shoot(page, f"edit-{theme}-{size}")
        page.keyboard.press("Escape")
        page.get_by_role("link", name="Health").click()
        page.get_by_test_id("concerns").wait_for()
        page.wait_for_timeout(5_000)  # until there is a difference to show
        shoot(page, f"health-{theme}-{size}")
        page.goto(f"{url}/?projector")
        page.get_by_test_id("wall-market").nth(3).wait_for()
        page.wait_for_timeout(1_500)
        shoot(page, f"wall-{theme}-{size}")
        page.goto(f"{url}/markets/1?projector")
        page.get_by_test_id("wall").wait_for()
        page.wait_for_timeout(1_500)
        shoot(page, f"wall-market-{theme}-{size}")


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with demo() as url, sync_playwright() as playwright:
        browser = launch(playwright)
        patient = browser.new_page()
        patient.wait_for_timeout(WARM_UP_MS)
        patient.close()
        for theme in THEMES:
            for size in SIZES:
                look(browser, url, size, theme)
                organise(browser, url, size, theme)
        browser.close()


if __name__ == "__main__":
    main()
