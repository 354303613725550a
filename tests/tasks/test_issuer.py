"""Signing in with tokens of a real issuer, on the real clock."""

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import h11
import pytest
import structlog
import trio
from trio_websocket import ConnectionClosed

from exchange.core.refusals import Code
from exchange.net.http import Request
from exchange.tasks.plain_http import answer_plain
from exchange_client.schema import types_pb2
from tests.issuer.exchange import POLICY, Clock, claims_of, enter, exchange_of, refused
from tests.issuer.server import TestIssuer, Tokens, issuer, part, signing_key
from tests.sim.harness import House
from tests.sim.raw_client import RawClient
from tests.sim.requests import code_of, create_key, elevate, kind_of, list_keys, ping, refresh

EXPIRED = 4001


@pytest.fixture(scope="module")
def it(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestIssuer]:
    """An issuer that nobody changes."""
    running = TestIssuer(tmp_path_factory.mktemp("issuer"))
    trio.run(running.start)
    yield running
    trio.run(running.stop)


async def test_a_person_signs_in_with_name_and_verified_email_and_a_machine_without_any(
    it: TestIssuer, tmp_path: Path
) -> None:
    ada, bob, machine = await it.person("kp_ada"), await it.person("kp_bob"), await it.machine()
    async with exchange_of(it, tmp_path) as house:
        client = await enter(house, ada, id_token=ada.id)
        assert client.welcome is not None
        assert client.model.accounts[client.welcome.account_id] == "Ada Lovelace"
        assert list(client.welcome.roles) == [types_pb2.ROLE_TRADER]
        assert abs(client.welcome.expires_at / 1e9 - time.time() - 3_600) < 60
        await enter(house, bob, id_token=bob.id)
        bot = await enter(house, machine)
        assert kind_of(await bot.ask(ping())) == "pong"
        again = await enter(house, await it.person("kp_ada"))
        assert again.welcome is not None
        assert again.welcome.user_id == client.welcome.user_id
        users = {user.subject: user.email for user in house.context.engine.state.users.values()}
        assert users == {"user:kp_ada": "ada@example.org", "user:kp_bob": "", "machine:bot-7f3a": ""}


async def test_an_admin_is_one_by_a_role_of_the_token(it: TestIssuer, tmp_path: Path) -> None:
    root, ada = await it.person("kp_root"), await it.person("kp_ada")
    async with exchange_of(it, tmp_path) as house:
        assert kind_of(await (await enter(house, root)).ask(elevate())) == "done"
        assert code_of(await (await enter(house, ada)).ask(elevate())) == Code.NOT_ALLOWED
    async with exchange_of(it, tmp_path, oidc_role_claims="permissions", admin_subjects="kp_ada") as house:
        assert code_of(await (await enter(house, root)).ask(elevate())) == Code.NOT_ALLOWED
        assert kind_of(await (await enter(house, ada)).ask(elevate())) == "done"


async def test_a_token_of_somebody_who_did_not_ask_for_this_exchange_is_refused(it: TestIssuer, tmp_path: Path) -> None:
    elsewhere = await it.person("kp_ada", audience="")
    async with exchange_of(it, tmp_path) as house:
        assert code_of(await refused(house, elsewhere.access)) == Code.NOT_AUTHENTICATED


def wrong_tokens(it: TestIssuer, tokens: Tokens) -> dict[str, tuple[str, str]]:
    """What is wrong with each: the token, and how the log says so."""
    now = int(time.time())
    good = {"iss": it.url, "aud": [it.audience], "sub": "kp_eve", "azp": "page", "iat": now, "exp": now + 60}
    header, payload, signature = tokens.access.split(".")
    evil = {"jwk": signing_key("x").jwk, "jku": "https://evil.example.org", "x5u": "https://evil.example.org"}

    def changed(**claims: Any) -> str:
        return it.forge({name: value for name, value in {**good, **claims}.items() if value is not None})

    return {
        "wrong audience": (changed(aud=["https://other"]), "InvalidAudienceError"),
        "no audience": (changed(aud=None), "no claim aud"),
        "empty audience": (changed(aud=[]), "no claim aud"),
        "wrong issuer": (changed(iss="https://other"), "InvalidIssuerError"),
        "issuer with a slash more": (changed(iss=f"{it.url}/"), "InvalidIssuerError"),
        "no algorithm": (it.forge(good, algorithm="none") + "x", "not signed with RS256"),
        "HS256 with the public key": (it.forge(good, algorithm="HS256"), "not signed with RS256"),
        "HS256 that says RS256": (it.forge(good, algorithm="HS256", headers={"alg": "RS256"}), "InvalidSignatureError"),
        "another RSA algorithm": (it.forge(good, algorithm="RS512"), "not signed with RS256"),
        "expired": (changed(iat=now - 600, exp=now - 120), "expired"),
        "never expires": (changed(exp=None), "no claim exp"),
        "not valid yet": (changed(nbf=now + 600), "not valid yet"),
        "issued in the future": (changed(iat=now + 600), "issued in the future"),
        "times that are no numbers": (changed(nbf="tomorrow"), "claim nbf is no time"),
        "unknown key": (it.forge(good, key=signing_key("made-up")), "signed with an unknown key"),
        "known key id, another key": (it.forge(good, key=signing_key("key-1")), "InvalidSignatureError"),
        "no key id": (it.forge(good, headers={"kid": None}), "no key id"),
        "a key of its own": (it.forge(good, key=signing_key("key-1"), headers=evil), "InvalidSignatureError"),
        "unknown critical header": (it.forge(good, headers={"crit": ["new"], "new": 1}), "InvalidTokenError"),
        "ID token": (tokens.id, "InvalidAudienceError"),
        "ID token for us": (changed(nonce="n", at_hash="x"), "an ID token in the place of an access token"),
        "no subject": (changed(sub=None), "no claim sub that names somebody"),
        "empty subject": (changed(sub=""), "no claim sub that names somebody"),
        "subject that is no text": (changed(sub=7), "InvalidSubjectError"),
        "machine without a client": (changed(sub=None, azp=None, gty=["client_credentials"]), "no claim client_id"),
        "a claim twice": (it.forge('{"sub": "kp_root", ' + json.dumps(good)[1:]), "a key comes twice in the payload"),
        "another payload": (f"{header}.{payload[:-4]}AAAA.{signature}", "InvalidSignatureError"),
        "without a signature": (f"{header}.{payload}.", "not a signed token of three parts"),
        "nested garbage": (f"{part('[' * 5_000)}.{payload}.{signature}", "the header cannot be read"),
        "nested garbage inside": (it.forge("[" * 5_000), ""),
        "a number beyond all bounds": (it.forge(json.dumps(good)[:-1] + ', "nbf": 1e999}'), "claim nbf is no time"),
        "not even a token": ("neither.header.nor", "the header cannot be read"),
        "a long one": ("a" * 15_000, "token too long"),
    }


async def test_every_wrong_token_is_refused_alike_and_the_log_says_why_without_it(
    it: TestIssuer, tmp_path: Path
) -> None:
    ada = await it.person("kp_ada")
    async with exchange_of(it, tmp_path) as house:
        await enter(house, ada)
        for what, (token, reason) in wrong_tokens(it, ada).items():
            with structlog.testing.capture_logs() as logged:
                reply = await refused(house, token)
            assert code_of(reply) == Code.NOT_AUTHENTICATED, what
            assert reply.refusal.message.startswith("The token was not accepted"), what
            (line,) = (entry for entry in logged if entry["event"] == "sign-in refused")
            assert reason in line["reason"], (what, line)
            assert token[-40:] not in str(logged), what
            assert token.split(".")[0] not in str(logged), what
        assert len(house.context.engine.state.users) == 1


async def test_a_token_of_a_megabyte_ends_the_connection_before_anything_is_parsed(
    it: TestIssuer, tmp_path: Path
) -> None:
    async with exchange_of(it, tmp_path) as house:
        client = await house.open(RawClient("raw", patience=30))
        with suppress(ConnectionClosed):
            await client.send(client.hello("a" * 1_000_000))
        assert await client.wait_ended() in (1006, 1009)
        assert client.received == []


async def test_an_id_token_adds_nothing_unless_it_is_of_the_same_person(it: TestIssuer, tmp_path: Path) -> None:
    ada, bob = await it.person("kp_ada"), await it.person("kp_bob")
    async with exchange_of(it, tmp_path) as house:
        others = ((bob.id, "of somebody else"), (ada.access, "InvalidAudienceError"), ("x", "not a signed token"))
        for id_token, reason in others:
            with structlog.testing.capture_logs() as logged:
                assert code_of(await refused(house, ada.access, id_token=id_token)) == Code.NOT_AUTHENTICATED
            assert f"ID token: {reason}" in str(logged)


async def test_an_end_far_in_the_future_is_clamped(it: TestIssuer, tmp_path: Path) -> None:
    now = int(time.time())
    claims = {"iss": it.url, "aud": it.audience, "sub": "kp_ada", "iat": now, "exp": 10**12}
    async with exchange_of(it, tmp_path, token_seconds_max=500.0) as house:
        client = await enter(house, Tokens(it.forge(claims)))
        assert client.welcome is not None
        assert 490 < client.welcome.expires_at / 1e9 - time.time() <= 500


async def test_a_connection_ends_with_its_token_unless_a_fresh_one_comes_first(it: TestIssuer, tmp_path: Path) -> None:
    clock = Clock()
    async with exchange_of(it, tmp_path, clock, credential_seconds=0.05) as house:
        ada, bob = await it.person("kp_ada"), await it.person("kp_bob")
        ends, goes_on = await enter(house, ada), await enter(house, ada)
        fresh = await it.refresh(ada)
        assert fresh.access != ada.access
        assert kind_of(await goes_on.ask(refresh(fresh.access))) == "done"
        assert code_of(await goes_on.ask(refresh(bob.access))) == Code.NOT_AUTHENTICATED, "of somebody else"
        assert code_of(await goes_on.ask(refresh("nonsense"))) == Code.NOT_AUTHENTICATED
        assert kind_of(await goes_on.ask(refresh(it.forge(claims_of(it, "kp_ada", seconds=7_200))))) == "done"
        clock.ahead = 3_700
        assert await ends.wait_ended() == EXPIRED
        assert kind_of(await goes_on.ask(ping())) == "pong"
        clock.ahead = 7_300
        assert await goes_on.wait_ended() == EXPIRED


async def test_keys_rotate_without_a_failed_sign_in(tmp_path: Path) -> None:
    async with issuer(tmp_path) as it, exchange_of(it, tmp_path) as house:
        before = await it.person("kp_ada")
        await enter(house, before)
        await it.rotate()
        await enter(house, before)
        await enter(house, await it.person("kp_ada"))
        await enter(house, before)


async def test_while_the_issuer_is_down_known_keys_verify_and_readiness_says_so(tmp_path: Path) -> None:
    async with (
        issuer(tmp_path) as it,
        exchange_of(it, tmp_path, issuer_keys_seconds=0.2, issuer_cool_down_seconds=0.2) as house,
    ):
        ada = await it.person("kp_ada")
        await enter(house, ada)
        assert reasons(house) == []
        await it.stop()
        with trio.fail_after(20):
            while not reasons(house):  # noqa: ASYNC110 - nobody tells
                await trio.sleep(0.05)
        assert "the issuer cannot be asked for its keys" in reasons(house)[0]
        await enter(house, ada)
        await it.rotate()
        await enter(house, await it.person("kp_ada"))
        with trio.fail_after(20):
            while reasons(house):  # noqa: ASYNC110 - nobody tells
                await trio.sleep(0.05)


async def test_a_hundred_made_up_key_ids_cause_at_most_one_fetch(it: TestIssuer, tmp_path: Path) -> None:
    async with exchange_of(it, tmp_path) as house:
        await enter(house, await it.person("kp_ada"))
        before = await it.fetches()
        key = signing_key("made-up")
        async with trio.open_nursery() as nursery:
            for number in range(100):
                token = it.forge({"sub": "x"}, key=key, headers={"kid": f"made-up-{number}"})
                nursery.start_soon(refused, house, token)
        assert await it.fetches() - before <= 1


async def test_a_newer_token_without_the_role_ends_elevation_on_every_connection_of_that_user(
    it: TestIssuer, tmp_path: Path
) -> None:
    async with exchange_of(it, tmp_path) as house:
        root = await it.person("kp_root")
        first, second = await enter(house, root), await enter(house, root)
        for client in (first, second):
            assert kind_of(await client.ask(elevate())) == "done"
        assert kind_of(await first.ask(refresh(it.forge(claims_of(it, "kp_root"))))) == "done"
        for client in (first, second):
            await client.ask(ping())
            assert code_of(await client.ask(list_keys(everybody=True))) == Code.NOT_ELEVATED
            assert code_of(await client.ask(elevate())) == Code.NOT_ALLOWED
            told = [message.view_changed.elevated for message in client.received if kind_of(message) == "view_changed"]
            assert told == [True, False]


async def test_the_list_of_who_may_enter_is_followed_while_people_are_in(it: TestIssuer, tmp_path: Path) -> None:
    listed = tmp_path / "people.csv"
    lines = ["email,subject,role,starting_cash", "ada@example.org,,admin,12.5", ",machine:bot-7f3a,,"]
    write(listed, lines)
    changes: dict[str, Any] = {"entry_file": str(listed), "entry_listed_only": True, "entry_seconds": 0.05}
    ada, bob, machine = await it.person("kp_ada"), await it.person("kp_bob"), await it.machine()
    async with exchange_of(it, tmp_path, **changes) as house:
        assert code_of(await refused(house, ada.access)) == Code.NOT_ADMITTED, "nobody knows her e-mail yet"
        client = await enter(house, ada, id_token=ada.id)
        assert client.welcome is not None
        assert client.model.cash[client.welcome.account_id] == 125_000
        bot = await enter(house, machine)
        key = (await bot.ask(create_key())).api_key_created.key
        keyed = await enter(house, Tokens(key))
        assert code_of(await refused(house, bob.access, id_token=bob.id)) == Code.NOT_ADMITTED
        assert kind_of(await client.ask(elevate())) == "done"
        write(listed, [lines[0], "ada@example.org,,trader,", ",machine:bot-7f3a,banned,", ",kp_bob,,"])
        for outside in (bot, keyed):
            assert await outside.wait_ended() == POLICY
        assert code_of(await refused(house, key)) == Code.NOT_ADMITTED, "a ban is of the user, not of a token"
        await client.until(lambda: kind_of(client.received[-1]) == "view_changed")
        assert code_of(await client.ask(elevate())) == Code.NOT_ALLOWED
        await enter(house, bob)
        await enter(house, ada), "her e-mail is known by now"
        write(listed, ["this is no list"])
        await trio.sleep(0.3)
        assert kind_of(await client.ask(ping())) == "pong", "a list that cannot be read changes nothing"


def write(file: Path, lines: list[str]) -> None:
    file.write_text("\n".join(lines), "utf-8")


def reasons(house: House) -> list[str]:
    """Why the server would not be ready, or not wholly."""
    answer = answer_plain(house.context, plain_request("/readyz"))
    assert answer.status == 200
    listed: list[str] = json.loads(answer.body)["reasons"]
    return listed


def plain_request(path: str) -> Request:
    return Request("GET", path, (), h11.Connection(h11.SERVER))


async def test_the_page_is_told_which_issuer_to_use(it: TestIssuer, tmp_path: Path) -> None:
    async with exchange_of(it, tmp_path) as house:
        config = json.loads(answer_plain(house.context, plain_request("/config.json")).body)
        assert config.pop("server_version")
        assert config == {
            "websocket_path": "/ws",
            "developer_sign_in": False,
            "api_keys": True,
            "invitations": True,
            "oidc": {
                "issuer": it.url,
                "client_id": it.page_client_id,
                "audience": it.audience,
                "scope": "openid profile email offline",
            },
        }
