"""What things cost in memory: a resting order, a remembered request, an idle connection.

    uv run python -m bench.memory [--json] [--orders N] [--requests N] [--connections N]

Bytes by which the resident memory of a process grows for each of many. An order rests in a state of its own, as after a
start; a remembered request and an idle, signed-in connection are a real server's. The figures are held by
``bench/memory.json``: none may become worse by more than a tenth without a line in ``docs/decisions/``. Memory of a
process is not told by every system; where it is not, there is nothing to measure.
"""

import argparse
import gc
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.frames import masked_frame
from bench.process import ServerProcess, start_exchange
from bench.stages import new_state
from bench.traders import SETTINGS, Trader, prepare_market, signed_in
from exchange.core.apply import apply
from exchange.core.commands import PlaceOrder
from exchange.core.facts import Decision
from exchange.core.rules import decide
from exchange.core.units import Side
from exchange_client.schema import client_pb2, server_pb2, types_pb2

RATCHET = Path(__file__).with_name("memory.json")
TOLERANCE = 1.10
_PRICES = 4_000  # half of what a market has, so that bids and offers never meet
_WARM_UP_CONNECTIONS = 50
_WARM_UP_REQUESTS = 10_000
_PER_FRAME = 100
SLACK_BYTES = 64  # a page here or there, for what costs next to nothing
SMALL_CACHES = SETTINGS | {"ring_facts": 100, "store_cache_kib": 2_000}
"""What is kept of the latest commits, whatever it is of, is full long before the measurement begins."""


def resident_bytes(pid: int) -> int:
    """What a process holds of real memory."""
    fields = Path(f"/proc/{pid}/statm").read_text("utf-8").split()
    return int(fields[1]) * os.sysconf("SC_PAGESIZE")


def measure_orders(count: int) -> float:
    """In a process of its own, so that nothing freed before is used again."""
    command = [sys.executable, "-m", "bench.memory", "--only-orders", "--orders", str(count)]
    return float(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def rest_orders(count: int) -> float:
    """Bytes of each of so many orders, at many prices and of two accounts."""
    state, actors = new_state()
    gc.collect()
    before = resident_bytes(os.getpid())
    for index in range(count):
        buys = index % 2 == 0
        price = 1 + index % _PRICES if buys else 10_000 - index % _PRICES
        command = PlaceOrder(1, Side.BUY if buys else Side.SELL, price, 1 + index % 7)
        outcome = decide(state, actors[index % 2], command, state.time + 1)
        assert isinstance(outcome, Decision)
        apply(state, state.sequence + 1, state.time + 1, outcome.facts)
    gc.collect()
    return (resident_bytes(os.getpid()) - before) / count


def measure_requests(server: ServerProcess, market_id: int, count: int) -> float:
    """Bytes of each request beyond those that fill every cache; the orders neither trade nor rest."""
    with signed_in(server, 1) as (trader,):
        _ask_many(trader, market_id, range(10, 10 + _WARM_UP_REQUESTS))
        before = resident_bytes(server.pid)
        first = 10 + _WARM_UP_REQUESTS
        _ask_many(trader, market_id, range(first, first + count))
        return max(0.0, (resident_bytes(server.pid) - before) / count)


def _ask_many(trader: Trader, market_id: int, identifiers: range) -> None:
    for begin in range(identifiers.start, identifiers.stop, _PER_FRAME):
        end = min(begin + _PER_FRAME, identifiers.stop)
        frame = client_pb2.ClientFrame()
        for identifier in range(begin, end):
            order = frame.messages.add(request_id=identifier).place_order
            order.market_id, order.side, order.price, order.size = market_id, types_pb2.SIDE_BUY, 1, 1
            order.time_in_force = types_pb2.TIME_IN_FORCE_IOC
        trader.wire.send(masked_frame(frame.SerializeToString()))
        answered = 0
        while answered < end - begin:
            for payload in trader.wire.read_some():
                answered += sum(1 for each in server_pb2.ServerFrame.FromString(payload).messages if each.request_id)


def measure_connections(server: ServerProcess, count: int) -> float:
    """Bytes of each connection that is signed in, has its snapshot and says nothing. For a server just started."""
    with signed_in(server, _WARM_UP_CONNECTIONS):
        before = resident_bytes(server.pid)
        with signed_in(server, count, first=_WARM_UP_CONNECTIONS):
            return (resident_bytes(server.pid) - before) / count


def run(orders: int, requests: int, connections: int) -> dict[str, Any]:
    """Measures all three."""
    figures: dict[str, Any] = {"bytes_per_resting_order": round(measure_orders(orders))}
    with tempfile.TemporaryDirectory(prefix="bench-memory-") as name:
        database = Path(name) / "exchange.db"
        with start_exchange(database, SMALL_CACHES) as server:
            market_id = prepare_market(server, 2)
            figures["bytes_per_remembered_request"] = round(measure_requests(server, market_id, requests))
            for first in range(0, connections + _WARM_UP_CONNECTIONS, _WARM_UP_CONNECTIONS):
                with signed_in(server, _WARM_UP_CONNECTIONS, first=first):
                    pass  # everybody has an account before it is measured what a connection costs
            server.stop()
        with start_exchange(database, SMALL_CACHES) as server:
            figures["bytes_per_idle_connection"] = round(measure_connections(server, connections))
            server.stop()
    return figures


def worse(figures: dict[str, Any]) -> list[str]:
    """What has become worse than the ratchet allows, in sentences."""
    allowed = json.loads(RATCHET.read_text("utf-8"))
    return [
        f"{name} is {figures[name]:,}, and {limit:,} was agreed"
        for name, limit in allowed.items()
        if figures[name] > max(limit * TOLERANCE, limit + SLACK_BYTES)
    ]


def main() -> None:
    """Prints the figures and, with ``--json``, one object of them. Fails when something has become worse."""
    parser = argparse.ArgumentParser(prog="python -m bench.memory", description="What things cost in memory.")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--orders", type=int, default=50_000, help="resting orders (default 50,000)")
    parser.add_argument("--requests", type=int, default=20_000, help="remembered requests (default 20,000)")
    parser.add_argument("--connections", type=int, default=200, help="idle connections (default 200)")
    parser.add_argument("--only-orders", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only_orders:
        print(rest_orders(given.orders))
        return
    figures = run(given.orders, given.requests, given.connections)
    console = Console()
    for name, value in figures.items():
        console.print(f"{name.replace('_', ' ')}: {value:,}")
    complaints = worse(figures)
    for complaint in complaints:
        console.print(complaint)
    if given.json:
        print(json.dumps(figures))
    if complaints:
        sys.exit(1)


if __name__ == "__main__":
    main()
