"""The page deployed alone, at another origin than its exchange, by the rules of ``vercel.json``."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from exchange.net.page import content_security_policy
from scripts.page import ROOT, PageError, install_packages, run_npm
from tests.page.stage import Server, free_port, open_market, visitor
from tests.page.static_host import static_host

pytestmark = pytest.mark.long  # it builds the page


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def built(port: int, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As the host builds it, with the server's address in the environment."""
    folder = tmp_path_factory.mktemp("host") / "build"
    install_packages(ROOT, everything=False)
    run_npm(
        ROOT,
        "run",
        "build",
        quiet=True,
        EXCHANGE_PAGE_OUT=str(folder),
        PUBLIC_EXCHANGE_SERVER=f"http://127.0.0.1:{port}/",
    )
    return folder


@pytest.fixture(scope="module")
def host(built: Path) -> Iterator[str]:
    with static_host(built) as origin:
        yield origin


@pytest.fixture(scope="module")
def exchange(host: str, port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """It lets pages of that host speak, and of no other."""
    server = Server(tmp_path_factory.mktemp("exchange"), f"allowed_origins={host}", port=port)
    server.start()
    server.organise(open_market)
    yield server
    server.stop()


def test_somebody_signs_in_trades_and_comes_back_at_an_inner_address(
    browser: Browser, exchange: Server, host: str
) -> None:
    with visitor(browser, host) as ada:
        ada.sign_in("Ada")
        ada.enter("Rain on Friday")
        ada.place("Buy", "10", "40")
        expect(ada.orders).to_have_count(1)
        ada.page.reload()
        expect(ada.orders).to_have_count(1)
        ada.page.keyboard.press("Control+k")
        expect(ada.page.get_by_placeholder("A market, a person, or what to do")).to_be_visible()
        requests = ada.page.evaluate("performance.getEntriesByType('resource').map(each => new URL(each.name).origin)")
        assert set(requests) == {host, exchange.url}


def test_a_page_of_an_origin_that_is_not_listed_gets_nowhere(browser: Browser, exchange: Server, built: Path) -> None:
    with static_host(built) as stranger:
        page = browser.new_page()
        page.goto(stranger)
        expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
        page.close()
        upgrade = {"connection": "upgrade", "upgrade": "websocket", "origin": stranger, "sec-websocket-version": "13"}
        answer = httpx.get(f"{exchange.url}/ws", headers={**upgrade, "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA=="})
        assert answer.status_code == 403


def test_its_policy_is_that_of_a_served_page_and_the_exchange_to_connect_to(host: str, port: int) -> None:
    answer = httpx.get(f"{host}/markets/1")
    (found,) = re.findall(r'<meta http-equiv="content-security-policy" content="(.*?)"', answer.text)
    served = content_security_policy(answer.content, [f"http://127.0.0.1:{port}", f"ws://127.0.0.1:{port}"])
    in_header = "; frame-ancestors 'none'"  # which is not taken from a page
    assert unescape(found) + in_header == served
    assert answer.headers["content-security-policy"] == "frame-ancestors 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_hashed_files_may_be_kept_for_ever_and_what_is_missing_is_missing(host: str, built: Path) -> None:
    name = next((built / "_app" / "immutable").rglob("*.js")).relative_to(built).as_posix()
    assert "immutable" in httpx.get(f"{host}/{name}").headers["cache-control"]
    assert "cache-control" not in httpx.get(f"{host}/").headers
    assert httpx.get(f"{host}/_app/immutable/gone.js").status_code == 404


@pytest.mark.parametrize("address", ["", "exchange.example.org", "https://exchange.example.org/path"])
def test_a_build_without_a_good_address_says_so(address: str, tmp_path: Path) -> None:
    with pytest.raises(PageError, match="PUBLIC_EXCHANGE_SERVER"):
        run_npm(
            ROOT,
            "run",
            "build",
            quiet=True,
            VERCEL="1",
            PUBLIC_EXCHANGE_SERVER=address,
            EXCHANGE_PAGE_OUT=str(tmp_path),
        )
