"""The state as a client is sent it: parts of a snapshot, each an element of a frame.

What many see the same, the accounts and each market with its book, is encoded once and kept until it changes; a hundred
clients that sign in together cost one encoding.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from exchange.core.book import Order
from exchange.core.history import PastTransfer
from exchange.core.lens import NONE, View
from exchange.core.state import Account, Market, Position, State
from exchange.core.units import Side
from exchange.wire.history import write_transfer
from exchange.wire.replies import element
from exchange_client.schema import server_pb2, types_pb2

ORDERS_PER_PART = 1_000  # about 30 KiB: parts stay well below the size of a frame
ACCOUNTS_PER_PART = 2_000


class Form(NamedTuple):
    """How a market is shown: with accounts masked but for some; with its viewers; held is without book and trades."""

    held: bool
    masked: bool
    revealed: frozenset[int]
    with_viewers: bool


class Scene(NamedTuple):
    """A market as it was in one step, for those who are shown it anew later, when that step is durable.

    It is for those who are not elevated. ``definitions`` are by whether one may only see that, and whether one is its
    owner; ``own`` is what an account has there; ``accounts`` are those named, or that would be if they were not masked.
    """

    definitions: dict[tuple[bool, bool], bytes]
    book: list[bytes]
    own: dict[int, list[bytes]]
    owner_account_id: int
    accounts: frozenset[int]


class SnapshotCache:
    """Encoded parts by market and form, and for the accounts, each with the change it was made after."""

    def __init__(self) -> None:
        self._markets: dict[tuple[int, Form], tuple[int, list[bytes]]] = {}
        self._accounts: tuple[int, list[bytes]] = (-1, [])

    def market(self, market: Market, form: Form) -> list[bytes]:
        """The market and its book; kept unless some accounts are revealed, which are one user's."""
        if form.revealed:
            return list(_market_parts(market, form))
        kept = self._markets.get((market.market_id, form))
        if kept is None or kept[0] != market.changed_at:
            kept = market.changed_at, list(_market_parts(market, form))
            self._markets[market.market_id, form] = kept
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
        parts.extend(_shown(market, view, cache))
    parts.extend(private_parts(state, view.accounts, view.hidden))
    return parts


def changed_parts(state: State, former: View, view: View, cache: SnapshotCache) -> list[bytes]:
    """The markets of which ``view`` shows something else than ``former``, with what the accounts of both have there."""
    parts: list[bytes] = []
    for market in state.markets.values():
        form = _form(market, view)
        if form is not None and form != _form(market, former):
            parts.extend(_shown(market, view, cache))
            for account_id in sorted(view.accounts & former.accounts & market.positions.keys()):
                parts.extend(_own_parts(market, market.positions[account_id]))
    return parts


def scene_of(market: Market, masked: bool) -> Scene:
    """The market as it is now."""
    own = {account_id: list(_own_parts(market, position)) for account_id, position in market.positions.items()}
    owner = market.owner_account_id
    definitions = {
        (held, owns): _definition(market, Form(held, masked, frozenset({owner} if owns else ()), False))
        for held in (False, True)
        for owns in (False, True)
    }
    book = list(_book_parts(market, Form(False, masked, NONE, False)))
    return Scene(definitions, book, own, owner, frozenset(_named(market)))


def scene_parts(scene: Scene, market_id: int, former: View, view: View) -> list[bytes]:
    """What a client that is not elevated is sent when its view becomes another; nothing where it shows the same."""
    if market_id in view.hidden or _level(scene, market_id, former) == _level(scene, market_id, view):
        return []
    held = market_id in view.held
    parts = [scene.definitions[held, scene.owner_account_id in view.accounts]]
    if not held and (view.markets is None or market_id in view.markets):
        parts += scene.book
    for account_id in sorted(view.accounts & former.accounts & scene.own.keys()):
        parts.extend(scene.own[account_id])
    return parts


def private_parts(state: State, account_ids: frozenset[int], hidden: frozenset[int]) -> list[bytes]:
    """What only the owners of these accounts may see: who owns them, portfolios, resting orders with their tags.

    Of ``hidden`` markets nothing: no order rests there, and what once was held has come to nothing.
    """
    parts: list[bytes] = []
    for account_id in sorted(account_ids):
        account = state.accounts.get(account_id)
        if account is not None:
            parts.extend(_private_account_parts(account, hidden))
    return parts


def transfer_parts(transfers: Sequence[PastTransfer]) -> list[bytes]:
    """Transfers of the user's accounts, in the order given."""
    if not transfers:
        return []
    message = server_pb2.ServerMessage()
    for transfer in transfers:
        write_transfer(message.snapshot.transfers.add(), transfer)
    return [element(message)]


def _shown(market: Market, view: View, cache: SnapshotCache) -> list[bytes]:
    form = _form(market, view)
    if form is None:
        return []
    parts = cache.market(market, form)
    follows = view.markets is None or market.market_id in view.markets
    return parts if follows else parts[:1]  # the first defines it, the others are its book


def _form(market: Market, view: View) -> Form | None:
    market_id = market.market_id
    if market_id in view.hidden:
        return None
    masked = market_id in view.masked
    revealed = view.accounts & _named(market) if masked else NONE
    return Form(market_id in view.held, masked, revealed, view.elevated and bool(market.viewers))


def _level(scene: Scene, market_id: int, view: View) -> tuple[bool, bool, bool, frozenset[int]]:
    masked = market_id in view.masked
    revealed = view.accounts & scene.accounts if masked else NONE
    return market_id in view.hidden, market_id in view.held, masked, revealed


def _named(market: Market) -> set[int]:
    """Accounts that the market's definition and book name."""
    return {
        market.owner_account_id,
        *(account_id for account_id, position in market.positions.items() if position.orders),
    }


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


def _market_parts(market: Market, form: Form) -> Iterator[bytes]:
    yield _definition(market, form)
    if not form.held:
        yield from _book_parts(market, form)


def _definition(market: Market, form: Form) -> bytes:
    message = server_pb2.ServerMessage()
    definition = message.snapshot.markets.add()
    _write_market(definition, market)
    if form.masked and market.owner_account_id not in form.revealed:
        definition.owner_account_id = 0
    if form.with_viewers:
        definition.viewer_account_ids.extend(sorted(market.viewers))
    if form.held:
        definition.only_held = True
        for name in ("last_trade_price", "last_trade_size", "last_trade_time"):
            definition.ClearField(name)
    return element(message)


def _book_parts(market: Market, form: Form) -> Iterator[bytes]:
    orders = [*market.book.in_priority(Side.BUY), *market.book.in_priority(Side.SELL)]
    for start in range(0, len(orders), ORDERS_PER_PART):
        message = server_pb2.ServerMessage()
        book = message.snapshot.books.add(market_id=market.market_id)
        for order in orders[start : start + ORDERS_PER_PART]:
            body = book.orders.add()
            _write_order(body, order)
            if form.masked and order.account_id not in form.revealed:
                body.account_id = 0
        yield element(message)


def _private_account_parts(account: Account, hidden: frozenset[int]) -> Iterator[bytes]:
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
    positions = [position for market_id, position in account.positions.items() if market_id not in hidden]
    for position in positions:
        _write_position(portfolio.positions.add(), position)
    yield element(message)
    orders = [(position.market_id, order) for position in positions for order in position.orders.values()]
    yield from _own_orders(orders)


def _own_parts(market: Market, position: Position) -> Iterator[bytes]:
    """What one account has in the market."""
    message = server_pb2.ServerMessage()
    held = message.snapshot.positions.add(account_id=position.account.account_id)
    _write_position(held.position, position)
    yield element(message)
    yield from _own_orders([(market.market_id, order) for order in position.orders.values()])


def _own_orders(orders: list[tuple[int, Order]]) -> Iterator[bytes]:
    for start in range(0, len(orders), ORDERS_PER_PART):
        message = server_pb2.ServerMessage()
        for market_id, order in orders[start : start + ORDERS_PER_PART]:
            own = message.snapshot.own_orders.add(market_id=market_id, tag=order.tag)
            _write_order(own, order)
        yield element(message)


def _write_position(body: types_pb2.Position, position: Position) -> None:
    body.market_id, body.size = position.market_id, position.size
    body.cost, body.cash_flow = position.cost, position.cash_flow


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
    body.restricted = market.restricted
    body.anonymous = market.anonymous
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
