"""Values that do not change once they are there. Prices and sizes are hundredths, cash is ten-thousandths.

Times are nanoseconds since the epoch by the exchange's clock; 0 means none. Identifiers are positive; 0 means none, or
hidden in an anonymous market.
"""

from dataclasses import dataclass
from typing import NamedTuple

from exchange_client.enums import AccountKind, ConnectionState, Side, TransferKind


class Level(NamedTuple):
    """All orders of one side at one price: price and total size in hundredths, and how many orders."""

    price: int
    size: int
    orders: int


class Trade(NamedTuple):
    """One trade of a market. ``number`` tells apart the trades of one sequence."""

    market_id: int
    sequence: int
    number: int
    time: int
    price: int
    size: int
    taker_side: Side
    taker_account_id: int
    maker_account_id: int
    taker_order_id: int
    maker_order_id: int


class OwnFill(NamedTuple):
    """One trade of an order of one's own, from its side; ``maker`` when that order rested."""

    account_id: int
    market_id: int
    order_id: int
    side: Side
    price: int
    size: int
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


@dataclass(frozen=True, slots=True)
class Transfer:
    """A movement of money: ``amount`` in ten-thousandths, always positive."""

    transfer_id: int
    kind: TransferKind
    from_account_id: int
    to_account_id: int
    amount: int
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

    ``filled`` traded in this step (hundredths) for ``filled_value`` in sum (ten-thousandths); ``remaining`` rests now;
    ``dropped`` did neither: the rest of an IOC, or prevented self-trades.
    """

    order_id: int
    filled: int
    filled_value: int
    remaining: int
    dropped: int
    sequence: int
    time: int


@dataclass(frozen=True, slots=True)
class CancelResult:
    """Which orders ended, and the size they had left in hundredths."""

    order_ids: tuple[int, ...]
    size: int
    sequence: int
    time: int


@dataclass(frozen=True, slots=True)
class Created:
    """The identifier of the market, account or transfer that was made."""

    id: int
    sequence: int
    time: int


Result = Done | OrderResult | CancelResult | Created
