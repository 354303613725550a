"""A second exchange, written to be obviously right and not to be fast: the twin that the core is compared with.

It shares nothing with the core but the vocabulary of commands. Orders are one flat list, sorted each time it is needed;
a command is executed on a copy, and thrown away with it when afterwards somebody could not pay. What somebody can lose
is found by trying every settlement price with every order that would hurt at it.
"""

import copy
from collections import defaultdict
from dataclasses import dataclass, field

from exchange.core.commands import (
    Actor,
    AmendOrder,
    CancelOrder,
    CancelOrders,
    Command,
    EditMarket,
    PlaceOrder,
    Redeem,
    SettleMarket,
)
from exchange.core.refusals import Code
from exchange.core.units import SelfTrade, Side, TimeInForce


class NotPossible(Exception):
    """The command is refused."""

    def __init__(self, code: Code) -> None:
        super().__init__(code.name)
        self.code = code


@dataclass
class NaiveOrder:
    """A resting order; ``arrival`` is when it got its place in the queue."""

    order_id: int
    account_id: int
    market_id: int
    side: Side
    price: int
    total: int
    left: int
    arrival: int
    tag: bytes
    post_only: bool


@dataclass
class NaiveMarket:
    """Bounds, whether it still trades, and what it is made of if it is a fund."""

    low: int
    high: int
    position_limit: int = 0
    settled: bool = False
    price: int = 0
    basket: dict[int, int] = field(default_factory=dict)
    fee: int = 0
    restricted: bool = False
    viewers: set[int] = field(default_factory=set)


@dataclass
class NaiveExchange:
    """Cash, positions and orders, and nothing derived from them."""

    open_orders_max: int
    fills_max: int
    house_id: int
    families: dict[int, set[int]]
    """By account, the accounts it may not trade with."""
    users: dict[int, set[int]] = field(default_factory=dict)
    """By account, the accounts of its user."""
    markets: dict[int, NaiveMarket] = field(default_factory=dict)
    cash: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    held: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))
    orders: list[NaiveOrder] = field(default_factory=list)
    settled: set[tuple[int, int]] = field(default_factory=set)
    clock: int = 0
    placed: int = 0
    fills: list[tuple[int, int, int]] = field(default_factory=list)
    """Of the last command: maker's order, price, size."""

    def execute(self, actor: Actor, command: Command) -> Code | None:
        """Executes the command, or says why not and changes nothing."""
        attempt = self._copied()
        attempt.clock += 1
        attempt.fills = []
        try:
            match command:
                case PlaceOrder():
                    attempt._place(actor, command)
                case AmendOrder():
                    attempt._amend(actor, command)
                case CancelOrder():
                    attempt._open_market(command.market_id, actor, trades=False)
                    attempt.orders.remove(attempt._find(actor.account_id, command))
                case CancelOrders():
                    attempt._cancel_all(actor, command)
                case EditMarket():
                    attempt._edit(command)
                case SettleMarket():
                    attempt._open_market(command.market_id, actor, trades=False)
                    attempt._settle(command.market_id, command.price)
                case Redeem():
                    attempt._redeem(actor, command)
                case _:
                    raise TypeError(command)
        except NotPossible as refused:
            return refused.code
        self.__dict__ = attempt.__dict__
        return None

    def _copied(self) -> "NaiveExchange":
        other = copy.copy(self)
        other.fills = self.fills.copy()
        other.families, other.cash, other.held = self.families.copy(), self.cash.copy(), self.held.copy()
        other.markets = {market_id: copy.copy(market) for market_id, market in self.markets.items()}
        other.orders = [copy.copy(order) for order in self.orders]
        other.settled = self.settled.copy()
        return other

    def side(self, market_id: int, side: Side) -> list[NaiveOrder]:
        """Orders of a side in priority."""
        sign = -1 if side == Side.BUY else 1
        here = [order for order in self.orders if (order.market_id, order.side) == (market_id, side)]
        return sorted(here, key=lambda order: (sign * order.price, order.arrival))

    def available(self, account_id: int) -> int:
        """Cash less the most that every unsettled market can still take."""
        return self.cash[account_id] + sum(
            min(self._outcome(account_id, market_id, price) for price in range(market.low, market.high + 1))
            for market_id, market in self.markets.items()
            if not market.settled
        )

    def _outcome(self, account_id: int, market_id: int, settlement: int) -> int:
        outcome = self.held[account_id, market_id] * settlement
        for order in self._own(account_id, market_id):
            gain = (settlement - order.price) * order.left
            outcome += min(0, gain if order.side == Side.BUY else -gain)
        return outcome

    def _own(self, account_id: int, market_id: int) -> list[NaiveOrder]:
        return [order for order in self.orders if (order.account_id, order.market_id) == (account_id, market_id)]

    def _place(self, actor: Actor, command: PlaceOrder) -> None:
        market, account_id = self._open_market(command.market_id, actor), actor.account_id
        price, time_in_force = command.price, command.time_in_force
        if command.market_order:
            price = market.high if command.side == Side.BUY else market.low
            time_in_force = TimeInForce.FOK if time_in_force == TimeInForce.FOK else TimeInForce.IOC
        if not market.low <= price <= market.high:
            raise NotPossible(Code.PRICE_OUT_OF_BOUNDS)
        before = self._exposure(account_id, command.market_id)
        self.placed += 1
        order = NaiveOrder(
            self.placed, account_id, command.market_id, command.side, price, command.size, command.size, self.clock,
            command.tag, command.post_only,
        )  # fmt: skip
        if time_in_force == TimeInForce.FOK:
            self._check_all_can_fill(order)
        self._enter(order, command.self_trade, rests=time_in_force in (TimeInForce.GTC, TimeInForce.GTD))
        too_many = len(self._own(account_id, command.market_id)) > self.open_orders_max
        if order in self.orders and too_many and account_id != self.house_id:
            raise NotPossible(Code.TOO_MANY_ORDERS)
        self._check_afterwards(account_id, command.market_id, before)

    def _amend(self, actor: Actor, command: AmendOrder) -> None:
        market, account_id = self._open_market(command.market_id, actor), actor.account_id
        order = self._find(account_id, command)
        price = order.price if command.price is None else command.price
        total = order.total if command.size is None else command.size
        if not market.low <= price <= market.high:
            raise NotPossible(Code.PRICE_OUT_OF_BOUNDS)
        before = self._exposure(account_id, command.market_id)
        left = total - (order.total - order.left)
        if left <= 0:
            self.orders.remove(order)
        elif price == order.price and left <= order.left:
            order.total, order.left = total, left
        else:
            self.orders.remove(order)
            order.price, order.total, order.left, order.arrival = price, total, left, self.clock
            self._enter(order, command.self_trade, rests=True)
            self._check_afterwards(account_id, command.market_id, before)

    def _enter(self, order: NaiveOrder, self_trade: SelfTrade, *, rests: bool) -> None:
        """Trades one unit of the queue after the other until nothing can be met."""
        met = 0
        while order.left and (maker := self._first_met(order)) is not None:
            if order.post_only:
                raise NotPossible(Code.WOULD_TRADE)
            met += 1
            if met > self.fills_max:
                raise NotPossible(Code.TOO_MANY_FILLS)
            size = min(order.left, maker.left)
            if maker.account_id not in self.families[order.account_id]:
                self._trade(order, maker, size)
            elif self_trade == SelfTrade.CANCEL_RESTING:
                self.orders.remove(maker)
            elif self_trade == SelfTrade.CANCEL_INCOMING:
                return
            elif self_trade == SelfTrade.CANCEL_BOTH:
                self.orders.remove(maker)
                return
            else:
                order.left -= size
                self._shrink(maker, size)
        if order.left and rests:
            self.orders.append(order)

    def _first_met(self, order: NaiveOrder) -> NaiveOrder | None:
        others = self.side(order.market_id, Side.SELL if order.side == Side.BUY else Side.BUY)
        met = [
            each
            for each in others
            if (each.price <= order.price if order.side == Side.BUY else each.price >= order.price)
        ]
        return met[0] if met else None

    def _trade(self, taker: NaiveOrder, maker: NaiveOrder, size: int) -> None:
        buyer, seller = (taker, maker) if taker.side == Side.BUY else (maker, taker)
        self.cash[buyer.account_id] -= maker.price * size
        self.cash[seller.account_id] += maker.price * size
        self.held[buyer.account_id, maker.market_id] += size
        self.held[seller.account_id, maker.market_id] -= size
        self.fills.append((maker.order_id, maker.price, size))
        taker.left -= size
        self._shrink(maker, size)

    def _shrink(self, order: NaiveOrder, size: int) -> None:
        order.left -= size
        if not order.left:
            self.orders.remove(order)

    def _check_all_can_fill(self, order: NaiveOrder) -> None:
        attempt = self._copied()
        probe = copy.copy(order)
        attempt.families[order.account_id] = set()
        attempt._enter(probe, SelfTrade.CANCEL_INCOMING, rests=False)
        taken = {maker for maker, _, _ in attempt.fills}
        family = self.families[order.account_id]
        if any(each.order_id in taken and each.account_id in family for each in self.orders):
            raise NotPossible(Code.SELF_TRADE)
        if probe.left:
            raise NotPossible(Code.CANNOT_FILL)

    def _find(self, account_id: int, command: AmendOrder | CancelOrder) -> NaiveOrder:
        own = self._own(account_id, command.market_id)
        if command.order_id:
            named = [order for order in own if order.order_id == command.order_id]
        else:
            named = [order for order in own if order.tag == command.tag]
        if len(named) == 1:
            return named[0]
        raise NotPossible(Code.AMBIGUOUS_TAG if named else Code.UNKNOWN_ORDER)

    def _cancel_all(self, actor: Actor, command: CancelOrders) -> None:
        if command.market_id:
            self._open_market(command.market_id, actor, trades=False)
        for order in list(self.orders):
            fits = command.market_id in (0, order.market_id) and command.side in (None, order.side)
            if fits and order.account_id == actor.account_id:
                self.orders.remove(order)

    def _settle(self, settled_id: int, price: int) -> None:
        """And whatever fund then has nothing left in it that trades."""
        market = self.markets[settled_id]
        market.settled, market.price = True, price
        self.orders = [order for order in self.orders if order.market_id != settled_id]
        for (account_id, market_id), size in self.held.items():
            if market_id == settled_id and size:
                self.settled.add((market_id, account_id))
                self.cash[account_id] += size * price
                self.held[account_id, market_id] = 0
        for fund_id, fund in self.markets.items():
            if fund.basket and not fund.settled and all(self.markets[part].settled for part in fund.basket):
                self._settle(fund_id, sum(many * self.markets[part].price for part, many in fund.basket.items()))

    def _redeem(self, actor: Actor, command: Redeem) -> None:
        account_id = actor.account_id
        if account_id == self.house_id:
            raise NotPossible(Code.NOT_ALLOWED)
        fund = self._open_market(command.market_id, actor)
        changes = {command.market_id: -command.size}
        for market_id, many in fund.basket.items():
            self._open_market(market_id, actor)
            changes[market_id] = many * command.size
        before = {market_id: self._exposure(account_id, market_id) for market_id in changes}
        fee = fund.fee * abs(command.size)
        self.cash[account_id] -= fee
        self.cash[self.house_id] += fee
        for market_id, change in changes.items():
            self.held[account_id, market_id] += change
            self.held[self.house_id, market_id] -= change
        for market_id in changes:
            self._check_limit(account_id, market_id, before[market_id])
        if self.available(account_id) < 0:
            raise NotPossible(Code.INSUFFICIENT_FUNDS)

    def _edit(self, command: EditMarket) -> None:
        """Who views, and the orders of those who do not any more."""
        market = self.markets[command.market_id]
        market.viewers = (market.viewers | {*command.add_viewer_account_ids}) - {*command.remove_viewer_account_ids}
        if command.restricted is not None:
            market.restricted = command.restricted
        self.orders = [order for order in self.orders if self._lets_in(order.market_id, {order.account_id})]

    def _lets_in(self, market_id: int, accounts: set[int]) -> bool:
        """Whether one of these accounts views the market, and one each of what it is made of."""
        market = self.markets[market_id]
        here = not market.restricted or bool(market.viewers & accounts)
        return here and all(self._lets_in(part, accounts) for part in market.basket)

    def _open_market(self, market_id: int, actor: Actor, *, trades: bool = True) -> NaiveMarket:
        market = self.markets[market_id]
        own = self.users.get(actor.account_id, set())
        if not actor.elevated and not self._lets_in(market_id, own):
            held = any(self.held[each, market_id] or (market_id, each) in self.settled for each in own)
            raise NotPossible(Code.NOT_ALLOWED if held else Code.UNKNOWN_MARKET)
        if trades and not self._lets_in(market_id, {actor.account_id}):
            raise NotPossible(Code.NOT_ALLOWED)
        if market.settled:
            raise NotPossible(Code.MARKET_SETTLED)
        return market

    def _exposure(self, account_id: int, market_id: int) -> tuple[int, int]:
        """How long and how short the account could become here."""
        sizes = {
            side: sum(order.left for order in self._own(account_id, market_id) if order.side == side) for side in Side
        }
        held = self.held[account_id, market_id]
        return held + sizes[Side.BUY], sizes[Side.SELL] - held

    def _check_afterwards(self, account_id: int, market_id: int, before: tuple[int, int]) -> None:
        if account_id == self.house_id:
            return
        self._check_limit(account_id, market_id, before)
        if self.available(account_id) < 0:
            raise NotPossible(Code.INSUFFICIENT_FUNDS)

    def _check_limit(self, account_id: int, market_id: int, before: tuple[int, int]) -> None:
        limit = self.markets[market_id].position_limit
        for was, now in zip(before, self._exposure(account_id, market_id), strict=True):
            if limit and now > limit and now > was:
                raise NotPossible(Code.POSITION_LIMIT)
