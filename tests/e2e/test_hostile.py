"""Whatever strangers send to a real server, its clients trade on, it keeps its memory, and its file adds up."""

import sys
from pathlib import Path

import pytest
import trio

from tests.e2e.hostile import MISDEEDS, Aftermath, misbehave

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the memory of a process is read from /proc")

NOTICED_SECONDS = 15.0
"""A heartbeat is due each 5 s, and a client calls a server mute after three: until then nobody has noticed anything."""


def _nobody_noticed(aftermath: Aftermath) -> None:
    print(aftermath)
    assert all(aftermath.misdeeds.values())
    assert aftermath.longest_stall < NOTICED_SECONDS
    assert aftermath.memory_after < aftermath.memory_before + 64 * 1_024, "KiB; the bots' own orders are in it"


async def test_a_hundred_hostile_connections_harm_nobody(tmp_path: Path) -> None:
    with trio.fail_after(120):
        _nobody_noticed(await misbehave(tmp_path, 8 * len(MISDEEDS), seed=1))


@pytest.mark.long
async def test_fifteen_hundred_hostile_connections_harm_nobody(tmp_path: Path) -> None:
    _nobody_noticed(await misbehave(tmp_path, 1_500, seed=2))
