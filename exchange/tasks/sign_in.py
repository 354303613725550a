"""Signing in: from the first message of a connection to a user, an account and a session."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog
import trio

from exchange.core.commands import Actor
from exchange.core.refusals import Code, Refusal
from exchange.core.state import User
from exchange.store.reader import Reader
from exchange.tasks.credentials import Login, log_in, note_use
from exchange.wire.hello import PROTOCOL_REVISION, Hello, read_hello
from exchange.wire.replies import encode_refusal
from exchange.wire.requests import parse_frame

if TYPE_CHECKING:
    from exchange.tasks.connection import Connection
    from exchange.tasks.context import Context

log = structlog.get_logger(__name__)

POLICY = 1008
SESSION_BYTES = range(8, 33)

CLIENT_LOGGED_MAX = 64  # characters; it is whatever the client says


@dataclass(slots=True)
class SignedIn:
    """A client that may be caught up, and what it said together with its sign-in: in the same frame, and in more."""

    hello: Hello
    session_known: bool
    first_messages: Sequence[Any]
    first_payloads: Sequence[bytes]


async def sign_in(connection: "Connection") -> SignedIn | None:
    """Reads the first message and lets its user in; None when the connection is to end with the code it was given.

    Raises :exc:`~exchange.net.socket.SocketClosed` when the client leaves.
    """
    context = connection.context
    with trio.move_on_after(context.settings.authenticate_seconds):
        payload, *more = await connection.socket.receive()
        messages = _parse(payload)
        hello = read_hello(messages[0]) if messages else None
        if hello is None:
            context.metrics.sign_in_failures["no_hello"] += 1
            connection.end(POLICY, "the first message is Authenticate")
            return None
        refusal = _check(hello)
        login = refusal or await log_in(connection, hello)
        if isinstance(login, Refusal):
            await _refuse(connection, hello, login)
            return None
        connection.login = login
        connection.subscriber.bound = login.account_id != 0
        refusal = _check_pace(context, login) or await context.admission.enter()
        if refusal is not None:
            await _refuse(connection, hello, refusal)
            return None
        user = context.engine.state.users[login.user_id]
        account_id = hello.act_as_account_id or login.account_id or user.account_id
        refusal = _check_user(user, login, account_id)
        if refusal is not None:
            await _refuse(connection, hello, refusal)
            return None
        connection.actor = Actor(user.user_id, account_id, bound=connection.subscriber.bound)
        known = await _take_over_session(connection, user, hello.session) if hello.session else False
        if login.key_id:
            await note_use(context, login.key_id)
        context.metrics.sign_ins += 1
        log.info("signed in", user_id=user.user_id, key_id=login.key_id, client=hello.client[:CLIENT_LOGGED_MAX])
        return SignedIn(hello, known, messages[1:], more)
    context.metrics.sign_in_failures["too_late"] += 1
    connection.end(POLICY, "no sign-in within the time for it")
    return None


def _parse(payload: bytes) -> Sequence[Any]:
    try:
        return parse_frame(payload)
    except ValueError:
        return ()


async def _refuse(connection: "Connection", hello: Hello, refusal: Refusal) -> None:
    now = connection.context.engine.now()
    connection.context.metrics.sign_in_failures[refusal.code.name.lower()] += 1
    await connection.socket.send(encode_refusal(hello.request_id, 0, now, refusal))
    connection.end(POLICY, refusal.message)


def _check(hello: Hello) -> Refusal | None:
    if hello.protocol_revision not in (0, PROTOCOL_REVISION):
        sentence = f"This server speaks protocol revision {PROTOCOL_REVISION}."
        return Refusal(Code.PROTOCOL_REVISION, "protocol_revision", sentence)
    if hello.session and len(hello.session) not in SESSION_BYTES:
        return Refusal(Code.INVALID_VALUE, "session", "A session is 8 to 32 random bytes.")
    return None


def _check_pace(context: "Context", login: Login) -> Refusal | None:
    wait = context.pace_of(login.user_id).expensive.take(trio.current_time())
    if wait:
        return Refusal(Code.PACE, "", "Too many sign-ins: wait before the next.", int(wait * 1_000) + 1)
    return None


def _check_user(user: User, login: Login, account_id: int) -> Refusal | None:
    if login.account_id not in (0, account_id):
        return Refusal(Code.NOT_OWNER, "act_as_account_id", "This key is bound to another account.")
    if account_id not in user.owned:
        return Refusal(Code.NOT_OWNER, "act_as_account_id", "You do not own that account.")
    return None


async def _take_over_session(connection: "Connection", user: User, token: bytes) -> bool:
    """Binds the connection to its session, closing the one that had it. Returns whether the session is known."""
    context = connection.context
    key = (user.user_id, token)
    former = context.by_session.get(key)
    context.by_session[key] = connection
    connection.session_key = key
    if former is not None:
        former.replace()
        with trio.move_on_after(context.settings.replace_seconds):
            await former.gone.wait()
    session = context.sessions.find(*key)
    if session is None:

        def look_up(reader: Reader) -> tuple[int, int] | None:
            number = reader.session_number(*key)
            return None if number is None else (number, reader.highest_request(number))

        session = context.sessions.add(*key, await context.reads.read(look_up))
    connection.session = session
    connection.actor = connection.actor._replace(session_number=session.number)
    context.absences.end([session.number])
    return session.saved
