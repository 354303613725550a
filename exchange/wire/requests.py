"""Requests: from a parsed client message to a command, or to a refusal of a value no command can hold."""

from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Any, TypeVar
from zlib import crc32

from google.protobuf.message import DecodeError

from exchange.core import commands
from exchange.core.refusals import Code, Refusal
from exchange.core.units import Constituent, KeyScope, MarketStatus, SelfTrade, Side, TimeInForce
from exchange.core.values import maker
from exchange.wire import credentials
from exchange_client.schema import client_pb2

Enumeration = TypeVar("Enumeration", bound=IntEnum)

UNKNOWN_REQUEST = Refusal(Code.UNKNOWN_REQUEST, "request", "This server does not know that kind of request.")


class InvalidValue(Exception):
    """A field whose value no command can hold; carries the refusal."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def parse_frame(payload: bytes) -> Sequence[client_pb2.ClientMessage]:
    """The messages of one WebSocket message. Raises ``ValueError`` when it is not a ``ClientFrame``."""
    try:
        return client_pb2.ClientFrame.FromString(payload).messages
    except DecodeError as error:
        raise ValueError("the message is not a ClientFrame") from error


def request_hash(kind: str, message: client_pb2.ClientMessage) -> int:
    """What tells requests apart: all but the id and the time of validity. Finds mistakes, no malice."""
    return crc32(getattr(message, kind).SerializeToString(), _KIND_HASHES[kind])


def command_of(kind: str, message: client_pb2.ClientMessage) -> commands.Command | Refusal:
    """The command that a message of ``kind`` (the name of its oneof field) asks for."""
    reader = _READERS.get(kind)
    if reader is None:
        return UNKNOWN_REQUEST
    try:
        return reader(getattr(message, kind))
    except InvalidValue as invalid:
        return invalid.refusal


def market_named(message: client_pb2.ClientMessage) -> int:
    """The single market whose replies a request's own has a place among, whatever its values; 0 for none."""
    kind = message.WhichOneof("request")
    return getattr(message, kind).market_id if kind in KINDS_OF_ONE_MARKET else 0


KINDS_OF_ONE_MARKET = frozenset({
    "place_order", "amend_order", "cancel_order", "cancel_orders", "batch", "set_market_status", "edit_market",
})  # fmt: skip
OF_ONE_MARKET = frozenset(
    {
        commands.Batch,
        commands.PlaceOrder,
        commands.AmendOrder,
        commands.CancelOrder,
        commands.CancelOrders,
        commands.SetMarketStatus,
        commands.EditMarket,
    }
)
"""Commands that a market's own task decides; with market 0, and all others, the desk does, as a barrier."""

_PRESENT_OR_NOT = commands.EditMarket._fields[1:-2]  # all but the market and the lists of viewers
_SIDES: dict[int, Side] = {int(side): side for side in Side}
_TIMES_IN_FORCE = {0: TimeInForce.GTC} | {int(value): value for value in TimeInForce}
_SELF_TRADES = {0: SelfTrade.CANCEL_RESTING} | {int(value): value for value in SelfTrade}
_SCOPES = {int(scope): scope for scope in KeyScope}
_STATUSES = {int(status): status for status in MarketStatus}


_new_order = maker(commands.PlaceOrder)


def _choice(values: dict[int, Enumeration], value: int, field: str) -> Enumeration:
    chosen = values.get(value)
    if chosen is None:
        raise InvalidValue(Refusal(Code.INVALID_VALUE, field, f"Choose a {field.replace('_', ' ')} that exists."))
    return chosen


def _place_order(body: client_pb2.PlaceOrder) -> commands.PlaceOrder:
    return _new_order((
        body.market_id,
        _SIDES.get(body.side) or _choice(_SIDES, body.side, "side"),
        body.price,
        body.size,
        _TIMES_IN_FORCE.get(body.time_in_force) or _choice(_TIMES_IN_FORCE, body.time_in_force, "time_in_force"),
        body.post_only,
        _SELF_TRADES.get(body.self_trade_prevention)
        or _choice(_SELF_TRADES, body.self_trade_prevention, "self_trade_prevention"),
        body.tag,
        body.expires_at,
        body.market_order,
    ))  # fmt: skip


def _amend_order(body: client_pb2.AmendOrder) -> commands.AmendOrder:
    return commands.AmendOrder(
        body.market_id,
        body.order_id,
        body.tag,
        body.price if body.HasField("price") else None,
        body.size if body.HasField("size") else None,
        _choice(_SELF_TRADES, body.self_trade_prevention, "self_trade_prevention"),
    )


def _cancel_order(body: client_pb2.CancelOrder) -> commands.CancelOrder:
    return commands.CancelOrder(body.market_id, body.order_id, body.tag)


def _cancel_orders(body: client_pb2.CancelOrders) -> commands.CancelOrders:
    side = _choice(_SIDES, body.side, "side") if body.side else None
    return commands.CancelOrders(body.market_id, side)


def _batch(body: client_pb2.Batch) -> commands.Batch:
    return commands.Batch(
        body.market_id, tuple(_batch_step(body.market_id, index, step) for index, step in enumerate(body.steps))
    )


def _batch_step(
    market_id: int, index: int, step: client_pb2.BatchStep
) -> commands.PlaceOrder | commands.AmendOrder | commands.CancelOrder:
    try:
        if step.HasField("place_order"):
            return _place_order(step.place_order)._replace(market_id=market_id)
        if step.HasField("amend_order"):
            return _amend_order(step.amend_order)._replace(market_id=market_id)
        if step.HasField("cancel_order"):
            return _cancel_order(step.cancel_order)._replace(market_id=market_id)
    except InvalidValue as invalid:
        field = f"steps[{index}].{invalid.refusal.field}"
        raise InvalidValue(invalid.refusal._replace(field=field)) from None
    raise InvalidValue(Refusal(Code.INVALID_VALUE, f"steps[{index}]", "A step places, amends or cancels."))


def _set_cancel_on_disconnect(body: client_pb2.SetCancelOnDisconnect) -> commands.SetCancelOnDisconnect:
    return commands.SetCancelOnDisconnect(body.enabled)


def _set_dead_man_timer(body: client_pb2.SetDeadManTimer) -> commands.SetDeadManTimer:
    return commands.SetDeadManTimer(body.seconds)


def _create_market(body: client_pb2.CreateMarket) -> commands.CreateMarket:
    return commands.CreateMarket(
        body.name,
        body.description,
        body.low,
        body.high,
        body.group_id,
        body.pinned,
        not body.unranked,
        body.position_limit,
        body.opens_at,
        body.closes_at,
        tuple(Constituent(part.market_id, part.multiplier) for part in body.constituents),
        body.redeem_fee,
        body.restricted,
        body.anonymous,
        tuple(body.viewer_account_ids),
    )


def _edit_market(body: client_pb2.EditMarket) -> commands.EditMarket:
    named = [getattr(body, name) if body.HasField(name) else None for name in _PRESENT_OR_NOT]
    added, removed = tuple(body.add_viewer_account_ids), tuple(body.remove_viewer_account_ids)
    return commands.EditMarket._make((body.market_id, *named, added, removed))


def _halt_all(_: client_pb2.HaltAll) -> commands.HaltAll:
    return commands.HaltAll()


def _create_group(body: client_pb2.CreateGroup) -> commands.CreateGroup:
    return commands.CreateGroup(body.name, body.description)


def _edit_group(body: client_pb2.EditGroup) -> commands.EditGroup:
    return commands.EditGroup(
        body.group_id,
        body.name if body.HasField("name") else None,
        body.description if body.HasField("description") else None,
    )


def _announce(body: client_pb2.Announce) -> commands.Announce:
    return commands.Announce(body.text)


def _set_market_status(body: client_pb2.SetMarketStatus) -> commands.SetMarketStatus:
    return commands.SetMarketStatus(body.market_id, _choice(_STATUSES, body.status, "status"))


def _settle_market(body: client_pb2.SettleMarket) -> commands.SettleMarket:
    return commands.SettleMarket(body.market_id, body.price)


def _unsettle_market(body: client_pb2.UnsettleMarket) -> commands.UnsettleMarket:
    return commands.UnsettleMarket(body.market_id, body.cover)


def _redeem(body: client_pb2.Redeem) -> commands.Redeem:
    return commands.Redeem(body.market_id, body.size)


def _create_account(body: client_pb2.CreateAccount) -> commands.CreateAccount:
    return commands.CreateAccount(body.name)


def _transfer(body: client_pb2.Transfer) -> commands.Transfer:
    return commands.Transfer(body.from_account_id, body.to_account_id, body.amount, body.note)


def _grant(body: client_pb2.Grant) -> commands.Grant:
    return commands.Grant(body.to_account_id, body.amount, body.note)


def _rename_account(body: client_pb2.RenameAccount) -> commands.RenameAccount:
    return commands.RenameAccount(body.account_id, body.name)


def _share_account(body: client_pb2.ShareAccount) -> commands.ShareAccount:
    return commands.ShareAccount(body.account_id, body.with_account_id)


def _revoke_access(body: client_pb2.RevokeAccess) -> commands.RevokeAccess:
    return commands.RevokeAccess(body.account_id, body.from_account_id)


def _claw_back(body: client_pb2.ClawBack) -> commands.ClawBack:
    return commands.ClawBack(body.from_account_id, body.amount, body.note)


def _create_api_key(body: client_pb2.CreateApiKey) -> commands.Command:
    scope = _choice(_SCOPES, body.scope, "scope")
    return credentials.read_create_api_key(body, scope)


_READERS: dict[str, Callable[[Any], commands.Command]] = {
    "place_order": _place_order,
    "amend_order": _amend_order,
    "cancel_order": _cancel_order,
    "cancel_orders": _cancel_orders,
    "batch": _batch,
    "set_cancel_on_disconnect": _set_cancel_on_disconnect,
    "set_dead_man_timer": _set_dead_man_timer,
    "create_market": _create_market,
    "edit_market": _edit_market,
    "halt_all": _halt_all,
    "create_group": _create_group,
    "edit_group": _edit_group,
    "announce": _announce,
    "set_market_status": _set_market_status,
    "settle_market": _settle_market,
    "unsettle_market": _unsettle_market,
    "redeem": _redeem,
    "create_account": _create_account,
    "transfer": _transfer,
    "grant": _grant,
    "claw_back": _claw_back,
    "rename_account": _rename_account,
    "share_account": _share_account,
    "revoke_access": _revoke_access,
    "create_api_key": _create_api_key,
    "revoke_api_key": credentials.read_revoke_api_key,
    "create_invitations": credentials.read_create_invitations,
    "revoke_invitation": credentials.read_revoke_invitation,
}

_KIND_HASHES = {kind: crc32(f"{kind}:".encode()) for kind in _READERS}
