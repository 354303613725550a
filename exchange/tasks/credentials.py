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
from exchange.net.identity import TOKEN_BYTES_MAX
from exchange.net.vault import INVITATION_PREFIX, KEY_PREFIX, hash_of
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


class Login(NamedTuple):
    """Who signed in, and how. ``account_id`` 0 leaves the choice to the client; ``key_id`` 0 is no key."""

    user_id: int
    account_id: int
    key_id: int
    subject: str
    terms: Terms


NOBODY = Login(0, 0, 0, "", Terms())


async def log_in(connection: "Connection", hello: Hello) -> Login | Refusal:
    """Who the token of a first message names. A refusal says little; why is in the log."""
    context, token = connection.context, hello.token
    if len(token) > TOKEN_BYTES_MAX:
        return _refuse("token too long")
    if token.startswith(KEY_PREFIX):
        return _log_in_by_key(connection, token)
    if token.startswith(INVITATION_PREFIX):
        return await _log_in_by_invitation(connection, hello)
    identity = await context.authenticator.identify(token, from_loopback=connection.from_loopback)
    if identity is None:
        return NOT_AUTHENTICATED
    connection.socket.authenticated()
    user = context.engine.state.users_by_subject.get(identity.subject)
    if user is None:
        made = await _at_the_desk(context, commands.SignIn(identity.subject, hello.name or identity.name))
        if isinstance(made, Refusal):
            return made
        user = context.engine.state.users_by_subject[identity.subject]
    return Login(user.user_id, 0, 0, identity.subject, Terms(identity.is_admin))


def _log_in_by_key(connection: "Connection", token: str) -> Login | Refusal:
    context = connection.context
    key = _key(context, hash_of(token))
    if key is None:
        return _refuse("unknown or revoked key")
    if not key.is_valid(context.engine.now()):
        return _refuse("expired key", key_id=key.key_id)
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


def _registered(connection: "Connection", key: ApiKey, handed: str = "") -> Login:
    """From here on the connection ends with the key."""
    connection.context.live_keys.add(key.key_id, connection)
    account_id = 0 if key.scope == KeyScope.PERSON else key.account_id
    return Login(key.user_id, account_id, key.key_id, "", Terms(False, key.expires_at, key.scope, handed))


async def _at_the_desk(context: "Context", command: commands.Command) -> Outcome:
    """What the desk makes of a command, when it may be known to the world."""
    done = trio.Event()
    outcomes: list[Outcome] = []

    def on_outcome(outcome: Outcome) -> None:
        outcomes.append(outcome)
        done.set()

    await context.markets.inbox(DESK).send(Request(command, SYSTEM, on_outcome=on_outcome))
    await done.wait()
    return outcomes[0]


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
            await context.markets.inbox(DESK).send(Request(NoteKeyUse(key_id), SYSTEM))
