"""The page: what is answered to which path, with which headers."""

import base64
import hashlib
from pathlib import Path

import h11
import pytest

from exchange.net.http import Request, Response
from exchange.net.page import Page, PageTooBig

INDEX = b"<!doctype html><script>let theme</script><script src='/x.js'></script><script>start()</script>"
SCRIPT = b"console.log(1)" * 100
PLENTY = 1_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    immutable = tmp_path / "_app" / "immutable"
    immutable.mkdir(parents=True)
    (tmp_path / "index.html").write_bytes(INDEX)
    (tmp_path / "favicon.svg").write_bytes(b"<svg/>")
    (tmp_path / ".stamp").write_text("of the build")
    (immutable / "start.abc.js").write_bytes(SCRIPT)
    (immutable / "start.abc.js.br").write_bytes(b"br")
    (immutable / "start.abc.js.gz").write_bytes(b"gz")
    return tmp_path


@pytest.fixture
def page(folder: Path) -> Page:
    found = Page.load(folder, PLENTY, connect=["https://issuer.example"])
    assert found is not None
    return found


def _get(page: Page, target: str, **headers: str) -> Response | None:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return page.answer(Request("GET", target, named, h11.Connection(h11.SERVER)))


def _headers(response: Response | None) -> dict[str, str]:
    assert response is not None
    return dict(response.headers)


def test_hashed_files_may_be_kept_for_ever_and_the_index_never(page: Page) -> None:
    script, index = _get(page, "/_app/immutable/start.abc.js"), _get(page, "/")
    assert _headers(script)["cache-control"] == "public, max-age=31536000, immutable"
    assert _headers(script)["content-type"] == "text/javascript; charset=utf-8"
    assert _headers(index)["cache-control"] == "no-store"
    assert index is not None
    assert index.body == INDEX


@pytest.mark.parametrize(
    ("accepted", "encoding", "body"),
    [("gzip, br", "br", b"br"), ("gzip", "gzip", b"gz"), ("identity", None, SCRIPT)],
)
def test_the_best_encoding_that_is_accepted_is_sent(
    page: Page, accepted: str, encoding: str | None, body: bytes
) -> None:
    answer = _get(page, "/_app/immutable/start.abc.js", accept_encoding=accepted)
    assert _headers(answer).get("content-encoding") == encoding
    assert _headers(answer)["vary"] == "accept-encoding"
    assert answer is not None
    assert answer.body == body


@pytest.mark.parametrize("target", ["/", "/markets/7", "/portfolio?search", "/signed-in?code=1"])
def test_addresses_of_the_page_are_answered_with_the_index(page: Page, target: str) -> None:
    answer = _get(page, target)
    assert answer is not None
    assert answer.body == INDEX


@pytest.mark.parametrize(
    "target", ["/_app/immutable/old.js", "/_app/other", "/missing.png", "/.stamp", "/../secret.txt", "/favicon.svg.br"]
)
def test_what_is_not_there_is_not_the_index(page: Page, target: str) -> None:
    assert _get(page, target) is None


def test_the_policy_allows_the_inline_scripts_by_their_hashes_and_nothing_else(page: Page) -> None:
    policy = _headers(_get(page, "/"))["content-security-policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    for script in (b"let theme", b"start()"):
        assert base64.b64encode(hashlib.sha256(script).digest()).decode() in rules["script-src"]
    assert rules["script-src"].count("sha256-") == 2
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
    assert rules["default-src"] == rules["frame-ancestors"] == "'none'"
    assert rules["connect-src"] == "'self' https://issuer.example"


def test_other_files_are_asked_about_again_and_not_sent_twice(page: Page) -> None:
    first = _headers(_get(page, "/favicon.svg"))
    assert first["cache-control"] == "no-cache"
    again = _get(page, "/favicon.svg", if_none_match=first["etag"])
    assert again is not None
    assert (again.status, again.body) == (304, b"")


def test_no_page_is_no_error_and_too_big_a_one_is(tmp_path: Path, folder: Path) -> None:
    assert Page.load(tmp_path / "nowhere", PLENTY) is None
    with pytest.raises(PageTooBig, match="page_bytes"):
        Page.load(folder, 100)
