"""Asking the issuer: its discovery document and its key set, over HTTPS, within a time and a size, never redirected."""

import json
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import httpx
import trio
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from exchange.net.oidc.issuer import Issuer, is_secure
from exchange.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

KEYS_MAX = 100  # an issuer has a handful
RSA_BITS_MIN = 2_048


class IssuerUnreachable(Exception):
    """The issuer did not answer, or not properly, for the moment; the message says how."""


class IssuerMisconfigured(Exception):
    """The issuer answered, and is not what is configured: nobody will ever sign in like this. A sentence."""


class Discovery:
    """Fetches what an issuer publishes."""

    def __init__(self, issuer: Issuer, settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._issuer = issuer
        self._settings = settings
        self._transport = transport
        self._keys_url = ""

    async def find(self) -> None:
        """Reads the discovery document. Raises :class:`IssuerUnreachable` or :class:`IssuerMisconfigured`."""
        url = self._issuer.url.rstrip("/") + "/.well-known/openid-configuration"
        document = await self._fetch(url)
        named = document.get("issuer")
        if named != self._issuer.url:
            raise IssuerMisconfigured(f"The issuer at {url} calls itself {named!r}: set oidc_issuer to exactly that.")
        keys_url = document.get("jwks_uri")
        if not isinstance(keys_url, str) or not is_secure(keys_url):
            raise IssuerMisconfigured(f"The discovery document at {url} names no key set at an https address.")
        self._keys_url = keys_url

    async def keys(self) -> dict[str, PyJWK]:
        """The issuer's keys for RS256, by their id. Raises as ``find`` does."""
        if not self._keys_url:
            await self.find()
        document = await self._fetch(self._keys_url)
        listed = document.get("keys")
        if not isinstance(listed, list) or len(listed) > KEYS_MAX:
            raise IssuerUnreachable("its key set has no list of keys, or too many")
        keys = {key.key_id: key for item in listed if (key := _usable(item)) is not None and key.key_id}
        if not keys:
            raise IssuerUnreachable("its key set has no key for RS256")
        return keys

    async def _fetch(self, url: str) -> dict[str, Any]:
        settings = self._settings
        body = bytearray()
        try:
            with trio.fail_after(settings.issuer_fetch_seconds):
                async with (
                    httpx.AsyncClient(follow_redirects=False, timeout=None, transport=self._transport) as client,
                    client.stream("GET", url, headers={"accept": "application/json", "accept-encoding": "identity"})
                    as response,
                ):  # fmt: skip
                    _check_status(url, response.status_code)
                    async with aclosing(cast("AsyncGenerator[bytes]", response.aiter_bytes())) as parts:
                        async for part in parts:
                            body += part
                            if len(body) > settings.issuer_bytes_max:
                                raise IssuerUnreachable(f"{urlsplit(url).path} is larger than it may be")
        except trio.TooSlowError:
            raise IssuerUnreachable(f"no answer within {settings.issuer_fetch_seconds:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise IssuerUnreachable(str(error) or type(error).__name__) from error
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise IssuerUnreachable(f"{urlsplit(url).path} is not a JSON object")
        return document


def _check_status(url: str, status: int) -> None:
    if 300 <= status < 500 and status != 429:
        raise IssuerMisconfigured(f"The issuer answers {status} at {url}: is oidc_issuer right?")
    if status != 200:
        raise IssuerUnreachable(f"it answers {status}")


def _usable(item: object) -> PyJWK | None:
    """A key that signs with RS256, and is long enough; None for any other."""
    if not isinstance(item, dict) or item.get("kty") != "RSA" or not isinstance(item.get("kid"), str):
        return None
    if item.get("use", "sig") != "sig" or item.get("alg", "RS256") != "RS256":
        return None
    try:
        key = PyJWK(item, algorithm="RS256")
    except (PyJWTError, ValueError, TypeError):
        return None
    return key if key.key.key_size >= RSA_BITS_MIN else None
