"""Client sessions without a connection: since when, and whether anything of theirs is still to be decided.

Every session is kept here from its last disconnect until it comes back or its time is over; only when it is over does
anybody ask whether its orders are to end with it. So it does not matter which came first, the disconnect or the
decision of a request that had been sent before it.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from exchange.tasks.connection import Connection


class Absence:
    """One session's: when its time is over, and its former connections."""

    __slots__ = ("connections", "deadline")

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.connections: list[Connection] = []


class Absences:
    """The sessions that are gone, by number."""

    def __init__(self, grace_seconds: float) -> None:
        self._grace_seconds = grace_seconds
        self._absences: dict[int, Absence] = {}

    def begin(self, session_number: int, connection: "Connection | None" = None) -> None:
        """The session has no connection any more. One that was gone already does not get more time."""
        absence = self._absences.get(session_number)
        if absence is None:
            absence = self._absences[session_number] = Absence(trio.current_time() + self._grace_seconds)
        if connection is not None:
            absence.connections.append(connection)

    def end(self, session_numbers: Iterable[int]) -> None:
        """These sessions are back, or nothing is left to be done about them."""
        for session_number in session_numbers:
            self._absences.pop(session_number, None)

    def over(self) -> set[int]:
        """Sessions whose time is over and whose every request has been decided."""
        now = trio.current_time()
        return {
            session_number
            for session_number, absence in self._absences.items()
            if absence.deadline <= now and not any(connection.undecided for connection in absence.connections)
        }
