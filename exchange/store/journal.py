"""What a step hands to the writer: one commit, which becomes one journal row and what follows from it."""

from typing import NamedTuple

from exchange.core.values import maker
from exchange.store.rows import Rows


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
