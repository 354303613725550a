"""Everyday seeds of the simulation; ``python -m tests.sim --seeds 200`` runs as many as one likes."""

from pathlib import Path

import pytest

from tests.sim.simulation import run

SEEDS = 10


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_seed_holds_every_invariant(tmp_path: Path, seed: int) -> None:
    outcome = run(seed, tmp_path)
    assert outcome.sequence > 150, "it was a busy history"


def test_a_seed_replays_exactly(tmp_path: Path) -> None:
    first, second, other = tmp_path / "first", tmp_path / "second", tmp_path / "other"
    for folder in (first, second, other):
        folder.mkdir()
    assert run(1_000, first) == run(1_000, second)
    assert run(1_001, other).hash != run(1_000, _fresh(tmp_path)).hash


def _fresh(folder: Path) -> Path:
    fresh = folder / "fresh"
    fresh.mkdir()
    return fresh


@pytest.mark.long
@pytest.mark.parametrize("start", range(0, 200, 10))
def test_two_hundred_seeds_hold_every_invariant(tmp_path: Path, start: int) -> None:
    for seed in range(start, start + 10):
        folder = tmp_path / str(seed)
        folder.mkdir()
        run(10_000 + seed, folder)
