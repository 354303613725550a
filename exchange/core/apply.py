"""``apply``: the one way the state changes. Plain assignments that follow from facts and cannot be refused."""

from collections.abc import Callable, Sequence
from typing import Any

from exchange.core.apply_credentials import APPLY_CREDENTIALS
from exchange.core.book import Order, priority
from exchange.core.facts import (
    AccessChanged,
    AccountCreated,
    AccountRenamed,
    Announced,
    CancelOnDisconnectSet,
    DeadManTimerSet,
    Fact,
    Fill,
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
    Reduction,
    Transferred,
    UserCreated,
)
from exchange.core.lens import lens_of, turns
from exchange.core.names import name_key
from exchange.core.state import Account, DeadManTimer, Group, Market, Position, State, User
from exchange.core.units import ANNOUNCEMENTS_KEPT, AccountKind, MarketStatus, Side

_BUY = Side.BUY
_EDITED_AS_NAMED = tuple(name for name in MarketEdited._fields[1:] if not name.endswith("viewer_account_ids"))


def apply(state: State, sequence: int, time: int, facts: Sequence[Fact]) -> None:
    """Brings the state from before ``sequence`` to after it. An exception here means that memory is torn."""
    for index, fact in enumerate(facts):
        _APPLY[type(fact)](state, fact, sequence, time, index)
    state.sequence = sequence
    state.time = time


def apply_fact(state: State, fact: Fact, sequence: int, time: int, index: int) -> None:
    """Applies the ``index``-th fact of a command alone, for a rule that tries several steps and takes them back."""
    _APPLY[type(fact)](state, fact, sequence, time, index)


def _order_placed(state: State, fact: OrderPlaced, sequence: int, time: int, index: int) -> None:
    (
        market_id, order_id, account_id, side, price, size, remaining, fills, reductions, _, expires_at, tag,
        session_number, post_only,
    ) = fact  # fmt: skip
    market = state.markets[market_id]
    market.changed_at = sequence
    position = market.positions.get(account_id)
    if position is None:
        position = market.position(state.accounts[account_id])
    if fills or reductions:
        _match(market, position, side, fills, reductions, time)
    if remaining:
        order = Order(
            order_id, account_id, side, price, size, remaining, priority(sequence, index), time, tag, expires_at,
            session_number, post_only,
        )  # fmt: skip
        market.book.insert(order)
        position.rest(order)
    position.refresh()
    state.next_order_id = order_id + 1


def _order_amended(state: State, fact: OrderAmended, sequence: int, time: int, index: int) -> None:
    market = state.markets[fact.market_id]
    market.changed_at = sequence
    position = market.positions[fact.account_id]
    order = market.book.orders[fact.order_id]
    if fact.kept_place:
        lost = order.remaining - fact.remaining
        position.unrest(order, lost)
        market.book.reduce(order, lost)
        order.size = fact.size
        position.refresh()
        return
    position.unrest(order, order.remaining)
    market.book.remove(order)
    _match(market, position, order.side, fact.fills, fact.reductions, time)
    order.price = fact.price
    order.size = fact.size
    order.remaining = fact.remaining
    order.priority = priority(sequence, index)
    if fact.remaining:
        market.book.insert(order)
        position.rest(order)
    position.refresh()


def _match(
    market: Market,
    taker: Position,
    side: Side,
    fills: tuple[Fill, ...],
    reductions: tuple[Reduction, ...],
    time: int,
) -> None:
    book = market.book
    sign = 1 if side is _BUY else -1
    for fill in fills:
        order = book.orders[fill.order_id]
        maker = market.positions[order.account_id]
        maker.unrest(order, fill.size)
        book.reduce(order, fill.size)
        maker.trade(-sign * fill.size, fill.price)
        maker.refresh()
        taker.trade(sign * fill.size, fill.price)
    for reduction in reductions:
        order = book.orders[reduction.order_id]
        owner = market.positions[order.account_id]
        owner.unrest(order, reduction.size)
        book.reduce(order, reduction.size)
        owner.refresh()
    if fills:
        last = fills[-1]
        market.last_trade_price, market.last_trade_size, market.last_trade_time = last.price, last.size, time


def _orders_cancelled(state: State, fact: OrdersCancelled, sequence: int, time: int, index: int) -> None:
    market = state.markets[fact.market_id]
    market.changed_at = sequence
    book, positions = market.book, market.positions
    for order_id in fact.order_ids:
        order = book.orders[order_id]
        position = positions[order.account_id]
        position.unrest(order, order.remaining)
        book.remove(order)
        order.remaining = 0
        position.refresh()


def _market_created(state: State, fact: MarketCreated, sequence: int, time: int, index: int) -> None:
    market = Market(fact.market_id, fact.name, fact.description, fact.owner_account_id, fact.low, fact.high)
    market.status = fact.status
    market.created_at = time
    market.group_id = fact.group_id
    market.pinned = fact.pinned
    market.ranked = fact.ranked
    market.position_limit = fact.position_limit
    market.opens_at = fact.opens_at
    market.closes_at = fact.closes_at
    market.constituents = fact.constituents
    market.redeem_fee = fact.redeem_fee
    market.restricted = fact.restricted
    market.anonymous = fact.anonymous
    market.viewers = frozenset(fact.viewer_account_ids)
    for constituent in fact.constituents:
        state.markets[constituent.market_id].part_of.append(fact.market_id)
    market.changed_at = sequence
    state.markets[fact.market_id] = market
    state.next_market_id = fact.market_id + 1
    state.markets_by_name[name_key(fact.name)] = market
    if turns(fact):
        state.lens = lens_of(state)


def _market_edited(state: State, fact: MarketEdited, sequence: int, time: int, index: int) -> None:
    market = state.markets[fact.market_id]
    market.changed_at = sequence
    if fact.name is not None:
        del state.markets_by_name[name_key(market.name)]
        state.markets_by_name[name_key(fact.name)] = market
    for name in _EDITED_AS_NAMED:
        value = getattr(fact, name)
        if value is not None:
            setattr(market, name, value)
    market.viewers = (market.viewers | set(fact.added_viewer_account_ids)) - set(fact.removed_viewer_account_ids)
    if turns(fact):
        state.lens = lens_of(state)


def _group_changed(state: State, fact: GroupChanged, sequence: int, time: int, index: int) -> None:
    state.groups[fact.group_id] = Group(fact.group_id, fact.name, fact.description)


def _announced(state: State, fact: Announced, sequence: int, time: int, index: int) -> None:
    state.announcements.append((time, fact.text))
    del state.announcements[:-ANNOUNCEMENTS_KEPT]


def _market_status_changed(state: State, fact: MarketStatusChanged, sequence: int, time: int, index: int) -> None:
    market = state.markets[fact.market_id]
    market.status = fact.status
    market.changed_at = sequence


def _market_settled(state: State, fact: MarketSettled, sequence: int, time: int, index: int) -> None:
    market = state.markets[fact.market_id]
    market.changed_at = sequence
    market.status = MarketStatus.SETTLED
    market.settlement_price = fact.price
    market.book.clear()
    for account_id, position in market.positions.items():
        if position.size:
            market.settled[account_id] = (position.size, position.cost)
        value = position.size * fact.price
        position.account.cash += value
        position.cash_flow += value
        position.end()


def _market_unsettled(state: State, fact: MarketUnsettled, sequence: int, time: int, index: int) -> None:
    market = state.markets[fact.market_id]
    market.changed_at = sequence
    market.status = MarketStatus.HALTED
    for account_id, size, cost in fact.positions:
        position = market.position(state.accounts[account_id])
        value = size * market.settlement_price
        position.account.cash -= value
        position.cash_flow -= value
        position.size, position.cost = size, cost
        position.refresh()
    market.settlement_price = 0
    market.settled.clear()


def _redeemed(state: State, fact: Redeemed, sequence: int, time: int, index: int) -> None:
    """The fee is booked in the fund: cash is always what was received and what flowed in each market."""
    fund = state.markets[fact.market_id]
    legs = [(fund, -fact.size, fact.mark)]
    for (market_id, multiplier), mark in zip(fund.constituents, fact.constituent_marks, strict=True):
        legs.append((state.markets[market_id], fact.size * multiplier, mark))
    for account_id, sign in ((fact.account_id, 1), (state.house_id, -1)):
        account = state.accounts[account_id]
        for market, size, mark in legs:
            position = market.position(account)
            position.trade(sign * size, mark)
            position.refresh()
        account.cash -= sign * fact.fee
        fund.positions[account_id].cash_flow -= sign * fact.fee
    for market, _, _ in legs:
        market.changed_at = sequence


def _market_failed(state: State, fact: MarketFailed, sequence: int, time: int, index: int) -> None:
    """Kept for the record; a halt is a fact of its own."""


def _account_created(state: State, fact: AccountCreated, sequence: int, time: int, index: int) -> None:
    account = Account(fact.account_id, fact.name, fact.kind, frozenset(fact.owner_user_ids))
    account.creator_id = fact.owner_user_ids[0] if fact.owner_user_ids else 0
    state.accounts[fact.account_id] = account
    state.next_account_id = fact.account_id + 1
    state.accounts_by_name[name_key(fact.name)] = account
    state.accounts_changed_at = sequence
    if fact.kind == AccountKind.HOUSE:
        state.house_id = fact.account_id
    for user_id in fact.owner_user_ids:
        if user_id in state.users:
            state.users[user_id].owned.add(fact.account_id)


def _account_renamed(state: State, fact: AccountRenamed, sequence: int, time: int, index: int) -> None:
    account = state.accounts[fact.account_id]
    del state.accounts_by_name[name_key(account.name)]
    account.name = fact.name
    state.accounts_by_name[name_key(fact.name)] = account
    state.accounts_changed_at = sequence


def _access_changed(state: State, fact: AccessChanged, sequence: int, time: int, index: int) -> None:
    account = state.accounts[fact.account_id]
    owned = state.users[fact.user_id].owned
    if fact.owner:
        account.owners |= {fact.user_id}
        owned.add(fact.account_id)
    else:
        account.owners -= {fact.user_id}
        owned.discard(fact.account_id)


def _user_created(state: State, fact: UserCreated, sequence: int, time: int, index: int) -> None:
    user = User(fact.user_id, fact.subject, fact.account_id, {fact.account_id}, fact.email)
    state.users[fact.user_id] = user
    state.next_user_id = fact.user_id + 1
    state.users_by_subject[fact.subject] = user


def _cancel_on_disconnect_set(state: State, fact: CancelOnDisconnectSet, sequence: int, time: int, index: int) -> None:
    if fact.enabled:
        state.guarded_sessions.add(fact.session_number)
    else:
        state.guarded_sessions.discard(fact.session_number)


def _dead_man_timer_set(state: State, fact: DeadManTimerSet, sequence: int, time: int, index: int) -> None:
    if fact.seconds:
        state.dead_man_timers[fact.account_id] = DeadManTimer(fact.seconds, fact.due)
    else:
        del state.dead_man_timers[fact.account_id]


def _transferred(state: State, fact: Transferred, sequence: int, time: int, index: int) -> None:
    sender, recipient = state.accounts[fact.from_account_id], state.accounts[fact.to_account_id]
    sender.cash -= fact.amount
    recipient.cash += fact.amount
    sender.received -= fact.amount
    recipient.received += fact.amount
    state.next_transfer_id = fact.transfer_id + 1


_APPLY: dict[type, Callable[[State, Any, int, int, int], None]] = {
    OrderPlaced: _order_placed,
    OrderAmended: _order_amended,
    OrdersCancelled: _orders_cancelled,
    MarketCreated: _market_created,
    MarketEdited: _market_edited,
    GroupChanged: _group_changed,
    Announced: _announced,
    MarketStatusChanged: _market_status_changed,
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
    **APPLY_CREDENTIALS,
}
