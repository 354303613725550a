"""The pytest plugin: the fixture ``exchange``, and the mark that gives it a seed and settings."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from exchange.testing.memory import MemoryExchange


def pytest_configure(config: pytest.Config) -> None:
    """Makes the mark known."""
    config.addinivalue_line("markers", "exchange(seed=0, **settings): how the fixture `exchange` is to be run")


try:
    from pytest_trio import trio_fixture
except ImportError:  # then there is no fixture to offer, and other tests are not disturbed
    pass
else:

    @trio_fixture  # type: ignore[untyped-decorator, unused-ignore]
    async def exchange(request: pytest.FixtureRequest) -> "AsyncIterator[MemoryExchange]":
        """An exchange in memory. Ask for ``autojump_clock`` as well, and hours take seconds."""

        from exchange.testing.memory import open_exchange

        mark = request.node.get_closest_marker("exchange")
        options: dict[str, Any] = mark.kwargs if mark is not None else {}
        async with open_exchange(**options) as running:
            yield running
