"""A real exchange in a process of its own and Debian's Chromium before it: what the tests of the page happen on.

The tests are synchronous: the browser is driven from this thread, everything else is another process.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import trio
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, expect

from exchange_client import Exchange, connect

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 30_000  # the machine may be busy; nothing here measures speed
START_SECONDS = 60.0
BUILT_PAGE = Path(__file__).parents[2] / "exchange" / "page" / "index.html"

expect.set_options(timeout=PATIENCE_MS)


def find_chromium() -> str | None:
    """Return the browser, or None."""
    return next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)


def launch(playwright: Playwright) -> Browser:
    """Start the browser with a fresh profile."""
    return playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_FLAGS)


def free_port() -> int:
    """Return a port that nobody listens on: the server comes back at the same one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """``exchange serve`` on a file, killed and started again as a test likes."""

    def __init__(self, folder: Path, *settings: str, developers: bool = True, port: int = 0) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._settings = settings
        self._developers = developers
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Return when it is ready."""
        command = [
            sys.executable,
            "-m",
            "exchange",
            "serve",
            *(["--dev-auth"] if self._developers else []),
            "--port",
            str(self.port),
        ]
        command += ["--db", str(self._folder / "exchange.db")]
        for setting in ("starting_cash=100000000", *self._settings):
            command += ["--set", setting]
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("EXCHANGE_", "FLY_"))}
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment, start_new_session=True
            )
        assert self._process.stdout is not None
        watchdog = threading.Timer(START_SECONDS, self._process.kill)
        watchdog.start()
        line = self._process.stdout.readline()
        watchdog.cancel()
        assert line, (self._folder / "server.log").read_text()
        assert json.loads(line)["ready"]

    def kill(self) -> None:
        """SIGKILL, and nothing left to say."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(30)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def organise(self, setup: Any) -> Any:
        """Run an async function with an elevated organiser's client; return what it returns."""

        async def run() -> Any:
            url = f"ws://127.0.0.1:{self.port}/ws"
            with trio.fail_after(START_SECONDS):
                async with connect(url, token="dev:organiser:admin", elevated=True) as exchange:
                    return await setup(exchange)

        return trio.run(run)


class Visitor:
    """Somebody at the page, in a browser context of their own. What goes wrong in the browser fails the test."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.problems: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.problems.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        lost = "WebSocket connection" in message.text or "ERR_CONNECTION" in message.text
        ours = message.location["url"].startswith(self.url)  # not an issuer's page
        if message.type in {"error", "warning"} and ours and not lost:
            self.problems.append(message.text)

    def sign_in(self, name: str, *, organiser: bool = False) -> None:
        """By a developer's name."""
        self.page.goto(self.url)
        self.page.get_by_label("Your name").fill(name)
        if organiser:
            self.page.get_by_label("as an organiser").check()
        self.page.get_by_role("button", name="Start trading").click()
        expect(self.page.get_by_test_id("connection")).to_have_attribute("data-live", "true")

    def enter(self, market: str) -> None:
        """Go to a market from the list."""
        self.page.get_by_role("navigation").get_by_text("Markets").click()
        self.page.locator("article", has_text=market).get_by_role("link").click()
        expect(self.page.get_by_role("heading", name=market, level=1)).to_be_visible()

    def place(self, side: str, size: str, price: str, kind: str = "limit") -> None:
        """Fill the ticket and send it."""
        ticket = self.page.get_by_label("Order ticket")
        ticket.get_by_role("radio", name=side).click()
        ticket.get_by_label("Kind").select_option(kind)
        if kind != "market":
            ticket.get_by_label("Price").fill(price)
        ticket.get_by_label("Size").fill(size)
        ticket.get_by_test_id("send").click()

    def level(self, side: str, price: int) -> Any:
        """A row of the ladder; ``price`` in hundredths."""
        return self.page.locator(f"[data-testid=ladder] [data-side={side}][data-price='{price}']")

    @property
    def orders(self) -> Any:
        """The rows of one's resting orders."""
        return self.page.get_by_test_id("order")

    def said(self, text: str) -> None:
        """Wait for a toast."""
        expect(self.page.locator("[data-sonner-toast]", has_text=text).first).to_be_visible()


@contextmanager
def visitor(browser: Browser, url: str, **options: Any) -> Iterator[Visitor]:
    """Somebody new at the page; fails when the browser complained about anything."""
    context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
    someone = Visitor(context.new_page(), url)
    try:
        yield someone
    finally:
        context.close()
    assert not someone.problems, someone.problems


async def open_market(exchange: Exchange, name: str = "Rain on Friday") -> None:
    """A market from 0 to 100."""
    await exchange.create_market(name, description="Settles at 100 if it rains.", low=0, high=100)
