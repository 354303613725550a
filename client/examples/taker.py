"""Follows the move: buys what has lately gone up, sells what has gone down, and leaves when it calms."""

from exchange_client import Exchange, Number

MARKET = "Rain on Friday"
FAST, SLOW = 0.3, 0.03  # weight of the newest trade in the two averages
THRESHOLD = 0.5  # between the averages
SIZE = 10


async def run(exchange: Exchange) -> None:
    market = exchange.markets[MARKET]
    fast = slow = float(market.mark)
    with market.trades() as trades:  # every one, or a loud error
        async for trade in trades:
            fast += FAST * (float(trade.price) - fast)
            slow += SLOW * (float(trade.price) - slow)
            wanted = SIZE if fast > slow + THRESHOLD else -SIZE if fast < slow - THRESHOLD else 0
            missing = wanted - market.position
            if missing > 0 and market.best_offer:
                await market.buy(missing, at=market.best_offer.price, time_in_force="IOC")
            elif missing < 0 and market.best_bid:
                await market.sell(Number(abs(missing)), at=market.best_bid.price, time_in_force="IOC")
