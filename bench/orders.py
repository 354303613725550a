"""Durable orders a second through the whole server, against a plain trio-websocket echo.

    uv run python -m bench.orders [--json] [--rounds N] [--connections N] [--seconds S] [--quick]

The exchange is a process of its own with its file on a real disk, every check made, replies on and the public feed sent
to all connections; only the pace of users is raised. The echo is another process and gets as many messages as there are
orders one a message: the same bytes from the same load generator. Each round measures echo, one order a message, echo,
twenty orders a message, and then one order at a time; every ratio is taken within its round, and the median over the
rounds is printed.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from bench.counting import EchoCounter, ReplyCounter
from bench.latency import measure_latency
from bench.load import IN_FLIGHT, Lane, Measured, drain, run_load
from bench.orders_report import BATCH, Plan, Results, figures_of, look_into, print_table, versions
from bench.process import ProcessFailed, ServerProcess, start_echo, start_exchange, verify_file
from bench.traders import SETTINGS, connected, prepare_market, signed_in
from bench.traffic import Traffic, make_traffic
from exchange_client.schema import types_pb2

_WARM_UP_ORDERS = 120  # a connection
_PIPES = 4  # a measurement is at least so many times what is in flight


class Both(NamedTuple):
    """Ready frames of those who buy and of those who sell."""

    buying: Traffic
    selling: Traffic


class Servers:
    """Both servers and what is sent to them."""

    def __init__(self, exchange: ServerProcess, echo: ServerProcess, connections: int) -> None:
        self.exchange = exchange
        self.echo = echo
        self.connections = connections
        self.accepted = 0
        self._market_id = prepare_market(exchange, connections)

    def traffic(self, orders: int, per_frame: int = 1) -> Both:
        """Ready frames, so many orders for each connection."""
        buying = make_traffic(self._market_id, types_pb2.SIDE_BUY, orders, per_frame)
        return Both(buying, make_traffic(self._market_id, types_pb2.SIDE_SELL, orders, per_frame))

    def run_echo(self, traffic: Both) -> Measured:
        """Everybody's messages, sent back."""
        with connected(self.echo, self.connections) as wires:
            frames = [traffic[index % 2] for index in range(len(wires))]
            return run_load(self.echo, [Lane(w, f, EchoCounter(f)) for w, f in zip(wires, frames, strict=True)])

    def run_exchange(self, traffic: Both) -> Measured:
        """Everybody's orders. Whoever buys always buys, so nobody meets an own order and the book stays small."""
        with signed_in(self.exchange, self.connections) as crowd:
            frames = [traffic[index % 2] for index in range(len(crowd))]
            counters = [ReplyCounter(f) for f in frames]
            lanes = [Lane(t.wire, f, c) for t, f, c in zip(crowd, frames, counters, strict=True)]
            measured = run_load(self.exchange, lanes)
            drain(lanes)
        told = {counter.complete_through() for counter in counters}
        if len(told) != 1:
            raise ProcessFailed(f"the feed ended at different places: {sorted(told)}")
        self.accepted += measured.orders - measured.refused
        return measured


def run(plan: Plan) -> dict[str, Any]:
    """Runs everything in a temporary folder and returns the figures."""
    with tempfile.TemporaryDirectory(prefix="bench-orders-") as name:
        folder = Path(name)
        database = folder / "exchange.db"
        with _servers(folder, database, plan.connections) as servers:
            results = _measure(servers, plan, folder)
            exit_code = servers.exchange.stop()
        figures = figures_of(results, plan)
        figures["orders_accepted"] = servers.accepted
        figures |= look_into(database)
        figures |= {"exit_code": exit_code, "verified": verify_file(database), "versions": versions()}
    return figures


@contextmanager
def _servers(folder: Path, database: Path, connections: int) -> Iterator[Servers]:
    with start_exchange(database, SETTINGS) as exchange, start_echo(folder) as echo:
        yield Servers(exchange, echo, connections)


def _measure(servers: Servers, plan: Plan, folder: Path) -> Results:
    few, few_batched = servers.traffic(_WARM_UP_ORDERS), servers.traffic(_WARM_UP_ORDERS, BATCH)
    servers.run_echo(few)
    speed = servers.run_exchange(few).per_second
    speed_batched = servers.run_exchange(few_batched).per_second
    single = servers.traffic(_orders(speed, 1, plan))
    batched = servers.traffic(_orders(speed_batched, BATCH, plan), BATCH)
    alone = servers.traffic(plan.latency_orders)
    results = Results()
    for turn in range(plan.rounds):
        results.echo.append(servers.run_echo(single))
        results.single.append(servers.run_exchange(single))
        results.echo_again.append(servers.run_echo(single))
        results.batched.append(servers.run_exchange(batched))
        results.latency.append(measure_latency(servers.exchange, servers.echo, turn % 2, alone[turn % 2], folder))
        servers.accepted += alone.buying.orders
    return results


def _orders(per_second: float, per_frame: int, plan: Plan) -> int:
    """Orders a connection for a measurement of the wanted length, and enough to keep it full for most of the time."""
    return max(_PIPES * IN_FLIGHT * per_frame, round(per_second * plan.seconds / plan.connections))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.orders", description="Orders through the whole server.")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--rounds", type=int, help="rounds (default 5)")
    parser.add_argument("--connections", type=int, default=50, help="connections, an even number (default 50)")
    parser.add_argument("--seconds", type=float, help="length of one measurement (default 2)")
    parser.add_argument("--latency-orders", type=int, help="orders one at a time, a round (default 510)")
    parser.add_argument("--quick", action="store_true", help="a look in a few seconds: 3 rounds of 0.5 s")
    return parser.parse_args()


def main() -> None:
    """Prints the table and, with ``--json``, the figures. Fails when an order was lost."""
    arguments = _arguments()
    rounds, seconds, latency_orders = (3, 0.5, 120) if arguments.quick else (5, 2.0, 510)
    figures = run(
        Plan(
            arguments.rounds or rounds,
            arguments.connections,
            arguments.seconds or seconds,
            arguments.latency_orders or latency_orders,
        )
    )
    print_table(figures)
    if arguments.json:
        print(json.dumps(figures))
    is_right = figures["orders_stored"] == figures["orders_accepted"] and figures["verified"] is not False
    sys.exit(0 if is_right and figures["exit_code"] == 0 else 1)


if __name__ == "__main__":
    main()
