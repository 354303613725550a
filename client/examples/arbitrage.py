"""Keeps a fund and its constituents in line: buys the cheaper side, sells the dearer one, and swaps one for the other.

The constituents' multipliers are positive in this one.
"""

from exchange_client import Exchange, Market

FUND = "Weather"


async def run(exchange: Exchange) -> None:
    fund = exchange.markets[FUND]
    parts = [(exchange.markets[market_id], multiplier) for market_id, multiplier in fund.constituents]
    while True:
        await close_out(parts)  # what a swap left, or an earlier run
        await take_profit(fund, parts)
        await exchange.wait_for_change()


async def take_profit(fund: Market, parts: list[tuple[Market, int]]) -> None:
    bids = [(part.best_bid, many) for part, many in parts]
    offers = [(part.best_offer, many) for part, many in parts]
    bid, offer = fund.best_bid, fund.best_offer
    if offer and all(level for level, _ in bids):
        basket = sum(level.price * many for level, many in bids if level)
        size = min(int(offer.size), *(int(level.size) // many for level, many in bids if level))
        if size and basket - offer.price > fund.redeem_fee:
            bought = await fund.buy(size, at=offer.price, time_in_force="IOC")
            if bought.filled:
                await fund.redeem(bought.filled)  # now it holds the constituents
                await close_out(parts)
    if bid and all(level for level, _ in offers):
        basket = sum(level.price * many for level, many in offers if level)
        size = min(int(bid.size), *(int(level.size) // many for level, many in offers if level))
        if size and bid.price - basket > fund.redeem_fee:
            sold = await fund.sell(size, at=bid.price, time_in_force="IOC")
            if sold.filled:
                await fund.redeem(-sold.filled)  # makes the fund of constituents, which it is short of now
                await close_out(parts)


async def close_out(parts: list[tuple[Market, int]]) -> None:
    for part, _ in parts:
        if part.position > 0 and part.best_bid:
            await part.sell(part.position)  # without a price: takes what there is
        elif part.position < 0 and part.best_offer:
            await part.buy(-part.position)
