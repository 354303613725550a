"""What is in the file at the end, against what everybody was told: read with SQL, by none of the exchange's own code.

The journal has every sequence once and in order; whoever was told of one was told the time it has there; a request that
was accepted is there with the sequence its reply named, one that was refused is not, and none is there twice or was
never asked for. That the tables are what the journal replays to is for ``exchange verify`` to say.
"""

from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import apsw

from exchange.core import facts
from exchange.core.facts import Fact
from exchange.core.units import CancelReason
from exchange.wire.records import decode_facts
from tests.sim.coverage import Coverage
from tests.sim.requests import code_of
from tests.sim.witness import FAILED, Asked, Conversation, Witness

_ENDED = {
    CancelReason.EXPIRED: "an order expired",
    CancelReason.DISCONNECTED: "orders ended with their session",
    CancelReason.DEAD_MAN: "a dead-man timer fired",
    CancelReason.VIEWER_REMOVED: "orders ended because their owner may not see the market any more",
}
SYSTEM_USER = 0
FURNISHING = b"root session"  # whoever makes the first markets is no part of the cast


class Journal:
    """The journal as rows."""

    def __init__(self, path: Path) -> None:
        with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
            rows: list[Any] = connection.execute(
                "SELECT sequence, time, user_id, session_number, request_id, facts FROM journal ORDER BY sequence"
            ).fetchall()
            sessions: list[Any] = connection.execute("SELECT user_id, token, session_number FROM sessions").fetchall()
        self.times = {sequence: time for sequence, time, *_ in rows}
        self.sequences = [row[0] for row in rows]
        self.facts: list[tuple[int, list[Fact]]] = [(row[2], list(decode_facts(row[5]))) for row in rows]
        self.numbers = {(user_id, bytes(token)): number for user_id, token, number in sessions}
        self.requests: dict[tuple[int, int], list[int]] = {}
        for sequence, _, _, session_number, request_id, _ in rows:
            if session_number and request_id:
                self.requests.setdefault((session_number, request_id), []).append(sequence)


def problems(journal: Journal, witness: Witness, sequence: int) -> Iterator[str]:
    """Sentences on what does not hold; ``sequence`` is the exchange's own last one."""
    if journal.sequences != list(range(1, sequence + 1)):
        yield f"the journal has {len(journal.sequences)} rows to {journal.sequences[-1]}, and not each to {sequence}"
    times = list(journal.times.values())
    if any(later <= earlier for earlier, later in pairwise(times)):
        yield "times in the journal do not grow"
    for told, time in witness.told.items():
        if journal.times.get(told) != time:
            yield f"somebody was told of {told} at {time}; the journal has {journal.times.get(told)}"
    asked_for: set[tuple[int, int]] = set()
    for conversation in witness.conversations:
        yield from conversation.disorder()
        if conversation.session:
            yield from _of_one(journal, conversation, asked_for)
    beside = {number for (_, token), number in journal.numbers.items() if token == FURNISHING}
    for session_number, request_id in sorted(journal.requests.keys() - asked_for):
        if session_number in beside:
            continue
        yield f"request {request_id} of session {session_number} was executed, and nobody asked for it"


def _of_one(journal: Journal, conversation: Conversation, asked_for: set[tuple[int, int]]) -> Iterator[str]:
    number = journal.numbers.get((conversation.user_id, conversation.session), 0)
    for request_id, asked in conversation.asked.items():
        asked_for.add((number, request_id))
        executed = journal.requests.get((number, request_id), [])
        if len(executed) > 1:
            yield f"{conversation.name}: {asked.message} was executed as {executed}"
        yield from _of_answers(conversation.name, asked, executed)


def _of_answers(name: str, asked: Asked, executed: list[int]) -> Iterator[str]:
    if not asked.leaves_a_trace or not asked.answers:
        return
    accepted = {message.sequence for _, _, message in asked.answers if not code_of(message)}
    if accepted and accepted != set(executed):
        yield f"{name}: {asked.message} was acknowledged as {accepted}; the journal has {executed}"
    codes = {code_of(message) for _, _, message in asked.answers}
    if not accepted and executed and FAILED not in codes and len(asked.answers) == len(asked.sent_on):
        yield f"{name}: {asked.message} was refused with {codes}, and executed as {executed}"


def note(journal: Journal, coverage: Coverage) -> None:
    """Counts what is in the journal."""
    for user_id, happened in journal.facts:
        coverage.happened(happened)
        for fact in happened:
            match fact:
                case facts.OrdersCancelled() if fact.reason in _ENDED:
                    coverage.recovered(_ENDED[fact.reason])
                case facts.MarketFailed():
                    coverage.recovered("a market was halted for its failures", fact.halted)
                    coverage.recovered("the desk failed and went on", not fact.market_id)
                case facts.DeadManTimerSet() if user_id == SYSTEM_USER and fact.seconds:
                    coverage.recovered("a dead-man timer began anew after a restart")
                case _:
                    pass
