"""The page under a thousand facts a second: frames, the heap, and the script of a first load, measured in Chromium.

A ladder of 50 levels whose every row changes, and some trades, for a minute. Frames are counted where the page counts
its own: by animation frames. Run it as ``python -m bench.page [--seconds 60] [--json]``.
"""

import argparse
import json
import statistics
import tempfile
from decimal import Decimal
from functools import partial
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import trio
from playwright.sync_api import CDPSession, sync_playwright

from exchange_client import Market, Order, connect
from tests.page.stage import Server, launch, open_market, visitor

LEVELS = 25  # of each side
TICK_SECONDS = 0.05
BID, OFFER = Decimal("49.90"), Decimal("50.10")
LOT = Decimal("0.01")
FACTS_PER_SECOND = 1_000
NAME = "Rain on Friday"
PACE = ("pace_per_second=100000", "pace_burst=100000", "pace_expensive_per_minute=100000")
FIRST_HEAP_SECONDS = 10.0
_RECORD_FRAMES = """() => {
  window.frameTimes = [];
  const note = (time) => { window.frameTimes.push(time); requestAnimationFrame(note); };
  requestAnimationFrame(note);
}"""
_SCRIPT_BYTES = """() => performance.getEntriesByType('resource')
  .filter((entry) => entry.name.endsWith('.js')).reduce((sum, entry) => sum + entry.encodedBodySize, 0)"""


class Flood:
    """Changes every level of the ladder again and again, and trades a little."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.facts = 0
        self._random = Random(1)

    async def run(self, facts_per_second: int, *, task_status: trio.TaskStatus[None]) -> None:
        """Returns when cancelled; ready once the ladder stands."""
        async with (
            connect(self.url, token="dev:Maker") as maker,
            connect(self.url, token="dev:Taker") as taker,
        ):
            market = maker.markets[NAME]
            orders: list[int] = []
            for step in range(LEVELS):
                away = Decimal(step) / 10
                for ask, price in ((market.buy, BID - away), (market.sell, OFFER + away)):
                    orders.append((await ask(10, at=price)).order_id)
            task_status.started()
            at_a_time = max(1, round(facts_per_second * TICK_SECONDS))
            place, due = 0, trio.current_time()
            while True:
                async with trio.open_nursery() as tick:
                    for _ in range(at_a_time - 1):
                        tick.start_soon(self._amend, market, maker.orders[orders[place % len(orders)]])
                        place += 1
                    tick.start_soon(self._trade, taker.markets[NAME])
                due += TICK_SECONDS
                await trio.sleep_until(due)

    async def _amend(self, market: Market, order: Order) -> None:
        await market.amend(order, size=order.size - order.remaining + self._random.randint(5, 60))
        self.facts += 1

    async def _trade(self, market: Market) -> None:
        ask, price = self._random.choice(((market.buy, OFFER), (market.sell, BID)))
        await ask(LOT, at=price, time_in_force="IOC")
        self.facts += 1


def watch(url: str, seconds: float) -> dict[str, Any]:
    """Look at the page for so long; return its figures. Runs in a thread."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        with visitor(browser, url, viewport={"width": 1600, "height": 2000}) as someone:
            someone.sign_in("Watcher")
            someone.page.locator("article").first.wait_for()
            script_bytes = someone.page.evaluate(_SCRIPT_BYTES)
            someone.enter(NAME)
            someone.page.locator("[data-testid=chart][data-ready=true]").wait_for()
            rows = someone.page.locator("[data-testid=ladder] [data-price]").count()
            session = someone.page.context.new_cdp_session(someone.page)
            someone.page.evaluate(_RECORD_FRAMES)
            someone.page.wait_for_timeout(min(FIRST_HEAP_SECONDS, seconds / 2) * 1000)
            first = _heap(session)
            someone.page.wait_for_timeout((seconds - min(FIRST_HEAP_SECONDS, seconds / 2)) * 1000)
            times = someone.page.evaluate("window.frameTimes")
            last = _heap(session)
        browser.close()
    lengths = [later - earlier for earlier, later in pairwise(times)]
    return {
        "frames_per_second": round(1000 * len(lengths) / (times[-1] - times[0]), 1),
        "frame_p95_ms": round(statistics.quantiles(lengths, n=20)[-1], 1),
        "heap_ratio": round(last / first, 3),
        "heap_mb": round(last / 1e6, 1),
        "first_load_script_kb": round(script_bytes / 1000, 1),
        "ladder_rows": rows,
    }


def _heap(session: CDPSession) -> float:
    """Bytes in use after a collection."""
    session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"])


async def measure(server: Server, seconds: float, facts_per_second: int) -> dict[str, Any]:
    flood = Flood(f"ws://127.0.0.1:{server.port}/ws")
    async with trio.open_nursery() as nursery:
        await nursery.start(partial(flood.run, facts_per_second))
        started, before = trio.current_time(), flood.facts
        figures: dict[str, Any] = await trio.to_thread.run_sync(watch, server.url, seconds)
        figures["facts_per_second"] = round((flood.facts - before) / (trio.current_time() - started))
        nursery.cancel_scope.cancel()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--facts", type=int, default=FACTS_PER_SECOND, help="a second")
    parser.add_argument("--json", action="store_true", help="the figures as the last line")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), *PACE, "starting_cash=100000000000")
        server.start()
        try:
            server.organise(partial(open_market, name=NAME))
            figures = trio.run(measure, server, arguments.seconds, arguments.facts)
        finally:
            server.stop()
    for name, value in figures.items():
        print(f"{name:>24}  {value}")
    if arguments.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
