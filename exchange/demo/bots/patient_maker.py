"""Waits far from the price with a lot of size, and moves seldom."""

from random import Random

from exchange.demo.bots.strategy import Strategy
from exchange.demo.spot import Spot
from exchange_client import Side


class PatientMaker(Strategy):
    """Keeps two levels on each side for those in a hurry, around a price it is slow to believe."""

    pause = 1.0
    levels = ((1.2, 3), (3.0, 6))  # per cent of the span from the middle, and lots
    tolerance = 0.4  # per cent of the span; closer is not worth the place in the queue
    skew = 0.05  # per cent of the span for each lot held
    lots_held_max = 40

    def __init__(self, spot: Spot, random: Random) -> None:
        super().__init__(spot, random)
        self._reference = float(spot.mark)

    async def look(self) -> None:
        spot = self.spot
        self._reference += 0.15 * (spot.mark - self._reference)
        middle = self._reference - spot.position * self.skew * spot.percent
        for number, (distance, lots) in enumerate(self.levels):
            for side, sign in ((Side.BUY, -1), (Side.SELL, 1)):
                room = spot.position * -sign < self.lots_held_max
                price = middle + sign * distance * spot.percent
                await spot.quote(
                    f"{side.name} {number}", side, lots if room else 0, price, tolerance=self.tolerance * spot.percent
                )
