"""Reads the present out of the tables: what ``apply`` would arrive at from the whole journal."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from operator import itemgetter
from typing import Any

import apsw

from exchange.core.book import Order
from exchange.core.credentials import ApiKey, Invitation
from exchange.core.lens import lens_of
from exchange.core.names import name_key
from exchange.core.state import Account, DeadManTimer, Group, Limits, Market, State, User
from exchange.core.units import ANNOUNCEMENTS_KEPT, AccountKind, Constituent, KeyScope, MarketStatus, Side
from exchange.store.journal import JOURNAL_COLUMNS, checked, checked_row

_SIDES = {side.value: side for side in Side}

OPEN_ORDERS = (
    "SELECT market_id, id, account_id, side, price, size, remaining, priority, placed_at, tag, expires_at,"
    " session_number, post_only FROM open_orders"
)
OPEN_ORDERS_OF_MARKET = f"{OPEN_ORDERS} WHERE +market_id = ?"  # the plus: an index made for it would read the past
_PRIORITY = itemgetter(7)
LATEST = f"SELECT {JOURNAL_COLUMNS} FROM journal ORDER BY sequence DESC LIMIT 1"
LATEST_ANNOUNCEMENTS = "SELECT time, text FROM announcements ORDER BY sequence DESC LIMIT ?"
HIGHEST_ORDER = "SELECT max(id) FROM orders"
HIGHEST_TRANSFER = "SELECT max(id) FROM transfers"


# Whoever asked for the commit that made it.
CREATORS = (
    f"SELECT accounts.id, {JOURNAL_COLUMNS} FROM accounts"
    " JOIN journal ON journal.sequence = accounts.created_sequence"
    f" WHERE accounts.kind = {AccountKind.SUB.value}"
)


def load_state(connection: apsw.Connection, limits: Limits) -> State:
    """The present. All of it is read in one transaction, so it is of one moment."""
    state = State(limits)
    with connection, _collector_paused():
        _load_accounts(connection, state)
        _load_markets(connection, state)
        _load_viewers(connection, state)
        _load_funds(connection, state)
        _load_organised(connection, state)
        _load_guards(connection, state)
        _load_credentials(connection, state)
        _load_positions(connection, state)
        _load_orders(connection, state)
        state.lens = lens_of(state)
        for latest in checked(connection.execute(LATEST)):
            state.sequence, state.time = latest.sequence, latest.time
        state.next_order_id = (connection.execute(HIGHEST_ORDER).get or 0) + 1
        state.next_user_id = max(state.users, default=0) + 1
        state.next_account_id = max(state.accounts, default=0) + 1
        state.next_market_id = max(state.markets, default=0) + 1
        state.next_transfer_id = (connection.execute(HIGHEST_TRANSFER).get or 0) + 1
    # Nothing derived from before this start is left, so any moment up to now is right.
    state.accounts_changed_at = state.sequence
    for market in state.markets.values():
        market.changed_at = state.sequence
    return state


def open_order_rows(connection: apsw.Connection, market_id: int | None = None) -> list[tuple[Any, ...]]:
    """What rests, in one market or in all, in order of priority over all markets.

    Queues, and the orders of an account, then come out as they were by appending.
    """
    query = OPEN_ORDERS if market_id is None else OPEN_ORDERS_OF_MARKET
    rows: list[tuple[Any, ...]] = connection.execute(query, () if market_id is None else (market_id,)).fetchall()
    rows.sort(key=_PRIORITY)  # nearly in order already: only an amendment takes another place than its id says
    return rows


def order_of(row: tuple[Any, ...]) -> Order:
    """The order of a row of ``OPEN_ORDERS``, its market left out."""
    _, order_id, account_id, side, price, size, remaining, place, placed_at, tag, expires_at, session, post_only = row
    return Order(
        order_id, account_id, _SIDES[side], price, size, remaining, place, placed_at, tag, expires_at, session,
        post_only == 1,
    )  # fmt: skip


@contextmanager
def _collector_paused() -> Iterator[None]:
    """The collector would look at all that is loaded again and again and find nothing: half the time of a start."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _load_accounts(connection: apsw.Connection, state: State) -> None:
    owners: dict[int, set[int]] = {}
    for account_id, user_id in connection.execute("SELECT account_id, user_id FROM account_owners"):
        owners.setdefault(account_id, set()).add(user_id)
    for account_id, name, kind, cash, received in connection.execute(
        "SELECT id, name, kind, cash, received FROM accounts ORDER BY id"
    ):
        account = Account(account_id, name, AccountKind(kind), frozenset(owners.get(account_id, ())))
        account.cash, account.received = cash, received
        state.accounts[account_id] = account
        state.accounts_by_name[name_key(name)] = account
        if account.kind == AccountKind.HOUSE:
            state.house_id = account_id
    users = connection.execute("SELECT id, subject, account_id, email FROM users ORDER BY id")
    for user_id, subject, account_id, email in users:
        state.users[user_id] = state.users_by_subject[subject] = User(user_id, subject, account_id, email=email)
        state.accounts[account_id].creator_id = user_id
    for account_id, *row in connection.execute(CREATORS):
        state.accounts[account_id].creator_id = checked_row(tuple(row)).user_id
    for account in state.accounts.values():
        for user_id in account.owners:
            state.users[user_id].owned.add(account.account_id)


def _load_markets(connection: apsw.Connection, state: State) -> None:
    for (
        market_id, name, description, owner, low, high, status, position_limit, settlement_price, created_at, group_id,
        pinned, ranked, opens_at, closes_at, redeem_fee, restricted, anonymous,
    ) in connection.execute("SELECT * FROM markets ORDER BY id"):  # fmt: skip
        market = Market(market_id, name, description, owner, low, high)
        market.status = MarketStatus(status)
        market.position_limit = position_limit
        market.settlement_price = settlement_price
        market.created_at = created_at
        market.group_id, market.pinned, market.ranked = group_id, bool(pinned), bool(ranked)
        market.opens_at, market.closes_at = opens_at, closes_at
        market.redeem_fee = redeem_fee
        market.restricted, market.anonymous = bool(restricted), bool(anonymous)
        state.markets[market_id] = market
        state.markets_by_name[name_key(name)] = market
    for market_id, price, size, time in connection.execute("SELECT market_id, price, size, time FROM last_trades"):
        market = state.markets[market_id]
        market.last_trade_price, market.last_trade_size, market.last_trade_time = price, size, time


def _load_viewers(connection: apsw.Connection, state: State) -> None:
    viewers: dict[int, set[int]] = {}
    for market_id, account_id in connection.execute("SELECT market_id, account_id FROM viewers"):
        viewers.setdefault(market_id, set()).add(account_id)
    for market_id, account_ids in viewers.items():
        state.markets[market_id].viewers = frozenset(account_ids)


def _load_funds(connection: apsw.Connection, state: State) -> None:
    for fund_id, market_id, multiplier in connection.execute(
        "SELECT fund_id, market_id, multiplier FROM constituents ORDER BY fund_id, place"
    ):
        state.markets[fund_id].constituents += (Constituent(market_id, multiplier),)
        state.markets[market_id].part_of.append(fund_id)
    for market_id, account_id, size, cost in connection.execute(
        "SELECT market_id, account_id, size, cost FROM settled_positions"
    ):
        state.markets[market_id].settled[account_id] = (size, cost)


def _load_organised(connection: apsw.Connection, state: State) -> None:
    for group_id, name, description in connection.execute("SELECT id, name, description FROM groups ORDER BY id"):
        state.groups[group_id] = Group(group_id, name, description)
    latest = connection.execute(LATEST_ANNOUNCEMENTS, (ANNOUNCEMENTS_KEPT,)).fetchall()
    state.announcements = [(time, text) for time, text in reversed(latest)]


def _load_guards(connection: apsw.Connection, state: State) -> None:
    sessions = connection.execute("SELECT session_number FROM guarded_sessions")
    state.guarded_sessions = {session_number for (session_number,) in sessions}
    for account_id, seconds, due in connection.execute("SELECT account_id, seconds, due FROM dead_man_timers"):
        state.dead_man_timers[account_id] = DeadManTimer(seconds, due)


def _load_credentials(connection: apsw.Connection, state: State) -> None:
    for key_id, user_id, account_id, label, scope, *rest in connection.execute(
        "SELECT id, user_id, account_id, label, scope, expires_at, created_at, last_used, key_hash FROM api_keys"
        " WHERE revoked_sequence IS NULL ORDER BY id"
    ):
        key = ApiKey(key_id, user_id, account_id, label, KeyScope(scope), *rest)
        state.api_keys[key_id] = key
        state.api_keys_by_hash[key.key_hash] = key_id
        state.users[user_id].keys.add(key_id)
    for row in connection.execute(
        "SELECT id, name, note, starting_cash, token_hash, created_at, user_id, accepted_at, key_id, session_hash"
        " FROM invitations WHERE revoked_sequence IS NULL ORDER BY id"
    ):
        invitation = Invitation(*row)
        state.invitations[invitation.invitation_id] = invitation
        state.invitations_by_hash[invitation.token_hash] = invitation.invitation_id
    state.next_key_id = (connection.execute("SELECT max(id) FROM api_keys").get or 0) + 1
    state.next_invitation_id = (connection.execute("SELECT max(id) FROM invitations").get or 0) + 1


def _load_positions(connection: apsw.Connection, state: State) -> None:
    for market_id, account_id, size, cost, cash_flow in connection.execute(
        "SELECT market_id, account_id, size, cost, cash_flow FROM positions"
    ):
        position = state.markets[market_id].position(state.accounts[account_id])
        position.size, position.cost, position.cash_flow = size, cost, cash_flow


def _load_orders(connection: apsw.Connection, state: State) -> None:
    for row in open_order_rows(connection):
        market = state.markets[row[0]]
        order = order_of(row)
        market.book.insert(order)
        market.position(state.accounts[order.account_id]).rest(order)
    for market in state.markets.values():
        for position in market.positions.values():
            position.refresh()
