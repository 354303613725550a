"""What a step hands to the writer: one commit, which becomes one journal row and what follows from it.

In the file a row ends with a checksum of all the others of its columns. Nothing else there says who asked for a commit,
or what was replied; whoever reads a row to act on it or to send it checks that it is what was written.
"""

from collections.abc import Iterable
from struct import Struct
from struct import error as StructError
from typing import NamedTuple
from zlib import crc32

from exchange.core.values import maker
from exchange.store.errors import StoreError
from exchange.store.rows import Row, Rows

_pack = Struct("<12q").pack  # all columns before the facts, and the length of those


class JournalRow(NamedTuple):
    """One commit in the journal, fields in the order of its columns. ``body_hash`` is a signed 64-bit integer.

    ``session_number`` and ``request_id`` 0 are none; where both are given, the request is remembered. ``market_id`` is
    that of all its facts that have one, see ``exchange.core.audience.market_of_commit``.
    """

    sequence: int
    time: int
    user_id: int
    account_id: int
    elevated: bool
    session_number: int
    request_id: int
    body_hash: int
    changes_rights: bool
    market_id: int
    changes_status: bool
    facts: bytes
    reply: bytes


class DamagedRow(StoreError):
    """A row of the journal is not what was written."""


def sealed(row: JournalRow) -> Row:
    """The row as it is in the file."""
    return (*row, checksum(row))


def checked(rows: Iterable[Row]) -> list[JournalRow]:
    """Rows of the file, all of them what was written. Raises :class:`DamagedRow`."""
    return [checked_row(row) for row in rows]


def checked_row(row: Row) -> JournalRow:
    """A row of the file, if it is what was written. Raises :class:`DamagedRow`."""
    content = row[:-1]
    try:
        sound = checksum(content) == row[-1]
    except (StructError, TypeError):  # a number or a text where there was none
        sound = False
    if not sound:
        raise DamagedRow(
            f"Sequence {row[0]} of the journal is damaged: its checksum is of another row."
            " `exchange verify` says more; a backup may be sound."
        )
    return JournalRow._make(content)


def checksum(row: Row) -> int:
    """CRC-32 of a row without its checksum: one in which a byte is another never has the same.

    One name for each column, because that is the fastest way to have them packed.
    """
    (
        sequence, time, user_id, account_id, elevated, session_number, request_id, body_hash, changes_rights, market_id,
        changes_status, facts, reply,
    ) = row  # fmt: skip
    numbers = _pack(
        sequence, time, user_id, account_id, elevated, session_number, request_id, body_hash, changes_rights, market_id,
        changes_status, len(facts),
    )  # fmt: skip
    return crc32(numbers + facts + reply)


JOURNAL_COLUMNS: str = ", ".join((*(f"journal.{name}" for name in JournalRow._fields), "journal.checksum"))
"""What to select for :func:`checked`."""


class NewSession(NamedTuple):
    """A client session whose number is to be found by its token after a restart."""

    session_number: int
    user_id: int
    token: bytes


class Commit(NamedTuple):
    """Everything that one sequence number brings to the file."""

    journal: JournalRow
    rows: Rows
    session: NewSession | None = None


new_journal_row, new_commit = maker(JournalRow), maker(Commit)
