"""What a connection may ask for that signed in with a key: a list of what is allowed, never of what is not.

Every kind of request is in exactly one of the three sets; a test fails when one is added and not classified.
"""

from exchange.core.refusals import Code, Refusal
from exchange.core.units import KeyScope

READING = frozenset({
    "ping", "get_trades", "get_orders", "get_fills", "get_transfers", "get_candles", "get_leaderboard",
    "get_market_facts",
})  # fmt: skip
TRADING = frozenset({
    "place_order", "amend_order", "cancel_order", "cancel_orders", "batch", "redeem", "set_cancel_on_disconnect",
    "set_dead_man_timer",
})  # fmt: skip
# Keys, sharing, money that moves, acting as others, organising: for people.
PERSONAL = frozenset({
    "authenticate", "refresh_token", "act_as", "set_elevated", "create_market", "edit_market", "set_market_status",
    "halt_all", "settle_market", "unsettle_market", "create_group", "edit_group", "announce", "create_account",
    "rename_account", "share_account", "revoke_access", "transfer", "grant", "claw_back", "create_api_key",
    "revoke_api_key", "list_api_keys", "create_invitations", "revoke_invitation", "list_invitations",
    "get_market_positions", "get_audit", "get_health",
})  # fmt: skip

ALLOWED: dict[KeyScope, frozenset[str] | None] = {
    KeyScope.READ: READING,
    KeyScope.TRADE: READING | TRADING,
    KeyScope.PERSON: None,
}
"""Kinds of requests by scope; None is all of them."""

_REFUSALS = {
    KeyScope.READ: Refusal(Code.KEY_SCOPE, "", "This key may only read: sign in yourself, or with a key that trades."),
    KeyScope.TRADE: Refusal(Code.KEY_SCOPE, "", "This key may only trade and read: sign in yourself to do that."),
}


def check_scope(scope: KeyScope, kind: str) -> Refusal | None:
    """Refuses a kind of request that the scope of a key does not allow."""
    allowed = ALLOWED[scope]
    return None if allowed is None or kind in allowed else _REFUSALS[scope]
