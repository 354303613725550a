"""Buys a large position slice by slice, so that nobody sees it coming: the average price over a time.

Started again, it goes on where it was: what it has got is its position.
"""

import trio

from exchange_client import Exchange, Number

MARKET = "Rain on Friday"
SIZE = 100
SLICES = 20
SECONDS = 600.0
PRICE_MAX = 70


async def run(exchange: Exchange) -> None:
    market = exchange.markets[MARKET]
    begin = trio.current_time()
    for slice_number in range(1, SLICES + 1):
        due = Number(SIZE) * slice_number / SLICES
        deadline = begin + SECONDS * slice_number / SLICES
        while market.position < due and trio.current_time() < deadline:
            offer = market.best_offer
            if offer is not None and offer.price <= PRICE_MAX:
                await market.buy(due - market.position, at=offer.price, time_in_force="IOC")
            await exchange.wait_for_change(market, timeout=deadline - trio.current_time())
        await trio.sleep_until(deadline)
