"""What orders do to the state: the hot part, so each fact is one closure over what it needs."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from exchange_client.book import Order, RestingOrder
from exchange_client.enums import Side
from exchange_client.market import MarketView
from exchange_client.number import in_contracts
from exchange_client.portfolio import Position
from exchange_client.values import OwnFill, RawTrade, tag_text, trade_of

if TYPE_CHECKING:
    from exchange_client.state import State

Step = Callable[[Any, Any], None]
BUY, SELL = Side.BUY, Side.SELL


def placer(state: "State") -> Step:
    """Applies that an order was accepted, with its trades, the reductions it caused and what rests of it."""
    markets, portfolios, own_orders = state.market_by_id, state.portfolios, state.orders

    def place(fact: Any, message: Any) -> None:
        market = markets[fact.market_id]
        account_id = fact.account_id
        portfolio = portfolios.get(account_id)
        taker = None if portfolio is None else portfolio.position(market)
        book = market.book
        book.version += 1
        side = BUY if fact.side == 1 else SELL
        fills, reductions = fact.fills, fact.reductions
        if fills or reductions:
            _match(state, market, taker, account_id, fact.order_id, side, fills, reductions, message)
        remaining = fact.remaining
        if remaining:
            price, order_id = fact.price, fact.order_id
            if taker is None:
                book.insert(
                    RestingOrder(
                        order_id, market.market_id, account_id, side, price, fact.size, remaining, message.time
                    )
                )
            else:
                own = Order(order_id, market.market_id, account_id, side, price, fact.size, remaining, message.time)
                own.tag, own.expires_at, own.post_only = tag_text(fact.tag), fact.expires_at, fact.post_only
                own_orders[order_id] = own
                book.insert(own)
                taker.rest(own)
        if taker is not None:
            taker.refresh()

    return place


def amender(state: "State") -> Step:
    """Applies that an order was changed. One that keeps its place only shrank."""
    markets, portfolios, own_orders = state.market_by_id, state.portfolios, state.orders

    def amend(fact: Any, message: Any) -> None:
        market = markets[fact.market_id]
        book = market.book
        book.version += 1
        order = book._orders[fact.order_id]
        portfolio = portfolios.get(order.account_id)
        position = None if portfolio is None else portfolio.position(market)
        remaining = fact.remaining
        lost = order._remaining - remaining if fact.kept_place else order._remaining
        if position is not None:
            position.unrest(order, lost)
        book.reduce(order, lost)
        if not fact.kept_place:
            fills, reductions = fact.fills, fact.reductions
            if fills or reductions:
                _match(
                    state, market, position, order.account_id, order.order_id, order.side, fills, reductions, message
                )
            order._price = fact.price
            order._remaining = remaining
            if remaining:
                book.insert(order)
                if position is not None:
                    position.rest(order)
        order._size = fact.size
        if position is not None:
            if not remaining:
                own_orders.pop(fact.order_id, None)
            position.refresh()

    return amend


def canceller(state: "State") -> Step:
    """Applies that orders ended without trading."""
    markets, portfolios, own_orders = state.market_by_id, state.portfolios, state.orders

    def cancel(fact: Any, _: Any) -> None:
        market = markets[fact.market_id]
        book = market.book
        book.version += 1
        for order_id in fact.order_ids:
            order = book._orders[order_id]
            portfolio = portfolios.get(order.account_id)
            if portfolio is not None:
                position = portfolio.position(market)
                position.unrest(order, order._remaining)
                position.refresh()
                del own_orders[order_id]
            book.reduce(order, order._remaining)

    return cancel


def _match(
    state: "State",
    market: MarketView,
    taker: Position | None,
    taker_account_id: int,
    taker_order_id: int,
    side: Side,
    fills: Iterable[Any],
    reductions: Iterable[Any],
    message: Any,
) -> None:
    book, portfolios = market.book, state.portfolios
    resting, history = book._orders, market._trades
    sign = 1 if side is BUY else -1
    sequence, time = message.sequence, message.time
    size = price = 0
    number = market._trade_count if market._trade_sequence == sequence else 0  # a batch has several facts
    for fill in fills:
        size, price = fill.size, fill.price
        order = resting[fill.order_id]
        maker = portfolios.get(order.account_id)
        if maker is not None:
            _fill_own(state, market, order, -sign, size, price)
        book.reduce(order, size)
        if taker is not None:
            taker.trade(sign * size, price)
        trade = (
            market.market_id, sequence, number, time, price, size, side, taker_account_id, order.account_id,
            taker_order_id, order.order_id,
        )  # fmt: skip
        history.append(trade)
        number += 1
        if (taker is not None or maker is not None) and state.fill_listeners:
            _tell_fills(state, trade, taker is not None, maker is not None)
        if market._listeners:
            for listener in list(market._listeners):
                listener.put(trade_of(trade))
    if size:
        market._last_price, market._last_size, market._last_time = price, size, time
        market._trade_sequence, market._trade_count = sequence, number
    for reduction in reductions:
        order = resting[reduction.order_id]
        owner = portfolios.get(order.account_id)
        if owner is not None:
            position = owner.position(market)
            position.unrest(order, reduction.size)
            position.refresh()
            if reduction.size >= order._remaining:
                del state.orders[order.order_id]
        book.reduce(order, reduction.size)


def _fill_own(state: "State", market: MarketView, order: RestingOrder, sign: int, size: int, price: int) -> None:
    position = state.portfolios[order.account_id].position(market)
    position.unrest(order, size)
    position.trade(sign * size, price)
    position.refresh()
    if size >= order._remaining:
        del state.orders[order.order_id]


def _tell_fills(state: "State", trade: RawTrade, taker: bool, maker: bool) -> None:
    market_id, sequence, _, time, raw_price, raw_size, side, taker_account, maker_account, taker_order, maker_order = (
        trade
    )
    price, size = in_contracts(raw_price), in_contracts(raw_size)
    fills = []
    if taker:
        fills.append(OwnFill(taker_account, market_id, taker_order, side, price, size, False, sequence, time))
    if maker:
        other = SELL if side is BUY else BUY
        fills.append(OwnFill(maker_account, market_id, maker_order, other, price, size, True, sequence, time))
    for listener in list(state.fill_listeners):
        for fill in fills:
            listener.put(fill)


def load_book(state: "State", message: Any) -> None:
    """Adds a market's resting orders, the best price first and in priority."""
    book = state.market_by_id[message.market_id].book
    book.version += 1
    for item in message.orders:
        book.insert(_resting(RestingOrder, item, message.market_id))


def load_own(state: "State", messages: Iterable[Any]) -> None:
    """Takes over own resting orders with what only their owners know; their books are there already."""
    changed: set[Position] = set()
    for item in messages:
        market = state.market_by_id[item.market_id]
        order = _own(state, market, item)
        if item.order_id in market.book._orders:
            market.book.replace(order)
        else:
            market.book.insert(order)
        state.orders[order.order_id] = order
        position = state.portfolios[order.account_id].position(market)
        position.rest(order)
        changed.add(position)
    for position in changed:
        position.refresh()


def _own(state: "State", market: MarketView, item: Any) -> Order:
    order = state.former_orders.get(item.order_id)  # a bot may hold it
    if order is None:
        order = _resting(Order, item, market.market_id)
    order._price, order._size, order._remaining = item.price, item.size, item.remaining
    order.tag, order.expires_at, order.post_only = tag_text(item.tag), item.expires_at, item.post_only
    return order


def _resting(kind: Any, item: Any, market_id: int) -> Any:
    side = BUY if item.side == 1 else SELL
    return kind(item.order_id, market_id, item.account_id, side, item.price, item.size, item.remaining, item.placed_at)
