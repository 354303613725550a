"""How fast the user of a connection may go: which budget a kind of request is taken from."""

from typing import TYPE_CHECKING

import trio

from exchange.core.refusals import Code, Refusal
from exchange.tasks.queries import QUERIES

if TYPE_CHECKING:
    from exchange.tasks.connection import Connection

_CANCELS = frozenset({"cancel_order", "cancel_orders"})
_EXPENSIVE = QUERIES | {
    "create_market",
    "create_account",
    "create_group",
    "create_api_key",
    "create_invitations",
    "refresh_token",
}


class Pacing:
    """The budgets of a connection's user, which all their connections share."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._context = connection.context
        self._elevated_factor = connection.context.settings.pace_elevated_factor

    def check(self, kind: str) -> Refusal | None:
        """Takes a token for a request of this kind; refuses it if there is none."""
        wait = self.wait(kind)
        if not wait:
            return None
        return Refusal(Code.PACE, "", "Too fast: wait before the next request.", min(int(wait * 1_000) + 1, 2**31))

    def wait(self, kind: str) -> float:
        """Takes a token and returns 0.0, or takes none and returns the seconds until there is one."""
        actor = self._connection.actor
        pace = self._context.pace_of(actor.user_id)
        bucket = pace.mutations
        if kind in _CANCELS:
            bucket = pace.cancels
        elif kind in _EXPENSIVE:
            bucket = pace.expensive
        return bucket.take(trio.current_time(), self._elevated_factor if actor.elevated else 1.0)
