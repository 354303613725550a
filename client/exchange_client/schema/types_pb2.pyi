from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Side(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SIDE_UNSPECIFIED: _ClassVar[Side]
    SIDE_BUY: _ClassVar[Side]
    SIDE_SELL: _ClassVar[Side]

class TimeInForce(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TIME_IN_FORCE_UNSPECIFIED: _ClassVar[TimeInForce]
    TIME_IN_FORCE_GTC: _ClassVar[TimeInForce]
    TIME_IN_FORCE_IOC: _ClassVar[TimeInForce]
    TIME_IN_FORCE_FOK: _ClassVar[TimeInForce]
    TIME_IN_FORCE_GTD: _ClassVar[TimeInForce]

class SelfTradePrevention(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SELF_TRADE_PREVENTION_UNSPECIFIED: _ClassVar[SelfTradePrevention]
    SELF_TRADE_PREVENTION_CANCEL_RESTING: _ClassVar[SelfTradePrevention]
    SELF_TRADE_PREVENTION_CANCEL_INCOMING: _ClassVar[SelfTradePrevention]
    SELF_TRADE_PREVENTION_CANCEL_BOTH: _ClassVar[SelfTradePrevention]
    SELF_TRADE_PREVENTION_DECREMENT_BOTH: _ClassVar[SelfTradePrevention]

class MarketStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MARKET_STATUS_UNSPECIFIED: _ClassVar[MarketStatus]
    MARKET_STATUS_OPEN: _ClassVar[MarketStatus]
    MARKET_STATUS_HALTED: _ClassVar[MarketStatus]
    MARKET_STATUS_PAUSED: _ClassVar[MarketStatus]
    MARKET_STATUS_SETTLED: _ClassVar[MarketStatus]

class CancelReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CANCEL_REASON_UNSPECIFIED: _ClassVar[CancelReason]
    CANCEL_REASON_REQUESTED: _ClassVar[CancelReason]
    CANCEL_REASON_EXPIRED: _ClassVar[CancelReason]
    CANCEL_REASON_DISCONNECTED: _ClassVar[CancelReason]
    CANCEL_REASON_DEAD_MAN: _ClassVar[CancelReason]
    CANCEL_REASON_VIEWER_REMOVED: _ClassVar[CancelReason]

class AccountKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACCOUNT_KIND_UNSPECIFIED: _ClassVar[AccountKind]
    ACCOUNT_KIND_USER: _ClassVar[AccountKind]
    ACCOUNT_KIND_SUB: _ClassVar[AccountKind]
    ACCOUNT_KIND_HOUSE: _ClassVar[AccountKind]

class TransferKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRANSFER_KIND_UNSPECIFIED: _ClassVar[TransferKind]
    TRANSFER_KIND_TRANSFER: _ClassVar[TransferKind]
    TRANSFER_KIND_GRANT: _ClassVar[TransferKind]
    TRANSFER_KIND_CLAW_BACK: _ClassVar[TransferKind]
    TRANSFER_KIND_STARTING_CASH: _ClassVar[TransferKind]
    TRANSFER_KIND_COVER: _ClassVar[TransferKind]

class Role(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROLE_UNSPECIFIED: _ClassVar[Role]
    ROLE_TRADER: _ClassVar[Role]
    ROLE_ADMIN: _ClassVar[Role]

class KeyScope(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    KEY_SCOPE_UNSPECIFIED: _ClassVar[KeyScope]
    KEY_SCOPE_READ: _ClassVar[KeyScope]
    KEY_SCOPE_TRADE: _ClassVar[KeyScope]
    KEY_SCOPE_PERSON: _ClassVar[KeyScope]

class RefusalCode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REFUSAL_CODE_UNSPECIFIED: _ClassVar[RefusalCode]
    REFUSAL_CODE_UNKNOWN_REQUEST: _ClassVar[RefusalCode]
    REFUSAL_CODE_INVALID_VALUE: _ClassVar[RefusalCode]
    REFUSAL_CODE_REQUEST_ID_REUSED: _ClassVar[RefusalCode]
    REFUSAL_CODE_REQUEST_ID_EXPIRED: _ClassVar[RefusalCode]
    REFUSAL_CODE_TOO_LATE: _ClassVar[RefusalCode]
    REFUSAL_CODE_INTERNAL: _ClassVar[RefusalCode]
    REFUSAL_CODE_DRAINING: _ClassVar[RefusalCode]
    REFUSAL_CODE_TOO_MANY_WAITING: _ClassVar[RefusalCode]
    REFUSAL_CODE_NOT_AUTHENTICATED: _ClassVar[RefusalCode]
    REFUSAL_CODE_PROTOCOL_REVISION: _ClassVar[RefusalCode]
    REFUSAL_CODE_INVITATION_USED: _ClassVar[RefusalCode]
    REFUSAL_CODE_NOT_ADMITTED: _ClassVar[RefusalCode]
    REFUSAL_CODE_PACE: _ClassVar[RefusalCode]
    REFUSAL_CODE_NOT_ALLOWED: _ClassVar[RefusalCode]
    REFUSAL_CODE_NOT_ELEVATED: _ClassVar[RefusalCode]
    REFUSAL_CODE_NOT_OWNER: _ClassVar[RefusalCode]
    REFUSAL_CODE_UNKNOWN_ACCOUNT: _ClassVar[RefusalCode]
    REFUSAL_CODE_UNKNOWN_USER: _ClassVar[RefusalCode]
    REFUSAL_CODE_NAME_TAKEN: _ClassVar[RefusalCode]
    REFUSAL_CODE_LIMIT_REACHED: _ClassVar[RefusalCode]
    REFUSAL_CODE_SAME_ACCOUNT: _ClassVar[RefusalCode]
    REFUSAL_CODE_UNKNOWN_KEY: _ClassVar[RefusalCode]
    REFUSAL_CODE_UNKNOWN_INVITATION: _ClassVar[RefusalCode]
    REFUSAL_CODE_KEY_SCOPE: _ClassVar[RefusalCode]
    REFUSAL_CODE_UNKNOWN_MARKET: _ClassVar[RefusalCode]
    REFUSAL_CODE_UNKNOWN_GROUP: _ClassVar[RefusalCode]
    REFUSAL_CODE_MARKET_NOT_OPEN: _ClassVar[RefusalCode]
    REFUSAL_CODE_MARKET_PAUSED: _ClassVar[RefusalCode]
    REFUSAL_CODE_MARKET_SETTLED: _ClassVar[RefusalCode]
    REFUSAL_CODE_MARKET_UNAVAILABLE: _ClassVar[RefusalCode]
    REFUSAL_CODE_MARKET_NOT_SETTLED: _ClassVar[RefusalCode]
    REFUSAL_CODE_FUND_SETTLES_ITSELF: _ClassVar[RefusalCode]
    REFUSAL_CODE_NOT_A_FUND: _ClassVar[RefusalCode]
    REFUSAL_CODE_PRICE_OUT_OF_BOUNDS: _ClassVar[RefusalCode]
    REFUSAL_CODE_UNKNOWN_ORDER: _ClassVar[RefusalCode]
    REFUSAL_CODE_ORDER_ENDED: _ClassVar[RefusalCode]
    REFUSAL_CODE_WOULD_TRADE: _ClassVar[RefusalCode]
    REFUSAL_CODE_CANNOT_FILL: _ClassVar[RefusalCode]
    REFUSAL_CODE_SELF_TRADE: _ClassVar[RefusalCode]
    REFUSAL_CODE_TOO_MANY_ORDERS: _ClassVar[RefusalCode]
    REFUSAL_CODE_TOO_MANY_FILLS: _ClassVar[RefusalCode]
    REFUSAL_CODE_POSITION_LIMIT: _ClassVar[RefusalCode]
    REFUSAL_CODE_AMBIGUOUS_TAG: _ClassVar[RefusalCode]
    REFUSAL_CODE_INSUFFICIENT_FUNDS: _ClassVar[RefusalCode]
    REFUSAL_CODE_REACH: _ClassVar[RefusalCode]
SIDE_UNSPECIFIED: Side
SIDE_BUY: Side
SIDE_SELL: Side
TIME_IN_FORCE_UNSPECIFIED: TimeInForce
TIME_IN_FORCE_GTC: TimeInForce
TIME_IN_FORCE_IOC: TimeInForce
TIME_IN_FORCE_FOK: TimeInForce
TIME_IN_FORCE_GTD: TimeInForce
SELF_TRADE_PREVENTION_UNSPECIFIED: SelfTradePrevention
SELF_TRADE_PREVENTION_CANCEL_RESTING: SelfTradePrevention
SELF_TRADE_PREVENTION_CANCEL_INCOMING: SelfTradePrevention
SELF_TRADE_PREVENTION_CANCEL_BOTH: SelfTradePrevention
SELF_TRADE_PREVENTION_DECREMENT_BOTH: SelfTradePrevention
MARKET_STATUS_UNSPECIFIED: MarketStatus
MARKET_STATUS_OPEN: MarketStatus
MARKET_STATUS_HALTED: MarketStatus
MARKET_STATUS_PAUSED: MarketStatus
MARKET_STATUS_SETTLED: MarketStatus
CANCEL_REASON_UNSPECIFIED: CancelReason
CANCEL_REASON_REQUESTED: CancelReason
CANCEL_REASON_EXPIRED: CancelReason
CANCEL_REASON_DISCONNECTED: CancelReason
CANCEL_REASON_DEAD_MAN: CancelReason
CANCEL_REASON_VIEWER_REMOVED: CancelReason
ACCOUNT_KIND_UNSPECIFIED: AccountKind
ACCOUNT_KIND_USER: AccountKind
ACCOUNT_KIND_SUB: AccountKind
ACCOUNT_KIND_HOUSE: AccountKind
TRANSFER_KIND_UNSPECIFIED: TransferKind
TRANSFER_KIND_TRANSFER: TransferKind
TRANSFER_KIND_GRANT: TransferKind
TRANSFER_KIND_CLAW_BACK: TransferKind
TRANSFER_KIND_STARTING_CASH: TransferKind
TRANSFER_KIND_COVER: TransferKind
ROLE_UNSPECIFIED: Role
ROLE_TRADER: Role
ROLE_ADMIN: Role
KEY_SCOPE_UNSPECIFIED: KeyScope
KEY_SCOPE_READ: KeyScope
KEY_SCOPE_TRADE: KeyScope
KEY_SCOPE_PERSON: KeyScope
REFUSAL_CODE_UNSPECIFIED: RefusalCode
REFUSAL_CODE_UNKNOWN_REQUEST: RefusalCode
REFUSAL_CODE_INVALID_VALUE: RefusalCode
REFUSAL_CODE_REQUEST_ID_REUSED: RefusalCode
REFUSAL_CODE_REQUEST_ID_EXPIRED: RefusalCode
REFUSAL_CODE_TOO_LATE: RefusalCode
REFUSAL_CODE_INTERNAL: RefusalCode
REFUSAL_CODE_DRAINING: RefusalCode
REFUSAL_CODE_TOO_MANY_WAITING: RefusalCode
REFUSAL_CODE_NOT_AUTHENTICATED: RefusalCode
REFUSAL_CODE_PROTOCOL_REVISION: RefusalCode
REFUSAL_CODE_INVITATION_USED: RefusalCode
REFUSAL_CODE_NOT_ADMITTED: RefusalCode
REFUSAL_CODE_PACE: RefusalCode
REFUSAL_CODE_NOT_ALLOWED: RefusalCode
REFUSAL_CODE_NOT_ELEVATED: RefusalCode
REFUSAL_CODE_NOT_OWNER: RefusalCode
REFUSAL_CODE_UNKNOWN_ACCOUNT: RefusalCode
REFUSAL_CODE_UNKNOWN_USER: RefusalCode
REFUSAL_CODE_NAME_TAKEN: RefusalCode
REFUSAL_CODE_LIMIT_REACHED: RefusalCode
REFUSAL_CODE_SAME_ACCOUNT: RefusalCode
REFUSAL_CODE_UNKNOWN_KEY: RefusalCode
REFUSAL_CODE_UNKNOWN_INVITATION: RefusalCode
REFUSAL_CODE_KEY_SCOPE: RefusalCode
REFUSAL_CODE_UNKNOWN_MARKET: RefusalCode
REFUSAL_CODE_UNKNOWN_GROUP: RefusalCode
REFUSAL_CODE_MARKET_NOT_OPEN: RefusalCode
REFUSAL_CODE_MARKET_PAUSED: RefusalCode
REFUSAL_CODE_MARKET_SETTLED: RefusalCode
REFUSAL_CODE_MARKET_UNAVAILABLE: RefusalCode
REFUSAL_CODE_MARKET_NOT_SETTLED: RefusalCode
REFUSAL_CODE_FUND_SETTLES_ITSELF: RefusalCode
REFUSAL_CODE_NOT_A_FUND: RefusalCode
REFUSAL_CODE_PRICE_OUT_OF_BOUNDS: RefusalCode
REFUSAL_CODE_UNKNOWN_ORDER: RefusalCode
REFUSAL_CODE_ORDER_ENDED: RefusalCode
REFUSAL_CODE_WOULD_TRADE: RefusalCode
REFUSAL_CODE_CANNOT_FILL: RefusalCode
REFUSAL_CODE_SELF_TRADE: RefusalCode
REFUSAL_CODE_TOO_MANY_ORDERS: RefusalCode
REFUSAL_CODE_TOO_MANY_FILLS: RefusalCode
REFUSAL_CODE_POSITION_LIMIT: RefusalCode
REFUSAL_CODE_AMBIGUOUS_TAG: RefusalCode
REFUSAL_CODE_INSUFFICIENT_FUNDS: RefusalCode
REFUSAL_CODE_REACH: RefusalCode

class Account(_message.Message):
    __slots__ = ("account_id", "name", "kind", "owner_user_ids")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    OWNER_USER_IDS_FIELD_NUMBER: _ClassVar[int]
    account_id: int
    name: str
    kind: AccountKind
    owner_user_ids: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, account_id: _Optional[int] = ..., name: _Optional[str] = ..., kind: _Optional[_Union[AccountKind, str]] = ..., owner_user_ids: _Optional[_Iterable[int]] = ...) -> None: ...

class Group(_message.Message):
    __slots__ = ("group_id", "name", "description")
    GROUP_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    group_id: int
    name: str
    description: str
    def __init__(self, group_id: _Optional[int] = ..., name: _Optional[str] = ..., description: _Optional[str] = ...) -> None: ...

class Constituent(_message.Message):
    __slots__ = ("market_id", "multiplier")
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    MULTIPLIER_FIELD_NUMBER: _ClassVar[int]
    market_id: int
    multiplier: int
    def __init__(self, market_id: _Optional[int] = ..., multiplier: _Optional[int] = ...) -> None: ...

class Market(_message.Message):
    __slots__ = ("market_id", "name", "description", "group_id", "owner_account_id", "low", "high", "status", "pinned", "restricted", "anonymous", "ranked", "position_limit", "opens_at", "closes_at", "constituents", "redeem_fee", "settlement_price", "last_trade_price", "last_trade_size", "last_trade_time", "viewer_account_ids", "created_at", "only_held")
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    GROUP_ID_FIELD_NUMBER: _ClassVar[int]
    OWNER_ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    PINNED_FIELD_NUMBER: _ClassVar[int]
    RESTRICTED_FIELD_NUMBER: _ClassVar[int]
    ANONYMOUS_FIELD_NUMBER: _ClassVar[int]
    RANKED_FIELD_NUMBER: _ClassVar[int]
    POSITION_LIMIT_FIELD_NUMBER: _ClassVar[int]
    OPENS_AT_FIELD_NUMBER: _ClassVar[int]
    CLOSES_AT_FIELD_NUMBER: _ClassVar[int]
    CONSTITUENTS_FIELD_NUMBER: _ClassVar[int]
    REDEEM_FEE_FIELD_NUMBER: _ClassVar[int]
    SETTLEMENT_PRICE_FIELD_NUMBER: _ClassVar[int]
    LAST_TRADE_PRICE_FIELD_NUMBER: _ClassVar[int]
    LAST_TRADE_SIZE_FIELD_NUMBER: _ClassVar[int]
    LAST_TRADE_TIME_FIELD_NUMBER: _ClassVar[int]
    VIEWER_ACCOUNT_IDS_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    ONLY_HELD_FIELD_NUMBER: _ClassVar[int]
    market_id: int
    name: str
    description: str
    group_id: int
    owner_account_id: int
    low: int
    high: int
    status: MarketStatus
    pinned: bool
    restricted: bool
    anonymous: bool
    ranked: bool
    position_limit: int
    opens_at: int
    closes_at: int
    constituents: _containers.RepeatedCompositeFieldContainer[Constituent]
    redeem_fee: int
    settlement_price: int
    last_trade_price: int
    last_trade_size: int
    last_trade_time: int
    viewer_account_ids: _containers.RepeatedScalarFieldContainer[int]
    created_at: int
    only_held: bool
    def __init__(self, market_id: _Optional[int] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., group_id: _Optional[int] = ..., owner_account_id: _Optional[int] = ..., low: _Optional[int] = ..., high: _Optional[int] = ..., status: _Optional[_Union[MarketStatus, str]] = ..., pinned: bool = ..., restricted: bool = ..., anonymous: bool = ..., ranked: bool = ..., position_limit: _Optional[int] = ..., opens_at: _Optional[int] = ..., closes_at: _Optional[int] = ..., constituents: _Optional[_Iterable[_Union[Constituent, _Mapping]]] = ..., redeem_fee: _Optional[int] = ..., settlement_price: _Optional[int] = ..., last_trade_price: _Optional[int] = ..., last_trade_size: _Optional[int] = ..., last_trade_time: _Optional[int] = ..., viewer_account_ids: _Optional[_Iterable[int]] = ..., created_at: _Optional[int] = ..., only_held: bool = ...) -> None: ...

class Order(_message.Message):
    __slots__ = ("order_id", "market_id", "account_id", "side", "price", "size", "remaining", "tag", "expires_at", "placed_at", "post_only", "filled", "time_in_force", "placed_sequence", "ended_sequence")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    TAG_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    PLACED_AT_FIELD_NUMBER: _ClassVar[int]
    POST_ONLY_FIELD_NUMBER: _ClassVar[int]
    FILLED_FIELD_NUMBER: _ClassVar[int]
    TIME_IN_FORCE_FIELD_NUMBER: _ClassVar[int]
    PLACED_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    ENDED_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    order_id: int
    market_id: int
    account_id: int
    side: Side
    price: int
    size: int
    remaining: int
    tag: bytes
    expires_at: int
    placed_at: int
    post_only: bool
    filled: int
    time_in_force: TimeInForce
    placed_sequence: int
    ended_sequence: int
    def __init__(self, order_id: _Optional[int] = ..., market_id: _Optional[int] = ..., account_id: _Optional[int] = ..., side: _Optional[_Union[Side, str]] = ..., price: _Optional[int] = ..., size: _Optional[int] = ..., remaining: _Optional[int] = ..., tag: _Optional[bytes] = ..., expires_at: _Optional[int] = ..., placed_at: _Optional[int] = ..., post_only: bool = ..., filled: _Optional[int] = ..., time_in_force: _Optional[_Union[TimeInForce, str]] = ..., placed_sequence: _Optional[int] = ..., ended_sequence: _Optional[int] = ...) -> None: ...

class Book(_message.Message):
    __slots__ = ("market_id", "orders")
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    ORDERS_FIELD_NUMBER: _ClassVar[int]
    market_id: int
    orders: _containers.RepeatedCompositeFieldContainer[Order]
    def __init__(self, market_id: _Optional[int] = ..., orders: _Optional[_Iterable[_Union[Order, _Mapping]]] = ...) -> None: ...

class Position(_message.Message):
    __slots__ = ("market_id", "size", "cost", "cash_flow")
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    COST_FIELD_NUMBER: _ClassVar[int]
    CASH_FLOW_FIELD_NUMBER: _ClassVar[int]
    market_id: int
    size: int
    cost: int
    cash_flow: int
    def __init__(self, market_id: _Optional[int] = ..., size: _Optional[int] = ..., cost: _Optional[int] = ..., cash_flow: _Optional[int] = ...) -> None: ...

class Portfolio(_message.Message):
    __slots__ = ("account_id", "cash", "available", "positions")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    CASH_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    account_id: int
    cash: int
    available: int
    positions: _containers.RepeatedCompositeFieldContainer[Position]
    def __init__(self, account_id: _Optional[int] = ..., cash: _Optional[int] = ..., available: _Optional[int] = ..., positions: _Optional[_Iterable[_Union[Position, _Mapping]]] = ...) -> None: ...

class TransferRecord(_message.Message):
    __slots__ = ("transfer_id", "kind", "from_account_id", "to_account_id", "amount", "note", "initiator_user_id", "time")
    TRANSFER_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    FROM_ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    TO_ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    INITIATOR_USER_ID_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    transfer_id: int
    kind: TransferKind
    from_account_id: int
    to_account_id: int
    amount: int
    note: str
    initiator_user_id: int
    time: int
    def __init__(self, transfer_id: _Optional[int] = ..., kind: _Optional[_Union[TransferKind, str]] = ..., from_account_id: _Optional[int] = ..., to_account_id: _Optional[int] = ..., amount: _Optional[int] = ..., note: _Optional[str] = ..., initiator_user_id: _Optional[int] = ..., time: _Optional[int] = ...) -> None: ...

class Announcement(_message.Message):
    __slots__ = ("text", "time")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    text: str
    time: int
    def __init__(self, text: _Optional[str] = ..., time: _Optional[int] = ...) -> None: ...
