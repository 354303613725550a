"""One market as the client sees it: its definition, where it stands, its book and its latest trades."""

from collections import deque

from exchange_client.book import Book
from exchange_client.enums import MarketStatus, Side
from exchange_client.streams import BookChanges, EventStream, Hub
from exchange_client.values import Level, Trade

RECENT_TRADES = 1_000  # trades of a market that are kept; older ones are history


class Market:
    """A market, always current; the object stays the same over reconnects.

    Prices are hundredths. ``low`` and ``high`` bound the settlement price. ``position_limit`` is hundredths, 0 for
    none. ``only_held`` says that it is restricted, and seen only for a position held there: without book and trades.
    ``opens_at`` and ``closes_at`` are nanoseconds by the exchange's clock, 0 for never. ``constituents`` is a
    fund's basket: market id and multiplier each. ``redeem_fee`` is what redeeming costs, in hundredths a contract.
    """

    market_id: int
    name: str
    description: str
    group_id: int
    owner_account_id: int
    low: int
    high: int
    status: MarketStatus
    pinned: bool
    restricted: bool
    anonymous: bool
    ranked: bool
    position_limit: int
    opens_at: int
    closes_at: int
    created_at: int
    constituents: tuple[tuple[int, int], ...]
    redeem_fee: int
    viewer_account_ids: frozenset[int]
    only_held: bool

    def __init__(self, market_id: int, hub: Hub) -> None:
        self.market_id = market_id
        self.low = self.high = 0
        self.status = MarketStatus.UNRECOGNISED
        self.book = Book()
        self._hub = hub
        self._edits = 0
        self._settlement_price = 0
        self._last_price = self._last_size = self._last_time = 0
        self._trade_sequence = self._trade_count = 0
        self._trades: deque[tuple[int, int, int, int, int, int, Side, int, int, int, int]] = deque(maxlen=RECENT_TRADES)
        self._listeners: list[EventStream[Trade]] = []

    def __repr__(self) -> str:
        return f"<Market {self.market_id}: {getattr(self, 'name', '')!r} {self.status.name}>"

    @property
    def version(self) -> int:
        """Grows with everything that happens in this market."""
        return self.book.version + self._edits

    @property
    def best_bid(self) -> Level | None:
        """The highest bid, or None."""
        return self.book.bids.best

    @property
    def best_offer(self) -> Level | None:
        """The lowest offer, or None."""
        return self.book.offers.best

    @property
    def settlement_price(self) -> int | None:
        """The price it was settled at, in hundredths, or None while it is not settled."""
        return self._settlement_price if self.status is MarketStatus.SETTLED else None

    @property
    def last_price(self) -> int | None:
        """Price of the last trade in hundredths, or None before the first."""
        return self._last_price if self._last_time else None

    @property
    def last_size(self) -> int | None:
        """Size of the last trade in hundredths, or None before the first."""
        return self._last_size if self._last_time else None

    @property
    def last_time(self) -> int | None:
        """Time of the last trade in nanoseconds, or None before the first."""
        return self._last_time or None

    @property
    def mark(self) -> int:
        """What a position is valued at: settlement price, else last trade, else the middle of the bounds, rounded down.

        In hundredths.
        """
        if self.status is MarketStatus.SETTLED:
            return self._settlement_price
        return self._last_price if self._last_time else (self.low + self.high) // 2

    @property
    def recent_trades(self) -> list[Trade]:
        """Trades seen since the client came, oldest first, at most 1,000. A snapshot after a long outage empties it."""
        return [Trade._make(trade) for trade in self._trades]

    def book_changes(self) -> BookChanges:
        """An endless iterator over the book: at once, and then whenever it has changed.

        Newest only: a slow reader misses what lay between, and never sees an old book. Any number may run.
        """
        return BookChanges(self.book, self._hub)

    def trades(self, *, buffer: int = 10_000) -> EventStream[Trade]:
        """An endless iterator over the trades from now on.

        Every one or a loud error: :class:`MissedEvents` is raised, after what was kept, when more than ``buffer`` wait
        for the reader or when an outage was too long for the exchange to tell what was missed. Close it with ``with``.
        """
        return EventStream(buffer, self._listeners)
