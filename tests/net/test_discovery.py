"""Asking the issuer: what it may answer, and what becomes of the rest."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from exchange.net.oidc.discovery import Discovery, IssuerMisconfigured, IssuerUnreachable
from exchange.net.oidc.issuer import Issuer, read_issuer
from exchange.settings import SettingError, Settings
from tests.issuer.server import signing_key

URL = "https://class.kinde.com"
CONFIGURED = {"oidc_issuer": URL, "oidc_audience": "https://exchange", "oidc_client_id": "page"}
KEY = signing_key("key-1")
PUBLIC = {name: KEY.jwk[name] for name in ("kty", "n", "e", "kid", "alg", "use")}


def configured() -> Issuer:
    issuer = read_issuer(Settings(**CONFIGURED))  # type: ignore[arg-type]
    assert issuer is not None
    return issuer


def discovery(answer: Callable[[httpx.Request], httpx.Response], **changes: Any) -> Discovery:
    return Discovery(configured(), Settings(**changes), httpx.MockTransport(answer))


def answers(
    keys: Any, *, issuer: str = URL, jwks_uri: Any = f"{URL}/.well-known/jwks"
) -> Callable[..., httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/.well-known/openid-configuration":
            return httpx.Response(200, json={"issuer": issuer, "jwks_uri": jwks_uri})
        return httpx.Response(200, json=keys)

    return answer


async def test_keys_for_rs256_are_found_and_others_left_out() -> None:
    others = [
        {**PUBLIC, "kid": "for encryption", "use": "enc"},
        {**PUBLIC, "kid": "another algorithm", "alg": "PS256"},
        {"kty": "EC", "crv": "P-256", "kid": "a curve", "x": "x", "y": "y"},
        {**PUBLIC, "kid": "too short", "n": "AQAB"},
        {**PUBLIC, "kid": "broken", "n": "!"},
        {**PUBLIC, "kid": 7},
        "no key",
    ]
    keys = await discovery(answers({"keys": [PUBLIC, *others]})).keys()
    assert set(keys) == {"key-1"}


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda _: httpx.Response(404), "answers 404"),
        (lambda _: httpx.Response(302, headers={"location": "https://evil.example.org"}), "answers 302"),
        (answers({}, issuer=f"{URL}/"), "set oidc_issuer to exactly that"),
        (answers({}, jwks_uri="http://evil.example.org/keys"), "names no key set"),
        (answers({}, jwks_uri=None), "names no key set"),
    ],
)
async def test_an_issuer_that_is_not_the_configured_one_is_a_sentence(answer: Any, sentence: str) -> None:
    with pytest.raises(IssuerMisconfigured, match=sentence):
        await discovery(answer).find()


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: httpx.Response(500),
        lambda _: httpx.Response(429),
        lambda _: httpx.Response(200, text="<html>"),
        lambda _: httpx.Response(200, text="[" * 100_000),
        lambda _: httpx.Response(200, json=["no object"]),
        lambda _: httpx.Response(200, text=json.dumps({"x": "y" * 300_000})),
        answers({"keys": []}),
        answers({"keys": [PUBLIC] * 101}),
        answers({"keys": "none"}),
    ],
)
async def test_an_answer_that_cannot_be_used_is_as_good_as_none(answer: Any) -> None:
    with pytest.raises(IssuerUnreachable):
        await discovery(answer).keys()


async def test_an_issuer_that_cannot_be_connected_to_is_unreachable() -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route", request=request)

    with pytest.raises(IssuerUnreachable, match="no route"):
        await discovery(fail).keys()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"oidc_issuer": "http://class.kinde.com"}, "https address"),
        ({"oidc_issuer": "class.kinde.com"}, "https address"),
        ({"oidc_issuer": "https://a.b:port"}, "https address"),
        ({"oidc_issuer": f"{URL}?x=1"}, "https address"),
        ({"oidc_issuer": ""}, "oidc_audience says nothing without oidc_issuer"),
        ({"oidc_audience": ""}, "oidc_audience is missing"),
        ({"oidc_client_id": ""}, "oidc_client_id is missing"),
        ({"oidc_client_id": "https://exchange"}, "are the same"),
        ({"oidc_admin_role": ""}, "oidc_admin_role is empty"),
    ],
)
def test_a_wrong_or_missing_setting_is_a_sentence(changes: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingError, match=sentence):
        read_issuer(Settings(**{**CONFIGURED, **changes}))  # type: ignore[arg-type]


def test_any_issuer_on_this_machine_may_do_without_tls() -> None:
    assert read_issuer(Settings(**{**CONFIGURED, "oidc_issuer": "http://127.0.0.1:9000"})) is not None  # type: ignore[arg-type]
    assert read_issuer(Settings()) is None
