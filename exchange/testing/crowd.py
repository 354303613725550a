"""A crowd to trade against: people without a plan, and people who know what a market is worth.

The worth of a market wanders. Nobody sees it, the informed see it exactly, and the others have a rough idea of it, so
that there is a price and it follows. All of it follows from the seed.
"""

from random import Random
from types import TracebackType
from typing import TYPE_CHECKING, Any

import trio

from exchange_client import Exchange, Market, MarketStatus, Number, Refused

if TYPE_CHECKING:
    from exchange.testing.memory import MemoryExchange

_WANDER = 0.002  # of the span, in a second
_IDEA = 0.02  # of the span: how far off the uninformed are as a rule
_EDGE = 0.01  # of the span: what the informed want to earn at least
_PAUSE_SECONDS = 2.0  # between what one of them does, on average
_PATIENCE_SECONDS = 30.0  # for which an order of theirs rests
_SIZE_MAX = 5  # contracts in one order
_HELD_MAX = 0.02  # of the cash, over the span: contracts held, when they only take the other side any more


class Crowd:
    """Trades in every market there is, while its block runs. ``worth`` says what a market is worth now."""

    def __init__(self, exchange: "MemoryExchange", noise: int, informed: int, seed: int, cash: Any) -> None:
        self._exchange = exchange
        self._noise = noise
        self._informed = informed
        self._random = Random(f"{exchange.seed} crowd {seed}")
        self._seed = seed
        self._cash = cash
        self._worth: dict[int, float] = {}
        self._scope = trio.CancelScope()
        self._done = trio.Event()

    def worth(self, market: Market) -> float:
        """What a market is worth, between its bounds."""
        low, high = float(market.low), float(market.high)
        return self._worth.setdefault(market.market_id, low + (high - low) * self._random.uniform(0.35, 0.65))

    def shock(self, market: Market, worth: float) -> None:
        """News: from now on a market is worth something else."""
        self._worth[market.market_id] = worth

    async def __aenter__(self) -> "Crowd":
        self._manager = trio.open_nursery()
        self._nursery = await self._manager.__aenter__()
        self._nursery.start_soon(self._wander)
        for kind, count in (("noise", self._noise), ("informed", self._informed)):
            for number in range(count):
                await self._nursery.start(self._live, kind, f"{kind} {self._seed}-{number + 1}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._nursery.cancel_scope.cancel()
        await self._manager.__aexit__(kind, error, traceback)

    async def _wander(self) -> None:
        while True:
            await trio.sleep(1.0)
            for market in self._exchange.organiser.markets:
                low, high = float(market.low), float(market.high)
                moved = self.worth(market) + self._random.gauss(0, _WANDER) * (high - low)
                self._worth[market.market_id] = min(max(moved, low), high)

    async def _live(self, kind: str, name: str, *, task_status: trio.TaskStatus[None]) -> None:
        random = Random(f"{self._exchange.seed} {name}")
        async with self._exchange.connect(name, cancel_on_exit=False) as exchange:
            await self._exchange.fund(name, self._cash)
            task_status.started()
            while True:
                await trio.sleep(random.expovariate(1 / _PAUSE_SECONDS))
                markets = [market for market in exchange.markets if market.status is MarketStatus.OPEN]
                if not markets:
                    continue
                act = self._take if kind == "informed" else self._dabble
                try:
                    await act(exchange, random.choice(markets), random)
                except Refused:
                    continue  # out of money, or the market has just closed

    async def _take(self, _: Exchange, market: Market, random: Random) -> None:
        """Takes what is too cheap or too dear."""
        worth = self.worth(market)
        edge = float(market.high - market.low) * _EDGE
        bid, offer = market.best_bid, market.best_offer
        size = Number(random.randint(1, _SIZE_MAX))
        if offer is not None and offer.price < worth - edge:
            await market.buy(min(offer.size, size), at=offer.price, time_in_force="IOC")
        elif bid is not None and bid.price > worth + edge:
            await market.sell(min(bid.size, size), at=bid.price, time_in_force="IOC")

    async def _dabble(self, exchange: Exchange, market: Market, random: Random) -> None:
        """Takes or makes an offer on a whim, around a rough idea of what it is worth."""
        span = float(market.high - market.low)
        idea = random.gauss(self.worth(market), span * _IDEA)
        most = float(exchange.equity) * _HELD_MAX / span * 100
        held = float(market.position)
        buys = held < -most or (held < most and random.random() < 0.5)
        sign = 1 if buys else -1
        eager = random.random() < 0.4
        price = idea + sign * span * _IDEA if eager else idea - sign * span * _IDEA * random.random()
        place, rounded = (market.buy, market.round_down) if buys else (market.sell, market.round_up)
        size = random.randint(1, _SIZE_MAX)
        if eager:
            await place(size, at=rounded(price), time_in_force="IOC")
        else:
            await place(size, at=rounded(price), expires_in=_PATIENCE_SECONDS)
