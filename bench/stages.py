"""Where an order's microseconds go: the server's own parts, called one after another without sockets or tasks.

    uv run python -m bench.stages [--json] [--rounds N] [--orders N] [--watchers N] [--commits N] [--per-frame N]

CPU time of each stage for each order, the least of the rounds, because whatever else the machine does can only add to
it. What a stage needs is prepared before its clock runs. What ``bench.orders`` shows beyond the sum is system calls,
the event loop and its wake-ups, and threads that wait for the interpreter.
"""

import argparse
import gc
import json
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import trio
from rich.console import Console
from rich.table import Table

from bench.frames import masked_frame
from bench.traders import FUNDS, MARKET_HIGH, MARKET_LOW
from bench.traffic import make_traffic
from exchange.core.apply import apply
from exchange.core.commands import SYSTEM, Actor, Command, CreateMarket, Grant, OpenExchange, SignIn
from exchange.core.facts import Decision, OrderPlaced, OrderResult
from exchange.core.lens import View
from exchange.core.rules import decide
from exchange.core.state import Limits, State
from exchange.net.audiences import Subscriber
from exchange.net.inbox import Inbox
from exchange.net.lane import Lane
from exchange.net.outbox import Outbox
from exchange.net.pace import Bucket
from exchange.net.stream import GuardedStream
from exchange.settings import Settings
from exchange.store.database import open_store
from exchange.store.journal import Commit
from exchange.store.rows import rows_of
from exchange.tasks.engine import Engine
from exchange.tasks.handover import Handover
from exchange.tasks.memory import Session
from exchange.tasks.metrics import Metrics
from exchange.tasks.publisher import Publisher
from exchange.tasks.requests import Request
from exchange.wire.facts import OrderEncoder
from exchange.wire.replies import OrderResultEncoder
from exchange.wire.requests import command_of, parse_frame, request_hash
from exchange_client.schema import types_pb2

LIMITS = Limits(open_orders_per_market=10_000_000)
MARKET_ID = 1
_ENDLESS = Settings(socket_queue_messages=1 << 30, socket_queue_bytes=1 << 30)
_HEAD = b"GET / HTTP/1.1\r\n\r\n"
STAGES = {
    "read": "unmask and take apart WebSocket frames",
    "decode": "parse Protobuf, make the command, hash the request",
    "accept": "pace, remember the request, queue it",
    "decide": "every rule and check",
    "encode": "record and reply",
    "apply": "book, positions, accounts",
    "rows": "what the tables will say",
    "hand over": "the step around all that",
    "commit": "its share of one transaction, the sync included",
    "publish": "the feed to all watchers and the reply, without system calls",
}


class Watcher:
    """Takes everything at once."""

    replaced = False
    cut_off = False

    def __init__(self) -> None:
        self.outbox = Outbox(1 << 30, 1 << 30, lambda: None)

    def send_nowait(self, payload: bytes) -> bool:  # noqa: ARG002
        return True

    def decided(self) -> None:
        """Part of a requester."""

    def reply(self, payload: bytes) -> None:
        self.outbox.put(payload)


class Orders(NamedTuple):
    """The same orders as bytes, as commands and as facts."""

    frames: list[bytes]
    payloads: list[bytes]
    commands: list[tuple[Actor, Command]]
    outcomes: list[Decision]


def new_state(traders: int = 2) -> tuple[State, list[Actor]]:
    """One market and rich traders."""
    state = State(LIMITS)
    _execute(state, SYSTEM, OpenExchange())
    for index in range(traders):
        _execute(state, SYSTEM, SignIn(f"trader{index}", f"trader{index}"))
    actors = [Actor(user.user_id, user.account_id) for user in state.users.values()]
    for actor in actors:
        _execute(state, SYSTEM, Grant(actor.account_id, FUNDS, ""))
    _execute(state, actors[0], CreateMarket("Load", "", MARKET_LOW, MARKET_HIGH))
    return state, actors


def _execute(state: State, actor: Actor, command: Command) -> Decision:
    outcome = decide(state, actor, command, state.time + 1)
    assert isinstance(outcome, Decision)
    apply(state, state.sequence + 1, state.time + 1, outcome.facts)
    return outcome


def prepare(count: int, per_frame: int) -> Orders:
    """Orders of two traders in turn, decided once."""
    sides = (types_pb2.SIDE_BUY, types_pb2.SIDE_SELL)
    buying, selling = (make_traffic(MARKET_ID, side, count // 2, per_frame) for side in sides)
    size = buying.payload_bytes
    payloads = [
        traffic.payloads[at * size : (at + 1) * size] for at in range(buying.frames) for traffic in (buying, selling)
    ]
    state, actors = new_state()
    commands: list[tuple[Actor, Command]] = []
    for index, payload in enumerate(payloads):
        for message in parse_frame(payload):
            command = command_of("place_order", message)
            commands.append((actors[index % 2], command))  # type: ignore[arg-type]
    outcomes = [_execute(state, actor, command) for actor, command in commands]
    return Orders([masked_frame(payload) for payload in payloads], payloads, commands, outcomes)


class Clock:
    """CPU time of this thread spent in a block, added up by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def time(self, name: str, work: Callable[[], Any]) -> Any:
        begin = time.thread_time()
        result = work()
        self.seconds[name] = self.seconds.get(name, 0.0) + time.thread_time() - begin
        return result


async def run_round(orders: Orders, watchers: int, commits: int, folder: Path) -> dict[str, float]:
    """Seconds of each stage for all orders."""
    clock = Clock()
    begin = time.thread_time()
    await _read(orders.frames)
    clock.seconds["read"] = time.thread_time() - begin
    clock.time("decode", lambda: _decode(orders.payloads))
    requests = clock.time("accept", lambda: _accept(orders))
    state, _ = new_state()
    clock.time("decide and apply", lambda: _decide_and_apply(state, orders.commands))
    state, _ = new_state()
    clock.time("apply", lambda: _apply(state, orders.outcomes))
    state, _ = new_state()
    clock.time("apply and rows", lambda: _apply_with_rows(state, orders.outcomes))
    clock.time("encode", lambda: _encode(orders.outcomes))
    state, _ = new_state()
    handovers = clock.time("step", lambda: _step(state, requests))
    _commit(clock, handovers, commits, folder)
    _publish(clock, state, handovers, watchers, commits)
    return _split(clock.seconds)


def _split(seconds: dict[str, float]) -> dict[str, float]:
    """Stages that cannot run alone are the difference between running with them and without."""
    seconds["decide"] = seconds["decide and apply"] - seconds["apply"]
    seconds["rows"] = seconds["apply and rows"] - seconds["apply"]
    parts = sum(seconds[name] for name in ("decide", "encode", "apply", "rows"))
    seconds["hand over"] = seconds["step"] - parts
    return {name: seconds[name] for name in STAGES}


class Frames(GuardedStream):
    """Brings one frame at a time, as from a client that waits for each answer."""

    def __init__(self, frames: Sequence[bytes]) -> None:
        self._frames = iter((_HEAD, *frames))

    async def receive_some(self, max_bytes: int | None = None) -> bytes:  # noqa: ARG002
        return next(self._frames, b"")


async def _read(frames: Sequence[bytes]) -> None:
    inbox = Inbox(_ENDLESS, on_whole=lambda: None, on_text=lambda: None)
    lane = Lane(Frames(frames), inbox.send, 1 << 17)
    while await lane.receive_some():
        pass


def _decode(payloads: Sequence[bytes]) -> None:
    for payload in payloads:
        for message in parse_frame(payload):
            kind = message.WhichOneof("request") or ""
            command_of(kind, message)
            request_hash(kind, message)


def _accept(orders: Orders) -> list[Request]:
    session, watcher = Session(1, b"", 1, 0, True), Watcher()
    bucket = Bucket(1e9, 1e9, 1e9, 0.0)
    requests: list[Request] = []
    for identifier, (actor, command) in enumerate(orders.commands, 1):
        bucket.take(time.monotonic())
        remembered = session.arrive(identifier, 0, watcher)
        requests.append(Request(command, actor, watcher, identifier, 0, remembered))
    return requests


def _decide_and_apply(state: State, commands: Sequence[tuple[Actor, Command]]) -> None:
    for actor, command in commands:
        _execute(state, actor, command)


def _apply(state: State, outcomes: Sequence[Decision]) -> None:
    for outcome in outcomes:
        apply(state, state.sequence + 1, state.time + 1, outcome.facts)


def _apply_with_rows(state: State, outcomes: Sequence[Decision]) -> None:
    for outcome in outcomes:
        apply(state, state.sequence + 1, state.time + 1, outcome.facts)
        rows_of(state, state.sequence, state.time, outcome.facts)


def _encode(outcomes: Sequence[Decision]) -> None:
    records, replies = OrderEncoder(), OrderResultEncoder()
    for sequence, ((fact,), result) in enumerate(outcomes):
        assert isinstance(fact, OrderPlaced)
        assert isinstance(result, OrderResult)
        records.encode(sequence, sequence, fact)
        replies.encode(sequence, sequence, sequence, result)


def _step(state: State, requests: Sequence[Request]) -> list[Handover]:
    engine = Engine(state, lambda: state.time + 1, len(requests) + 1, Metrics())
    for request in requests:
        engine.take_slot_nowait()
        engine.execute(request, engine.now())
    return [engine.handovers.take() for _ in requests]


def _commit(clock: Clock, handovers: Sequence[Handover], size: int, folder: Path) -> None:
    store = open_store(folder / "stages.db", now_ns=time.time_ns, random_bytes=os.urandom)
    try:
        commits: list[Commit] = [handover.commit for handover in handovers if handover.commit is not None]
        for begin in range(0, len(commits), size):
            part = commits[begin : begin + size]
            clock.time("commit", lambda part=part: store.write(part))  # type: ignore[misc]
    finally:
        store.close()
        for file in folder.glob("stages.db*"):
            file.unlink()


def _publish(clock: Clock, state: State, handovers: Sequence[Handover], watchers: int, size: int) -> None:
    publisher = Publisher(state.sequence, state.time, state.lens, Settings())
    view = View(0, 0, False, frozenset(), None)
    crowd = [Watcher() for _ in range(watchers)]
    for watcher in crowd:
        publisher.audiences.add(Subscriber(view, watcher.outbox, watcher, lambda _: view))
    for begin in range(0, len(handovers), size):
        part = handovers[begin : begin + size]
        for index, handover in enumerate(part):
            assert handover.request is not None
            handover.request.requester = crowd[index % watchers]
        clock.time("publish", lambda part=part: publisher.publish(part))  # type: ignore[misc]


async def measure(count: int, rounds: int, watchers: int, commits: int, per_frame: int) -> dict[str, float]:
    """Microseconds of each stage for each order: the least of the rounds."""
    orders = prepare(count, per_frame)
    least: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="bench-stages-") as name:
        for _ in range(rounds):
            gc.collect()
            gc.disable()
            try:
                seconds = await run_round(orders, watchers, commits, Path(name))
            finally:
                gc.enable()
            for stage, spent in seconds.items():
                least[stage] = min(spent, least.get(stage, spent))
    return {stage: 1e6 * spent / len(orders.commands) for stage, spent in least.items()}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.stages", description="Microseconds of an order by stage.")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--rounds", type=int, default=5, help="rounds (default 5)")
    parser.add_argument("--orders", type=int, default=10_000, help="orders a round (default 10,000)")
    parser.add_argument("--watchers", type=int, default=50, help="clients that are told everything (default 50)")
    parser.add_argument("--commits", type=int, default=100, help="orders in one transaction (default 100)")
    parser.add_argument("--per-frame", type=int, default=1, help="orders in one message (default 1)")
    return parser.parse_args()


def main() -> None:
    """Prints the table and, with ``--json``, the figures."""
    given = _arguments()
    spent = trio.run(measure, given.orders, given.rounds, given.watchers, given.commits, given.per_frame)
    table = Table(title=f"CPU time of an order: {given.commits} a transaction, {given.per_frame} a message")
    for column in ("stage", "µs", ""):
        table.add_column(column, justify="right" if column == "µs" else "left")
    for stage, what in STAGES.items():
        table.add_row(stage, f"{spent[stage]:.2f}", what)
    table.add_row("together", f"{sum(spent.values()):.2f}", "")
    Console().print(table)
    if given.json:
        figures = {stage.replace(" ", "_"): round(value, 2) for stage, value in spent.items()}
        print(json.dumps({"microseconds": figures, "together": round(sum(spent.values()), 2)}))


if __name__ == "__main__":
    main()
