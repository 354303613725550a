"""The client without Trio: the same names, each call waiting for its answer, state kept current in the background.

A market here and a market there are two faces of one thing: they share all attributes, and differ in their verbs.
"""

import random as random_module
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Generic, TypeVar

import trio

from exchange_client.background import Background
from exchange_client.book import Book
from exchange_client.client import connect
from exchange_client.connection import OpenStream
from exchange_client.directory import Directory
from exchange_client.exchange import Exchange
from exchange_client.market import MarketView
from exchange_client.number import Numeric
from exchange_client.past import FeedFact
from exchange_client.streams import BookChanges, EventStream
from exchange_client.sync_exchange import SyncExchangeVerbs
from exchange_client.sync_market import SyncMarketVerbs
from exchange_client.trading import Market
from exchange_client.values import AGroup, AnAccount, ConnectionEvent, OwnFill, Trade

T = TypeVar("T")


class SyncStream(Generic[T]):
    """Iterates over every event, waiting for each; see where it came from for its promise. Close it with ``with``."""

    def __init__(self, stream: EventStream[T], background: Background) -> None:
        self._stream = stream
        self._background = background

    def __enter__(self) -> "SyncStream[T]":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        try:
            return self._background.run(self._stream.__anext__)
        except StopAsyncIteration:
            raise StopIteration from None

    def pending(self) -> list[T]:
        """What has come and was not read yet, without waiting. Raises what iterating would raise."""
        return self._background.run(self._pending)

    async def _pending(self) -> list[T]:
        return self._stream.pending()

    def close(self) -> None:
        """Stops listening; a waiting reader ends."""
        self._stream.close()


class SyncBookChanges:
    """Iterates over the newest book; see :meth:`SyncMarket.book_changes`."""

    def __init__(self, changes: BookChanges, background: Background) -> None:
        self._changes = changes
        self._background = background

    def __iter__(self) -> Iterator[Book]:
        return self

    def __next__(self) -> Book:
        return self._background.run(self._changes.__anext__)


class SyncMarket(SyncMarketVerbs):
    """A market, always current; the object stays the same over reconnects.

    Sizes and prices may be given as ``int``, ``float``, ``Decimal`` or ``str``; what is no multiple of 0.01 is refused.
    """

    def __init__(self, market: Market, background: Background) -> None:
        self.__dict__ = market.__dict__
        self._asked = market
        self._background = background

    def book_changes(self) -> SyncBookChanges:
        """An endless iterator over the book: at once, and then whenever it has changed.

        Newest only: a slow reader misses what lay between, and never sees an old book.
        """
        return SyncBookChanges(self._asked.book_changes(), self._background)

    def trades(self, *, buffer: int = 10_000) -> SyncStream[Trade]:
        """An endless iterator over the trades from now on.

        Every one or a loud error: :class:`MissedEvents` is raised, after what was kept, when more than ``buffer`` wait
        for the reader or when an outage was too long for the exchange to tell what was missed. Close it with ``with``.
        """
        return _stream(self._background, partial(self._asked.trades, buffer=buffer))


class _Markets(Directory[SyncMarket]):
    """All markets, wrapped as they are looked up."""

    def __init__(self, markets: Directory[Market], background: Background) -> None:
        super().__init__("market")
        self._markets = markets
        self._background = background
        self._known: dict[int, SyncMarket] = {}

    def get(self, key: int | str) -> SyncMarket | None:
        """The one with this id or name, or None."""
        market = self._markets.get(key)
        return None if market is None else self.wrap(market)

    def __iter__(self) -> Iterator[SyncMarket]:
        return map(self.wrap, self._markets)

    def __len__(self) -> int:
        return len(self._markets)

    def wrap(self, market: Market) -> SyncMarket:
        """The synchronous face of a market; always the same."""
        known = self._known.get(market.market_id)
        return known or self._known.setdefault(market.market_id, SyncMarket(market, self._background))


class SyncExchange(SyncExchangeVerbs):
    """An exchange, as one client may see it, and what may be asked of it. Get one from :func:`connect_sync`.

    Everything readable here is current while ``connection`` is ``LIVE``, ``lag`` seconds old at the most; otherwise it
    is as of the drop. Calls may come from any thread and wait for their answer; in an asyncio program let a thread make
    them, as in ``await asyncio.to_thread(market.buy, 10, at=40)``. Looking at the state never waits.
    """

    def __init__(self, exchange: Exchange, background: Background) -> None:
        self.__dict__ = exchange.__dict__
        self._asked = exchange
        self._background = background
        self._sync_markets = _Markets(exchange.markets, background)

    def __enter__(self) -> "SyncExchange":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
        if error is None and self._background.failure is not None:
            raise self._background.failure

    def close(self) -> None:
        """Leaves: cancels the acting account's orders, unless told otherwise, and says goodbye. Two seconds at most."""
        self._background.close()

    @property
    def markets(self) -> Directory[SyncMarket]:
        """All markets, by name or id."""
        return self._sync_markets

    def connection_events(self) -> SyncStream[ConnectionEvent]:
        """Iterates over the changes of the connection, beginning with the present; ends when the client does.

        The latest 100 are kept for a slow reader. Close it with ``with``.
        """
        return _stream(self._background, self._asked.connection_events)

    def fills(self, *, buffer: int = 10_000) -> SyncStream[OwnFill]:
        """Iterates over the trades of the user's orders from now on.

        Every one or a loud error: :class:`MissedEvents` is raised, after what was kept, when more than ``buffer`` wait
        for the reader or when an outage was too long for the exchange to tell what was missed. Close it with ``with``.
        """
        return _stream(self._background, partial(self._asked.fills, buffer=buffer))

    def feed(self, *, buffer: int = 100_000) -> SyncStream[FeedFact]:
        """Iterates over everything that the exchange tells this client from now on, in plain values.

        For recorders and the curious; names and units are those of the wire. Every one or a loud error, as ``fills``.
        """
        return _stream(self._background, partial(self._asked.feed, buffer=buffer))

    def wait_for_change(self, market: MarketView | None = None, *, timeout: float | None = None) -> bool:
        """Waits until something has changed, in one market or anywhere, since the last time this thread was told so.

        What changes between two calls is not missed. False when ``timeout`` seconds passed before. Raises what ended
        the client.
        """
        waiter = threading.current_thread()
        return self._background.run(partial(self._asked._wait_for_change, waiter, market, timeout))

    def wait_for_market(self, name: str, *, timeout: float | None = None) -> SyncMarket:
        """The market of that name, as soon as it is there and may be seen.

        Raises :class:`Refused`, ``UNKNOWN_MARKET``, when ``timeout`` seconds passed before, and what ended the client.
        """
        found = self._background.run(partial(self._asked.wait_for_market, name, timeout=timeout))
        return self._sync_markets.wrap(found)

    def create_market(
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
    ) -> SyncMarket:
        """Makes a market that settles between ``low`` and ``high``; see :meth:`Exchange.create_market`."""
        make = partial(
            self._asked.create_market, name, low=low, high=high, description=description, group=group,
            constituents=constituents, redeem_fee=redeem_fee, pinned=pinned, ranked=ranked, restricted=restricted,
            viewers=viewers, anonymous=anonymous, position_limit=position_limit, opens_at=opens_at, closes_at=closes_at,
        )  # fmt: skip
        return self._sync_markets.wrap(self._background.run(make))


def connect_sync(
    url: str,
    *,
    token: str | Callable[[], str],
    act_as: int = 0,
    elevated: bool = False,
    cancel_on_exit: bool = True,
    cancel_on_disconnect: bool = False,
    patience: float = 60.0,
    timeout: float | None = None,
    connect_timeout: float = 30.0,
    open_stream: OpenStream | None = None,
    random: random_module.Random | None = None,
) -> SyncExchange:
    """Connects to an exchange from plain code: scripts, notebooks, threads, programs on asyncio.

    ::

        with connect_sync("ws://localhost:8080/ws", token="dev:ada") as exchange:
            market = exchange.markets["Rain on Friday"]
            market.buy(10, at=39.5)

    The arguments are those of :func:`connect`; ``token`` may be a plain function that gives one. What ended the client
    for good comes out of the next call, and out of the block. In a notebook, keep what this returns and ``close`` it
    when done; a program that ends closes it by itself. Ctrl-C leaves the block.

    Raises:
        CannotConnect: nothing was reached within ``connect_timeout``.
        Refused: the exchange does not accept the token.
    """

    async def fetch_token() -> str:
        assert callable(token)
        return await trio.to_thread.run_sync(token)

    background = Background(
        partial(
            connect, url, token=token if isinstance(token, str) else fetch_token, act_as=act_as, elevated=elevated,
            cancel_on_exit=cancel_on_exit, cancel_on_disconnect=cancel_on_disconnect, patience=patience,
            timeout=timeout, connect_timeout=connect_timeout, open_stream=open_stream, random=random,
        )
    )  # fmt: skip
    return SyncExchange(background.open(), background)


def _stream(background: Background, open_it: Callable[[], EventStream[T]]) -> SyncStream[T]:
    async def open_here() -> EventStream[T]:
        return open_it()

    return SyncStream(background.run(open_here), background)
