"""Reading one client's requests: parse, pace, recognise retries, and pass on in order.

Requests to one market go to its inbox in the order they came. A request that concerns no single market is a barrier:
it waits until everything before it is decided, and everything after it waits until it is. The acting account is
stamped on a request here, when it arrives.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
import trio

from exchange.core.refusals import Code, Refusal
from exchange.store.journal import DamagedRow
from exchange.store.reader import RememberedRequest
from exchange.tasks.acting import act_as, set_elevated
from exchange.tasks.credentials import refresh
from exchange.tasks.disclosure import SHOWN_ONCE, Disclosing, with_secrets
from exchange.tasks.markets import DESK
from exchange.tasks.memory import Remembered, Session
from exchange.tasks.pacing import Pacing
from exchange.tasks.queries import QUERIES, Queries
from exchange.tasks.requests import Request, Requester
from exchange.tasks.scopes import check_scope
from exchange.wire.replies import encode_done, encode_pong, encode_refusal
from exchange.wire.requests import (
    KINDS_OF_ONE_MARKET,
    OF_ONE_MARKET,
    UNKNOWN_REQUEST,
    command_of,
    market_named,
    parse_frame,
    request_hash,
)

if TYPE_CHECKING:
    from exchange.tasks.connection import Connection

log = structlog.get_logger(__name__)

BAD_DATA = 1007
REQUEST_ID_MAX = 2**63 - 1  # what the journal can keep
_DISPLACED = Refusal(
    Code.NOT_OWNER, "account_id", "The account you acted as is no longer yours: say with ActAs as which you go on."
)
_ID_TOO_LARGE = Refusal(Code.INVALID_VALUE, "request_id", f"A request id is at most {REQUEST_ID_MAX}.")
_REUSED = Refusal(
    Code.REQUEST_ID_REUSED, "request_id", "This id was used for another request: count upwards within a session."
)
_EXPIRED = Refusal(
    Code.REQUEST_ID_EXPIRED, "request_id", "This request was executed longer ago than replies are remembered."
)
_UNREADABLE = _EXPIRED._replace(message="The reply to this request can no longer be read; it is not executed again.")


def _reply_all(connections: Iterable[Requester], payload: bytes) -> None:
    for connection in connections:
        connection.reply(payload)


def _forget(request: Request) -> None:
    if request.remembered is not None:
        request.remembered.forget()


class Intake:
    """The reading half of a live connection."""

    def __init__(self, connection: "Connection", queries: Queries) -> None:
        self._connection = connection
        self._queries = queries
        self._context = connection.context
        self._scope = connection.login.terms.scope
        self._requests = self._context.metrics.requests
        self._pacing = Pacing(connection)
        self._waiting_max = self._context.settings.requests_waiting_per_connection
        self._session_requests: dict[str, Callable[[Any], None]] = {
            "act_as": partial(act_as, connection),
            "set_elevated": partial(set_elevated, connection),
            "ping": self._ping,
            "refresh_token": lambda _: None,
        }

    async def run(self, messages: Sequence[Any], payloads: Sequence[bytes]) -> None:
        """Handles what came with the sign-in, then reads until cancelled.

        Raises :exc:`~exchange.net.socket.SocketClosed` when the client leaves.
        """
        for message in messages:
            await self._handle(message)
        socket = self._connection.socket
        socket.handle_lone_messages(self._handle_at_once)
        try:
            while True:
                for payload in payloads:
                    await self._handle_frame(payload)
                payloads = await socket.receive()
        finally:
            socket.handle_lone_messages(None)

    def _handle_at_once(self, payload: bytes) -> bool:
        """Handles a message where it was read, if it is a lone request that nothing has to wait for.

        False: nothing was done. It then comes to :meth:`_handle_frame`.
        """
        try:
            messages = parse_frame(payload)
        except ValueError:
            return False
        return len(messages) == 1 and self._accept(messages[0], alone=True)

    async def _handle_frame(self, payload: bytes) -> None:
        try:
            messages = parse_frame(payload)
        except ValueError as error:
            self._connection.end(BAD_DATA, str(error))
            await trio.lowlevel.checkpoint()  # delivers the end
            return
        alone = len(messages) == 1
        for message in messages:
            if not self._accept(message, alone=alone):
                await self._handle(message)

    def _accept(self, message: Any, *, alone: bool) -> bool:
        """The common case, without a wait: a new command to a market, within every limit, on a connection that goes on.

        False: nothing was done, and :meth:`_handle` is to find out what there is to say or to wait for. One ``alone``
        in its frame may be decided on the spot; of many, others get a turn between.
        """
        kind, request_id = message.WhichOneof("request"), message.request_id
        connection, markets = self._connection, self._context.markets
        session = connection.session
        if (
            kind not in KINDS_OF_ONE_MARKET
            or request_id > REQUEST_ID_MAX
            or (session is not None and 0 < request_id <= session.highest)
            or connection.waiting >= self._waiting_max
            or connection.displaced
            or connection.is_ending
            or (self._scope is not None and check_scope(self._scope, kind) is not None)
        ):
            return False
        command = command_of(kind, message)
        market_id = 0 if isinstance(command, Refusal) else command.market_id  # type: ignore[union-attr]
        inbox = markets.inbox(market_id)
        if not market_id or not inbox.has_room or self._pacing.wait(kind):
            return False
        self._requests[kind] += 1
        connection.asked = True
        remembered = None
        if session is not None and request_id:
            remembered = session.arrive(request_id, request_hash(kind, message), connection)
        request = Request(command, connection.actor, connection, request_id, message.valid_until, remembered)
        connection.accepted()
        if not (alone and markets.decide_at_once(market_id, request)):
            inbox.put_nowait(request)
        return True

    async def _handle(self, message: Any) -> None:
        """One request, whatever it is; waits for what it has to wait for."""
        connection = self._connection
        if connection.waiting >= self._waiting_max:
            await connection.room_for_request()
        kind = message.WhichOneof("request") or ""
        self._requests[kind or "unknown"] += 1
        connection.asked = connection.asked or kind != "ping"
        if self._scope is not None:
            beyond = check_scope(self._scope, kind)
            if beyond is not None:
                await self._refuse(message, beyond if kind else UNKNOWN_REQUEST)
                return
        if kind in self._session_requests:
            await self._handle_session_request(kind, message)
            return
        if kind in QUERIES:
            await self._handle_query(kind, message)
            return
        command = command_of(kind, message)
        if isinstance(command, Refusal):
            await self._refuse(message, command)
            return
        requester: Requester = connection
        if kind in SHOWN_ONCE:
            requester = Disclosing(connection, self._context.vault)
            command = with_secrets(command, self._context.vault, self._context.environment.random)
        request_id, session, remembered = message.request_id, connection.session, None
        if request_id > REQUEST_ID_MAX:
            await self._refuse(message, _ID_TOO_LARGE)
            return
        if session is not None and request_id:
            body_hash = request_hash(kind, message)
            if request_id > session.highest:
                remembered = session.arrive(request_id, body_hash, requester)
            else:
                remembered = await self._recognise(session, message, body_hash, requester)
                if remembered is None:
                    return
        elif session is not None and kind == "set_cancel_on_disconnect":
            remembered = session.arrive(0, 0, connection)  # its commit saves the session, whose number is its own
        # Not before it is known to be no retry, which is owed its first reply.
        refusal = _DISPLACED if connection.displaced else self._pacing.check(kind)
        if refusal is not None:
            if remembered is not None:
                remembered.forget()
            await self._refuse(message, refusal)
            return
        request = Request(command, connection.actor, requester, request_id, message.valid_until, remembered)
        if type(command) in OF_ONE_MARKET and command.market_id:  # type: ignore[union-attr]
            market_id: int = command.market_id  # type: ignore[union-attr]
            await self._pass_on(market_id, request)
        else:
            await self._pass_barrier(request)

    async def _handle_session_request(self, kind: str, message: Any) -> None:
        connection = self._connection
        refusal = self._pacing.check(kind)
        if refusal is not None:
            await self._refuse(message, refusal)
        elif kind == "ping":
            self._ping(message)
        elif kind == "refresh_token":
            await self._refresh_token(message)
        else:
            await connection.all_decided()
            await self._context.engine.take_slot()
            connection.waiting += 1
            self._session_requests[kind](message)

    async def _handle_query(self, kind: str, message: Any) -> None:
        refusal = self._pacing.check(kind)
        if refusal is not None:
            await self._refuse(message, refusal)
        else:
            await self._queries.accept(kind, message)

    def _ping(self, message: Any) -> None:
        """Answers at once: says nothing of the state but what has been published."""
        publisher, connection = self._context.publisher, self._connection
        now = self._context.environment.wall_clock_ns()
        connection.outbox.put(encode_pong(message.request_id, publisher.sequence, now))
        publisher.flush(connection.subscriber)

    async def _pass_on(self, market_id: int, request: Request) -> None:
        """Puts a request into an inbox; waits while that is full. A checkpoint only when it has to wait."""
        inbox = self._context.markets.inbox(market_id)
        self._connection.accepted()
        try:
            if inbox.has_room:
                inbox.put_nowait(request)
            else:
                await inbox.put(request)
        except BaseException:
            self._connection.withdrawn()
            _forget(request)
            raise

    async def _pass_barrier(self, request: Request) -> None:
        """Passes on a request that waits for all before it, and that all after it wait for."""
        try:
            await self._connection.all_decided()
        except BaseException:
            _forget(request)
            raise
        await self._pass_on(DESK, request)
        await self._connection.all_decided()

    async def _refuse(self, message: Any, refusal: Refusal) -> None:
        """Refuses before deciding. Takes the road of all replies, so that nothing overtakes what memory shows.

        Where it concerns a market it goes through that market's inbox, among the requests before and after it.
        """
        connection = self._connection
        market_id = market_named(message)
        if market_id:
            await self._pass_on(market_id, Request(refusal, connection.actor, connection, message.request_id))
            return
        await self._context.engine.take_slot()
        connection.waiting += 1
        self._context.metrics.refusals[refusal.code] += 1
        payload = encode_refusal(message.request_id, self._sequence, self._context.engine.now(), refusal)
        self._context.engine.ask(partial(connection.reply, payload))

    async def _recognise(
        self, session: Session, message: Any, body_hash: int, requester: Requester
    ) -> Remembered | None:
        """Of an id that is not above all others: None for a retry, which is answered, or will be when the first one is.

        Otherwise the request was never executed, and is noted to be now.
        """
        connection, request_id = self._connection, message.request_id
        known = session.on_their_way.get(request_id)
        if known is not None:
            if known.body_hash != body_hash:
                await self._refuse(message, _REUSED)
            else:
                connection.waiting += 1
                known.waiters.append(requester)
            return None
        remembered = session.arrive(request_id, body_hash, requester)
        try:
            past = await self._context.reads.read(lambda reader: reader.request(session.number, request_id))
        except BaseException as error:
            remembered.forget()
            if not isinstance(error, DamagedRow):
                raise
            log.error("a retry cannot be answered", reason=str(error))
            await self._refuse(message, _UNREADABLE)
            return None
        if past is None:
            return remembered
        await self._answer_again(message, past, remembered, requester)
        return None

    async def _answer_again(
        self, message: Any, past: RememberedRequest, remembered: Remembered, requester: Requester
    ) -> None:
        """Answers a request that was executed before, with the reply it got then."""
        connection = self._connection
        remembered.forget()
        horizon = int(self._context.settings.request_memory_seconds * 1e9)
        if past.body_hash != remembered.body_hash:
            await self._refuse(message, _REUSED)
        elif past.time < self._context.engine.now() - horizon:
            await self._refuse(message, _EXPIRED)
        else:
            await self._context.engine.take_slot()
            waiters = [requester, *remembered.waiters]
            connection.waiting += 1
            self._context.engine.ask(partial(_reply_all, waiters, past.reply))

    # Requests that concern the connection alone. They hold a slot, and are done when everything before is published.

    @property
    def _sequence(self) -> int:
        return self._context.engine.state.sequence

    async def _refresh_token(self, message: Any) -> None:
        """Goes on with a fresh token; the connection reads no further until it is checked."""
        connection = self._connection
        refusal = await refresh(connection, message.refresh_token.token)
        if refusal is not None:
            await self._refuse(message, refusal)
            return
        await connection.all_decided()
        await self._context.engine.take_slot()
        connection.waiting += 1
        reply = encode_done(message.request_id, self._sequence, self._context.engine.now())
        self._context.engine.ask(partial(connection.reply, reply))
