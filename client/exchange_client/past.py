"""What reading the past gives. Prices, sizes and cash are numbers, times are nanoseconds since the epoch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from exchange_client.enums import MarketStatus, Side, TimeInForce
from exchange_client.number import Number

Row = TypeVar("Row")


class PastOrder(NamedTuple):
    """An order as it stands: ``remaining`` is 0 and ``ended_sequence`` is not once it has ended.

    ``size`` is the total, of which ``filled`` has traded. ``expires_at`` is 0 for never.
    """

    order_id: int
    market_id: int
    account_id: int
    side: Side
    price: Number
    size: Number
    filled: Number
    remaining: Number
    time_in_force: TimeInForce
    post_only: bool
    tag: str
    placed_at: int
    placed_sequence: int
    ended_sequence: int
    expires_at: int


class Candle(NamedTuple):
    """Trades of one interval from ``start`` on (nanoseconds); ``volume`` is the size traded."""

    start: int
    open: Number
    high: Number
    low: Number
    close: Number
    volume: Number


class Standing(NamedTuple):
    """A user by their own account: ``profit`` is ``equity`` less all money received."""

    account_id: int
    profit: Number
    equity: Number


class Holding(NamedTuple):
    """What an account has in a market: ``size`` (negative when short), ``cost`` of it, and ``cash_flow``.

    Realised profit is ``cash_flow + cost``.
    """

    account_id: int
    size: Number
    cost: Number
    cash_flow: Number


class Fact(NamedTuple):
    """One thing that a commit changed: its kind, as the wire names it, and its fields in the wire's names and units."""

    kind: str
    fields: Mapping[str, object]


class FeedFact(NamedTuple):
    """One thing that happened, as the feed told it: its commit, when, its kind, and its fields as in :class:`Fact`."""

    sequence: int
    time: int
    kind: str
    fields: Mapping[str, object]


class StatusChange(NamedTuple):
    """A market's status from a time on (nanoseconds). ``settlement_price`` is 0 where it was not settled."""

    sequence: int
    time: int
    status: MarketStatus
    settlement_price: Number


class Action(NamedTuple):
    """What an elevated user did, and all that it caused. ``time`` in nanoseconds."""

    sequence: int
    time: int
    user_id: int
    account_id: int
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows in the order asked for. ``more`` says whether there are more in that direction.

    ``next`` is the ``before`` or ``after`` of the page that follows; 0 when there are no rows. ``sequence`` is what the
    page is as of.
    """

    rows: Sequence[Row]
    more: bool
    next: int
    sequence: int
