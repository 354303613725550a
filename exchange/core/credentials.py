"""Keys and invitations as values: what is kept, what is asked, what happens, what is replied.

The rules are in ``keys.py`` and ``invitations.py``. No secret is ever in here: a key is known by its SHA-256, and
whoever reads a request draws the secret and *seals* the reply, so that it can be told again and is kept by nobody.
"""

from typing import NamedTuple

from exchange.core.units import KeyScope

# What is kept.


class ApiKey(NamedTuple):
    """A key that was not revoked. Times are in nanoseconds, 0 is never; ``last_used`` is noted only now and then."""

    key_id: int
    user_id: int
    account_id: int
    label: str
    scope: KeyScope
    expires_at: int
    created_at: int
    last_used: int
    key_hash: bytes

    def is_valid(self, now: int) -> bool:
        """Whether it has not expired."""
        return not self.expires_at or now < self.expires_at


class Invitation(NamedTuple):
    """An invitation that was not revoked. ``user_id`` is who accepted it or, before, whom it is for; 0 is nobody yet.

    Once accepted, it has become the key ``key_id`` for the client session with ``session_hash``.
    """

    invitation_id: int
    name: str
    note: str
    starting_cash: int
    token_hash: bytes
    created_at: int
    user_id: int
    accepted_at: int = 0
    key_id: int = 0
    session_hash: bytes = b""


# What is asked.


class CreateApiKey(NamedTuple):
    """Make a key for ``account_id`` (0 is the acting account).

    Whoever reads the request adds the hash of the secret and ``sealed``, from which only they can complete the reply.
    """

    account_id: int
    scope: KeyScope
    expires_at: int
    label: str
    key_hash: bytes = b""
    sealed: str = ""


class RevokeApiKey(NamedTuple):
    """End a key."""

    key_id: int


class NoteKeyUse(NamedTuple):
    """The exchange notes that a key is in use."""

    key_id: int


class NewInvitation(NamedTuple):
    """One person to be invited; ``for_account_id`` names an existing user. Hash and ``sealed`` as of a key."""

    name: str
    note: str
    starting_cash: int | None
    for_account_id: int
    token_hash: bytes = b""
    sealed: str = ""


class CreateInvitations(NamedTuple):
    """Invite people."""

    invitations: tuple[NewInvitation, ...]


class RevokeInvitation(NamedTuple):
    """End an invitation that nobody has accepted."""

    invitation_id: int


class AcceptInvitation(NamedTuple):
    """Somebody signs in with an invitation; ``key_hash`` is of the key it becomes for their client session."""

    invitation_id: int
    session_hash: bytes
    key_hash: bytes


# What happens.


class ApiKeyIssued(NamedTuple):
    """A key was made."""

    key_id: int
    user_id: int
    account_id: int
    label: str
    scope: KeyScope
    expires_at: int
    key_hash: bytes


class ApiKeyUsed(NamedTuple):
    """A key was used, for the first time in a while."""

    key_id: int


class ApiKeyRevoked(NamedTuple):
    """A key was ended."""

    key_id: int


class InvitationIssued(NamedTuple):
    """Somebody was invited; ``for_user_id`` is the existing user it is for, or 0."""

    invitation_id: int
    name: str
    note: str
    starting_cash: int
    for_user_id: int
    token_hash: bytes


class InvitationAccepted(NamedTuple):
    """An invitation was accepted and became a key, which is issued with it."""

    invitation_id: int
    user_id: int
    key_id: int
    session_hash: bytes


class InvitationRevoked(NamedTuple):
    """An invitation was ended before anybody accepted it."""

    invitation_id: int


# What is replied.


class KeyCreated(NamedTuple):
    """Reply: a key, still sealed."""

    key_id: int
    sealed: str


class CreatedInvitation(NamedTuple):
    """One of several: an invitation, its token still sealed."""

    invitation_id: int
    name: str
    sealed: str


class InvitationsCreated(NamedTuple):
    """Reply: invitations, in the order asked for."""

    invitations: tuple[CreatedInvitation, ...]
