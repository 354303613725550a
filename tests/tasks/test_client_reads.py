"""The client library's reading, against the exchange itself."""

from pathlib import Path
from random import Random

import pytest
from trio.testing import MockClock

from exchange_client import Page, RefusalCode, Refused, Side, connect
from tests.sim.environment import Gate
from tests.sim.harness import RICH, open_house
from tests.sim.requests import bid, offer

URL = "ws://localhost/ws"


async def test_everything_that_can_be_read_comes_as_plain_values(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:

        async def dial() -> object:
            return house.listener.dial(Gate())

        _, (ada, bob) = await house.furnish("ada", "bob")
        for price in (40, 50, 60):
            await bob.ask(offer(1, price, 2, tag=b"mine"))
            await ada.ask(bid(1, price, 2))
        assert ada.welcome is not None
        assert bob.welcome is not None
        mine, his = ada.welcome.account_id, bob.welcome.account_id
        options = {"open_stream": dial, "random": Random(1)}
        async with connect(URL, token="dev:bob", **options) as exchange:  # type: ignore[arg-type]
            newest = await exchange.get_trades(1, limit=2)
            assert [(t.market_id, t.price, t.taker_side) for t in newest.rows] == [(1, 60, Side.BUY), (1, 50, Side.BUY)]
            older = await exchange.get_trades(exchange.markets[1], before=newest.next)
            assert ([t.price for t in older.rows], newest.more, older.more) == ([40], True, False)
            assert await exchange.get_trades(1, after=newest.rows[0].sequence) == Page((), False, 0, older.sequence)
            orders = await exchange.get_orders(after=1)
            assert [(o.tag, o.filled, o.price) for o in orders.rows] == [(b"mine", 2, p) for p in (40, 50, 60)]
            (granted,) = (await exchange.get_transfers()).rows
            assert (granted.amount, granted.to_account_id) == (RICH, his)
            (candle,) = await exchange.get_candles(1, 604_800)
            assert candle[1:] == (40, 60, 40, 60, 6)
            first, *_, last = await exchange.get_leaderboard()
            assert (first.account_id, first.profit, last.account_id, last.profit) == (mine, 60, his, -60)
            with pytest.raises(Refused) as caught:
                await exchange.get_audit()
            assert caught.value.code is RefusalCode.NOT_ELEVATED
        async with connect(URL, token="dev:root:admin", elevated=True, **options) as exchange:  # type: ignore[arg-type]
            assert [(h.account_id, h.size, h.cost) for h in await exchange.get_market_positions(1)] == [
                (mine, 6, 300),
                (his, -6, -300),
            ]
            latest, *_, created = (await exchange.get_audit()).rows
            assert latest.facts[0].kind == "transferred"
            transfer = latest.facts[0].fields["transfer"]
            assert isinstance(transfer, dict)
            assert transfer["amount"] == RICH
            assert created.facts[0].kind == "market_created"
