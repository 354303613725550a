"""From what a client shows to who it is: an issuer's token, a key, or an invitation.

A *login* is what came of it: the user, the account where a key is bound to one, and the terms it holds on. It is found
and registered in one step with no await in between, so a key that is revoked a moment later finds its connection.
"""

from typing import TYPE_CHECKING, NamedTuple

import structlog
import trio

from exchange.core import commands
from exchange.core.commands import SYSTEM
from exchange.core.credentials import AcceptInvitation, ApiKey, NoteKeyUse
from exchange.core.refusals import Code, Refusal
from exchange.core.units import KeyScope
from exchange.net.entrance import Admission
from exchange.net.identity import ISSUED_KINDS, TOKEN_BYTES_MAX, Identity
from exchange.net.vault import INVITATION_PREFIX, KEY_PREFIX, hash_of
from exchange.settings import SettingError
from exchange.tasks.acting import demote
from exchange.tasks.live_keys import REVOKED
from exchange.tasks.markets import DESK
from exchange.tasks.requests import Outcome, Request
from exchange.wire.hello import Hello, Terms

if TYPE_CHECKING:
    from exchange.tasks.connection import Connection
    from exchange.tasks.context import Context

log = structlog.get_logger(__name__)

EXPIRED = 4001
NOT_AUTHENTICATED = Refusal(
    Code.NOT_AUTHENTICATED, "token", "The token was not accepted: check that it is complete and has not expired."
)

_NOT_ADMITTED = Refusal(
    Code.NOT_ADMITTED, "token", "You are known, but may not enter this exchange: ask its organiser to let you in."
)


class Login(NamedTuple):
    """Who signed in, and how. ``account_id`` 0 leaves the choice to the client; ``key_id`` 0 is no key.

    ``identity`` is what a token said; None where there was none.
    """

    user_id: int
    account_id: int
    key_id: int
    identity: Identity | None
    terms: Terms


NOBODY = Login(0, 0, 0, None, Terms())


async def log_in(connection: "Connection", hello: Hello) -> Login | Refusal:
    """Who the token of a first message names. A refusal says little; why is in the log."""
    failures = connection.context.failed_sign_ins
    wait = failures.wait(connection.address, trio.current_time())
    if wait:
        return _too_often(wait)
    login = await _log_in(connection, hello)
    if isinstance(login, Refusal):
        failures.note(connection.address, trio.current_time())
    return login


async def _log_in(connection: "Connection", hello: Hello) -> Login | Refusal:
    token = hello.token
    if len(token) > TOKEN_BYTES_MAX:
        return _refuse("token too long")
    if token.startswith(KEY_PREFIX):
        return _log_in_by_key(connection, token)
    if token.startswith(INVITATION_PREFIX):
        return await _log_in_by_invitation(connection, hello)
    return await _log_in_by_token(connection, hello)


async def _log_in_by_token(connection: "Connection", hello: Hello) -> Login | Refusal:
    context = connection.context
    identity = await connection.authenticator.identify(
        hello.token, from_loopback=connection.from_loopback, id_token=hello.id_token
    )
    if identity is None:
        return NOT_AUTHENTICATED
    connection.socket.authenticated()
    admission = _admit(context, identity)
    if isinstance(admission, Refusal):
        return admission
    users = context.engine.state.users_by_subject
    if identity.subject not in users:
        name = hello.name or identity.name or identity.email.partition("@")[0]
        command = commands.SignIn(identity.subject, name, identity.email, admission.starting_cash)
        made = await _at_the_desk(context, command)
        if isinstance(made, Refusal):
            return made
    await _end_former_powers(context, identity, admission)
    terms = Terms(admission.is_admin, identity.expires_at)
    return Login(users[identity.subject].user_id, 0, 0, identity, terms)


async def refresh(connection: "Connection", token: str) -> Refusal | None:
    """Lets a live connection go on with a fresh token of the same subject, on the terms of that one."""
    context, former = connection.context, connection.login.identity
    wait = context.failed_sign_ins.wait(connection.address, trio.current_time())
    if wait:
        return _too_often(wait)
    if former is None:
        return Refusal(Code.NOT_ALLOWED, "token", "A key needs no fresh token: it ends when it expires or is revoked.")
    identity = await connection.authenticator.identify(token, from_loopback=connection.from_loopback)
    if identity is None or identity.subject != former.subject:
        context.failed_sign_ins.note(connection.address, trio.current_time())
        return NOT_AUTHENTICATED if identity is None else _refuse("a fresh token of another subject")
    identity = identity._replace(email=identity.email or former.email)
    admission = _admit(context, identity)
    if isinstance(admission, Refusal):
        connection.end(REVOKED, admission.message)
        return admission
    await _end_former_powers(context, identity, admission)
    terms = connection.login.terms._replace(is_admin=admission.is_admin, expires_at=identity.expires_at)
    connection.login = connection.login._replace(identity=identity, terms=terms)
    return None


def _admit(context: "Context", identity: Identity) -> Admission | Refusal:
    known = context.engine.state.users_by_subject.get(identity.subject)
    admission = context.entrance.admit(identity, identity.email or (known.email if known is not None else ""))
    if isinstance(admission, str):
        log.info("sign-in refused", reason=admission, subject=identity.subject)
        return _NOT_ADMITTED
    return admission


async def _end_former_powers(context: "Context", identity: Identity, admission: Admission) -> None:
    """A newer token that makes its subject no admin takes that from the connections with older ones."""
    if admission.is_admin or not identity.issued_at:
        return
    for connection in list(context.connections):
        other = connection.login.identity
        if other is not None and other.subject == identity.subject and other.issued_at <= identity.issued_at:
            await demote(connection)


def _log_in_by_key(connection: "Connection", token: str) -> Login | Refusal:
    context = connection.context
    key = _key(context, hash_of(token))
    if key is None:
        return _refuse("unknown or revoked key")
    if not key.is_valid(context.engine.now()):
        return _refuse("expired key", key_id=key.key_id)
    admission = _admit(context, _holder(context, key))
    if isinstance(admission, Refusal):
        return admission
    connection.socket.authenticated()
    return _registered(connection, key)


async def _log_in_by_invitation(connection: "Connection", hello: Hello) -> Login | Refusal:
    context = connection.context
    invitation_id = context.engine.state.invitations_by_hash.get(hash_of(hello.token))
    if invitation_id is None:
        return _refuse("unknown or revoked invitation")
    secret = context.vault.key_for(hello.token, hello.session)
    session_hash = hash_of(hello.session.hex()) if hello.session else b""
    outcome = await _at_the_desk(context, AcceptInvitation(invitation_id, session_hash, secret.hash))
    if isinstance(outcome, Refusal):
        log.info("sign-in refused", reason=outcome.message, invitation_id=invitation_id)
        return NOT_AUTHENTICATED if outcome.code == Code.UNKNOWN_INVITATION else outcome
    key = _key(context, secret.hash)
    if key is None:
        return _refuse("the key was revoked meanwhile")
    connection.socket.authenticated()
    return _registered(connection, key, secret.text)


def _key(context: "Context", key_hash: bytes) -> ApiKey | None:
    state = context.engine.state
    key_id = state.api_keys_by_hash.get(key_hash)
    return None if key_id is None else state.api_keys[key_id]


def _holder(context: "Context", key: ApiKey) -> Identity:
    """Whose key it is: the list decides on people of an issuer also where they come with a key."""
    user = context.engine.state.users[key.user_id]
    return Identity(user.subject, "", False, issued_at=int(user.subject.startswith(ISSUED_KINDS)))


def _registered(connection: "Connection", key: ApiKey, handed: str = "") -> Login:
    """From here on the connection ends with the key."""
    connection.context.live_keys.add(key.key_id, connection)
    account_id = 0 if key.scope == KeyScope.PERSON else key.account_id
    return Login(key.user_id, account_id, key.key_id, None, Terms(False, key.expires_at, key.scope, handed))


async def _at_the_desk(context: "Context", command: commands.Command) -> Outcome:
    """What the desk makes of a command, when it may be known to the world."""
    done = trio.Event()
    outcomes: list[Outcome] = []

    def on_outcome(outcome: Outcome) -> None:
        outcomes.append(outcome)
        done.set()

    await context.markets.inbox(DESK).put(Request(command, SYSTEM, on_outcome=on_outcome))
    await done.wait()
    return outcomes[0]


def _too_often(wait: float) -> Refusal:
    sentence = "Too many sign-ins from your address have failed: wait before the next."
    return Refusal(Code.PACE, "token", sentence, min(int(wait * 1_000) + 1, 2**31))


def _refuse(reason: str, **more: object) -> Refusal:
    log.info("sign-in refused", reason=reason, **more)
    return NOT_AUTHENTICATED


async def watch_credentials(context: "Context") -> None:
    """Ends connections whose token or key has expired, and notes which keys are in use."""
    while True:
        await trio.sleep(context.settings.credential_seconds)
        now = context.environment.wall_clock_ns()
        in_use: set[int] = set()
        for connection in list(context.connections):
            expires_at = connection.login.terms.expires_at
            if expires_at and now >= expires_at:
                connection.end(EXPIRED, "the token or key expired")
            elif connection.login.key_id:
                in_use.add(connection.login.key_id)
        await note_use(context, *in_use)


async def note_use(context: "Context", *key_ids: int) -> None:
    """Keeps that these keys are in use, each once in a while."""
    latest = context.environment.wall_clock_ns() - int(context.settings.key_use_seconds * 1e9)
    for key_id in key_ids:
        key = context.engine.state.api_keys.get(key_id)
        if key is not None and key.last_used <= latest and not context.draining:
            await context.markets.inbox(DESK).put(Request(NoteKeyUse(key_id), SYSTEM))


async def watch_entrance(context: "Context") -> None:
    """Follows changes of the list of who may enter: who is banned is closed, and who is no admin any more is none."""
    while True:
        await trio.sleep(context.settings.entry_seconds)
        try:
            changed = await context.environment.run_in_thread(context.entrance.reread)
        except SettingError as error:
            log.error("the former list stays in force", reason=str(error))
            continue
        for connection in list(context.connections) if changed else ():
            await _admit_again(context, connection)


async def _admit_again(context: "Context", connection: "Connection") -> None:
    identity, terms = connection.login.identity, connection.login.terms
    key = context.engine.state.api_keys.get(connection.login.key_id)
    whose = identity if key is None else _holder(context, key)
    if whose is None:
        return  # signing in, or its key has just been revoked
    admission = _admit(context, whose)
    if isinstance(admission, Refusal):
        connection.cut()
        connection.end(REVOKED, admission.message)
    elif terms.is_admin and not admission.is_admin:
        await demote(connection)
    elif identity is not None:
        connection.login = connection.login._replace(terms=terms._replace(is_admin=admission.is_admin))
