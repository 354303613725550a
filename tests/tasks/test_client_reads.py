"""The client library's reading, against the exchange itself."""

from pathlib import Path
from random import Random

import pytest
from trio.testing import MockClock

from exchange_client import MarketStatus, Number, Page, RefusalCode, Refused, Side, connect
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
            newest = await exchange.markets[1].get_trades(limit=2)
            assert [(t.market_id, t.price, t.taker_side) for t in newest.rows] == [
                (1, Number("0.6"), Side.BUY),
                (1, Number("0.5"), Side.BUY),
            ]
            older = await exchange.markets[1].get_trades(before=newest.next)
            assert ([t.price for t in older.rows], newest.more, older.more) == ([Number("0.4")], True, False)
            assert await exchange.markets[1].get_trades(after=newest.rows[0].sequence) == Page(
                (), False, 0, older.sequence
            )
            orders = await exchange.get_orders(after=1)
            assert [(o.tag, o.filled.hundredths, o.price.hundredths) for o in orders.rows] == [
                ("mine", 2, price) for price in (40, 50, 60)
            ]
            fills = await exchange.get_fills(after=1)
            assert [(f.account_id, f.side, f.maker, f.price.hundredths) for f in fills.rows] == [
                (his, Side.SELL, True, price) for price in (40, 50, 60)
            ]
            assert (await exchange.markets[1].get_fills(limit=1)).rows == fills.rows[-1:]
            (granted,) = (await exchange.get_transfers()).rows
            assert (granted.amount.ten_thousandths, granted.to_account_id) == (RICH, his)
            (candle,) = await exchange.markets[1].get_candles(604_800)
            assert [number.hundredths for number in candle[1:]] == [40, 60, 40, 60, 6]
            first, *_, last = await exchange.get_leaderboard()
            assert (first.account_id, last.account_id, -last.profit) == (mine, his, first.profit)
            assert first.profit == 0.006
            facts = await exchange.markets[1].get_facts(after=1)
            assert [fact.kind for fact in facts.rows[:2]] == ["market_created", "order_placed"]
            placed = facts.rows[1]
            assert (placed.fields["price"], placed.time < candle.start + 604_800 * 10**9) == (40, True)
            assert (await exchange.markets[1].get_facts(limit=1)).rows == facts.rows[-1:]
            (made,) = (await exchange.markets[1].get_status_changes()).rows
            assert (made.sequence, made.status) == (facts.rows[0].sequence, MarketStatus.OPEN)
            with pytest.raises(Refused) as caught:
                await exchange.get_audit()
            assert caught.value.code is RefusalCode.NOT_ELEVATED
        async with connect(URL, token="dev:root:admin", elevated=True, **options) as exchange:  # type: ignore[arg-type]
            held = await exchange.markets[1].get_positions()
            seen = [(h.account_id, h.size.hundredths, h.cost.ten_thousandths) for h in held]
            assert seen == [(mine, 6, 300), (his, -6, -300)]
            latest, *_, created = (await exchange.get_audit()).rows
            assert latest.facts[0].kind == "transferred"
            transfer = latest.facts[0].fields["transfer"]
            assert isinstance(transfer, dict)
            assert transfer["amount"] == RICH
            assert created.facts[0].kind == "market_created"
