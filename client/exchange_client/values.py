"""Values that do not change once they are there.

Prices, sizes and cash are :class:`Number`. Times are nanoseconds since the epoch by the exchange's clock; 0 means none.
Identifiers are positive; 0 means none, or hidden in an anonymous market.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from exchange_client.enums import AccountKind, ConnectionState, KeyScope, Side, TransferKind
from exchange_client.number import Number, in_contracts, rounded_quotient, whole

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

RawTrade = tuple[int, int, int, int, int, int, Side, int, int, int, int]
"""A trade as the state keeps it: the fields of :class:`Trade`, price and size as hundredths."""


def to_datetime(time: int) -> datetime:
    """A time of the exchange's, in nanoseconds, as a date and time in UTC; what is below a microsecond is cut."""
    return _EPOCH + timedelta(microseconds=time // 1_000)


def to_nanoseconds(time: datetime | int, field: str) -> int:
    """A time as the exchange takes it. A date and time without a zone is local. Raises :class:`Refused` before 1970."""
    if not isinstance(time, datetime):
        return whole(time, field)
    passed = time.astimezone(UTC) - _EPOCH
    return whole(((passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds) * 1_000, field)


class Level(NamedTuple):
    """All orders of one side at one price: the price, their total size, and how many they are."""

    price: Number
    size: Number
    orders: int


class Trade(NamedTuple):
    """One trade of a market. ``number`` tells apart the trades of one sequence."""

    market_id: int
    sequence: int
    number: int
    time: int
    price: Number
    size: Number
    taker_side: Side
    taker_account_id: int
    maker_account_id: int
    taker_order_id: int
    maker_order_id: int


def trade_of(raw: RawTrade) -> Trade:
    """A trade as the state keeps it, for people."""
    market_id, sequence, number, time, price, size, *rest = raw
    return Trade(market_id, sequence, number, time, in_contracts(price), in_contracts(size), *rest)  # type: ignore[arg-type]


class OwnFill(NamedTuple):
    """One trade of an order of one's own, from its side; ``maker`` when that order rested."""

    account_id: int
    market_id: int
    order_id: int
    side: Side
    price: Number
    size: Number
    maker: bool
    sequence: int
    time: int


@dataclass(frozen=True, slots=True)
class Account:
    """An account as everybody may see it; owners are known to its owners only (and to elevated admins)."""

    account_id: int
    name: str
    kind: AccountKind
    owner_user_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Group:
    """A heading under which markets are shown."""

    group_id: int
    name: str
    description: str


AnAccount = Account | int | str
"""An account, its id, or its name."""

AGroup = Group | int | str
"""A heading, its id, or its name."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """A movement of money; ``amount`` is always positive."""

    transfer_id: int
    kind: TransferKind
    from_account_id: int
    to_account_id: int
    amount: Number
    note: str
    initiator_user_id: int
    time: int


@dataclass(frozen=True, slots=True)
class Announcement:
    """Something that organisers told everybody."""

    text: str
    time: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What this exchange allows; durations in seconds. 0 where the exchange did not say."""

    request_memory_seconds: int = 0
    message_bytes: int = 0
    requests_waiting: int = 0
    batch_steps: int = 0
    pace_per_second: int = 0
    pace_burst: int = 0
    resume_facts: int = 0
    heartbeat_seconds: int = 0


@dataclass(frozen=True, slots=True)
class ConnectionEvent:
    """A change of the connection.

    ``resumed`` tells, when live, whether nothing was missed (True) or the state was read anew (False).
    ``retry_in`` is, when lost, seconds until the next attempt.
    """

    state: ConnectionState
    reason: str = ""
    close_code: int | None = None
    retry_in: float | None = None
    resumed: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """Executed; nothing more to say."""

    sequence: int
    time: int


@dataclass(frozen=True, slots=True)
class OrderResult:
    """What became of an order that was placed or amended.

    ``filled`` traded in this step, for ``filled_value`` in sum; ``remaining`` rests now; ``dropped`` did neither: the
    rest of an IOC, or prevented self-trades.
    """

    order_id: int
    filled: Number
    filled_value: Number
    remaining: Number
    dropped: Number
    sequence: int
    time: int

    @property
    def average_price(self) -> Number | None:
        """Of what traded, rounded half to even to four decimals; None where nothing did."""
        return rounded_quotient(self.filled_value.ten_thousandths, self.filled.hundredths)


@dataclass(frozen=True, slots=True)
class CancelResult:
    """Which orders ended, and the size they had left. Empty where there was nothing to end."""

    order_ids: tuple[int, ...]
    size: Number
    sequence: int
    time: int


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of each step of a batch, in their order. A cancel of an order that had ended has an empty result."""

    steps: tuple[OrderResult | CancelResult, ...]
    sequence: int
    time: int

    @property
    def orders(self) -> tuple[OrderResult, ...]:
        """What became of the orders that were placed or amended, in their order."""
        return tuple(step for step in self.steps if isinstance(step, OrderResult))


@dataclass(frozen=True, slots=True)
class Quotes:
    """What became of a pair of quotes: of each new order, or None where none was needed or wanted."""

    bid: OrderResult | None
    offer: OrderResult | None


@dataclass(frozen=True, slots=True)
class Created:
    """The identifier of what was made: for movements of money, of their record."""

    id: int
    sequence: int
    time: int


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key that was just made. ``key`` is the token to sign in with; the exchange cannot show it again."""

    key_id: int
    key: str
    sequence: int
    time: int


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key, without its secret. Times are nanoseconds, 0 for never; ``last_used`` is right to ten minutes."""

    key_id: int
    account_id: int
    label: str
    scope: KeyScope
    created_at: int
    expires_at: int
    last_used: int


Result = NewApiKey | Done | OrderResult | CancelResult | BatchResult | Created


def tag_text(tag: bytes) -> str:
    """A mark as text. What is no UTF-8 comes back from :func:`tag_bytes` as it was."""
    return tag.decode("utf-8", "surrogateescape") if tag else ""


def tag_bytes(tag: str | bytes) -> bytes:
    """A mark as the wire has it."""
    return tag.encode("utf-8", "surrogateescape") if isinstance(tag, str) else tag
