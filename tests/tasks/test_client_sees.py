"""The client library gains and loses markets while it is connected, and always knows what the exchange shows it."""

from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Any

import pytest
from trio.testing import MockClock

from exchange.core.lens import View
from exchange.core.state import Market as ServerMarket
from exchange.core.units import Side
from exchange_client import Exchange, MissedEvents, connect
from exchange_client import Side as ClientSide
from tests.sim.environment import Gate
from tests.sim.harness import House, open_house
from tests.sim.raw_client import RawClient
from tests.sim.requests import bid, create_market, edit_market, offer, settle, unsettle
from tests.tasks.sight import account_of

URL = "ws://localhost/ws"


async def _join(stack: AsyncExitStack, house: House, token: str, **terms: Any) -> Exchange:
    async def dial() -> object:
        return house.listener.dial(Gate())

    options: dict[str, Any] = {"open_stream": dial, "random": Random(1), **terms}
    return await stack.enter_async_context(connect(URL, token=token, **options))


async def _agree(house: House, client: Exchange) -> None:
    """Markets, books, own orders, positions and what is available are as the exchange has them for this client."""
    await client.ping()
    await client.ping()
    state = house.context.engine.state
    account = state.accounts[client.account_id]
    (user_id,) = account.owners
    view = state.lens.look(View(user_id, account.account_id, client.elevated, frozenset({account.account_id}), None))
    shown = {key: market for key, market in state.markets.items() if key not in view.hidden}
    assert {market.market_id for market in client.markets} == shown.keys()
    for key, market in shown.items():
        known = client.markets[key]
        assert (known.name, known.only_held) == (market.name, key in view.held)
        assert _book(market, view) == [
            (order.order_id, order.account_id, order.remaining.hundredths)
            for side in (ClientSide.BUY, ClientSide.SELL)
            for level in known.book.side(side)
            for order in known.book.queue(side, level.price)
        ]
    portfolio = client.portfolios[account.account_id]
    assert (portfolio._cash, portfolio.available.ten_thousandths) == (account.cash, account.available)
    positions = portfolio.positions.items()
    held = {key: (p._size, p._cost, p._cash_flow, p._bid_size) for key, p in positions if p.cash_flow}
    assert held == {
        key: (p.size, p.cost, p.cash_flow, p.bid_size)
        for key, p in account.positions.items()
        if p.cash_flow and key in shown
    }
    assert client.orders.keys() == {order_id for position in account.positions.values() for order_id in position.orders}
    for order in client.orders.values():
        assert client.markets[order.market_id].book.orders[order.order_id] is order


def _book(market: ServerMarket, view: View) -> list[tuple[int, int, int]]:
    if market.market_id in view.held:
        return []
    masked = market.market_id in view.masked
    return [
        (order.order_id, order.account_id if not masked or order.account_id in view.accounts else 0, order.remaining)
        for side in (Side.BUY, Side.SELL)
        for order in market.book.in_priority(side)
    ]


async def _trade(market_id: int, ada: RawClient, client: Exchange) -> None:
    await ada.ask(bid(market_id, 40, 10))
    market = client.markets[market_id]
    await market.sell(0.04, at=0.4)
    await market.buy(0.03, at=0.3)
    await market.sell(0.02, at=0.6)


async def test_a_client_gains_loses_and_regains_a_market(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house, AsyncExitStack() as stack:
        root, (ada, bob) = await house.furnish("ada", "bob")
        market_id = (await root.ask(create_market("Secret", restricted=True))).created.id
        await root.ask(edit_market(market_id, add=[account_of(ada)]))
        await ada.ask(bid(market_id, 41, 7))
        client = await _join(stack, house, "dev:bob")
        assert "Secret" not in client.markets
        await _trade(1, ada, client)
        await root.ask(edit_market(market_id, add=[account_of(bob)]))
        await _agree(house, client)
        market = client.markets["Secret"]
        await _trade(market_id, ada, client)
        await _agree(house, client)
        with market.trades() as trades:
            await root.ask(edit_market(market_id, remove=[account_of(bob)]))
            await _agree(house, client)
            assert market.only_held
            assert client.portfolios[account_of(bob)].positions[market_id].size == -0.04
            with pytest.raises(MissedEvents, match="no viewer"):
                async for _ in trades:
                    pass
        for command in (settle(market_id, 55), unsettle(market_id), edit_market(market_id, name="Known again")):
            await root.ask(command)
            await _agree(house, client)
        await root.ask(edit_market(market_id, restricted=False))
        await ada.ask(offer(market_id, 70, 1))
        await _agree(house, client)
        assert client.markets["Known again"] is market


async def test_a_client_without_a_position_forgets_the_market(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house, AsyncExitStack() as stack:
        root, (ada, bob) = await house.furnish("ada", "bob")
        client = await _join(stack, house, "dev:bob")
        await ada.ask(bid(1, 40, 10))
        await client.markets[1].buy(0.03, at=0.3)
        await root.ask(edit_market(1, restricted=True, add=[account_of(ada)]))
        await _agree(house, client)
        assert (list(client.markets), list(client.orders)) == ([], [])
        await root.ask(edit_market(1, add=[account_of(bob)]))
        await _trade(1, ada, client)
        await _agree(house, client)


async def test_a_client_follows_a_market_into_anonymity_and_elevation(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house, AsyncExitStack() as stack:
        root, (ada,) = await house.furnish("ada")
        client = await _join(stack, house, "dev:teacher:admin")
        await root.ask(edit_market(1, name="Masks"))
        teacher = client.account_id
        await root.ask(edit_market(1, add=[account_of(ada), teacher]))
        await client.set_elevated(True)
        await client.grant(teacher, 1_000_000)
        await client.set_elevated(False)
        await _trade(1, ada, client)
        edits: list[dict[str, Any]] = [{"anonymous": True}, {"restricted": True}, {"anonymous": False}]
        for changes in [*edits, {"restricted": False}]:
            await root.ask(edit_market(1, **changes))
            await _agree(house, client)
            await _trade(1, ada, client)
            await _agree(house, client)
            await client.set_elevated(True)
            await _agree(house, client)
            await client.set_elevated(False)
            await _agree(house, client)
