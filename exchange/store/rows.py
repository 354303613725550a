"""``rows_of``: what a command's facts change in the tables, copied out of the state right after ``apply``.

The writer runs later, in a thread, while the state moves on: so values are copied in the same step, as plain tuples.
They are absolute (the cash after, not the change), so of several rows for one thing in a batch the last one wins. The
exception is how much of an order was filled, which the state does not keep: it travels as an addition.

A resting order is one tuple, because what it reserves follows from the orders when the file is loaded.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from exchange.core.book import priority
from exchange.core.credentials import (
    ApiKeyIssued,
    ApiKeyRevoked,
    ApiKeyUsed,
    InvitationAccepted,
    InvitationIssued,
    InvitationRevoked,
)
from exchange.core.facts import (
    AccessChanged,
    AccountCreated,
    AccountRenamed,
    Announced,
    CancelOnDisconnectSet,
    DeadManTimerSet,
    Fact,
    GroupChanged,
    MarketCreated,
    MarketEdited,
    MarketFailed,
    MarketSettled,
    MarketStatusChanged,
    MarketUnsettled,
    OrderAmended,
    OrderPlaced,
    OrdersCancelled,
    Redeemed,
    Transferred,
    UserCreated,
)
from exchange.core.state import Market, Position, State

Row = tuple[Any, ...]


class OrderChange(NamedTuple):
    """An order after something happened to it. ``ended_sequence`` None means that it still rests."""

    order_id: int
    newly_filled: int
    remaining: int
    ended_sequence: int | None


class OrderTerms(NamedTuple):
    """An order's terms after an amendment. ``priority`` None means unchanged."""

    order_id: int
    price: int
    size: int
    priority: int | None


Rows = dict[str, list[Any]]
"""Rows by table, columns in the order of the statements in ``batch.py``. Later rows for one key replace earlier."""


class _Step(NamedTuple):
    """One fact's surroundings: the state after the whole command, and its place among the facts."""

    rows: defaultdict[str, list[Any]]
    state: State
    sequence: int
    time: int
    place: int


def rows_of(state: State, sequence: int, time: int, facts: Sequence[Fact]) -> Rows:
    """The rows that ``facts``, just applied at ``sequence``, leave behind.

    Call it in the same step as ``apply``. It only reads, and everything it looks up is there after ``apply``.
    """
    if len(facts) == 1:
        fact = facts[0]
        if type(fact) is OrderPlaced and not fact.fills and not fact.reductions:
            return {"orders": [_order_row(fact, sequence, time, 0)]}
    rows: defaultdict[str, list[Any]] = defaultdict(list)
    for index, fact in enumerate(facts):
        _COPY[type(fact)](_Step(rows, state, sequence, time, index), fact)
    return rows


def _order_row(fact: OrderPlaced, sequence: int, time: int, index: int) -> Row:
    filled = 0
    for fill in fact.fills:
        filled += fill.size
    remaining = fact.remaining
    return (
        fact.order_id, fact.market_id, fact.account_id, fact.side, fact.price, fact.size, filled, remaining,
        priority(sequence, index) if remaining else None, None if remaining else sequence, sequence, time,
        fact.time_in_force, fact.post_only, fact.expires_at, fact.session_number, fact.tag,
    )  # fmt: skip


def _order_placed(step: _Step, fact: OrderPlaced) -> None:
    step.rows["orders"].append(_order_row(fact, step.sequence, step.time, step.place))
    _matched(step.rows, step.state.markets[fact.market_id], fact, fact.side, step.sequence, step.time)


def _order_amended(step: _Step, fact: OrderAmended) -> None:
    market = step.state.markets[fact.market_id]
    place = None if fact.kept_place else priority(step.sequence, step.place)
    step.rows["order_terms"].append(OrderTerms(fact.order_id, fact.price, fact.size, place))
    filled = sum(fill.size for fill in fact.fills)
    step.rows["order_changes"].append(_change(market, fact.order_id, filled, step.sequence))
    _matched(step.rows, market, fact, fact.side, step.sequence, step.time)


def _matched(
    rows: defaultdict[str, list[Any]],
    market: Market,
    fact: OrderPlaced | OrderAmended,
    side: int,
    sequence: int,
    time: int,
) -> None:
    taker_id, order_id, market_id = fact.account_id, fact.order_id, fact.market_id
    for fill in fact.fills:
        maker_id = fill.account_id
        rows["trades"].append((
            sequence, len(rows["trades"]), market_id, time, fill.price, fill.size, side, taker_id, order_id, maker_id,
            fill.order_id,
        ))  # fmt: skip
        rows["order_changes"].append(_change(market, fill.order_id, fill.size, sequence))
        _holdings(rows, market.positions[maker_id])
    for reduction in fact.reductions:
        rows["order_changes"].append(_change(market, reduction.order_id, 0, sequence))
    if fact.fills:
        _holdings(rows, market.positions[taker_id])
        rows["last_trades"].append((market_id, market.last_trade_price, market.last_trade_size, market.last_trade_time))


def _change(market: Market, order_id: int, filled: int, sequence: int) -> OrderChange:
    """Whoever is not in the book any more has ended."""
    order = market.book.orders.get(order_id)
    return (
        OrderChange(order_id, filled, 0, sequence)
        if order is None
        else OrderChange(order_id, filled, order.remaining, None)
    )


def _holdings(rows: defaultdict[str, list[Any]], position: Position) -> None:
    account = position.account
    rows["cash"].append((account.account_id, account.cash, account.received))
    rows["positions"].append((position.market_id, account.account_id, position.size, position.cost, position.cash_flow))


def _orders_cancelled(step: _Step, fact: OrdersCancelled) -> None:
    step.rows["order_changes"].extend([OrderChange(order_id, 0, 0, step.sequence) for order_id in fact.order_ids])


def _market_created(step: _Step, fact: MarketCreated) -> None:
    _market_changed(step, fact)
    step.rows["viewers"].extend([(fact.market_id, account_id, True) for account_id in fact.viewer_account_ids])
    step.rows["constituents"].extend(
        [
            (fact.market_id, place, market_id, multiplier)
            for place, (market_id, multiplier) in enumerate(fact.constituents)
        ]
    )


def _market_edited(step: _Step, fact: MarketEdited) -> None:
    _market_changed(step, fact)
    for account_ids, sees in ((fact.added_viewer_account_ids, True), (fact.removed_viewer_account_ids, False)):
        step.rows["viewers"].extend([(fact.market_id, account_id, sees) for account_id in account_ids])


def _market_changed(
    step: _Step, fact: MarketCreated | MarketEdited | MarketStatusChanged | MarketSettled | MarketUnsettled
) -> None:
    market = step.state.markets[fact.market_id]
    step.rows["markets"].append((
        market.market_id, market.name, market.description, market.owner_account_id, market.low, market.high,
        market.status, market.position_limit, market.settlement_price, market.created_at, market.group_id,
        market.pinned, market.ranked, market.opens_at, market.closes_at, market.redeem_fee, market.restricted,
        market.anonymous,
    ))  # fmt: skip


def _group_changed(step: _Step, fact: GroupChanged) -> None:
    step.rows["groups"].append((fact.group_id, fact.name, fact.description))


def _announced(step: _Step, fact: Announced) -> None:
    step.rows["announcements"].append((step.sequence, step.time, fact.text))


def _market_settled(step: _Step, fact: MarketSettled) -> None:
    """The book is empty by now: one statement ends the orders of the market, by when they were placed."""
    market = step.state.markets[fact.market_id]
    _market_changed(step, fact)
    step.rows["settled"].append((market.market_id, step.sequence))
    _settled_positions(step, market)
    for position in market.positions.values():
        _holdings(step.rows, position)


def _market_unsettled(step: _Step, fact: MarketUnsettled) -> None:
    market = step.state.markets[fact.market_id]
    _market_changed(step, fact)
    _settled_positions(step, market)
    for account_id, _, _ in fact.positions:
        _holdings(step.rows, market.positions[account_id])


def _settled_positions(step: _Step, market: Market) -> None:
    """One entry for all of a market's, so that the last one of a batch says what is there."""
    held = tuple((market.market_id, account_id, size, cost) for account_id, (size, cost) in market.settled.items())
    step.rows["settled_positions"].append((market.market_id, held))


def _redeemed(step: _Step, fact: Redeemed) -> None:
    fund = step.state.markets[fact.market_id]
    for market_id in (fact.market_id, *(constituent.market_id for constituent in fund.constituents)):
        positions = step.state.markets[market_id].positions
        for account_id in (fact.account_id, step.state.house_id):
            _holdings(step.rows, positions[account_id])


def _market_failed(_step: _Step, _fact: MarketFailed) -> None:
    """The journal alone keeps it."""


def _account_created(step: _Step, fact: AccountCreated) -> None:
    account = step.state.accounts[fact.account_id]
    step.rows["accounts"].append(
        (account.account_id, account.name, account.kind, step.sequence, account.cash, account.received)
    )
    step.rows["owners"].extend([(account.account_id, user_id, True) for user_id in fact.owner_user_ids])


def _account_renamed(step: _Step, fact: AccountRenamed) -> None:
    step.rows["names"].append((fact.account_id, step.state.accounts[fact.account_id].name))


def _access_changed(step: _Step, fact: AccessChanged) -> None:
    step.rows["owners"].append((fact.account_id, fact.user_id, fact.owner))


def _user_created(step: _Step, fact: UserCreated) -> None:
    step.rows["users"].append((fact.user_id, fact.subject, fact.account_id, step.sequence, fact.email))


def _cancel_on_disconnect_set(step: _Step, fact: CancelOnDisconnectSet) -> None:
    step.rows["guarded_sessions"].append((fact.session_number, fact.enabled))


def _dead_man_timer_set(step: _Step, fact: DeadManTimerSet) -> None:
    step.rows["dead_man_timers"].append(tuple(fact))


def _api_key(step: _Step, fact: ApiKeyIssued | ApiKeyUsed) -> None:
    step.rows["api_keys"].append((*step.state.api_keys[fact.key_id], None))


def _api_key_revoked(step: _Step, fact: ApiKeyRevoked) -> None:
    step.rows["revoked_keys"].append((fact.key_id, step.sequence))


def _invitation(step: _Step, fact: InvitationIssued | InvitationAccepted) -> None:
    step.rows["invitations"].append((*step.state.invitations[fact.invitation_id], None))


def _invitation_revoked(step: _Step, fact: InvitationRevoked) -> None:
    step.rows["revoked_invitations"].append((fact.invitation_id, step.sequence))


def _transferred(step: _Step, fact: Transferred) -> None:
    step.rows["transfers"].append((
        fact.transfer_id, step.sequence, step.time, fact.kind, fact.from_account_id, fact.to_account_id, fact.amount,
        fact.note, fact.initiator_user_id,
    ))  # fmt: skip
    for account_id in (fact.from_account_id, fact.to_account_id):
        account = step.state.accounts[account_id]
        step.rows["cash"].append((account.account_id, account.cash, account.received))


_COPY: dict[type, Callable[[_Step, Any], None]] = {
    OrderPlaced: _order_placed,
    OrderAmended: _order_amended,
    OrdersCancelled: _orders_cancelled,
    MarketCreated: _market_created,
    MarketEdited: _market_edited,
    MarketStatusChanged: _market_changed,
    GroupChanged: _group_changed,
    Announced: _announced,
    MarketSettled: _market_settled,
    MarketUnsettled: _market_unsettled,
    Redeemed: _redeemed,
    MarketFailed: _market_failed,
    AccountCreated: _account_created,
    AccountRenamed: _account_renamed,
    AccessChanged: _access_changed,
    UserCreated: _user_created,
    CancelOnDisconnectSet: _cancel_on_disconnect_set,
    DeadManTimerSet: _dead_man_timer_set,
    Transferred: _transferred,
    ApiKeyIssued: _api_key,
    ApiKeyUsed: _api_key,
    ApiKeyRevoked: _api_key_revoked,
    InvitationIssued: _invitation,
    InvitationAccepted: _invitation,
    InvitationRevoked: _invitation_revoked,
}
