"""A crowd to trade against: people without a plan, and people who know what a market is worth.

The worth of a market wanders. Nobody sees it, the informed see it exactly, and the others have a rough idea of it, so
that there is a price and it follows. All of it follows from the seed.
"""

from math import ceil, floor
from random import Random
from types import TracebackType
from typing import TYPE_CHECKING, Any

import trio

from exchange.core.commands import Actor, PlaceOrder
from exchange.core.standings import equity
from exchange.core.state import Market as MarketState
from exchange.core.units import MarketStatus, Side, TimeInForce
from exchange_client import Market
from exchange_client.number import ten_thousandths

if TYPE_CHECKING:
    from exchange.testing.memory import MemoryExchange

_WANDER = 0.002  # of the span, in a second
_IDEA = 0.02  # of the span: how far off the uninformed are as a rule
_EDGE = 0.01  # of the span: what the informed want to earn at least
_PAUSE_SECONDS = 5.0  # between what one of them does, on average
_PATIENCE_SECONDS = 60  # for which an order of theirs rests
_EAGER = 0.4  # how often the uninformed take rather than wait
_SIZE_MAX = 500  # hundredths in one order
_HELD_MAX = 0.2  # of what their money could hold; with more they only take the other side
_SECOND = 1_000_000_000


class Crowd:
    """Trades in every market there is, while its block runs."""

    def __init__(self, exchange: "MemoryExchange", noise: int, informed: int, seed: int, cash: Any) -> None:
        self._exchange = exchange
        self._names = [f"noise {seed}-{number + 1}" for number in range(noise)]
        self._informed = [f"informed {seed}-{number + 1}" for number in range(informed)]
        self._random = Random(f"{exchange.seed} crowd {seed}")
        self._cash = ten_thousandths(cash, "cash")
        self._worth: dict[int, float] = {}

    def worth(self, market: Market) -> float:
        """What a market is worth at the moment: a price between its bounds."""
        return self._worth_of(self._exchange.people.state.markets[market.market_id]) / 100

    def news(self, market: Market, worth: float) -> None:
        """From now on a market is worth something else."""
        self._worth[market.market_id] = worth * 100

    async def __aenter__(self) -> "Crowd":
        self._manager = trio.open_nursery()
        self._nursery = await self._manager.__aenter__()
        self._nursery.start_soon(self._wander)
        for name in (*self._names, *self._informed):
            actor = await self._exchange.people.join(name, self._cash)
            self._nursery.start_soon(self._live, actor, name)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._nursery.cancel_scope.cancel()
        await self._manager.__aexit__(kind, error, traceback)

    def _worth_of(self, market: MarketState) -> float:
        first = market.low + (market.high - market.low) * self._random.uniform(0.35, 0.65)
        return self._worth.setdefault(market.market_id, first)

    async def _wander(self) -> None:
        while True:
            await trio.sleep(1.0)
            for market in self._exchange.people.state.markets.values():
                moved = self._worth_of(market) + self._random.gauss(0, _WANDER) * (market.high - market.low)
                self._worth[market.market_id] = min(max(moved, market.low), market.high)

    async def _live(self, actor: Actor, name: str) -> None:
        random = Random(f"{self._exchange.seed} {name}")
        people = self._exchange.people
        while True:
            await trio.sleep(random.expovariate(1 / _PAUSE_SECONDS))
            markets = [market for market in people.state.markets.values() if market.status is MarketStatus.OPEN]
            if markets:
                market = random.choice(markets)
                order = self._take(market, random) if name in self._informed else self._dabble(market, actor, random)
                if order is not None:
                    await people.send(order, actor)

    def _take(self, market: MarketState, random: Random) -> PlaceOrder | None:
        """Takes what is too cheap or too dear."""
        worth, edge = self._worth_of(market), _EDGE * (market.high - market.low)
        bid, offer = market.book.best(Side.BUY), market.book.best(Side.SELL)
        size = random.randint(1, _SIZE_MAX)
        if offer is not None and offer.price < worth - edge:
            return PlaceOrder(market.market_id, Side.BUY, offer.price, size, TimeInForce.IOC)
        if bid is not None and bid.price > worth + edge:
            return PlaceOrder(market.market_id, Side.SELL, bid.price, size, TimeInForce.IOC)
        return None

    def _dabble(self, market: MarketState, actor: Actor, random: Random) -> PlaceOrder:
        """Takes or makes an offer on a whim, around a rough idea of what it is worth."""
        span = market.high - market.low
        account = self._exchange.people.state.accounts[actor.account_id]
        position = account.positions.get(market.market_id)
        held = 0 if position is None else position.size
        most = equity(self._exchange.people.state, account) / span * _HELD_MAX
        buys = held < -most or (held < most and random.random() < 0.5)
        sign = 1 if buys else -1
        idea = random.gauss(self._worth_of(market), span * _IDEA)
        eager = random.random() < _EAGER
        price = idea + sign * span * _IDEA * (1.0 if eager else -random.random())
        price = min(max((floor if buys else ceil)(price), market.low), market.high)
        side, size = Side.BUY if buys else Side.SELL, random.randint(1, _SIZE_MAX)
        if eager:
            return PlaceOrder(market.market_id, side, price, size, TimeInForce.IOC)
        expires_at = self._exchange.now() + _PATIENCE_SECONDS * _SECOND
        return PlaceOrder(market.market_id, side, price, size, TimeInForce.GTD, expires_at=expires_at)
