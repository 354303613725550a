"""The levels of one side, against a plain sorted dictionary."""

import random

import pytest

from exchange.core.ladder import _HUSKS_MAX, NO_RANK, Ladder


def _join(ladder: Ladder, rank: int) -> None:
    ladder.at(rank, -rank).count += 1


def _leave(ladder: Ladder, rank: int) -> None:
    level = ladder.at(rank, -rank)
    level.count -= 1
    if not level.count:
        ladder.emptied(level)


@pytest.mark.parametrize("seed", range(20))
def test_a_ladder_is_in_order_whatever_comes_and_goes(seed: int) -> None:
    chance = random.Random(seed)
    ladder, counts = Ladder(), dict[int, int]()
    for _ in range(3_000):
        if counts and chance.random() < 0.5:
            rank = min(counts) if chance.random() < 0.3 else chance.choice(list(counts))
            _leave(ladder, rank)
            counts[rank] -= 1
            if not counts[rank]:
                del counts[rank]
        else:
            rank = chance.randint(-400, 400)
            _join(ladder, rank)
            counts[rank] = counts.get(rank, 0) + 1
        best = min(counts, default=NO_RANK)
        assert ladder.best_rank == best
        assert len(ladder) == len(counts)
        assert (ladder.best.rank if ladder.best is not None else NO_RANK) == best
    assert [(level.rank, level.count) for level in ladder] == sorted(counts.items())
    assert [(level.rank, level.count) for level in ladder.walk()] == sorted(counts.items())


def test_a_price_that_comes_back_finds_its_level_again() -> None:
    ladder = Ladder()
    _join(ladder, 1)
    _join(ladder, 2)
    level = ladder.at(2, -2)
    _leave(ladder, 2)
    _join(ladder, 2)
    assert ladder.at(2, -2) is level
    assert [each.rank for each in ladder] == [1, 2]


def test_empty_levels_do_not_pile_up() -> None:
    ladder = Ladder()
    _join(ladder, 0)
    for rank in range(1, 10_000):
        _join(ladder, rank)
        _leave(ladder, rank)
        assert len(ladder._levels) <= _HUSKS_MAX + 3
    assert [level.rank for level in ladder] == [0]


def test_a_cleared_ladder_is_as_new() -> None:
    ladder = Ladder()
    _join(ladder, 3)
    ladder.clear()
    assert (len(ladder), ladder.best_rank, ladder.best, list(ladder)) == (0, NO_RANK, None, [])
    _join(ladder, 5)
    assert ladder.best_rank == 5
