"""What tests of commands share."""

from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """A command that is tried in this process writes its log to a stream that is gone when it has ended."""
    yield
    structlog.reset_defaults()
