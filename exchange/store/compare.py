"""Compares two states, field by field: what replaying the journal gives with what the tables say."""

from collections.abc import Iterator, Mapping
from typing import Any

from exchange.core.book import Order
from exchange.core.state import Account, Market, Position, State, User
from exchange.core.units import Side

_STATE = (
    "sequence", "time", "house_id", "next_order_id", "next_transfer_id", "next_user_id", "next_account_id",
    "next_market_id", "groups", "announcements", "guarded_sessions", "dead_man_timers", "lens",
    "next_key_id", "next_invitation_id", "api_keys", "api_keys_by_hash", "invitations", "invitations_by_hash",
)  # fmt: skip
_MARKET = (
    "name", "description", "owner_account_id", "low", "high", "status", "position_limit", "settlement_price",
    "last_trade_price", "last_trade_size", "last_trade_time", "created_at", "group_id", "pinned", "ranked", "opens_at",
    "closes_at", "constituents", "part_of", "redeem_fee", "settled", "restricted", "anonymous", "viewers",
)  # fmt: skip
_ACCOUNT = ("name", "kind", "owners", "creator_id", "cash", "received", "worst", "weight")
_POSITION = (
    "size", "cost", "cash_flow", "bid_size", "bid_value", "offer_size", "offer_value", "worst", "weight", "low", "high",
    "bound",
)  # fmt: skip
_ORDER = (
    "account_id", "side", "price", "size", "remaining", "priority", "placed_at", "tag", "expires_at", "session_number",
    "post_only",
)  # fmt: skip


def differences(expected: State, found: State) -> Iterator[str]:
    """Sentences that say where ``found`` is not as ``expected``; none when they are the same.

    A position that never traded and has no orders counts as absent: the rules make no difference, and the tables keep
    none. ``changed_at`` and the like only date caches, and no rule looks at the order within a dictionary.
    """
    yield from _fields("the exchange", _STATE, expected, found)
    yield from _each("user", expected.users, found.users, _user)
    yield from _each("account", expected.accounts, found.accounts, _account)
    yield from _each("market", expected.markets, found.markets, _market)
    for name in ("users_by_subject", "accounts_by_name", "markets_by_name"):
        if getattr(expected, name).keys() != getattr(found, name).keys():
            yield f"{name}: the names differ"


def _user(what: str, expected: User, found: User) -> Iterator[str]:
    yield from _fields(what, ("subject", "account_id", "owned", "email", "keys"), expected, found)


def _account(what: str, expected: Account, found: Account) -> Iterator[str]:
    yield from _fields(what, _ACCOUNT, expected, found)


def _market(what: str, expected: Market, found: Market) -> Iterator[str]:
    yield from _fields(what, _MARKET, expected, found)
    yield from _each(f"{what}, order", expected.book.orders, found.book.orders, _order)
    for side in Side:
        queues = [[order.order_id for order in market.book.in_priority(side)] for market in (expected, found)]
        if queues[0] != queues[1]:
            yield f"{what}: the orders of side {side.name.lower()} queue differently"
    yield from _each(f"{what}, position of account", _kept(expected), _kept(found), _position)


def _kept(market: Market) -> dict[int, Position]:
    return {
        account_id: position
        for account_id, position in market.positions.items()
        if position.size or position.cost or position.cash_flow or position.orders
    }


def _position(what: str, expected: Position, found: Position) -> Iterator[str]:
    yield from _fields(what, _POSITION, expected, found)
    if expected.orders.keys() != found.orders.keys():
        yield f"{what}: its open orders are other ones"
    if expected.tags != found.tags:
        yield f"{what}: its tags differ"


def _order(what: str, expected: Order, found: Order) -> Iterator[str]:
    yield from _fields(what, _ORDER, expected, found)


def _fields(what: str, names: tuple[str, ...], expected: Any, found: Any) -> Iterator[str]:
    for name in names:
        should, is_now = getattr(expected, name), getattr(found, name)
        if should != is_now:
            yield f"{what}: {name} is {is_now!r} and by the journal {should!r}"


def _each(what: str, expected: Mapping[int, Any], found: Mapping[int, Any], compare: Any) -> Iterator[str]:
    for key in sorted(expected.keys() | found.keys()):
        if key not in found:
            yield f"{what} {key} is missing"
        elif key not in expected:
            yield f"{what} {key} is not in the journal"
        else:
            yield from compare(f"{what} {key}", expected[key], found[key])
