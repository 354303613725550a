"""The choices of the protocol, with the numbers they have on the wire."""

from enum import Enum, IntEnum, StrEnum


class WireEnum(IntEnum):
    """An enumeration of the server's; a value that this version does not know becomes ``UNRECOGNISED``."""

    @classmethod
    def _missing_(cls, _value: object) -> "WireEnum":
        return cls(0)


class Side(IntEnum):
    """Which side of the book: a bid buys, an offer sells."""

    BUY = 1
    SELL = 2


class TimeInForce(IntEnum):
    """How long an order may rest."""

    GTC = 1
    """Good till cancelled."""
    IOC = 2
    """Immediate or cancel: what does not trade at once is dropped."""
    FOK = 3
    """Fill or kill: everything trades at once or the order is refused."""
    GTD = 4
    """Good till a time."""


class SelfTradePrevention(IntEnum):
    """What happens where an order would trade with another of the same account."""

    CANCEL_RESTING = 1
    CANCEL_INCOMING = 2
    CANCEL_BOTH = 3
    DECREMENT_BOTH = 4


class MarketStatus(WireEnum):
    """What a market allows."""

    UNRECOGNISED = 0
    OPEN = 1
    """Trading."""
    HALTED = 2
    """Cancels only."""
    PAUSED = 3
    """Nothing from users."""
    SETTLED = 4
    """Final: every position has become cash."""


class AccountKind(WireEnum):
    """What an account is."""

    UNRECOGNISED = 0
    USER = 1
    SUB = 2
    HOUSE = 3


class TransferKind(WireEnum):
    """Why money moved."""

    UNRECOGNISED = 0
    TRANSFER = 1
    GRANT = 2
    CLAW_BACK = 3
    STARTING_CASH = 4
    COVER = 5


class KeyScope(WireEnum):
    """What a key may do."""

    UNRECOGNISED = 0
    READ = 1
    """Look."""
    TRADE = 2
    """Trade and look."""
    PERSON = 3
    """All that its user may: what an invitation becomes. Not to be asked for."""


class Role(WireEnum):
    """What a user may become."""

    UNRECOGNISED = 0
    TRADER = 1
    ADMIN = 2


class ConnectionState(Enum):
    """How current the state is."""

    CONNECTING = "connecting"
    """Not there yet for the first time."""
    LIVE = "live"
    """State is current; see ``lag``."""
    LOST = "lost"
    """State is as of the drop; the client tries to come back."""
    RESUMING = "resuming"
    """Back, and catching up with what was missed."""
    CLOSED = "closed"
    """The block was left, or the exchange hung up for good."""


class RefusalCode(StrEnum):
    """Why a request changed nothing. Stable names; grouped by the stage that refuses."""

    UNRECOGNISED = "UNRECOGNISED"

    UNKNOWN_REQUEST = "UNKNOWN_REQUEST"
    INVALID_VALUE = "INVALID_VALUE"
    REQUEST_ID_REUSED = "REQUEST_ID_REUSED"
    REQUEST_ID_EXPIRED = "REQUEST_ID_EXPIRED"
    TOO_LATE = "TOO_LATE"
    INTERNAL = "INTERNAL"
    DRAINING = "DRAINING"
    TOO_MANY_WAITING = "TOO_MANY_WAITING"

    NOT_AUTHENTICATED = "NOT_AUTHENTICATED"
    PROTOCOL_REVISION = "PROTOCOL_REVISION"
    INVITATION_USED = "INVITATION_USED"
    NOT_ADMITTED = "NOT_ADMITTED"

    PACE = "PACE"

    NOT_ALLOWED = "NOT_ALLOWED"
    NOT_ELEVATED = "NOT_ELEVATED"
    NOT_OWNER = "NOT_OWNER"
    UNKNOWN_ACCOUNT = "UNKNOWN_ACCOUNT"
    UNKNOWN_USER = "UNKNOWN_USER"
    NAME_TAKEN = "NAME_TAKEN"
    LIMIT_REACHED = "LIMIT_REACHED"
    SAME_ACCOUNT = "SAME_ACCOUNT"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    UNKNOWN_INVITATION = "UNKNOWN_INVITATION"
    KEY_SCOPE = "KEY_SCOPE"

    UNKNOWN_MARKET = "UNKNOWN_MARKET"
    UNKNOWN_GROUP = "UNKNOWN_GROUP"
    MARKET_NOT_OPEN = "MARKET_NOT_OPEN"
    MARKET_PAUSED = "MARKET_PAUSED"
    MARKET_SETTLED = "MARKET_SETTLED"
    MARKET_UNAVAILABLE = "MARKET_UNAVAILABLE"
    MARKET_NOT_SETTLED = "MARKET_NOT_SETTLED"
    FUND_SETTLES_ITSELF = "FUND_SETTLES_ITSELF"
    NOT_A_FUND = "NOT_A_FUND"
    PRICE_OUT_OF_BOUNDS = "PRICE_OUT_OF_BOUNDS"

    UNKNOWN_ORDER = "UNKNOWN_ORDER"
    ORDER_ENDED = "ORDER_ENDED"
    WOULD_TRADE = "WOULD_TRADE"
    CANNOT_FILL = "CANNOT_FILL"
    SELF_TRADE = "SELF_TRADE"
    TOO_MANY_ORDERS = "TOO_MANY_ORDERS"
    TOO_MANY_FILLS = "TOO_MANY_FILLS"
    POSITION_LIMIT = "POSITION_LIMIT"
    AMBIGUOUS_TAG = "AMBIGUOUS_TAG"

    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    REACH = "REACH"
