"""Real processes: nothing acknowledged is lost and nothing is executed twice, however a server ends."""

from pathlib import Path

import pytest
import trio

from tests.e2e.kills import BOTS, EACH_AT_LEAST, Run, end_again_and_again


def _was_hard(run: Run, ends: int, acknowledgements: int) -> None:
    """The ends came under load, and everybody was served after each."""
    assert len(run.ends) == ends
    assert all(end.acknowledged >= acknowledgements for end in run.ends)
    assert run.with_requests_in_flight >= ends / 3


async def test_a_drain_under_load_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    with trio.fail_after(90):
        run = await end_again_and_again(tmp_path, 2, gently=True, acknowledgements=BOTS * EACH_AT_LEAST)
    assert run.acknowledged >= 2 * BOTS * EACH_AT_LEAST


async def test_a_kill_under_load_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    with trio.fail_after(240):
        run = await end_again_and_again(tmp_path, 5, gently=False, acknowledgements=1_000)
    _was_hard(run, 5, 1_000)


@pytest.mark.long
async def test_fifty_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    run = await end_again_and_again(tmp_path, 50, gently=False, acknowledgements=1_000, seed=1)
    print(f"{run.acknowledged} acknowledged; longest stall {run.longest_stall:.1f} s")
    _was_hard(run, 50, 1_000)
