"""One market as the client sees it: its definition, where it stands, its book and its latest trades."""

from collections import deque
from typing import TYPE_CHECKING

from exchange_client.book import Book, Order
from exchange_client.enums import MarketStatus, Side
from exchange_client.number import Number, Numeric, ceil_hundredths, floor_hundredths, in_contracts
from exchange_client.values import Level, RawTrade, Trade, trade_of

if TYPE_CHECKING:
    from exchange_client.portfolio import Position
    from exchange_client.state import State
    from exchange_client.streams import EventStream

RECENT_TRADES = 1_000  # trades of a market that are kept; older ones are history


class MarketView:
    """What there is to see of a market, always current; the object stays the same over reconnects.

    ``only_held`` says that it is restricted, and seen only for a position held there: without book and trades.
    ``opens_at`` and ``closes_at`` are nanoseconds by the exchange's clock, 0 for never. ``constituents`` is a fund's
    basket: market id and multiplier each.
    """

    market_id: int
    name: str
    description: str
    group_id: int
    owner_account_id: int
    status: MarketStatus
    pinned: bool
    restricted: bool
    anonymous: bool
    ranked: bool
    opens_at: int
    closes_at: int
    created_at: int
    constituents: tuple[tuple[int, int], ...]
    viewer_account_ids: frozenset[int]
    only_held: bool

    def __init__(self, market_id: int, state: "State") -> None:
        self.market_id = market_id
        self.name = ""
        self.status = MarketStatus.UNRECOGNISED
        self.constituents = ()
        self.book = Book(state.guard)
        self._state = state
        self._edits = 0
        self._low = self._high = self._position_limit = self._redeem_fee = 0
        self._settlement_price = 0
        self._last_price = self._last_size = self._last_time = 0
        self._trade_sequence = self._trade_count = 0
        self._trades: deque[RawTrade] = deque(maxlen=RECENT_TRADES)
        self._listeners: list[EventStream[Trade]] = []

    def __repr__(self) -> str:
        return f"<Market {self.market_id}: {self.name!r} {self.status.name}>"

    @property
    def version(self) -> int:
        """Grows with everything that happens in this market."""
        return self.book.version + self._edits

    # Its definition.

    @property
    def low(self) -> Number:
        """The lowest price it can settle at."""
        return in_contracts(self._low)

    @property
    def high(self) -> Number:
        """The highest price it can settle at."""
        return in_contracts(self._high)

    @property
    def position_limit(self) -> Number | None:
        """The largest position either way, or None for no limit."""
        return in_contracts(self._position_limit) if self._position_limit else None

    @property
    def redeem_fee(self) -> Number:
        """What redeeming costs, for each contract of the fund."""
        return in_contracts(self._redeem_fee)

    @property
    def is_fund(self) -> bool:
        """Whether it is a basket of other markets."""
        return bool(self.constituents)

    # Where it stands.

    @property
    def best_bid(self) -> Level | None:
        """The highest bid, or None."""
        return self.book.bids.best

    @property
    def best_offer(self) -> Level | None:
        """The lowest offer, or None."""
        return self.book.offers.best

    @property
    def mid(self) -> Number | None:
        """The middle between best bid and best offer, to half a hundredth; None while a side is empty."""
        return self.book.mid

    @property
    def best_bid_of_others(self) -> Level | None:
        """The highest bid without the acting account's own: what to quote against without chasing oneself."""
        return self._best_of_others(Side.BUY)

    @property
    def best_offer_of_others(self) -> Level | None:
        """The lowest offer without the acting account's own."""
        return self._best_of_others(Side.SELL)

    @property
    def mid_of_others(self) -> Number | None:
        """The middle between those two, to half a hundredth; None while others are on one side only, or on none."""
        with self._state.guard:
            bid, offer = self.best_bid_of_others, self.best_offer_of_others
        return (bid.price + offer.price) / 2 if bid and offer else None

    def _best_of_others(self, side: Side) -> Level | None:
        with self._state.guard:
            own = [order for order in self.orders if order.side is side]
            for level in self.book.side(side).top(len(own) + 1):
                mine = [order for order in own if order.price == level.price]
                if len(mine) < level.orders:
                    size = level.size - sum(order.remaining for order in mine)
                    return Level(level.price, size, level.orders - len(mine))
        return None

    @property
    def settlement_price(self) -> Number | None:
        """The price it was settled at, or None while it is not settled."""
        return in_contracts(self._settlement_price) if self.status is MarketStatus.SETTLED else None

    @property
    def last_price(self) -> Number | None:
        """Price of the last trade, or None before the first."""
        return in_contracts(self._last_price) if self._last_time else None

    @property
    def last_size(self) -> Number | None:
        """Size of the last trade, or None before the first."""
        return in_contracts(self._last_size) if self._last_time else None

    @property
    def last_time(self) -> int | None:
        """Time of the last trade in nanoseconds, or None before the first."""
        return self._last_time or None

    @property
    def mark(self) -> Number:
        """What a position is valued at: settlement price, else last trade, else the middle of the bounds, rounded down
        to a hundredth."""
        return in_contracts(self._raw_mark)

    @property
    def _raw_mark(self) -> int:
        if self.status is MarketStatus.SETTLED:
            return self._settlement_price
        return self._last_price if self._last_time else (self._low + self._high) // 2

    @property
    def recent_trades(self) -> list[Trade]:
        """Trades seen since the client came, oldest first, at most 1,000. A snapshot after a long outage empties it."""
        with self._state.guard:
            trades = list(self._trades)
        return [trade_of(trade) for trade in trades]

    # What the acting account has in it.

    @property
    def position(self) -> Number:
        """Contracts that the acting account holds; negative when short."""
        return self.holding.size

    @property
    def holding(self) -> "Position":
        """Position of the acting account with what it cost, profit, and sums of its resting orders."""
        return self._state.portfolios[self._state.account_id].position(self)

    @property
    def orders(self) -> list[Order]:
        """Orders of the acting account that rest here, in the order of their ids. Their ``tag`` says which is which."""
        state = self._state
        with state.guard:
            orders = [
                order
                for order in state.orders.values()
                if order.market_id == self.market_id and order.account_id == state.account_id
            ]
        return sorted(orders, key=lambda order: order.order_id)

    # Prices it takes.

    def round_down(self, price: Numeric) -> Number:
        """The nearest price that an order may have which is not above this one, within the market's bounds."""
        return self._within_bounds(floor_hundredths(price, "price"))

    def round_up(self, price: Numeric) -> Number:
        """The nearest price that an order may have which is not below this one, within the market's bounds."""
        return self._within_bounds(ceil_hundredths(price, "price"))

    def _within_bounds(self, raw: int) -> Number:
        return in_contracts(min(max(raw, self._low), self._high))
