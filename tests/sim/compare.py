"""What a client should know, read off the server's state, to be compared with what it does know."""

from exchange.core.lens import View
from exchange.core.state import Market, State
from exchange.core.units import Side
from tests.sim.model import KnownMarket
from tests.sim.raw_client import RawClient

Row = tuple[int, int, int, int, int]


def assert_knows(client: RawClient, state: State) -> None:
    """The client's model is the server's view for it. Only meaningful when nothing is on its way."""
    model, name = client.model, client.name
    view = _view(client, state)
    assert model.accounts == {key: account.name for key, account in state.accounts.items()}, name
    visible = {key: market for key, market in state.markets.items() if key not in view.hidden}
    assert model.markets.keys() == visible.keys(), name
    followed = {key: market for key, market in visible.items() if not client.markets or key in client.markets}
    for key, market in visible.items():
        known, should = model.markets[key], _definition(market, view)
        if key not in followed:
            known = KnownMarket(**{**vars(known), "last_trade": should.last_trade})
        assert known == should, (name, key, known, should)
    assert model.books() == {key: _book(market, view) for key, market in followed.items()}, (name, view)
    _assert_knows_own(client, state)


def _view(client: RawClient, state: State) -> View:
    user_id = client.model.user_id
    accounts = frozenset(state.users[user_id].owned) | {client.account_id}
    return state.lens.look(View(user_id, client.account_id, client.elevated, accounts, None))


def _definition(market: Market, view: View) -> KnownMarket:
    held, masked = market.market_id in view.held, market.market_id in view.masked
    last = (market.last_trade_price, market.last_trade_size, market.last_trade_time)
    return KnownMarket(
        market.name, market.status, market.settlement_price, (0, 0, 0) if held else last,
        tuple((part.market_id, part.multiplier) for part in market.constituents),
        market.owner_account_id if not masked or market.owner_account_id in view.accounts else 0,
        market.restricted, market.anonymous, market.viewers if view.elevated else frozenset(),
    )  # fmt: skip


def _book(market: Market, view: View) -> list[Row]:
    if market.market_id in view.held:
        return []
    masked = market.market_id in view.masked
    return [
        (
            order.order_id, order.account_id if not masked or order.account_id in view.accounts else 0, order.price,
            order.size, order.remaining,
        )
        for side in (Side.BUY, Side.SELL)
        for order in market.book.in_priority(side)
    ]  # fmt: skip


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
