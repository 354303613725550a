"""Makes a close market on both sides, and shifts it against what it holds."""

from random import Random

from exchange.demo.bots.strategy import Strategy
from exchange.demo.spot import Spot
from exchange_client import Side


class MarketMaker(Strategy):
    """Quotes around the recent price. The more it holds, the lower it quotes, so that others take it off its hands."""

    pause = 0.4
    half_spread = 0.5  # per cent of the span
    skew = 0.12  # per cent of the span for each lot held
    lots = 2
    lots_held_max = 16

    def __init__(self, spot: Spot, random: Random) -> None:
        super().__init__(spot, random)
        self._reference = float(spot.mark)

    async def look(self) -> None:
        spot = self.spot
        before = self._reference
        self._reference += 0.3 * (spot.mark - self._reference)
        fair = self._reference - spot.position * self.skew * spot.percent
        half = self.half_spread * spot.percent
        quotes = [
            ("bid", Side.BUY, self.lots if spot.position < self.lots_held_max else 0, fair - half),
            ("offer", Side.SELL, self.lots if spot.position > -self.lots_held_max else 0, fair + half),
        ]
        if self._reference > before:
            quotes.reverse()  # upwards the offer makes way for the bid
        for name, side, lots, price in quotes:
            await spot.quote(name, side, lots, price)
