"""Signing in through a real OpenID Connect issuer, in the browser."""

from pathlib import Path

import trio
from playwright.sync_api import Browser, expect, sync_playwright

from tests.issuer.server import TestIssuer, issuer
from tests.page.stage import Server, free_port, launch, visitor


async def test_somebody_signs_in_through_the_issuer_and_stays_signed_in(browser: Browser, tmp_path: Path) -> None:
    port = free_port()
    async with issuer(tmp_path, redirects=[f"http://127.0.0.1:{port}/signed-in"]) as it:
        settings = [f"{name}={value}" for name, value in it.settings().items()]
        server = Server(tmp_path, *settings, developers=False, port=port)
        await trio.to_thread.run_sync(server.start)
        try:
            await trio.to_thread.run_sync(_sign_in, server, it)
        finally:
            await trio.to_thread.run_sync(server.stop)


def _sign_in(server: Server, it: TestIssuer) -> None:
    """In a thread: the browser of the other tests belongs to theirs."""
    with sync_playwright() as playwright:
        own = launch(playwright)
        with visitor(own, server.url) as ada:
            page = ada.page
            page.goto(f"{server.url}/portfolio")
            expect(page.get_by_label("Your name")).to_have_count(0)
            page.get_by_role("button", name="Sign in", exact=True).first.click()
            page.get_by_role("button", name="Ada Lovelace").click()
            expect(page.get_by_test_id("connection")).to_have_attribute("data-live", "true")
            expect(page.get_by_test_id("account")).to_contain_text("Ada")
            assert page.url == f"{server.url}/portfolio"
            page.reload()
            expect(page.get_by_test_id("connection")).to_have_attribute("data-live", "true")
            expect(page.get_by_test_id("account")).to_contain_text("Ada")
        own.close()
