"""Signing in through a real OpenID Connect issuer, in the browser."""

import time
from pathlib import Path

import trio
from playwright.sync_api import Browser, Page, WebSocket, expect, sync_playwright

from exchange_client.schema import client_pb2
from tests.issuer.server import TestIssuer, issuer
from tests.page.stage import Server, free_port, launch, visitor

PATIENCE_SECONDS = 90  # for two tokens of twelve seconds


async def test_somebody_signs_in_through_the_issuer_and_stays_signed_in(browser: Browser, tmp_path: Path) -> None:
    port = free_port()
    async with issuer(tmp_path, redirects=[f"http://127.0.0.1:{port}/signed-in"], token_seconds=12) as it:
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
            _goes_on_with_fresh_tokens(page)
        own.close()


def _goes_on_with_fresh_tokens(page: Page) -> None:
    """One connection outlives the token it began with: what is asked for is never a new one."""
    opened: list[WebSocket] = []
    asked: list[str | None] = []

    def hear(payload: str | bytes) -> None:
        assert isinstance(payload, bytes)
        asked.extend(message.WhichOneof("request") for message in client_pb2.ClientFrame.FromString(payload).messages)

    def follow(socket: WebSocket) -> None:
        opened.append(socket)
        socket.on("framesent", hear)

    page.on("websocket", follow)
    page.reload()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while asked.count("refresh_token") < 2:
        assert time.monotonic() < deadline, asked
        page.wait_for_timeout(250)
    expect(page.get_by_test_id("connection")).to_have_attribute("data-live", "true")
    assert len(opened) == 1
