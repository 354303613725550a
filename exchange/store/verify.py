"""``verify``: replays the whole journal and compares what it says with everything else in the file.

For a stopped server's file or a copy. Reads in order, a page of the journal at a time: memory is in proportion to the
present, not to the history.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from exchange.core.apply import apply
from exchange.core.audience import decides_status, market_of_commit
from exchange.core.facts import Fact
from exchange.core.invariants import violations
from exchange.core.state import State
from exchange.store.compare import differences
from exchange.store.connection import connect_to_read, lock
from exchange.store.errors import StoreError, StoreLocked
from exchange.store.journal import JOURNAL_COLUMNS, JournalRow, checksum
from exchange.store.load import load_state
from exchange.store.past import Past
from exchange.store.schema import MIGRATIONS

_PROBLEMS_MAX = 100  # sentences; more say nothing new
_INVARIANTS_EVERY = 10_000  # commits
_BUSY_MS = 5_000

Decode = Callable[[bytes, int, int], Sequence[Fact]]
"""From a record, and the sequence and time that it has to be of, to its facts."""


class VerifyReport(NamedTuple):
    """What ``verify`` found. ``problems`` are sentences, the first hundred of them; counts are of rows."""

    ok: bool
    problems: list[str]
    sequences: int = 0
    orders: int = 0
    trades: int = 0
    accounts: int = 0
    markets: int = 0
    transfers: int = 0
    requests: int = 0


def verify(path: str | os.PathLike[str], decode_facts: Decode) -> VerifyReport:
    """Checks a file without changing it. Never raises for what is in the file: every fault is a sentence.

    A server that runs on the file is a fault too: it would be kept from reusing its log, and could not start again
    meanwhile. A backup can be checked at any time.
    """
    file = Path(os.path.realpath(path))
    locked: int | None = None
    report = VerifyReport(False, [])
    try:
        locked = lock(file, shared=True)
        with closing(connect_to_read(file, busy_ms=_BUSY_MS)) as connection:
            report = _verify(connection, decode_facts)
    except StoreLocked:
        report.problems.append(f"A server is running on {file}: stop it first, or check a backup of it.")
    except StoreError as error:
        report.problems.append(str(error))
    except apsw.Error as error:
        report.problems.append(f"{file} cannot be read: {error}.")
    finally:
        if locked is not None:
            os.close(locked)
    return report


def _verify(connection: apsw.Connection, decode_facts: Decode) -> VerifyReport:
    version = connection.pragma("user_version")
    if version != len(MIGRATIONS):
        known = len(MIGRATIONS)
        raise StoreError(f"The file has schema {version}, this program {known}: start a server on it once, then check.")
    problems: list[str] = []
    state, past = State(), Past(connection)
    for problem in _problems(connection, decode_facts, state, past):
        problems.append(problem)
        if len(problems) >= _PROBLEMS_MAX:
            problems.append("… and more; the rest was not checked.")
            break
    requests = _count(connection, "journal WHERE session_number > 0 AND request_id > 0")
    return VerifyReport(
        not problems, problems, state.sequence, past.orders, past.trades, len(state.accounts), len(state.markets),
        past.transfers, requests,
    )  # fmt: skip


def _problems(connection: apsw.Connection, decode: Decode, state: State, past: Past) -> Iterator[str]:
    try:
        yield from _definition_problems(connection)
        yield from _file_problems(connection)
    except Exception as error:  # whatever it is that SQLite reads but no text can be made of
        yield f"The file cannot be checked: {error!r}."
        return
    complete = False
    try:
        yield from _replay(connection, decode, state, past)
        complete = True
    except Exception as error:  # whatever a damaged record makes the rules stumble over
        yield f"The journal cannot be replayed past sequence {state.sequence}: {error!r}."
    if not complete:
        return
    yield from violations(state)
    yield from past.finish()
    try:
        loaded = load_state(connection, state.limits)
    except Exception as error:  # as above, for the tables
        yield f"The present cannot be loaded: {error!r}."
        return
    yield from differences(state, loaded)


def _definition_problems(connection: apsw.Connection) -> Iterator[str]:
    """Every table and index is what the migrations make it. What somebody has added to look at the file is theirs."""
    query = "SELECT CAST(name AS BLOB), CAST(sql AS BLOB) FROM sqlite_schema WHERE sql IS NOT NULL"
    with closing(apsw.Connection(":memory:")) as fresh:
        for statements in MIGRATIONS:
            fresh.execute(statements)
        expected = _pairs(fresh.execute(query).fetchall())
    found = _pairs(connection.execute(query).fetchall())
    for name, definition in expected.items():
        if found.get(name) != definition:
            yield f"The definition of {name.decode()} is not the one that this program makes."


def _pairs(rows: Sequence[tuple[Any, ...]]) -> dict[bytes, bytes]:
    return {name: definition for name, definition in rows}  # noqa: C416 - to mypy the rows are of any length


def _file_problems(connection: apsw.Connection) -> Iterator[str]:
    for (answer,) in connection.execute("PRAGMA integrity_check(20)"):
        if answer != "ok":
            yield f"SQLite finds the file damaged: {answer}."
    for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        yield f"Row {row} of {table} refers to a row of {parent} that is not there."
    if _count(connection, "meta WHERE length(exchange_id) = 16") != 1:
        yield "The file has no identity: there is no exchange_id of 16 bytes."
    for session, request, times in connection.execute(
        "SELECT session_number, request_id, count(*) FROM journal WHERE session_number > 0 AND request_id > 0"
        " GROUP BY 1, 2 HAVING count(*) > 1"
    ):
        yield f"Request {request} of session {session} was executed {times} times."
    for sequence, session in connection.execute(
        "SELECT sequence, session_number FROM journal WHERE session_number > 0 AND request_id > 0"
        " AND session_number NOT IN (SELECT session_number FROM sessions)"
    ):
        yield f"Sequence {sequence} is of session {session}, which is not in the file."


def _replay(connection: apsw.Connection, decode: Decode, state: State, past: Past) -> Iterator[str]:
    for *content, found in connection.execute(f"SELECT {JOURNAL_COLUMNS} FROM journal ORDER BY sequence"):
        row = JournalRow._make(content)
        sequence, time = row.sequence, row.time
        if found != checksum(row):
            yield f"Sequence {sequence} of the journal is not what was written: its checksum is of another row."
        if sequence != state.sequence + 1:
            yield f"Sequence {state.sequence} is followed by {sequence}: there is a gap in the journal."
        if time <= state.time:
            yield f"Sequence {sequence} has time {time}, not later than {state.time} before it."
        facts = list(decode(row.facts, sequence, time))
        expected = (market_of_commit(facts), any(map(decides_status, facts)))
        if (row.market_id, row.changes_status) != expected:
            named = (row.market_id, row.changes_status)
            yield f"Sequence {sequence} has market_id and changes_status {named}, by its facts {expected}."
        apply(state, sequence, time, facts)
        yield from past.follow(sequence, time, facts)
        if sequence % _INVARIANTS_EVERY == 0:
            for violation in violations(state):
                yield f"After sequence {sequence}: {violation}."


def _count(connection: apsw.Connection, rows: str) -> int:
    counted: list[tuple[Any, ...]] = connection.execute(f"SELECT count(*) FROM {rows}").fetchall()
    return int(counted[0][0])
