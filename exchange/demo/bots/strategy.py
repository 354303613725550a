"""What all strategies share: a look at the market, a pause, and the next look."""

from abc import ABC, abstractmethod
from random import Random
from typing import ClassVar

import trio

from exchange.demo.spot import Spot


class Strategy(ABC):
    """A bot in one market. ``pause`` is the mean time between two looks, in seconds."""

    pause: ClassVar[float]

    def __init__(self, spot: Spot, random: Random) -> None:
        self.spot = spot
        self.random = random

    async def run(self, closing: trio.Event) -> None:
        """Looks again and again until ``closing``; a look that has begun is finished, and so every request answered."""
        while not closing.is_set():
            with trio.move_on_after(self.pause * self.random.uniform(0.5, 1.5)):
                await closing.wait()
                return
            await self.look()

    @abstractmethod
    async def look(self) -> None:
        """Looks at the market once and does what seems right."""


def clamp(value: float, limit: float) -> float:
    """The value, no further from zero than the limit."""
    return min(max(value, -limit), limit)
