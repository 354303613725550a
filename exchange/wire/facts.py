"""Facts as elements of a frame, encoded once per audience.

The *record* of a commit shows everything and is what the journal keeps and elevated admins are sent. Where something of
a fact is kept back from somebody, what they are told is encoded again; where nothing is, the record itself is sent to
everybody.
"""

from collections.abc import Callable, Iterable
from typing import Any

from exchange.core import facts
from exchange.core.audience import as_seen
from exchange.core.lens import View
from exchange.wire.credentials import FACT_WRITERS
from exchange_client.schema import server_pb2

ServerMessage = server_pb2.ServerMessage


def encode_facts(sequence: int, time: int, happened: Iterable[facts.Fact]) -> bytes:
    """The facts of one commit as elements of a frame, with everything that is in them."""
    frame = server_pb2.ServerFrame()
    for fact in happened:
        message = frame.messages.add()
        message.sequence = sequence
        message.time = time
        _WRITERS[type(fact)](message, fact)
    return frame.SerializeToString()


class OrderEncoder:
    """Encodes the record of a lone new order, what most commits are, by filling in one message again and again.

    The bytes are those of ``encode_facts``; building the message anew would take twice the time. For one thread.
    """

    def __init__(self) -> None:
        self._frame = server_pb2.ServerFrame()
        self._message = self._frame.messages.add()
        self._placed = self._message.order_placed
        self._has_matches = False

    def encode(self, sequence: int, time: int, fact: facts.OrderPlaced) -> bytes:
        """The element of ``fact``, which hides nothing."""
        message, placed = self._message, self._placed
        message.sequence = sequence
        message.time = time
        (
            placed.market_id, placed.order_id, placed.account_id, placed.side, placed.price, placed.size,
            placed.remaining, fills, reductions, placed.time_in_force, placed.expires_at, _, _, placed.post_only,
        ) = fact  # type: ignore[assignment]  # fmt: skip
        if self._has_matches:  # of the order before, whose encoding may have failed half way
            placed.ClearField("fills")
            placed.ClearField("reductions")
        self._has_matches = bool(fills or reductions)
        if self._has_matches:
            _write_fills(placed.fills, fills)
            _write_reductions(placed.reductions, reductions)
        return self._frame.SerializeToString()


def encode_for(view: View, sequence: int, time: int, happened: Iterable[facts.Fact]) -> bytes:
    """The facts of one commit as a client with ``view`` may see them; empty when it may see none."""
    seen = [told for told in (as_seen(view, fact) for fact in happened) if told is not None]
    return encode_facts(sequence, time, seen) if seen else b""


def end_of_frame(sequence: int, time: int) -> bytes:
    """What a frame ends with that completes the feed through ``sequence``."""
    return server_pb2.ServerFrame(complete_through=sequence, complete_time=time).SerializeToString()


def _write_order_placed(message: ServerMessage, fact: facts.OrderPlaced) -> None:
    placed = message.order_placed
    placed.market_id = fact.market_id
    placed.order_id = fact.order_id
    placed.account_id = fact.account_id
    placed.side = fact.side  # type: ignore[assignment]
    placed.price = fact.price
    placed.size = fact.size
    if fact.remaining:
        placed.remaining = fact.remaining
    if fact.fills:
        _write_fills(placed.fills, fact.fills)
    if fact.reductions:
        _write_reductions(placed.reductions, fact.reductions)
    placed.time_in_force = fact.time_in_force  # type: ignore[assignment]
    if fact.expires_at:
        placed.expires_at = fact.expires_at
    if fact.post_only:
        placed.post_only = True
    if fact.tag:
        placed.tag = fact.tag
    if fact.session_number:
        placed.session_number = fact.session_number


def _write_order_amended(message: ServerMessage, fact: facts.OrderAmended) -> None:
    amended = message.order_amended
    amended.market_id = fact.market_id
    amended.order_id = fact.order_id
    amended.account_id = fact.account_id
    amended.price = fact.price
    amended.size = fact.size
    amended.remaining = fact.remaining
    amended.kept_place = fact.kept_place
    amended.side = fact.side  # type: ignore[assignment]
    _write_fills(amended.fills, fact.fills)
    _write_reductions(amended.reductions, fact.reductions)


def _write_fills(target: Any, fills: tuple[facts.Fill, ...]) -> None:
    for order_id, account_id, size, price in fills:
        fill = target.add()
        fill.order_id = order_id
        fill.account_id = account_id
        fill.size = size
        fill.price = price


def _write_reductions(target: Any, reductions: tuple[facts.Reduction, ...]) -> None:
    for order_id, size in reductions:
        reduction = target.add()
        reduction.order_id = order_id
        reduction.size = size


def _write_orders_cancelled(message: ServerMessage, fact: facts.OrdersCancelled) -> None:
    cancelled = message.orders_cancelled
    cancelled.market_id = fact.market_id
    cancelled.order_ids.extend(fact.order_ids)
    cancelled.reason = fact.reason  # type: ignore[assignment]
    cancelled.account_id = fact.account_id


def _write_market_created(message: ServerMessage, fact: facts.MarketCreated) -> None:
    market = message.market_created.market
    market.market_id = fact.market_id
    market.name = fact.name
    market.description = fact.description
    market.owner_account_id = fact.owner_account_id
    market.low = fact.low
    market.high = fact.high
    market.status = fact.status  # type: ignore[assignment]
    market.created_at = message.time
    market.group_id = fact.group_id
    market.pinned = fact.pinned
    market.ranked = fact.ranked
    market.position_limit = fact.position_limit
    market.opens_at = fact.opens_at
    market.closes_at = fact.closes_at
    market.redeem_fee = fact.redeem_fee
    market.restricted = fact.restricted
    market.anonymous = fact.anonymous
    market.viewer_account_ids.extend(fact.viewer_account_ids)
    for market_id, multiplier in fact.constituents:
        market.constituents.add(market_id=market_id, multiplier=multiplier)


def _write_market_edited(message: ServerMessage, fact: facts.MarketEdited) -> None:
    edited = message.market_edited
    for name, value in fact._asdict().items():
        if isinstance(value, tuple):
            getattr(edited, name).extend(value)
        elif value is not None:
            setattr(edited, name, value)


def _write_group_changed(message: ServerMessage, fact: facts.GroupChanged) -> None:
    group = message.group_changed.group
    group.group_id = fact.group_id
    group.name = fact.name
    group.description = fact.description


def _write_announced(message: ServerMessage, fact: facts.Announced) -> None:
    message.announced.announcement.text = fact.text
    message.announced.announcement.time = message.time


def _write_market_status(message: ServerMessage, fact: facts.MarketStatusChanged) -> None:
    changed = message.market_status_changed
    changed.market_id = fact.market_id
    changed.status = fact.status  # type: ignore[assignment]
    changed.author_user_id = fact.author_user_id


def _write_market_settled(message: ServerMessage, fact: facts.MarketSettled) -> None:
    settled = message.market_settled
    settled.market_id = fact.market_id
    settled.price = fact.price
    settled.author_user_id = fact.author_user_id


def _write_market_unsettled(message: ServerMessage, fact: facts.MarketUnsettled) -> None:
    unsettled = message.market_unsettled
    unsettled.market_id = fact.market_id
    unsettled.author_user_id = fact.author_user_id
    for account_id, size, cost in fact.positions:
        unsettled.positions.add(account_id=account_id, size=size, cost=cost)


def _write_redeemed(message: ServerMessage, fact: facts.Redeemed) -> None:
    redeemed = message.redeemed
    redeemed.market_id = fact.market_id
    redeemed.account_id = fact.account_id
    redeemed.size = fact.size
    redeemed.fee = fact.fee
    redeemed.mark = fact.mark
    redeemed.constituent_marks.extend(fact.constituent_marks)


def _write_market_failed(message: ServerMessage, fact: facts.MarketFailed) -> None:
    failed = message.market_failed
    failed.market_id = fact.market_id
    failed.reason = fact.reason
    failed.halted = fact.halted


def _write_account_created(message: ServerMessage, fact: facts.AccountCreated) -> None:
    account = message.account_created.account
    account.account_id = fact.account_id
    account.name = fact.name
    account.kind = fact.kind  # type: ignore[assignment]
    account.owner_user_ids.extend(fact.owner_user_ids)


def _write_account_renamed(message: ServerMessage, fact: facts.AccountRenamed) -> None:
    renamed = message.account_renamed
    renamed.account_id = fact.account_id
    renamed.name = fact.name


def _write_access_changed(message: ServerMessage, fact: facts.AccessChanged) -> None:
    changed = message.access_changed
    changed.account_id = fact.account_id
    changed.user_id = fact.user_id
    changed.owner = fact.owner


def _write_user_created(message: ServerMessage, fact: facts.UserCreated) -> None:
    user = message.user_created
    user.user_id = fact.user_id
    user.subject = fact.subject
    user.account_id = fact.account_id
    user.email = fact.email


def _write_cancel_on_disconnect_set(message: ServerMessage, fact: facts.CancelOnDisconnectSet) -> None:
    message.cancel_on_disconnect_set.session_number = fact.session_number
    message.cancel_on_disconnect_set.enabled = fact.enabled


def _write_dead_man_timer_set(message: ServerMessage, fact: facts.DeadManTimerSet) -> None:
    timer = message.dead_man_timer_set
    timer.account_id = fact.account_id
    timer.seconds = fact.seconds
    timer.due = fact.due


def _write_transferred(message: ServerMessage, fact: facts.Transferred) -> None:
    record = message.transferred.transfer
    record.transfer_id = fact.transfer_id
    record.kind = fact.kind  # type: ignore[assignment]
    record.from_account_id = fact.from_account_id
    record.to_account_id = fact.to_account_id
    record.amount = fact.amount
    record.note = fact.note
    record.initiator_user_id = fact.initiator_user_id
    record.time = message.time


_WRITERS: dict[type, Callable[[ServerMessage, Any], None]] = {
    facts.OrderPlaced: _write_order_placed,
    facts.OrderAmended: _write_order_amended,
    facts.OrdersCancelled: _write_orders_cancelled,
    facts.MarketCreated: _write_market_created,
    facts.MarketEdited: _write_market_edited,
    facts.GroupChanged: _write_group_changed,
    facts.Announced: _write_announced,
    facts.MarketStatusChanged: _write_market_status,
    facts.MarketSettled: _write_market_settled,
    facts.MarketUnsettled: _write_market_unsettled,
    facts.Redeemed: _write_redeemed,
    facts.MarketFailed: _write_market_failed,
    facts.AccountCreated: _write_account_created,
    facts.AccountRenamed: _write_account_renamed,
    facts.AccessChanged: _write_access_changed,
    facts.UserCreated: _write_user_created,
    facts.CancelOnDisconnectSet: _write_cancel_on_disconnect_set,
    facts.DeadManTimerSet: _write_dead_man_timer_set,
    facts.Transferred: _write_transferred,
    **FACT_WRITERS,
}


def fact_kinds() -> tuple[type, ...]:
    """Every kind of fact there is on the wire."""
    return tuple(_WRITERS)
