"""What ``export`` writes: for each file its query and its columns, in order.

Prices and sizes are decimals with two digits, cash with four. Every time is there twice: to read, and in nanoseconds.
A name is followed or preceded by its id, which is what joins files: names change.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from exchange.core.units import AccountKind, MarketStatus, Side, TimeInForce, TransferKind
from exchange.store.cells import HUNDREDTHS, TEN_THOUSANDTHS, decimal, iso_time, safe_bytes, safe_text

Cell = Callable[[Any], str]


class Table(NamedTuple):
    """One file: a query whose columns are written one after the other, each by its own function. NULL is empty."""

    name: str
    query: str
    columns: Mapping[str, Cell]


def _number(value: int) -> str:
    return str(value)


def _hundredths(value: int) -> str:
    return decimal(value, HUNDREDTHS)


def _cash(value: int) -> str:
    return decimal(value, TEN_THOUSANDTHS)


def _flag(value: int) -> str:
    return "yes" if value else "no"


def _words(kinds: type[AccountKind | MarketStatus | Side | TimeInForce | TransferKind]) -> Cell:
    words = {int(kind): kind.name.lower().replace("_", " ") for kind in kinds}
    return lambda value: words.get(value, str(value))


def _in_force(value: int) -> str:
    return TimeInForce(value).name


_MARK = "CASE WHEN m.status = 4 THEN m.settlement_price ELSE coalesce(l.price, (m.low + m.high) >> 1) END"

ACCOUNTS = Table(
    "accounts",
    f"""SELECT a.id, a.name, a.kind,
        (SELECT group_concat(own.name, '; ') FROM (
            SELECT b.name FROM account_owners o JOIN users u ON u.id = o.user_id JOIN accounts b ON b.id = u.account_id
            WHERE o.account_id = a.id ORDER BY u.id) own),
        j.time, j.time, a.cash, a.received,
        a.cash + (SELECT coalesce(sum(p.size * {_MARK}), 0) FROM positions p JOIN markets m ON m.id = p.market_id
            LEFT JOIN last_trades l ON l.market_id = m.id WHERE p.account_id = a.id)
    FROM accounts a JOIN journal j ON j.sequence = a.created_sequence ORDER BY a.id""",
    {
        "account_id": _number, "name": safe_text, "kind": _words(AccountKind), "owners": safe_text,
        "created_at": iso_time, "created_at_ns": _number, "cash": _cash, "received": _cash, "equity": _cash,
    },
)  # fmt: skip

MARKETS = Table(
    "markets",
    f"""SELECT m.id, m.name, m.description, g.name, m.owner_account_id, a.name, m.status, m.low, m.high,
        CASE WHEN m.status = 4 THEN m.settlement_price END, l.price, l.time, l.time, {_MARK}, m.pinned, m.ranked,
        m.restricted, m.anonymous,
        nullif(m.position_limit, 0), m.opens_at, nullif(m.opens_at, 0), m.closes_at, nullif(m.closes_at, 0),
        m.created_at, m.created_at, CASE WHEN part.parts IS NOT NULL THEN m.redeem_fee END, part.parts
    FROM markets m LEFT JOIN groups g ON g.id = m.group_id LEFT JOIN accounts a ON a.id = m.owner_account_id
    LEFT JOIN last_trades l ON l.market_id = m.id
    LEFT JOIN (SELECT fund_id, group_concat('market ' || market_id || ' × ' || multiplier, '; ') AS parts
        FROM (SELECT * FROM constituents ORDER BY fund_id, place) GROUP BY fund_id) part ON part.fund_id = m.id
    ORDER BY m.id""",
    {
        "market_id": _number, "name": safe_text, "description": safe_text, "group": safe_text,
        "owner_account_id": _number, "owner": safe_text, "status": _words(MarketStatus), "low": _hundredths,
        "high": _hundredths, "settlement_price": _hundredths, "last_price": _hundredths, "last_trade_at": iso_time,
        "last_trade_at_ns": _number, "mark": _hundredths, "pinned": _flag, "ranked": _flag,
        "restricted": _flag, "anonymous": _flag,
        "position_limit": _hundredths, "opens_at": iso_time, "opens_at_ns": _number, "closes_at": iso_time,
        "closes_at_ns": _number, "created_at": iso_time, "created_at_ns": _number, "redeem_fee": _hundredths,
        "parts": safe_text,
    },
)  # fmt: skip

POSITIONS = Table(
    "positions",
    f"""SELECT p.market_id, m.name, p.account_id, a.name, p.size, p.cost, p.cash_flow, p.cash_flow + p.cost, {_MARK},
        p.size * {_MARK}, s.size
    FROM positions p JOIN markets m ON m.id = p.market_id JOIN accounts a ON a.id = p.account_id
    LEFT JOIN last_trades l ON l.market_id = p.market_id
    LEFT JOIN settled_positions s ON s.market_id = p.market_id AND s.account_id = p.account_id
    ORDER BY p.market_id, p.account_id""",
    {
        "market_id": _number, "market": safe_text, "account_id": _number, "account": safe_text, "size": _hundredths,
        "cost": _cash, "cash_flow": _cash, "realised": _cash, "mark": _hundredths, "value": _cash,
        "size_at_settlement": _hundredths,
    },
)  # fmt: skip

ORDERS = Table(
    "orders",
    """SELECT o.id, o.market_id, m.name, o.account_id, a.name, o.side, o.price, o.size, o.filled, o.remaining,
        o.time_in_force, o.post_only, o.tag, o.placed_at, o.placed_at, o.expires_at, nullif(o.expires_at, 0),
        o.placed_sequence, o.ended_sequence
    FROM orders o CROSS JOIN markets m ON m.id = o.market_id CROSS JOIN accounts a ON a.id = o.account_id
    ORDER BY o.id""",
    {
        "order_id": _number, "market_id": _number, "market": safe_text, "account_id": _number, "account": safe_text,
        "side": _words(Side), "price": _hundredths, "size": _hundredths, "filled": _hundredths,
        "remaining": _hundredths, "time_in_force": _in_force, "post_only": _flag, "tag": safe_bytes,
        "placed_at": iso_time, "placed_at_ns": _number, "expires_at": iso_time, "expires_at_ns": _number,
        "placed_sequence": _number, "ended_sequence": _number,
    },
)  # fmt: skip

TRADES = Table(
    "trades",
    """SELECT t.sequence, t.trade_index, t.time, t.time, t.market_id, m.name, t.price, t.size, t.price * t.size,
        t.taker_side, t.taker_account_id, a.name, t.taker_order_id, t.maker_account_id, b.name, t.maker_order_id
    FROM trades t CROSS JOIN markets m ON m.id = t.market_id CROSS JOIN accounts a ON a.id = t.taker_account_id
    CROSS JOIN accounts b ON b.id = t.maker_account_id ORDER BY t.sequence, t.trade_index""",
    {
        "sequence": _number, "number": _number, "time": iso_time, "time_ns": _number, "market_id": _number,
        "market": safe_text, "price": _hundredths, "size": _hundredths, "value": _cash, "taker_side": _words(Side),
        "taker_account_id": _number, "taker": safe_text, "taker_order_id": _number, "maker_account_id": _number,
        "maker": safe_text, "maker_order_id": _number,
    },
)  # fmt: skip

TRANSFERS = Table(
    "transfers",
    """SELECT t.id, t.sequence, t.time, t.time, t.kind, t.from_account_id, a.name, t.to_account_id, b.name, t.amount,
        t.note, t.initiator_user_id, c.name
    FROM transfers t CROSS JOIN accounts a ON a.id = t.from_account_id CROSS JOIN accounts b ON b.id = t.to_account_id
    LEFT JOIN users u ON u.id = t.initiator_user_id LEFT JOIN accounts c ON c.id = u.account_id ORDER BY t.id""",
    {
        "transfer_id": _number, "sequence": _number, "time": iso_time, "time_ns": _number,
        "kind": _words(TransferKind), "from_account_id": _number, "from": safe_text, "to_account_id": _number,
        "to": safe_text, "amount": _cash, "note": safe_text, "initiator_user_id": _number, "initiator": safe_text,
    },
)  # fmt: skip

TABLES = (ACCOUNTS, MARKETS, POSITIONS, ORDERS, TRADES, TRANSFERS)
