"""How long a start takes after ``kill -9``, against reading the same rows with the same modules imported.

    uv run python -m bench.restart [--json] [--rounds N] [--history N] [--resting N] [--quick]

The file is made by the real step and the real store. In each round the server takes some orders, is killed with a log
that is not yet in the file, and is started again: measured is the time from exec to the first accepted sign-in. The
yardstick is another process that imports the same modules (those that a start was seen to import), opens the same file
with the same log and reads the same rows; they take turns in being first. A start without history is reported beside
it.
"""

import argparse
import gc
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console

from bench.orders_report import versions
from bench.process import ProcessFailed, ServerProcess, start_exchange
from bench.traders import FUNDS, MARKET_HIGH, MARKET_LOW, SETTINGS, Trader
from bench.traffic import make_traffic
from exchange.core.commands import (
    SYSTEM,
    Actor,
    CancelOrder,
    Command,
    CreateMarket,
    Grant,
    OpenExchange,
    PlaceOrder,
    SignIn,
)
from exchange.core.state import Limits
from exchange.core.units import Side, TimeInForce
from exchange.store.connection import connect_to_read
from exchange.store.database import Store, open_store
from exchange.store.load import load_state
from exchange.tasks.engine import Engine
from exchange.tasks.memory import Session
from exchange.tasks.metrics import Metrics
from exchange.tasks.requests import Request
from exchange_client.schema import types_pb2

ACCOUNTS, MARKETS = 100, 20
ORDERS_AFTER = 200  # before each kill
_COMMITS = 2_000
_LIMITS = Limits(open_orders_per_market=10_000_000)

Statement = tuple[str, Sequence[Any]]


class Maker:
    """Fills a file as a server would."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.state = store.load(_LIMITS)
        self.engine = Engine(self.state, time.time_ns, _COMMITS, Metrics())
        self._session = Session(1, b"bench-restart", 1, 0, saved=False)
        self._requests = 0
        self.run(SYSTEM, OpenExchange())
        for index in range(ACCOUNTS):
            self.run(SYSTEM, SignIn(f"dev:trader{index}", f"trader{index}"))
        self.actors = [Actor(user.user_id, user.account_id) for user in self.state.users.values()]
        for actor in self.actors:
            self.run(SYSTEM, Grant(actor.account_id, FUNDS, ""))
        for index in range(MARKETS):
            self.run(self.actors[0], CreateMarket(f"Market {index}", "", MARKET_LOW, MARKET_HIGH))

    def run(self, actor: Actor, command: Command, *, remember: bool = False) -> None:
        """One step; the store is given what has gathered when the slots are used up."""
        if not self.engine.take_slot_nowait():
            self.flush()
            self.engine.take_slot_nowait()
        remembered = None
        if remember:
            self._requests += 1
            remembered = self._session.arrive(self._requests, 0, None)
        self.engine.execute(Request(command, actor, None, self._requests, 0, remembered))
        if remembered is not None:
            remembered.forget()

    def flush(self) -> None:
        """Writes what has gathered."""
        handovers = [self.engine.handovers.take() for _ in range(len(self.engine.handovers))]
        self.engine.give_back_slots(len(handovers))
        self.store.write([handover.commit for handover in handovers if handover.commit is not None])


def make_file(file: Path, history: int, resting: int) -> None:
    """A file with so many orders that were placed and so many that still rest; a third of the others traded."""
    chance = random.Random(1)
    store = open_store(file, now_ns=time.time_ns, random_bytes=os.urandom)
    try:
        maker = Maker(store)
        for index in range(resting):
            buys = index % 2 == 0
            price = chance.randint(1, 4_000) if buys else chance.randint(6_000, 9_999)
            side = Side.BUY if buys else Side.SELL
            maker.run(_any(chance, maker), PlaceOrder(1 + index % MARKETS, side, price, 5), remember=True)
        for index in range((history - resting) // 2):
            market_id, actor = 1 + index % MARKETS, maker.actors[index % ACCOUNTS]
            order_id = maker.state.next_order_id
            maker.run(actor, PlaceOrder(market_id, Side.BUY, 5_000, 2), remember=True)
            other = maker.actors[(index + 1) % ACCOUNTS]
            taker = PlaceOrder(market_id, Side.SELL, 5_000, 1 + index % 2, TimeInForce.IOC)
            maker.run(other, taker, remember=True)
            if index % 2 == 0:
                maker.run(actor, CancelOrder(market_id, order_id), remember=True)
        maker.flush()
    finally:
        store.close()


def _any(chance: random.Random, maker: Maker) -> Actor:
    return chance.choice(maker.actors)


def statements_of_a_start(file: Path) -> list[Statement]:
    """What loading the present asks the file."""
    asked: list[Statement] = []

    def note(_: object, statement: str, bindings: Any) -> bool:
        if statement.lstrip().upper().startswith("SELECT"):
            asked.append((statement, list(bindings or ())))
        return True

    connection = connect_to_read(file, busy_ms=10_000)
    try:
        connection.exec_trace = note
        load_state(connection, _LIMITS)
    finally:
        connection.close()
    return asked


def modules_of_a_start(file: Path) -> list[str]:
    """What a server has imported by its first sign-in, in the order in which that was done."""
    os.environ["PYTHONPROFILEIMPORTTIME"] = "1"  # each import becomes a line on its standard error
    try:
        _use_and_kill(time_start(file)[1])
    finally:
        del os.environ["PYTHONPROFILEIMPORTTIME"]
    lines = [line.split("|") for line in file.with_suffix(".log").read_text("utf-8").splitlines()]
    return [line[2].strip() for line in lines if len(line) == 3 and line[1].strip().isdigit()]


def time_start(file: Path) -> tuple[float, ServerProcess]:
    """Seconds from exec to the first accepted sign-in."""
    begin = time.perf_counter()
    server = start_exchange(file, SETTINGS)
    trader = Trader(server, "dev:trader0", until="authenticated")
    seconds = time.perf_counter() - begin
    trader.wire.socket.close()
    return seconds, server


def time_reading(file: Path, start: dict[str, Any]) -> float:
    """Seconds from exec to the last row; how long it then takes to end does not count."""
    begin = time.perf_counter()
    command = [sys.executable, "-m", "bench.read_rows", str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(start))
        process.stdin.close()
        told = process.stdout.readline()
        seconds = time.perf_counter() - begin
    if process.returncode or not told:
        raise ProcessFailed(f"the rows could not be read: exit code {process.returncode}")
    return seconds


def run(rounds: int, history: int, resting: int) -> dict[str, Any]:
    """Makes the file and measures starts on it."""
    ours: list[float] = []
    reading: list[float] = []
    empty: list[float] = []
    with tempfile.TemporaryDirectory(prefix="bench-restart-") as name:
        file = Path(name) / "exchange.db"
        make_file(file, history, resting)
        size = file.stat().st_size
        start = {"statements": statements_of_a_start(file), "modules": modules_of_a_start(file)}
        gc.collect()
        _use_and_kill(time_start(file)[1])
        for turn in range(rounds):
            if turn % 2:
                reading.append(time_reading(file, start))
            seconds, server = time_start(file)
            ours.append(seconds)
            _use_and_kill(server)
            if not turn % 2:
                reading.append(time_reading(file, start))
            fresh = Path(name) / f"fresh{turn}.db"
            seconds, server = time_start(fresh)
            empty.append(seconds)
            _kill(server)
    return {
        "ratio_restart": round(median(a / b for a, b in zip(ours, reading, strict=True)), 3),
        "restart_seconds": round(median(ours), 3),
        "reading_seconds": round(median(reading), 3),
        "empty_start_seconds": round(median(empty), 3),
        "rounds": rounds,
        "history": history,
        "resting": resting,
        "file_mb": round(size / 1e6, 1),
        "versions": versions(),
    }


def _use_and_kill(server: ServerProcess) -> None:
    """Leaves a log behind that the file does not have."""
    trader = Trader(server, "dev:trader1")
    traffic = make_traffic(1, types_pb2.SIDE_BUY, ORDERS_AFTER, 20)
    trader.wire.send(traffic.data)
    trader.wire.read_some()
    _kill(server)
    trader.wire.socket.close()


def _kill(server: ServerProcess) -> None:
    with server:
        pass


def main() -> None:
    """Prints the figures and, with ``--json``, one object of them."""
    parser = argparse.ArgumentParser(prog="python -m bench.restart", description="A start after kill -9.")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--rounds", type=int, help="rounds (default 7)")
    parser.add_argument("--history", type=int, help="orders ever placed (default 1,000,000)")
    parser.add_argument("--resting", type=int, help="orders that rest (default 50,000)")
    parser.add_argument("--quick", action="store_true", help="3 rounds, 100,000 orders and 20,000 of them resting")
    given = parser.parse_args()
    rounds, history, resting = (3, 100_000, 20_000) if given.quick else (7, 1_000_000, 50_000)
    figures = run(given.rounds or rounds, given.history or history, given.resting or resting)
    console = Console()
    console.print(
        f"{figures['history']:,} orders of history, {figures['resting']:,} resting, {figures['file_mb']} MB: "
        f"{figures['restart_seconds']:.2f} s from exec to the first sign-in, {figures['reading_seconds']:.2f} s to "
        f"read the rows: {figures['ratio_restart']:.2f}; without history {figures['empty_start_seconds']:.2f} s"
    )
    if given.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
