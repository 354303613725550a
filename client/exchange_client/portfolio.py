"""What an account has: cash, positions and resting orders, with the sums that make ``available`` free to read.

The arithmetic is the exchange's own, integer for integer: what begins with an underscore is hundredths where it is a
size, and ten-thousandths where it is money.
"""

from collections.abc import Mapping
from types import MappingProxyType

from exchange_client.book import Guard, RestingOrder
from exchange_client.market import MarketView
from exchange_client.number import Number, in_cash, in_contracts, rounded_quotient


class Position:
    """What one account has at stake in one market, always current."""

    __slots__ = (
        "_bid_size", "_bid_value", "_cash_flow", "_cost", "_offer_size", "_offer_value", "_size", "_worst", "market",
        "portfolio",
    )  # fmt: skip

    def __init__(self, portfolio: "Portfolio", market: MarketView) -> None:
        self.portfolio = portfolio
        self.market = market
        self._size = self._cost = self._cash_flow = 0
        self._bid_size = self._bid_value = self._offer_size = self._offer_value = 0
        self._worst = 0

    def __repr__(self) -> str:
        return f"<Position {self.size} of {self.market.name!r}>"

    @property
    def size(self) -> Number:
        """Contracts held; negative when short."""
        return in_contracts(self._size)

    @property
    def cost(self) -> Number:
        """What the open position cost, with its sign."""
        return in_cash(self._cost)

    @property
    def average_price(self) -> Number | None:
        """What a contract of the open position cost, rounded half to even to four decimals; None without a position."""
        with self.portfolio._guard:
            return rounded_quotient(self._cost, self._size)

    @property
    def cash_flow(self) -> Number:
        """Cash received less cash paid in this market."""
        return in_cash(self._cash_flow)

    @property
    def realised(self) -> Number:
        """Profit of what was closed."""
        with self.portfolio._guard:
            return in_cash(self._cash_flow + self._cost)

    @property
    def unrealised(self) -> Number:
        """Profit of what is open, at the market's mark. With ``realised`` it adds up exactly."""
        with self.portfolio._guard:
            return in_cash(self._size * self.market._raw_mark - self._cost)

    @property
    def bid_size(self) -> Number:
        """Size of the account's resting bids."""
        return in_contracts(self._bid_size)

    @property
    def bid_value(self) -> Number:
        """What they would cost."""
        return in_cash(self._bid_value)

    @property
    def offer_size(self) -> Number:
        """Size of the account's resting offers."""
        return in_contracts(self._offer_size)

    @property
    def offer_value(self) -> Number:
        """What they would bring."""
        return in_cash(self._offer_value)

    # What follows is the client's own business. Callers refresh.

    def rest(self, order: RestingOrder) -> None:
        """Counts an order that begins to rest."""
        if order.side == 1:
            self._bid_size += order._remaining
            self._bid_value += order._price * order._remaining
        else:
            self._offer_size += order._remaining
            self._offer_value += order._price * order._remaining

    def unrest(self, order: RestingOrder, size: int) -> None:
        """Takes ``size`` of a resting order off the sums."""
        if order.side == 1:
            self._bid_size -= size
            self._bid_value -= order._price * size
        else:
            self._offer_size -= size
            self._offer_value -= order._price * size

    def trade(self, size: int, price: int) -> None:
        """Books a trade of signed ``size``. Closing a part takes that part of the cost, rounded down."""
        value = size * price
        self.portfolio._cash -= value
        self._cash_flow -= value
        held = self._size
        if held == 0 or (held > 0) == (size > 0):
            self._cost += value
        elif abs(size) <= abs(held):
            self._cost -= self._cost * abs(size) // abs(held)
        else:
            self._cost = (held + size) * price
        self._size = held + size

    def settle(self, price: int) -> None:
        """Turns the position into cash and ends its orders."""
        value = self._size * price
        self.portfolio._cash += value
        self._cash_flow += value
        self._size = self._cost = 0
        self._bid_size = self._bid_value = self._offer_size = self._offer_value = 0
        self.refresh()

    def unsettle(self, size: int, cost: int, price: int) -> None:
        """Reverses ``settle`` for a position that had this size and cost."""
        value = size * price
        self.portfolio._cash -= value
        self._cash_flow -= value
        self._size = size
        self._cost = cost
        self.refresh()

    def clear(self) -> None:
        """Forgets what is held and what rests, before it is told anew. The caller refreshes."""
        self._size = self._cost = self._cash_flow = 0
        self._bid_size = self._bid_value = self._offer_size = self._offer_value = 0

    def refresh(self) -> None:
        """Brings ``_worst`` and the portfolio's sum up to date."""
        market = self.market
        at_low = market._low * (self._size + self._bid_size) - self._bid_value
        at_high = market._high * (self._size - self._offer_size) + self._offer_value
        worst = at_low if at_low < at_high else at_high
        self.portfolio._worst += worst - self._worst
        self._worst = worst


class Portfolio:
    """What one account has, always current."""

    __slots__ = ("_cash", "_guard", "_positions", "_worst", "account_id")

    def __init__(self, account_id: int, guard: Guard) -> None:
        self.account_id = account_id
        self._guard = guard
        self._cash = 0
        self._worst = 0
        self._positions: dict[int, Position] = {}

    def __repr__(self) -> str:
        return f"<Portfolio of account {self.account_id}: cash {self.cash}, equity {self.equity}>"

    @property
    def cash(self) -> Number:
        """What it has in cash."""
        return in_cash(self._cash)

    @property
    def available(self) -> Number:
        """Cash that could be lost at no settlement, whatever fills before: what new orders may use."""
        with self._guard:
            return in_cash(self._cash + self._worst)

    @property
    def equity(self) -> Number:
        """Cash and every position at its market's mark."""
        with self._guard:
            positions = self._positions.values()
            return in_cash(self._cash + sum(held._size * held.market._raw_mark for held in positions))

    @property
    def positions(self) -> Mapping[int, Position]:
        """Positions by market id, those that are zero by now included."""
        with self._guard:
            return MappingProxyType(dict(self._positions))

    def position(self, market: MarketView) -> Position:
        """The position in a market, zero if nothing was ever held."""
        position = self._positions.get(market.market_id)
        if position is None:
            with self._guard:
                position = self._positions.setdefault(market.market_id, Position(self, market))
        return position

    # What follows is the client's own business.

    def reset(self, cash: int) -> None:
        """Forgets all but the cash, before a snapshot tells it anew."""
        self._cash = cash
        self._worst = 0
        for position in self._positions.values():
            position.clear()
            position._worst = 0

    def forget(self, market: MarketView) -> None:
        """Forgets what is held in a market that may not be seen any more."""
        position = self._positions.pop(market.market_id, None)
        if position is not None:
            position.clear()
            position.refresh()

    def settle(self, market: MarketView, price: int) -> None:
        """Turns what is held in a market into cash."""
        position = self._positions.get(market.market_id)
        if position is not None:
            position.settle(price)
