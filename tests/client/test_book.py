"""The client's book against a naive one that sorts everything each time."""

from hypothesis import given
from hypothesis import strategies as st

from exchange_client import Level, Side
from exchange_client.book import Book, RestingOrder
from exchange_client.number import in_contracts

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("insert"), st.sampled_from(Side), st.integers(-5, 5), st.integers(1, 9)),
        st.tuples(st.just("reduce"), st.integers(0, 30), st.integers(1, 9)),
    ),
    max_size=60,
)


def naive(orders: list[RestingOrder], side: Side) -> list[Level]:
    """Levels of one side, worked out from nothing but the orders."""
    of_side = [order for order in orders if order.side is side and order._remaining]
    prices = sorted({order._price for order in of_side}, reverse=side is Side.BUY)
    levels = [(price, [order._remaining for order in of_side if order._price == price]) for price in prices]
    return [Level(in_contracts(price), in_contracts(sum(sizes)), len(sizes)) for price, sizes in levels]


@given(STEPS)
def test_levels_are_those_of_a_naive_book(steps: list[tuple[object, ...]]) -> None:
    book, orders = Book(), list[RestingOrder]()
    for step in steps:
        match step:
            case ("insert", Side() as side, int() as price, int() as size):
                order = RestingOrder(len(orders) + 1, 1, 1, side, price, size, size, 0)
                orders.append(order)
                book.insert(order)
            case ("reduce", int() as which, int() as size):
                open_orders = [order for order in orders if order._remaining]
                if open_orders:
                    order = open_orders[which % len(open_orders)]
                    book.reduce(order, min(size, order._remaining))
        for side in Side:
            expected = naive(orders, side)
            assert list(book.side(side)) == expected
            assert book.side(side).best == (expected[0] if expected else None)
            assert book.side(side).top(2) == expected[:2]
    assert set(book.orders) == {order.order_id for order in orders if order._remaining}


def test_an_order_that_is_emptied_is_not_open() -> None:
    book = Book()
    order = RestingOrder(1, 1, 1, Side.SELL, 5, 10, 10, 0)
    book.insert(order)
    book.reduce(order, 10)
    assert not order.is_open
    assert book.offers.at(0.05) is None
