"""Signing in: what a client says first, and what it is told."""

from collections.abc import Iterable
from hashlib import blake2b
from typing import NamedTuple

from exchange.core.lens import View
from exchange.core.units import KeyScope
from exchange.settings import Settings
from exchange.wire.replies import element
from exchange_client.schema import client_pb2, server_pb2, types_pb2

PROTOCOL_REVISION = 1


class ResumePoint(NamedTuple):
    """Where a client that was here before left off."""

    exchange_id: bytes
    sequence: int
    time: int
    view: bytes


class Hello(NamedTuple):
    """The first message of a connection."""

    request_id: int
    token: str
    session: bytes
    client: str
    protocol_revision: int
    act_as_account_id: int
    resume: ResumePoint | None
    markets: frozenset[int] | None
    name: str
    id_token: str


class Terms(NamedTuple):
    """On what terms a client has signed in: until when, with what key, and the key that it is handed."""

    is_admin: bool = False
    expires_at: int = 0
    scope: KeyScope | None = None
    key: str = ""


class Server(NamedTuple):
    """What every client is told about this server."""

    exchange_id: bytes
    version: str
    accepts_developers: bool


def read_hello(message: client_pb2.ClientMessage) -> Hello | None:
    """The sign-in that a first message holds, or None when it holds something else."""
    if message.WhichOneof("request") != "authenticate":
        return None
    body = message.authenticate
    resume = None
    if body.HasField("resume"):
        point = body.resume
        resume = ResumePoint(point.exchange_id, point.sequence, point.time, point.view)
    return Hello(
        message.request_id,
        body.token,
        body.session,
        body.client[:64],
        body.protocol_revision,
        body.act_as_account_id,
        resume,
        frozenset(body.market_ids) if body.market_ids else None,
        body.name,
        body.id_token,
    )


def view_digest(view: View) -> bytes:
    """Names what a client may see, so that it can tell whether a resume would fit its state."""
    parts = (view.user_id, view.account_id, view.elevated, sorted(view.accounts), sorted(view.markets or ()))
    return blake2b(repr(parts).encode(), digest_size=8).digest()


def encode_authenticated(
    request_id: int, view: View, terms: Terms, session_known: bool, server: Server, settings: Settings, time: int
) -> bytes:
    """Tells a client who it is and what holds here."""
    message = server_pb2.ServerMessage(request_id=request_id, time=time)
    body = message.authenticated
    body.user_id = view.user_id
    body.account_id = view.account_id
    body.owned_account_ids.extend(sorted(view.accounts))
    body.roles.append(types_pb2.ROLE_TRADER)
    if terms.is_admin:
        body.roles.append(types_pb2.ROLE_ADMIN)
    body.exchange_id = server.exchange_id
    body.server_version = server.version
    body.protocol_revision = PROTOCOL_REVISION
    limits = body.limits
    limits.request_memory_seconds = int(settings.request_memory_seconds)
    limits.message_bytes = settings.message_bytes
    limits.requests_waiting = settings.requests_waiting_per_connection
    limits.batch_steps = settings.steps_per_batch
    limits.pace_per_second = int(settings.pace_per_second)
    limits.pace_burst = int(settings.pace_burst)
    limits.resume_facts = settings.resume_facts
    limits.heartbeat_seconds = max(1, int(settings.heartbeat_seconds))
    body.view = view_digest(view)
    body.server_time = time
    body.session_known = session_known
    body.developer_server = server.accepts_developers
    body.expires_at = terms.expires_at
    body.key = terms.key
    if terms.scope is not None:
        body.scope = terms.scope  # type: ignore[assignment]
    return element(message)


def encode_resumed(after: int) -> bytes:
    """The missed facts follow."""
    return element(server_pb2.ServerMessage(resumed=server_pb2.Resumed(after=after)))


def encode_ready(sequence: int) -> bytes:
    """The feed is live from here on."""
    return element(server_pb2.ServerMessage(sequence=sequence, ready=server_pb2.Ready(sequence=sequence)))


def encode_view_changed(view: View, sequence: int, time: int, gone: Iterable[int] = ()) -> bytes:
    """The rights of this connection are now these; ``gone`` are markets that it may not see any more."""
    message = server_pb2.ServerMessage(sequence=sequence, time=time)
    body = message.view_changed
    body.account_id = view.account_id
    body.elevated = view.elevated
    body.view = view_digest(view)
    body.owned_account_ids.extend(sorted(view.accounts))
    body.gone_market_ids.extend(sorted(gone))
    return element(message)
