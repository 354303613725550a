"""Rules for API keys: who may make and end them, and when they end by themselves.

A key acts for its user, as one account, and may do what its scope allows. It dies when it is revoked and when its user
ceases to own the account; it expires by the clock without a fact, and is forgotten when its user makes another.
"""

from collections.abc import Iterable

from exchange.core.commands import Actor
from exchange.core.credentials import (
    ApiKey,
    ApiKeyIssued,
    ApiKeyRevoked,
    ApiKeyUsed,
    CreateApiKey,
    KeyCreated,
    NoteKeyUse,
    RevokeApiKey,
)
from exchange.core.facts import Decision, Done, Fact
from exchange.core.names import check_text
from exchange.core.refusals import Code, Refusal
from exchange.core.state import State
from exchange.core.units import HASH_BYTES, LABEL_MAX, TIME_MAX, KeyScope

_UNKNOWN = Refusal(Code.UNKNOWN_KEY, "key_id", "You have no such key.")


def create_api_key(state: State, actor: Actor, command: CreateApiKey, now: int) -> Refusal | Decision:
    """Makes a key for an account that its user owns; elevation opens no stranger's account here."""
    user = state.users.get(actor.user_id)
    if user is None:
        return Refusal(Code.UNKNOWN_USER, "", "Only a signed-in user can have keys.")
    account_id = command.account_id or actor.account_id
    if account_id not in state.accounts:
        return Refusal(Code.UNKNOWN_ACCOUNT, "account_id", "There is no such account.")
    if account_id not in user.owned:
        return Refusal(Code.NOT_OWNER, "account_id", "You do not own that account.")
    if command.scope not in (KeyScope.READ, KeyScope.TRADE):
        return Refusal(Code.INVALID_VALUE, "scope", "A key is made to read or to trade.")
    if command.expires_at and not now < command.expires_at <= TIME_MAX:
        return Refusal(Code.INVALID_VALUE, "expires_at", "A key expires in the future, or never (0).")
    refusal = check_text(command.label, LABEL_MAX, "label")
    if refusal is not None:
        return refusal
    assert len(command.key_hash) == HASH_BYTES
    made = [key for key in keys_of(state, user.user_id) if key.scope != KeyScope.PERSON]
    expired = [key for key in made if not key.is_valid(now)]
    if len(made) - len(expired) >= state.limits.keys_per_user:
        most = state.limits.keys_per_user
        return Refusal(Code.LIMIT_REACHED, "", f"A user has at most {most} keys: revoke one that is not needed.")
    key_id = state.next_key_id
    issued = ApiKeyIssued(
        key_id, user.user_id, account_id, command.label, command.scope, command.expires_at, command.key_hash
    )
    return Decision((*_revoked(expired), issued), KeyCreated(key_id, command.sealed))


def revoke_api_key(state: State, actor: Actor, command: RevokeApiKey, now: int) -> Refusal | Decision:
    """Ends a key at once, by its user or an elevated admin. To others it does not exist."""
    key = state.api_keys.get(command.key_id)
    if key is None or (key.user_id != actor.user_id and not actor.elevated):
        return _UNKNOWN
    return Decision((ApiKeyRevoked(key.key_id),), Done())


def note_key_use(state: State, actor: Actor, command: NoteKeyUse, now: int) -> Refusal | Decision:
    """Keeps when a key was last used; nothing if it is gone meanwhile."""
    used: tuple[Fact, ...] = (ApiKeyUsed(command.key_id),) if command.key_id in state.api_keys else ()
    return Decision(used, Done())


def keys_of(state: State, user_id: int) -> list[ApiKey]:
    """The user's keys that were not revoked, in order of identifier."""
    user = state.users.get(user_id)
    return [] if user is None else [state.api_keys[key_id] for key_id in sorted(user.keys)]


def keys_lost(state: State, user_id: int, account_id: int) -> tuple[Fact, ...]:
    """What becomes of a user's keys when they cease to own an account."""
    return _revoked(key for key in keys_of(state, user_id) if key.account_id == account_id)


def _revoked(keys: Iterable[ApiKey]) -> tuple[Fact, ...]:
    return tuple(ApiKeyRevoked(key.key_id) for key in keys)
