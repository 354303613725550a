"""From a request to its result: stamped, handed to the session, waited for."""

from typing import TypeVar

import trio

from exchange_client.clock import SECOND, ServerClock
from exchange_client.connection import Connections
from exchange_client.outbox import Outbox
from exchange_client.replies import refused, result_of
from exchange_client.schema import client_pb2 as wire
from exchange_client.schema.server_pb2 import ServerMessage
from exchange_client.session import Session
from exchange_client.state import State
from exchange_client.values import Result

R = TypeVar("R", bound=Result)


class Requester:
    """Sends requests of any number of tasks; those that wait together share a frame.

    ``patience`` is for how many seconds after the call a change may still be decided. It is held below half of the
    exchange's request memory, so that a request that was sent again is either remembered or too late, never both new.
    """

    def __init__(
        self,
        session: Session,
        outbox: Outbox,
        connections: Connections,
        state: State,
        clock: ServerClock,
        patience: float,
    ) -> None:
        self.ended: Exception | None = None
        self._session = session
        self._outbox = outbox
        self._connections = connections
        self._state = state
        self._clock = clock
        self._patience = patience

    @property
    def is_idle(self) -> bool:
        """Whether every request has been answered."""
        return self._outbox.is_empty

    async def request(self, kind: type[R], message: wire.ClientMessage, *, changes: bool = True) -> R:
        """Waits for the result of a request. ``changes`` limits for how long it may be decided.

        Raises :class:`Refused`, or what ended the client. Cancelled, it leaves the reply to nobody.
        """
        result = result_of(await self._reply(message, changes=changes))
        if not isinstance(result, kind):
            raise TypeError(f"the exchange answered with {result!r} where {kind.__name__} was expected")
        return result

    async def read(self, kind: str, message: wire.ClientMessage, *, changes: bool = False) -> ServerMessage:
        """Waits for the answer to a request that changes nothing. ``kind`` is its field. Raises as ``request`` does."""
        reply = await self._reply(message, changes=changes)
        found = reply.WhichOneof("message") or ""
        if found == "refusal":
            raise refused(reply.refusal)
        if found != kind:
            raise TypeError(f"the exchange answered with {found!r} where {kind!r} was expected")
        return reply

    async def _reply(self, message: wire.ClientMessage, *, changes: bool) -> ServerMessage:
        if self.ended is not None:
            raise self.ended
        if changes:
            message.valid_until = self._clock.now() + round(self._validity() * SECOND)
        request = self._session.submit(message)
        self._connections.signal.set()
        try:
            await request.done.wait()
        except trio.Cancelled:
            self._outbox.abandon(request)
            raise
        if request.error is not None:
            raise request.error
        assert request.reply is not None
        return request.reply

    def _validity(self) -> float:
        memory = self._state.limits.request_memory_seconds
        return min(self._patience, memory / 2) if memory else self._patience

    def end(self, error: Exception) -> None:
        """There will be no more replies."""
        self.ended = error
        self._outbox.fail(error)
