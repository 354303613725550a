"""The client as a bot on Trio sees it: what :func:`connect` gives."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeVar
from weakref import WeakKeyDictionary

import trio

from exchange_client.clock import ServerClock
from exchange_client.directory import Directory
from exchange_client.enums import RefusalCode
from exchange_client.errors import refuse
from exchange_client.inviting import Inviting
from exchange_client.keys import Keys
from exchange_client.market import MarketView
from exchange_client.number import RAW_MAX, WORD_MAX, Numeric, hundredths, ten_thousandths, whole
from exchange_client.past import FeedFact
from exchange_client.reading import Reading
from exchange_client.schema import client_pb2 as wire
from exchange_client.state import State
from exchange_client.streams import EventStream, LatestEvents
from exchange_client.trading import Market
from exchange_client.values import (
    Account,
    AGroup,
    AnAccount,
    CancelResult,
    ConnectionEvent,
    Created,
    Done,
    Group,
    OwnFill,
    Result,
    to_nanoseconds,
)
from exchange_client.view import ConnectionLog, ExchangeView

EVENTS_KEPT = 100  # changes of the connection, for a slow reader

R = TypeVar("R", bound=Result)
_Message = wire.ClientMessage


class Exchange(ExchangeView, Reading, Keys, Inviting):
    """An exchange, as one client may see it, and what may be asked of it. Get one from :func:`connect`.

    Everything readable here is current while ``connection`` is ``LIVE``, ``lag`` seconds old at the most; otherwise it
    is as of the drop. Requests about one market are methods of it. Each waits for its answer, over drops and restarts;
    see :mod:`exchange_client.trading` for what all of them promise.
    """

    def __init__(self, state: State, clock: ServerClock, log: ConnectionLog) -> None:
        super().__init__(state, clock, log)
        self._seen: WeakKeyDictionary[object, dict[int, int]] = WeakKeyDictionary()
        self._versions_at_start: dict[int, int] = {}

    @property
    def markets(self) -> Directory[Market]:
        """All markets, by name or id."""
        return self._state.markets

    # What happens.

    def connection_events(self) -> EventStream[ConnectionEvent]:
        """Iterates over the changes of the connection, beginning with the present; ends when the client does.

        The latest 100 are kept for a slow reader. Close it with ``with``.
        """
        stream = LatestEvents[ConnectionEvent](EVENTS_KEPT, self._log.listeners)
        stream.put(self._log.last)
        if self._log.is_finished:
            stream.finish()
        return stream

    def fills(self, *, buffer: int = 10_000) -> EventStream[OwnFill]:
        """Iterates over the trades of the user's orders from now on.

        Every one or a loud error: :class:`MissedEvents` is raised, after what was kept, when more than ``buffer`` wait
        for the reader or when an outage was too long for the exchange to tell what was missed. Close it with ``with``.
        """
        return EventStream(buffer, self._state.fill_listeners)

    def feed(self, *, buffer: int = 100_000) -> EventStream[FeedFact]:
        """Iterates over everything that the exchange tells this client from now on, in plain values.

        For recorders and the curious; names and units are those of the wire. Every one or a loud error, as ``fills``.
        """
        return EventStream(buffer, self._state.fact_listeners)

    async def wait_for_change(self, market: MarketView | None = None, *, timeout: float | None = None) -> bool:  # noqa: ASYNC109 (for loops without scopes)
        """Waits until something has changed, in one market or anywhere, since the last time this task was told so.

        What changes between two calls is not missed. False when ``timeout`` seconds passed before. Raises what ended
        the client.
        """
        return await self._wait_for_change(trio.lowlevel.current_task(), market, timeout)

    async def wait_for_market(self, name: str, *, timeout: float | None = None) -> Market:  # noqa: ASYNC109 (for bots without scopes)
        """The market of that name, as soon as it is there and may be seen.

        Raises :class:`Refused`, ``UNKNOWN_MARKET``, when ``timeout`` seconds passed before, and what ended the client.
        """
        markets = self.markets
        with trio.move_on_after(float("inf") if timeout is None else max(0.0, timeout)):
            await self._state.hub.wait(lambda: name in markets)
        market = markets.get(name)
        if market is None:
            sentence = f"There was no market {name!r} within {timeout:g} s: is that its name, and may you see it?"
            raise refuse(RefusalCode.UNKNOWN_MARKET, sentence, "market")
        return market

    async def _wait_for_change(self, waiter: object, market: MarketView | None, seconds: float | None) -> bool:
        hub = self._state.hub
        key = 0 if market is None else market.market_id
        seen = self._seen.setdefault(waiter, {})
        before = seen.get(key, self._versions_at_start.get(key, 0))

        def version() -> int:
            return hub.version if market is None else market.version

        with trio.move_on_after(float("inf") if seconds is None else max(0.0, seconds)):
            await hub.wait(lambda: version() != before)
        seen[key] = now = version()
        return now != before

    def begin(self) -> None:
        """Notes what the bot will have seen when its block begins. The client's own business."""
        self._versions_at_start = {market.market_id: market.version for market in self._state.markets}
        self._versions_at_start[0] = self._state.hub.version

    # Session.

    async def ping(self) -> float:
        """Asks for a sign of life and returns after how many seconds it came; over a drop that may be long."""
        asked_at = trio.current_time()
        await self._session(_Message(ping=wire.Ping()))
        return trio.current_time() - asked_at

    async def resolve(self) -> None:
        """Waits until the outcome of every request is known and in the state, those included whose call was cancelled.

        Requests made meanwhile count. Raises what ended the client where that is not known any more.
        """
        await self._state.requester.resolve()

    async def refresh_token(self, token: str) -> Done:
        """Goes on with a fresh access token of the same user, so that the connection does not end with the old one.

        Where :func:`connect` was given a plain token, later connections sign in with this one.
        """
        done = await self._session(_Message(refresh_token=wire.RefreshToken(token=token)))
        self._state.requester.use_token(token)
        return done

    async def act_as(self, account: AnAccount) -> Done:
        """Makes later requests those of another account: one that the user owns, or any while elevated."""
        return await self._session(_Message(act_as=wire.ActAs(account_id=self._state.account_id_of(account))))

    async def set_elevated(self, elevated: bool) -> Done:
        """Switches admin powers on or off. They and the acting account are kept over reconnects."""
        return await self._session(_Message(set_elevated=wire.SetElevated(elevated=elevated)))

    async def set_cancel_on_disconnect(self, enabled: bool) -> Done:
        """Whether the exchange ends the orders that this client places from now on when it is gone for long."""
        request = wire.SetCancelOnDisconnect(enabled=enabled)
        done = await self._session(_Message(set_cancel_on_disconnect=request))
        self._state.requester.cancels_on_disconnect(enabled)
        return done

    async def set_dead_man_timer(self, seconds: int) -> Done:
        """Ends all orders of the acting account unless this is called again within so many seconds; 0 switches it off.

        It belongs to the account and runs on when this client is gone.
        """
        return await self._ask(
            Done, _Message(set_dead_man_timer=wire.SetDeadManTimer(seconds=whole(seconds, "seconds", WORD_MAX)))
        )

    # Trading, in all markets.

    async def cancel_all(self) -> CancelResult:
        """Ends all orders of the acting account."""
        return await self._ask(CancelResult, _Message(cancel_orders=wire.CancelOrders()))

    # Markets.

    async def create_market(
        self,
        name: str,
        *,
        low: Numeric | None = None,
        high: Numeric | None = None,
        description: str = "",
        group: AGroup = 0,
        constituents: Mapping[MarketView | str | int, int] | None = None,
        redeem_fee: Numeric = 0,
        pinned: bool = False,
        ranked: bool = True,
        restricted: bool = False,
        viewers: Iterable[AnAccount] = (),
        anonymous: bool = False,
        position_limit: Numeric | None = None,
        opens_at: datetime | int = 0,
        closes_at: datetime | int = 0,
    ) -> Market:
        """Makes a market that settles between ``low`` and ``high``.

        Elevated, it may be a fund: ``constituents`` are the multipliers of its basket by market, and its bounds follow
        from them. So is all that comes after them for the elevated alone.

        Args:
            constituents: markets, or their names or ids, and how many of each one of the fund holds.
            redeem_fee: what redeeming costs, for each contract of the fund.
            restricted: whether only ``viewers`` see it.
            anonymous: whether accounts of others are hidden in it.
            position_limit: the largest position either way.
            opens_at: until when it is halted: a ``datetime``, or nanoseconds of the exchange's clock.
            closes_at: when it halts by itself.
        """
        state = self._state
        request = wire.CreateMarket(
            name=name,
            description=description,
            group_id=state.group_id_of(group),
            low=0 if low is None else hundredths(low, "low"),
            high=0 if high is None else hundredths(high, "high"),
            redeem_fee=hundredths(redeem_fee, "redeem_fee"),
            pinned=pinned,
            unranked=not ranked,
            restricted=restricted,
            anonymous=anonymous,
            position_limit=0 if position_limit is None else hundredths(position_limit, "position_limit"),
            opens_at=to_nanoseconds(opens_at, "opens_at"),
            closes_at=to_nanoseconds(closes_at, "closes_at"),
            viewer_account_ids=[state.account_id_of(account) for account in viewers],
        )
        for part, multiplier in (constituents or {}).items():
            market_id = part.market_id if isinstance(part, MarketView) else state.markets[part].market_id
            whole(abs(multiplier), "constituents", RAW_MAX)
            request.constituents.add(market_id=market_id, multiplier=multiplier)
        return state.markets[(await self._ask(Created, _Message(create_market=request))).id]

    async def halt_all(self) -> Done:
        """Halts every open market at once. Elevated."""
        return await self._ask(Done, _Message(halt_all=wire.HaltAll()))

    async def create_group(self, name: str, *, description: str = "") -> Group:
        """Makes a heading. Elevated."""
        request = wire.CreateGroup(name=name, description=description)
        return self._state.groups[(await self._ask(Created, _Message(create_group=request))).id]

    async def edit_group(self, group: AGroup, *, name: str | None = None, description: str | None = None) -> Done:
        """Changes what is named. Elevated."""
        request = wire.EditGroup(group_id=self._state.group_id_of(group), name=name, description=description)
        return await self._ask(Done, _Message(edit_group=request))

    async def announce(self, text: str) -> Done:
        """Tells everybody something, at most 500 characters. Elevated."""
        return await self._ask(Done, _Message(announce=wire.Announce(text=text)))

    # Accounts.

    async def create_account(self, name: str) -> Account:
        """Makes a sub-account of the user."""
        made = await self._ask(Created, _Message(create_account=wire.CreateAccount(name=name)))
        return self._state.accounts[made.id]

    async def rename_account(self, account: AnAccount, name: str) -> Done:
        """Gives an account of the user's another name."""
        request = wire.RenameAccount(account_id=self._state.account_id_of(account), name=name)
        return await self._ask(Done, _Message(rename_account=request))

    async def share_account(self, account: AnAccount, with_user: AnAccount) -> Done:
        """Makes another user, named by their own account, an owner of a sub-account."""
        account_id, user = self._state.account_id_of(account), self._state.account_id_of(with_user)
        request = wire.ShareAccount(account_id=account_id, with_account_id=user)
        return await self._ask(Done, _Message(share_account=request))

    async def revoke_access(self, account: AnAccount, from_user: AnAccount) -> Done:
        """Takes a sub-account from one of its owners, named by their own account. Elevated, or one's own access."""
        account_id, user = self._state.account_id_of(account), self._state.account_id_of(from_user)
        request = wire.RevokeAccess(account_id=account_id, from_account_id=user)
        return await self._ask(Done, _Message(revoke_access=request))

    async def transfer(
        self, to: AnAccount, amount: Numeric, *, note: str = "", sender: AnAccount | None = None
    ) -> Created:
        """Moves money from the acting account, or from another of the user's; returns the record's id."""
        request = wire.Transfer(
            from_account_id=0 if sender is None else self._state.account_id_of(sender),
            to_account_id=self._state.account_id_of(to),
            amount=ten_thousandths(amount, "amount"),
            note=note,
        )
        return await self._ask(Created, _Message(transfer=request))

    async def grant(self, to: AnAccount, amount: Numeric, *, note: str = "") -> Created:
        """Gives money from the house; returns the record's id. Elevated."""
        raw = ten_thousandths(amount, "amount")
        request = wire.Grant(to_account_id=self._state.account_id_of(to), amount=raw, note=note)
        return await self._ask(Created, _Message(grant=request))

    async def claw_back(self, account: AnAccount, amount: Numeric, *, note: str = "") -> Created:
        """Takes money back to the house, as far as it is available; returns the record's id. Elevated."""
        raw = ten_thousandths(amount, "amount")
        request = wire.ClawBack(from_account_id=self._state.account_id_of(account), amount=raw, note=note)
        return await self._ask(Created, _Message(claw_back=request))

    async def _ask(self, kind: type[R], message: wire.ClientMessage) -> R:
        return await self._state.requester.request(kind, message)

    async def _session(self, message: wire.ClientMessage) -> Done:
        return await self._state.requester.request(Done, message, changes=False)
