"""Rules for ending orders: one, all of an account's, those whose time is over; and finding one by id or tag."""

from exchange.core.book import Order
from exchange.core.commands import Actor, CancelOrder, CancelOrders, EndOrders
from exchange.core.facts import CancelResult, Decision, Done, Fact, OrdersCancelled
from exchange.core.preconditions import NOT_OPEN, UNKNOWN_MARKET, acting_account, find_market, trading
from exchange.core.refusals import Code, Refusal
from exchange.core.state import Account, Market, State
from exchange.core.units import CancelReason, MarketStatus
from exchange.core.values import maker

# Members looked up once: an attribute of an enumeration costs as much as a function call.
_REQUESTED = CancelReason.REQUESTED
_CLOSED_TO_CANCELS = (MarketStatus.PAUSED, MarketStatus.SETTLED)
_orders_cancelled, _cancel_result, _decision = maker(OrdersCancelled), maker(CancelResult), maker(Decision)


def cancel_order(state: State, actor: Actor, command: CancelOrder, now: int) -> Refusal | Decision:
    """Ends one order of the acting account."""
    market_id, order_id, tag = command
    found = trading(state, actor, market_id) or _find(state, actor, market_id)
    if isinstance(found, Refusal):
        return found
    market, account = found
    account_id = account.account_id
    order = find_order(state, market, account_id, order_id, tag)
    if isinstance(order, Refusal):
        return order
    order_ids = (order.order_id,)
    fact = _orders_cancelled((market_id, order_ids, _REQUESTED, account_id))
    return _decision(((fact,), _cancel_result((order_ids, order.remaining))))


def _find(state: State, actor: Actor, market_id: int) -> tuple[Market, Account] | Refusal:
    """A market where orders may be cancelled, open or not, and the acting account."""
    market = find_market(state, actor, market_id)
    if isinstance(market, Refusal):
        return market
    if market.status in _CLOSED_TO_CANCELS:
        return NOT_OPEN[market.status]
    account = acting_account(state, actor)
    return account if isinstance(account, Refusal) else (market, account)


def cancel_orders(state: State, actor: Actor, command: CancelOrders, now: int) -> Refusal | Decision:
    """Ends all of the acting account's orders that fit; over every market, paused ones are left alone."""
    account = acting_account(state, actor)
    if isinstance(account, Refusal):
        return account
    if command.market_id:
        market = find_market(state, actor, command.market_id)
        if isinstance(market, Refusal):
            return market
        if market.status in _CLOSED_TO_CANCELS:
            return NOT_OPEN[market.status]
        markets = [market]
    else:
        markets = [state.markets[market_id] for market_id in account.positions]
    facts: list[Fact] = []
    ended: list[int] = []
    size = 0
    for market in markets:
        position = market.positions.get(account.account_id)
        if position is None or market.status in _CLOSED_TO_CANCELS:
            continue
        orders = [order for _, order in sorted(position.orders.items()) if command.side in (None, order.side)]
        if orders:
            order_ids = tuple(order.order_id for order in orders)
            facts.append(OrdersCancelled(market.market_id, order_ids, CancelReason.REQUESTED, account.account_id))
            ended.extend(order_ids)
            size += sum(order.remaining for order in orders)
    return Decision(tuple(facts), CancelResult(tuple(ended), size))


def end_orders(state: State, actor: Actor, command: EndOrders, now: int) -> Refusal | Decision:
    """The exchange ends orders by itself, in any status; those that have ended already are left out."""
    market = state.markets.get(command.market_id)
    if market is None:
        return UNKNOWN_MARKET
    by_account: dict[int, list[int]] = {}
    for order_id in dict.fromkeys(command.order_ids):
        order = market.book.orders.get(order_id)
        if order is not None:
            by_account.setdefault(order.account_id, []).append(order_id)
    facts = tuple(
        OrdersCancelled(market.market_id, tuple(order_ids), command.reason, account_id)
        for account_id, order_ids in by_account.items()
    )
    return Decision(facts, Done())


def find_order(state: State, market: Market, account_id: int, order_id: int, tag: bytes) -> Order | Refusal:
    """The account's open order in the market, by id or, with id 0, by tag."""
    position = market.positions.get(account_id)
    order = position.orders.get(order_id) if position is not None else None
    if order is not None:
        return order
    if order_id == 0:
        if not tag:
            return Refusal(Code.INVALID_VALUE, "order_id", "Name the order by its id or by its tag.")
        tagged = position.tags.get(tag) if position is not None else None
        if position is None or not tagged:
            return Refusal(Code.UNKNOWN_ORDER, "tag", "No open order of this account carries that tag here.")
        if len(tagged) > 1:
            return Refusal(Code.AMBIGUOUS_TAG, "tag", "Several open orders carry that tag: name one by its id.")
        (order_id,) = tagged
        return position.orders[order_id]
    account = state.accounts.get(account_id)
    elsewhere = account is not None and any(order_id in other.orders for other in account.positions.values())
    if order_id in market.book.orders or elsewhere or not 0 < order_id < state.next_order_id:
        return Refusal(Code.UNKNOWN_ORDER, "order_id", "This account has no such order in this market.")
    return Refusal(Code.ORDER_ENDED, "order_id", "The order has ended already.")
