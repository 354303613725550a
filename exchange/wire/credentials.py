"""Keys and invitations on the wire: requests, facts, replies, and replies that are completed when they are told.

A stored reply has a *sealed* text where the client is shown a secret. Whoever can open it puts the secret there, each
time the reply is told; so neither the journal nor the request memory ever holds one.
"""

from collections.abc import Callable, Iterable
from typing import Any

from exchange.core import credentials
from exchange.core.refusals import Code, Refusal
from exchange.core.state import State
from exchange.core.units import KeyScope
from exchange_client.schema import client_pb2, server_pb2

ServerMessage = server_pb2.ServerMessage

_LOST = Refusal(
    Code.REQUEST_ID_EXPIRED,
    "request_id",
    "This was done, and what it made can no longer be shown: revoke it and make another.",
)


# Requests.


def read_create_api_key(body: client_pb2.CreateApiKey, scope: KeyScope) -> credentials.CreateApiKey:
    return credentials.CreateApiKey(body.account_id, scope, body.expires_at, body.label)


def read_revoke_api_key(body: client_pb2.RevokeApiKey) -> credentials.RevokeApiKey:
    return credentials.RevokeApiKey(body.key_id)


def read_create_invitations(body: client_pb2.CreateInvitations) -> credentials.CreateInvitations:
    return credentials.CreateInvitations(tuple(_new_invitation(new) for new in body.invitations))


def _new_invitation(new: client_pb2.NewInvitation) -> credentials.NewInvitation:
    cash = new.starting_cash if new.HasField("starting_cash") else None
    return credentials.NewInvitation(new.name, new.note, cash, new.for_account_id)


def read_revoke_invitation(body: client_pb2.RevokeInvitation) -> credentials.RevokeInvitation:
    return credentials.RevokeInvitation(body.invitation_id)


# Facts, into a record and out of it.


def _write_api_key_issued(message: ServerMessage, fact: credentials.ApiKeyIssued) -> None:
    issued = message.api_key_issued
    issued.key_id = fact.key_id
    issued.user_id = fact.user_id
    issued.account_id = fact.account_id
    issued.label = fact.label
    issued.scope = fact.scope  # type: ignore[assignment]
    issued.expires_at = fact.expires_at
    issued.key_hash = fact.key_hash


def _write_api_key_used(message: ServerMessage, fact: credentials.ApiKeyUsed) -> None:
    message.api_key_used.key_id = fact.key_id


def _write_api_key_revoked(message: ServerMessage, fact: credentials.ApiKeyRevoked) -> None:
    message.api_key_revoked.key_id = fact.key_id


def _write_invitation_issued(message: ServerMessage, fact: credentials.InvitationIssued) -> None:
    issued = message.invitation_issued
    issued.invitation_id = fact.invitation_id
    issued.name = fact.name
    issued.note = fact.note
    issued.starting_cash = fact.starting_cash
    issued.for_user_id = fact.for_user_id
    issued.token_hash = fact.token_hash


def _write_invitation_accepted(message: ServerMessage, fact: credentials.InvitationAccepted) -> None:
    accepted = message.invitation_accepted
    accepted.invitation_id = fact.invitation_id
    accepted.user_id = fact.user_id
    accepted.key_id = fact.key_id
    accepted.session_hash = fact.session_hash


def _write_invitation_revoked(message: ServerMessage, fact: credentials.InvitationRevoked) -> None:
    message.invitation_revoked.invitation_id = fact.invitation_id


FACT_WRITERS: dict[type, Callable[[ServerMessage, Any], None]] = {
    credentials.ApiKeyIssued: _write_api_key_issued,
    credentials.ApiKeyUsed: _write_api_key_used,
    credentials.ApiKeyRevoked: _write_api_key_revoked,
    credentials.InvitationIssued: _write_invitation_issued,
    credentials.InvitationAccepted: _write_invitation_accepted,
    credentials.InvitationRevoked: _write_invitation_revoked,
}

FACT_READERS: dict[str, Callable[[Any], Any]] = {
    "api_key_issued": lambda body: credentials.ApiKeyIssued(
        body.key_id, body.user_id, body.account_id, body.label, KeyScope(body.scope), body.expires_at, body.key_hash
    ),
    "api_key_used": lambda body: credentials.ApiKeyUsed(body.key_id),
    "api_key_revoked": lambda body: credentials.ApiKeyRevoked(body.key_id),
    "invitation_issued": lambda body: credentials.InvitationIssued(
        body.invitation_id, body.name, body.note, body.starting_cash, body.for_user_id, body.token_hash
    ),
    "invitation_accepted": lambda body: credentials.InvitationAccepted(
        body.invitation_id, body.user_id, body.key_id, body.session_hash
    ),
    "invitation_revoked": lambda body: credentials.InvitationRevoked(body.invitation_id),
}

# Replies.


def _write_key_created(message: ServerMessage, result: credentials.KeyCreated) -> None:
    message.api_key_created.key_id = result.key_id
    message.api_key_created.key = result.sealed


def _write_invitations_created(message: ServerMessage, result: credentials.InvitationsCreated) -> None:
    for created in result.invitations:
        message.invitations_created.invitations.add(
            invitation_id=created.invitation_id, name=created.name, token=created.sealed
        )


REPLY_WRITERS: dict[type, Callable[[ServerMessage, Any], None]] = {
    credentials.KeyCreated: _write_key_created,
    credentials.InvitationsCreated: _write_invitations_created,
}


def complete_reply(reply: bytes, unseal: Callable[[str], str | None]) -> bytes:
    """The reply with secrets in the place of what is sealed; a refusal where ``unseal`` cannot open one (None)."""
    frame = server_pb2.ServerFrame.FromString(reply)
    message = frame.messages[0]
    kind = message.WhichOneof("message")
    if kind == "api_key_created":
        secrets = [unseal(message.api_key_created.key)]
        message.api_key_created.key = secrets[0] or ""
    elif kind == "invitations_created":
        secrets = [unseal(created.token) for created in message.invitations_created.invitations]
        for created, secret in zip(message.invitations_created.invitations, secrets, strict=True):
            created.token = secret or ""
    else:
        return reply
    if None in secrets:
        message.refusal.code = _LOST.code  # type: ignore[assignment]
        message.refusal.field, message.refusal.message = _LOST.field, _LOST.message
    return frame.SerializeToString()


# What is answered from memory.


def write_keys(message: ServerMessage, state: State, keys: Iterable[credentials.ApiKey]) -> None:
    """Keys, without what they are known by."""
    message.api_keys.SetInParent()
    for key in keys:
        message.api_keys.keys.add(
            key_id=key.key_id,
            account_id=key.account_id,
            label=key.label,
            expires_at=key.expires_at,
            last_used=key.last_used,
            scope=key.scope,
            created_at=key.created_at,
            user_account_id=state.users[key.user_id].account_id,
        )


def write_invitations(message: ServerMessage, state: State) -> None:
    """Invitations, without their tokens."""
    message.invitations.SetInParent()
    for invitation in state.invitations.values():
        user = state.users.get(invitation.user_id)
        message.invitations.invitations.add(
            invitation_id=invitation.invitation_id,
            name=invitation.name,
            note=invitation.note,
            starting_cash=invitation.starting_cash,
            created_at=invitation.created_at,
            accepted_at=invitation.accepted_at,
            account_id=0 if user is None else user.account_id,
        )
