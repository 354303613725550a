"""The issuer's keys, fetched by one task for everybody.

    fetch ──► wait: for the time to live, or until somebody shows a key id that is not known ──► fetch …

Whoever verifies a token never fetches: an id that is known is answered at once, also while the issuer is down, from
keys that may be old; an unknown one asks for a fetch and waits for it. Such fetches have a cool-down, so that made-up
ids cause one and no more; the task is nobody's connection, so that hanging up cancels nothing.
"""

from collections.abc import Awaitable, Callable

import structlog
import trio
from jwt import PyJWK

from exchange.net.oidc.discovery import IssuerMisconfigured, IssuerUnreachable
from exchange.settings import Settings

log = structlog.get_logger(__name__)


class KeyCache:
    """Keys by id. ``problem`` says what is wrong with the issuer; empty when nothing is."""

    def __init__(self, fetch: Callable[[], Awaitable[dict[str, PyJWK]]], settings: Settings) -> None:
        self.problem = ""
        self._fetch = fetch
        self._settings = settings
        self._keys: dict[str, PyJWK] = {}
        self._fetched_at = float("-inf")
        self._next_demand = float("-inf")
        self._begun = self._ended = self._awaited = 0
        self._wanted = trio.Event()
        self._end = trio.Event()

    async def run(self) -> None:
        """Fetches until cancelled."""
        settings = self._settings
        while True:
            self._wanted = trio.Event()
            self._begun += 1
            fetched = await self._fetch_once()
            self._ended = self._begun
            self._end.set()
            self._end = trio.Event()
            with trio.move_on_after(settings.issuer_keys_seconds if fetched else settings.issuer_cool_down_seconds):
                await self._wanted.wait()

    async def key(self, key_id: str) -> PyJWK | None:
        """The key of this id; None when the issuer has none. Waits for a fetch if one may be had."""
        key = self._find(key_id)
        if key is None:
            key = await self._find_after(max(self._begun, 1), key_id)  # one that is under way may bring it
        if key is None and trio.current_time() >= self._next_demand:
            self._next_demand = trio.current_time() + self._settings.issuer_cool_down_seconds
            self._awaited = self._begun + 1
            self._wanted.set()
        return key or await self._find_after(self._awaited, key_id)

    async def _find_after(self, fetch: int, key_id: str) -> PyJWK | None:
        """The key as the fetch of this number finds it; at once when that has ended."""
        while self._ended < fetch:
            await self._end.wait()
        return self._find(key_id)

    def _find(self, key_id: str) -> PyJWK | None:
        if trio.current_time() - self._fetched_at > self._settings.issuer_stale_seconds:
            return None
        return self._keys.get(key_id)

    async def _fetch_once(self) -> bool:
        try:
            self._keys = await self._fetch()
        except (IssuerUnreachable, IssuerMisconfigured) as error:
            if not self.problem:
                log.warning("the issuer cannot be asked; its known keys go on working", reason=str(error))
            self.problem = str(error)
            return False
        if self.problem:
            log.info("the issuer is back")
        self.problem = ""
        self._fetched_at = trio.current_time()
        return True
