"""What telling everybody costs at the very least: as many bytes to as many sockets, by a loop that does nothing else.

    uv run python -m bench.feed_floor [--json] [--watchers N] [--rounds N]

``bench.orders`` has every order told to all 50 connections. However the server is written, the kernel has to copy
those bytes into 50 sockets, one call each for every transaction, and carry them over loopback in the caller's own time.
Frames are as long as they are there: so many orders of a transaction, so many bytes of feed for each.
"""

import argparse
import json
import multiprocessing
import selectors
import socket
import time
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

BYTES_AN_ORDER = 66  # record and a share of the replies, as bench.orders finds them
TRANSACTIONS = {"one order a message": 160, "20 orders a message": 380, "as many as fit": 2_048}
"""Orders in a transaction under the load of ``bench.orders``."""
_ORDERS = 40_000
_READ_BYTES = 1 << 18


def _read_all(address: tuple[str, int], watchers: int) -> None:
    """The other end: takes everything, as fast as it comes, until it is over."""
    buffer = bytearray(_READ_BYTES)
    with selectors.DefaultSelector() as selector:
        for _ in range(watchers):
            connection = socket.create_connection(address)
            selector.register(connection, selectors.EVENT_READ, connection)
        while watchers:
            for key, _ in selector.select():
                if not key.data.recv_into(buffer):
                    selector.unregister(key.data)
                    key.data.close()
                    watchers -= 1


def measure(watchers: int, orders: int) -> float:
    """Microseconds of CPU an order, with so many orders in a transaction."""
    frame = bytes(orders * BYTES_AN_ORDER)
    context = multiprocessing.get_context("spawn")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        reader = context.Process(target=_read_all, args=(listener.getsockname(), watchers))
        reader.start()
        sockets = [listener.accept()[0] for _ in range(watchers)]
        transactions = max(1, _ORDERS // orders)
        begin = time.process_time()
        for _ in range(transactions):
            for each in sockets:
                each.sendall(frame)
        spent = time.process_time() - begin
        for each in sockets:
            each.close()
        reader.join()
    return 1e6 * spent / (transactions * orders)


def run(watchers: int, rounds: int) -> dict[str, Any]:
    """The median of the rounds for each length of transaction."""
    spent: dict[str, list[float]] = {name: [] for name in TRANSACTIONS}
    for _ in range(rounds):
        for name, orders in TRANSACTIONS.items():
            spent[name].append(measure(watchers, orders))
    return {
        "watchers": watchers,
        "rounds": rounds,
        "bytes_an_order": BYTES_AN_ORDER,
        "microseconds": {name: round(median(values), 2) for name, values in spent.items()},
    }


def main() -> None:
    """Prints the table and, with ``--json``, the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.feed_floor", description="The least that the feed costs.")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--watchers", type=int, default=50, help="connections that are told everything (default 50)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds (default 5)")
    given = parser.parse_args()
    figures = run(given.watchers, given.rounds)
    table = Table(title=f"Writing every order to {given.watchers} sockets, and nothing else")
    for column in ("", "orders a transaction", "bytes a frame", "CPU µs an order"):
        table.add_column(column, justify="right" if column else "left")
    for name, orders in TRANSACTIONS.items():
        frame = f"{orders * BYTES_AN_ORDER:,}"
        table.add_row(name, f"{orders:,}", frame, f"{figures['microseconds'][name]:.2f}")
    Console().print(table)
    if given.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
