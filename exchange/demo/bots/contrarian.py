"""Believes that what moved comes back."""

from random import Random

from exchange.demo.bots.strategy import Strategy, clamp
from exchange.demo.spot import Spot


class Contrarian(Strategy):
    """Sells what has become dear and buys what has become cheap, by the measure of a long average."""

    pause = 0.6
    threshold = 0.5  # per cent of the span from the average
    lots_per_percent = 3
    lots_held_max = 10

    def __init__(self, spot: Spot, random: Random) -> None:
        super().__init__(spot, random)
        self._average = float(spot.mark)

    async def look(self) -> None:
        spot = self.spot
        self._average += 0.04 * (spot.mark - self._average)
        gap = (spot.mark - self._average) / spot.percent
        wanted = -clamp(gap * self.lots_per_percent, self.lots_held_max) if abs(gap) > self.threshold else 0.0
        await spot.approach(wanted, lots_max=2, reach=0.6 * spot.percent)
