from exchange_client.schema import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ClientFrame(_message.Message):
    __slots__ = ("messages",)
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    messages: _containers.RepeatedCompositeFieldContainer[ClientMessage]
    def __init__(self, messages: _Optional[_Iterable[_Union[ClientMessage, _Mapping]]] = ...) -> None: ...

class ClientMessage(_message.Message):
    __slots__ = ("request_id", "valid_until", "place_order", "amend_order", "cancel_order", "cancel_orders", "batch", "redeem", "authenticate", "act_as", "set_elevated", "set_cancel_on_disconnect", "set_dead_man_timer", "ping", "refresh_token", "create_market", "edit_market", "set_market_status", "halt_all", "settle_market", "unsettle_market", "create_group", "edit_group", "announce", "create_account", "rename_account", "share_account", "revoke_access", "transfer", "grant", "claw_back", "create_api_key", "revoke_api_key", "list_api_keys", "create_invitations", "revoke_invitation", "list_invitations", "get_trades", "get_orders", "get_transfers", "get_candles", "get_leaderboard", "get_market_positions", "get_audit", "get_market_facts", "get_fills", "get_health")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    PLACE_ORDER_FIELD_NUMBER: _ClassVar[int]
    AMEND_ORDER_FIELD_NUMBER: _ClassVar[int]
    CANCEL_ORDER_FIELD_NUMBER: _ClassVar[int]
    CANCEL_ORDERS_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    REDEEM_FIELD_NUMBER: _ClassVar[int]
    AUTHENTICATE_FIELD_NUMBER: _ClassVar[int]
    ACT_AS_FIELD_NUMBER: _ClassVar[int]
    SET_ELEVATED_FIELD_NUMBER: _ClassVar[int]
    SET_CANCEL_ON_DISCONNECT_FIELD_NUMBER: _ClassVar[int]
    SET_DEAD_MAN_TIMER_FIELD_NUMBER: _ClassVar[int]
    PING_FIELD_NUMBER: _ClassVar[int]
    REFRESH_TOKEN_FIELD_NUMBER: _ClassVar[int]
    CREATE_MARKET_FIELD_NUMBER: _ClassVar[int]
    EDIT_MARKET_FIELD_NUMBER: _ClassVar[int]
    SET_MARKET_STATUS_FIELD_NUMBER: _ClassVar[int]
    HALT_ALL_FIELD_NUMBER: _ClassVar[int]
    SETTLE_MARKET_FIELD_NUMBER: _ClassVar[int]
    UNSETTLE_MARKET_FIELD_NUMBER: _ClassVar[int]
    CREATE_GROUP_FIELD_NUMBER: _ClassVar[int]
    EDIT_GROUP_FIELD_NUMBER: _ClassVar[int]
    ANNOUNCE_FIELD_NUMBER: _ClassVar[int]
    CREATE_ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    RENAME_ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    SHARE_ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    REVOKE_ACCESS_FIELD_NUMBER: _ClassVar[int]
    TRANSFER_FIELD_NUMBER: _ClassVar[int]
    GRANT_FIELD_NUMBER: _ClassVar[int]
    CLAW_BACK_FIELD_NUMBER: _ClassVar[int]
    CREATE_API_KEY_FIELD_NUMBER: _ClassVar[int]
    REVOKE_API_KEY_FIELD_NUMBER: _ClassVar[int]
    LIST_API_KEYS_FIELD_NUMBER: _ClassVar[int]
    CREATE_INVITATIONS_FIELD_NUMBER: _ClassVar[int]
    REVOKE_INVITATION_FIELD_NUMBER: _ClassVar[int]
    LIST_INVITATIONS_FIELD_NUMBER: _ClassVar[int]
    GET_TRADES_FIELD_NUMBER: _ClassVar[int]
    GET_ORDERS_FIELD_NUMBER: _ClassVar[int]
    GET_TRANSFERS_FIELD_NUMBER: _ClassVar[int]
    GET_CANDLES_FIELD_NUMBER: _ClassVar[int]
    GET_LEADERBOARD_FIELD_NUMBER: _ClassVar[int]
    GET_MARKET_POSITIONS_FIELD_NUMBER: _ClassVar[int]
    GET_AUDIT_FIELD_NUMBER: _ClassVar[int]
    GET_MARKET_FACTS_FIELD_NUMBER: _ClassVar[int]
    GET_FILLS_FIELD_NUMBER: _ClassVar[int]
    GET_HEALTH_FIELD_NUMBER: _ClassVar[int]
    request_id: int
    valid_until: int
    place_order: PlaceOrder
    amend_order: AmendOrder
    cancel_order: CancelOrder
    cancel_orders: CancelOrders
    batch: Batch
    redeem: Redeem
    authenticate: Authenticate
    act_as: ActAs
    set_elevated: SetElevated
    set_cancel_on_disconnect: SetCancelOnDisconnect
    set_dead_man_timer: SetDeadManTimer
    ping: Ping
    refresh_token: RefreshToken
    create_market: CreateMarket
    edit_market: EditMarket
    set_market_status: SetMarketStatus
    halt_all: HaltAll
    settle_market: SettleMarket
    unsettle_market: UnsettleMarket
    create_group: CreateGroup
    edit_group: EditGroup
    announce: Announce
    create_account: CreateAccount
    rename_account: RenameAccount
    share_account: ShareAccount
    revoke_access: RevokeAccess
    transfer: Transfer
    grant: Grant
    claw_back: ClawBack
    create_api_key: CreateApiKey
    revoke_api_key: RevokeApiKey
    list_api_keys: ListApiKeys
    create_invitations: CreateInvitations
    revoke_invitation: RevokeInvitation
    list_invitations: ListInvitations
    get_trades: GetTrades
    get_orders: GetOrders
    get_transfers: GetTransfers
    get_candles: GetCandles
    get_leaderboard: GetLeaderboard
    get_market_positions: GetMarketPositions
    get_audit: GetAudit
    get_market_facts: GetMarketFacts
    get_fills: GetFills
    get_health: GetHealth
    def __init__(self, request_id: _Optional[int] = ..., valid_until: _Optional[int] = ..., place_order: _Optional[_Union[PlaceOrder, _Mapping]] = ..., amend_order: _Optional[_Union[AmendOrder, _Mapping]] = ..., cancel_order: _Optional[_Union[CancelOrder, _Mapping]] = ..., cancel_orders: _Optional[_Union[CancelOrders, _Mapping]] = ..., batch: _Optional[_Union[Batch, _Mapping]] = ..., redeem: _Optional[_Union[Redeem, _Mapping]] = ..., authenticate: _Optional[_Union[Authenticate, _Mapping]] = ..., act_as: _Optional[_Union[ActAs, _Mapping]] = ..., set_elevated: _Optional[_Union[SetElevated, _Mapping]] = ..., set_cancel_on_disconnect: _Optional[_Union[SetCancelOnDisconnect, _Mapping]] = ..., set_dead_man_timer: _Optional[_Union[SetDeadManTimer, _Mapping]] = ..., ping: _Optional[_Union[Ping, _Mapping]] = ..., refresh_token: _Optional[_Union[RefreshToken, _Mapping]] = ..., create_market: _Optional[_Union[CreateMarket, _Mapping]] = ..., edit_market: _Optional[_Union[EditMarket, _Mapping]] = ..., set_market_status: _Optional[_Union[SetMarketStatus, _Mapping]] = ..., halt_all: _Optional[_Union[HaltAll, _Mapping]] = ..., settle_market: _Optional[_Union[SettleMarket, _Mapping]] = ..., unsettle_market: _Optional[_Union[UnsettleMarket, _Mapping]] = ..., create_group: _Optional[_Union[CreateGroup, _Mapping]] = ..., edit_group: _Optional[_Union[EditGroup, _Mapping]] = ..., announce: _Optional[_Union[Announce, _Mapping]] = ..., create_account: _Optional[_Union[CreateAccount, _Mapping]] = ..., rename_account: _Optional[_Union[RenameAccount, _Mapping]] = ..., share_account: _Optional[_Union[ShareAccount, _Mapping]] = ..., revoke_access: _Optional[_Union[RevokeAccess, _Mapping]] = ..., transfer: _Optional[_Union[Transfer, _Mapping]] = ..., grant: _Optional[_Union[Grant, _Mapping]] = ..., claw_back: _Optional[_Union[ClawBack, _Mapping]] = ..., create_api_key: _Optional[_Union[CreateApiKey, _Mapping]] = ..., revoke_api_key: _Optional[_Union[RevokeApiKey, _Mapping]] = ..., list_api_keys: _Optional[_Union[ListApiKeys, _Mapping]] = ..., create_invitations: _Optional[_Union[CreateInvitations, _Mapping]] = ..., revoke_invitation: _Optional[_Union[RevokeInvitation, _Mapping]] = ..., list_invitations: _Optional[_Union[ListInvitations, _Mapping]] = ..., get_trades: _Optional[_Union[GetTrades, _Mapping]] = ..., get_orders: _Optional[_Union[GetOrders, _Mapping]] = ..., get_transfers: _Optional[_Union[GetTransfers, _Mapping]] = ..., get_candles: _Optional[_Union[GetCandles, _Mapping]] = ..., get_leaderboard: _Optional[_Union[GetLeaderboard, _Mapping]] = ..., get_market_positions: _Optional[_Union[GetMarketPositions, _Mapping]] = ..., get_audit: _Optional[_Union[GetAudit, _Mapping]] = ..., get_market_facts: _Optional[_Union[GetMarketFacts, _Mapping]] = ..., get_fills: _Optional[_Union[GetFills, _Mapping]] = ..., get_health: _Optional[_Union[GetHealth, _Mapping]] = ...) -> None: ...

class ResumePoint(_message.Message):
    __slots__ = ("exchange_id", "sequence", "time", "view")
    EXCHANGE_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    exchange_id: bytes
    sequence: int
    time: int
    view: bytes
    def __init__(self, exchange_id: _Optional[bytes] = ..., sequence: _Optional[int] = ..., time: _Optional[int] = ..., view: _Optional[bytes] = ...) -> None: ...

class Authenticate(_message.Message):
    __slots__ = ("token", "session", "client", "protocol_revision", "act_as_account_id", "resume", "market_ids", "name", "id_token")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_REVISION_FIELD_NUMBER: _ClassVar[int]
    ACT_AS_ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    RESUME_FIELD_NUMBER: _ClassVar[int]
    MARKET_IDS_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ID_TOKEN_FIELD_NUMBER: _ClassVar[int]
    token: str
    session: bytes
    client: str
    protocol_revision: int
    act_as_account_id: int
    resume: ResumePoint
    market_ids: _containers.RepeatedScalarFieldContainer[int]
    name: str
    id_token: str
    def __init__(self, token: _Optional[str] = ..., session: _Optional[bytes] = ..., client: _Optional[str] = ..., protocol_revision: _Optional[int] = ..., act_as_account_id: _Optional[int] = ..., resume: _Optional[_Union[ResumePoint, _Mapping]] = ..., market_ids: _Optional[_Iterable[int]] = ..., name: _Optional[str] = ..., id_token: _Optional[str] = ...) -> None: ...

class RefreshToken(_message.Message):
    __slots__ = ("token",)
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    token: str
    def __init__(self, token: _Optional[str] = ...) -> None: ...

class ActAs(_message.Message):
    __slots__ = ("account_id",)
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    account_id: int
    def __init__(self, account_id: _Optional[int] = ...) -> None: ...

class SetElevated(_message.Message):
    __slots__ = ("elevated",)
    ELEVATED_FIELD_NUMBER: _ClassVar[int]
    elevated: bool
    def __init__(self, elevated: bool = ...) -> None: ...

class SetCancelOnDisconnect(_message.Message):
    __slots__ = ("enabled",)
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    enabled: bool
    def __init__(self, enabled: bool = ...) -> None: ...

class SetDeadManTimer(_message.Message):
    __slots__ = ("seconds",)
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    seconds: int
    def __init__(self, seconds: _Optional[int] = ...) -> None: ...

class Ping(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class PlaceOrder(_message.Message):
    __slots__ = ("market_id", "side", "price", "size", "time_in_force", "post_only", "self_trade_prevention", "tag", "expires_at", "market_order")
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    TIME_IN_FORCE_FIELD_NUMBER: _ClassVar[int]
    POST_ONLY_FIELD_NUMBER: _ClassVar[int]
    SELF_TRADE_PREVENTION_FIELD_NUMBER: _ClassVar[int]
    TAG_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    MARKET_ORDER_FIELD_NUMBER: _ClassVar[int]
    market_id: int
    side: _types_pb2.Side
    price: int
    size: int
    time_in_force: _types_pb2.TimeInForce
    post_only: bool
    self_trade_prevention: _types_pb2.SelfTradePrevention
    tag: bytes
    expires_at: int
    market_order: bool
    def __init__(self, market_id: _Optional[int] = ..., side: _Optional[_Union[_types_pb2.Side, str]] = ..., price: _Optional[int] = ..., size: _Optional[int] = ..., time_in_force: _Optional[_Union[_types_pb2.TimeInForce, str]] = ..., post_only: bool = ..., self_trade_prevention: _Optional[_Union[_types_pb2.SelfTradePrevention, str]] = ..., tag: _Optional[bytes] = ..., expires_at: _Optional[int] = ..., market_order: bool = ...) -> None: ...

class AmendOrder(_message.Message):
    __slots__ = ("market_id", "order_id", "tag", "price", "size", "self_trade_prevention")
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    TAG_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    SELF_TRADE_PREVENTION_FIELD_NUMBER: _ClassVar[int]
    market_id: int
    order_id: int
    tag: bytes
    price: int
    size: int
    self_trade_prevention: _types_pb2.SelfTradePrevention
    def __init__(self, market_id: _Optional[int] = ..., order_id: _Optional[int] = ..., tag: _Optional[bytes] = ..., price: _Optional[int] = ..., size: _Optional[int] = ..., self_trade_prevention: _Optional[_Union[_types_pb2.SelfTradePrevention, str]] = ...) -> None: ...

class CancelOrder(_message.Message):
    __slots__ = ("market_id", "order_id", "tag")
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    TAG_FIELD_NUMBER: _ClassVar[int]
    market_id: int
    order_id: int
    tag: bytes
    def __init__(self, market_id: _Optional[int] = ..., order_id: _Optional[int] = ..., tag: _Optional[bytes] = ...) -> None: ...

class CancelOrders(_message.Message):
    __slots__ = ("market_id", "side")
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    market_id: int
    side: _types_pb2.Side
    def __init__(self, market_id: _Optional[int] = ..., side: _Optional[_Union[_types_pb2.Side, str]] = ...) -> None: ...

class BatchStep(_message.Message):
    __slots__ = ("place_order", "amend_order", "cancel_order")
    PLACE_ORDER_FIELD_NUMBER: _ClassVar[int]
    AMEND_ORDER_FIELD_NUMBER: _ClassVar[int]
    CANCEL_ORDER_FIELD_NUMBER: _ClassVar[int]
    place_order: PlaceOrder
    amend_order: AmendOrder
    cancel_order: CancelOrder
    def __init__(self, place_order: _Optional[_Union[PlaceOrder, _Mapping]] = ..., amend_order: _Optional[_Union[AmendOrder, _Mapping]] = ..., cancel_order: _Optional[_Union[CancelOrder, _Mapping]] = ...) -> None: ...

class Batch(_message.Message):
    __slots__ = ("market_id", "steps")
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    market_id: int
    steps: _containers.RepeatedCompositeFieldContainer[BatchStep]
    def __init__(self, market_id: _Optional[int] = ..., steps: _Optional[_Iterable[_Union[BatchStep, _Mapping]]] = ...) -> None: ...

class Redeem(_message.Message):
    __slots__ = ("market_id", "size")
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    market_id: int
    size: int
    def __init__(self, market_id: _Optional[int] = ..., size: _Optional[int] = ...) -> None: ...

class CreateMarket(_message.Message):
    __slots__ = ("name", "description", "group_id", "low", "high", "constituents", "redeem_fee", "pinned", "restricted", "anonymous", "unranked", "position_limit", "opens_at", "closes_at", "viewer_account_ids")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    GROUP_ID_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    CONSTITUENTS_FIELD_NUMBER: _ClassVar[int]
    REDEEM_FEE_FIELD_NUMBER: _ClassVar[int]
    PINNED_FIELD_NUMBER: _ClassVar[int]
    RESTRICTED_FIELD_NUMBER: _ClassVar[int]
    ANONYMOUS_FIELD_NUMBER: _ClassVar[int]
    UNRANKED_FIELD_NUMBER: _ClassVar[int]
    POSITION_LIMIT_FIELD_NUMBER: _ClassVar[int]
    OPENS_AT_FIELD_NUMBER: _ClassVar[int]
    CLOSES_AT_FIELD_NUMBER: _ClassVar[int]
    VIEWER_ACCOUNT_IDS_FIELD_NUMBER: _ClassVar[int]
    name: str
    description: str
    group_id: int
    low: int
    high: int
    constituents: _containers.RepeatedCompositeFieldContainer[_types_pb2.Constituent]
    redeem_fee: int
    pinned: bool
    restricted: bool
    anonymous: bool
    unranked: bool
    position_limit: int
    opens_at: int
    closes_at: int
    viewer_account_ids: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, name: _Optional[str] = ..., description: _Optional[str] = ..., group_id: _Optional[int] = ..., low: _Optional[int] = ..., high: _Optional[int] = ..., constituents: _Optional[_Iterable[_Union[_types_pb2.Constituent, _Mapping]]] = ..., redeem_fee: _Optional[int] = ..., pinned: bool = ..., restricted: bool = ..., anonymous: bool = ..., unranked: bool = ..., position_limit: _Optional[int] = ..., opens_at: _Optional[int] = ..., closes_at: _Optional[int] = ..., viewer_account_ids: _Optional[_Iterable[int]] = ...) -> None: ...

class EditMarket(_message.Message):
    __slots__ = ("market_id", "name", "description", "group_id", "pinned", "restricted", "anonymous", "ranked", "position_limit", "opens_at", "closes_at", "redeem_fee", "add_viewer_account_ids", "remove_viewer_account_ids")
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    GROUP_ID_FIELD_NUMBER: _ClassVar[int]
    PINNED_FIELD_NUMBER: _ClassVar[int]
    RESTRICTED_FIELD_NUMBER: _ClassVar[int]
    ANONYMOUS_FIELD_NUMBER: _ClassVar[int]
    RANKED_FIELD_NUMBER: _ClassVar[int]
    POSITION_LIMIT_FIELD_NUMBER: _ClassVar[int]
    OPENS_AT_FIELD_NUMBER: _ClassVar[int]
    CLOSES_AT_FIELD_NUMBER: _ClassVar[int]
    REDEEM_FEE_FIELD_NUMBER: _ClassVar[int]
    ADD_VIEWER_ACCOUNT_IDS_FIELD_NUMBER: _ClassVar[int]
    REMOVE_VIEWER_ACCOUNT_IDS_FIELD_NUMBER: _ClassVar[int]
    market_id: int
    name: str
    description: str
    group_id: int
    pinned: bool
    restricted: bool
    anonymous: bool
    ranked: bool
    position_limit: int
    opens_at: int
    closes_at: int
    redeem_fee: int
    add_viewer_account_ids: _containers.RepeatedScalarFieldContainer[int]
    remove_viewer_account_ids: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, market_id: _Optional[int] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., group_id: _Optional[int] = ..., pinned: bool = ..., restricted: bool = ..., anonymous: bool = ..., ranked: bool = ..., position_limit: _Optional[int] = ..., opens_at: _Optional[int] = ..., closes_at: _Optional[int] = ..., redeem_fee: _Optional[int] = ..., add_viewer_account_ids: _Optional[_Iterable[int]] = ..., remove_viewer_account_ids: _Optional[_Iterable[int]] = ...) -> None: ...

class SetMarketStatus(_message.Message):
    __slots__ = ("market_id", "status")
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    market_id: int
    status: _types_pb2.MarketStatus
    def __init__(self, market_id: _Optional[int] = ..., status: _Optional[_Union[_types_pb2.MarketStatus, str]] = ...) -> None: ...

class HaltAll(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SettleMarket(_message.Message):
    __slots__ = ("market_id", "price")
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    market_id: int
    price: int
    def __init__(self, market_id: _Optional[int] = ..., price: _Optional[int] = ...) -> None: ...

class UnsettleMarket(_message.Message):
    __slots__ = ("market_id", "cover")
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    COVER_FIELD_NUMBER: _ClassVar[int]
    market_id: int
    cover: bool
    def __init__(self, market_id: _Optional[int] = ..., cover: bool = ...) -> None: ...

class CreateGroup(_message.Message):
    __slots__ = ("name", "description")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    name: str
    description: str
    def __init__(self, name: _Optional[str] = ..., description: _Optional[str] = ...) -> None: ...

class EditGroup(_message.Message):
    __slots__ = ("group_id", "name", "description")
    GROUP_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    group_id: int
    name: str
    description: str
    def __init__(self, group_id: _Optional[int] = ..., name: _Optional[str] = ..., description: _Optional[str] = ...) -> None: ...

class Announce(_message.Message):
    __slots__ = ("text",)
    TEXT_FIELD_NUMBER: _ClassVar[int]
    text: str
    def __init__(self, text: _Optional[str] = ...) -> None: ...

class CreateAccount(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class RenameAccount(_message.Message):
    __slots__ = ("account_id", "name")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    account_id: int
    name: str
    def __init__(self, account_id: _Optional[int] = ..., name: _Optional[str] = ...) -> None: ...

class ShareAccount(_message.Message):
    __slots__ = ("account_id", "with_account_id")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    WITH_ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    account_id: int
    with_account_id: int
    def __init__(self, account_id: _Optional[int] = ..., with_account_id: _Optional[int] = ...) -> None: ...

class RevokeAccess(_message.Message):
    __slots__ = ("account_id", "from_account_id")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    FROM_ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    account_id: int
    from_account_id: int
    def __init__(self, account_id: _Optional[int] = ..., from_account_id: _Optional[int] = ...) -> None: ...

class Transfer(_message.Message):
    __slots__ = ("from_account_id", "to_account_id", "amount", "note")
    FROM_ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    TO_ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    from_account_id: int
    to_account_id: int
    amount: int
    note: str
    def __init__(self, from_account_id: _Optional[int] = ..., to_account_id: _Optional[int] = ..., amount: _Optional[int] = ..., note: _Optional[str] = ...) -> None: ...

class Grant(_message.Message):
    __slots__ = ("to_account_id", "amount", "note")
    TO_ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    to_account_id: int
    amount: int
    note: str
    def __init__(self, to_account_id: _Optional[int] = ..., amount: _Optional[int] = ..., note: _Optional[str] = ...) -> None: ...

class ClawBack(_message.Message):
    __slots__ = ("from_account_id", "amount", "note")
    FROM_ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    from_account_id: int
    amount: int
    note: str
    def __init__(self, from_account_id: _Optional[int] = ..., amount: _Optional[int] = ..., note: _Optional[str] = ...) -> None: ...

class CreateApiKey(_message.Message):
    __slots__ = ("account_id", "scope", "expires_at", "label")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    account_id: int
    scope: _types_pb2.KeyScope
    expires_at: int
    label: str
    def __init__(self, account_id: _Optional[int] = ..., scope: _Optional[_Union[_types_pb2.KeyScope, str]] = ..., expires_at: _Optional[int] = ..., label: _Optional[str] = ...) -> None: ...

class RevokeApiKey(_message.Message):
    __slots__ = ("key_id",)
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    key_id: int
    def __init__(self, key_id: _Optional[int] = ...) -> None: ...

class ListApiKeys(_message.Message):
    __slots__ = ("everybody",)
    EVERYBODY_FIELD_NUMBER: _ClassVar[int]
    everybody: bool
    def __init__(self, everybody: bool = ...) -> None: ...

class NewInvitation(_message.Message):
    __slots__ = ("name", "note", "starting_cash", "for_account_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    STARTING_CASH_FIELD_NUMBER: _ClassVar[int]
    FOR_ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    note: str
    starting_cash: int
    for_account_id: int
    def __init__(self, name: _Optional[str] = ..., note: _Optional[str] = ..., starting_cash: _Optional[int] = ..., for_account_id: _Optional[int] = ...) -> None: ...

class CreateInvitations(_message.Message):
    __slots__ = ("invitations",)
    INVITATIONS_FIELD_NUMBER: _ClassVar[int]
    invitations: _containers.RepeatedCompositeFieldContainer[NewInvitation]
    def __init__(self, invitations: _Optional[_Iterable[_Union[NewInvitation, _Mapping]]] = ...) -> None: ...

class RevokeInvitation(_message.Message):
    __slots__ = ("invitation_id",)
    INVITATION_ID_FIELD_NUMBER: _ClassVar[int]
    invitation_id: int
    def __init__(self, invitation_id: _Optional[int] = ...) -> None: ...

class ListInvitations(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Page(_message.Message):
    __slots__ = ("before", "after", "limit")
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    before: int
    after: int
    limit: int
    def __init__(self, before: _Optional[int] = ..., after: _Optional[int] = ..., limit: _Optional[int] = ...) -> None: ...

class GetTrades(_message.Message):
    __slots__ = ("market_id", "page")
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_FIELD_NUMBER: _ClassVar[int]
    market_id: int
    page: Page
    def __init__(self, market_id: _Optional[int] = ..., page: _Optional[_Union[Page, _Mapping]] = ...) -> None: ...

class GetOrders(_message.Message):
    __slots__ = ("market_id", "page")
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_FIELD_NUMBER: _ClassVar[int]
    market_id: int
    page: Page
    def __init__(self, market_id: _Optional[int] = ..., page: _Optional[_Union[Page, _Mapping]] = ...) -> None: ...

class GetFills(_message.Message):
    __slots__ = ("market_id", "page")
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_FIELD_NUMBER: _ClassVar[int]
    market_id: int
    page: Page
    def __init__(self, market_id: _Optional[int] = ..., page: _Optional[_Union[Page, _Mapping]] = ...) -> None: ...

class GetTransfers(_message.Message):
    __slots__ = ("page",)
    PAGE_FIELD_NUMBER: _ClassVar[int]
    page: Page
    def __init__(self, page: _Optional[_Union[Page, _Mapping]] = ...) -> None: ...

class GetCandles(_message.Message):
    __slots__ = ("market_id", "interval_seconds", "to")
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_SECONDS_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    market_id: int
    interval_seconds: int
    to: int
    def __init__(self, market_id: _Optional[int] = ..., interval_seconds: _Optional[int] = ..., to: _Optional[int] = ..., **kwargs) -> None: ...

class GetLeaderboard(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetMarketPositions(_message.Message):
    __slots__ = ("market_id",)
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    market_id: int
    def __init__(self, market_id: _Optional[int] = ...) -> None: ...

class GetAudit(_message.Message):
    __slots__ = ("page",)
    PAGE_FIELD_NUMBER: _ClassVar[int]
    page: Page
    def __init__(self, page: _Optional[_Union[Page, _Mapping]] = ...) -> None: ...

class GetMarketFacts(_message.Message):
    __slots__ = ("market_id", "page", "status_only")
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_FIELD_NUMBER: _ClassVar[int]
    STATUS_ONLY_FIELD_NUMBER: _ClassVar[int]
    market_id: int
    page: Page
    status_only: bool
    def __init__(self, market_id: _Optional[int] = ..., page: _Optional[_Union[Page, _Mapping]] = ..., status_only: bool = ...) -> None: ...

class GetHealth(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
