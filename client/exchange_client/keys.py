"""Keys: what a bot signs in with, instead of its author."""

from datetime import datetime
from typing import TYPE_CHECKING

from exchange_client.asking import KeyScopeName, choice
from exchange_client.enums import KeyScope
from exchange_client.number import whole
from exchange_client.schema import client_pb2 as wire
from exchange_client.values import AnAccount, ApiKey, Done, NewApiKey, to_nanoseconds

if TYPE_CHECKING:
    from exchange_client.state import State

_Message = wire.ClientMessage


class Keys:
    """Requests about the user's own keys."""

    _state: "State"

    async def create_api_key(
        self,
        label: str,
        *,
        scope: KeyScopeName = KeyScope.TRADE,
        account: AnAccount | None = None,
        expires_at: datetime | int = 0,
    ) -> NewApiKey:
        """Makes a key for a bot, bound to one of the user's accounts, or to the acting one. It is shown only here.

        ``scope`` is ``TRADE``, or ``READ`` for a key that can only look. ``expires_at`` is a ``datetime`` or
        nanoseconds, 0 for never.
        """
        request = wire.CreateApiKey(
            account_id=0 if account is None else self._state.account_id_of(account),
            scope=choice(KeyScope, scope, "scope").value,  # type: ignore[arg-type]
            expires_at=to_nanoseconds(expires_at, "expires_at"),
            label=label,
        )
        return await self._state.requester.request(NewApiKey, _Message(create_api_key=request))

    async def list_api_keys(self, *, everybody: bool = False) -> tuple[ApiKey, ...]:
        """The user's keys that were not revoked, without their secrets; with ``everybody``, elevated, all users'."""
        request = wire.ListApiKeys(everybody=everybody)
        reply = await self._state.requester.read("api_keys", _Message(list_api_keys=request))
        return tuple(
            ApiKey(k.key_id, k.account_id, k.label, KeyScope(k.scope), k.created_at, k.expires_at, k.last_used)
            for k in reply.api_keys.keys
        )

    async def revoke_api_key(self, key: ApiKey | NewApiKey | int) -> Done:
        """Ends a key and its connections at once. By its user, or elevated."""
        key_id = key if isinstance(key, int) else key.key_id
        request = wire.RevokeApiKey(key_id=whole(key_id, "key"))
        return await self._state.requester.request(Done, _Message(revoke_api_key=request))
