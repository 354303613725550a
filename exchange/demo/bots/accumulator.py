"""Builds up a large position in small slices, evenly over time, as one does who must not move the price."""

from random import Random

from exchange.demo.bots.strategy import Strategy
from exchange.demo.spot import Spot


class Accumulator(Strategy):
    """Goes for a target, a lot at a time; then has another target, on the other side."""

    pause = 0.9
    lots_min, lots_max = 6, 15

    def __init__(self, spot: Spot, random: Random) -> None:
        super().__init__(spot, random)
        self._target = self._draw(random.choice((-1, 1)))

    async def look(self) -> None:
        spot = self.spot
        if abs(self._target - spot.position) < 1:
            self._target = self._draw(-1 if self._target > 0 else 1)
        await spot.approach(self._target, lots_max=1, reach=0.8 * spot.percent)

    def _draw(self, sign: int) -> int:
        return sign * self.random.randint(self.lots_min, self.lots_max)
