"""The issuer's keys: fetched by one task, demanded once in a while, trusted for a while when they get old."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import trio
from jwt import PyJWK
from trio.testing import MockClock

from exchange.net.oidc.discovery import IssuerUnreachable
from exchange.net.oidc.key_cache import KeyCache
from exchange.settings import Settings


class Issuer:
    """What the cache asks: an answer takes a second."""

    def __init__(self, *key_ids: str) -> None:
        self.key_ids = key_ids
        self.is_down = False
        self.fetches = 0
        self.at_once = 0

    async def fetch(self) -> dict[str, PyJWK]:
        self.fetches += 1
        self.at_once += 1
        assert self.at_once == 1, "one fetch at a time"
        await trio.sleep(1)
        self.at_once -= 1
        if self.is_down:
            raise IssuerUnreachable("it is down")
        return {key_id: cast(PyJWK, key_id) for key_id in self.key_ids}


@asynccontextmanager
async def cache_of(issuer: Issuer, **changes: Any) -> AsyncIterator[KeyCache]:
    cache = KeyCache(issuer.fetch, Settings(**changes))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(cache.run)
        yield cache
        nursery.cancel_scope.cancel()


async def test_the_first_sign_ins_wait_for_the_first_fetch(autojump_clock: MockClock) -> None:
    issuer = Issuer("a")
    async with cache_of(issuer) as cache, trio.open_nursery() as nursery:

        async def look() -> None:
            assert await cache.key("a") is not None

        for _ in range(20):
            nursery.start_soon(look)
    assert issuer.fetches == 1


async def test_a_known_key_is_answered_at_once(autojump_clock: MockClock) -> None:
    async with cache_of(Issuer("a")) as cache:
        await cache.key("a")
        before = trio.current_time()
        assert await cache.key("a") is not None
        assert trio.current_time() == before


async def test_made_up_ids_cause_one_fetch_in_the_cool_down_and_then_another(autojump_clock: MockClock) -> None:
    issuer = Issuer("a")
    async with cache_of(issuer) as cache:
        await cache.key("a")
        async with trio.open_nursery() as nursery:
            for number in range(100):
                nursery.start_soon(cache.key, f"made up {number}")
        assert issuer.fetches == 2
        before = trio.current_time()
        assert await cache.key("made up") is None
        assert trio.current_time() == before, "in the cool-down nobody waits"
        await trio.sleep(10)
        await cache.key("made up")
        assert issuer.fetches == 3


async def test_a_new_key_is_found_when_the_first_token_signed_with_it_is_shown(autojump_clock: MockClock) -> None:
    issuer = Issuer("a")
    async with cache_of(issuer) as cache:
        await cache.key("a")
        issuer.key_ids = ("a", "b")
        assert await cache.key("b") is not None


async def test_who_asks_for_a_fetch_and_hangs_up_takes_it_from_nobody(autojump_clock: MockClock) -> None:
    issuer = Issuer("a")
    async with cache_of(issuer) as cache:
        await cache.key("a")
        issuer.key_ids = ("b",)
        with trio.move_on_after(0.1):
            await cache.key("made up")
        assert await cache.key("b") is not None


async def test_a_key_that_was_withdrawn_is_forgotten_in_time(autojump_clock: MockClock) -> None:
    issuer = Issuer("a", "b")
    async with cache_of(issuer) as cache:
        await cache.key("a")
        issuer.key_ids = ("b",)
        await trio.sleep(302)
        assert await cache.key("a") is None
        assert await cache.key("b") is not None


async def test_old_keys_are_kept_while_the_issuer_is_down_but_not_for_ever(autojump_clock: MockClock) -> None:
    issuer = Issuer("a")
    async with cache_of(issuer, issuer_stale_seconds=3_600.0) as cache:
        await cache.key("a")
        assert cache.problem == ""
        issuer.is_down = True
        await trio.sleep(1_000)
        assert cache.problem == "it is down"
        assert await cache.key("a") is not None
        issuer.is_down = False
        await trio.sleep(12)
        assert cache.problem == ""
        issuer.is_down = True
        await trio.sleep(4_000)
        assert await cache.key("a") is None


async def test_an_issuer_that_is_down_is_asked_now_and_then_and_who_asks_is_not_kept_waiting(
    autojump_clock: MockClock,
) -> None:
    issuer = Issuer("a")
    issuer.is_down = True
    async with cache_of(issuer) as cache:
        assert await cache.key("a") is None
        await trio.sleep(110)
        assert 9 <= issuer.fetches <= 13
