"""Tokens of an issuer as an authenticator."""

from collections.abc import Callable

import httpx
import structlog

from exchange.net.identity import TOKEN_BYTES_MAX, Identity
from exchange.net.oidc.claims import BadToken, Claims, Person, check_access_token, check_id_token, key_id_of
from exchange.net.oidc.discovery import Discovery, IssuerUnreachable
from exchange.net.oidc.issuer import Issuer
from exchange.net.oidc.key_cache import KeyCache
from exchange.settings import Settings

log = structlog.get_logger(__name__)

_SECOND = 1_000_000_000


class IssuerTokens:
    """Accepts access tokens of one issuer. ``run`` must be running; until its first fetch sign-ins wait."""

    accepts_developers = False

    def __init__(
        self,
        issuer: Issuer,
        settings: Settings,
        wall_clock_ns: Callable[[], int],
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.issuer: Issuer | None = issuer
        self._issuer = issuer
        self._wall_clock_ns = wall_clock_ns
        self._discovery = Discovery(issuer, settings, transport)
        self._keys = KeyCache(self._discovery.keys, settings)

    async def prepare(self) -> None:
        """Asks the issuer who it is, before anybody is served.

        One that is down is no reason not to serve: keys go on working, and it will be back. Raises
        :class:`~exchange.net.oidc.discovery.IssuerMisconfigured` for one that is not what is configured.
        """
        try:
            await self._discovery.find()
        except IssuerUnreachable as error:
            log.warning(
                "the issuer cannot be reached; sign-in with its tokens begins when it is back", reason=str(error)
            )

    async def run(self) -> None:
        """Keeps its keys until cancelled."""
        await self._keys.run()

    @property
    def problem(self) -> str:
        """What is wrong with the issuer, for the operator; empty when nothing is."""
        return f"the issuer cannot be asked for its keys: {self._keys.problem}" if self._keys.problem else ""

    async def identify(self, token: str, *, from_loopback: bool = False, id_token: str = "") -> Identity | None:
        """Whom an access token names, None for a bad one. Waits for a fetch of keys when it names an unknown one.

        The ID token is of the same person, and adds name and e-mail; one that is bad in any way spoils both.
        """
        try:
            claims, person = await self._check(token, id_token)
        except BadToken as bad:
            log.info("sign-in refused", reason=str(bad))
            return None
        kind, _, identifier = claims.subject.partition(":")
        name = person.name if person is not None else f"bot {identifier[:8]}" if kind == "machine" else ""
        email = "" if person is None else person.email
        issued_at, expires_at = max(1, int(claims.issued_at * _SECOND)), int(claims.expires_at * _SECOND)
        return Identity(claims.subject, name, claims.is_admin, email, expires_at, issued_at)

    async def _check(self, token: str, id_token: str) -> tuple[Claims, Person | None]:
        if max(len(token), len(id_token)) > TOKEN_BYTES_MAX:
            raise BadToken("too long")
        key = await self._keys.key(key_id_of(token))
        if key is None:
            raise BadToken("signed with an unknown key")
        claims = check_access_token(token, key, self._issuer, self._now())
        if not id_token:
            return claims, None
        try:
            key = await self._keys.key(key_id_of(id_token))
            if key is None:
                raise BadToken("signed with an unknown key")
            person = check_id_token(id_token, key, self._issuer, self._now())
        except BadToken as bad:
            raise BadToken(f"ID token: {bad}") from None
        if person.subject != claims.subject:
            raise BadToken("ID token: of somebody else")
        return claims, person

    def _now(self) -> float:
        return self._wall_clock_ns() / _SECOND
