"""``python -m tests.sim --seeds 200``: runs seeds, several at once, and says what they came to and what they reached.

A seed that fails is named with the line that runs it again, exactly: the same messages at the same virtual times. With
``--json`` the last line of standard output is one object: ``seeds``, ``failures``, ``virtual_hours``, ``faults``, and
beside these what else was counted.
"""

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.sim.coverage import BY_DESIGN, Coverage
from tests.sim.simulation import Outcome, attempt

SECONDS_AN_HOUR = 3_600


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.sim", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first one")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="how many at once")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    arguments = parser.parse_args()
    console = Console(stderr=True)
    started, outcomes, failures = time.perf_counter(), list[Outcome](), dict[int, str]()
    columns = (
        TextColumn("seeds"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("", total=arguments.seeds)
        seeds = range(arguments.first, arguments.first + arguments.seeds)
        for seed, outcome in _run_all(seeds, arguments.processes):
            if isinstance(outcome, Outcome):
                outcomes.append(outcome)
            else:
                failures[seed] = outcome
                progress.console.print(f"seed {seed}", outcome, sep="\n", markup=False, highlight=False)
            progress.update(bar, advance=1, description=f"[red]{len(failures)} failed" if failures else "")
    coverage = Coverage()
    for outcome in outcomes:
        coverage.add(outcome.coverage)
    _tell(console, outcomes, coverage, time.perf_counter() - started)
    for seed in sorted(failures):
        print(f"seed {seed} failed; again: uv run python -m tests.sim --first {seed} --seeds 1")
    if arguments.json:
        print(json.dumps(_summary(arguments.seeds, outcomes, sorted(failures), coverage)))
    return 1 if failures else 0


def _run_all(seeds: range, processes: int) -> Iterator[tuple[int, Outcome | str]]:
    if processes <= 1 or len(seeds) == 1:
        yield from map(attempt, seeds)
        return
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        for done in as_completed([pool.submit(attempt, seed) for seed in seeds]):
            yield done.result()


def _summary(seeds: int, outcomes: list[Outcome], failures: list[int], coverage: Coverage) -> dict[str, object]:
    hours = sum(outcome.virtual_seconds for outcome in outcomes) / SECONDS_AN_HOUR
    return {
        "seeds": seeds,
        "failures": failures,
        "virtual_hours": round(hours, 2),
        "faults": dict(sorted(coverage.faults.items())),
        "commits": sum(outcome.sequence for outcome in outcomes),
        "asked": sum(outcome.requests for outcome in outcomes),
        "comparisons": sum(outcome.comparisons for outcome in outcomes),
        "restarts": sum(outcome.restarts for outcome in outcomes),
        "recoveries": dict(sorted(coverage.recoveries.items())),
        "requests": dict(sorted(coverage.requests.items())),
        "refusals": dict(sorted(coverage.refusals.items())),
        "facts": dict(sorted(coverage.facts.items())),
        "not_reached": coverage.missing(),
    }


def _tell(console: Console, outcomes: list[Outcome], coverage: Coverage, seconds: float) -> None:
    totals = Table(title=f"{len(outcomes)} seeds held, in {seconds:.0f} s", show_header=False)
    hours = sum(outcome.virtual_seconds for outcome in outcomes) / SECONDS_AN_HOUR
    totals.add_row("virtual hours", f"{hours:.2f}")
    totals.add_row("users a seed", ", ".join(sorted({str(outcome.users) for outcome in outcomes})))
    totals.add_row("requests", f"{sum(outcome.requests for outcome in outcomes):,}")
    totals.add_row("commits", f"{sum(outcome.sequence for outcome in outcomes):,}")
    totals.add_row("comparisons of a user", f"{sum(outcome.comparisons for outcome in outcomes):,}")
    totals.add_row("restarts", f"{sum(outcome.restarts for outcome in outcomes):,}")
    console.print(totals)
    missing = coverage.missing()
    for title, counts in (
        ("faults", coverage.faults), ("recoveries", coverage.recoveries), ("refusals", coverage.refusals),
        ("facts", coverage.facts), ("requests accepted", coverage.requests),
    ):  # fmt: skip
        console.print(_table(title, counts, missing[title.split()[0]]))
    for code, reason in BY_DESIGN.items():
        console.print(f"{code} is not used: {reason}.")


def _table(title: str, counts: Counter[str], missing: list[str]) -> Table:
    table = Table(title=title, show_header=False)
    for name, count in counts.most_common():
        table.add_row(name, f"{count:,}")
    for name in missing:
        table.add_row(f"[red]{name}", "[red]not reached")
    return table


if __name__ == "__main__":
    sys.exit(main())
