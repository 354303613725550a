"""What an account traded, looked for in all trades."""

from pathlib import Path
from typing import Any

import pytest
from trio.testing import MockClock

from tests.sim.harness import open_house
from tests.sim.requests import bid, create_market, offer
from tests.tasks.test_queries import fills, trades


@pytest.mark.parametrize("forwards", [False, True])
async def test_fills_are_the_accounts_part_in_trades_however_they_are_looked_for(
    tmp_path: Path, autojump_clock: MockClock, forwards: bool
) -> None:
    async with open_house(tmp_path, read_commits=7) as house:
        root, (ada, bob, eve) = await house.furnish("ada", "bob", "eve")
        second = (await root.ask(create_market("Second"))).created.id
        for taker, maker in ((ada, bob), (eve, bob), (bob, ada), (eve, bob)):
            for market_id in (1, second):
                for price in (50, 51):
                    await maker.ask(offer(market_id, price, 3))
                await taker.ask(bid(market_id, 51, 5))
                await taker.ask(bid(market_id, 10, 1))
        assert bob.welcome is not None
        mine = bob.welcome.account_id
        told: list[tuple[int, ...]] = []
        for market_id in (1, second):
            for t in (await eve.ask(trades(market_id, limit=1_000))).trades.trades:
                if mine == t.taker_account_id:
                    told.append((t.sequence, t.index, market_id, t.taker_order_id, t.taker_side, t.size, False))
                if mine == t.maker_account_id:
                    told.append((t.sequence, t.index, market_id, t.maker_order_id, 3 - t.taker_side, t.size, True))
        for market_id in (0, 1, second):
            expected = sorted(row for row in told if market_id in (0, row[2]))
            found: list[Any] = []
            page: dict[str, int] = {"after": 1} if forwards else {}
            while True:
                body = (await bob.ask(fills(market_id, limit=3, **page))).own_fills
                assert body.account_id == mine
                found += [(f.sequence, f.index, f.market_id, f.order_id, f.side, f.size, f.maker) for f in body.fills]
                if not body.more:
                    break
                page = {"after" if forwards else "before": body.next}
            assert sorted(found) == expected
            assert [row[0] for row in found] == sorted((row[0] for row in expected), reverse=not forwards)
        assert len(told) >= 16, "four times two trades in two markets"
