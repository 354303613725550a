"""Random commands about keys and invitations."""

import random
from collections.abc import Callable

from exchange.core.commands import Command
from exchange.core.credentials import (
    AcceptInvitation,
    CreateApiKey,
    CreateInvitations,
    NewInvitation,
    NoteKeyUse,
    RevokeApiKey,
    RevokeInvitation,
)
from exchange.core.state import State
from exchange.core.units import KeyScope


def create_key(rng: random.Random, state: State, account_id: int) -> Command:
    expires_at = rng.choice((0, state.time + rng.randrange(1, 100_000)))
    return CreateApiKey(account_id, rng.choice((KeyScope.READ, KeyScope.TRADE)), expires_at, "bot", rng.randbytes(32))


def revoke_key(rng: random.Random, state: State, account_id: int) -> Command:
    return RevokeApiKey(rng.choice([*state.api_keys, 1]))


def use_key(rng: random.Random, state: State, account_id: int) -> Command:
    return NoteKeyUse(rng.choice([*state.api_keys, 1]))


def invite(rng: random.Random, state: State, account_id: int) -> Command:
    existing = state.users[rng.choice(list(state.users))].account_id if rng.random() < 0.8 else 0
    cash = None if existing else rng.choice((None, 0, 5_000))
    new = [
        NewInvitation(f"guest {n}", "by post", cash, existing, rng.randbytes(32)) for n in range(rng.randrange(1, 3))
    ]
    return CreateInvitations(tuple(new))


def accept(rng: random.Random, state: State, account_id: int) -> Command:
    invitation_id = rng.choice([*state.invitations, 1])
    return AcceptInvitation(invitation_id, rng.choice((b"", rng.randbytes(32))), rng.randbytes(32))


def uninvite(rng: random.Random, state: State, account_id: int) -> Command:
    return RevokeInvitation(rng.choice([*state.invitations, 1]))


CREDENTIAL_MAKERS: dict[Callable[[random.Random, State, int], Command], int] = {
    create_key: 4, revoke_key: 2, use_key: 3, invite: 2, accept: 2, uninvite: 4,
}  # fmt: skip
