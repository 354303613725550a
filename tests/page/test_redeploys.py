"""Redeploys in the middle of a class, as somebody at the page and twenty bots see them."""

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
import trio
from playwright.sync_api import Browser, expect

from exchange_client import Exchange
from tests.e2e.redeploying import SETTINGS, Bot, check, everybody_has_heard
from tests.page.stage import Server, open_market, visitor

BOTS, REDEPLOYS = 20, 5


async def _trade(bots: Sequence[Bot], enough: threading.Event) -> None:
    async with trio.open_nursery() as lives:
        for bot in bots:
            lives.start_soon(bot.live)
        while not enough.is_set():  # noqa: ASYNC110 - set from another thread
            await trio.sleep(0.1)
        for bot in bots:
            bot.stop = True
        await everybody_has_heard(bots)


@pytest.mark.long
def test_twenty_bots_and_somebody_at_the_page_do_not_notice_five_redeploys(browser: Browser, tmp_path: Path) -> None:
    server = Server(tmp_path, *SETTINGS)
    server.start()

    async def create(exchange: Exchange) -> None:
        await open_market(exchange, "Market")

    server.organise(create)
    bots = [Bot(f"bot{number}", number, server.port) for number in range(BOTS)]
    enough = threading.Event()
    failures: list[BaseException] = []

    def crowd() -> None:
        try:
            trio.run(_trade, bots, enough)
        except BaseException as failure:
            failures.append(failure)

    thread = threading.Thread(target=crowd)
    thread.start()
    try:
        with visitor(browser, server.url) as ada:
            ada.sign_in("Ada")
            ada.enter("Market")
            ada.page.evaluate("window.notReloaded = true")
            for redeploy in range(REDEPLOYS):
                ada.place("Buy", "1", f"0.{10 + redeploy}")
                expect(ada.orders).to_have_count(redeploy + 1)
                server.stop()
                server.start()
                expect(ada.page.get_by_test_id("connection")).to_have_attribute("data-live", "true")
                expect(ada.orders).to_have_count(redeploy + 1)
            assert ada.page.evaluate("window.notReloaded")
    finally:
        enough.set()
        thread.join(120)
        server.stop()
    assert failures == []
    check(tmp_path, bots)
    longest = max(bot.longest_stall for bot in bots)
    print(f"{sum(len(bot.placed) for bot in bots)} orders; longest stall {longest:.1f} s")
