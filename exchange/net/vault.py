"""The secrets that people and bots are handed, and what is kept of them.

A secret is derived from the server's own and a random nonce, so a reply that shows one can be told again although it
is kept nowhere: the *seal*, from which the vault derives it once more, says nothing to anybody without the server's
secret. What a secret is recognised by is its SHA-256; it has 256 random bits, so that needs no salt and no slowness.
"""

import base64
import binascii
import hmac
from hashlib import sha256
from typing import NamedTuple

KEY_PREFIX = "exk_"  # so that people, and programs that look for leaked secrets, recognise one
INVITATION_PREFIX = "exi_"
NONCE_BYTES = 16


class Secret(NamedTuple):
    """A new secret: what it is recognised by, and what it can be derived from again."""

    text: str
    hash: bytes
    seal: str


class Vault:
    """Derives secrets from the server's own."""

    def __init__(self, own: bytes) -> None:
        self._own = own

    def make(self, prefix: str, nonce: bytes) -> Secret:
        """The secret of a kind and a nonce, which must never be used twice."""
        digest = hmac.digest(self._own, prefix.encode() + nonce, "sha256")
        text = prefix + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        hashed = hash_of(text)
        return Secret(text, hashed, f"{prefix}{nonce.hex()}.{hashed.hex()}")

    def open(self, seal: str) -> str | None:
        """The secret under a seal; None when the server's own secret is another one than it was."""
        nonce, _, hashed = seal[len(KEY_PREFIX) :].partition(".")
        try:
            secret = self.make(seal[: len(KEY_PREFIX)], bytes.fromhex(nonce))
            return secret.text if hmac.compare_digest(secret.hash, bytes.fromhex(hashed)) else None
        except (ValueError, binascii.Error):
            return None

    def key_for(self, invitation: str, session: bytes) -> Secret:
        """The key that an invitation becomes for one client session: the same again to whoever knows both."""
        return self.make(KEY_PREFIX, hmac.digest(invitation.encode(), b"session" + session, "sha256"))


def hash_of(secret: str) -> bytes:
    """What a secret is recognised by."""
    return sha256(secret.encode()).digest()
