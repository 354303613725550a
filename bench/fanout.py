"""What it costs to tell many clients of a busy market, against telling each of them one fact at a time.

    uv run python -m bench.fanout [--json] [--rounds N] [--watchers N] [--seconds S] [--quick]

Ours is the whole exchange: its CPU time, for accepting, deciding and committing the orders too, is divided by what is
delivered to its watchers and traders. The naive way is another process that only builds, encodes and sends each fact
for each client, with ``send_message``. Both are kept saturated, in turn; the median of the rounds' ratios is printed.
Delays are measured apart, at a pace that does not depend on the answers, from the decision of a fact to its receipt by
each watcher: the commit is in them.
"""

import argparse
import json
import selectors
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from rich.console import Console

from bench.counting import ReplyCounter
from bench.frames import Wire, masked_frame
from bench.latency import percentile
from bench.load import IN_FLIGHT, Lane
from bench.orders_report import versions
from bench.process import ServerProcess, start_exchange, start_naive_feed
from bench.traders import SETTINGS, prepare_market, signed_in
from bench.traffic import make_traffic
from bench.watching import QUIET_SECONDS, STALL_SECONDS, Watcher, listen
from exchange_client.schema import types_pb2

TRADERS = 10
BATCH = 20
RATE = 100  # orders a second where delays are measured
SIDES = (types_pb2.SIDE_BUY, types_pb2.SIDE_SELL)


class Told(NamedTuple):
    """One measurement."""

    deliveries: int
    seconds: float
    server_cpu_seconds: float
    generator_cpu_seconds: float

    @property
    def microseconds(self) -> float:
        """CPU time of the server for each delivery."""
        return 1e6 * self.server_cpu_seconds / self.deliveries


class Plan(NamedTuple):
    """How much is measured."""

    rounds: int
    watchers: int
    seconds: float


def run(plan: Plan) -> dict[str, Any]:
    """Both servers in turn; returns the figures."""
    ours: list[Told] = []
    naive: list[Told] = []
    with tempfile.TemporaryDirectory(prefix="bench-fanout-") as name:
        folder = Path(name)
        with start_exchange(folder / "exchange.db", SETTINGS) as exchange, start_naive_feed(folder) as feed:
            market_id = prepare_market(exchange, TRADERS)
            first = _tell_ours(exchange, market_id, plan.watchers, 200)
            orders = max(200, round(200 * plan.seconds / first.seconds))
            first = _tell_naively(feed, plan.watchers, 20)
            facts = max(20, round(20 * plan.seconds / first.seconds))
            for _ in range(plan.rounds):
                ours.append(_tell_ours(exchange, market_id, plan.watchers, orders))
                naive.append(_tell_naively(feed, plan.watchers, facts))
            delays = _delays(exchange, market_id, plan)
    return _figures(ours, naive, delays, plan) | {"versions": versions()}


def _tell_ours(exchange: ServerProcess, market_id: int, watchers: int, orders: int) -> Told:
    """Saturates the exchange with so many orders of each trader; done when everybody has been told of the last."""
    traffic = [make_traffic(market_id, side, orders, BATCH) for side in SIDES]
    with _watched(exchange, watchers) as crowd, signed_in(exchange, TRADERS) as traders:
        lanes = [
            Lane(trader.wire, traffic[index % 2], ReplyCounter(traffic[index % 2]))
            for index, trader in enumerate(traders)
        ]
        for lane in lanes:
            lane.wire.make_nonblocking()
        cpu, own, begin = exchange.cpu_seconds(), time.process_time(), time.perf_counter()
        end = _until_told(lanes, crowd)
        seconds, own = end - begin, time.process_time() - own
        told = {watcher.complete_through() for watcher in crowd}
        if len(told) != 1:
            raise RuntimeError(f"watchers were told different things: {sorted(told)}")
        deliveries = traffic[0].orders * TRADERS * (watchers + TRADERS)
        return Told(deliveries, seconds, exchange.cpu_seconds() - cpu, own)


def _until_told(lanes: Sequence[Lane], crowd: Sequence[Watcher]) -> float:
    """Sends all orders and listens until nothing more comes; returns when the last thing came."""
    with selectors.DefaultSelector() as selector:
        everybody: list[Lane | Watcher] = [*crowd, *lanes]
        for each in everybody:
            selector.register(each.wire.socket, selectors.EVENT_READ, each)
        for lane in lanes:
            lane.begin()
        latest = time.perf_counter()
        while True:
            unfinished = any(lane.left for lane in lanes)
            ready = selector.select(STALL_SECONDS if unfinished else QUIET_SECONDS)
            if not ready:
                if unfinished:
                    raise TimeoutError("replies stopped coming")
                return latest
            for key, _ in ready:
                key.data.turn()
            latest = time.perf_counter()


@contextmanager
def _watched(exchange: ServerProcess, count: int) -> Iterator[list[Watcher]]:
    """So many clients who only listen, on as many connections of other users."""
    with signed_in(exchange, count, first=TRADERS) as crowd:
        yield [Watcher(trader.wire) for trader in crowd]


def _tell_naively(feed: ServerProcess, watchers: int, facts: int) -> Told:
    wires = [Wire(feed.address, feed.path) for _ in range(watchers)]
    starter = Wire(feed.address, feed.path)
    crowd = [Watcher(wire) for wire in wires]
    try:
        time.sleep(0.05)  # until the last handshake is over on the server's side too
        cpu, own, begin = feed.cpu_seconds(), time.process_time(), time.perf_counter()
        starter.send(masked_frame(str(facts).encode()))
        listen(crowd, facts)
        starter.read_some()
        seconds, own = time.perf_counter() - begin, time.process_time() - own
        return Told(facts * watchers, seconds, feed.cpu_seconds() - cpu, own)
    finally:
        for wire in (starter, *wires):
            wire.close()


def _delays(exchange: ServerProcess, market_id: int, plan: Plan) -> list[int]:
    """Nanoseconds from decision to receipt, orders coming at a fixed rate whatever becomes of them."""
    delays: list[int] = []
    count = max(10, round(RATE * plan.seconds * 2))
    traffic = make_traffic(market_id, types_pb2.SIDE_BUY, count)
    with signed_in(exchange, 1) as (trader,), signed_in(exchange, plan.watchers, first=TRADERS) as crowd:
        watchers = [Watcher(each.wire, delays) for each in crowd]
        trader.wire.make_nonblocking()
        with selectors.DefaultSelector() as selector:
            for watcher in watchers:
                selector.register(watcher.wire.socket, selectors.EVENT_READ, watcher)
            selector.register(trader.wire.socket, selectors.EVENT_READ, Watcher(trader.wire))
            begin = time.perf_counter()
            for index in range(count):
                frame = traffic.data[index * traffic.frame_bytes : (index + 1) * traffic.frame_bytes]
                _listen_until(selector, begin + index / RATE)
                trader.wire.send(frame)
            _listen_until(selector, time.perf_counter() + QUIET_SECONDS)
    return delays


def _listen_until(selector: selectors.BaseSelector, moment: float) -> None:
    while (left := moment - time.perf_counter()) > 0:
        for key, _ in selector.select(left):
            key.data.turn()


def _figures(ours: list[Told], naive: list[Told], delays: list[int], plan: Plan) -> dict[str, Any]:
    return {
        "ratio_cpu": round(median(b.microseconds / a.microseconds for a, b in zip(ours, naive, strict=True)), 2),
        "rounds": plan.rounds,
        "watchers": plan.watchers,
        "in_flight": IN_FLIGHT,
        "batch": BATCH,
        **{
            name: {
                "deliveries_per_second": round(median(one.deliveries / one.seconds for one in told)),
                "server_cpu_us": round(median(one.microseconds for one in told), 3),
                "generator_cpu_share": round(median(one.generator_cpu_seconds / one.seconds for one in told), 2),
            }
            for name, told in (("ours", ours), ("naive", naive))
        },
        "delay_ms": {
            name: round(percentile([delay / 1e6 for delay in delays], percent), 3)
            for name, percent in (("p50", 50), ("p99", 99))
        },
        "delays_measured": len(delays),
    }


def main() -> None:
    """Prints the figures and, with ``--json``, one object of them."""
    parser = argparse.ArgumentParser(prog="python -m bench.fanout", description="One busy market, many watchers.")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--rounds", type=int, help="rounds (default 5)")
    parser.add_argument("--watchers", type=int, default=200, help="clients that listen (default 200)")
    parser.add_argument("--seconds", type=float, help="length of one measurement (default 2)")
    parser.add_argument("--quick", action="store_true", help="a look in a few seconds: 3 rounds of 0.5 s")
    given = parser.parse_args()
    rounds, seconds = (3, 0.5) if given.quick else (5, 2.0)
    figures = run(Plan(given.rounds or rounds, given.watchers, given.seconds or seconds))
    console = Console()
    console.print(f"{figures['watchers']} watchers and {TRADERS} traders, {figures['rounds']} rounds")
    for name in ("ours", "naive"):
        row = figures[name]
        console.print(
            f"{name:>5}: {row['deliveries_per_second']:,} deliveries/s, {row['server_cpu_us']:.2f} µs of server CPU "
            f"each; generator CPU {row['generator_cpu_share']:.0%}"
        )
    console.print(f"ratio {figures['ratio_cpu']:.1f}")
    console.print(
        f"decision to receipt at {RATE} orders/s: p50 {figures['delay_ms']['p50']:.2f} ms, "
        f"p99 {figures['delay_ms']['p99']:.2f} ms"
    )
    if given.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
