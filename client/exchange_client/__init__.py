"""A typed client for bots that trade on an exchange server.

Begin with :func:`connect`. Prices and sizes are integer hundredths, cash is integer ten-thousandths (so price × size is
cash exactly), times are nanoseconds since the epoch by the exchange's clock.
"""

from exchange_client.book import Book, BookSide, Order, RestingOrder
from exchange_client.client import connect
from exchange_client.directory import Directory
from exchange_client.enums import (
    AccountKind,
    ConnectionState,
    MarketStatus,
    RefusalCode,
    Role,
    SelfTradePrevention,
    Side,
    TimeInForce,
    TransferKind,
)
from exchange_client.errors import (
    CannotConnect,
    Closed,
    ConnectionEnded,
    ExchangeError,
    Idle,
    MissedEvents,
    Refused,
    Replaced,
    TokenExpired,
)
from exchange_client.exchange import Exchange
from exchange_client.inviting import Invitation, Invitee, NewInvitation
from exchange_client.market import Market
from exchange_client.past import Action, Candle, Fact, Holding, Page, PastOrder, Standing
from exchange_client.portfolio import Portfolio, Position
from exchange_client.streams import BookChanges, EventStream
from exchange_client.values import (
    Account,
    Announcement,
    CancelResult,
    ConnectionEvent,
    Created,
    Done,
    Group,
    Level,
    Limits,
    OrderResult,
    OwnFill,
    Trade,
    Transfer,
)

__all__ = [
    "connect", "Exchange",
    "Market", "Book", "BookSide", "Level", "Order", "RestingOrder", "Portfolio", "Position", "Directory",
    "Account", "Announcement", "Group", "Limits", "OwnFill", "Trade", "Transfer",
    "Invitation", "Invitee", "NewInvitation",
    "CancelResult", "Created", "Done", "OrderResult",
    "Action", "Candle", "Fact", "Holding", "Page", "PastOrder", "Standing",
    "BookChanges", "ConnectionEvent", "EventStream",
    "AccountKind", "ConnectionState", "MarketStatus", "RefusalCode", "Role", "SelfTradePrevention", "Side",
    "TimeInForce", "TransferKind",
    "ExchangeError", "Refused", "ConnectionEnded", "CannotConnect", "Replaced", "Idle", "TokenExpired", "Closed",
    "MissedEvents",
]  # fmt: skip
