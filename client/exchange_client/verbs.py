"""What can be asked of the exchange, by name.

Every request waits for its answer, over drops of the connection and restarts of the exchange if need be, and returns
it or raises :class:`Refused`. When it returns, the state already holds what it did. It is executed once at most.
Cancelled before it was sent, it never is; cancelled after that it may or may not be executed, and the state will show
it. Where no answer can come any more it raises :class:`ConnectionEnded` or :class:`Closed`.
"""

from collections.abc import Iterable, Mapping

import trio

from exchange_client.book import Order
from exchange_client.enums import MarketStatus, SelfTradePrevention, Side, TimeInForce
from exchange_client.market import Market
from exchange_client.naming import account_id_of, market_id_of
from exchange_client.organising import Organising
from exchange_client.reading import Reading
from exchange_client.requester import Requester
from exchange_client.schema import client_pb2 as wire
from exchange_client.state import State
from exchange_client.values import Account, CancelResult, Created, Done, OrderResult

_Message = wire.ClientMessage


class Verbs(Organising, Reading):
    """Requests. Prices and sizes are hundredths, cash is ten-thousandths; the module says what all have in common."""

    def __init__(self, state: State, requester: Requester) -> None:
        self._state = state
        self._requester = requester

    # Trading.

    async def place_order(
        self,
        market: Market | int,
        side: Side,
        *,
        size: int,
        price: int | None = None,
        time_in_force: TimeInForce = TimeInForce.GTC,
        post_only: bool = False,
        self_trade_prevention: SelfTradePrevention = SelfTradePrevention.CANCEL_RESTING,
        tag: bytes | str = b"",
        expires_at: int = 0,
    ) -> OrderResult:
        """Places an order for the acting account: a limit order, or without ``price`` a market order that never rests.

        ``tag`` is a mark of one's own, at most 32 bytes. ``expires_at`` is for ``GTD``: nanoseconds by the exchange's
        clock (see ``time``).
        """
        order = wire.PlaceOrder(
            market_id=market_id_of(market),
            side=side.value,  # type: ignore[arg-type]
            size=size,
            time_in_force=time_in_force.value,  # type: ignore[arg-type]
            post_only=post_only,
            self_trade_prevention=self_trade_prevention.value,  # type: ignore[arg-type]
            tag=_tag(tag),
            expires_at=expires_at,
        )
        if price is None:
            order.market_order = True
        else:
            order.price = price
        return await self._requester.request(OrderResult, _Message(place_order=order))

    async def amend_order(
        self,
        order: Order | int = 0,
        *,
        price: int | None = None,
        size: int | None = None,
        tag: bytes | str = b"",
        market: Market | int | None = None,
        self_trade_prevention: SelfTradePrevention = SelfTradePrevention.CANCEL_RESTING,
    ) -> OrderResult:
        """Gives an order a new price or a new total size (the filled part included); the id stays.

        A smaller size keeps the place in the queue; anything else loses it and may trade. The order is named by itself,
        by its id, or by its ``tag``; ``market`` is needed where the client does not know such an order.
        """
        amendment = wire.AmendOrder(
            market_id=self._market_of(order, market),
            order_id=_order_id(order),
            tag=_tag(tag),
            price=price,
            size=size,
            self_trade_prevention=self_trade_prevention.value,  # type: ignore[arg-type]
        )
        return await self._requester.request(OrderResult, _Message(amend_order=amendment))

    async def cancel_order(
        self, order: Order | int = 0, *, tag: bytes | str = b"", market: Market | int | None = None
    ) -> CancelResult:
        """Ends one order, named as in :meth:`amend_order`. Refused with ``ORDER_ENDED`` when it had ended already."""
        request = wire.CancelOrder(market_id=self._market_of(order, market), order_id=_order_id(order), tag=_tag(tag))
        return await self._requester.request(CancelResult, _Message(cancel_order=request))

    async def cancel_orders(self, market: Market | int | None = None, side: Side | None = None) -> CancelResult:
        """Ends all orders of the acting account, or those in one market, or those on one side."""
        request = wire.CancelOrders(
            market_id=0 if market is None else market_id_of(market),
            side=None if side is None else side.value,  # type: ignore[arg-type]
        )
        return await self._requester.request(CancelResult, _Message(cancel_orders=request))

    async def redeem(self, fund: Market | int, size: int) -> Done:
        """Swaps ``size`` of a fund for its constituents at no price, for the fund's fee; negative makes the fund."""
        return await self._requester.request(
            Done, _Message(redeem=wire.Redeem(market_id=market_id_of(fund), size=size))
        )

    # Session.

    async def act_as(self, account: Account | int) -> Done:
        """Makes later requests those of another account: one that the user owns, or any while elevated."""
        request = wire.ActAs(account_id=account_id_of(account))
        return await self._requester.request(Done, _Message(act_as=request), changes=False)

    async def set_elevated(self, elevated: bool) -> Done:
        """Switches admin powers on or off. They and the acting account are kept over reconnects."""
        request = wire.SetElevated(elevated=elevated)
        return await self._requester.request(Done, _Message(set_elevated=request), changes=False)

    async def ping(self) -> float:
        """Asks for a sign of life and returns after how many seconds it came; over a drop that may be long."""
        asked_at = trio.current_time()
        await self._requester.request(Done, _Message(ping=wire.Ping()), changes=False)
        return trio.current_time() - asked_at

    # Markets.

    async def create_market(
        self,
        name: str,
        *,
        low: int = 0,
        high: int = 0,
        description: str = "",
        group: int = 0,
        constituents: Mapping[int, int] | None = None,
        redeem_fee: int = 0,
        pinned: bool = False,
        restricted: bool = False,
        anonymous: bool = False,
        ranked: bool = True,
        position_limit: int = 0,
        opens_at: int = 0,
        closes_at: int = 0,
        viewers: Iterable[Account | int] = (),
    ) -> Created:
        """Makes a market that settles between ``low`` and ``high``; ``markets[result.id]`` is there afterwards.

        Elevated, it may be a fund: ``constituents`` are the multipliers of its basket by market id, and its bounds
        follow from them. ``redeem_fee`` is then what redeeming costs, in hundredths a contract. The rest is for
        elevated admins too: ``position_limit`` is hundredths and 0 none, times are nanoseconds since the epoch and 0
        never, ``viewers`` are the accounts that may see a ``restricted`` market.
        """
        request = wire.CreateMarket(
            name=name,
            description=description,
            group_id=group,
            low=low,
            high=high,
            redeem_fee=redeem_fee,
            pinned=pinned,
            restricted=restricted,
            anonymous=anonymous,
            unranked=not ranked,
            position_limit=position_limit,
            opens_at=opens_at,
            closes_at=closes_at,
            viewer_account_ids=[account_id_of(viewer) for viewer in viewers],
        )
        for market_id, multiplier in (constituents or {}).items():
            request.constituents.add(market_id=market_id, multiplier=multiplier)
        return await self._requester.request(Created, _Message(create_market=request))

    async def set_market_status(self, market: Market | int, status: MarketStatus) -> Done:
        """Opens, halts or pauses a market. Elevated."""
        request = wire.SetMarketStatus(market_id=market_id_of(market), status=status.value)  # type: ignore[arg-type]
        return await self._requester.request(Done, _Message(set_market_status=request))

    async def settle_market(self, market: Market | int, price: int) -> Done:
        """Ends a market at a price within its bounds: every position becomes cash. By its owner, or elevated."""
        request = wire.SettleMarket(market_id=market_id_of(market), price=price)
        return await self._requester.request(Done, _Message(settle_market=request))

    async def unsettle_market(self, market: Market | int, *, cover: bool = False) -> Done:
        """Reverses a settlement, and those of the funds that followed. With ``cover`` the house pays what was spent.

        Elevated.
        """
        request = wire.UnsettleMarket(market_id=market_id_of(market), cover=cover)
        return await self._requester.request(Done, _Message(unsettle_market=request))

    # Accounts.

    async def create_account(self, name: str) -> Created:
        """Makes a sub-account of the user; ``accounts[result.id]`` is there afterwards."""
        return await self._requester.request(Created, _Message(create_account=wire.CreateAccount(name=name)))

    async def transfer(
        self, to: Account | int, amount: int, *, note: str = "", sender: Account | int | None = None
    ) -> Created:
        """Moves money from the acting account, or from another of the user's; returns the record's id."""
        request = wire.Transfer(
            from_account_id=0 if sender is None else account_id_of(sender),
            to_account_id=account_id_of(to),
            amount=amount,
            note=note,
        )
        return await self._requester.request(Created, _Message(transfer=request))

    async def claw_back(self, account: Account | int, amount: int, *, note: str = "") -> Created:
        """Takes money back to the house, as far as it is available; returns the record's id. Elevated."""
        request = wire.ClawBack(from_account_id=account_id_of(account), amount=amount, note=note)
        return await self._requester.request(Created, _Message(claw_back=request))

    async def rename_account(self, account: Account | int, name: str) -> Done:
        """Gives an account of the user's another name."""
        request = wire.RenameAccount(account_id=account_id_of(account), name=name)
        return await self._requester.request(Done, _Message(rename_account=request))

    async def share_account(self, account: Account | int, with_user: Account | int) -> Done:
        """Makes another user, named by their own account, an owner of a sub-account."""
        request = wire.ShareAccount(account_id=account_id_of(account), with_account_id=account_id_of(with_user))
        return await self._requester.request(Done, _Message(share_account=request))

    async def revoke_access(self, account: Account | int, from_user: Account | int) -> Done:
        """Takes a sub-account from one of its owners, named by their own account. Elevated, or one's own access."""
        request = wire.RevokeAccess(account_id=account_id_of(account), from_account_id=account_id_of(from_user))
        return await self._requester.request(Done, _Message(revoke_access=request))

    async def grant(self, to: Account | int, amount: int, *, note: str = "") -> Created:
        """Gives money from the house; returns the record's id. Elevated."""
        request = wire.Grant(to_account_id=account_id_of(to), amount=amount, note=note)
        return await self._requester.request(Created, _Message(grant=request))

    def _market_of(self, order: Order | int, market: Market | int | None) -> int:
        if market is not None:
            return market_id_of(market)
        known = order if isinstance(order, Order) else self._state.orders.get(order)
        if known is None:
            raise ValueError("say in which market: the client knows no such open order")
        return known.market_id


def _order_id(order: Order | int) -> int:
    return order if isinstance(order, int) else order.order_id


def _tag(tag: bytes | str) -> bytes:
    return tag.encode() if isinstance(tag, str) else tag
