"""Rebuilding one market's book from stored orders, after a fault, under a ledger that stays as it is."""

from collections.abc import Iterable

from exchange.core.book import Book, Order
from exchange.core.state import Market
from exchange.core.units import Side


def rebuild_book(market: Market, orders: Iterable[Order]) -> str | None:
    """Replaces the market's book by one made of ``orders``, if they say what the ledger says.

    Returns None, or a sentence about the difference, and has then changed nothing.
    """
    book = Book()
    for order in sorted(orders, key=lambda order: order.priority):
        book.insert(order)
    for account_id, position in market.positions.items():
        sums = [0, 0, 0, 0]
        for order_id in position.orders:
            stored = book.orders.get(order_id)
            if stored is None or stored.account_id != account_id:
                return f"order {order_id} of account {account_id} is not stored as open"
            offset = 0 if stored.side == Side.BUY else 2
            sums[offset] += stored.remaining
            sums[offset + 1] += stored.remaining * stored.price
        if sums != [position.bid_size, position.bid_value, position.offer_size, position.offer_value]:
            return f"stored orders of account {account_id} sum to {sums}"
    if len(book.orders) != sum(len(position.orders) for position in market.positions.values()):
        return "more orders are stored as open than accounts have"
    for position in market.positions.values():
        position.orders = {order_id: book.orders[order_id] for order_id in position.orders}
    market.book = book
    return None
