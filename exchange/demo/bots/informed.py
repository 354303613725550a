"""Knows what it is worth."""

from random import Random

from exchange.demo.bots.strategy import Strategy
from exchange.demo.plans import Worth
from exchange.demo.spot import Spot
from exchange_client import Side


class Informed(Strategy):
    """Takes what is offered below the true value or bid above it: this is how the truth gets into the price."""

    pause = 0.5
    edge = 0.8  # per cent of the span that a trade has to be worth
    lots_held_max = 40

    def __init__(self, spot: Spot, random: Random, value: Worth) -> None:
        super().__init__(spot, random)
        self._value = value

    async def look(self) -> None:
        spot = self.spot
        edge = self.edge * spot.percent
        if spot.position < self.lots_held_max:
            await spot.take(Side.BUY, 3, worst=self._value.price - edge)
        if spot.position > -self.lots_held_max:
            await spot.take(Side.SELL, 3, worst=self._value.price + edge)
