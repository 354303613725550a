"""What one client was told, to be compared with the file after the exchange has ended."""

from collections import Counter, deque
from collections.abc import AsyncIterator
from typing import NamedTuple

from exchange_client import Closed, OwnFill, Portfolio, Refused, Trade

_LATENCIES = 50_000  # kept of one bot: minutes, and enough for percentiles


class Fill(NamedTuple):
    """One trade of an order, as far as its owner's client was told and the file tells: hundredths."""

    sequence: int
    order_id: int
    price: int
    size: int


class Record:
    """Of one bot: everything acknowledged to it, everything refused, and what it has in the end."""

    def __init__(self) -> None:
        self.account_id = 0
        self.order_ids: set[int] = set()
        self.orders_refused = 0
        self.refusals: Counter[str] = Counter()
        self.changes = 0
        self.fills: list[Fill] = []
        self.latencies: deque[float] = deque(maxlen=_LATENCIES)
        self.cash = 0
        self.positions: dict[int, int] = {}

    @property
    def orders(self) -> int:
        """Orders sent and answered."""
        return len(self.order_ids) + self.orders_refused

    def refuse(self, refused: Refused, *, placing: bool) -> None:
        """Counts a refusal."""
        self.refusals[refused.code.value] += 1
        self.orders_refused += placing

    async def read_fills(self, fills: AsyncIterator[OwnFill]) -> None:
        """Notes every fill until the client has ended, those included that came last."""
        try:
            async for fill in fills:
                self.fills.append(Fill(fill.sequence, fill.order_id, fill.price.hundredths, fill.size.hundredths))
        except Closed:
            return

    def close(self, portfolio: Portfolio) -> None:
        """Notes what the client believes it has."""
        self.cash = portfolio.cash.ten_thousandths
        self.positions = {
            market_id: position.size.hundredths for market_id, position in portfolio.positions.items() if position.size
        }


class Tape:
    """Every public trade from ``after`` up to ``through``, two sequences, as the organiser's client saw them."""

    def __init__(self) -> None:
        self.after = 0
        self.through = 0
        self.trades: list[Trade] = []
        self.recent: dict[int, deque[int]] = {}
        self.volumes: Counter[int] = Counter()

    async def read(self, market_id: int, trades: AsyncIterator[Trade], window: int) -> None:
        """Notes every trade of a market until the client has ended. ``window`` nanoseconds count as recent."""
        recent = self.recent.setdefault(market_id, deque())
        try:
            async for trade in trades:
                self.trades.append(trade)
                self.volumes[market_id] += trade.size.hundredths
                recent.append(trade.time)
                while recent[0] < trade.time - window:
                    recent.popleft()
        except Closed:
            return
