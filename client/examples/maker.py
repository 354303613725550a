"""Makes a market: quotes around the middle of what others quote, and leans against what it holds.

The more it holds, the lower it quotes, so that others take it off its hands.
"""

import trio

from exchange_client import Exchange, Refused

MARKET = "Rain on Friday"
EDGE = 1.0  # between the fair price and each quote
SKEW = 0.1  # by which the fair price moves for each contract held
SIZE = 5
POSITION_MAX = 40


async def run(exchange: Exchange) -> None:
    market = exchange.markets[MARKET]
    async for _ in market.book_changes():  # conflated: always the newest, never a backlog
        middle = market.mid_of_others  # with its own quotes in it, it would chase itself
        fair = (market.mark if middle is None else middle) - market.position * SKEW
        bid = (market.round_down(fair - EDGE), SIZE) if market.position < POSITION_MAX else None
        offer = (market.round_up(fair + EDGE), SIZE) if market.position > -POSITION_MAX else None
        try:
            await market.replace_quotes(bid=bid, offer=offer)  # one atomic batch
        except Refused as refused:
            if refused.retry_after is None:
                raise
            await trio.sleep(refused.retry_after)
