"""The exchange goes away and comes back: the page says so, and goes on without a reload."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from exchange_client import Exchange
from tests.page.stage import Server, open_market, visitor


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_the_page_shows_that_it_is_stale_and_resumes_by_itself(browser: Browser, tmp_path: Path, how: str) -> None:
    server = Server(tmp_path)
    server.start()

    async def create(exchange: Exchange) -> None:
        await open_market(exchange)

    server.organise(create)
    try:
        with visitor(browser, server.url) as ada:
            ada.sign_in("Ada")
            ada.enter("Rain on Friday")
            ada.page.evaluate("window.notReloaded = true")
            ada.place("Buy", "10", "40")
            expect(ada.orders).to_have_count(1)
            getattr(server, how)()
            connection = ada.page.get_by_test_id("connection")
            expect(connection).to_have_attribute("data-live", "false")
            expect(connection).to_contain_text("as of")
            expect(ada.page.locator(".stale")).to_have_count(1)
            expect(ada.page.get_by_test_id("send")).to_be_disabled()
            server.start()
            expect(connection).to_have_attribute("data-live", "true")
            expect(ada.page.locator(".stale")).to_have_count(0)
            expect(ada.orders).to_have_count(1)
            ada.place("Buy", "5", "41")
            expect(ada.orders).to_have_count(2)
            assert ada.page.evaluate("window.notReloaded")
    finally:
        server.stop()


def test_a_page_that_nobody_used_is_let_go_and_comes_back_with_one_click(browser: Browser, tmp_path: Path) -> None:
    server = Server(tmp_path, "idle_seconds=2")
    server.start()

    async def create(exchange: Exchange) -> None:
        await open_market(exchange)

    server.organise(create)
    try:
        with visitor(browser, server.url) as ada:
            ada.sign_in("Ada")
            expect(ada.page.get_by_role("alert")).to_contain_text("Nothing was asked")
            ada.page.get_by_role("button", name="Come back").click()
            expect(ada.page.get_by_test_id("connection")).to_have_attribute("data-live", "true")
    finally:
        server.stop()
