"""Records: the facts of a commit read back from the journal."""

from collections.abc import Callable
from typing import Any

from exchange.core import facts
from exchange.core.units import AccountKind, CancelReason, Constituent, MarketStatus, Side, TimeInForce, TransferKind
from exchange.wire.credentials import FACT_READERS
from exchange_client.schema import server_pb2

_PRESENT_OR_NOT = facts.MarketEdited._fields[1:-2]  # all but the market and the lists of viewers


def decode_facts(record: bytes, sequence: int = 0, time: int = 0) -> list[facts.Fact]:
    """The facts that a record holds. Raises ``ValueError`` for one that this version does not know.

    Given the sequence and time of its commit, raises it for a record that says it is of another one, too.
    """
    frame = server_pb2.ServerFrame.FromString(record)
    for message in frame.messages if sequence else ():
        if (message.sequence, message.time) != (sequence, time):
            raise ValueError(f"the record is of sequence {message.sequence} at {message.time}")
    return [_read(message) for message in frame.messages]


def _read(message: server_pb2.ServerMessage) -> facts.Fact:
    kind = message.WhichOneof("message")
    if kind not in _READERS:
        raise ValueError(f"the record holds {kind}, which is not a fact this version knows")
    return _READERS[kind](getattr(message, kind))


def _read_fills(body: Any) -> tuple[tuple[facts.Fill, ...], tuple[facts.Reduction, ...]]:
    fills = tuple(facts.Fill(fill.order_id, fill.account_id, fill.size, fill.price) for fill in body.fills)
    reductions = tuple(facts.Reduction(reduction.order_id, reduction.size) for reduction in body.reductions)
    return fills, reductions


def _read_order_placed(body: server_pb2.OrderPlaced) -> facts.OrderPlaced:
    fills, reductions = _read_fills(body)
    return facts.OrderPlaced(
        body.market_id, body.order_id, body.account_id, Side(body.side), body.price, body.size, body.remaining, fills,
        reductions, TimeInForce(body.time_in_force), body.expires_at, body.tag, body.session_number, body.post_only,
    )  # fmt: skip


def _read_order_amended(body: server_pb2.OrderAmended) -> facts.OrderAmended:
    fills, reductions = _read_fills(body)
    return facts.OrderAmended(
        body.market_id, body.order_id, body.account_id, body.price, body.size, body.remaining, body.kept_place, fills,
        reductions, Side(body.side),
    )  # fmt: skip


def _read_market_created(body: server_pb2.MarketCreated) -> facts.MarketCreated:
    market = body.market
    return facts.MarketCreated(
        market.market_id, market.name, market.description, market.owner_account_id, market.low, market.high,
        MarketStatus(market.status), market.group_id, market.pinned, market.ranked, market.position_limit,
        market.opens_at, market.closes_at,
        tuple(Constituent(part.market_id, part.multiplier) for part in market.constituents), market.redeem_fee,
        market.restricted, market.anonymous, tuple(market.viewer_account_ids),
    )  # fmt: skip


def _read_market_edited(body: server_pb2.MarketEdited) -> facts.MarketEdited:
    named = [getattr(body, name) if body.HasField(name) else None for name in _PRESENT_OR_NOT]
    added, removed = tuple(body.added_viewer_account_ids), tuple(body.removed_viewer_account_ids)
    return facts.MarketEdited._make((body.market_id, *named, added, removed))


def _read_market_unsettled(body: server_pb2.MarketUnsettled) -> facts.MarketUnsettled:
    positions = tuple(facts.RestoredPosition(held.account_id, held.size, held.cost) for held in body.positions)
    return facts.MarketUnsettled(body.market_id, body.author_user_id, positions)


def _read_redeemed(body: server_pb2.Redeemed) -> facts.Redeemed:
    return facts.Redeemed(
        body.market_id, body.account_id, body.size, body.fee, body.mark, tuple(body.constituent_marks)
    )


def _read_group_changed(body: server_pb2.GroupChanged) -> facts.GroupChanged:
    return facts.GroupChanged(body.group.group_id, body.group.name, body.group.description)


def _read_transferred(body: server_pb2.Transferred) -> facts.Transferred:
    record = body.transfer
    return facts.Transferred(
        record.transfer_id, TransferKind(record.kind), record.from_account_id, record.to_account_id, record.amount,
        record.note, record.initiator_user_id,
    )  # fmt: skip


_READERS: dict[str, Callable[[Any], facts.Fact]] = {
    "order_placed": _read_order_placed,
    "order_amended": _read_order_amended,
    "orders_cancelled": lambda body: facts.OrdersCancelled(
        body.market_id, tuple(body.order_ids), CancelReason(body.reason), body.account_id
    ),
    "market_created": _read_market_created,
    "market_edited": _read_market_edited,
    "group_changed": _read_group_changed,
    "announced": lambda body: facts.Announced(body.announcement.text),
    "market_status_changed": lambda body: facts.MarketStatusChanged(
        body.market_id, MarketStatus(body.status), body.author_user_id
    ),
    "market_settled": lambda body: facts.MarketSettled(body.market_id, body.price, body.author_user_id),
    "market_unsettled": _read_market_unsettled,
    "redeemed": _read_redeemed,
    "market_failed": lambda body: facts.MarketFailed(body.market_id, body.reason, body.halted),
    "account_created": lambda body: facts.AccountCreated(
        body.account.account_id, body.account.name, AccountKind(body.account.kind), tuple(body.account.owner_user_ids)
    ),
    "account_renamed": lambda body: facts.AccountRenamed(body.account_id, body.name),
    "access_changed": lambda body: facts.AccessChanged(body.account_id, body.user_id, body.owner),
    "user_created": lambda body: facts.UserCreated(body.user_id, body.subject, body.account_id, body.email),
    "cancel_on_disconnect_set": lambda body: facts.CancelOnDisconnectSet(body.session_number, body.enabled),
    "dead_man_timer_set": lambda body: facts.DeadManTimerSet(body.account_id, body.seconds, body.due),
    "transferred": _read_transferred,
    **FACT_READERS,
}
