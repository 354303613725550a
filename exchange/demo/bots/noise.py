"""Trades for reasons of its own."""

from exchange.demo.bots.strategy import Strategy
from exchange_client import Side


class Noise(Strategy):
    """Takes or leaves a little on a random side. Turns round only when it holds too much."""

    pause = 0.35
    impatience = 0.55  # how often it takes rather than waits
    lots_held_max = 12

    async def look(self) -> None:
        spot, random = self.spot, self.random
        side = random.choice((Side.BUY, Side.SELL))
        if abs(spot.position) >= self.lots_held_max:
            side = Side.SELL if spot.position > 0 else Side.BUY
        sign = 1 if side is Side.BUY else -1
        if random.random() < self.impatience:
            worst = spot.mark + sign * 2.5 * spot.percent
            await spot.take(side, random.choice((1, 1, 2, 3, 5)), worst=worst)
        else:
            price = spot.mark - sign * random.uniform(0.2, 2.0) * spot.percent
            await spot.rest(side, random.randint(1, 3), price, seconds=random.uniform(2, 8))
