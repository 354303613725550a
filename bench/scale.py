"""One machine full of people: thousands of idle connections beside hundreds of active ones.

    uv run python -m bench.scale [--json] [--idle N] [--active N] [--rate R] [--seconds S] [--quick]

The idle ones follow a quiet market. The active ones follow a busy one, in which each sends an order now and then at a
pace that does not depend on the answers; a delay runs from the moment an order was due to be sent to its reply, so that
waiting counts wherever it happens.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.counting import ReplyCounter
from bench.crowd import CROWD, Crowd, allow_many_sockets, arrive
from bench.frames import Wire
from bench.latency import percentile
from bench.memory import resident_bytes
from bench.orders_report import versions
from bench.process import ServerProcess, start_exchange
from bench.traders import MARKET_HIGH, MARKET_LOW, Trader, prepare_market, signed_in
from bench.traffic import Traffic, make_traffic
from bench.watching import QUIET_SECONDS
from exchange_client.schema import client_pb2, types_pb2

Figures = dict[str, Any]
_AT_ONCE = 50  # sign-ins: what an exchange takes up after a quiet moment


class Active:
    """One client that trades. ``delays`` are seconds from when an order was due to its reply."""

    def __init__(self, wire: Wire, traffic: Traffic, delays: list[float]) -> None:
        self.wire = wire
        self._traffic = traffic
        self._counter = ReplyCounter(traffic)
        self._due: list[float] = []
        self._answered = 0
        self._delays = delays
        wire.make_nonblocking()

    def send(self, due: float) -> None:
        """Sends the next order, which was due at that moment."""
        size, index = self._traffic.frame_bytes, len(self._due)
        self.wire.send(self._traffic.data[index * size : (index + 1) * size])
        self._due.append(due)

    def turn(self) -> None:
        """Takes what has come."""
        for payload in self.wire.read():
            for _ in range(self._counter.count(payload, len(self._due) - self._answered)):
                self._delays.append(time.perf_counter() - self._due[self._answered])
                self._answered += 1

    @property
    def unanswered(self) -> int:
        """Orders without a reply."""
        return len(self._due) - self._answered


def run(idle: int, active: int, rate: float, seconds: float) -> Figures:
    """``rate`` orders a second, of all active clients together."""
    allow_many_sockets()
    with (
        tempfile.TemporaryDirectory(prefix="bench-scale-") as name,
        start_exchange(Path(name) / "exchange.db", CROWD) as server,
    ):
        busy = prepare_market(server, active)
        quiet = _make_market(Trader(server, "dev:organiser"))
        empty, begin = resident_bytes(server.pid), time.perf_counter()
        with Crowd() as crowd:
            for done in range(0, idle, _AT_ONCE):
                arrive(crowd, server, min(_AT_ONCE, idle - done), first=active + done, markets=(quiet,))
            figures = {
                "sign_ins_per_second": round(idle / (time.perf_counter() - begin)),
                "bytes_per_idle_connection": round((resident_bytes(server.pid) - empty) / max(1, idle)),
            }
            with signed_in(server, active, markets=(busy,)) as traders:
                figures |= _measure(server, crowd, busy, traders, rate, seconds)
            figures["idle_connections_kept"] = idle - len(crowd.lost)
        server.stop()
    return {"idle": idle, "active": active} | figures | {"versions": versions()}


def _measure(
    server: ServerProcess, crowd: Crowd, market_id: int, traders: list[Trader], rate: float, seconds: float
) -> Figures:
    delays: list[float] = []
    active = len(traders)
    count = max(1, round(rate * seconds / active))
    traffic = [make_traffic(market_id, side, count) for side in (types_pb2.SIDE_BUY, types_pb2.SIDE_SELL)]
    trading = [Active(each.wire, traffic[number % 2], delays) for number, each in enumerate(traders)]
    for each in trading:
        crowd.add(each)
    cpu, own = server.cpu_seconds(), time.process_time()
    spent = _trade(crowd, trading, count, rate)
    cpu, own = server.cpu_seconds() - cpu, time.process_time() - own
    return {
        "orders": len(delays),
        "unanswered": sum(each.unanswered for each in trading),
        "orders_per_second": round(len(delays) / spent),
        "deliveries_per_second": round(len(delays) * active / spent),
        "reply_ms_p50": round(1e3 * percentile(delays, 50), 2),
        "reply_ms_p99": round(1e3 * percentile(delays, 99), 2),
        "server_cpu_share": round(cpu / spent, 2),
        "generator_cpu_share": round(own / spent, 2),
    }


def _make_market(trader: Trader) -> int:
    market = client_pb2.CreateMarket(name="Quiet", low=MARKET_LOW, high=MARKET_HIGH)
    identifier = trader.ask(client_pb2.ClientMessage(create_market=market)).created.id
    trader.wire.close()
    return identifier


def _trade(crowd: Crowd, trading: list[Active], count: int, rate: float) -> float:
    """Everybody in turn; returns the seconds until the last was sent."""
    begin = time.perf_counter()
    for number in range(count * len(trading)):
        due = begin + number / rate
        crowd.listen_until(due)
        trading[number % len(trading)].send(due)
    spent = time.perf_counter() - begin
    crowd.listen_until(time.perf_counter() + 2 * QUIET_SECONDS)
    return spent


def main() -> None:
    """Prints the figures and, with ``--json``, one object of them."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description="Many idle clients, many active ones.")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--idle", type=int, default=2_000, help="connections that do nothing (default 2,000)")
    parser.add_argument("--active", type=int, default=300, help="connections that trade (default 300)")
    parser.add_argument("--rate", type=float, default=300.0, help="orders a second, of all together (default 300)")
    parser.add_argument("--seconds", type=float, default=10.0, help="length (default 10)")
    parser.add_argument("--quick", action="store_true", help="200 idle, 50 active, 2 s")
    given = parser.parse_args()
    if given.quick:
        given.idle, given.active, given.seconds = 200, 50, 2.0
    figures = run(given.idle, given.active, given.rate, given.seconds)
    Console().print(
        f"{figures['idle_connections_kept']:,} idle and {figures['active']} active connections: "
        f"{figures['orders_per_second']:,} orders/s, {figures['deliveries_per_second']:,} deliveries/s, reply p50 "
        f"{figures['reply_ms_p50']:.1f} ms, p99 {figures['reply_ms_p99']:.1f} ms; server CPU "
        f"{figures['server_cpu_share']:.0%}, generator {figures['generator_cpu_share']:.0%}; "
        f"{figures['sign_ins_per_second']:,} sign-ins/s, {figures['bytes_per_idle_connection']:,} bytes an idle one"
    )
    if given.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
