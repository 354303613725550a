"""The part of ``apply`` that is about keys and invitations."""

from collections.abc import Callable
from typing import Any

from exchange.core.credentials import (
    ApiKey,
    ApiKeyIssued,
    ApiKeyRevoked,
    ApiKeyUsed,
    Invitation,
    InvitationAccepted,
    InvitationIssued,
    InvitationRevoked,
)
from exchange.core.state import State


def _api_key_issued(state: State, fact: ApiKeyIssued, sequence: int, time: int, index: int) -> None:
    key = ApiKey(
        fact.key_id, fact.user_id, fact.account_id, fact.label, fact.scope, fact.expires_at, time, 0, fact.key_hash
    )
    state.api_keys[key.key_id] = key
    state.api_keys_by_hash[key.key_hash] = key.key_id
    state.users[key.user_id].keys.add(key.key_id)
    state.next_key_id = key.key_id + 1


def _api_key_used(state: State, fact: ApiKeyUsed, sequence: int, time: int, index: int) -> None:
    state.api_keys[fact.key_id] = state.api_keys[fact.key_id]._replace(last_used=time)


def _api_key_revoked(state: State, fact: ApiKeyRevoked, sequence: int, time: int, index: int) -> None:
    key = state.api_keys.pop(fact.key_id)
    del state.api_keys_by_hash[key.key_hash]
    state.users[key.user_id].keys.discard(key.key_id)


def _invitation_issued(state: State, fact: InvitationIssued, sequence: int, time: int, index: int) -> None:
    invitation = Invitation(
        fact.invitation_id, fact.name, fact.note, fact.starting_cash, fact.token_hash, time, fact.for_user_id
    )
    state.invitations[fact.invitation_id] = invitation
    state.invitations_by_hash[fact.token_hash] = fact.invitation_id
    state.next_invitation_id = fact.invitation_id + 1


def _invitation_accepted(state: State, fact: InvitationAccepted, sequence: int, time: int, index: int) -> None:
    state.invitations[fact.invitation_id] = state.invitations[fact.invitation_id]._replace(
        user_id=fact.user_id, accepted_at=time, key_id=fact.key_id, session_hash=fact.session_hash
    )


def _invitation_revoked(state: State, fact: InvitationRevoked, sequence: int, time: int, index: int) -> None:
    invitation = state.invitations.pop(fact.invitation_id)
    del state.invitations_by_hash[invitation.token_hash]


APPLY_CREDENTIALS: dict[type, Callable[[State, Any, int, int, int], None]] = {
    ApiKeyIssued: _api_key_issued,
    ApiKeyUsed: _api_key_used,
    ApiKeyRevoked: _api_key_revoked,
    InvitationIssued: _invitation_issued,
    InvitationAccepted: _invitation_accepted,
    InvitationRevoked: _invitation_revoked,
}
