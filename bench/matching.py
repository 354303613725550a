"""The core alone on a file of order flow, against a plain book and against order-book packages that are installed.

    uv run python -m bench.matching [--json] [--file FILE] [--rounds N]

The core decides and applies each command with all its checks, for two accounts. A plain book has neither accounts nor
checks. Operations are prepared beforehand and reports written afterwards, on every side; a modify is cancel + new.
Everybody runs with the cyclic collector off, because all answers are kept for the report, and it would walk
them again and again, which no server does.
Without a file the sample of ``EXCHANGE_SAMPLES`` is used, without that flow of our own.
"""

import argparse
import gc
import json
import os
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.core_venue import CoreVenue, as_answer
from bench.flow import SAMPLE, Message, generate_flow, read_flow
from bench.peers import PEERS, installed_peers
from bench.plain_book import PlainBook
from bench.venues import Operation, Place, Placed, Playback, Recording, Venue, report_sha256, run_flow
from exchange.core.apply import apply
from exchange.core.facts import Decision
from exchange.core.rules import decide

GENERATED_SEED, GENERATED_COUNT = 1, 40_000

Outcome = tuple[float, list[Placed | bool]]  # seconds and answers
Run = Callable[[], Outcome]


def main() -> None:
    """Prints the table and, with ``--json``, the figures."""
    arguments = _arguments()
    name, messages = _flow(arguments.file)
    recording = Recording(PlainBook())
    run_flow(messages, recording)
    figures = measure(messages, recording.operations, arguments.rounds)
    _print_table(name, figures)
    if arguments.json:
        print(json.dumps({"flow": name, **figures}))


def measure(messages: Sequence[Message], operations: Sequence[Operation], rounds: int) -> dict[str, Any]:
    """Runs everybody in turn, round after round. Speeds are medians; a ratio is the median of its rounds."""
    runs: dict[str, Run] = {
        "ours": lambda: run_core(operations),
        "plain": lambda: run_venue(PlainBook(), operations),
    }
    for peer, make in installed_peers().items():
        runs[peer] = partial(_run_peer, make, operations)
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    reports: dict[str, str] = {}
    for _ in range(rounds):
        for name, run in runs.items():
            gc.collect()
            gc.disable()
            spent, answers = run()
            gc.enable()
            seconds[name].append(spent)
            if name not in reports:
                reports[name] = report_sha256(run_flow(messages, Playback(answers)))
    return _figures(len(messages), seconds, reports)


def _figures(count: int, seconds: dict[str, list[float]], reports: dict[str, str]) -> dict[str, Any]:
    ratios = {name: median(map(_ratio, spent, seconds["ours"])) for name, spent in seconds.items()}
    speeds = {name: round(count / median(spent)) for name, spent in seconds.items()}
    peers = {
        peer: {
            "orders_per_second": speeds[peer],
            "ratio": round(ratios[peer], 3),
            "right": reports[peer] == reports["ours"],
        }
        for peer in PEERS
        if peer in speeds
    }
    return {
        "ratio_plain": round(ratios["plain"], 3),
        "report_sha256": reports["ours"],
        "report_matches_plain": reports["ours"] == reports["plain"],
        "messages": count,
        "rounds": len(seconds["ours"]),
        "orders_per_second": speeds["ours"],
        "microseconds_per_order": round(1e6 / speeds["ours"], 2),
        "plain_orders_per_second": speeds["plain"],
        "peers": {peer: peers.get(peer) for peer in PEERS},
    }


def _ratio(other: float, ours: float) -> float:
    """Our speed divided by the other's."""
    return other / ours


def run_core(operations: Sequence[Operation]) -> Outcome:
    """Seconds and answers of the core; commands are made before the clock runs, answers after it."""
    venue = CoreVenue()
    commands = [venue.command(operation) for operation in operations]
    state = venue.state
    sequence, now = state.sequence, state.time
    outcomes = []
    begin = time.perf_counter()
    for actor, command in commands:
        outcome = decide(state, actor, command, now + 1)
        if isinstance(outcome, Decision):
            sequence += 1
            now += 1
            apply(state, sequence, now, outcome.facts)
        outcomes.append(outcome)
    spent = time.perf_counter() - begin
    return spent, [as_answer(outcome) for outcome in outcomes]


def _run_peer(make: Callable[[Sequence[Operation]], Venue], operations: Sequence[Operation]) -> Outcome:
    return run_venue(make(operations), operations)


def run_venue(venue: Venue, operations: Sequence[Operation]) -> Outcome:
    """Seconds and answers of another book."""
    calls: list[tuple[Callable[..., Placed | bool], Operation]] = [
        (venue.place if isinstance(operation, Place) else venue.cancel, operation) for operation in operations
    ]
    answers = []
    begin = time.perf_counter()
    for call, terms in calls:
        answers.append(call(*terms))
    return time.perf_counter() - begin, answers


def _flow(file: Path | None) -> tuple[str, list[Message]]:
    samples = os.environ.get("EXCHANGE_SAMPLES")
    if file is None and samples and (Path(samples) / SAMPLE).exists():
        file = Path(samples) / SAMPLE
    if file is not None:
        return file.name, read_flow(file)
    return f"generated, seed {GENERATED_SEED}", generate_flow(GENERATED_SEED, GENERATED_COUNT)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.matching", description="The core alone on order flow.")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--file", type=Path, help="order flow to run instead of the sample")
    parser.add_argument("--rounds", type=int, default=7, help="how often everybody runs (default 7)")
    return parser.parse_args()


def _print_table(name: str, figures: dict[str, Any]) -> None:
    table = Table(title=f"Matching: {figures['messages']:,} messages ({name}), {figures['rounds']} rounds")
    for column in ("book", "orders/s", "our speed ÷ its", "report"):
        table.add_column(column, justify="left" if column == "book" else "right")
    table.add_row("ours", f"{figures['orders_per_second']:,}", "", figures["report_sha256"][:12])
    right = "the same" if figures["report_matches_plain"] else "differs"
    table.add_row("plain", f"{figures['plain_orders_per_second']:,}", f"{figures['ratio_plain']:.2f}", right)
    for peer, its in figures["peers"].items():
        if its is None:
            table.add_row(peer, "not installed", "", "")
        else:
            right = "the same" if its["right"] else "differs"
            table.add_row(peer, f"{its['orders_per_second']:,}", f"{its['ratio']:.2f}", right)
    console = Console()
    console.print(table)
    console.print(f"report_sha256 {figures['report_sha256']}")


if __name__ == "__main__":
    main()
