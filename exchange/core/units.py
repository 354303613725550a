"""Numbers of the domain: what is representable, and the enumerations that travel on the wire with the same values.

Price and size are integer hundredths, cash is integer ten-thousandths: price times size is cash, exactly.
"""

from enum import IntEnum
from typing import NamedTuple

PRICE_MAX = 100_000_000  # 1,000,000.00
SIZE_MAX = 100_000_000  # 1,000,000.00
CASH_MAX = 2**62  # what one movement may name; sums are held within REACH_MAX
REACH_MAX = 2**62  # leaves a signed 64-bit integer room for one more of the same
NAME_MAX = 64
TAG_MAX = 32
NOTE_MAX = 200
DESCRIPTION_MAX = 2_000
TIME_MAX = 2**62  # the year 2116
ANNOUNCEMENT_MAX = 500
LABEL_MAX = 64
INVITATIONS_PER_COMMAND_MAX = 500  # a reply of some 60 KiB
HASH_BYTES = 32  # of a key or an invitation: SHA-256
CONSTITUENTS_MAX = 100
VIEWERS_MAX = 10_000  # of one market: all of a large school, and few enough to be looked through in a step
ANNOUNCEMENTS_KEPT = 20  # what somebody who comes late is still told
DEAD_MAN_SECONDS_MAX = 86_400  # a day: longer, and nobody counts on it
OPERATOR = "local:operator"  # the subject of whoever runs the server: gets no starting cash and does not compete
STEPS_PER_COMMAND_MAX = 4_096  # places in the queue that one sequence number can give out


def in_hundredths(value: int) -> str:
    """A price or size as people read it: 123456 is ``1,234.56``."""
    whole, part = divmod(abs(value), 100)
    return f"{'-' if value < 0 else ''}{whole:,}.{part:02d}"


class Constituent(NamedTuple):
    """One part of a fund's basket: a market, and how many contracts of it one of the fund holds; never 0."""

    market_id: int
    multiplier: int


class Side(IntEnum):
    """Which side of the book."""

    BUY = 1
    SELL = 2


class TimeInForce(IntEnum):
    """How long an order may rest."""

    GTC = 1
    IOC = 2
    FOK = 3
    GTD = 4


class SelfTrade(IntEnum):
    """What happens where an order would trade with one of the same account; chosen by the taker."""

    CANCEL_RESTING = 1
    CANCEL_INCOMING = 2
    CANCEL_BOTH = 3
    DECREMENT_BOTH = 4


class MarketStatus(IntEnum):
    """What a market allows."""

    OPEN = 1
    HALTED = 2
    PAUSED = 3
    SETTLED = 4


class CancelReason(IntEnum):
    """Why orders ended without trading."""

    REQUESTED = 1
    EXPIRED = 2
    DISCONNECTED = 3
    DEAD_MAN = 4
    VIEWER_REMOVED = 5


class AccountKind(IntEnum):
    """What an account is."""

    USER = 1
    SUB = 2
    HOUSE = 3


class TransferKind(IntEnum):
    """Why money moved."""

    TRANSFER = 1
    GRANT = 2
    CLAW_BACK = 3
    STARTING_CASH = 4
    COVER = 5


class KeyScope(IntEnum):
    """What a key may do. A person's key is what an invitation becomes: it may do all that its user may."""

    READ = 1
    TRADE = 2
    PERSON = 3
