"""Keeps a fund and its constituents in line."""

from exchange.demo.bots.strategy import Strategy
from exchange.demo.spot import Spot
from exchange_client import Side


class Arbitrageur(Strategy):
    """Buys the fund below what its constituents fetch, swaps it for them and sells them; or the other way round.

    It takes what is there and quotes where it would gladly take more. It trades nothing but funds and what they hold.
    """

    pause = 0.3
    edge = 0.1  # per cent of the span that is to be left, the fee paid
    lots = 3

    async def look(self) -> None:
        fund = self.spot
        if not fund.parts:
            return
        await self._close_out()
        margin = fund.plan.redeem_fee + self.edge * fund.percent
        bids = _basket(fund, [part.bid for part in fund.parts])
        offers = _basket(fund, [part.offer for part in fund.parts])
        if bids is not None:
            await fund.take(Side.BUY, self.lots, worst=bids - margin)
            await fund.quote("bid", Side.BUY, self.lots, bids - margin)
        if offers is not None:
            await fund.take(Side.SELL, self.lots, worst=offers + margin)
            await fund.quote("offer", Side.SELL, self.lots, offers + margin)
        await self._close_out()

    async def _close_out(self) -> None:
        """Swaps what it has of the fund, and trades away what that left of the constituents."""
        if self.spot.position:
            await self.spot.swap(self.spot.position)
        for part in self.spot.parts:
            await part.approach(0, lots_max=self.lots, reach=3 * part.percent)


def _basket(fund: Spot, prices: list[int | None]) -> float | None:
    """What one of the fund comes to at these prices of its constituents; None unless there are all."""
    total = 0.0
    for (_, many), price in zip(fund.plan.basket, prices, strict=True):
        if price is None:
            return None
        total += price * many
    return total
