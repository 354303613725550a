"""What organisers ask of a market. All but describing and settling one's own market needs elevation."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from exchange_client.enums import MarketStatus
from exchange_client.market import MarketView
from exchange_client.number import Numeric, hundredths
from exchange_client.schema import client_pb2 as wire
from exchange_client.values import AGroup, AnAccount, Done, Result, to_nanoseconds

R = TypeVar("R", bound=Result)
_Message = wire.ClientMessage


class MarketOrganising(MarketView):
    """Requests about a market as such."""

    async def _ask(self, kind: type[R], message: wire.ClientMessage) -> R:
        return await self._state.requester.request(kind, message)

    async def open(self) -> Done:
        """Lets people trade. Elevated."""
        return await self._set_status(MarketStatus.OPEN)

    async def halt(self) -> Done:
        """Lets people cancel only. Elevated."""
        return await self._set_status(MarketStatus.HALTED)

    async def pause(self) -> Done:
        """Lets people do nothing. Elevated."""
        return await self._set_status(MarketStatus.PAUSED)

    async def settle(self, price: Numeric) -> Done:
        """Ends the market at a price within its bounds: every position becomes cash. By its owner, or elevated."""
        request = wire.SettleMarket(market_id=self.market_id, price=hundredths(price, "price"))
        return await self._ask(Done, _Message(settle_market=request))

    async def unsettle(self, *, cover: bool = False) -> Done:
        """Reverses its settlement, and those of the funds that followed. With ``cover`` the house pays what was spent.

        Elevated.
        """
        return await self._ask(
            Done, _Message(unsettle_market=wire.UnsettleMarket(market_id=self.market_id, cover=cover))
        )

    async def edit(
        self,
        *,
        name: str | None = None,
        description: str | None = None,
        group: AGroup | None = None,
        pinned: bool | None = None,
        restricted: bool | None = None,
        anonymous: bool | None = None,
        ranked: bool | None = None,
        position_limit: Numeric | None = None,
        opens_at: datetime | int | None = None,
        closes_at: datetime | int | None = None,
        redeem_fee: Numeric | None = None,
        add_viewers: Iterable[AnAccount] = (),
        remove_viewers: Iterable[AnAccount] = (),
    ) -> Done:
        """Changes what is named and leaves all else alone. Elevated; its owner may change the description too.

        ``group`` 0 is none, ``position_limit`` 0 is none; times may be ``datetime`` or nanoseconds, 0 for never.
        """
        state = self._state
        request = wire.EditMarket(
            market_id=self.market_id,
            name=name,
            description=description,
            group_id=None if group is None else state.group_id_of(group),
            pinned=pinned,  # type: ignore[arg-type]
            restricted=restricted,  # type: ignore[arg-type]
            anonymous=anonymous,  # type: ignore[arg-type]
            ranked=ranked,  # type: ignore[arg-type]
            position_limit=None if position_limit is None else hundredths(position_limit, "position_limit"),
            opens_at=None if opens_at is None else to_nanoseconds(opens_at, "opens_at"),
            closes_at=None if closes_at is None else to_nanoseconds(closes_at, "closes_at"),
            redeem_fee=None if redeem_fee is None else hundredths(redeem_fee, "redeem_fee"),
            add_viewer_account_ids=[state.account_id_of(account) for account in add_viewers],
            remove_viewer_account_ids=[state.account_id_of(account) for account in remove_viewers],
        )
        return await self._ask(Done, _Message(edit_market=request))

    async def _set_status(self, status: MarketStatus) -> Done:
        request = wire.SetMarketStatus(market_id=self.market_id, status=status.value)  # type: ignore[arg-type]
        return await self._ask(Done, _Message(set_market_status=request))
