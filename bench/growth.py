"""What an order costs as the world grows: core and store, batches of 100, everything accessed uniformly.

    uv run python -m bench.growth [--json] [--quick] [--rounds N] [--only NAME]

For each dimension a small and a large exchange that differ in it alone are built, and the same mix of orders is put
through both in turn: of ten orders eight rest and are cancelled, one rests and one takes it. A ratio is the processor
time of the large one through that of the small one, median of the rounds; the same on the clock, which has the disk's
moods in it, is printed beside it. ``--quick`` takes smaller worlds, to see that it runs.
"""

import argparse
import gc
import json
import tempfile
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from bench.growing import Exchange, Size, Spent
from exchange.cli.serve import COLLECTOR_THRESHOLDS

TARGET = 1.3
_COSTS = ("small_us", "small_store_us", "large_us", "large_store_us")


class Dimension(NamedTuple):
    """One thing that grows, from a small to a large exchange; ``quick`` is a smaller large one."""

    name: str
    small: Size
    large: Size
    quick: Size


DIMENSIONS = (
    Dimension("depth", Size(levels=10), Size(levels=100_000), Size(levels=1_000)),
    Dimension("markets", Size(markets=1), Size(markets=1_000), Size(markets=30)),
    Dimension("accounts", Size(accounts=10), Size(accounts=100_000), Size(accounts=600)),
    Dimension("open_orders", Size(own=2), Size(own=10_000), Size(own=500)),
    Dimension("history", Size(), Size(history=1_000_000), Size(history=3_000)),
    Dimension("remembered", Size(remembered=10), Size(remembered=1_000_000), Size(remembered=3_000)),
)


def main() -> None:
    """Prints the table and, with ``--json``, the figures."""
    arguments = _arguments()
    chosen = [one for one in DIMENSIONS if arguments.only in (None, one.name)]
    orders = 400 if arguments.quick else arguments.orders
    console = Console()
    figures: dict[str, Any] = {}
    with console.status("") as status:
        for dimension in chosen:
            status.update(f"{dimension.name}: building")
            figures |= measure(dimension, arguments.rounds, orders, quick=arguments.quick)
    _print_table(console, chosen, figures)
    if arguments.json:
        print(json.dumps(figures | {"rounds": arguments.rounds, "orders": orders, "quick": arguments.quick}))


def measure(dimension: Dimension, rounds: int, orders: int, *, quick: bool) -> dict[str, Any]:
    """Puts orders through both in turn. Costs are microseconds an order, medians of the rounds."""
    with tempfile.TemporaryDirectory(prefix="exchange-growth-") as folder:
        gc.disable()
        small = Exchange(Path(folder) / "small.db", dimension.small)
        large = Exchange(Path(folder) / "large.db", dimension.quick if quick else dimension.large)
        _calm_collector()
        spent: list[tuple[Spent, Spent]] = []
        try:
            for each in (small, large):
                each.measure(orders)  # the first pages are read and the first statements prepared
            for number in range(rounds):
                first, second = (small, large) if number % 2 == 0 else (large, small)
                pair = first.measure(orders), second.measure(orders)
                spent.append(pair if number % 2 == 0 else (pair[1], pair[0]))
        finally:
            small.close()
            large.close()
            gc.unfreeze()
    name = f"growth_{dimension.name}"
    costs = {"small": [small for small, _ in spent], "large": [large for _, large in spent]}
    return {
        name: round(median(large.cpu / small.cpu for small, large in spent), 3),
        f"{name}_elapsed": round(median(large.elapsed / small.elapsed for small, large in spent), 3),
        **{f"{name}_{end}_us": _microseconds([one.cpu for one in each], orders) for end, each in costs.items()},
        **{f"{name}_{end}_store_us": _microseconds([one.store for one in each], orders) for end, each in costs.items()},
    }


def _microseconds(seconds: list[float], orders: int) -> float:
    return round(median(seconds) / orders * 1e6, 1)


def _calm_collector() -> None:
    """As the server does once it has loaded the present."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)
    gc.enable()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description="What an order costs as all grows.")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--quick", action="store_true", help="smaller worlds and fewer orders, to see that it runs")
    parser.add_argument("--rounds", type=int, default=7, help="how often each runs (default 7)")
    parser.add_argument("--orders", type=int, default=4_000, help="orders a round (default 4,000)")
    parser.add_argument("--only", choices=[one.name for one in DIMENSIONS], help="one dimension alone")
    return parser.parse_args()


def _print_table(console: Console, chosen: list[Dimension], figures: dict[str, Any]) -> None:
    table = Table(title="Cost of an order as the world grows, µs of processor time")
    for column in ("what grows", "small", "(store)", "large", "(store)", "ratio", "on the clock", ""):
        table.add_column(column, justify="left" if column in ("what grows", "") else "right")
    for dimension in chosen:
        name = f"growth_{dimension.name}"
        ratio = figures[name]
        costs = [f"{figures[f'{name}_{end}']:.1f}" for end in _COSTS]
        verdict = "" if ratio <= TARGET else f"above {TARGET}"
        clock = f"{figures[f'{name}_elapsed']:.2f}"
        table.add_row(dimension.name.replace("_", " "), *costs, f"{ratio:.2f}", clock, verdict)
    console.print(table)


if __name__ == "__main__":
    main()
