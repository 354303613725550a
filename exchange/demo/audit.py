"""After the exchange has ended: does the file say what the clients were told?

Two checks, and neither trusts the other: a process of its own replays the whole journal, and what each client noted is
compared with the tables, row by row.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import apsw

from exchange.demo.floor import Floor, Seat
from exchange.demo.record import Fill, Tape
from exchange.store.connection import connect_to_read

_BUSY_MS = 5_000


def last_sequence(db: Path) -> int:
    """How far a file has come; 0 where there is none yet. Raises :class:`~exchange.store.errors.StoreError`."""
    if not db.exists() or not db.stat().st_size:
        return 0
    with closing(connect_to_read(db, busy_ms=_BUSY_MS)) as connection:
        return int(connection.execute("SELECT coalesce(max(sequence), 0) FROM journal").get)


def discrepancies(db: Path, floor: Floor, began_after: int) -> list[str]:
    """What is wrong with the file of a stopped exchange, as sentences. ``began_after`` is its sequence at the start."""
    found = list(_verify(db))
    with closing(connect_to_read(db, busy_ms=_BUSY_MS)) as connection:
        for seat in floor.seats:
            found.extend(f"{seat.role.name}: {problem}" for problem in _of_bot(connection, seat, began_after))
        found.extend(_of_tape(connection, floor.tape))
    return found


def _verify(db: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "exchange", "verify", str(db), "--json"]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        report = json.loads(finished.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        yield f"exchange verify said nothing useful: {finished.stderr.strip()}"
        return
    yield from report["problems"]
    if finished.returncode or report["ok"] is not True:
        yield f"exchange verify ended with code {finished.returncode}"


def _of_bot(connection: apsw.Connection, seat: Seat, began_after: int) -> Iterator[str]:
    record = seat.record
    account = (began_after, record.account_id)
    rows = connection.execute("SELECT id FROM orders WHERE placed_sequence > ? AND account_id = ?", account)
    stored = {order_id for (order_id,) in rows}
    if stored != record.order_ids:
        lost, untold = len(record.order_ids - stored), len(stored - record.order_ids)
        yield f"{lost} acknowledged orders are not in the file, and {untold} in it were not acknowledged"
    fills = sorted(_fills(connection, record.account_id, began_after))
    if fills != sorted(record.fills):
        yield f"it was told of {len(record.fills)} fills, and the file has {len(fills)} or others"
    (cash,) = connection.execute("SELECT cash FROM accounts WHERE id = ?", (record.account_id,)).fetchall()[0]
    if cash != record.cash:
        yield f"it believes to have {record.cash} ten-thousandths, and the file says {cash}"
    query = "SELECT market_id, size FROM positions WHERE account_id = ? AND size <> 0 ORDER BY market_id"
    if connection.execute(query, (record.account_id,)).fetchall() != sorted(record.positions.items()):
        yield "its positions are not those in the file"


def _fills(connection: apsw.Connection, account_id: int, began_after: int) -> Iterator[Fill]:
    for role in ("taker", "maker"):
        rows = connection.execute(
            f"SELECT sequence, {role}_order_id, price, size FROM trades WHERE sequence > ? AND {role}_account_id = ?",
            (began_after, account_id),
        )
        yield from (Fill(*row) for row in rows)


def _of_tape(connection: apsw.Connection, tape: Tape) -> Iterator[str]:
    rows = connection.execute(
        "SELECT sequence, trade_index, market_id, price, size, taker_order_id, maker_order_id FROM trades"
        " WHERE sequence > ? AND sequence <= ?",
        (tape.after, tape.through),
    ).fetchall()
    seen = [
        (trade.sequence, trade.number, trade.market_id, trade.price.hundredths, trade.size.hundredths,
         trade.taker_order_id, trade.maker_order_id)
        for trade in tape.trades if tape.after < trade.sequence <= tape.through
    ]  # fmt: skip
    markets = {trade.market_id for trade in tape.trades}
    if sorted(seen) != sorted(row for row in rows if row[2] in markets):
        yield f"the organiser saw {len(seen)} trades, and the file has {len(rows)} or others"
