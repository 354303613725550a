"""What a client knows of an exchange: everything that can be looked at without asking."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from exchange_client.book import Order
from exchange_client.clock import ServerClock
from exchange_client.directory import Directory
from exchange_client.enums import ConnectionState, Role
from exchange_client.number import Number
from exchange_client.portfolio import Portfolio
from exchange_client.state import State
from exchange_client.streams import EventStream
from exchange_client.values import Account, Announcement, ConnectionEvent, Group, Limits, Transfer


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


class ExchangeView:
    """An exchange, as one client may see it.

    Everything readable here is current while ``connection`` is ``LIVE``, ``lag`` seconds old at the most; otherwise it
    is as of the drop. Objects such as a market or a portfolio stay the same and change with the feed; copy the numbers
    that should stay.
    """

    def __init__(self, state: State, clock: ServerClock, log: ConnectionLog) -> None:
        self._state = state
        self._clock = clock
        self._log = log

    def __repr__(self) -> str:
        return f"<Exchange: {self.connection.value}, {len(self.accounts)} accounts, {len(self._state.markets)} markets>"

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

    @property
    def unresolved(self) -> int:
        """How many requests have been made whose outcome is not known yet, those included that nobody waits for."""
        return self._state.requester.unresolved

    # Who we are.

    @property
    def key(self) -> str:
        """The key that the invitation became which this client entered with; empty where it was none.

        An invitation works once. This client comes back with the key by itself; keep it, as a secret, for the next run.
        """
        return self._state.requester.key

    @property
    def user_id(self) -> int:
        """The user that the token names."""
        return self._state.user_id

    @property
    def account_id(self) -> int:
        """The account that requests act as."""
        return self._state.account_id

    @property
    def account(self) -> Account:
        """The account that requests act as."""
        return self._state.accounts[self._state.account_id]

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
        with self._state.guard:
            return MappingProxyType(dict(self._state.portfolios))

    @property
    def cash(self) -> Number:
        """Cash of the acting account."""
        return self.portfolio.cash

    @property
    def available(self) -> Number:
        """What the acting account may still use."""
        return self.portfolio.available

    @property
    def equity(self) -> Number:
        """Cash of the acting account and its positions at their marks."""
        return self.portfolio.equity

    @property
    def orders(self) -> Mapping[int, Order]:
        """Resting orders of all the user's accounts and of the acting account, by id; see also ``Market.orders``."""
        with self._state.guard:
            return MappingProxyType(dict(self._state.orders))

    @property
    def transfers(self) -> Sequence[Transfer]:
        """Recent movements of the user's money, the newest last; at most 1,000."""
        with self._state.guard:
            return tuple(self._state.transfers)

    @property
    def announcements(self) -> Sequence[Announcement]:
        """What organisers said recently, the newest last."""
        with self._state.guard:
            return tuple(self._state.announcements)
