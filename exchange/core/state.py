"""The present: users, accounts, positions and markets, with the sums that keep every check at constant cost.

One :class:`State` is shared by all markets; it is read and written only inside a step that does not suspend.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from exchange.core.book import Book, Order
from exchange.core.credentials import ApiKey, Invitation
from exchange.core.lens import CLEAR, NONE, Lens
from exchange.core.units import AccountKind, Constituent, MarketStatus, Side

_BUY = Side.BUY


class Limits(NamedTuple):
    """Configured limits of the rules. Counts; 0 is none."""

    open_orders_per_market: int = 10_000
    fills_per_command: int = 1_000
    steps_per_batch: int = 200
    markets_per_user: int = 100
    sub_accounts_per_user: int = 20
    keys_per_user: int = 20
    starting_cash: int = 0
    users_create_markets: bool = True
    self_trade_by_user: bool = False


class Position:
    """What one account has at stake in one market.

    ``size`` is contracts held, ``cost`` what they cost (its sign is the position's), ``cash_flow`` cash received less
    cash paid; ``bid_size``, ``bid_value``, ``offer_size`` and ``offer_value`` sum its resting orders. ``worst`` is the
    least it can come to at settlement and ``weight`` its share of reach; both follow from the rest by ``refresh``.
    """

    __slots__ = (
        "account", "bid_size", "bid_value", "bound", "cash_flow", "cost", "high", "low", "market_id", "offer_size",
        "offer_value", "orders", "size", "tags", "weight", "worst",
    )  # fmt: skip

    def __init__(self, account: "Account", market: "Market") -> None:
        self.account = account
        self.market_id = market.market_id
        self.low = market.low
        self.high = market.high
        self.bound = market.bound
        self.size = 0
        self.cost = 0
        self.cash_flow = 0
        self.bid_size = 0
        self.bid_value = 0
        self.offer_size = 0
        self.offer_value = 0
        self.worst = 0
        self.weight = 0
        self.orders: dict[int, Order] = {}
        self.tags: dict[bytes, set[int]] = {}

    def rest(self, order: Order) -> None:
        """Counts an order that begins to rest. The caller refreshes."""
        self.orders[order.order_id] = order
        if order.tag:
            self.tags.setdefault(order.tag, set()).add(order.order_id)
        if order.side is _BUY:
            self.bid_size += order.remaining
            self.bid_value += order.price * order.remaining
        else:
            self.offer_size += order.remaining
            self.offer_value += order.price * order.remaining

    def unrest(self, order: Order, size: int) -> None:
        """Takes ``size`` of a resting order off the sums, before the book does. The caller refreshes."""
        if order.side is _BUY:
            self.bid_size -= size
            self.bid_value -= order.price * size
        else:
            self.offer_size -= size
            self.offer_value -= order.price * size
        if size >= order.remaining:
            del self.orders[order.order_id]
            if order.tag:
                same = self.tags[order.tag]
                same.discard(order.order_id)
                if not same:
                    del self.tags[order.tag]

    def trade(self, size: int, price: int) -> None:
        """Books a trade of signed ``size``; money moves on the account too. The caller refreshes.

        Closing a part of a position takes that part of its cost, rounded down; the rest stays with what is left open,
        so realised plus unrealised profit is exact at every moment.
        """
        value = size * price
        self.account.cash -= value
        self.cash_flow -= value
        held = self.size
        if held == 0 or (held > 0) == (size > 0):
            self.cost += value
        elif abs(size) <= abs(held):
            self.cost -= self.cost * abs(size) // abs(held)
        else:
            self.cost = (held + size) * price
        self.size = held + size

    def refresh(self) -> None:
        """Brings ``worst``, ``weight`` and the account's sums up to date: ``worst_case``, written out for its speed."""
        size, bid_size, offer_size = self.size, self.bid_size, self.offer_size
        at_low = self.low * (size + bid_size) - self.bid_value
        at_high = self.high * (size - offer_size) + self.offer_value
        worst = at_low if at_low < at_high else at_high
        weight = self.bound * ((size if size >= 0 else -size) + 2 * (bid_size + offer_size))
        account = self.account
        account.worst += worst - self.worst
        account.weight += weight - self.weight
        self.worst = worst
        self.weight = weight

    def end(self) -> None:
        """Forgets size and orders at settlement; what is left is history."""
        self.size = self.cost = 0
        self.bid_size = self.bid_value = self.offer_size = self.offer_value = 0
        self.orders.clear()
        self.tags.clear()
        self.refresh()


def worst_case(low: int, high: int, size: int, bid_size: int, bid_value: int, offer_size: int, offer_value: int) -> int:
    """The least that a position with resting orders can come to, in cash.

    The outcome is concave in the settlement price, so the least is at a bound, with only the orders filled that hurt
    there: at the low bound all bids, at the high bound all offers.
    """
    at_low = low * (size + bid_size) - bid_value
    at_high = high * (size - offer_size) + offer_value
    return at_low if at_low < at_high else at_high


class Account:
    """Cash and positions. ``worst`` and ``weight`` are sums over positions in unsettled markets.

    ``creator_id`` is the user who made it, its first owner; 0 for the house. Owners come and go, the creator stays.
    """

    __slots__ = (
        "account_id", "cash", "creator_id", "kind", "name", "owners", "positions", "received", "weight", "worst",
    )  # fmt: skip

    def __init__(self, account_id: int, name: str, kind: AccountKind, owners: frozenset[int]) -> None:
        self.account_id = account_id
        self.name = name
        self.kind = kind
        self.owners = owners
        self.creator_id = 0
        self.cash = 0
        self.received = 0
        self.worst = 0
        self.weight = 0
        self.positions: dict[int, Position] = {}

    @property
    def available(self) -> int:
        """Cash that no settlement can take: what new commands may use."""
        return self.cash + self.worst

    @property
    def reach(self) -> int:
        """Bounds every number that can come out of this account's positions; see ``REACH_MAX``."""
        return abs(self.cash) + self.weight


@dataclass(slots=True)
class User:
    """Whoever a token names. ``keys`` are those that were not revoked."""

    user_id: int
    subject: str
    account_id: int
    owned: set[int] = field(default_factory=set)
    email: str = ""
    keys: set[int] = field(default_factory=set)


class Market:
    """One market: its definition, its book and who holds what in it.

    ``changed_at`` is the sequence at which anything of it last changed: what is derived from it is good until then.
    ``constituents`` make it a fund, and ``part_of`` are the funds that have it as one. ``settled`` is what each account
    held when it was settled, as (size, cost): what unsettling brings back. ``viewers`` are kept while it is not
    restricted; who sees it then follows from the state's lens.
    """

    __slots__ = (
        "book", "bound", "description", "high", "last_trade_price", "last_trade_size", "last_trade_time", "low",
        "market_id",
        "name", "owner_account_id", "position_limit", "positions", "settlement_price", "status", "created_at",
        "changed_at", "closes_at", "constituents", "group_id", "opens_at", "part_of", "pinned", "ranked", "redeem_fee",
        "settled", "restricted", "anonymous", "viewers",
    )  # fmt: skip

    def __init__(self, market_id: int, name: str, description: str, owner_account_id: int, low: int, high: int) -> None:
        self.market_id = market_id
        self.name = name
        self.description = description
        self.owner_account_id = owner_account_id
        self.low = low
        self.high = high
        self.bound = max(abs(low), abs(high))
        self.status = MarketStatus.OPEN
        self.position_limit = 0
        self.group_id = 0
        self.pinned = False
        self.ranked = True
        self.opens_at = 0
        self.closes_at = 0
        self.constituents: tuple[Constituent, ...] = ()
        self.part_of: list[int] = []
        self.redeem_fee = 0
        self.settlement_price = 0
        self.settled: dict[int, tuple[int, int]] = {}
        self.restricted = False
        self.anonymous = False
        self.viewers = NONE
        self.last_trade_price = 0
        self.last_trade_size = 0
        self.last_trade_time = 0
        self.created_at = 0
        self.changed_at = 0
        self.book = Book()
        self.positions: dict[int, Position] = {}

    @property
    def mark(self) -> int:
        """What a position is valued at: settlement, else last trade, else the middle of the bounds, rounded down."""
        if self.status is MarketStatus.SETTLED:
            return self.settlement_price
        return self.last_trade_price if self.last_trade_time else (self.low + self.high) // 2

    def position(self, account: Account) -> Position:
        """The account's position here, made on first use."""
        position = self.positions.get(account.account_id)
        if position is None:
            position = Position(account, self)
            self.positions[account.account_id] = account.positions[self.market_id] = position
        return position


@dataclass(slots=True)
class Group:
    """A heading under which markets are shown."""

    group_id: int
    name: str
    description: str


class DeadManTimer(NamedTuple):
    """How long an account's timer is, and when it runs out."""

    seconds: int
    due: int


@dataclass(slots=True)
class State:
    """Everything the rules look at. ``sequence`` and ``time`` are those of the last command that changed something.

    ``announcements`` are the latest, as (time, text), oldest first. New orders of ``guarded_sessions`` end with them.
    """

    limits: Limits = field(default_factory=Limits)
    sequence: int = 0
    time: int = 0
    house_id: int = 0
    next_order_id: int = 1
    next_transfer_id: int = 1
    next_user_id: int = 1
    next_account_id: int = 1
    next_market_id: int = 1
    accounts_changed_at: int = 0
    users: dict[int, User] = field(default_factory=dict)
    users_by_subject: dict[str, User] = field(default_factory=dict)
    accounts: dict[int, Account] = field(default_factory=dict)
    accounts_by_name: dict[str, Account] = field(default_factory=dict)
    markets: dict[int, Market] = field(default_factory=dict)
    markets_by_name: dict[str, Market] = field(default_factory=dict)
    groups: dict[int, Group] = field(default_factory=dict)
    announcements: list[tuple[int, str]] = field(default_factory=list)
    guarded_sessions: set[int] = field(default_factory=set)
    dead_man_timers: dict[int, DeadManTimer] = field(default_factory=dict)
    next_key_id: int = 1
    next_invitation_id: int = 1
    api_keys: dict[int, ApiKey] = field(default_factory=dict)
    api_keys_by_hash: dict[bytes, int] = field(default_factory=dict)
    invitations: dict[int, Invitation] = field(default_factory=dict)
    invitations_by_hash: dict[bytes, int] = field(default_factory=dict)
    lens: Lens = CLEAR

    def owns(self, user_id: int, account_id: int) -> bool:
        """Whether the user owns the account."""
        account = self.accounts.get(account_id)
        return account is not None and user_id in account.owners
