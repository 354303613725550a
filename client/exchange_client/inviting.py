"""Invitations: one-time links for people without an identity provider. All of it needs elevation."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from exchange_client.number import Number, Numeric, in_cash, ten_thousandths, whole
from exchange_client.schema import client_pb2 as wire
from exchange_client.values import Done

if TYPE_CHECKING:
    from exchange_client.state import State

_Message = wire.ClientMessage


class Invitee(NamedTuple):
    """Somebody to be invited, by the name that their account is to have.

    ``note`` is whom it is for, seen by admins only. ``starting_cash`` None is what the exchange gives
    everybody. ``for_account_id`` names an existing user whose key was lost: they get a new one and nothing else.
    """

    name: str
    note: str = ""
    starting_cash: Numeric | None = None
    for_account_id: int = 0


class NewInvitation(NamedTuple):
    """An invitation that was just made. ``token`` is what to sign in with, once; it is never shown again."""

    invitation_id: int
    name: str
    token: str


class Invitation(NamedTuple):
    """An invitation that was not revoked. Times are nanoseconds; ``accepted_at`` is 0 before it is accepted.

    ``account_id`` is the own account of whoever accepted it, or whom it is for; 0 for none.
    """

    invitation_id: int
    name: str
    note: str
    starting_cash: Number
    created_at: int
    accepted_at: int
    account_id: int


class Inviting:
    """Requests about invitations."""

    _state: "State"

    async def create_invitations(self, people: Sequence[Invitee]) -> tuple[NewInvitation, ...]:
        """Invites up to 500 people, all or none, in their order."""
        request = wire.CreateInvitations()
        for person in people:
            cash = person.starting_cash
            request.invitations.add(
                name=person.name,
                note=person.note,
                starting_cash=None if cash is None else ten_thousandths(cash, "starting_cash"),
                for_account_id=whole(person.for_account_id, "for_account_id"),
            )
        message = _Message(create_invitations=request)
        reply = await self._state.requester.read("invitations_created", message, changes=True)
        return tuple(NewInvitation(i.invitation_id, i.name, i.token) for i in reply.invitations_created.invitations)

    async def revoke_invitation(self, invitation_id: int) -> Done:
        """Ends an invitation that nobody has accepted."""
        request = wire.RevokeInvitation(invitation_id=whole(invitation_id, "invitation_id"))
        return await self._state.requester.request(Done, _Message(revoke_invitation=request))

    async def get_invitations(self) -> tuple[Invitation, ...]:
        """All that were not revoked, oldest first."""
        reply = await self._state.requester.read("invitations", _Message(list_invitations=wire.ListInvitations()))
        return tuple(
            Invitation(
                i.invitation_id, i.name, i.note, in_cash(i.starting_cash), i.created_at, i.accepted_at, i.account_id
            )
            for i in reply.invitations.invitations
        )
