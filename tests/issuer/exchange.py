"""An exchange that accepts the tokens of the tests' issuer, in this process and on the real clock."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from exchange.net.oidc.issuer import read_issuer
from exchange.net.oidc.tokens import IssuerTokens
from exchange.settings import Settings
from tests.issuer.server import TestIssuer, Tokens
from tests.sim.harness import House, open_house
from tests.sim.raw_client import RawClient

POLICY = 1008


class Clock:
    """The wall clock, so many seconds ahead."""

    def __init__(self) -> None:
        self.ahead = 0

    def __call__(self) -> int:
        return time.time_ns() + self.ahead * 1_000_000_000


def claims_of(it: TestIssuer, subject: str, *, seconds: int = 600) -> dict[str, Any]:
    """What the issuer says of somebody without any role."""
    now = int(time.time()) + 1
    return {"iss": it.url, "aud": [it.audience], "sub": subject, "azp": "page", "iat": now, "exp": now + seconds}


@asynccontextmanager
async def exchange_of(
    it: TestIssuer, folder: Path, clock: Callable[[], int] = time.time_ns, **changes: Any
) -> AsyncIterator[House]:
    """An exchange that accepts this issuer's tokens."""
    values = {**it.settings(), **changes}
    settings = Settings(**values)
    configured = read_issuer(settings)
    assert configured is not None
    authenticator = IssuerTokens(configured, settings, clock)
    async with open_house(folder, authenticator=authenticator, wall_clock_ns=clock, **values) as house:
        yield house


async def enter(house: House, tokens: Tokens, **terms: Any) -> RawClient:
    client = await house.connect(RawClient("raw", patience=30), tokens.access, **terms)
    await client.wait_ready()
    assert client.welcome is not None
    return client


async def refused(house: House, token: str, **terms: Any) -> Any:
    client = await house.connect(RawClient("raw", patience=30), token, **terms)
    assert await client.wait_ended() == POLICY
    return client.received[-1]
