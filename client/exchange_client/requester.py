"""From a request to its result: stamped, handed to the session, waited for."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import trio

from exchange_client.clock import SECOND, ServerClock
from exchange_client.connection import Connections
from exchange_client.errors import OutcomeUnknown, Refused
from exchange_client.outbox import Outbox, Request
from exchange_client.replies import refused, result_of
from exchange_client.schema import client_pb2 as wire
from exchange_client.schema.server_pb2 import ServerMessage
from exchange_client.session import Session
from exchange_client.state import State
from exchange_client.values import Done, Result

R = TypeVar("R", bound=Result)
T = TypeVar("T")


class Requester:
    """Sends requests of any number of tasks; those that wait together share a frame.

    ``patience`` is for how many seconds after the call a change may still be decided. It is held below half of the
    exchange's request memory, so that a request that was sent again is either remembered or too late, never both new.
    ``timeout`` is for how many seconds a call waits, None for as long as it takes.
    """

    def __init__(
        self,
        session: Session,
        outbox: Outbox,
        connections: Connections,
        state: State,
        clock: ServerClock,
        patience: float,
        timeout: float | None,
    ) -> None:
        self.ended: Exception | None = None
        self._session = session
        self._outbox = outbox
        self._connections = connections
        self._state = state
        self._clock = clock
        self._patience = patience
        self._timeout = timeout

    @property
    def is_idle(self) -> bool:
        """Whether every request has been answered."""
        return self._outbox.is_empty

    @property
    def unresolved(self) -> int:
        """How many requests there are whose outcome is not known yet."""
        return len(self._outbox.pending()) + len(self._outbox.in_doubt)

    @property
    def key(self) -> str:
        """What an accepted invitation became; else empty."""
        return self._session.key

    def use_token(self, token: str) -> None:
        """Signs in with another token from the next connection on."""
        self._connections.use_token(token)

    def now(self) -> int:
        """The exchange's time in nanoseconds."""
        return self._clock.now()

    def cancels_on_disconnect(self, enabled: bool) -> None:
        """Notes what the exchange has agreed to do with our orders, for the next connection."""
        self._session.wanted.cancel_on_disconnect = enabled

    async def request(self, kind: type[R], message: wire.ClientMessage, *, changes: bool = True) -> R:
        """Waits for the result of a request. ``changes`` limits for how long it may be decided.

        Raises :class:`Refused`, :class:`OutcomeUnknown`, or what ended the client. Cancelled, it leaves the reply to
        nobody.
        """

        def result(reply: ServerMessage) -> R:
            found = result_of(reply)
            if not isinstance(found, kind):
                raise TypeError(f"the exchange answered with {found!r} where {kind.__name__} was expected")
            return found

        return await self._reply(message, result, changes=changes)

    async def read(self, kind: str, message: wire.ClientMessage, *, changes: bool = False) -> ServerMessage:
        """Waits for the answer to a request that changes nothing. ``kind`` is its field. Raises as ``request`` does."""

        def answer(reply: ServerMessage) -> ServerMessage:
            found = reply.WhichOneof("message") or ""
            if found == "refusal":
                raise refused(reply.refusal)
            if found != kind:
                raise TypeError(f"the exchange answered with {found!r} where {kind!r} was expected")
            return reply

        return await self._reply(message, answer, changes=changes)

    async def resolve(self) -> None:
        """Waits until the outcome of every request made so far is known and in the state."""
        for request in self._outbox.pending():
            await request.done.wait()
        in_doubt = list(self._outbox.in_doubt)
        if in_doubt:
            # What was cut off with a connection and is not asked again was decided before the next one, or never. The
            # answer to a request that waits for the disk comes after everything that had been decided before it, and
            # so does its refusal, which is what whoever entered with a key of small scope hears.
            same = wire.SetElevated(elevated=self._state.elevated)
            with suppress(Refused):
                await self.request(Done, wire.ClientMessage(set_elevated=same), changes=False)
            self._outbox.in_doubt.difference_update(in_doubt)
        if self.ended is not None:
            raise self.ended

    async def _reply(self, message: wire.ClientMessage, read: Callable[[ServerMessage], T], *, changes: bool) -> T:
        if self.ended is not None:
            raise self.ended
        if changes:
            message.valid_until = self._clock.now() + round(self._validity() * SECOND)
        request = self._session.submit(message)
        self._connections.signal.set()
        try:
            with trio.move_on_after(float("inf") if self._timeout is None else self._timeout):
                await request.done.wait()
        except trio.Cancelled:
            self._outbox.abandon(request)
            raise
        if not request.done.is_set():

            async def resolve() -> T:
                await request.done.wait()
                return _outcome(request, read)

            raise OutcomeUnknown(f"no answer within {self._timeout:g} s: whether it is executed is not known", resolve)
        return _outcome(request, read)

    def _validity(self) -> float:
        memory = self._state.limits.request_memory_seconds
        return min(self._patience, memory / 2) if memory else self._patience

    def end(self, error: Exception) -> None:
        """There will be no more replies."""
        self.ended = error
        self._outbox.fail(error)


def _outcome(request: Request, read: Callable[[ServerMessage], T]) -> T:
    if request.error is not None:
        raise request.error
    assert request.reply is not None
    return read(request.reply)
