"""What all tests share."""

import os
import signal
from collections.abc import Generator
from contextlib import nullcontext

import pytest
from hypothesis import settings

from tests.hanging import limited

# Machines are shared and noisy, so no example has a deadline; CI tries the same examples every time.
settings.register_profile("everyday", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "everyday")

# A shell starts what runs in its background with Ctrl-C ignored, and that is passed on: programs that tests interrupt
# would go on for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One process more than there are cores: where real programs run, much of the time is waiting for them."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """No everyday test goes on for ever."""
    with nullcontext() if item.get_closest_marker("long") else limited(item.nodeid):
        return (yield)
