"""The client as a bot sees it: :func:`connect`, and :class:`Exchange` inside the block."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import trio

from exchange_client.book import Order
from exchange_client.clock import ServerClock
from exchange_client.directory import Directory
from exchange_client.enums import ConnectionState, Role
from exchange_client.market import Market
from exchange_client.portfolio import Portfolio
from exchange_client.requester import Requester
from exchange_client.state import State
from exchange_client.streams import EventStream, LatestEvents
from exchange_client.values import Account, Announcement, ConnectionEvent, Group, Limits, OwnFill, Transfer
from exchange_client.verbs import Verbs

EVENTS_KEPT = 100  # changes of the connection, for a slow reader


class ConnectionLog:
    """The connection's present state and who wants to hear of changes."""

    def __init__(self) -> None:
        self.last = ConnectionEvent(ConnectionState.CONNECTING)
        self.is_finished = False
        self.listeners: list[EventStream[ConnectionEvent]] = []

    def put(self, event: ConnectionEvent) -> None:
        """Takes a change in; before the first success, every state but the last is still CONNECTING."""
        if self.last.state is ConnectionState.CONNECTING and event.state is ConnectionState.LOST:
            event = replace(event, state=ConnectionState.CONNECTING)
        self.last = event
        for listener in list(self.listeners):
            listener.put(event)

    def finish(self) -> None:
        """There will be no more changes."""
        self.is_finished = True
        for listener in list(self.listeners):
            listener.finish()


class Exchange(Verbs):
    """An exchange, as one client may see it. Get one from :func:`connect`.

    Everything readable here is current while ``connection`` is ``LIVE``, ``lag`` seconds old at the most; otherwise it
    is as of the drop. Objects such as a market or a portfolio stay the same and change with the feed; copy the numbers
    that should stay.
    """

    def __init__(self, state: State, requester: Requester, clock: ServerClock, log: ConnectionLog) -> None:
        super().__init__(state, requester)
        self._clock = clock
        self._log = log

    # The connection.

    @property
    def connection(self) -> ConnectionState:
        """Whether the state is current, and if not, why."""
        return self._log.last.state

    @property
    def lag(self) -> float:
        """Seconds between the exchange's decision and its arrival here, as last measured."""
        return self._clock.lag

    @property
    def time(self) -> int:
        """The exchange's time in nanoseconds since the epoch, estimated from round trips."""
        return self._clock.now()

    def connection_events(self) -> EventStream[ConnectionEvent]:
        """Iterates over the changes of the connection, beginning with the present; ends when the client does.

        The latest 100 are kept for a slow reader. Close it with ``with``.
        """
        stream = LatestEvents[ConnectionEvent](EVENTS_KEPT, self._log.listeners)
        stream.put(self._log.last)
        if self._log.is_finished:
            stream.finish()
        return stream

    # Who we are.

    @property
    def user_id(self) -> int:
        """The user that the token names."""
        return self._state.user_id

    @property
    def account_id(self) -> int:
        """The account that requests act as."""
        return self._state.account_id

    @property
    def owned_account_ids(self) -> frozenset[int]:
        """Every account the user owns."""
        return self._state.owned_account_ids

    @property
    def roles(self) -> frozenset[Role]:
        """What the user may become."""
        return self._state.roles

    @property
    def elevated(self) -> bool:
        """Whether admin powers are on."""
        return self._state.elevated

    @property
    def limits(self) -> Limits:
        """What the exchange allows."""
        return self._state.limits

    @property
    def server_version(self) -> str:
        """The version of the exchange."""
        return self._state.server_version

    # What is there.

    @property
    def markets(self) -> Directory[Market]:
        """All markets, by name or id."""
        return self._state.markets

    @property
    def accounts(self) -> Directory[Account]:
        """All accounts, by name or id."""
        return self._state.accounts

    @property
    def groups(self) -> Directory[Group]:
        """All headings, by name or id."""
        return self._state.groups

    @property
    def portfolio(self) -> Portfolio:
        """What the acting account has."""
        return self._state.portfolios[self._state.account_id]

    @property
    def portfolios(self) -> Mapping[int, Portfolio]:
        """What each of the user's accounts has, and the acting account; by account id."""
        return MappingProxyType(self._state.portfolios)

    @property
    def cash(self) -> int:
        """Cash of the acting account in ten-thousandths."""
        return self.portfolio.cash

    @property
    def available(self) -> int:
        """What the acting account may still use, in ten-thousandths."""
        return self.portfolio.available

    @property
    def orders(self) -> Mapping[int, Order]:
        """Resting orders of all the user's accounts and of the acting account, by id."""
        return MappingProxyType(self._state.orders)

    @property
    def transfers(self) -> Sequence[Transfer]:
        """Recent movements of the user's money, the newest last; at most 1,000."""
        return tuple(self._state.transfers)

    @property
    def announcements(self) -> Sequence[Announcement]:
        """What organisers said recently, the newest last."""
        return tuple(self._state.announcements)

    # What happens.

    def fills(self, *, buffer: int = 10_000) -> EventStream[OwnFill]:
        """Iterates over the trades of the user's orders from now on.

        Every one or a loud error: :class:`MissedEvents` is raised, after what was kept, when more than ``buffer`` wait
        for the reader or when an outage was too long for the exchange to tell what was missed. Close it with ``with``.
        """
        return EventStream(buffer, self._state.fill_listeners)

    async def wait_for_change(self, market: Market | None = None, *, timeout: float | None = None) -> bool:  # noqa: ASYNC109 (for loops without scopes)
        """Waits until something changes, in one market or anywhere. False when ``timeout`` seconds passed before.

        Changes between two calls are not remembered: look at the state after each. Raises what ended the client.
        """
        hub = self._state.hub
        with trio.move_on_after(float("inf") if timeout is None else timeout):
            if market is None:
                seen = hub.version
                await hub.wait(lambda: hub.version != seen)
            else:
                seen = market.version
                await hub.wait(lambda: market.version != seen)
            return True
        return False
