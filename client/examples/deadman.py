"""Quotes under a dead-man timer: should this program hang, crash or be cut off, its orders end within ten seconds.

The timer is set again by the same loop that does the work. A task of its own would go on though the work hangs.
"""

import trio

from exchange_client import Exchange

MARKET = "Rain on Friday"
SECONDS = 10


async def run(exchange: Exchange) -> None:
    market = exchange.markets[MARKET]
    while True:
        await exchange.set_dead_man_timer(SECONDS)
        fair = market.mark
        await market.replace_quotes(bid=(market.round_down(fair - 2), 1), offer=(market.round_up(fair + 2), 1))
        await trio.sleep(SECONDS / 3)
