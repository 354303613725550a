"""What tests of the rules share."""

import pytest

from exchange.core.commands import Actor
from tests.core.world import World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def ann(world: World) -> Actor:
    return world.user("Ann", 1_000)


@pytest.fixture
def bob(world: World) -> Actor:
    return world.user("Bob", 1_000)


@pytest.fixture
def cyn(world: World) -> Actor:
    return world.user("Cyn", 1_000)


@pytest.fixture
def market(world: World) -> int:
    """Bounds 10 and 20."""
    return world.market()
