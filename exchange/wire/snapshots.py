"""The state as a client is sent it: parts of a snapshot, each an element of a frame.

What everybody sees the same, the accounts and each market with its book, is encoded once and kept until it changes; a
hundred clients that sign in together cost one encoding.
"""

from collections.abc import Iterator

from exchange.core.audience import View
from exchange.core.book import Order
from exchange.core.state import Account, Market, State
from exchange.core.units import Side
from exchange.wire.replies import element
from exchange_client.schema import server_pb2, types_pb2

ORDERS_PER_PART = 1_000  # about 30 KiB: parts stay well below the size of a frame
ACCOUNTS_PER_PART = 2_000


class SnapshotCache:
    """Encoded parts by market and for the accounts, each with the change it was made after."""

    def __init__(self) -> None:
        self._markets: dict[int, tuple[int, list[bytes]]] = {}
        self._accounts: tuple[int, list[bytes]] = (-1, [])

    def market(self, market: Market) -> list[bytes]:
        """The market and its book."""
        kept = self._markets.get(market.market_id)
        if kept is None or kept[0] != market.changed_at:
            kept = self._markets[market.market_id] = (market.changed_at, list(_market_parts(market)))
        return kept[1]

    def accounts(self, state: State) -> list[bytes]:
        """All accounts, without what only their owners may see."""
        if self._accounts[0] != state.accounts_changed_at:
            self._accounts = (state.accounts_changed_at, list(_account_parts(state)))
        return self._accounts[1]


def snapshot_parts(state: State, view: View, cache: SnapshotCache) -> list[bytes]:
    """Everything a client with ``view`` may see, as elements in the order they are to be sent."""
    parts = [element(server_pb2.ServerMessage(sequence=state.sequence, snapshot=server_pb2.Snapshot(first=True)))]
    parts.extend(cache.accounts(state))
    parts.append(_organised_part(state))
    for market in state.markets.values():
        market_parts = cache.market(market)
        follows = view.markets is None or market.market_id in view.markets
        parts.extend(market_parts if follows else market_parts[:1])  # the first defines it, the others are its book
    parts.extend(private_parts(state, view.accounts))
    return parts


def private_parts(state: State, account_ids: frozenset[int]) -> list[bytes]:
    """What only the owners of these accounts may see: who owns them, portfolios, resting orders with their tags."""
    parts: list[bytes] = []
    for account_id in sorted(account_ids):
        account = state.accounts.get(account_id)
        if account is not None:
            parts.extend(_private_account_parts(account))
    return parts


def _account_parts(state: State) -> Iterator[bytes]:
    accounts = list(state.accounts.values())
    for start in range(0, len(accounts), ACCOUNTS_PER_PART):
        message = server_pb2.ServerMessage()
        for account in accounts[start : start + ACCOUNTS_PER_PART]:
            message.snapshot.accounts.add(account_id=account.account_id, name=account.name, kind=int(account.kind))
        yield element(message)


def _organised_part(state: State) -> bytes:
    """Groups and recent announcements."""
    message = server_pb2.ServerMessage()
    message.snapshot.SetInParent()
    for group in state.groups.values():
        message.snapshot.groups.add(group_id=group.group_id, name=group.name, description=group.description)
    for time, text in state.announcements:
        message.snapshot.announcements.add(text=text, time=time)
    return element(message)


def _market_parts(market: Market) -> Iterator[bytes]:
    message = server_pb2.ServerMessage()
    _write_market(message.snapshot.markets.add(), market)
    yield element(message)
    orders = [*market.book.in_priority(Side.BUY), *market.book.in_priority(Side.SELL)]
    for start in range(0, len(orders), ORDERS_PER_PART):
        message = server_pb2.ServerMessage()
        book = message.snapshot.books.add(market_id=market.market_id)
        for order in orders[start : start + ORDERS_PER_PART]:
            _write_order(book.orders.add(), order)
        yield element(message)


def _private_account_parts(account: Account) -> Iterator[bytes]:
    message = server_pb2.ServerMessage()
    message.snapshot.accounts.add(
        account_id=account.account_id,
        name=account.name,
        kind=int(account.kind),
        owner_user_ids=sorted(account.owners),
    )
    portfolio = message.snapshot.portfolios.add(
        account_id=account.account_id, cash=account.cash, available=account.available
    )
    for position in account.positions.values():
        portfolio.positions.add(
            market_id=position.market_id, size=position.size, cost=position.cost, cash_flow=position.cash_flow
        )
    yield element(message)
    orders = [
        (market_id, order) for market_id, position in account.positions.items() for order in position.orders.values()
    ]
    for start in range(0, len(orders), ORDERS_PER_PART):
        message = server_pb2.ServerMessage()
        for market_id, order in orders[start : start + ORDERS_PER_PART]:
            own = message.snapshot.own_orders.add(market_id=market_id, tag=order.tag)
            _write_order(own, order)
        yield element(message)


def _write_market(body: types_pb2.Market, market: Market) -> None:
    body.market_id = market.market_id
    body.name = market.name
    body.description = market.description
    body.owner_account_id = market.owner_account_id
    body.low = market.low
    body.high = market.high
    body.status = market.status  # type: ignore[assignment]
    body.group_id = market.group_id
    body.pinned = market.pinned
    body.ranked = market.ranked
    body.opens_at = market.opens_at
    body.closes_at = market.closes_at
    body.position_limit = market.position_limit
    body.settlement_price = market.settlement_price
    body.last_trade_price = market.last_trade_price
    body.last_trade_size = market.last_trade_size
    body.last_trade_time = market.last_trade_time
    body.created_at = market.created_at
    body.redeem_fee = market.redeem_fee
    for market_id, multiplier in market.constituents:
        body.constituents.add(market_id=market_id, multiplier=multiplier)


def _write_order(body: types_pb2.Order, order: Order) -> None:
    body.order_id = order.order_id
    body.account_id = order.account_id
    body.side = order.side  # type: ignore[assignment]
    body.price = order.price
    body.size = order.size
    body.remaining = order.remaining
    body.placed_at = order.placed_at
    if order.expires_at:
        body.expires_at = order.expires_at
    if order.post_only:
        body.post_only = True
