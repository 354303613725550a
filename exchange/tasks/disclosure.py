"""Requests whose reply shows a secret: drawing it on the way in, and showing it on the way out.

The reply that is journalled and remembered is sealed; it is opened for each telling, the first one and every retry.
"""

from random import Random
from typing import TYPE_CHECKING

from exchange.core.commands import Command
from exchange.core.credentials import CreateApiKey, CreateInvitations, NewInvitation
from exchange.net.vault import INVITATION_PREFIX, KEY_PREFIX, NONCE_BYTES, Vault
from exchange.wire.credentials import complete_reply

if TYPE_CHECKING:
    from exchange.tasks.connection import Connection

SHOWN_ONCE = frozenset({"create_api_key", "create_invitations"})


class Disclosing:
    """Stands for a connection that waits for such a reply."""

    def __init__(self, connection: "Connection", vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    @property
    def cut_off(self) -> bool:
        return self._connection.cut_off

    def decided(self) -> None:
        self._connection.decided()

    def reply(self, payload: bytes) -> None:
        self._connection.reply(complete_reply(payload, self._vault.open))


def with_secrets(command: Command, vault: Vault, random: Random) -> Command:
    """The command with new secrets in it, as hashes and seals; others as they are."""
    if isinstance(command, CreateApiKey):
        secret = vault.make(KEY_PREFIX, random.randbytes(NONCE_BYTES))
        return command._replace(key_hash=secret.hash, sealed=secret.seal)
    if isinstance(command, CreateInvitations):
        return CreateInvitations(tuple(_with_secret(new, vault, random) for new in command.invitations))
    return command


def _with_secret(new: NewInvitation, vault: Vault, random: Random) -> NewInvitation:
    secret = vault.make(INVITATION_PREFIX, random.randbytes(NONCE_BYTES))
    return new._replace(token_hash=secret.hash, sealed=secret.seal)
