"""Keeps a fund and its constituents in line: buys the cheaper side, sells the dearer one, and swaps one for the other.

The constituents' multipliers are positive in this one.
"""

from exchange_client import Exchange, Market, Number

FUND = "Weather"


async def run(exchange: Exchange) -> None:
    fund = exchange.markets[FUND]
    parts = [(exchange.markets[market_id], multiplier) for market_id, multiplier in fund.constituents]
    while True:
        await take_profit(fund, parts)
        await exchange.wait_for_change()


async def take_profit(fund: Market, parts: list[tuple[Market, int]]) -> None:
    bids = [part.best_bid for part, _ in parts]
    offers = [part.best_offer for part, _ in parts]
    bid, offer = fund.best_bid, fund.best_offer
    if offer and all(bids):
        basket = sum(level.price * many for level, (_, many) in zip(bids, parts, strict=True) if level)
        size = min([offer.size, *(level.size / many for level, (_, many) in zip(bids, parts, strict=True) if level)])
        if basket - offer.price > fund.redeem_fee and size >= 1:
            bought = await fund.buy(int(size), at=offer.price, time_in_force="IOC")
            if bought.filled:
                await fund.redeem(bought.filled)  # now it is the constituents
                await unload(parts, bought.filled, buy=False)
    if bid and all(offers):
        basket = sum(level.price * many for level, (_, many) in zip(offers, parts, strict=True) if level)
        size = min([bid.size, *(level.size / many for level, (_, many) in zip(offers, parts, strict=True) if level)])
        if bid.price - basket > fund.redeem_fee and size >= 1:
            sold = await fund.sell(int(size), at=bid.price, time_in_force="IOC")
            if sold.filled:
                await fund.redeem(-sold.filled)  # made of constituents it does not have yet
                await unload(parts, sold.filled, buy=True)


async def unload(parts: list[tuple[Market, int]], size: Number, *, buy: bool) -> None:
    for part, many in parts:
        if buy:
            await part.buy(size * many)  # without a price: takes what there is
        else:
            await part.sell(size * many)
