"""Trio still lets the order of tasks be seeded, in the way the simulation relies on."""

from random import Random

import trio

from exchange.testing.order_of_tasks import seeded_order


async def _race() -> list[int]:
    order: list[int] = []

    async def run(number: int) -> None:
        for _ in range(20):
            order.append(number)
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        for number in range(10):
            nursery.start_soon(run, number)
    return order


def _run(seed: int) -> list[int]:
    with seeded_order(seed):
        return trio.run(_race)


def test_a_seed_gives_one_order_of_tasks_and_another_seed_another() -> None:
    assert _run(1) == _run(1)
    assert _run(1) != _run(2)


def test_the_names_the_simulation_uses_are_trios() -> None:
    from trio._core import _run as trio_run

    assert isinstance(trio_run._ALLOW_DETERMINISTIC_SCHEDULING, bool)
    assert isinstance(trio_run._r, Random)
