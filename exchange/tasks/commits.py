"""What a step hands to the writer, as rows: the journal's own, what the tables will say, and a session's first."""

from typing import TYPE_CHECKING

from exchange.core.audience import decides_status, market_of_commit
from exchange.core.state import State
from exchange.store.journal import Commit, NewSession, new_commit, new_journal_row
from exchange.store.rows import rows_of
from exchange.tasks.requests import Request

if TYPE_CHECKING:
    from exchange.tasks.handover import Handover


def commit_of(state: State, handover: "Handover", request: Request, reply: bytes) -> Commit:
    """What a decided request brings to the file, the state being what it made of it. Marks its session as saved."""
    actor, remembered = request.actor, request.remembered
    session_row = None
    session_number = request_id = body_hash = 0
    if remembered is not None:
        session = remembered.session
        session_number, request_id, body_hash = session.number, remembered.request_id, remembered.body_hash
        if not session.saved:
            session_row = NewSession(session.number, session.user_id, session.token)
            session.saved = True
    facts = handover.facts
    row = new_journal_row((
        handover.sequence, handover.time, actor.user_id, actor.account_id, actor.elevated, session_number, request_id,
        body_hash, bool(handover.access) or handover.lens is not None, market_of_commit(facts),
        any(map(decides_status, facts)), handover.record, reply,
    ))  # fmt: skip
    return new_commit((row, rows_of(state, handover.sequence, handover.time, facts), session_row))
