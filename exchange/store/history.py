"""The readable past: trades, orders, transfers, elevated actions and candles, each by what an index finds.

Trades and orders are looked for block by block, see ``schema.py``: from the end that is asked for, until enough are
counted; only then are rows read. What is not indexed by sequence is by an identifier that grows with it, and so is
time: those bounds are found by halving.
"""

import json
from collections.abc import Callable, Sequence, Set
from typing import Any, TypeVar

import apsw

from exchange.core.audience import SEVERAL_MARKETS
from exchange.core.history import Action, Candle, Page, PastFill, PastOrder, PastTrade, PastTransfer, Span, Told
from exchange.store.journal import JOURNAL_COLUMNS, checked
from exchange.store.schema import BLOCK_BITS

R = TypeVar("R", PastTrade, PastFill, PastOrder, PastTransfer, Action)
Fetch = Callable[[int, int, int], list[R]]

_ALL = -1  # as a limit
_FIRST_TO_LAST = f"""WITH RECURSIVE block (number) AS (
    SELECT :first >> {BLOCK_BITS} UNION ALL SELECT number + 1 FROM block WHERE number < :last >> {BLOCK_BITS}
)"""


def _by_block(columns: str, table: str, key: str, condition: str, order: str, newest_first: bool) -> str:
    """Rows with ``key`` from ``:first`` to ``:last``, ``:most`` of them from one end.

    The blocks are counted through the index alone until there are enough; ``found`` is the count before a block.
    """
    here = f"{table} WHERE {key} >> {BLOCK_BITS} = number AND {key} BETWEEN :first AND :last AND {condition}"
    begin, step, goes_on = (":last", -1, ">") if newest_first else (":first", 1, "<")
    end = ":first" if newest_first else ":last"
    ordered = order.replace("#", "DESC" if newest_first else "ASC")
    return (
        f"WITH RECURSIVE block (number, found) AS (SELECT {begin} >> {BLOCK_BITS}, 0 UNION ALL"
        f" SELECT number + ({step}), found + (SELECT count(*) FROM {here}) FROM block"
        f" WHERE number {goes_on} {end} >> {BLOCK_BITS} AND (:most < 0 OR found < :most))"
        f" SELECT {columns} FROM block CROSS JOIN {here} AND (:most < 0 OR found < :most)"
        f" ORDER BY {ordered} LIMIT :most"
    )


def _both_ways(make: Callable[[bool], str]) -> dict[bool, str]:
    """A statement by whether the newest come first."""
    return {newest_first: make(newest_first) for newest_first in (True, False)}


_TRADE = (
    "sequence, trade_index, time, price, size, taker_side, taker_account_id, taker_order_id, maker_account_id,"
    " maker_order_id"
)
_ORDER = (
    "placed_sequence, id, market_id, account_id, side, price, size, filled, remaining, placed_at, time_in_force,"
    " post_only, expires_at, coalesce(ended_sequence, 0), tag"
)
_TRANSFER = "sequence, id, time, kind, from_account_id, to_account_id, amount, note, initiator_user_id"

TRADES = _both_ways(
    lambda newest: _by_block(
        _TRADE, "trades", "sequence", "market_id = :market_id", "sequence #, trade_index #", newest
    )
)
ORDERS = _both_ways(lambda newest: _by_block(_ORDER, "orders", "id", "account_id = :account_id", "id #", newest))
ORDERS_IN_MARKET = _both_ways(
    lambda newest: _by_block(
        _ORDER, "orders", "id", "account_id = :account_id AND market_id = :market_id", "id #", newest
    )
)
ORDERS_ELSEWHERE = _both_ways(
    lambda newest: _by_block(
        _ORDER,
        "orders",
        "id",
        "account_id = :account_id AND market_id NOT IN (SELECT value FROM json_each(:unseen))",
        "id #",
        newest,
    )
)


def _fills(newest_first: bool) -> str:
    """No index finds them, as one by account would make every trade dearer: all trades of the stretch are read."""
    order = "DESC" if newest_first else "ASC"
    return (
        "SELECT sequence, trade_index, time, market_id,"
        " iif(taker_account_id = :account_id, taker_order_id, maker_order_id),"
        " iif(taker_account_id = :account_id, taker_side, 3 - taker_side),"
        " price, size, taker_account_id <> :account_id"
        " FROM trades WHERE sequence BETWEEN :first AND :last AND :account_id IN (taker_account_id, maker_account_id)"
        " AND (:market_id = 0 OR market_id = :market_id)"
        " AND market_id NOT IN (SELECT value FROM json_each(:unseen))"
        f" ORDER BY sequence {order}, trade_index {order} LIMIT :most"
    )


def _transfers(newest_first: bool) -> str:
    order = f"ORDER BY id {'DESC' if newest_first else 'ASC'} LIMIT :most"
    side = (
        "SELECT * FROM (SELECT * FROM transfers WHERE {} = :account_id AND id BETWEEN :first AND :last " + order + ")"
    )
    both = f"{side.format('from_account_id')} UNION ALL {side.format('to_account_id')}"
    return f"SELECT {_TRANSFER} FROM ({both}) {order}"


def _actions(newest_first: bool) -> str:
    return (
        f"SELECT {JOURNAL_COLUMNS} FROM journal"
        " WHERE elevated = 1 AND user_id > 0 AND sequence BETWEEN :first AND :last"
        f" ORDER BY sequence {'DESC' if newest_first else 'ASC'} LIMIT :most"
    )


def _told(newest_first: bool) -> str:
    return (
        f"SELECT {JOURNAL_COLUMNS} FROM journal WHERE market_id IN (:market_id, {SEVERAL_MARKETS})"
        " AND sequence BETWEEN :first AND :last"
        f" ORDER BY sequence {'DESC' if newest_first else 'ASC'} LIMIT :most"
    )


def _statuses(newest_first: bool) -> str:
    return _told(newest_first).replace(" WHERE ", " WHERE changes_status = 1 AND ")


FILLS = _both_ways(_fills)
TRANSFERS = _both_ways(_transfers)
ACTIONS = _both_ways(_actions)
TOLD = _both_ways(_told)
STATUSES = _both_ways(_statuses)
CANDLES = f"""{_FIRST_TO_LAST}
SELECT
    start,
    (SELECT price FROM trades WHERE sequence = opened AND market_id = :market_id ORDER BY trade_index LIMIT 1),
    highest,
    lowest,
    (SELECT price FROM trades WHERE sequence = closed AND market_id = :market_id ORDER BY trade_index DESC LIMIT 1),
    volume
FROM (
    SELECT
        time / :interval * :interval AS start, min(sequence) AS opened, max(sequence) AS closed, max(price) AS highest,
        min(price) AS lowest, sum(size) AS volume
    FROM block CROSS JOIN trades
    WHERE sequence >> {BLOCK_BITS} = number AND market_id = :market_id AND sequence BETWEEN :first AND :last
    GROUP BY start
) ORDER BY start"""
LATEST_SEQUENCE = "SELECT max(sequence) FROM journal"

# Table, identifier, what grows with it.
_TIMES = ("journal", "sequence", "time")
_ORDERS_PLACED = ("orders", "id", "placed_sequence")
_TRANSFERS_MADE = ("transfers", "id", "sequence")


class History:
    """Reads the past over a connection. Blocking; for one thread at a time."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def latest_sequence(self) -> int:
        """The last sequence in the file; what was read before shows nothing later."""
        return int(self._connection.execute(LATEST_SEQUENCE).get or 0)

    def trades(self, market_id: int, span: Span) -> Page[PastTrade]:
        """Trades of a market."""
        sql = TRADES[span.newest_first]

        def fetch(first: int, last: int, most: int) -> list[PastTrade]:
            rows = self._rows(sql, {"market_id": market_id, "first": first, "last": last, "most": most})
            return [PastTrade(*row) for row in rows]

        return _page(span, fetch)

    def orders(self, account_id: int, market_id: int, span: Span, unseen: Set[int] = frozenset()) -> Page[PastOrder]:
        """Orders of an account by when they were placed: in one market, or in all that are not ``unseen``."""
        every = ORDERS_ELSEWHERE if unseen else ORDERS
        sql = (ORDERS_IN_MARKET if market_id else every)[span.newest_first]

        def fetch(first: int, last: int, most: int) -> list[PastOrder]:
            ids = self._identifiers(_ORDERS_PLACED, first, last)
            values: dict[str, Any] = {"account_id": account_id, "most": most} | ids
            if market_id:
                values["market_id"] = market_id
            elif unseen:
                values["unseen"] = json.dumps(sorted(unseen))
            return [PastOrder(*row) for row in self._rows(sql, values)]

        return _page(span, fetch)

    def fills(self, account_id: int, market_id: int, span: Span, unseen: Set[int] = frozenset()) -> Page[PastFill]:
        """An account's part in trades: in one market, or for 0 in all that are not ``unseen``.

        Reads every trade of the span: the caller bounds it.
        """
        sql, listed = FILLS[span.newest_first], json.dumps(sorted(unseen))

        def fetch(first: int, last: int, most: int) -> list[PastFill]:
            values: dict[str, Any] = {"first": first, "last": last, "most": most, "unseen": listed}
            rows = self._rows(sql, values | {"account_id": account_id, "market_id": market_id})
            return [PastFill(*row) for row in rows]

        return _page(span, fetch)

    def transfers(self, account_id: int, span: Span) -> Page[PastTransfer]:
        """Transfers from and to an account."""
        sql = TRANSFERS[span.newest_first]

        def fetch(first: int, last: int, most: int) -> list[PastTransfer]:
            ids = self._identifiers(_TRANSFERS_MADE, first, last)
            return [PastTransfer(*row) for row in self._rows(sql, {"account_id": account_id, "most": most} | ids)]

        return _page(span, fetch)

    def actions(self, span: Span, bytes_max: int) -> Page[Action]:
        """What elevated users did; at least one row and at most about ``bytes_max`` of facts, which vary in size."""
        sql = ACTIONS[span.newest_first]

        def fetch(first: int, last: int, most: int) -> list[Action]:
            rows = self._rows(sql, {"first": first, "last": last, "most": most})
            return [Action(row.sequence, row.time, row.user_id, row.account_id, row.facts) for row in checked(rows)]

        page = _page(span, fetch)
        size = 0
        for index, row in enumerate(page.rows):
            size += len(row.facts)
            if size > bytes_max and index:
                return Page(page.rows[:index], True)
        return page

    def told(self, market_id: int, first: int, last: int, most: int, *, newest_first: bool) -> list[Told]:
        """Commits with facts about a market, and those about several of which it may be one.

        Looks at every commit from sequence ``first`` to ``last``, which the caller bounds: no index on the journal
        has markets, as each would cost every order.
        """
        values = {"market_id": market_id, "first": first, "last": last, "most": most}
        return self._tell(TOLD[newest_first], values)

    def statuses(self, market_id: int, first: int, last: int, most: int, *, newest_first: bool) -> list[Told]:
        """As ``told``, only those in which some market's status was decided. They are indexed."""
        values = {"market_id": market_id, "first": first, "last": last, "most": most}
        return self._tell(STATUSES[newest_first], values)

    def _tell(self, sql: str, values: dict[str, int]) -> list[Told]:
        return [Told(row.sequence, row.time, row.facts) for row in checked(self._rows(sql, values))]

    def first_sequence_at(self, time: int) -> int:
        """The first sequence that is not before a time; one above the last if all are."""
        return self._first(_TIMES, time)

    def candles(self, market_id: int, interval_ns: int, first: int, last: int) -> list[Candle]:
        """Candles of the trades from sequence ``first`` to ``last``, oldest first; none for an interval without.

        Their starts are multiples of the interval. Reads every trade of the market in that stretch: the caller bounds
        it, and joins what two stretches say of one interval with ``join_candles``.
        """
        values = {"market_id": market_id, "interval": interval_ns, "first": first, "last": last}
        return [Candle(*row) for row in self._rows(CANDLES, values)] if first <= last else []

    def _identifiers(self, table: tuple[str, str, str], first: int, last: int) -> dict[str, int]:
        """The identifiers of a stretch of sequences."""
        return {"first": self._first(table, first), "last": self._first(table, last + 1) - 1}

    def _first(self, table: tuple[str, str, str], value: int) -> int:
        """The first identifier whose growing column is not below a value, by halving; gaps do not matter."""
        name, key, grows = table
        low, high = 1, int(self._connection.execute(f"SELECT max({key}) FROM {name}").get or 0) + 1
        at = f"SELECT {key}, {grows} FROM {name} WHERE {key} >= ? ORDER BY {key} LIMIT 1"
        while low < high:
            middle = (low + high) // 2
            found: tuple[int, int] = self._connection.execute(at, (middle,)).get
            if found[1] < value:
                low = found[0] + 1
            else:
                high = middle
        return low

    def _rows(self, sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        if values["first"] > values["last"]:
            return []
        rows: list[tuple[Any, ...]] = self._connection.execute(sql, values).fetchall()
        return rows


def join_candles(earlier: list[Candle], later: list[Candle]) -> list[Candle]:
    """Two neighbouring stretches as one."""
    if earlier and later and earlier[-1].start == later[0].start:
        a, b = earlier[-1], later[0]
        both = Candle(a.start, a.open, max(a.high, b.high), min(a.low, b.low), b.close, a.volume + b.volume)
        return [*earlier[:-1], both, *later[1:]]
    return earlier + later


def _page(span: Span, fetch: Fetch[R]) -> Page[R]:
    """Whole sequences only, so that the next page may begin beyond the last one here."""
    first, last, limit = span.after + 1, span.before - 1, span.limit
    rows = fetch(first, last, limit + 1)
    if len(rows) <= limit:
        return Page(rows, False)
    edge = rows[limit - 1].sequence
    if rows[limit].sequence != edge:
        return Page(rows[:limit], True)
    whole: Sequence[R] = [row for row in rows if row.sequence != edge] + fetch(edge, edge, _ALL)
    beyond = fetch(first, edge - 1, 1) if span.newest_first else fetch(edge + 1, last, 1)
    return Page(whole, bool(beyond))
