"""The client and the exchange itself, with what goes wrong between them: requests are executed once or not at all."""

import pytest
import trio
from trio.testing import MockClock

from exchange.testing import MemoryExchange
from exchange_client import (
    ConnectionState,
    Exchange,
    Market,
    MissedEvents,
    Number,
    OrderResult,
    OutcomeUnknown,
    Refused,
)

STEPS = 60  # more turns of the scheduler than a request needs from call to reply


async def turns(count: int) -> None:
    for _ in range(count):
        await trio.lowlevel.checkpoint()


def orders_tagged(exchange: MemoryExchange, market: Market, tag: str) -> int:
    """By the exchange's own book."""
    resting = exchange.people.state.markets[market.market_id].book.orders.values()
    return sum(order.tag == tag.encode() for order in resting)


async def test_a_drop_at_any_moment_of_a_call_makes_it_slower_and_nothing_else(
    exchange: MemoryExchange, autojump_clock: MockClock
) -> None:
    market = await exchange.market("Rain")
    in_doubt = {"before the commit": 0, "after the commit": 0}
    async with exchange.connect("ada") as ada:
        await exchange.fund("ada", 100_000)
        for step in range(STEPS):
            tag = f"t{step}"
            placed: list[int] = []

            async def place(tag: str = tag, placed: list[int] = placed) -> None:
                result = await ada.markets["Rain"].buy(1, at=10, tag=tag)
                placed.append(result.order_id)

            async with trio.open_nursery() as nursery:
                nursery.start_soon(place)
                await turns(step)
                if not placed:
                    committed = orders_tagged(exchange, market, tag)
                    in_doubt["after the commit" if committed else "before the commit"] += 1
                await exchange.drop("ada")
            assert ada.connection is ConnectionState.LIVE
            assert [order.order_id for order in ada.orders.values() if order.tag == tag] == placed
            assert orders_tagged(exchange, market, tag) == 1
    assert all(in_doubt.values()), in_doubt


async def test_a_call_cancelled_at_any_moment_leaves_no_doubt_once_resolved(
    exchange: MemoryExchange, autojump_clock: MockClock
) -> None:
    market = await exchange.market("Rain")
    outcomes = set()
    async with exchange.connect("ada") as ada:
        await exchange.fund("ada", 100_000)
        for dropped in (False, True):
            for step in range(STEPS):
                tag = f"t{dropped}{step}"
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(_buy, ada, tag)
                    await turns(step)
                    nursery.cancel_scope.cancel()
                if dropped:
                    await exchange.drop("ada")
                await ada.resolve()
                assert ada.unresolved == 0
                known = sum(order.tag == tag for order in ada.orders.values())
                assert known == orders_tagged(exchange, market, tag)
                outcomes.add((dropped, known))
    assert outcomes == {(False, 0), (False, 1), (True, 0), (True, 1)}


async def test_a_bot_that_entered_with_a_key_can_resolve_what_it_cancelled(
    exchange: MemoryExchange, autojump_clock: MockClock
) -> None:
    await exchange.market("Rain")
    async with exchange.connect("ada") as person:
        await exchange.fund("ada", 100_000)
        key = (await person.create_api_key("bot")).key
        async with exchange.connect("bot", token=key) as bot:
            for step in range(STEPS):
                await bot.ping()  # it is back
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(_buy, bot, f"t{step}")
                    await turns(step)
                    nursery.cancel_scope.cancel()
                await exchange.drop("bot")
                await bot.resolve()
                assert bot.unresolved == 0
                assert sum(order.tag == f"t{step}" for order in bot.orders.values()) == orders_tagged(
                    exchange, bot.markets["Rain"], f"t{step}"
                )


async def _buy(ada: Exchange, tag: str) -> None:
    await ada.markets["Rain"].buy(1, at=10, tag=tag)


async def test_a_redeploy_is_a_pause_for_whoever_keeps_calling(
    exchange: MemoryExchange, autojump_clock: MockClock
) -> None:
    await exchange.market("Rain")
    results: list[OrderResult] = []
    async with exchange.connect("ada") as ada, exchange.connect("bob") as bob:
        for name in ("ada", "bob"):
            await exchange.fund(name, 100_000)

        async def trade(who: Exchange) -> None:
            market = who.markets["Rain"]
            while not over.is_set():
                place = market.buy if who is ada else market.sell
                results.append(await place(1, at=50))
                await trio.sleep(0.05)

        over = trio.Event()
        with ada.fills() as fills:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trade, ada)
                nursery.start_soon(trade, bob)
                for _ in range(3):
                    await trio.sleep(2)
                    await exchange.restart(seconds=1)
                await trio.sleep(5)
                over.set()
            await ada.resolve()
            assert sum(fill.size for fill in fills.pending()) == ada.markets["Rain"].position
        assert len({result.order_id for result in results}) == len(results) > 100
        assert (
            ada.markets["Rain"].position
            == -bob.markets["Rain"].position
            == exchange.account("ada").position(ada.markets["Rain"])
        )


@pytest.mark.exchange(resume_facts=5)
async def test_an_outage_longer_than_the_history_begins_anew_and_says_so(
    exchange: MemoryExchange, autojump_clock: MockClock
) -> None:
    market = await exchange.market("Rain")
    await exchange.fund("organiser", 1_000)
    async with exchange.connect("ada") as ada:
        rain = ada.markets["Rain"]
        with rain.trades() as trades, ada.connection_events() as events:
            await exchange.drop("ada")
            for price in range(10):
                await market.buy(1, at=price)
            await ada.ping()
            with pytest.raises(MissedEvents):
                await anext(trades)
            told = [(event.state, event.resumed) for event in events.pending()]
        assert told[-1] == (ConnectionState.LIVE, False)
        assert rain is ada.markets["Rain"]
        assert len(rain.book.bids) == 10


async def test_a_change_of_rights_during_an_outage_is_in_the_state_afterwards(
    exchange: MemoryExchange, autojump_clock: MockClock
) -> None:
    organiser = exchange.organiser
    async with exchange.connect("ada") as ada:
        await exchange.drop("ada")
        fund = await organiser.create_account("Fund")
        await organiser.grant(fund, 70)
        await organiser.share_account(fund, "ada")
        await ada.ping()
        assert ada.portfolios[fund.account_id].cash == 70
        await ada.act_as("Fund")
        assert (ada.account.name, ada.cash) == ("Fund", Number(70))


async def test_what_takes_too_long_is_not_known_and_then_it_is(
    exchange: MemoryExchange, autojump_clock: MockClock
) -> None:
    await exchange.market("Rain")
    async with exchange.connect("ada", timeout=5) as ada:
        await exchange.fund("ada", 1_000)
        await exchange.stop()
        with pytest.raises(OutcomeUnknown) as caught:
            await ada.markets["Rain"].buy(1, at=50)
        assert ada.unresolved == 1
        await exchange.start()
        result = await caught.value.resolve()
        assert result.remaining == 1
        assert [order.order_id for order in ada.markets["Rain"].orders] == [result.order_id]


async def test_what_was_asked_too_long_ago_is_refused_not_executed(
    exchange: MemoryExchange, autojump_clock: MockClock
) -> None:
    market = await exchange.market("Rain")
    async with exchange.connect("ada", patience=30) as ada:
        await exchange.fund("ada", 1_000)
        async with trio.open_nursery() as nursery:

            @nursery.start_soon
            async def buy() -> None:
                with pytest.raises(Refused) as caught:
                    await ada.markets["Rain"].buy(1, at=50)
                assert caught.value.code == "TOO_LATE"

            await exchange.drop("ada")
            await exchange.stop()
            await trio.sleep(60)
            await exchange.start()
    assert market.best_bid is None


async def test_200_clients_in_one_process_see_what_the_exchange_sees(
    exchange: MemoryExchange, autojump_clock: MockClock
) -> None:
    market = await exchange.market("Rain")
    async with trio.open_nursery() as nursery:
        clients: list[Exchange] = []
        everybody = trio.Event()

        async def live(name: str) -> None:
            async with exchange.connect(name, cancel_on_exit=False) as client:
                await exchange.fund(name, 10_000)
                clients.append(client)
                if len(clients) == 200:
                    everybody.set()
                await everybody.wait()
                number = int(name)
                await client.markets["Rain"].replace_quotes(bid=(30 + number % 20, 1), offer=(45 + number % 20, 2))
                await trio.sleep_forever()

        for number in range(200):
            nursery.start_soon(live, str(number))
        await everybody.wait()
        await trio.sleep(5)
        state = exchange.people.state
        book = state.markets[market.market_id].book
        for client in clients:
            rain = client.markets["Rain"]
            account = state.accounts[client.account_id]
            assert client.cash.ten_thousandths == account.cash
            assert client.available.ten_thousandths == account.available
            assert rain.position == exchange.account(client.account.name).position(rain)
            resting = {order.order_id: order.remaining for order in book.orders.values()}
            assert {key: order.remaining.hundredths for key, order in rain.book.orders.items()} == resting
        assert market.recent_trades
        nursery.cancel_scope.cancel()
