"""The issuer as it is configured. A mistake is one sentence at start."""

from typing import NamedTuple
from urllib.parse import urlsplit

from exchange.settings import SettingError, Settings

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Issuer(NamedTuple):
    """Whose tokens are accepted, and what they must say. Times are in seconds."""

    url: str
    audience: str
    client_id: str
    scope: str
    role_claims: tuple[str, ...]
    admin_role: str
    leeway: float
    seconds_max: float


def read_issuer(settings: Settings) -> Issuer | None:
    """The issuer, or None when there is none. Raises :class:`SettingError`."""
    url = settings.oidc_issuer
    if not url:
        for name in ("oidc_audience", "oidc_client_id"):
            if getattr(settings, name):
                raise SettingError(f"setting {name} says nothing without oidc_issuer: set both, or neither")
        return None
    if not is_secure(url):
        raise SettingError(
            f"setting oidc_issuer is the issuer's https address, such as https://NAME.kinde.com, not {url!r}"
        )
    if not settings.oidc_audience:
        raise SettingError("setting oidc_audience is missing: the name of this exchange as an API at the issuer")
    if not settings.oidc_client_id:
        raise SettingError("setting oidc_client_id is missing: how the page is known to the issuer")
    if settings.oidc_audience == settings.oidc_client_id:
        raise SettingError("oidc_audience and oidc_client_id are the same: ID tokens would pass for access tokens")
    claims = tuple(name.strip() for name in settings.oidc_role_claims.split(",") if name.strip())
    if not settings.oidc_admin_role:
        raise SettingError("setting oidc_admin_role is empty: name the role or permission that makes an admin")
    return Issuer(
        url,
        settings.oidc_audience,
        settings.oidc_client_id,
        settings.oidc_scope,
        claims,
        settings.oidc_admin_role,
        settings.token_leeway_seconds,
        settings.token_seconds_max,
    )


def is_secure(url: str) -> bool:
    """Whether it is an https address, or one of this machine, without query and fragment."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises for one that is no number
    except ValueError:
        return False
    if not parts.hostname or parts.query or parts.fragment or parts.username or url != url.strip():
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
