"""What an account has: cash, positions and resting orders, with the sums that make ``available`` free to read.

The arithmetic is the exchange's own, integer for integer. Sizes are hundredths, cash and values are ten-thousandths.
"""

from collections.abc import Mapping
from types import MappingProxyType

from exchange_client.book import RestingOrder
from exchange_client.market import Market


class Position:
    """What one account has at stake in one market, always current.

    ``size`` is negative when short. ``cost`` is what the open position cost, with its sign, so the average entry price
    is ``cost / size``. ``cash_flow`` is cash received less cash paid here. ``bid_size``, ``bid_value``, ``offer_size``
    and ``offer_value`` sum the account's resting orders.
    """

    __slots__ = (
        "bid_size", "bid_value", "cash_flow", "cost", "market", "offer_size", "offer_value", "portfolio", "size",
        "worst",
    )  # fmt: skip

    def __init__(self, portfolio: "Portfolio", market: Market) -> None:
        self.portfolio = portfolio
        self.market = market
        self.size = 0
        self.cost = 0
        self.cash_flow = 0
        self.bid_size = 0
        self.bid_value = 0
        self.offer_size = 0
        self.offer_value = 0
        self.worst = 0

    @property
    def realised(self) -> int:
        """Profit of what was closed, in ten-thousandths."""
        return self.cash_flow + self.cost

    @property
    def unrealised(self) -> int:
        """Profit of what is open at the market's mark, in ten-thousandths. With ``realised`` it adds up exactly."""
        return self.size * self.market.mark - self.cost

    # What follows is the client's own business. Callers refresh.

    def rest(self, order: RestingOrder) -> None:
        """Counts an order that begins to rest."""
        if order.side == 1:
            self.bid_size += order.remaining
            self.bid_value += order.price * order.remaining
        else:
            self.offer_size += order.remaining
            self.offer_value += order.price * order.remaining

    def unrest(self, order: RestingOrder, size: int) -> None:
        """Takes ``size`` of a resting order off the sums."""
        if order.side == 1:
            self.bid_size -= size
            self.bid_value -= order.price * size
        else:
            self.offer_size -= size
            self.offer_value -= order.price * size

    def trade(self, size: int, price: int) -> None:
        """Books a trade of signed ``size``. Closing a part takes that part of the cost, rounded down."""
        value = size * price
        self.portfolio.cash -= value
        self.cash_flow -= value
        held = self.size
        if held == 0 or (held > 0) == (size > 0):
            self.cost += value
        elif abs(size) <= abs(held):
            self.cost -= self.cost * abs(size) // abs(held)
        else:
            self.cost = (held + size) * price
        self.size = held + size

    def settle(self, price: int) -> None:
        """Turns the position into cash and ends its orders."""
        value = self.size * price
        self.portfolio.cash += value
        self.cash_flow += value
        self.size = self.cost = 0
        self.bid_size = self.bid_value = self.offer_size = self.offer_value = 0
        self.refresh()

    def unsettle(self, size: int, cost: int, price: int) -> None:
        """Reverses ``settle`` for a position that had this size and cost."""
        value = size * price
        self.portfolio.cash -= value
        self.cash_flow -= value
        self.size = size
        self.cost = cost
        self.refresh()

    def clear(self) -> None:
        """Forgets what is held and what rests, before it is told anew. The caller refreshes."""
        self.size = self.cost = self.cash_flow = 0
        self.bid_size = self.bid_value = self.offer_size = self.offer_value = 0

    def refresh(self) -> None:
        """Brings ``worst`` and the portfolio's sum up to date."""
        market = self.market
        at_low = market.low * (self.size + self.bid_size) - self.bid_value
        at_high = market.high * (self.size - self.offer_size) + self.offer_value
        worst = at_low if at_low < at_high else at_high
        self.portfolio.worst += worst - self.worst
        self.worst = worst


class Portfolio:
    """What one account has, always current. ``cash`` in ten-thousandths."""

    __slots__ = ("_positions", "account_id", "cash", "worst")

    def __init__(self, account_id: int) -> None:
        self.account_id = account_id
        self.cash = 0
        self.worst = 0
        self._positions: dict[int, Position] = {}

    @property
    def available(self) -> int:
        """Cash that could be lost at no settlement, whatever fills before: what new orders may use."""
        return self.cash + self.worst

    @property
    def equity(self) -> int:
        """Cash and every position at its market's mark."""
        positions = self._positions.values()
        return self.cash + sum(position.size * position.market.mark for position in positions)

    @property
    def positions(self) -> Mapping[int, Position]:
        """Positions by market id, those that are zero by now included."""
        return MappingProxyType(self._positions)

    def position(self, market: Market) -> Position:
        """The position in a market, zero if nothing was ever held."""
        position = self._positions.get(market.market_id)
        if position is None:
            position = self._positions[market.market_id] = Position(self, market)
        return position

    def reset(self, cash: int) -> None:
        """Forgets all but the cash, before a snapshot tells it anew."""
        self.cash = cash
        self.worst = 0
        for position in self._positions.values():
            position.clear()
            position.worst = 0

    def forget(self, market: Market) -> None:
        """Forgets what is held in a market that may not be seen any more."""
        position = self._positions.pop(market.market_id, None)
        if position is not None:
            position.clear()
            position.refresh()

    def settle(self, market: Market, price: int) -> None:
        """Turns what is held in a market into cash."""
        position = self._positions.get(market.market_id)
        if position is not None:
            position.settle(price)
