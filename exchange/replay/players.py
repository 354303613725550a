"""The two who act a recording out: the maker owns every resting order, the taker hits what was executed."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import trio

from exchange.replay.lobster import BookRow, Kind, Message, Quote
from exchange.replay.report import Report
from exchange_client import Exchange, Level, Market, OrderResult, RefusalCode, Refused, Side

T = TypeVar("T")

_WHOLE = 100  # hundredths

# What a book that is no longer the recorded one leads to; anything else ends the replay.
_APART = frozenset({RefusalCode.ORDER_ENDED, RefusalCode.UNKNOWN_ORDER, RefusalCode.WOULD_TRADE})


class _Resting:
    """One of the maker's orders: its id and its total size, less what was cancelled."""

    __slots__ = ("order_id", "size")

    def __init__(self, order_id: int, size: int) -> None:
        self.order_id = order_id
        self.size = size


class Players:
    """Acts messages out, one at a time: each is answered before the next is sent."""

    def __init__(self, maker: Exchange, taker: Exchange, market_id: int, report: Report) -> None:
        self._maker, self._taker = maker, taker
        self._actor = maker  # whoever acted last: that one has seen everything
        self._market_id = market_id
        self._report = report
        self._known: dict[int, _Resting] = {}
        self._seeded: dict[tuple[Side, int], _Resting] = {}

    async def seed(self, row: BookRow) -> None:
        """Makes the book that was there before the first message, with one order a level."""
        for side, levels in ((Side.BUY, row.bids), (Side.SELL, row.offers)):
            for level in levels:
                self._seeded[side, level.price] = await self._rest(side, level.price, level.size)

    async def act(self, message: Message) -> tuple[Quote | None, Quote | None]:
        """Does what a message tells. Returns the best bid and offer in the state of whoever acted last.

        That state has everything up to the answer, also what the other one did before.
        """
        try:
            match message.kind:
                case Kind.NEW:
                    self._known[message.reference] = await self._rest(message.side, message.price, message.size)
                case Kind.PARTIAL_CANCEL | Kind.DELETE:
                    await self._reduce(message)
                case Kind.EXECUTION:
                    await self._execute(message)
        except Refused as refused:
            if refused.code not in _APART:
                raise
            self._report.unmatched += 1
        return _best(self._actor.markets[self._market_id])

    async def _rest(self, side: Side, price: int, size: int) -> _Resting:
        self._actor = self._maker
        place = _placer(self._maker.markets[self._market_id], side)
        result = await _paced(lambda: place(size / _WHOLE, at=price / _WHOLE, post_only=True))
        return _Resting(result.order_id, size)

    async def _reduce(self, message: Message) -> None:
        """Cancels an order or a part of it: as much as was recorded, also of a delete.

        One that the recording never placed is part of the seeded level. Seeded so, the queue of a level is not quite
        the recorded one, so another order than recorded may have been executed; the level is right all the same.
        """
        order = self._known.get(message.reference) or self._seeded.get((message.side, message.price))
        if order is None:
            self._report.unmatched += 1
            return
        self._actor = self._maker
        order.size -= message.size
        order_id, size = order.order_id, order.size
        if size <= 0:
            await _paced(lambda: self._maker.markets[self._market_id].cancel(order_id))
        else:
            await _paced(lambda: self._maker.markets[self._market_id].amend(order_id, size=size / _WHOLE))

    async def _execute(self, message: Message) -> None:
        """The aggressor is not recorded: an order of the other side, at that price and size, that does not rest."""
        side = Side.SELL if message.side is Side.BUY else Side.BUY
        self._actor = self._taker
        market = self._taker.markets[self._market_id]
        place, size, price = _placer(market, side), message.size / _WHOLE, message.price / _WHOLE
        result = await _paced(lambda: place(size, at=price, time_in_force="IOC"))
        trades = market.recent_trades
        for trade in trades:
            if trade.sequence == result.sequence:
                self._report.trade(trade.size.hundredths)
        self._report.unmatched += result.filled.hundredths != message.size


def _placer(market: Market, side: Side) -> Callable[..., Awaitable[OrderResult]]:
    return market.buy if side is Side.BUY else market.sell


def _quote(level: Level | None) -> Quote | None:
    return level and Quote(level.price.hundredths, level.size.hundredths)


def _best(market: Market) -> tuple[Quote | None, Quote | None]:
    bid, offer = market.best_bid, market.best_offer
    return _quote(bid), _quote(offer)


async def _paced(request: Callable[[], Awaitable[T]]) -> T:
    """Asks again when the exchange finds it too fast, after the time that the exchange names."""
    while True:
        try:
            return await request()
        except Refused as refused:
            if refused.code is not RefusalCode.PACE or refused.retry_after is None:
                raise
            await trio.sleep(refused.retry_after)
