from exchange_client.schema import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class NoticeKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NOTICE_KIND_UNSPECIFIED: _ClassVar[NoticeKind]
    NOTICE_KIND_RESTART: _ClassVar[NoticeKind]
NOTICE_KIND_UNSPECIFIED: NoticeKind
NOTICE_KIND_RESTART: NoticeKind

class ServerFrame(_message.Message):
    __slots__ = ("messages", "complete_through", "complete_time")
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_THROUGH_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TIME_FIELD_NUMBER: _ClassVar[int]
    messages: _containers.RepeatedCompositeFieldContainer[ServerMessage]
    complete_through: int
    complete_time: int
    def __init__(self, messages: _Optional[_Iterable[_Union[ServerMessage, _Mapping]]] = ..., complete_through: _Optional[int] = ..., complete_time: _Optional[int] = ...) -> None: ...

class ServerMessage(_message.Message):
    __slots__ = ("request_id", "sequence", "time", "order_placed", "order_amended", "orders_cancelled", "redeemed", "done", "refusal", "order_result", "cancel_result", "batch_result", "created", "authenticated", "resumed", "snapshot", "ready", "heartbeat", "server_notice", "pong", "view_changed", "market_created", "market_edited", "market_status_changed", "market_settled", "market_unsettled", "group_changed", "announced", "market_failed", "account_created", "account_renamed", "access_changed", "transferred", "user_created", "cancel_on_disconnect_set", "dead_man_timer_set", "api_key_issued", "api_key_used", "api_key_revoked", "invitation_issued", "invitation_accepted", "invitation_revoked", "trades", "orders", "transfers", "candles", "leaderboard", "market_positions", "audit", "api_key_created", "api_keys", "invitations_created", "invitations", "market_facts", "own_fills", "health")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    ORDER_PLACED_FIELD_NUMBER: _ClassVar[int]
    ORDER_AMENDED_FIELD_NUMBER: _ClassVar[int]
    ORDERS_CANCELLED_FIELD_NUMBER: _ClassVar[int]
    REDEEMED_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    ORDER_RESULT_FIELD_NUMBER: _ClassVar[int]
    CANCEL_RESULT_FIELD_NUMBER: _ClassVar[int]
    BATCH_RESULT_FIELD_NUMBER: _ClassVar[int]
    CREATED_FIELD_NUMBER: _ClassVar[int]
    AUTHENTICATED_FIELD_NUMBER: _ClassVar[int]
    RESUMED_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    READY_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    SERVER_NOTICE_FIELD_NUMBER: _ClassVar[int]
    PONG_FIELD_NUMBER: _ClassVar[int]
    VIEW_CHANGED_FIELD_NUMBER: _ClassVar[int]
    MARKET_CREATED_FIELD_NUMBER: _ClassVar[int]
    MARKET_EDITED_FIELD_NUMBER: _ClassVar[int]
    MARKET_STATUS_CHANGED_FIELD_NUMBER: _ClassVar[int]
    MARKET_SETTLED_FIELD_NUMBER: _ClassVar[int]
    MARKET_UNSETTLED_FIELD_NUMBER: _ClassVar[int]
    GROUP_CHANGED_FIELD_NUMBER: _ClassVar[int]
    ANNOUNCED_FIELD_NUMBER: _ClassVar[int]
    MARKET_FAILED_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_CREATED_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_RENAMED_FIELD_NUMBER: _ClassVar[int]
    ACCESS_CHANGED_FIELD_NUMBER: _ClassVar[int]
    TRANSFERRED_FIELD_NUMBER: _ClassVar[int]
    USER_CREATED_FIELD_NUMBER: _ClassVar[int]
    CANCEL_ON_DISCONNECT_SET_FIELD_NUMBER: _ClassVar[int]
    DEAD_MAN_TIMER_SET_FIELD_NUMBER: _ClassVar[int]
    API_KEY_ISSUED_FIELD_NUMBER: _ClassVar[int]
    API_KEY_USED_FIELD_NUMBER: _ClassVar[int]
    API_KEY_REVOKED_FIELD_NUMBER: _ClassVar[int]
    INVITATION_ISSUED_FIELD_NUMBER: _ClassVar[int]
    INVITATION_ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    INVITATION_REVOKED_FIELD_NUMBER: _ClassVar[int]
    TRADES_FIELD_NUMBER: _ClassVar[int]
    ORDERS_FIELD_NUMBER: _ClassVar[int]
    TRANSFERS_FIELD_NUMBER: _ClassVar[int]
    CANDLES_FIELD_NUMBER: _ClassVar[int]
    LEADERBOARD_FIELD_NUMBER: _ClassVar[int]
    MARKET_POSITIONS_FIELD_NUMBER: _ClassVar[int]
    AUDIT_FIELD_NUMBER: _ClassVar[int]
    API_KEY_CREATED_FIELD_NUMBER: _ClassVar[int]
    API_KEYS_FIELD_NUMBER: _ClassVar[int]
    INVITATIONS_CREATED_FIELD_NUMBER: _ClassVar[int]
    INVITATIONS_FIELD_NUMBER: _ClassVar[int]
    MARKET_FACTS_FIELD_NUMBER: _ClassVar[int]
    OWN_FILLS_FIELD_NUMBER: _ClassVar[int]
    HEALTH_FIELD_NUMBER: _ClassVar[int]
    request_id: int
    sequence: int
    time: int
    order_placed: OrderPlaced
    order_amended: OrderAmended
    orders_cancelled: OrdersCancelled
    redeemed: Redeemed
    done: Done
    refusal: Refusal
    order_result: OrderResult
    cancel_result: CancelResult
    batch_result: BatchResult
    created: Created
    authenticated: Authenticated
    resumed: Resumed
    snapshot: Snapshot
    ready: Ready
    heartbeat: Heartbeat
    server_notice: ServerNotice
    pong: Pong
    view_changed: ViewChanged
    market_created: MarketCreated
    market_edited: MarketEdited
    market_status_changed: MarketStatusChanged
    market_settled: MarketSettled
    market_unsettled: MarketUnsettled
    group_changed: GroupChanged
    announced: Announced
    market_failed: MarketFailed
    account_created: AccountCreated
    account_renamed: AccountRenamed
    access_changed: AccessChanged
    transferred: Transferred
    user_created: UserCreated
    cancel_on_disconnect_set: CancelOnDisconnectSet
    dead_man_timer_set: DeadManTimerSet
    api_key_issued: ApiKeyIssued
    api_key_used: ApiKeyUsed
    api_key_revoked: ApiKeyRevoked
    invitation_issued: InvitationIssued
    invitation_accepted: InvitationAccepted
    invitation_revoked: InvitationRevoked
    trades: Trades
    orders: Orders
    transfers: Transfers
    candles: Candles
    leaderboard: Leaderboard
    market_positions: MarketPositions
    audit: Audit
    api_key_created: ApiKeyCreated
    api_keys: ApiKeys
    invitations_created: InvitationsCreated
    invitations: Invitations
    market_facts: MarketFacts
    own_fills: OwnFills
    health: Health
    def __init__(self, request_id: _Optional[int] = ..., sequence: _Optional[int] = ..., time: _Optional[int] = ..., order_placed: _Optional[_Union[OrderPlaced, _Mapping]] = ..., order_amended: _Optional[_Union[OrderAmended, _Mapping]] = ..., orders_cancelled: _Optional[_Union[OrdersCancelled, _Mapping]] = ..., redeemed: _Optional[_Union[Redeemed, _Mapping]] = ..., done: _Optional[_Union[Done, _Mapping]] = ..., refusal: _Optional[_Union[Refusal, _Mapping]] = ..., order_result: _Optional[_Union[OrderResult, _Mapping]] = ..., cancel_result: _Optional[_Union[CancelResult, _Mapping]] = ..., batch_result: _Optional[_Union[BatchResult, _Mapping]] = ..., created: _Optional[_Union[Created, _Mapping]] = ..., authenticated: _Optional[_Union[Authenticated, _Mapping]] = ..., resumed: _Optional[_Union[Resumed, _Mapping]] = ..., snapshot: _Optional[_Union[Snapshot, _Mapping]] = ..., ready: _Optional[_Union[Ready, _Mapping]] = ..., heartbeat: _Optional[_Union[Heartbeat, _Mapping]] = ..., server_notice: _Optional[_Union[ServerNotice, _Mapping]] = ..., pong: _Optional[_Union[Pong, _Mapping]] = ..., view_changed: _Optional[_Union[ViewChanged, _Mapping]] = ..., market_created: _Optional[_Union[MarketCreated, _Mapping]] = ..., market_edited: _Optional[_Union[MarketEdited, _Mapping]] = ..., market_status_changed: _Optional[_Union[MarketStatusChanged, _Mapping]] = ..., market_settled: _Optional[_Union[MarketSettled, _Mapping]] = ..., market_unsettled: _Optional[_Union[MarketUnsettled, _Mapping]] = ..., group_changed: _Optional[_Union[GroupChanged, _Mapping]] = ..., announced: _Optional[_Union[Announced, _Mapping]] = ..., market_failed: _Optional[_Union[MarketFailed, _Mapping]] = ..., account_created: _Optional[_Union[AccountCreated, _Mapping]] = ..., account_renamed: _Optional[_Union[AccountRenamed, _Mapping]] = ..., access_changed: _Optional[_Union[AccessChanged, _Mapping]] = ..., transferred: _Optional[_Union[Transferred, _Mapping]] = ..., user_created: _Optional[_Union[UserCreated, _Mapping]] = ..., cancel_on_disconnect_set: _Optional[_Union[CancelOnDisconnectSet, _Mapping]] = ..., dead_man_timer_set: _Optional[_Union[DeadManTimerSet, _Mapping]] = ..., api_key_issued: _Optional[_Union[ApiKeyIssued, _Mapping]] = ..., api_key_used: _Optional[_Union[ApiKeyUsed, _Mapping]] = ..., api_key_revoked: _Optional[_Union[ApiKeyRevoked, _Mapping]] = ..., invitation_issued: _Optional[_Union[InvitationIssued, _Mapping]] = ..., invitation_accepted: _Optional[_Union[InvitationAccepted, _Mapping]] = ..., invitation_revoked: _Optional[_Union[InvitationRevoked, _Mapping]] = ..., trades: _Optional[_Union[Trades, _Mapping]] = ..., orders: _Optional[_Union[Orders, _Mapping]] = ..., transfers: _Optional[_Union[Transfers, _Mapping]] = ..., candles: _Optional[_Union[Candles, _Mapping]] = ..., leaderboard: _Optional[_Union[Leaderboard, _Mapping]] = ..., market_positions: _Optional[_Union[MarketPositions, _Mapping]] = ..., audit: _Optional[_Union[Audit, _Mapping]] = ..., api_key_created: _Optional[_Union[ApiKeyCreated, _Mapping]] = ..., api_keys: _Optional[_Union[ApiKeys, _Mapping]] = ..., invitations_created: _Optional[_Union[InvitationsCreated, _Mapping]] = ..., invitations: _Optional[_Union[Invitations, _Mapping]] = ..., market_facts: _Optional[_Union[MarketFacts, _Mapping]] = ..., own_fills: _Optional[_Union[OwnFills, _Mapping]] = ..., health: _Optional[_Union[Health, _Mapping]] = ...) -> None: ...

class Fill(_message.Message):
    __slots__ = ("order_id", "account_id", "size", "price")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    order_id: int
    account_id: int
    size: int
    price: int
    def __init__(self, order_id: _Optional[int] = ..., account_id: _Optional[int] = ..., size: _Optional[int] = ..., price: _Optional[int] = ...) -> None: ...

class Reduction(_message.Message):
    __slots__ = ("order_id", "size")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    order_id: int
    size: int
    def __init__(self, order_id: _Optional[int] = ..., size: _Optional[int] = ...) -> None: ...

class OrderPlaced(_message.Message):
    __slots__ = ("market_id", "order_id", "account_id", "side", "price", "size", "remaining", "fills", "reductions", "time_in_force", "expires_at", "tag", "session_number", "post_only")
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    FILLS_FIELD_NUMBER: _ClassVar[int]
    REDUCTIONS_FIELD_NUMBER: _ClassVar[int]
    TIME_IN_FORCE_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    TAG_FIELD_NUMBER: _ClassVar[int]
    SESSION_NUMBER_FIELD_NUMBER: _ClassVar[int]
    POST_ONLY_FIELD_NUMBER: _ClassVar[int]
    market_id: int
    order_id: int
    account_id: int
    side: _types_pb2.Side
    price: int
    size: int
    remaining: int
    fills: _containers.RepeatedCompositeFieldContainer[Fill]
    reductions: _containers.RepeatedCompositeFieldContainer[Reduction]
    time_in_force: _types_pb2.TimeInForce
    expires_at: int
    tag: bytes
    session_number: int
    post_only: bool
    def __init__(self, market_id: _Optional[int] = ..., order_id: _Optional[int] = ..., account_id: _Optional[int] = ..., side: _Optional[_Union[_types_pb2.Side, str]] = ..., price: _Optional[int] = ..., size: _Optional[int] = ..., remaining: _Optional[int] = ..., fills: _Optional[_Iterable[_Union[Fill, _Mapping]]] = ..., reductions: _Optional[_Iterable[_Union[Reduction, _Mapping]]] = ..., time_in_force: _Optional[_Union[_types_pb2.TimeInForce, str]] = ..., expires_at: _Optional[int] = ..., tag: _Optional[bytes] = ..., session_number: _Optional[int] = ..., post_only: bool = ...) -> None: ...

class OrderAmended(_message.Message):
    __slots__ = ("market_id", "order_id", "account_id", "price", "size", "remaining", "kept_place", "fills", "reductions", "side")
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    KEPT_PLACE_FIELD_NUMBER: _ClassVar[int]
    FILLS_FIELD_NUMBER: _ClassVar[int]
    REDUCTIONS_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    market_id: int
    order_id: int
    account_id: int
    price: int
    size: int
    remaining: int
    kept_place: bool
    fills: _containers.RepeatedCompositeFieldContainer[Fill]
    reductions: _containers.RepeatedCompositeFieldContainer[Reduction]
    side: _types_pb2.Side
    def __init__(self, market_id: _Optional[int] = ..., order_id: _Optional[int] = ..., account_id: _Optional[int] = ..., price: _Optional[int] = ..., size: _Optional[int] = ..., remaining: _Optional[int] = ..., kept_place: bool = ..., fills: _Optional[_Iterable[_Union[Fill, _Mapping]]] = ..., reductions: _Optional[_Iterable[_Union[Reduction, _Mapping]]] = ..., side: _Optional[_Union[_types_pb2.Side, str]] = ...) -> None: ...

class OrdersCancelled(_message.Message):
    __slots__ = ("market_id", "order_ids", "reason", "account_id")
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_IDS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    market_id: int
    order_ids: _containers.RepeatedScalarFieldContainer[int]
    reason: _types_pb2.CancelReason
    account_id: int
    def __init__(self, market_id: _Optional[int] = ..., order_ids: _Optional[_Iterable[int]] = ..., reason: _Optional[_Union[_types_pb2.CancelReason, str]] = ..., account_id: _Optional[int] = ...) -> None: ...

class Redeemed(_message.Message):
    __slots__ = ("market_id", "account_id", "size", "fee", "mark", "constituent_marks")
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    FEE_FIELD_NUMBER: _ClassVar[int]
    MARK_FIELD_NUMBER: _ClassVar[int]
    CONSTITUENT_MARKS_FIELD_NUMBER: _ClassVar[int]
    market_id: int
    account_id: int
    size: int
    fee: int
    mark: int
    constituent_marks: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, market_id: _Optional[int] = ..., account_id: _Optional[int] = ..., size: _Optional[int] = ..., fee: _Optional[int] = ..., mark: _Optional[int] = ..., constituent_marks: _Optional[_Iterable[int]] = ...) -> None: ...

class Done(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Refusal(_message.Message):
    __slots__ = ("code", "field", "message", "retry_after_ms")
    CODE_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_MS_FIELD_NUMBER: _ClassVar[int]
    code: _types_pb2.RefusalCode
    field: str
    message: str
    retry_after_ms: int
    def __init__(self, code: _Optional[_Union[_types_pb2.RefusalCode, str]] = ..., field: _Optional[str] = ..., message: _Optional[str] = ..., retry_after_ms: _Optional[int] = ...) -> None: ...

class OrderResult(_message.Message):
    __slots__ = ("order_id", "filled", "filled_value", "remaining", "dropped")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    FILLED_FIELD_NUMBER: _ClassVar[int]
    FILLED_VALUE_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    DROPPED_FIELD_NUMBER: _ClassVar[int]
    order_id: int
    filled: int
    filled_value: int
    remaining: int
    dropped: int
    def __init__(self, order_id: _Optional[int] = ..., filled: _Optional[int] = ..., filled_value: _Optional[int] = ..., remaining: _Optional[int] = ..., dropped: _Optional[int] = ...) -> None: ...

class CancelResult(_message.Message):
    __slots__ = ("order_ids", "size")
    ORDER_IDS_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    order_ids: _containers.RepeatedScalarFieldContainer[int]
    size: int
    def __init__(self, order_ids: _Optional[_Iterable[int]] = ..., size: _Optional[int] = ...) -> None: ...

class BatchStepResult(_message.Message):
    __slots__ = ("order", "cancel", "already_ended")
    ORDER_FIELD_NUMBER: _ClassVar[int]
    CANCEL_FIELD_NUMBER: _ClassVar[int]
    ALREADY_ENDED_FIELD_NUMBER: _ClassVar[int]
    order: OrderResult
    cancel: CancelResult
    already_ended: bool
    def __init__(self, order: _Optional[_Union[OrderResult, _Mapping]] = ..., cancel: _Optional[_Union[CancelResult, _Mapping]] = ..., already_ended: bool = ...) -> None: ...

class BatchResult(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[BatchStepResult]
    def __init__(self, results: _Optional[_Iterable[_Union[BatchStepResult, _Mapping]]] = ...) -> None: ...

class Created(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: int
    def __init__(self, id: _Optional[int] = ...) -> None: ...

class Limits(_message.Message):
    __slots__ = ("request_memory_seconds", "message_bytes", "requests_waiting", "batch_steps", "pace_per_second", "pace_burst", "resume_facts", "heartbeat_seconds")
    REQUEST_MEMORY_SECONDS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_BYTES_FIELD_NUMBER: _ClassVar[int]
    REQUESTS_WAITING_FIELD_NUMBER: _ClassVar[int]
    BATCH_STEPS_FIELD_NUMBER: _ClassVar[int]
    PACE_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    PACE_BURST_FIELD_NUMBER: _ClassVar[int]
    RESUME_FACTS_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_SECONDS_FIELD_NUMBER: _ClassVar[int]
    request_memory_seconds: int
    message_bytes: int
    requests_waiting: int
    batch_steps: int
    pace_per_second: int
    pace_burst: int
    resume_facts: int
    heartbeat_seconds: int
    def __init__(self, request_memory_seconds: _Optional[int] = ..., message_bytes: _Optional[int] = ..., requests_waiting: _Optional[int] = ..., batch_steps: _Optional[int] = ..., pace_per_second: _Optional[int] = ..., pace_burst: _Optional[int] = ..., resume_facts: _Optional[int] = ..., heartbeat_seconds: _Optional[int] = ...) -> None: ...

class Authenticated(_message.Message):
    __slots__ = ("user_id", "account_id", "owned_account_ids", "roles", "exchange_id", "server_version", "protocol_revision", "limits", "view", "server_time", "session_known", "developer_server", "key", "expires_at", "scope")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    OWNED_ACCOUNT_IDS_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_ID_FIELD_NUMBER: _ClassVar[int]
    SERVER_VERSION_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_REVISION_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    SERVER_TIME_FIELD_NUMBER: _ClassVar[int]
    SESSION_KNOWN_FIELD_NUMBER: _ClassVar[int]
    DEVELOPER_SERVER_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    user_id: int
    account_id: int
    owned_account_ids: _containers.RepeatedScalarFieldContainer[int]
    roles: _containers.RepeatedScalarFieldContainer[_types_pb2.Role]
    exchange_id: bytes
    server_version: str
    protocol_revision: int
    limits: Limits
    view: bytes
    server_time: int
    session_known: bool
    developer_server: bool
    key: str
    expires_at: int
    scope: _types_pb2.KeyScope
    def __init__(self, user_id: _Optional[int] = ..., account_id: _Optional[int] = ..., owned_account_ids: _Optional[_Iterable[int]] = ..., roles: _Optional[_Iterable[_Union[_types_pb2.Role, str]]] = ..., exchange_id: _Optional[bytes] = ..., server_version: _Optional[str] = ..., protocol_revision: _Optional[int] = ..., limits: _Optional[_Union[Limits, _Mapping]] = ..., view: _Optional[bytes] = ..., server_time: _Optional[int] = ..., session_known: bool = ..., developer_server: bool = ..., key: _Optional[str] = ..., expires_at: _Optional[int] = ..., scope: _Optional[_Union[_types_pb2.KeyScope, str]] = ...) -> None: ...

class Resumed(_message.Message):
    __slots__ = ("after",)
    AFTER_FIELD_NUMBER: _ClassVar[int]
    after: int
    def __init__(self, after: _Optional[int] = ...) -> None: ...

class Snapshot(_message.Message):
    __slots__ = ("first", "accounts", "groups", "markets", "books", "portfolios", "own_orders", "transfers", "announcements", "positions")
    FIRST_FIELD_NUMBER: _ClassVar[int]
    ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    MARKETS_FIELD_NUMBER: _ClassVar[int]
    BOOKS_FIELD_NUMBER: _ClassVar[int]
    PORTFOLIOS_FIELD_NUMBER: _ClassVar[int]
    OWN_ORDERS_FIELD_NUMBER: _ClassVar[int]
    TRANSFERS_FIELD_NUMBER: _ClassVar[int]
    ANNOUNCEMENTS_FIELD_NUMBER: _ClassVar[int]
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    first: bool
    accounts: _containers.RepeatedCompositeFieldContainer[_types_pb2.Account]
    groups: _containers.RepeatedCompositeFieldContainer[_types_pb2.Group]
    markets: _containers.RepeatedCompositeFieldContainer[_types_pb2.Market]
    books: _containers.RepeatedCompositeFieldContainer[_types_pb2.Book]
    portfolios: _containers.RepeatedCompositeFieldContainer[_types_pb2.Portfolio]
    own_orders: _containers.RepeatedCompositeFieldContainer[_types_pb2.Order]
    transfers: _containers.RepeatedCompositeFieldContainer[_types_pb2.TransferRecord]
    announcements: _containers.RepeatedCompositeFieldContainer[_types_pb2.Announcement]
    positions: _containers.RepeatedCompositeFieldContainer[MarketPosition]
    def __init__(self, first: bool = ..., accounts: _Optional[_Iterable[_Union[_types_pb2.Account, _Mapping]]] = ..., groups: _Optional[_Iterable[_Union[_types_pb2.Group, _Mapping]]] = ..., markets: _Optional[_Iterable[_Union[_types_pb2.Market, _Mapping]]] = ..., books: _Optional[_Iterable[_Union[_types_pb2.Book, _Mapping]]] = ..., portfolios: _Optional[_Iterable[_Union[_types_pb2.Portfolio, _Mapping]]] = ..., own_orders: _Optional[_Iterable[_Union[_types_pb2.Order, _Mapping]]] = ..., transfers: _Optional[_Iterable[_Union[_types_pb2.TransferRecord, _Mapping]]] = ..., announcements: _Optional[_Iterable[_Union[_types_pb2.Announcement, _Mapping]]] = ..., positions: _Optional[_Iterable[_Union[MarketPosition, _Mapping]]] = ...) -> None: ...

class Ready(_message.Message):
    __slots__ = ("sequence",)
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    def __init__(self, sequence: _Optional[int] = ...) -> None: ...

class Heartbeat(_message.Message):
    __slots__ = ("server_time",)
    SERVER_TIME_FIELD_NUMBER: _ClassVar[int]
    server_time: int
    def __init__(self, server_time: _Optional[int] = ...) -> None: ...

class ServerNotice(_message.Message):
    __slots__ = ("kind", "reconnect_after_ms", "deadline")
    KIND_FIELD_NUMBER: _ClassVar[int]
    RECONNECT_AFTER_MS_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_FIELD_NUMBER: _ClassVar[int]
    kind: NoticeKind
    reconnect_after_ms: int
    deadline: int
    def __init__(self, kind: _Optional[_Union[NoticeKind, str]] = ..., reconnect_after_ms: _Optional[int] = ..., deadline: _Optional[int] = ...) -> None: ...

class Pong(_message.Message):
    __slots__ = ("server_time",)
    SERVER_TIME_FIELD_NUMBER: _ClassVar[int]
    server_time: int
    def __init__(self, server_time: _Optional[int] = ...) -> None: ...

class ViewChanged(_message.Message):
    __slots__ = ("account_id", "elevated", "view", "owned_account_ids", "gone_market_ids")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    ELEVATED_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    OWNED_ACCOUNT_IDS_FIELD_NUMBER: _ClassVar[int]
    GONE_MARKET_IDS_FIELD_NUMBER: _ClassVar[int]
    account_id: int
    elevated: bool
    view: bytes
    owned_account_ids: _containers.RepeatedScalarFieldContainer[int]
    gone_market_ids: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, account_id: _Optional[int] = ..., elevated: bool = ..., view: _Optional[bytes] = ..., owned_account_ids: _Optional[_Iterable[int]] = ..., gone_market_ids: _Optional[_Iterable[int]] = ...) -> None: ...

class MarketCreated(_message.Message):
    __slots__ = ("market",)
    MARKET_FIELD_NUMBER: _ClassVar[int]
    market: _types_pb2.Market
    def __init__(self, market: _Optional[_Union[_types_pb2.Market, _Mapping]] = ...) -> None: ...

class MarketEdited(_message.Message):
    __slots__ = ("market_id", "name", "description", "group_id", "pinned", "restricted", "anonymous", "ranked", "position_limit", "opens_at", "closes_at", "redeem_fee", "added_viewer_account_ids", "removed_viewer_account_ids")
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
    ADDED_VIEWER_ACCOUNT_IDS_FIELD_NUMBER: _ClassVar[int]
    REMOVED_VIEWER_ACCOUNT_IDS_FIELD_NUMBER: _ClassVar[int]
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
    added_viewer_account_ids: _containers.RepeatedScalarFieldContainer[int]
    removed_viewer_account_ids: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, market_id: _Optional[int] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., group_id: _Optional[int] = ..., pinned: bool = ..., restricted: bool = ..., anonymous: bool = ..., ranked: bool = ..., position_limit: _Optional[int] = ..., opens_at: _Optional[int] = ..., closes_at: _Optional[int] = ..., redeem_fee: _Optional[int] = ..., added_viewer_account_ids: _Optional[_Iterable[int]] = ..., removed_viewer_account_ids: _Optional[_Iterable[int]] = ...) -> None: ...

class MarketStatusChanged(_message.Message):
    __slots__ = ("market_id", "status", "author_user_id")
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_USER_ID_FIELD_NUMBER: _ClassVar[int]
    market_id: int
    status: _types_pb2.MarketStatus
    author_user_id: int
    def __init__(self, market_id: _Optional[int] = ..., status: _Optional[_Union[_types_pb2.MarketStatus, str]] = ..., author_user_id: _Optional[int] = ...) -> None: ...

class MarketSettled(_message.Message):
    __slots__ = ("market_id", "price", "author_user_id")
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_USER_ID_FIELD_NUMBER: _ClassVar[int]
    market_id: int
    price: int
    author_user_id: int
    def __init__(self, market_id: _Optional[int] = ..., price: _Optional[int] = ..., author_user_id: _Optional[int] = ...) -> None: ...

class RestoredPosition(_message.Message):
    __slots__ = ("account_id", "size", "cost")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    COST_FIELD_NUMBER: _ClassVar[int]
    account_id: int
    size: int
    cost: int
    def __init__(self, account_id: _Optional[int] = ..., size: _Optional[int] = ..., cost: _Optional[int] = ...) -> None: ...

class MarketUnsettled(_message.Message):
    __slots__ = ("market_id", "author_user_id", "positions")
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_USER_ID_FIELD_NUMBER: _ClassVar[int]
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    market_id: int
    author_user_id: int
    positions: _containers.RepeatedCompositeFieldContainer[RestoredPosition]
    def __init__(self, market_id: _Optional[int] = ..., author_user_id: _Optional[int] = ..., positions: _Optional[_Iterable[_Union[RestoredPosition, _Mapping]]] = ...) -> None: ...

class GroupChanged(_message.Message):
    __slots__ = ("group",)
    GROUP_FIELD_NUMBER: _ClassVar[int]
    group: _types_pb2.Group
    def __init__(self, group: _Optional[_Union[_types_pb2.Group, _Mapping]] = ...) -> None: ...

class Announced(_message.Message):
    __slots__ = ("announcement",)
    ANNOUNCEMENT_FIELD_NUMBER: _ClassVar[int]
    announcement: _types_pb2.Announcement
    def __init__(self, announcement: _Optional[_Union[_types_pb2.Announcement, _Mapping]] = ...) -> None: ...

class MarketFailed(_message.Message):
    __slots__ = ("market_id", "reason", "halted")
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    HALTED_FIELD_NUMBER: _ClassVar[int]
    market_id: int
    reason: str
    halted: bool
    def __init__(self, market_id: _Optional[int] = ..., reason: _Optional[str] = ..., halted: bool = ...) -> None: ...

class AccountCreated(_message.Message):
    __slots__ = ("account",)
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    account: _types_pb2.Account
    def __init__(self, account: _Optional[_Union[_types_pb2.Account, _Mapping]] = ...) -> None: ...

class AccountRenamed(_message.Message):
    __slots__ = ("account_id", "name")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    account_id: int
    name: str
    def __init__(self, account_id: _Optional[int] = ..., name: _Optional[str] = ...) -> None: ...

class AccessChanged(_message.Message):
    __slots__ = ("account_id", "user_id", "owner")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    account_id: int
    user_id: int
    owner: bool
    def __init__(self, account_id: _Optional[int] = ..., user_id: _Optional[int] = ..., owner: bool = ...) -> None: ...

class Transferred(_message.Message):
    __slots__ = ("transfer",)
    TRANSFER_FIELD_NUMBER: _ClassVar[int]
    transfer: _types_pb2.TransferRecord
    def __init__(self, transfer: _Optional[_Union[_types_pb2.TransferRecord, _Mapping]] = ...) -> None: ...

class UserCreated(_message.Message):
    __slots__ = ("user_id", "subject", "account_id", "email")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    user_id: int
    subject: str
    account_id: int
    email: str
    def __init__(self, user_id: _Optional[int] = ..., subject: _Optional[str] = ..., account_id: _Optional[int] = ..., email: _Optional[str] = ...) -> None: ...

class CancelOnDisconnectSet(_message.Message):
    __slots__ = ("session_number", "enabled")
    SESSION_NUMBER_FIELD_NUMBER: _ClassVar[int]
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    session_number: int
    enabled: bool
    def __init__(self, session_number: _Optional[int] = ..., enabled: bool = ...) -> None: ...

class DeadManTimerSet(_message.Message):
    __slots__ = ("account_id", "seconds", "due")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    DUE_FIELD_NUMBER: _ClassVar[int]
    account_id: int
    seconds: int
    due: int
    def __init__(self, account_id: _Optional[int] = ..., seconds: _Optional[int] = ..., due: _Optional[int] = ...) -> None: ...

class Trade(_message.Message):
    __slots__ = ("sequence", "index", "time", "price", "size", "taker_side", "taker_account_id", "maker_account_id", "taker_order_id", "maker_order_id")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    TAKER_SIDE_FIELD_NUMBER: _ClassVar[int]
    TAKER_ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    MAKER_ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    TAKER_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    MAKER_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    index: int
    time: int
    price: int
    size: int
    taker_side: _types_pb2.Side
    taker_account_id: int
    maker_account_id: int
    taker_order_id: int
    maker_order_id: int
    def __init__(self, sequence: _Optional[int] = ..., index: _Optional[int] = ..., time: _Optional[int] = ..., price: _Optional[int] = ..., size: _Optional[int] = ..., taker_side: _Optional[_Union[_types_pb2.Side, str]] = ..., taker_account_id: _Optional[int] = ..., maker_account_id: _Optional[int] = ..., taker_order_id: _Optional[int] = ..., maker_order_id: _Optional[int] = ...) -> None: ...

class Trades(_message.Message):
    __slots__ = ("trades", "more", "next")
    TRADES_FIELD_NUMBER: _ClassVar[int]
    MORE_FIELD_NUMBER: _ClassVar[int]
    NEXT_FIELD_NUMBER: _ClassVar[int]
    trades: _containers.RepeatedCompositeFieldContainer[Trade]
    more: bool
    next: int
    def __init__(self, trades: _Optional[_Iterable[_Union[Trade, _Mapping]]] = ..., more: bool = ..., next: _Optional[int] = ...) -> None: ...

class OwnFill(_message.Message):
    __slots__ = ("sequence", "index", "time", "market_id", "order_id", "side", "price", "size", "maker")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    MARKET_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    MAKER_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    index: int
    time: int
    market_id: int
    order_id: int
    side: _types_pb2.Side
    price: int
    size: int
    maker: bool
    def __init__(self, sequence: _Optional[int] = ..., index: _Optional[int] = ..., time: _Optional[int] = ..., market_id: _Optional[int] = ..., order_id: _Optional[int] = ..., side: _Optional[_Union[_types_pb2.Side, str]] = ..., price: _Optional[int] = ..., size: _Optional[int] = ..., maker: bool = ...) -> None: ...

class OwnFills(_message.Message):
    __slots__ = ("fills", "more", "next", "account_id")
    FILLS_FIELD_NUMBER: _ClassVar[int]
    MORE_FIELD_NUMBER: _ClassVar[int]
    NEXT_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    fills: _containers.RepeatedCompositeFieldContainer[OwnFill]
    more: bool
    next: int
    account_id: int
    def __init__(self, fills: _Optional[_Iterable[_Union[OwnFill, _Mapping]]] = ..., more: bool = ..., next: _Optional[int] = ..., account_id: _Optional[int] = ...) -> None: ...

class Orders(_message.Message):
    __slots__ = ("orders", "more", "next")
    ORDERS_FIELD_NUMBER: _ClassVar[int]
    MORE_FIELD_NUMBER: _ClassVar[int]
    NEXT_FIELD_NUMBER: _ClassVar[int]
    orders: _containers.RepeatedCompositeFieldContainer[_types_pb2.Order]
    more: bool
    next: int
    def __init__(self, orders: _Optional[_Iterable[_Union[_types_pb2.Order, _Mapping]]] = ..., more: bool = ..., next: _Optional[int] = ...) -> None: ...

class Transfers(_message.Message):
    __slots__ = ("transfers", "more", "next")
    TRANSFERS_FIELD_NUMBER: _ClassVar[int]
    MORE_FIELD_NUMBER: _ClassVar[int]
    NEXT_FIELD_NUMBER: _ClassVar[int]
    transfers: _containers.RepeatedCompositeFieldContainer[_types_pb2.TransferRecord]
    more: bool
    next: int
    def __init__(self, transfers: _Optional[_Iterable[_Union[_types_pb2.TransferRecord, _Mapping]]] = ..., more: bool = ..., next: _Optional[int] = ...) -> None: ...

class Candle(_message.Message):
    __slots__ = ("start", "open", "high", "low", "close", "volume")
    START_FIELD_NUMBER: _ClassVar[int]
    OPEN_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    CLOSE_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    start: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    def __init__(self, start: _Optional[int] = ..., open: _Optional[int] = ..., high: _Optional[int] = ..., low: _Optional[int] = ..., close: _Optional[int] = ..., volume: _Optional[int] = ...) -> None: ...

class Candles(_message.Message):
    __slots__ = ("candles",)
    CANDLES_FIELD_NUMBER: _ClassVar[int]
    candles: _containers.RepeatedCompositeFieldContainer[Candle]
    def __init__(self, candles: _Optional[_Iterable[_Union[Candle, _Mapping]]] = ...) -> None: ...

class LeaderboardRow(_message.Message):
    __slots__ = ("account_id", "profit", "equity")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    PROFIT_FIELD_NUMBER: _ClassVar[int]
    EQUITY_FIELD_NUMBER: _ClassVar[int]
    account_id: int
    profit: int
    equity: int
    def __init__(self, account_id: _Optional[int] = ..., profit: _Optional[int] = ..., equity: _Optional[int] = ...) -> None: ...

class Leaderboard(_message.Message):
    __slots__ = ("rows",)
    ROWS_FIELD_NUMBER: _ClassVar[int]
    rows: _containers.RepeatedCompositeFieldContainer[LeaderboardRow]
    def __init__(self, rows: _Optional[_Iterable[_Union[LeaderboardRow, _Mapping]]] = ...) -> None: ...

class MarketPosition(_message.Message):
    __slots__ = ("account_id", "position")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    account_id: int
    position: _types_pb2.Position
    def __init__(self, account_id: _Optional[int] = ..., position: _Optional[_Union[_types_pb2.Position, _Mapping]] = ...) -> None: ...

class MarketPositions(_message.Message):
    __slots__ = ("positions",)
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    positions: _containers.RepeatedCompositeFieldContainer[MarketPosition]
    def __init__(self, positions: _Optional[_Iterable[_Union[MarketPosition, _Mapping]]] = ...) -> None: ...

class AuditRow(_message.Message):
    __slots__ = ("sequence", "time", "user_id", "account_id", "facts")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time: int
    user_id: int
    account_id: int
    facts: _containers.RepeatedCompositeFieldContainer[ServerMessage]
    def __init__(self, sequence: _Optional[int] = ..., time: _Optional[int] = ..., user_id: _Optional[int] = ..., account_id: _Optional[int] = ..., facts: _Optional[_Iterable[_Union[ServerMessage, _Mapping]]] = ...) -> None: ...

class Audit(_message.Message):
    __slots__ = ("rows", "more", "next")
    ROWS_FIELD_NUMBER: _ClassVar[int]
    MORE_FIELD_NUMBER: _ClassVar[int]
    NEXT_FIELD_NUMBER: _ClassVar[int]
    rows: _containers.RepeatedCompositeFieldContainer[AuditRow]
    more: bool
    next: int
    def __init__(self, rows: _Optional[_Iterable[_Union[AuditRow, _Mapping]]] = ..., more: bool = ..., next: _Optional[int] = ...) -> None: ...

class MarketFacts(_message.Message):
    __slots__ = ("messages", "more", "next")
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    MORE_FIELD_NUMBER: _ClassVar[int]
    NEXT_FIELD_NUMBER: _ClassVar[int]
    messages: _containers.RepeatedCompositeFieldContainer[ServerMessage]
    more: bool
    next: int
    def __init__(self, messages: _Optional[_Iterable[_Union[ServerMessage, _Mapping]]] = ..., more: bool = ..., next: _Optional[int] = ...) -> None: ...

class ApiKeyCreated(_message.Message):
    __slots__ = ("key_id", "key")
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    key_id: int
    key: str
    def __init__(self, key_id: _Optional[int] = ..., key: _Optional[str] = ...) -> None: ...

class ApiKey(_message.Message):
    __slots__ = ("key_id", "account_id", "label", "expires_at", "last_used", "scope", "created_at", "user_account_id")
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    LAST_USED_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    USER_ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    key_id: int
    account_id: int
    label: str
    expires_at: int
    last_used: int
    scope: _types_pb2.KeyScope
    created_at: int
    user_account_id: int
    def __init__(self, key_id: _Optional[int] = ..., account_id: _Optional[int] = ..., label: _Optional[str] = ..., expires_at: _Optional[int] = ..., last_used: _Optional[int] = ..., scope: _Optional[_Union[_types_pb2.KeyScope, str]] = ..., created_at: _Optional[int] = ..., user_account_id: _Optional[int] = ...) -> None: ...

class ApiKeys(_message.Message):
    __slots__ = ("keys",)
    KEYS_FIELD_NUMBER: _ClassVar[int]
    keys: _containers.RepeatedCompositeFieldContainer[ApiKey]
    def __init__(self, keys: _Optional[_Iterable[_Union[ApiKey, _Mapping]]] = ...) -> None: ...

class ApiKeyIssued(_message.Message):
    __slots__ = ("key_id", "user_id", "account_id", "label", "scope", "expires_at", "key_hash")
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    KEY_HASH_FIELD_NUMBER: _ClassVar[int]
    key_id: int
    user_id: int
    account_id: int
    label: str
    scope: _types_pb2.KeyScope
    expires_at: int
    key_hash: bytes
    def __init__(self, key_id: _Optional[int] = ..., user_id: _Optional[int] = ..., account_id: _Optional[int] = ..., label: _Optional[str] = ..., scope: _Optional[_Union[_types_pb2.KeyScope, str]] = ..., expires_at: _Optional[int] = ..., key_hash: _Optional[bytes] = ...) -> None: ...

class ApiKeyUsed(_message.Message):
    __slots__ = ("key_id",)
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    key_id: int
    def __init__(self, key_id: _Optional[int] = ...) -> None: ...

class ApiKeyRevoked(_message.Message):
    __slots__ = ("key_id",)
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    key_id: int
    def __init__(self, key_id: _Optional[int] = ...) -> None: ...

class InvitationIssued(_message.Message):
    __slots__ = ("invitation_id", "name", "note", "starting_cash", "for_user_id", "token_hash")
    INVITATION_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    STARTING_CASH_FIELD_NUMBER: _ClassVar[int]
    FOR_USER_ID_FIELD_NUMBER: _ClassVar[int]
    TOKEN_HASH_FIELD_NUMBER: _ClassVar[int]
    invitation_id: int
    name: str
    note: str
    starting_cash: int
    for_user_id: int
    token_hash: bytes
    def __init__(self, invitation_id: _Optional[int] = ..., name: _Optional[str] = ..., note: _Optional[str] = ..., starting_cash: _Optional[int] = ..., for_user_id: _Optional[int] = ..., token_hash: _Optional[bytes] = ...) -> None: ...

class InvitationAccepted(_message.Message):
    __slots__ = ("invitation_id", "user_id", "key_id", "session_hash")
    INVITATION_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_HASH_FIELD_NUMBER: _ClassVar[int]
    invitation_id: int
    user_id: int
    key_id: int
    session_hash: bytes
    def __init__(self, invitation_id: _Optional[int] = ..., user_id: _Optional[int] = ..., key_id: _Optional[int] = ..., session_hash: _Optional[bytes] = ...) -> None: ...

class InvitationRevoked(_message.Message):
    __slots__ = ("invitation_id",)
    INVITATION_ID_FIELD_NUMBER: _ClassVar[int]
    invitation_id: int
    def __init__(self, invitation_id: _Optional[int] = ...) -> None: ...

class CreatedInvitation(_message.Message):
    __slots__ = ("invitation_id", "name", "token")
    INVITATION_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    invitation_id: int
    name: str
    token: str
    def __init__(self, invitation_id: _Optional[int] = ..., name: _Optional[str] = ..., token: _Optional[str] = ...) -> None: ...

class InvitationsCreated(_message.Message):
    __slots__ = ("invitations",)
    INVITATIONS_FIELD_NUMBER: _ClassVar[int]
    invitations: _containers.RepeatedCompositeFieldContainer[CreatedInvitation]
    def __init__(self, invitations: _Optional[_Iterable[_Union[CreatedInvitation, _Mapping]]] = ...) -> None: ...

class Invitation(_message.Message):
    __slots__ = ("invitation_id", "name", "note", "starting_cash", "created_at", "accepted_at", "account_id")
    INVITATION_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    STARTING_CASH_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_AT_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    invitation_id: int
    name: str
    note: str
    starting_cash: int
    created_at: int
    accepted_at: int
    account_id: int
    def __init__(self, invitation_id: _Optional[int] = ..., name: _Optional[str] = ..., note: _Optional[str] = ..., starting_cash: _Optional[int] = ..., created_at: _Optional[int] = ..., accepted_at: _Optional[int] = ..., account_id: _Optional[int] = ...) -> None: ...

class Invitations(_message.Message):
    __slots__ = ("invitations",)
    INVITATIONS_FIELD_NUMBER: _ClassVar[int]
    invitations: _containers.RepeatedCompositeFieldContainer[Invitation]
    def __init__(self, invitations: _Optional[_Iterable[_Union[Invitation, _Mapping]]] = ...) -> None: ...

class Durations(_message.Message):
    __slots__ = ("bounds_us", "counts", "sum_us")
    BOUNDS_US_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    SUM_US_FIELD_NUMBER: _ClassVar[int]
    bounds_us: _containers.RepeatedScalarFieldContainer[int]
    counts: _containers.RepeatedScalarFieldContainer[int]
    sum_us: int
    def __init__(self, bounds_us: _Optional[_Iterable[int]] = ..., counts: _Optional[_Iterable[int]] = ..., sum_us: _Optional[int] = ...) -> None: ...

class Depth(_message.Message):
    __slots__ = ("total", "fullest", "limit")
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    FULLEST_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    total: int
    fullest: int
    limit: int
    def __init__(self, total: _Optional[int] = ..., fullest: _Optional[int] = ..., limit: _Optional[int] = ...) -> None: ...

class Health(_message.Message):
    __slots__ = ("version", "python_version", "sqlite_version", "started_at", "concerns", "connections", "clients", "requests", "refusals", "trades", "sign_ins", "sign_in_failures", "outbox_overflows", "commit_time", "loop_lag", "commits_waiting", "inbox_requests", "outbox_bytes", "replies_waiting", "sign_ins_waiting", "audits", "audited_at", "market_failures", "unavailable_market_ids", "database_bytes", "disk_free_bytes", "disk_bytes", "backup_interval_seconds", "backup_at", "backup_bytes", "backup_failures")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    PYTHON_VERSION_FIELD_NUMBER: _ClassVar[int]
    SQLITE_VERSION_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    CONCERNS_FIELD_NUMBER: _ClassVar[int]
    CONNECTIONS_FIELD_NUMBER: _ClassVar[int]
    CLIENTS_FIELD_NUMBER: _ClassVar[int]
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    REFUSALS_FIELD_NUMBER: _ClassVar[int]
    TRADES_FIELD_NUMBER: _ClassVar[int]
    SIGN_INS_FIELD_NUMBER: _ClassVar[int]
    SIGN_IN_FAILURES_FIELD_NUMBER: _ClassVar[int]
    OUTBOX_OVERFLOWS_FIELD_NUMBER: _ClassVar[int]
    COMMIT_TIME_FIELD_NUMBER: _ClassVar[int]
    LOOP_LAG_FIELD_NUMBER: _ClassVar[int]
    COMMITS_WAITING_FIELD_NUMBER: _ClassVar[int]
    INBOX_REQUESTS_FIELD_NUMBER: _ClassVar[int]
    OUTBOX_BYTES_FIELD_NUMBER: _ClassVar[int]
    REPLIES_WAITING_FIELD_NUMBER: _ClassVar[int]
    SIGN_INS_WAITING_FIELD_NUMBER: _ClassVar[int]
    AUDITS_FIELD_NUMBER: _ClassVar[int]
    AUDITED_AT_FIELD_NUMBER: _ClassVar[int]
    MARKET_FAILURES_FIELD_NUMBER: _ClassVar[int]
    UNAVAILABLE_MARKET_IDS_FIELD_NUMBER: _ClassVar[int]
    DATABASE_BYTES_FIELD_NUMBER: _ClassVar[int]
    DISK_FREE_BYTES_FIELD_NUMBER: _ClassVar[int]
    DISK_BYTES_FIELD_NUMBER: _ClassVar[int]
    BACKUP_INTERVAL_SECONDS_FIELD_NUMBER: _ClassVar[int]
    BACKUP_AT_FIELD_NUMBER: _ClassVar[int]
    BACKUP_BYTES_FIELD_NUMBER: _ClassVar[int]
    BACKUP_FAILURES_FIELD_NUMBER: _ClassVar[int]
    version: str
    python_version: str
    sqlite_version: str
    started_at: int
    concerns: _containers.RepeatedScalarFieldContainer[str]
    connections: int
    clients: int
    requests: int
    refusals: int
    trades: int
    sign_ins: int
    sign_in_failures: int
    outbox_overflows: int
    commit_time: Durations
    loop_lag: Durations
    commits_waiting: Depth
    inbox_requests: Depth
    outbox_bytes: Depth
    replies_waiting: Depth
    sign_ins_waiting: int
    audits: int
    audited_at: int
    market_failures: int
    unavailable_market_ids: _containers.RepeatedScalarFieldContainer[int]
    database_bytes: int
    disk_free_bytes: int
    disk_bytes: int
    backup_interval_seconds: int
    backup_at: int
    backup_bytes: int
    backup_failures: int
    def __init__(self, version: _Optional[str] = ..., python_version: _Optional[str] = ..., sqlite_version: _Optional[str] = ..., started_at: _Optional[int] = ..., concerns: _Optional[_Iterable[str]] = ..., connections: _Optional[int] = ..., clients: _Optional[int] = ..., requests: _Optional[int] = ..., refusals: _Optional[int] = ..., trades: _Optional[int] = ..., sign_ins: _Optional[int] = ..., sign_in_failures: _Optional[int] = ..., outbox_overflows: _Optional[int] = ..., commit_time: _Optional[_Union[Durations, _Mapping]] = ..., loop_lag: _Optional[_Union[Durations, _Mapping]] = ..., commits_waiting: _Optional[_Union[Depth, _Mapping]] = ..., inbox_requests: _Optional[_Union[Depth, _Mapping]] = ..., outbox_bytes: _Optional[_Union[Depth, _Mapping]] = ..., replies_waiting: _Optional[_Union[Depth, _Mapping]] = ..., sign_ins_waiting: _Optional[int] = ..., audits: _Optional[int] = ..., audited_at: _Optional[int] = ..., market_failures: _Optional[int] = ..., unavailable_market_ids: _Optional[_Iterable[int]] = ..., database_bytes: _Optional[int] = ..., disk_free_bytes: _Optional[int] = ..., disk_bytes: _Optional[int] = ..., backup_interval_seconds: _Optional[int] = ..., backup_at: _Optional[int] = ..., backup_bytes: _Optional[int] = ..., backup_failures: _Optional[int] = ...) -> None: ...
