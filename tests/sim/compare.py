"""What a client should know, read off the server's state, to be compared with what it does know."""

from exchange.core.state import State
from exchange.core.units import Side
from tests.sim.raw_client import RawClient


def assert_knows(client: RawClient, state: State) -> None:
    """The client's model is the server's view for it. Only meaningful when nothing is on its way."""
    model, name = client.model, client.name
    followed = {key: market for key, market in state.markets.items() if not client.markets or key in client.markets}
    assert model.accounts == {key: account.name for key, account in state.accounts.items()}, name
    for key, market in followed.items():
        known = model.markets[key]
        definition = (market.name, market.status, market.settlement_price)
        assert (known.name, known.status, known.settlement_price) == definition, name
    assert client.markets or model.markets.keys() == state.markets.keys(), name
    books = {
        key: [
            (order.order_id, order.account_id, order.price, order.size, order.remaining)
            for side in (Side.BUY, Side.SELL)
            for order in market.book.in_priority(side)
        ]
        for key, market in followed.items()
    }
    assert model.books() == books, name
    for key, market in followed.items():
        last = (market.last_trade_price, market.last_trade_size, market.last_trade_time)
        assert model.markets[key].last_trade == last, name
    _assert_knows_own(client, state)


def _assert_knows_own(client: RawClient, state: State) -> None:
    model, name = client.model, client.name
    owned = {key for key, account in state.accounts.items() if model.user_id in account.owners}
    assert owned <= model.cash.keys(), name
    accounts = {key: state.accounts[key] for key in model.cash}
    assert model.cash == {key: account.cash for key, account in accounts.items()}, name
    assert model.held() == {
        (key, market_id): position.size
        for key, account in accounts.items()
        for market_id, position in account.positions.items()
        if position.size
    }, name
    own_tags = {
        order_id: order.tag
        for key in owned
        for position in state.accounts[key].positions.values()
        for order_id, order in position.orders.items()
        if order.tag
    }
    assert own_tags.items() <= model.tags.items(), name
