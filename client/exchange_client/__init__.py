"""A typed client for bots that trade on an exchange server.

Begin with :func:`connect` on Trio, or with :func:`connect_sync` anywhere else; both have the same names. Prices, sizes
and cash go in as ``int``, ``float``, ``Decimal`` or ``str`` and come out as :class:`Number`, exact decimals. Times are
nanoseconds since the epoch by the exchange's clock.
"""

from exchange_client.asking import Amend, Buy, Cancel, Sell
from exchange_client.book import Book, BookSide, Order, RestingOrder
from exchange_client.client import connect
from exchange_client.directory import Directory
from exchange_client.enums import (
    AccountKind,
    ConnectionState,
    KeyScope,
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
    OutcomeUnknown,
    Refused,
    Replaced,
    TokenExpired,
)
from exchange_client.exchange import Exchange
from exchange_client.health import Depth, Durations, Health
from exchange_client.inviting import Invitation, Invitee, NewInvitation
from exchange_client.number import Number, Numeric
from exchange_client.past import Action, Candle, Fact, FeedFact, Holding, Page, PastOrder, Standing, StatusChange
from exchange_client.portfolio import Portfolio, Position
from exchange_client.streams import BookChanges, EventStream
from exchange_client.sync import SyncExchange, SyncMarket, connect_sync
from exchange_client.trading import Market
from exchange_client.values import (
    Account,
    Announcement,
    ApiKey,
    BatchResult,
    CancelResult,
    ConnectionEvent,
    Created,
    Done,
    Group,
    Level,
    Limits,
    NewApiKey,
    OrderResult,
    OwnFill,
    Quotes,
    Trade,
    Transfer,
    to_datetime,
)

__all__ = [
    "connect", "connect_sync", "Exchange", "SyncExchange",
    "Market", "SyncMarket", "Book", "BookSide", "Level", "Order", "RestingOrder", "Portfolio", "Position", "Directory",
    "Number", "Numeric", "to_datetime",
    "Buy", "Sell", "Amend", "Cancel",
    "Account", "Announcement", "ApiKey", "NewApiKey", "Group", "Limits", "OwnFill", "Trade", "Transfer",
    "Invitation", "Invitee", "NewInvitation",
    "BatchResult", "CancelResult", "Created", "Done", "OrderResult", "Quotes",
    "Action", "Candle", "Fact", "FeedFact", "Holding", "Page", "PastOrder", "Standing",
    "StatusChange",
    "Depth", "Durations", "Health",
    "BookChanges", "ConnectionEvent", "EventStream",
    "AccountKind", "ConnectionState", "KeyScope", "MarketStatus", "RefusalCode", "Role", "SelfTradePrevention", "Side",
    "TimeInForce", "TransferKind",
    "ExchangeError", "Refused", "OutcomeUnknown", "ConnectionEnded", "CannotConnect", "Replaced", "Idle",
    "TokenExpired", "Closed", "MissedEvents",
]  # fmt: skip
