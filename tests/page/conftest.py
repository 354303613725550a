"""One browser and one exchange for all tests of a file; each test makes a market of its own.

No longer than a file: while the browser is driven, an event loop of asyncio runs in its thread.
"""

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.page.stage import BUILT_PAGE, Server, Visitor, find_chromium, launch, open_market, visitor


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if find_chromium() is None:
        pytest.skip("there is no Chromium; on Debian: apt-get install chromium")
    if not BUILT_PAGE.exists():
        pytest.skip("the page is not built; uv run python -m scripts.page build says why")
    with sync_playwright() as playwright:
        running = launch(playwright)
        yield running
        running.close()


@pytest.fixture(scope="module")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Shared by all tests but those that kill it, which have one of their own."""
    running = Server(tmp_path_factory.mktemp("page"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    return itertools.count(1)


@pytest.fixture
def market(server: Server, numbers: Iterator[int]) -> str:
    """The name of a new market from 0 to 100."""
    name = f"Rain on day {next(numbers)}"

    async def create(exchange: object) -> None:
        await open_market(exchange, name)  # type: ignore[arg-type]

    server.organise(create)
    return name


@pytest.fixture
def come(browser: Browser, server: Server) -> Iterator[Callable[..., Visitor]]:
    """Lets somebody come to the page and sign in by name; all leave with the test."""
    with ExitStack() as leaving:

        def arrive(name: str, *, at: str = "", organiser: bool = False, **options: object) -> Visitor:
            someone = leaving.enter_context(visitor(browser, server.url, **options))
            someone.sign_in(name, organiser=organiser)
            if at:
                someone.enter(at)
            return someone

        yield arrive
