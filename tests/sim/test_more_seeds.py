"""The second half of the everyday seeds, in a file of its own because the tests of a file share a process."""

import pytest

from tests.sim.test_simulation import AT_ONCE, FIRST, SEEDS, hold


@pytest.mark.parametrize("first", range(FIRST + SEEDS, FIRST + 2 * SEEDS, AT_ONCE))
def test_more_seeds_hold_every_invariant(first: int) -> None:
    hold(first)
