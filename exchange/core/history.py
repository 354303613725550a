"""The readable past as values: what the store finds and the wire tells."""

from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar


class PastTrade(NamedTuple):
    """One trade. ``number`` tells apart the trades of one sequence."""

    sequence: int
    number: int
    time: int
    price: int
    size: int
    taker_side: int
    taker_account_id: int
    taker_order_id: int
    maker_account_id: int
    maker_order_id: int


class PastFill(NamedTuple):
    """One account's part in a trade; ``maker`` when its order rested."""

    sequence: int
    number: int
    time: int
    market_id: int
    order_id: int
    side: int
    price: int
    size: int
    maker: int


class PastOrder(NamedTuple):
    """An order as it stands. ``sequence`` is where it was placed; ``ended_sequence`` 0 means that it rests."""

    sequence: int
    order_id: int
    market_id: int
    account_id: int
    side: int
    price: int
    size: int
    filled: int
    remaining: int
    placed_at: int
    time_in_force: int
    post_only: int
    expires_at: int
    ended_sequence: int
    tag: bytes


class PastTransfer(NamedTuple):
    """A movement of money."""

    sequence: int
    transfer_id: int
    time: int
    kind: int
    from_account_id: int
    to_account_id: int
    amount: int
    note: str
    initiator_user_id: int


class Action(NamedTuple):
    """A commit of an elevated user: who, as which account, and the record of its facts."""

    sequence: int
    time: int
    user_id: int
    account_id: int
    facts: bytes


class Told(NamedTuple):
    """A commit by the record of its facts."""

    sequence: int
    time: int
    facts: bytes


class Candle(NamedTuple):
    """Trades of one interval that starts at ``start``: first, highest, lowest and last price, and the size traded."""

    start: int
    open: int
    high: int
    low: int
    close: int
    volume: int


R = TypeVar("R", PastTrade, PastFill, PastOrder, PastTransfer, Action)


class Page(NamedTuple, Generic[R]):
    """Rows in the order asked for, and whether there are more in that direction."""

    rows: Sequence[R]
    more: bool


class Span(NamedTuple):
    """Which rows: of sequences above ``after`` and below ``before``, about ``limit`` of them.

    ``before`` is at most one above the last sequence: what lies between is looked for.
    """

    after: int
    before: int
    newest_first: bool
    limit: int
