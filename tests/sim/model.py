"""What a client knows: a state built from a snapshot and the feed alone, by code of its own."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from exchange_client.schema import server_pb2, types_pb2

FACTS = frozenset({
    "order_placed", "order_amended", "orders_cancelled", "market_created", "market_status_changed", "market_settled",
    "market_failed", "account_created", "account_renamed", "access_changed", "user_created", "transferred",
    "market_edited", "group_changed", "announced", "market_unsettled", "redeemed", "cancel_on_disconnect_set",
    "dead_man_timer_set", "api_key_issued", "api_key_used", "api_key_revoked", "invitation_issued",
    "invitation_accepted", "invitation_revoked",
})  # fmt: skip

HOUSE = 1  # the first account of every exchange


@dataclass
class KnownOrder:
    """One resting order."""

    market_id: int
    account_id: int
    buys: bool
    price: int
    size: int
    remaining: int
    place: int


@dataclass
class KnownMarket:
    """One market without its book."""

    name: str
    status: int
    settlement_price: int = 0
    last_trade: tuple[int, int, int] = (0, 0, 0)
    basket: tuple[tuple[int, int], ...] = ()
    owner: int = 0
    restricted: bool = False
    anonymous: bool = False
    viewers: frozenset[int] = frozenset()


@dataclass
class Model:
    """Accounts, markets, books, and what the own accounts have. ``sequence`` is that of the last fact."""

    user_id: int = 0
    followed: tuple[int, ...] = ()
    sequence: int = 0
    accounts: dict[int, str] = field(default_factory=dict)
    markets: dict[int, KnownMarket] = field(default_factory=dict)
    orders: dict[int, KnownOrder] = field(default_factory=dict)
    cash: dict[int, int] = field(default_factory=dict)
    positions: dict[tuple[int, int], int] = field(default_factory=dict)
    tags: dict[int, bytes] = field(default_factory=dict)
    timers: dict[int, int] = field(default_factory=dict)
    places: int = 0

    # From a snapshot.

    def clear(self, sequence: int) -> None:
        """A whole snapshot begins."""
        self.__dict__.update(Model(self.user_id, self.followed, sequence).__dict__)

    def read_snapshot(self, part: server_pb2.Snapshot) -> None:
        """One part of a snapshot."""
        for account in part.accounts:
            self.accounts[account.account_id] = account.name
        for market in part.markets:
            self._forget_orders(market.market_id)
            self._add_market(market)
        for book in part.books:
            for order in book.orders:
                self._rest(order.order_id, book.market_id, order.account_id, order.side, order.price, order)
        for portfolio in part.portfolios:
            self.cash[portfolio.account_id] = portfolio.cash
            for position in portfolio.positions:
                self.positions[portfolio.account_id, position.market_id] = position.size
        for held in part.positions:
            self.positions[held.account_id, held.position.market_id] = held.position.size
        for order in part.own_orders:
            if order.order_id in self.orders:
                self.orders[order.order_id].account_id = order.account_id
            else:
                assert not self._follows(order.market_id)
                self._rest(order.order_id, order.market_id, order.account_id, order.side, order.price, order)
            if order.tag:
                self.tags[order.order_id] = order.tag

    def own_only(self, account_ids: set[int]) -> None:
        """Forgets what accounts have that are no longer one's own to see."""
        self.cash = {account_id: cash for account_id, cash in self.cash.items() if account_id in account_ids}
        self.positions = {key: size for key, size in self.positions.items() if key[0] in account_ids}
        self.orders = {
            order_id: order
            for order_id, order in self.orders.items()
            if self._follows(order.market_id) or order.account_id in account_ids
        }

    def gone(self, market_ids: Iterable[int]) -> None:
        """Forgets markets that one may not see any more."""
        for market_id in market_ids:
            del self.markets[market_id]
            self._forget_orders(market_id)
            self.positions = {key: size for key, size in self.positions.items() if key[1] != market_id}

    def _forget_orders(self, market_id: int) -> None:
        for order_id in [key for key, order in self.orders.items() if order.market_id == market_id]:
            self._end(order_id)

    def _add_market(self, market: types_pb2.Market) -> None:
        last = (market.last_trade_price, market.last_trade_size, market.last_trade_time)
        basket = tuple((part.market_id, part.multiplier) for part in market.constituents)
        self.markets[market.market_id] = KnownMarket(
            market.name, market.status, market.settlement_price, last, basket, market.owner_account_id,
            market.restricted, market.anonymous, frozenset(market.viewer_account_ids),
        )  # fmt: skip

    def _rest(self, order_id: int, market_id: int, account_id: int, side: int, price: int, terms: Any) -> None:
        self.places += 1
        self.orders[order_id] = KnownOrder(
            market_id, account_id, side == types_pb2.SIDE_BUY, price, terms.size, terms.remaining, self.places
        )

    # From the feed.

    def read_fact(self, kind: str, message: server_pb2.ServerMessage) -> None:
        """One fact."""
        self.sequence = message.sequence
        getattr(self, f"_{kind}")(getattr(message, kind), message.time)

    def _order_placed(self, placed: server_pb2.OrderPlaced, time: int) -> None:
        self._match(placed, placed.side == types_pb2.SIDE_BUY, time)
        # Of somebody else's order in a market not followed one is told only what it did to one's own.
        if placed.remaining and (self._follows(placed.market_id) or placed.account_id in self.cash):
            self._rest(placed.order_id, placed.market_id, placed.account_id, placed.side, placed.price, placed)
            if placed.tag:
                self.tags[placed.order_id] = placed.tag

    def _order_amended(self, amended: server_pb2.OrderAmended, time: int) -> None:
        order = self.orders.get(amended.order_id)
        if order is None:  # somebody else's, in a market not followed: told because it filled orders of one's own
            assert not self._follows(amended.market_id)
            buys = next(not self.orders[fill.order_id].buys for fill in amended.fills if fill.order_id in self.orders)
            self._match(amended, buys, time)
            return
        self._match(amended, order.buys, time)
        order.price, order.size, order.remaining = amended.price, amended.size, amended.remaining
        if not amended.kept_place:
            self.places += 1
            order.place = self.places
        if not order.remaining:
            self._end(amended.order_id)

    def _match(self, incoming: Any, buys: bool, time: int) -> None:
        for fill in incoming.fills:
            value = fill.size * fill.price
            for account_id, sign in ((incoming.account_id, 1 if buys else -1), (fill.account_id, -1 if buys else 1)):
                self._pay(account_id, -sign * value)
                self._hold(account_id, incoming.market_id, sign * fill.size)
            self._shrink(incoming.market_id, fill.order_id, fill.size)
            if self._follows(incoming.market_id):
                self.markets[incoming.market_id].last_trade = (fill.price, fill.size, time)
        for reduction in incoming.reductions:
            self._shrink(incoming.market_id, reduction.order_id, reduction.size)

    def _shrink(self, market_id: int, order_id: int, size: int) -> None:
        if order_id not in self.orders and not self._follows(market_id):
            return
        order = self.orders[order_id]
        order.remaining -= size
        assert order.remaining >= 0
        if not order.remaining:
            self._end(order_id)

    def _end(self, order_id: int) -> None:
        del self.orders[order_id]
        self.tags.pop(order_id, None)

    def _pay(self, account_id: int, amount: int) -> None:
        if account_id in self.cash:
            self.cash[account_id] += amount

    def _hold(self, account_id: int, market_id: int, size: int) -> None:
        if account_id in self.cash:
            self.positions[account_id, market_id] = self.positions.get((account_id, market_id), 0) + size

    def _orders_cancelled(self, cancelled: server_pb2.OrdersCancelled, time: int) -> None:
        for order_id in cancelled.order_ids:
            if order_id in self.orders or self._follows(cancelled.market_id):
                self._end(order_id)

    def _follows(self, market_id: int) -> bool:
        """Of other markets only what concerns one's own accounts is told."""
        return not self.followed or market_id in self.followed

    def _market_created(self, created: server_pb2.MarketCreated, time: int) -> None:
        assert created.market.market_id not in self.markets
        self._add_market(created.market)

    def _market_status_changed(self, changed: server_pb2.MarketStatusChanged, time: int) -> None:
        self.markets[changed.market_id].status = changed.status

    def _market_settled(self, settled: server_pb2.MarketSettled, time: int) -> None:
        market = self.markets[settled.market_id]
        market.status, market.settlement_price = types_pb2.MARKET_STATUS_SETTLED, settled.price
        self._forget_orders(settled.market_id)
        for (account_id, market_id), size in self.positions.items():
            if market_id == settled.market_id:
                self.cash[account_id] += size * settled.price
                self.positions[account_id, market_id] = 0

    def _market_unsettled(self, unsettled: server_pb2.MarketUnsettled, time: int) -> None:
        market = self.markets[unsettled.market_id]
        for held in unsettled.positions:
            self._pay(held.account_id, -held.size * market.settlement_price)
            self._hold(held.account_id, unsettled.market_id, held.size)
        market.status, market.settlement_price = types_pb2.MARKET_STATUS_HALTED, 0

    def _redeemed(self, redeemed: server_pb2.Redeemed, time: int) -> None:
        for account_id, sign in ((redeemed.account_id, 1), (HOUSE, -1)):
            self._pay(account_id, -sign * redeemed.fee)
            self._hold(account_id, redeemed.market_id, -sign * redeemed.size)
            for market_id, multiplier in self.markets[redeemed.market_id].basket:
                self._hold(account_id, market_id, sign * multiplier * redeemed.size)

    def _market_failed(self, failed: server_pb2.MarketFailed, time: int) -> None:
        """Told to admins; changes nothing by itself."""

    def _account_created(self, created: server_pb2.AccountCreated, time: int) -> None:
        account = created.account
        assert account.account_id not in self.accounts
        self.accounts[account.account_id] = account.name
        if self.user_id in account.owner_user_ids:
            self.cash[account.account_id] = 0

    def _account_renamed(self, renamed: server_pb2.AccountRenamed, time: int) -> None:
        self.accounts[renamed.account_id] = renamed.name

    def _access_changed(self, changed: server_pb2.AccessChanged, time: int) -> None:
        """The server says in a message of its own what one may see now."""

    def _market_edited(self, edited: server_pb2.MarketEdited, time: int) -> None:
        market = self.markets[edited.market_id]
        for name in ("name", "restricted", "anonymous"):
            if edited.HasField(name):
                setattr(market, name, getattr(edited, name))
        viewers = market.viewers | set(edited.added_viewer_account_ids)
        market.viewers = viewers - set(edited.removed_viewer_account_ids)

    def _group_changed(self, changed: server_pb2.GroupChanged, time: int) -> None:
        """Not compared."""

    def _announced(self, announced: server_pb2.Announced, time: int) -> None:
        """Not compared."""

    def _user_created(self, created: server_pb2.UserCreated, time: int) -> None:
        """Told to admins; changes nothing by itself."""

    def _cancel_on_disconnect_set(self, changed: server_pb2.CancelOnDisconnectSet, time: int) -> None:
        """Told to admins; changes nothing by itself."""

    def _told_to_admins(self, fact: Any, time: int) -> None:
        """Changes nothing that the model keeps."""

    _api_key_issued = _api_key_used = _api_key_revoked = _told_to_admins
    _invitation_issued = _invitation_accepted = _invitation_revoked = _told_to_admins

    def _dead_man_timer_set(self, changed: server_pb2.DeadManTimerSet, time: int) -> None:
        self.timers[changed.account_id] = changed.seconds

    def _transferred(self, transferred: server_pb2.Transferred, time: int) -> None:
        record = transferred.transfer
        self._pay(record.from_account_id, -record.amount)
        self._pay(record.to_account_id, record.amount)

    # To compare.

    def books(self) -> dict[int, list[tuple[int, int, int, int, int]]]:
        """For each market its bids, then its offers, in priority: order, account, price, size, remaining."""
        books: dict[int, list[tuple[int, int, int, int, int]]] = {
            market_id: [] for market_id in self.markets if self._follows(market_id)
        }
        for order_id, order in sorted(self.orders.items(), key=lambda item: _rank(item[1])):
            if order.market_id in books:
                books[order.market_id].append((order_id, order.account_id, order.price, order.size, order.remaining))
        return books

    def held(self) -> dict[tuple[int, int], int]:
        """Positions that are not zero."""
        return {key: size for key, size in self.positions.items() if size}


def _rank(order: KnownOrder) -> tuple[bool, int, int]:
    return (not order.buys, -order.price if order.buys else order.price, order.place)
