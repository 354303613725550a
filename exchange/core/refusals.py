"""Refusals: values that say why a command changed nothing."""

from enum import IntEnum
from typing import NamedTuple


class Code(IntEnum):
    """Stable codes, grouped by the stage that refuses: the same numbers as on the wire."""

    UNKNOWN_REQUEST = 100
    INVALID_VALUE = 101
    REQUEST_ID_REUSED = 102
    REQUEST_ID_EXPIRED = 103
    TOO_LATE = 104
    INTERNAL = 105
    DRAINING = 106
    TOO_MANY_WAITING = 107

    NOT_AUTHENTICATED = 200
    PROTOCOL_REVISION = 201
    INVITATION_USED = 202
    NOT_ADMITTED = 203

    PACE = 300

    NOT_ALLOWED = 400
    NOT_ELEVATED = 401
    NOT_OWNER = 402
    UNKNOWN_ACCOUNT = 403
    UNKNOWN_USER = 404
    NAME_TAKEN = 405
    LIMIT_REACHED = 406
    SAME_ACCOUNT = 407
    UNKNOWN_KEY = 408
    UNKNOWN_INVITATION = 409
    KEY_SCOPE = 410

    UNKNOWN_MARKET = 500
    UNKNOWN_GROUP = 501
    MARKET_NOT_OPEN = 502
    MARKET_PAUSED = 503
    MARKET_SETTLED = 504
    MARKET_UNAVAILABLE = 505
    MARKET_NOT_SETTLED = 506
    FUND_SETTLES_ITSELF = 507
    NOT_A_FUND = 508
    PRICE_OUT_OF_BOUNDS = 509

    UNKNOWN_ORDER = 600
    ORDER_ENDED = 601
    WOULD_TRADE = 602
    CANNOT_FILL = 603
    SELF_TRADE = 604
    TOO_MANY_ORDERS = 605
    TOO_MANY_FILLS = 606
    POSITION_LIMIT = 607
    AMBIGUOUS_TAG = 608

    INSUFFICIENT_FUNDS = 700
    REACH = 701


class Refusal(NamedTuple):
    """Why a command changed nothing: a stable code, the field at fault and a sentence for people."""

    code: Code
    field: str
    message: str
    retry_after_ms: int = 0
