"""Everybody comes back at once: a restart with many clients behind one address.

    uv run python -m bench.storm [--json] [--clients N] [--markets N] [--orders N] [--rounds N] [--quick]

A server with many markets and resting orders is killed and started again; then so many clients connect in the same
moment, sign in and are sent a snapshot each. Measured is the time until the last of them is live, with all its bytes
received, reported beside the time that as many bytes take through a loopback socket, and beside the time that the
exchange takes on purpose: it lets only so many sign in each second, so that those who trade already can go on.
"""

import argparse
import json
import socket
import tempfile
import time
from pathlib import Path
from statistics import median
from threading import Thread
from typing import Any

from rich.console import Console

from bench.crowd import CROWD, Crowd, allow_many_sockets, arrive
from bench.orders_report import versions
from bench.process import ServerProcess, start_exchange
from bench.traders import MARKET_HIGH, MARKET_LOW, prepare_market, signed_in
from exchange.settings import Settings
from exchange_client.schema import client_pb2, types_pb2

_BLOCK = bytes(1 << 18)


def prepare_markets(server: ServerProcess, markets: int, orders: int) -> None:
    """So many markets with so many resting orders each, of two traders."""
    prepare_market(server, 2)
    with signed_in(server, 2) as traders:
        for index in range(1, markets):
            market = client_pb2.CreateMarket(name=f"Market {index}", low=MARKET_LOW, high=MARKET_HIGH)
            traders[0].ask(client_pb2.ClientMessage(create_market=market))
        for number in range(markets * orders):
            bids = number % 2 == 0
            price = 1 + number // markets % 4_000 if bids else MARKET_HIGH - number // markets % 4_000
            order = client_pb2.PlaceOrder(market_id=1 + number % markets, price=price, size=1 + number % 9)
            order.side = types_pb2.SIDE_BUY if bids else types_pb2.SIDE_SELL
            traders[number % 2].ask(client_pb2.ClientMessage(place_order=order))


def storm(server: ServerProcess, clients: int) -> tuple[float, int]:
    """Seconds until all are live, and the bytes they were sent."""
    begin = time.perf_counter()
    with Crowd() as crowd:
        newcomers = arrive(crowd, server, clients)
        return time.perf_counter() - begin, sum(each.bytes for each in newcomers)


def loopback_seconds(size: int) -> float:
    """How long so many bytes take from one thread to another through a socket."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=_send_all, args=(listener.getsockname(), size))
        begin = time.perf_counter()
        thread.start()
        connection, _ = listener.accept()
        buffer, left = bytearray(len(_BLOCK)), size
        with connection:
            while left > 0:
                left -= connection.recv_into(buffer)
        seconds = time.perf_counter() - begin
        thread.join()
    return seconds


def _send_all(address: tuple[str, int], size: int) -> None:
    with socket.create_connection(address) as connection:
        for begin in range(0, size, len(_BLOCK)):
            connection.sendall(_BLOCK[: min(len(_BLOCK), size - begin)])


def run(clients: int, markets: int, orders: int, rounds: int) -> dict[str, Any]:
    """Kills, starts and storms, so many times."""
    allow_many_sockets()
    seconds, loopback, cpu, size = [], [], [], 0
    with tempfile.TemporaryDirectory(prefix="bench-storm-") as name:
        file = Path(name) / "exchange.db"
        with start_exchange(file, CROWD) as server:
            prepare_markets(server, markets, orders)
            with signed_in(server, clients):
                pass  # everybody has an account by now
        for _ in range(rounds):
            with start_exchange(file, CROWD) as server:
                before = server.cpu_seconds()
                spent, size = storm(server, clients)
                seconds.append(spent)
                cpu.append(server.cpu_seconds() - before)
                loopback.append(loopback_seconds(size))
    pace = Settings()
    return {
        "paced_seconds": round(max(0, clients - pace.sign_ins_burst) / pace.sign_ins_per_second, 2),
        "live_seconds": round(median(seconds), 3),
        "loopback_seconds": round(median(loopback), 3),
        "ratio_storm": round(median(a / b for a, b in zip(seconds, loopback, strict=True)), 2),
        "server_cpu_ms_per_client": round(1e3 * median(cpu) / clients, 2),
        "snapshot_kb": round(size / clients / 1e3, 1),
        "clients": clients,
        "markets": markets,
        "orders_per_market": orders,
        "rounds": rounds,
        "versions": versions(),
    }


def main() -> None:
    """Prints the figures and, with ``--json``, one object of them."""
    parser = argparse.ArgumentParser(prog="python -m bench.storm", description="Many sign-ins after a restart.")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--clients", type=int, default=500, help="clients (default 500)")
    parser.add_argument("--markets", type=int, default=100, help="markets (default 100)")
    parser.add_argument("--orders", type=int, default=50, help="resting orders of each market (default 50)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds (default 3)")
    parser.add_argument("--quick", action="store_true", help="one round, 100 clients, 20 markets")
    given = parser.parse_args()
    if given.quick:
        given.clients, given.markets, given.rounds = 100, 20, 1
    figures = run(given.clients, given.markets, given.orders, given.rounds)
    Console().print(
        f"{figures['clients']} clients, {figures['markets']} markets, {figures['snapshot_kb']} KB each: all live after "
        f"{figures['live_seconds']:.2f} s, of which {figures['paced_seconds']:.2f} s are the pace of sign-ins; "
        f"{figures['server_cpu_ms_per_client']:.1f} ms of server CPU for each; the bytes alone take "
        f"{figures['loopback_seconds']:.3f} s on loopback ({figures['ratio_storm']:.1f} times)"
    )
    if given.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
