"""Clients and a scripted exchange in one process."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
import trio.testing

from exchange_client import Exchange, connect
from tests.client.fake import URL, FakeExchange, fake_exchange

Join = Callable[..., AbstractAsyncContextManager[Exchange]]


@pytest.fixture
def clock() -> trio.testing.MockClock:
    """Time stands still while anybody has something to do, and jumps when nobody has. A test must ask for it itself."""
    return trio.testing.MockClock(autojump_threshold=0)


@pytest.fixture
async def fake() -> AsyncIterator[FakeExchange]:
    async with fake_exchange() as exchange:
        yield exchange


@pytest.fixture
def join(fake: FakeExchange) -> Join:
    """Connects a client to the scripted exchange."""

    def enter(**options: Any) -> AbstractAsyncContextManager[Exchange]:
        defaults: dict[str, Any] = {
            "token": "dev:ada",
            "open_stream": fake.open_stream,
            "random": random.Random(1),
        }
        return connect(URL, **(defaults | options))

    return enter
