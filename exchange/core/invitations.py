"""Rules for invitations: one-time links for people without an identity provider.

    issued ──accepted, by the first client that signs in with it──► a key of that person
       └────revoked

Accepting makes the user, their account and their starting cash, and becomes a person's key, with which they come back.
The reply may get lost on its way, so the client session that accepted an invitation may present it again, and only it.
An invitation for an existing user gives them a new key and nothing else: theirs was lost.
"""

from exchange.core.accounts import new_user
from exchange.core.commands import Actor
from exchange.core.credentials import (
    AcceptInvitation,
    ApiKeyIssued,
    CreatedInvitation,
    CreateInvitations,
    Invitation,
    InvitationAccepted,
    InvitationIssued,
    InvitationRevoked,
    InvitationsCreated,
    NewInvitation,
    RevokeInvitation,
)
from exchange.core.facts import Created, Decision, Done, Fact
from exchange.core.names import check_name, check_text
from exchange.core.preconditions import NOT_ELEVATED
from exchange.core.refusals import Code, Refusal
from exchange.core.state import State
from exchange.core.units import (
    CASH_MAX,
    HASH_BYTES,
    INVITATIONS_PER_COMMAND_MAX,
    NOTE_MAX,
    AccountKind,
    KeyScope,
)

_UNKNOWN = Refusal(Code.UNKNOWN_INVITATION, "invitation_id", "There is no such invitation.")
_USED = Refusal(
    Code.INVITATION_USED,
    "token",
    "This invitation was used already: sign in with the key it gave, or ask the organiser for a new link.",
)


def create_invitations(state: State, actor: Actor, command: CreateInvitations, now: int) -> Refusal | Decision:
    """Invites people, by an elevated admin; all of them or none."""
    if not actor.elevated:
        return NOT_ELEVATED
    if not 0 < len(command.invitations) <= INVITATIONS_PER_COMMAND_MAX:
        most = f"From 1 to {INVITATIONS_PER_COMMAND_MAX} people are invited at a time."
        return Refusal(Code.INVALID_VALUE, "invitations", most)
    facts: list[Fact] = []
    for index, new in enumerate(command.invitations):
        issued = _issue(state, new, state.next_invitation_id + index)
        if isinstance(issued, Refusal):
            field = f"invitations[{index}].{issued.field}"
            return issued._replace(field=field)
        facts.append(issued)
    first = state.next_invitation_id
    created = [CreatedInvitation(first + index, new.name, new.sealed) for index, new in enumerate(command.invitations)]
    return Decision(tuple(facts), InvitationsCreated(tuple(created)))


def revoke_invitation(state: State, actor: Actor, command: RevokeInvitation, now: int) -> Refusal | Decision:
    """Ends an invitation that nobody has accepted, by an elevated admin."""
    if not actor.elevated:
        return NOT_ELEVATED
    invitation = state.invitations.get(command.invitation_id)
    if invitation is None:
        return _UNKNOWN
    if invitation.accepted_at:
        sentence = "It was accepted already: to keep that person out, revoke their key."
        return Refusal(Code.NOT_ALLOWED, "invitation_id", sentence)
    return Decision((InvitationRevoked(command.invitation_id),), Done())


def accept_invitation(state: State, actor: Actor, command: AcceptInvitation, now: int) -> Refusal | Decision:
    """Makes the user, if it is for a new one, and their key. Presented again by the same session it changes nothing.

    The result is the identifier of the key.
    """
    invitation = state.invitations.get(command.invitation_id)
    if invitation is None:
        return _UNKNOWN
    if invitation.accepted_at:
        return _accepted_again(state, invitation, command)
    facts: list[Fact] = []
    if invitation.user_id:
        user_id, account_id = invitation.user_id, state.users[invitation.user_id].account_id
    else:
        subject = f"invitation:{invitation.invitation_id}"
        made = new_user(state, subject, invitation.name, "", invitation.starting_cash)
        if isinstance(made, Refusal):
            return made
        facts += made
        user_id, account_id = state.next_user_id, state.next_account_id
    key_id = state.next_key_id
    facts += [
        ApiKeyIssued(key_id, user_id, account_id, "invitation", KeyScope.PERSON, 0, command.key_hash),
        InvitationAccepted(invitation.invitation_id, user_id, key_id, command.session_hash),
    ]
    return Decision(tuple(facts), Created(key_id))


def _accepted_again(state: State, invitation: Invitation, command: AcceptInvitation) -> Refusal | Decision:
    key = state.api_keys.get(invitation.key_id)
    same_session = bool(command.session_hash) and command.session_hash == invitation.session_hash
    if key is None or not same_session or key.key_hash != command.key_hash:
        return _USED
    return Decision((), Created(key.key_id))


def _issue(state: State, new: NewInvitation, invitation_id: int) -> Refusal | InvitationIssued:
    refusal = check_text(new.note, NOTE_MAX, "note")
    if refusal is not None:
        return refusal
    assert len(new.token_hash) == HASH_BYTES
    if new.for_account_id:
        account = state.accounts.get(new.for_account_id)
        if account is None or account.kind != AccountKind.USER:
            return Refusal(Code.UNKNOWN_USER, "for_account_id", "Name a user by their own account.")
        if new.starting_cash:
            return Refusal(Code.INVALID_VALUE, "starting_cash", "An existing user gets a new key and no more.")
        (user_id,) = account.owners
        return InvitationIssued(invitation_id, account.name, new.note, 0, user_id, new.token_hash)
    refusal = check_name(new.name)
    if refusal is not None:
        return refusal
    cash = state.limits.starting_cash if new.starting_cash is None else new.starting_cash
    if not 0 <= cash <= CASH_MAX:
        return Refusal(Code.INVALID_VALUE, "starting_cash", "Starting cash is not negative.")
    return InvitationIssued(invitation_id, new.name, new.note, cash, 0, new.token_hash)
