"""Trading with the client, on the exchange itself."""

import pytest
import trio
from trio.testing import MockClock

from exchange.testing import MemoryExchange
from exchange_client import Amend, Buy, Cancel, CancelResult, Level, Number, Refused, Sell, TimeInForce


async def test_a_batch_is_one_step_and_says_what_became_of_each(
    exchange: MemoryExchange, autojump_clock: MockClock
) -> None:
    await exchange.market("Rain")
    async with exchange.connect("ada") as ada:
        await exchange.fund("ada", 1_000)
        rain = ada.markets["Rain"]
        old = await rain.buy(1, at=10)
        gone = await rain.buy(1, at=11)
        await rain.cancel(gone)
        result = await rain.batch(Cancel(gone), Amend(old, price=12), Buy(2, at=9, tag="low"), Sell(1, at=90))
        assert len({order.order_id for order in rain.orders}) == 3
        cancelled, amended, bid, offer = result.steps
        assert cancelled == CancelResult((), Number(0), result.sequence, result.time)
        assert result.orders == (amended, bid, offer)
        assert [f"{order.price} {order.tag}" for order in rain.orders] == ["12 ", "9 low", "90 "]
        with pytest.raises(Refused) as caught:
            await rain.batch(Buy(1, at=20), Buy(1, at=500))
        assert caught.value.field == "steps[1].price"
        assert rain.book.bids.at(20) is None


async def test_quotes_that_are_right_stay_and_others_are_replaced_in_one_step(
    exchange: MemoryExchange, autojump_clock: MockClock
) -> None:
    market = await exchange.market("Rain")
    async with exchange.connect("ada", cancel_on_exit=False) as ada:
        await exchange.fund("ada", 10_000)
        rain = ada.markets["Rain"]
        other = await rain.buy(1, at=5, tag="mine alone")
        first = await rain.replace_quotes(bid=(40, 5), offer=("41.5", 5))
        assert first.bid is not None
        sequence = exchange.people.state.sequence
        same = await rain.replace_quotes(bid=(40.0, 5), offer=(41.5, 5))
        assert (same.bid, same.offer, exchange.people.state.sequence) == (None, None, sequence)
        with market.trades() as trades:
            moved = await rain.replace_quotes(bid=(40, 5), offer=(39, 5))  # its own bid does not stop it
            assert moved.offer is not None
            assert not trades.pending()
        assert [order.order_id for order in rain.orders if order.tag == "mine alone"] == [other.order_id]
        await rain.replace_quotes(bid=(38, 1), offer=None)
        assert [f"{order.price} {order.tag}" for order in rain.orders] == ["5 mine alone", "38 quote"]
    async with exchange.connect("ada") as restarted:
        await restarted.markets["Rain"].replace_quotes(bid=(37, 1))
        assert [order.price for order in restarted.markets["Rain"].orders] == [5, 37]


async def test_the_book_of_others_leaves_out_ones_own(exchange: MemoryExchange, autojump_clock: MockClock) -> None:
    market = await exchange.market("Rain")
    await exchange.fund("organiser", 10_000)
    async with exchange.connect("ada") as ada:
        await exchange.fund("ada", 10_000)
        rain = ada.markets["Rain"]
        assert not rain.mid_of_others
        await market.replace_quotes(bid=(40, 3), offer=(50, 3))
        await rain.replace_quotes(bid=(40, 2), offer=(49, 2))
        await rain.buy(1, at=41)
        assert rain.best_bid == Level(Number(41), Number(1), 1)
        assert rain.best_bid_of_others == Level(Number(40), Number(3), 1)
        assert rain.best_offer_of_others == Level(Number(50), Number(3), 1)
        assert rain.mid_of_others == rain.mid == 45
        assert rain.book.spread == 8


async def test_orders_end_when_they_were_to(exchange: MemoryExchange, autojump_clock: MockClock) -> None:
    await exchange.market("Rain")
    async with exchange.connect("ada") as ada:
        await exchange.fund("ada", 1_000)
        rain = ada.markets["Rain"]
        await rain.buy(1, at=10, expires_in=30)
        await rain.buy(1, at=11, expires_at=ada.time + 60 * 10**9, time_in_force=TimeInForce.GTD)
        open_then = []
        for _ in range(3):
            open_then.append(len(rain.orders))
            await trio.sleep(31)
        assert open_then == [2, 1, 0]


async def test_a_position_knows_what_it_cost(exchange: MemoryExchange, autojump_clock: MockClock) -> None:
    market = await exchange.market("Rain")
    await exchange.fund("organiser", 10_000)
    await market.sell(1, at=40)
    await market.sell(2, at=41)
    async with exchange.connect("ada") as ada:
        await exchange.fund("ada", 1_000)
        rain = ada.markets["Rain"]
        order = await rain.buy(3)
        assert (order.filled, order.average_price) == (Number(3), Number("40.6667"))
        await rain.replace_quotes(offer=(50, 1))
        await market.buy(1, at=50)
        await ada.ping()
        assert (rain.position, rain.holding.average_price) == (Number(2), Number("40.6667"))
        assert rain.holding.realised + rain.holding.unrealised == rain.holding.cash_flow + rain.position * rain.mark
        assert ada.equity == ada.cash + 2 * rain.mark == exchange.account("ada").equity


async def test_a_market_can_be_made_with_everything_that_the_exchange_offers(
    exchange: MemoryExchange, autojump_clock: MockClock
) -> None:
    organiser = exchange.organiser
    weather = await organiser.create_group("Weather")
    made = await organiser.create_market(
        "Rain", low=-5, high="99.5", description="mm", group="Weather", pinned=True, ranked=False, position_limit=7.5,
        closes_at=organiser.time + 10**12,
    )  # fmt: skip
    assert (str(made.low), str(made.high), made.group_id, made.pinned) == ("-5", "99.5", weather.group_id, True)
    assert (made.ranked, made.position_limit, made.description) == (False, Number("7.5"), "mm")
    await made.edit(pinned=False, position_limit=0, description="millimetres")
    assert (made.pinned, made.position_limit, made.description) == (False, None, "millimetres")
    with pytest.raises(Refused) as caught:
        await organiser.grant("nobody", 1)
    assert (caught.value.code, caught.value.number) == ("UNKNOWN_ACCOUNT", 403)


async def test_a_bot_signs_in_with_a_key_that_its_author_made(
    exchange: MemoryExchange, autojump_clock: MockClock
) -> None:
    await exchange.market("Rain")
    async with exchange.connect("ada", cancel_on_exit=False) as ada:
        await exchange.fund("ada", 1_000)
        reading = await ada.create_api_key("screen", scope="READ")
        trading = await ada.create_api_key("bot")
        assert [(key.label, key.scope.name) for key in await ada.list_api_keys()] == [
            ("screen", "READ"), ("bot", "TRADE"),
        ]  # fmt: skip
        async with (
            exchange.connect("bot", token=trading.key) as bot,
            exchange.connect("s", token=reading.key) as screen,
        ):
            await bot.markets["Rain"].buy(1, at=10)
            assert bot.account_id == screen.account_id == ada.account_id
            with pytest.raises(Refused):
                await screen.markets["Rain"].buy(1, at=10)
        await ada.revoke_api_key(trading)
        assert [key.label for key in await ada.list_api_keys()] == ["screen"]
        with pytest.raises(Refused):
            async with exchange.connect("bot", token=trading.key):
                pass
