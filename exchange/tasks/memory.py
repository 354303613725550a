"""The memory of requests, so that a retry is harmless.

A session is a client process, kept over its reconnects. Its request ids count upwards, so an id above the highest that
arrived is new without asking anybody. An id at or below it is looked up: first among those that are on their way
(queued, or decided and not yet published), then in the journal, which remembers every accepted request for ever. What
is in neither was refused or never decided, and may be decided now.

Only what is on its way is held here; the past is read when somebody asks for it.
"""

from collections.abc import Container
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exchange.tasks.requests import Requester


class Remembered:
    """One request on its way. ``waiters`` are connections that repeated it and are answered when it is."""

    __slots__ = ("body_hash", "decided", "request_id", "requester", "session", "waiters")

    def __init__(self, session: "Session", request_id: int, body_hash: int, requester: "Requester | None") -> None:
        self.session = session
        self.request_id = request_id
        self.body_hash = body_hash
        self.requester = requester
        self.decided = False
        self.waiters: list[Requester] = []

    def forget(self) -> None:
        """It was refused, dropped or published: from now on the journal knows what became of it."""
        session = self.session
        if session.on_their_way.get(self.request_id) is self:
            del session.on_their_way[self.request_id]


class Session:
    """A client process as the server knows it; ``saved`` once a commit has carried its row."""

    __slots__ = ("highest", "number", "on_their_way", "saved", "token", "user_id")

    def __init__(self, user_id: int, token: bytes, number: int, highest: int, saved: bool) -> None:
        self.user_id = user_id
        self.token = token
        self.number = number
        self.highest = highest
        self.saved = saved
        self.on_their_way: dict[int, Remembered] = {}

    def arrive(self, request_id: int, body_hash: int, requester: "Requester | None") -> Remembered:
        """Notes a request that is to be decided, and whose it is."""
        remembered = Remembered(self, request_id, body_hash, requester)
        self.on_their_way[request_id] = remembered
        if request_id > self.highest:
            self.highest = request_id
        return remembered

    def drop_undecided(self) -> None:
        """Forgets what will not be decided, as its connection was cut off: it will come again.

        What a connection asked that was lost, and not cut off, is still to be decided: it stays.
        """
        for remembered in list(self.on_their_way.values()):
            if not remembered.decided and remembered.requester is not None and remembered.requester.cut_off:
                remembered.forget()


class Sessions:
    """Sessions that are connected or have requests on their way. Numbers are never given twice."""

    def __init__(self, highest_number: int) -> None:
        self._next_number = highest_number + 1
        self._sessions: dict[tuple[int, bytes], Session] = {}

    def find(self, user_id: int, token: bytes) -> Session | None:
        """The session if it is held in memory."""
        return self._sessions.get((user_id, token))

    def add(self, user_id: int, token: bytes, past: tuple[int, int] | None) -> Session:
        """Holds a session; ``past`` is its number and highest remembered request if the journal knows it."""
        session = self._sessions.get((user_id, token))
        if session is None:
            if past is not None:
                session = Session(user_id, token, past[0], past[1], saved=True)
            else:
                session = Session(user_id, token, self._next_number, 0, saved=False)
                self._next_number += 1
            self._sessions[user_id, token] = session
        return session

    def sweep(self, connected: Container[tuple[int, bytes]]) -> None:
        """Forgets sessions without a connection and without requests on their way: the journal knows the rest."""
        idle = [key for key, session in self._sessions.items() if key not in connected and not session.on_their_way]
        for key in idle:
            del self._sessions[key]
