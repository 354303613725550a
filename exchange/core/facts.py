"""Facts: what happened. Immutable, complete, and all that ``apply`` needs besides the state before."""

from typing import NamedTuple

from exchange.core.credentials import (
    ApiKeyIssued,
    ApiKeyRevoked,
    ApiKeyUsed,
    InvitationAccepted,
    InvitationIssued,
    InvitationRevoked,
    InvitationsCreated,
    KeyCreated,
)
from exchange.core.units import AccountKind, CancelReason, Constituent, MarketStatus, Side, TimeInForce, TransferKind


class Fill(NamedTuple):
    """One trade of the incoming order with a resting order, at the resting order's price."""

    order_id: int
    account_id: int
    size: int
    price: int


class Reduction(NamedTuple):
    """A self-trade that was prevented: a resting order lost size without trading."""

    order_id: int
    size: int


class OrderPlaced(NamedTuple):
    """An order was accepted, with its trades, the reductions it caused and what rests of it."""

    market_id: int
    order_id: int
    account_id: int
    side: Side
    price: int
    size: int
    remaining: int
    fills: tuple[Fill, ...]
    reductions: tuple[Reduction, ...]
    time_in_force: TimeInForce
    expires_at: int
    tag: bytes
    session_number: int
    post_only: bool


class OrderAmended(NamedTuple):
    """An order was changed. ``kept_place`` means only its size shrank."""

    market_id: int
    order_id: int
    account_id: int
    price: int
    size: int
    remaining: int
    kept_place: bool
    fills: tuple[Fill, ...]
    reductions: tuple[Reduction, ...]
    side: Side


class OrdersCancelled(NamedTuple):
    """Orders of one account ended without trading."""

    market_id: int
    order_ids: tuple[int, ...]
    reason: CancelReason
    account_id: int


class MarketCreated(NamedTuple):
    """A market was made."""

    market_id: int
    name: str
    description: str
    owner_account_id: int
    low: int
    high: int
    status: MarketStatus
    group_id: int = 0
    pinned: bool = False
    ranked: bool = True
    position_limit: int = 0
    opens_at: int = 0
    closes_at: int = 0
    constituents: tuple[Constituent, ...] = ()
    redeem_fee: int = 0
    restricted: bool = False
    anonymous: bool = False
    viewer_account_ids: tuple[int, ...] = ()


class MarketEdited(NamedTuple):
    """Properties of a market changed; None is one that stayed.

    ``restricted``, ``anonymous`` and the viewers are there only where they are other than before. Orders that this ends
    are facts before it.
    """

    market_id: int
    name: str | None = None
    description: str | None = None
    group_id: int | None = None
    pinned: bool | None = None
    ranked: bool | None = None
    position_limit: int | None = None
    opens_at: int | None = None
    closes_at: int | None = None
    redeem_fee: int | None = None
    restricted: bool | None = None
    anonymous: bool | None = None
    added_viewer_account_ids: tuple[int, ...] = ()
    removed_viewer_account_ids: tuple[int, ...] = ()


class GroupChanged(NamedTuple):
    """A heading was made or changed; this is how it is now."""

    group_id: int
    name: str
    description: str


class Announced(NamedTuple):
    """Organisers said something to everybody."""

    text: str


class MarketStatusChanged(NamedTuple):
    """A market was opened, halted or paused; author 0 is the exchange itself."""

    market_id: int
    status: MarketStatus
    author_user_id: int


class MarketSettled(NamedTuple):
    """A market was settled: all its orders ended and every position became cash."""

    market_id: int
    price: int
    author_user_id: int


class RestoredPosition(NamedTuple):
    """What an account held in a market when it was settled."""

    account_id: int
    size: int
    cost: int


class MarketUnsettled(NamedTuple):
    """A settlement was reversed: positions are there again, their settlement cash is gone, the market is halted."""

    market_id: int
    author_user_id: int
    positions: tuple[RestoredPosition, ...]


class Redeemed(NamedTuple):
    """An account swapped ``size`` of a fund for its constituents, with the house on the other side, and paid ``fee``.

    The legs are booked at marks: ``mark`` for the fund, ``constituent_marks`` in the fund's order. They sum to zero.
    """

    market_id: int
    account_id: int
    size: int
    fee: int
    mark: int
    constituent_marks: tuple[int, ...]


class MarketFailed(NamedTuple):
    """A task failed on a command, which changed nothing. ``market_id`` 0 is the desk."""

    market_id: int
    reason: str
    halted: bool


class AccountCreated(NamedTuple):
    """An account was made; the house has no owners."""

    account_id: int
    name: str
    kind: AccountKind
    owner_user_ids: tuple[int, ...]


class AccountRenamed(NamedTuple):
    """An account has a new name."""

    account_id: int
    name: str


class AccessChanged(NamedTuple):
    """A user became, or ceased to be, an owner of an account."""

    account_id: int
    user_id: int
    owner: bool


class UserCreated(NamedTuple):
    """A user signed in for the first time. Follows the creation of their account."""

    user_id: int
    subject: str
    account_id: int
    email: str = ""


class CancelOnDisconnectSet(NamedTuple):
    """New orders of a client session end, or no longer end, when it is gone."""

    session_number: int
    enabled: bool


class DeadManTimerSet(NamedTuple):
    """An account's timer was set, or with 0 seconds ended; ``due`` is when it runs out."""

    account_id: int
    seconds: int
    due: int


class Transferred(NamedTuple):
    """Money moved."""

    transfer_id: int
    kind: TransferKind
    from_account_id: int
    to_account_id: int
    amount: int
    note: str
    initiator_user_id: int


Fact = (
    OrderPlaced
    | OrderAmended
    | OrdersCancelled
    | MarketCreated
    | MarketEdited
    | GroupChanged
    | Announced
    | MarketStatusChanged
    | MarketSettled
    | MarketUnsettled
    | Redeemed
    | MarketFailed
    | AccountCreated
    | AccountRenamed
    | AccessChanged
    | UserCreated
    | CancelOnDisconnectSet
    | DeadManTimerSet
    | Transferred
    | ApiKeyIssued
    | ApiKeyUsed
    | ApiKeyRevoked
    | InvitationIssued
    | InvitationAccepted
    | InvitationRevoked
)


class OrderResult(NamedTuple):
    """Reply: what became of an order that was placed or amended."""

    order_id: int
    filled: int
    filled_value: int
    remaining: int
    dropped: int


class CancelResult(NamedTuple):
    """Reply: which orders ended and how much size they had left."""

    order_ids: tuple[int, ...]
    size: int


class AlreadyEnded(NamedTuple):
    """Reply of a step: the order to cancel had ended before."""


StepResult = OrderResult | CancelResult | AlreadyEnded


class BatchResult(NamedTuple):
    """Reply: what became of each step, in order."""

    results: tuple[StepResult, ...]


class Created(NamedTuple):
    """Reply: the identifier of what was made."""

    identifier: int


class Done(NamedTuple):
    """Reply: executed."""


Result = OrderResult | CancelResult | BatchResult | Created | Done | KeyCreated | InvitationsCreated


class Decision(NamedTuple):
    """What a command causes: its facts, in order, and what its reply says."""

    facts: tuple[Fact, ...]
    result: Result
