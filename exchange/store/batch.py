"""A batch of commits, brought down to the fewest rows and written with the fewest statements.

Each call into SQLite gives up the interpreter lock and has to win it back from the busy loop thread, so rows travel
many to a statement. What is written twice in a batch is written once.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain

import apsw

from exchange.store.journal import Commit, sealed
from exchange.store.rows import OrderChange, OrderTerms, Row, Rows
from exchange.store.schema import OPEN_RANGE

# Rows a statement: any number of rows takes few statements, and all stay prepared. None is so long that apsw keeps it
# out of its cache (16 KiB).
_CHUNKS = (256, 128, 64, 32, 16, 8, 4, 2, 1)

# Columns of an order row.
_PRICE, _SIZE, _FILLED, _REMAINING, _PRIORITY, _ENDED_SEQUENCE = 4, 5, 6, 7, 8, 9

# Statement, columns. {rows} becomes (?, ?), (?, ?), …
_JOURNAL = ("INSERT INTO journal VALUES {rows}", 14)
_SESSIONS = ("INSERT INTO sessions VALUES {rows}", 3)
_USERS = ("INSERT INTO users VALUES {rows}", 5)
_ACCOUNTS = ("INSERT INTO accounts VALUES {rows}", 6)
_NAMES = ("UPDATE accounts SET name = column2 FROM (VALUES {rows}) WHERE id = column1", 2)
_OWNERS = ("INSERT OR IGNORE INTO account_owners VALUES {rows} ON CONFLICT DO NOTHING", 2)
_FORMER_OWNERS = ("DELETE FROM account_owners WHERE (account_id, user_id) IN (VALUES {rows})", 2)
_GROUPS = ("INSERT OR REPLACE INTO groups VALUES {rows}", 3)
_ANNOUNCEMENTS = ("INSERT INTO announcements VALUES {rows}", 3)
_MARKETS = ("INSERT OR REPLACE INTO markets VALUES {rows}", 18)
_VIEWERS = ("INSERT OR IGNORE INTO viewers VALUES {rows}", 2)
_FORMER_VIEWERS = ("DELETE FROM viewers WHERE (market_id, account_id) IN (VALUES {rows})", 2)
_CONSTITUENTS = ("INSERT INTO constituents VALUES {rows}", 4)
_UNSETTLED = ("DELETE FROM settled_positions WHERE market_id IN (VALUES {rows})", 1)
_SETTLED_POSITIONS = ("INSERT INTO settled_positions VALUES {rows}", 4)
_GUARDED_SESSIONS = ("INSERT OR IGNORE INTO guarded_sessions VALUES {rows}", 1)
_UNGUARDED_SESSIONS = ("DELETE FROM guarded_sessions WHERE session_number IN (VALUES {rows})", 1)
_DEAD_MAN_TIMERS = ("INSERT OR REPLACE INTO dead_man_timers VALUES {rows}", 3)
_ENDED_TIMERS = ("DELETE FROM dead_man_timers WHERE account_id IN (VALUES {rows})", 1)
_API_KEYS = ("INSERT OR REPLACE INTO api_keys VALUES {rows}", 10)
_REVOKED_KEYS = ("UPDATE api_keys SET revoked_sequence = column2 FROM (VALUES {rows}) WHERE id = column1", 2)
_INVITATIONS = ("INSERT OR REPLACE INTO invitations VALUES {rows}", 11)
_REVOKED_INVITATIONS = ("UPDATE invitations SET revoked_sequence = column2 FROM (VALUES {rows}) WHERE id = column1", 2)
_TRANSFERS = ("INSERT INTO transfers VALUES {rows}", 9)
_ORDERS = ("INSERT INTO orders VALUES {rows}", 17)
_TRADES = ("INSERT INTO trades VALUES {rows}", 11)
_CASH = ("UPDATE accounts SET cash = column2, received = column3 FROM (VALUES {rows}) WHERE id = column1", 3)
_POSITIONS = (
    "INSERT INTO positions VALUES {rows} ON CONFLICT (market_id, account_id) DO UPDATE"
    " SET size = excluded.size, cost = excluded.cost, cash_flow = excluded.cash_flow",
    5,
)
_LAST_TRADES = (
    "INSERT INTO last_trades VALUES {rows} ON CONFLICT (market_id) DO UPDATE"
    " SET price = excluded.price, size = excluded.size, time = excluded.time",
    4,
)
_TERMS = (
    "UPDATE orders SET price = column2, size = column3, priority = coalesce(column4, priority)"
    " FROM (VALUES {rows}) WHERE id = column1",
    4,
)
_REDUCED = (
    "UPDATE orders SET filled = filled + column2, remaining = column3 FROM (VALUES {rows}) WHERE id = column1",
    3,
)
_ENDED = (
    "UPDATE orders SET filled = filled + column2, remaining = 0, priority = NULL, ended_sequence = column3"
    " FROM (VALUES {rows}) WHERE id = column1",
    3,
)
# An order placed after it, should the market ever come back, is not meant.
_SETTLED = (
    "UPDATE orders SET remaining = 0, priority = NULL, ended_sequence = column2 FROM (VALUES {rows})"
    " WHERE id IN (SELECT id FROM open_orders WHERE +market_id = column1 AND placed_sequence < column2)",
    2,
)
_RANGES = ("INSERT OR IGNORE INTO open_ranges VALUES {rows}", 1)
_NONE_RESTS = (
    f"NOT EXISTS (SELECT 1 FROM orders WHERE id BETWEEN first_order_id AND first_order_id + {OPEN_RANGE - 1}"
    " AND ended_sequence IS NULL)"
)
# Only ever by a look at the orders themselves: a range that is missing would hide orders from the next start. One that
# is there in vain costs the start a look, so it may stay for a while (see `sweep`).
_EMPTY_RANGES = (f"DELETE FROM open_ranges WHERE first_order_id IN (VALUES {{rows}}) AND {_NONE_RESTS}", 1)
_ALL_EMPTY_RANGES = f"DELETE FROM open_ranges WHERE {_NONE_RESTS}"


_ORDER_TABLES = frozenset({"orders", "order_terms", "order_changes"})
_TRADE_TABLES = frozenset({"trades", "cash", "positions", "last_trades"})


class Batch:
    """Commits in order of sequence, merged.

    ``vacated`` are, once it is written, the ranges in which orders ended that were older than the batch.
    """

    def __init__(self, commits: Sequence[Commit]) -> None:
        self.vacated: set[int] = set()
        self._commits = commits
        self._orders: dict[int, Row] = {}
        self._changes: dict[int, OrderChange] = {}
        self._terms: dict[int, OrderTerms] = {}
        self._tables: defaultdict[str, list[Row]] = defaultdict(list)  # all but the orders
        for commit in commits:
            self._merge(commit.rows)

    def _merge(self, rows: Rows) -> None:
        """Orders come before what happened to them, and their terms before whether they ended."""
        for order in rows.get("orders", ()):
            self._orders[order[0]] = order
        if len(rows) == 1 and "orders" in rows:  # an order that only rests, what most commits are
            return
        for terms in rows.get("order_terms", ()):
            self._amend(terms)
        for change in rows.get("order_changes", ()):
            self._change(change)
        for table, more in rows.items():
            if table not in _ORDER_TABLES:
                self._tables[table] += more

    def _amend(self, terms: OrderTerms) -> None:
        order = self._orders.get(terms.order_id)
        if order is not None:
            row = list(order)
            row[_PRICE], row[_SIZE] = terms.price, terms.size
            if terms.priority is not None:
                row[_PRIORITY] = terms.priority
            self._orders[terms.order_id] = tuple(row)
            return
        before = self._terms.get(terms.order_id)
        if before is not None and terms.priority is None:
            terms = terms._replace(priority=before.priority)
        self._terms[terms.order_id] = terms

    def _change(self, change: OrderChange) -> None:
        order = self._orders.get(change.order_id)
        if order is not None:
            row = list(order)
            row[_FILLED] += change.newly_filled
            row[_REMAINING], row[_ENDED_SEQUENCE] = change.remaining, change.ended_sequence
            if change.ended_sequence is not None:
                row[_PRIORITY] = None
            self._orders[change.order_id] = tuple(row)
            return
        before = self._changes.get(change.order_id)
        if before is not None:
            change = change._replace(newly_filled=before.newly_filled + change.newly_filled)
        self._changes[change.order_id] = change

    def write(self, connection: apsw.Connection) -> None:
        """Executes the statements, inside the transaction that the caller has begun. Errors are apsw's."""
        commits = self._commits
        _execute(connection, _SESSIONS, [commit.session for commit in commits if commit.session is not None])
        _execute(connection, _JOURNAL, [sealed(commit.journal) for commit in commits])
        if not self._tables.keys() <= _TRADE_TABLES:
            self._write_rare(connection)
        self._write_orders(connection)
        if self._tables:
            self._write_trades(connection)

    def _write_rare(self, connection: apsw.Connection) -> None:
        tables = self._tables
        _execute(connection, _USERS, tables["users"])
        _execute(connection, _ACCOUNTS, tables["accounts"])
        owners = _last(2, tables["owners"])
        _execute(connection, _OWNERS, [row[:2] for row in owners if row[2]])
        _execute(connection, _FORMER_OWNERS, [row[:2] for row in owners if not row[2]])
        _execute(connection, _NAMES, _last(1, tables["names"]))
        _execute(connection, _GROUPS, _last(1, tables["groups"]))
        _execute(connection, _ANNOUNCEMENTS, tables["announcements"])
        _execute(connection, _MARKETS, _last(1, tables["markets"]))
        viewers = _last(2, tables["viewers"])
        _execute(connection, _VIEWERS, [row[:2] for row in viewers if row[2]])
        _execute(connection, _FORMER_VIEWERS, [row[:2] for row in viewers if not row[2]])
        _execute(connection, _CONSTITUENTS, tables["constituents"])
        _execute(connection, _TRANSFERS, tables["transfers"])
        settled = _last(1, tables["settled_positions"])
        _execute(connection, _UNSETTLED, [(market_id,) for market_id, _ in settled])
        _execute(connection, _SETTLED_POSITIONS, [row for _, held in settled for row in held])
        self._write_guards(connection)
        self._write_credentials(connection)

    def _write_guards(self, connection: apsw.Connection) -> None:
        sessions = _last(1, self._tables["guarded_sessions"])
        _execute(connection, _GUARDED_SESSIONS, [row[:1] for row in sessions if row[1]])
        _execute(connection, _UNGUARDED_SESSIONS, [row[:1] for row in sessions if not row[1]])
        timers = _last(1, self._tables["dead_man_timers"])
        _execute(connection, _DEAD_MAN_TIMERS, [row for row in timers if row[1]])
        _execute(connection, _ENDED_TIMERS, [row[:1] for row in timers if not row[1]])

    def _write_credentials(self, connection: apsw.Connection) -> None:
        """What was revoked in this batch may have been made in it, too."""
        tables = self._tables
        _execute(connection, _API_KEYS, _last(1, tables["api_keys"]))
        _execute(connection, _REVOKED_KEYS, tables["revoked_keys"])
        _execute(connection, _INVITATIONS, _last(1, tables["invitations"]))
        _execute(connection, _REVOKED_INVITATIONS, tables["revoked_invitations"])

    def _write_orders(self, connection: apsw.Connection) -> None:
        _execute(connection, _ORDERS, list(self._orders.values()))
        _execute(connection, _TERMS, list(self._terms.values()))
        reduced, ended = [], []
        for order_id, filled, remaining, ended_sequence in self._changes.values():
            if ended_sequence is None:
                reduced.append((order_id, filled, remaining))
            else:
                ended.append((order_id, filled, ended_sequence))
        _execute(connection, _REDUCED, reduced)
        _execute(connection, _ENDED, ended)
        placed = {order[0] & -OPEN_RANGE for order in self._orders.values() if order[_REMAINING]}
        _execute(connection, _RANGES, [(first,) for first in sorted(placed)])
        settled = self._tables.get("settled", ())
        for row in settled:
            _execute(connection, _SETTLED, [row])
        if settled:
            connection.execute(_ALL_EMPTY_RANGES)
        else:
            self.vacated = {order_id & -OPEN_RANGE for order_id, _, _ in ended}

    def _write_trades(self, connection: apsw.Connection) -> None:
        tables = self._tables
        _execute(connection, _TRADES, tables["trades"])
        _execute(connection, _CASH, _last(1, tables["cash"]))
        _execute(connection, _POSITIONS, _last(2, tables["positions"]))
        _execute(connection, _LAST_TRADES, _last(1, tables["last_trades"]))


def sweep(connection: apsw.Connection, ranges: Iterable[int]) -> None:
    """Forgets those of the ranges in which no order rests. Errors are apsw's."""
    _execute(connection, _EMPTY_RANGES, [(first,) for first in sorted(ranges)])


def _last(key_columns: int, rows: Iterable[Row]) -> list[Row]:
    """The last row of each key, in the order of the keys: neighbours in a table then share a page visit."""
    latest = {row[:key_columns]: row for row in rows}
    return [latest[key] for key in sorted(latest)] if len(latest) > 1 else list(latest.values())


def _execute(connection: apsw.Connection, statement: tuple[str, int], rows: Sequence[Row]) -> None:
    """Runs a statement for all rows, many rows at a time."""
    if not rows:
        return
    start, left = 0, len(rows)
    for size in _CHUNKS if left else ():
        while left >= size:
            values = tuple(chain.from_iterable(rows[start : start + size]))
            connection.execute(_text(statement, size), values)
            start, left = start + size, left - size


@cache
def _text(statement: tuple[str, int], size: int) -> str:
    template, columns = statement
    row = "(" + ", ".join("?" * columns) + ")"
    return template.format(rows=", ".join([row] * size))
