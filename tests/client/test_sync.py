"""The client without Trio, on a real exchange: in scripts, threads, notebooks and programs on asyncio."""

import asyncio
import signal
import subprocess
import sys
import threading
import time
from random import Random

import pytest

from exchange_client import Closed, OutcomeUnknown, Refused, Replaced, SyncMarket, connect_sync
from tests.client.test_examples import RAIN, server

__all__ = ["server"]

Server = tuple[str, object]


@pytest.fixture
def rain(server: Server) -> SyncMarket:
    """The market, as an organiser's script has it."""
    organiser = connect_sync(server[0], token="dev:root:admin", elevated=True)
    market = organiser.markets.get(RAIN) or organiser.create_market(RAIN, high=100)
    organiser.cancel_all()
    return market


def test_a_script_looks_trades_and_hears(server: Server, rain: SyncMarket) -> None:
    rain.sell(5, at=60)
    with connect_sync(server[0], token="dev:ada") as ada, ada.fills() as fills:
        market = ada.markets["rain on friday"]
        assert market is ada.markets[market.market_id]
        while not market.best_offer:
            assert ada.wait_for_change(market, timeout=10)
        assert abs(ada.time - time.time_ns()) < 60 * 10**9
        assert 0 <= ada.lag < 60
        before = market.position
        order = market.buy(2, at=market.best_offer.price)
        assert order.filled == market.position - before == 2
        assert next(iter(fills)).size == 2
        with pytest.raises(Refused):
            market.buy(1, at=39.995)
        assert len(next(iter(market.book_changes())).offers) >= 1
        ada.cancel_all()
        while ada.wait_for_change(market, timeout=0.2):
            continue  # what came before the first wait is told once
        rain.buy(1, at=7)
        assert ada.wait_for_change(market, timeout=10)


def test_ctrl_c_leaves_the_block_and_its_orders_are_gone(server: Server, rain: SyncMarket) -> None:
    script = f"""
from exchange_client import connect_sync
with connect_sync({server[0]!r}, token="dev:interrupted") as exchange:
    market = exchange.markets[{RAIN!r}]
    market.buy(1, at=3, tag="left behind?")
    print("resting", flush=True)
    while True:
        exchange.wait_for_change(market)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as bot:
        assert bot.stdout is not None
        assert bot.stdout.readline() == b"resting\n"
        assert rain.book.bids.at(3) is not None or rain.get_orders() is not None
        bot.send_signal(signal.SIGINT)
        _, errors = bot.communicate(timeout=30)
    assert errors.strip().endswith(b"KeyboardInterrupt")
    rain.edit(description="so that what came before is here")
    assert rain.book.bids.at(3) is None


def test_it_works_inside_a_program_on_asyncio(server: Server, rain: SyncMarket) -> None:
    async def main() -> None:
        with connect_sync(server[0], token="dev:async") as exchange:
            market = exchange.markets[RAIN]
            buys = [asyncio.to_thread(market.buy, 1, at=price) for price in (1, 2, 3)]
            orders = await asyncio.gather(*buys)
            assert len({order.order_id for order in orders}) == len(market.orders) == 3

    asyncio.run(main())


def test_threads_may_look_while_others_trade(server: Server, rain: SyncMarket) -> None:
    stop = threading.Event()
    failures: list[BaseException] = []

    def look(market: SyncMarket) -> None:
        try:
            while not stop.is_set():
                for level in market.book.bids:
                    assert level.size > 0
                _ = market.mid, market.orders, market.holding.unrealised, list(market.book.orders), market.recent_trades
        except BaseException as error:
            failures.append(error)

    with connect_sync(server[0], token="dev:threads") as exchange:
        market = exchange.markets[RAIN]
        threads = [threading.Thread(target=look, args=(market,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for number in range(40):
            market.replace_quotes(bid=(10 + number % 7, 1 + number % 3), offer=(90 - number % 5, 1))
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == []


def test_a_notebook_keeps_it_open_and_closes_it(server: Server, rain: SyncMarket) -> None:
    exchange = connect_sync(server[0], token="dev:notebook")
    assert exchange.connection.value == "live"
    exchange.close()
    exchange.close()
    assert exchange.connection.value == "closed"
    with pytest.raises(Closed):
        exchange.markets[RAIN].buy(1, at=1)


def test_what_takes_too_long_is_resolved_by_a_plain_call(server: Server, rain: SyncMarket) -> None:
    with connect_sync(server[0], token="dev:hasty", timeout=0.00001) as exchange:
        with pytest.raises(OutcomeUnknown) as caught:
            exchange.markets[RAIN].buy(1, at=2)
        assert caught.value.resolve().remaining == 1


def test_what_ends_the_client_comes_out_of_the_next_call(server: Server, rain: SyncMarket) -> None:
    first = connect_sync(server[0], token="dev:twin", random=Random(1))
    with connect_sync(server[0], token="dev:twin", random=Random(1)), pytest.raises(Replaced):  # noqa: PT012
        while True:
            first.wait_for_change(timeout=10)


def test_a_wrong_token_is_refused_at_once(server: Server) -> None:
    with pytest.raises(Refused) as caught:
        connect_sync(server[0], token="nobody")
    assert caught.value.code == "NOT_AUTHENTICATED"
