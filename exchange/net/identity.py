"""Who a token names."""

from typing import TYPE_CHECKING, NamedTuple, Protocol

import structlog
import trio

if TYPE_CHECKING:
    from exchange.net.oidc.issuer import Issuer

log = structlog.get_logger(__name__)

TOKEN_BYTES_MAX = 8_192  # far above any real token; parsing starts only below it

ISSUED_KINDS = ("user:", "machine:")  # what subjects of an issuer begin with: no other way in makes such ones


class Identity(NamedTuple):
    """Whom a token vouches for. ``subject`` is unique and stable; ``name`` is what they would like to be called.

    ``email`` is verified, or empty; ``expires_at`` is when the token ends, in nanoseconds since the epoch, 0 for never.
    ``issued_at`` is when an issuer made it, and 0 where none did. Who of an issuer's enters, the entrance decides.
    """

    subject: str
    name: str
    is_admin: bool
    email: str = ""
    expires_at: int = 0
    issued_at: int = 0


class Authenticator(Protocol):
    """Checks tokens. A refusal is None; why is for the log alone."""

    accepts_developers: bool
    issuer: "Issuer | None"

    @property
    def problem(self) -> str:
        """What keeps tokens from being checked, for the operator; empty when nothing does."""

    async def run(self) -> None:
        """Keeps what the checks need, until cancelled."""

    async def identify(self, token: str, *, from_loopback: bool = False, id_token: str = "") -> Identity | None:
        """The identity that a token names, with what an ID token of the same person adds."""


class NoTokens:
    """Accepts none: people enter with invitations and keys."""

    accepts_developers = False
    issuer: "Issuer | None" = None
    problem = ""

    async def run(self) -> None:
        """Waits until cancelled: there is nothing to keep."""
        await trio.sleep_forever()

    async def identify(self, token: str, *, from_loopback: bool = False, id_token: str = "") -> Identity | None:
        """None. Does not wait."""
        return _refuse("no tokens are accepted here")


class DeveloperTokens(NoTokens):
    """``dev:NAME`` is a trader and ``dev:NAME:admin`` an admin, who must come from this machine."""

    accepts_developers = True

    async def identify(self, token: str, *, from_loopback: bool = False, id_token: str = "") -> Identity | None:
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
