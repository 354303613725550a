"""Reads beside the writer: the request memory, the journal for clients that come back, and one market's book."""

from pathlib import Path
from typing import Any, NamedTuple, Self

from exchange.core.book import Order
from exchange.store.connection import connect_to_read
from exchange.store.history import History
from exchange.store.journal import JOURNAL_COLUMNS, checked, checked_row
from exchange.store.load import open_order_rows, order_of
from exchange.store.schema import BLOCK_BITS

# Block by block from the newest, see schema.py. The cross join keeps that order.
_BLOCKS = (
    f"WITH RECURSIVE block (number) AS (SELECT max(sequence) >> {BLOCK_BITS} FROM journal"
    f" UNION ALL SELECT number - 1 FROM block WHERE number > ? >> {BLOCK_BITS})"
)
_IN_BLOCK = (
    f"block CROSS JOIN journal ON sequence >> {BLOCK_BITS} = number AND session_number > 0 AND request_id > 0"
    " AND session_number = ?"
)
REQUEST = f"{_BLOCKS} SELECT {JOURNAL_COLUMNS} FROM {_IN_BLOCK} AND request_id = ? LIMIT 1"
HIGHEST_REQUEST = f"{_BLOCKS} SELECT max(request_id) FROM {_IN_BLOCK}"


class RememberedRequest(NamedTuple):
    """A request that was executed: when, the signed 64-bit hash of what it asked, and the reply it got."""

    sequence: int
    time: int
    body_hash: int
    reply: bytes


class JournalFacts(NamedTuple):
    """One journal row as far as a client that comes back needs it."""

    sequence: int
    time: int
    user_id: int
    account_id: int
    facts: bytes


class Reader:
    """One connection that cannot write. Blocking; for one thread at a time, as many as there are connections.

    Every call is one short read: an open one would keep the write-ahead log from being reused. What the writer
    committed before a call is seen by it. Calls raise ``apsw.Error`` when the file cannot be read, and
    :class:`~exchange.store.journal.DamagedRow` instead of returning a row of the journal that is not what was written.
    """

    def __init__(self, path: Path, *, busy_ms: int = 1_000) -> None:
        """Raises :class:`~exchange.store.errors.StoreError`."""
        self._connection = connect_to_read(path, busy_ms=busy_ms)
        self.history = History(self._connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Gives the connection up. May be called twice."""
        self._connection.close(True)

    def request(self, session_number: int, request_id: int, after: int = 0) -> RememberedRequest | None:
        """What became of a request, or None when none of that id was executed in that session.

        ``after`` is a sequence that it cannot be before: the newest is found at once, and to know that there is none
        takes a look into each block of the journal since then, two milliseconds for a million commits.
        """
        row = self._row(REQUEST, after, session_number, request_id)
        if row is None:
            return None
        found = checked_row(row)
        return RememberedRequest(found.sequence, found.time, found.body_hash, found.reply)

    def highest_request(self, session_number: int, after: int = 0) -> int:
        """The highest request id that a session had executed since a sequence; 0 when there is none.

        Looks into each block of the journal since then, like ``request``.
        """
        return self._number(HIGHEST_REQUEST, after, session_number)

    def session_number(self, user_id: int, token: bytes) -> int | None:
        """The number of a user's client session, or None when it never changed anything."""
        row = self._row("SELECT session_number FROM sessions WHERE user_id = ? AND token = ?", user_id, token)
        return None if row is None else int(row[0])

    def highest_session_number(self) -> int:
        """The highest number given to a session; 0 when there are none."""
        return self._number("SELECT max(session_number) FROM sessions")

    def journal_row_exists(self, sequence: int, time: int) -> bool:
        """Whether this very row is in the journal: not so after a restore from a backup that is older."""
        return self._row("SELECT 1 FROM journal WHERE sequence = ? AND time = ?", sequence, time) is not None

    def journal_after(self, sequence: int, up_to: int, limit: int) -> list[JournalFacts]:
        """The rows from ``sequence`` + 1 to ``up_to``, the first ``limit`` of them. Ask again from the last one."""
        return self._facts(
            f"SELECT {JOURNAL_COLUMNS} FROM journal WHERE sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?",
            sequence,
            up_to,
            limit,
        )

    def journal_count(self, sequence: int, up_to: int) -> int:
        """How many rows there are from ``sequence`` + 1 to ``up_to``: by their gaplessness, without counting."""
        row = self._row("SELECT min(?2, coalesce(max(sequence), 0)) - ?1 FROM journal", sequence, up_to)
        return max(0, int(row[0])) if row is not None else 0

    def rights_changes_after(self, sequence: int, up_to: int) -> list[JournalFacts]:
        """The rows from ``sequence`` + 1 to ``up_to`` that change what somebody may see or do.

        All of them, and so only for a stretch that the caller bounds, as a resume does.
        """
        return self._facts(
            f"SELECT {JOURNAL_COLUMNS} FROM journal"
            " WHERE changes_rights = 1 AND sequence > ? AND sequence <= ? ORDER BY sequence",
            sequence,
            up_to,
        )

    def open_orders(self, market_id: int) -> list[Order]:
        """What rests in a market, in order of priority: enough to rebuild its book.

        Looks at the open orders of all markets: it is for a fault, and an index by market would cost every order.
        """
        return [order_of(row) for row in open_order_rows(self._connection, market_id)]

    def _facts(self, sql: str, *values: int) -> list[JournalFacts]:
        rows: list[tuple[Any, ...]] = self._connection.execute(sql, values).fetchall()
        return [JournalFacts(row.sequence, row.time, row.user_id, row.account_id, row.facts) for row in checked(rows)]

    def _row(self, sql: str, *values: int | bytes) -> tuple[Any, ...] | None:
        rows: list[tuple[Any, ...]] = self._connection.execute(sql, values).fetchall()
        return rows[0] if rows else None

    def _number(self, sql: str, *values: int) -> int:
        row = self._row(sql, *values)
        return int(row[0]) if row is not None and row[0] is not None else 0
