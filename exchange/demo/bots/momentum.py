"""Believes that what moves goes on moving."""

from random import Random

from exchange.demo.bots.strategy import Strategy, clamp
from exchange.demo.spot import Spot


class Momentum(Strategy):
    """Buys when the price has lately been above its longer average, sells when below, and leaves when it calms."""

    pause = 0.5
    threshold = 0.2  # per cent of the span between the averages
    lots_per_percent = 5
    lots_held_max = 8

    def __init__(self, spot: Spot, random: Random) -> None:
        super().__init__(spot, random)
        self._fast = self._slow = float(spot.mark)

    async def look(self) -> None:
        spot = self.spot
        self._fast += 0.5 * (spot.mark - self._fast)
        self._slow += 0.08 * (spot.mark - self._slow)
        trend = (self._fast - self._slow) / spot.percent
        wanted = clamp(trend * self.lots_per_percent, self.lots_held_max) if abs(trend) > self.threshold else 0.0
        await spot.approach(wanted, lots_max=2, reach=0.6 * spot.percent)
