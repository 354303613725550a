"""The check of one token: pure, without waiting, with the time and the key handed in.

PyJWT verifies signature, issuer, audience and that the claims are there. What it lets pass is checked here: an end far
in the future, a key twice in the JSON, no subject, an ID token. Times are checked here too, by the exchange's own
clock. Whoever fails is told nothing; the reason is for the log, names no value of the token, and is never the token.
"""

import base64
import binascii
import json
import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import jwt
from jwt import PyJWK
from jwt.exceptions import MissingRequiredClaimError, PyJWTError

from exchange.net.oidc.issuer import Issuer

ALGORITHM = "RS256"
KEY_ID_MAX = 200  # characters
SUBJECT_MAX = 255  # characters, as OpenID Connect says
# Times are checked below, by our clock.
_OPTIONS: Any = {
    "require": ["exp", "iat", "iss", "aud"], "verify_exp": False, "verify_nbf": False, "verify_iat": False,
}  # fmt: skip
_ID_TOKEN_CLAIMS = ("at_hash", "c_hash", "nonce")


class BadToken(Exception):
    """A token that is not accepted; the message is for the log."""


class Claims(NamedTuple):
    """What a good token says. Times are seconds since the epoch."""

    subject: str
    is_admin: bool
    issued_at: float
    expires_at: float


class Person(NamedTuple):
    """What a good ID token says of its subject; an e-mail only where the issuer has verified it."""

    subject: str
    name: str
    email: str


def key_id_of(token: str) -> str:
    """Which key a token says it is signed with, before anything of it is believed. Raises :class:`BadToken`."""
    parts = token.split(".")
    if len(parts) != 3 or not all(parts):
        raise BadToken("not a signed token of three parts")
    header = _object(parts[0], "header")
    if header.get("alg") != ALGORITHM:
        raise BadToken("not signed with RS256")
    key_id = header.get("kid")
    if not isinstance(key_id, str) or not 0 < len(key_id) <= KEY_ID_MAX:
        raise BadToken("no key id")
    return key_id


def check_access_token(token: str, key: PyJWK, issuer: Issuer, now: float) -> Claims:
    """Whom an access token names and until when. Raises :class:`BadToken`."""
    payload = _verified(token, key, issuer, issuer.audience, now)
    if any(claim in payload for claim in _ID_TOKEN_CLAIMS) or payload.get("token_use") == "id":
        raise BadToken("an ID token in the place of an access token")
    expires_at = min(payload["exp"] + issuer.leeway, now + issuer.seconds_max)
    return Claims(_subject(payload), _is_admin(payload, issuer), payload["iat"], expires_at)


def check_id_token(token: str, key: PyJWK, issuer: Issuer, now: float) -> Person:
    """What an ID token says of a person. Raises :class:`BadToken`."""
    payload = _verified(token, key, issuer, issuer.client_id, now)
    names = (payload.get(claim) for claim in ("name", "preferred_username", "nickname", "given_name"))
    name = next((name for name in names if isinstance(name, str) and name.strip()), "")
    email = payload.get("email")
    verified = payload.get("email_verified") is True and isinstance(email, str) and len(email) <= SUBJECT_MAX
    return Person(_subject(payload), name, str(email).strip().lower() if verified else "")


def _verified(token: str, key: PyJWK, issuer: Issuer, audience: str, now: float) -> dict[str, Any]:
    try:
        payload = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=audience,
            issuer=issuer.url,
            options=_OPTIONS,
        )
    except MissingRequiredClaimError as error:
        raise BadToken(f"no claim {error.claim}") from None
    except PyJWTError as error:
        raise BadToken(type(error).__name__) from None
    except (ValueError, TypeError, RecursionError) as error:
        raise BadToken(f"malformed: {type(error).__name__}") from None
    _object(token.split(".")[1], "payload")
    _check_times(payload, issuer.leeway, now)
    return payload


def _check_times(payload: dict[str, Any], leeway: float, now: float) -> None:
    for claim in ("exp", "iat", "nbf"):
        time = payload.get(claim, 0)
        if isinstance(time, bool) or not isinstance(time, int | float) or not math.isfinite(time):
            raise BadToken(f"claim {claim} is no time")
    if payload["exp"] + leeway <= now:
        raise BadToken("expired")
    if payload.get("nbf", 0) - leeway > now:
        raise BadToken("not valid yet")
    if payload["iat"] - leeway > now:
        raise BadToken("issued in the future")


def _subject(payload: dict[str, Any]) -> str:
    """People and machines have name spaces of their own: no client id can be somebody's subject."""
    granted = payload.get("gty")
    machine = granted in ("client_credentials", "client-credentials") or (
        isinstance(granted, list) and "client_credentials" in granted
    )
    kind, claim = ("machine", "azp") if machine else ("user", "sub")
    if machine and "azp" not in payload:
        claim = "client_id"
    subject = payload.get(claim)
    if not isinstance(subject, str) or not 0 < len(subject) <= SUBJECT_MAX or not subject.isprintable():
        raise BadToken(f"no claim {claim} that names somebody")
    return f"{kind}:{subject}"


def _is_admin(payload: dict[str, Any], issuer: Issuer) -> bool:
    return any(issuer.admin_role in _roles(payload.get(claim)) for claim in issuer.role_claims)


def _roles(claim: object) -> Iterable[str]:
    """Roles as strings, or as objects with a key or a name; one string holds several between spaces."""
    if isinstance(claim, str):
        return claim.split()
    roles: list[str] = []
    for item in claim if isinstance(claim, list) else ():
        if isinstance(item, dict):
            roles += [item[name] for name in ("key", "name") if isinstance(item.get(name), str)]
        elif isinstance(item, str):
            roles.append(item)
    return roles


def _object(part: str, what: str) -> dict[str, Any]:
    """One part of a token as a JSON object in which no key comes twice: two readers might choose differently."""

    def without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise BadToken(f"a key comes twice in the {what}")
        return found

    try:
        text = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        value = json.loads(text, object_pairs_hook=without_duplicates)
    except (ValueError, binascii.Error, RecursionError):
        raise BadToken(f"the {what} cannot be read") from None
    if not isinstance(value, dict):
        raise BadToken(f"the {what} is no object")
    return value
