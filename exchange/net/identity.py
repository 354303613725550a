"""Who a token names."""

from typing import NamedTuple, Protocol

import structlog

log = structlog.get_logger(__name__)

TOKEN_BYTES_MAX = 8_192  # far above any real token; parsing starts only below it


class Identity(NamedTuple):
    """Whom a token vouches for. ``subject`` is unique and stable; ``name`` is what they would like to be called."""

    subject: str
    name: str
    is_admin: bool


class Authenticator(Protocol):
    """Checks tokens. A refusal is None; why is for the log alone."""

    accepts_developers: bool

    async def identify(self, token: str, *, from_loopback: bool) -> Identity | None: ...


class DeveloperTokens:
    """``dev:NAME`` is a trader and ``dev:NAME:admin`` an admin, who must come from this machine."""

    accepts_developers = True

    async def identify(self, token: str, *, from_loopback: bool) -> Identity | None:
        """The identity such a token names, or None. Does not wait."""
        if len(token) > TOKEN_BYTES_MAX:
            return _refuse("token too long")
        kind, _, rest = token.partition(":")
        name, separator, role = rest.partition(":")
        if kind != "dev" or not name.strip() or (separator and role != "admin"):
            return _refuse("not a developer token")
        if role and not from_loopback:
            return _refuse("developer admins sign in from this machine only")
        return Identity(f"dev:{name}", name, bool(role))


def _refuse(reason: str) -> Identity | None:
    log.info("sign-in refused", reason=reason)
    return None
