"""One market from where one bot sits: what it sees there, and what it can do."""

from collections.abc import Awaitable, Callable, Sequence
from math import ceil, floor
from typing import TypeVar

import trio

from exchange.demo.plans import Plan
from exchange.demo.record import Record
from exchange_client import Exchange, Market, OrderResult, RefusalCode, Refused, Side, TimeInForce

T = TypeVar("T")

_PRUDENCE = 0.8  # of what is available: the rest is for what happens while an order is on its way
_WHOLE = 100  # hundredths


class Spot:
    """A market with verbs a strategy thinks in: sizes are lots, prices are rounded, funds are respected.

    Prices are hundredths here, as in plans. ``parts`` are the spots of a fund's constituents.

    A refusal is counted and otherwise ignored. Cancelled, it leaves open what became of the last request.
    """

    def __init__(
        self, exchange: Exchange, market: Market, plan: Plan, record: Record, parts: Sequence["Spot"] = ()
    ) -> None:
        self.plan = plan
        self.parts = parts
        self.percent = plan.span / 100
        self._exchange = exchange
        self._market = market
        self._record = record
        self._quotes: dict[str, int] = {}

    # What it sees.

    @property
    def mark(self) -> int:
        """The last price; before the first trade the middle of the bounds."""
        return self._market.mark.hundredths

    @property
    def bid(self) -> int | None:
        """The best bid."""
        level = self._market.best_bid
        return level and level.price.hundredths

    @property
    def offer(self) -> int | None:
        """The best offer."""
        level = self._market.best_offer
        return level and level.price.hundredths

    @property
    def position(self) -> float:
        """What the bot holds, in lots; negative when short."""
        return self._market.position.hundredths / self.plan.lot

    # What it does.

    async def take(self, side: Side, lots: int, *, worst: float) -> None:
        """Trades with what rests, up to a price; sends nothing where there is nothing so good."""
        best = self.offer if side is Side.BUY else self.bid
        price = self._rounded(side, worst)
        if best is None or (price < best if side is Side.BUY else price > best):
            return
        await self._place(side, lots, price, time_in_force=TimeInForce.IOC)

    async def rest(self, side: Side, lots: int, price: float, *, seconds: float) -> None:
        """Places an order that ends by itself."""
        await self._place(side, lots, self._rounded(side, price), expires_in=seconds)

    async def approach(self, position: float, *, lots_max: int, reach: float) -> None:
        """Takes a step towards a position, at prices up to ``reach`` worse than the best."""
        missing = position - self.position
        side = Side.BUY if missing > 0 else Side.SELL
        best = self.offer if side is Side.BUY else self.bid
        lots = min(round(abs(missing)), lots_max)
        if lots and best is not None:
            await self.take(side, lots, worst=best + reach if side is Side.BUY else best - reach)

    async def quote(self, name: str, side: Side, lots: int, price: float, *, tolerance: float = 0.0) -> None:
        """Keeps one order of that name in the book: moves it if it is further off than ``tolerance``, renews it if
        less than half is left, and takes it away for 0 lots. Never trades at once."""
        order = self._exchange.orders.get(self._quotes.get(name, 0))
        goal = self._beside(side, self._rounded(side, price))
        if not lots:
            if order is not None:
                await self._change(lambda: self._market.cancel(order))
        elif order is None:
            placed = await self._place(side, lots, goal, post_only=True)
            if placed is not None:
                self._quotes[name] = placed.order_id
        elif abs(order.price.hundredths - goal) > tolerance or order.remaining.hundredths * 2 < lots * self.plan.lot:
            size = order.size - order.remaining + lots * self.plan.lot / _WHOLE
            if self._affordable(side, lots * self.plan.lot, goal):
                await self._change(lambda: self._market.amend(order, price=goal / _WHOLE, size=size))

    async def swap(self, lots: float) -> None:
        """Swaps lots of a fund for its constituents; negative makes the fund of them."""
        await self._change(lambda: self._market.redeem(lots * self.plan.lot / _WHOLE))

    # How.

    def _rounded(self, side: Side, price: float) -> int:
        """A price in whole steps, to the bot's favour, within the bounds."""
        plan, step = self.plan, self.plan.step
        steps = (price - plan.low) / step
        whole = floor(steps) if side is Side.BUY else ceil(steps)
        return min(max(plan.low + whole * step, plan.low + step), plan.high - step)

    def _beside(self, side: Side, price: int) -> int:
        """The price, or the nearest that does not meet the other side."""
        if side is Side.BUY:
            return price if self.offer is None else min(price, self.offer - self.plan.step)
        return price if self.bid is None else max(price, self.bid + self.plan.step)

    def _affordable(self, side: Side, size: int, price: int) -> bool:
        """Whether the worst that an order can lose is available; one that only closes a position always is."""
        held = self.position * self.plan.lot
        if (held < 0) == (side is Side.BUY) and size <= abs(held):
            return True
        worst = price - self.plan.low if side is Side.BUY else self.plan.high - price
        return size * worst <= self._exchange.available.ten_thousandths * _PRUDENCE

    async def _place(
        self,
        side: Side,
        lots: int,
        price: int,
        *,
        time_in_force: TimeInForce | None = None,
        post_only: bool = False,
        expires_in: float | None = None,
    ) -> OrderResult | None:
        size = lots * self.plan.lot
        if not self._affordable(side, size, price):
            return None
        place = self._market.buy if side is Side.BUY else self._market.sell
        try:
            result = await self._ask(
                lambda: place(
                    size / _WHOLE, at=price / _WHOLE, time_in_force=time_in_force, post_only=post_only,
                    expires_in=expires_in,
                )
            )  # fmt: skip
        except Refused as refused:
            await self._refused(refused, placing=True)
            return None
        self._record.order_ids.add(result.order_id)
        return result

    async def _change(self, request: Callable[[], Awaitable[object]]) -> None:
        try:
            await self._ask(request)
            self._record.changes += 1
        except Refused as refused:
            await self._refused(refused, placing=False)

    async def _refused(self, refused: Refused, *, placing: bool) -> None:
        self._record.refuse(refused, placing=placing)
        if refused.code is RefusalCode.PACE:
            await trio.sleep(refused.retry_after or 1.0)

    async def _ask(self, request: Callable[[], Awaitable[T]]) -> T:
        """Waits for an answer and notes how long it took."""
        asked_at = trio.current_time()
        answer = await request()
        self._record.latencies.append(trio.current_time() - asked_at)
        return answer
