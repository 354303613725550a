"""What organisers ask of the exchange. All but describing one's own market needs elevation."""

from collections.abc import Iterable

from exchange_client.market import Market
from exchange_client.naming import account_id_of, group_id_of, market_id_of
from exchange_client.requester import Requester
from exchange_client.schema import client_pb2 as wire
from exchange_client.values import Account, Created, Done, Group

_Message = wire.ClientMessage


class Organising:
    """Requests about markets and headings as such."""

    _requester: Requester

    async def edit_market(
        self,
        market: Market | int,
        *,
        name: str | None = None,
        description: str | None = None,
        group: Group | int | None = None,
        pinned: bool | None = None,
        ranked: bool | None = None,
        position_limit: int | None = None,
        opens_at: int | None = None,
        closes_at: int | None = None,
        restricted: bool | None = None,
        anonymous: bool | None = None,
        redeem_fee: int | None = None,
        add_viewers: Iterable[Account | int] = (),
        remove_viewers: Iterable[Account | int] = (),
    ) -> Done:
        """Changes what is named and leaves all else alone.

        ``group`` 0 is none, ``position_limit`` is hundredths and 0 none, times are nanoseconds since the epoch and 0
        never. ``redeem_fee`` is hundredths a contract. The description may be changed by the market's owner too.
        """
        request = wire.EditMarket(
            market_id=market_id_of(market),
            name=name,
            description=description,
            group_id=None if group is None else group_id_of(group),
            position_limit=position_limit,
            opens_at=opens_at,
            closes_at=closes_at,
            redeem_fee=redeem_fee,
            add_viewer_account_ids=[account_id_of(viewer) for viewer in add_viewers],
            remove_viewer_account_ids=[account_id_of(viewer) for viewer in remove_viewers],
        )
        flags = {"pinned": pinned, "ranked": ranked, "restricted": restricted, "anonymous": anonymous}
        for flag, value in flags.items():
            if value is not None:
                setattr(request, flag, value)
        return await self._requester.request(Done, _Message(edit_market=request))

    async def halt_all(self) -> Done:
        """Halts every open market at once."""
        return await self._requester.request(Done, _Message(halt_all=wire.HaltAll()))

    async def create_group(self, name: str, *, description: str = "") -> Created:
        """Makes a heading; ``groups[result.id]`` is there afterwards."""
        request = wire.CreateGroup(name=name, description=description)
        return await self._requester.request(Created, _Message(create_group=request))

    async def edit_group(self, group: Group | int, *, name: str | None = None, description: str | None = None) -> Done:
        """Changes what is named."""
        request = wire.EditGroup(group_id=group_id_of(group), name=name, description=description)
        return await self._requester.request(Done, _Message(edit_group=request))

    async def announce(self, text: str) -> Done:
        """Tells everybody something, at most 500 characters."""
        return await self._requester.request(Done, _Message(announce=wire.Announce(text=text)))
