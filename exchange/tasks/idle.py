"""Sending spectators away who have long stopped watching, so that a machine that bills by the second can stop.

A platform stops a machine when nobody is connected, and a client that comes back by itself would start it again: so
close code 4002 says to stay away until somebody wants to look. A spectator is a connection that has asked for nothing
but pings for ``idle_seconds`` and whose account has no order resting: whoever waits for a fill is no spectator.
"""

import trio

from exchange.core.state import State
from exchange.tasks.context import Context

IDLE = 4002
LOOKS = 8  # in the time after which a spectator is idle: how much later than that it may be closed


async def close_idle(context: Context) -> None:
    """Does so for ever; returns at once where nobody is ever idle."""
    seconds = context.settings.idle_seconds
    while seconds:
        await trio.sleep(seconds / LOOKS)
        latest = trio.current_time() - seconds
        for connection in list(context.connections):
            if connection.asked:
                connection.asked = False
                connection.quiet_since = trio.current_time()
            elif connection.quiet_since <= latest and not _waits_for_fills(
                context.engine.state, connection.actor.account_id
            ):
                connection.end(IDLE, "nothing was asked for a long time")


def _waits_for_fills(state: State, account_id: int) -> bool:
    account = state.accounts.get(account_id)
    return account is not None and any(position.orders for position in account.positions.values())
