"""What a run of ``bench.orders`` comes to: ratios, absolute figures, and a table of them."""

import os
import platform
import sqlite3
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import apsw
from rich.console import Console
from rich.table import Table

from bench.latency import Latency
from bench.load import IN_FLIGHT, Measured

BATCH = 20
_PACKAGES = ("trio", "trio-websocket", "wsproto", "protobuf", "apsw")


class Plan(NamedTuple):
    """How much is measured."""

    rounds: int
    connections: int
    seconds: float
    latency_orders: int


@dataclass
class Results:
    """What was measured, a list over the rounds for each kind."""

    echo: list[Measured] = field(default_factory=list)
    single: list[Measured] = field(default_factory=list)
    echo_again: list[Measured] = field(default_factory=list)
    batched: list[Measured] = field(default_factory=list)
    latency: list[Latency] = field(default_factory=list)


def figures_of(results: Results, plan: Plan) -> dict[str, Any]:
    """Ratios are taken within a round, and their median over the rounds."""
    pairs = list(zip(results.single, results.echo, strict=True))
    pairs_batched = list(zip(results.batched, results.echo_again, strict=True))
    latency = results.latency
    kinds = {"echo": results.echo + results.echo_again, "single": results.single, "batched": results.batched}
    return {
        "ratio_single": round(median(ours.per_second / echo.per_second for ours, echo in pairs), 3),
        "ratio_batched": round(median(ours.per_second / echo.per_second for ours, echo in pairs_batched), 3),
        "ratio_latency_p50": round(median(one.order_p50 / one.echo_p50 for one in latency), 3),
        "ratio_latency_p99": round(median(one.order_p99 / one.echo_p99 for one in latency), 3),
        "ratio_cpu_single": round(median(_cpu_ratio(*pair) for pair in pairs), 3),
        "ratio_cpu_batched": round(median(_cpu_ratio(*pair) for pair in pairs_batched), 3),
        "rounds": plan.rounds,
        "connections": plan.connections,
        "in_flight": IN_FLIGHT,
        "batch": BATCH,
        "orders_refused": sum(one.refused for one in results.single + results.batched),
        **{name: _absolute(rounds, plan) for name, rounds in kinds.items()},
        "latency_ms": {name: round(1e3 * median(getattr(one, name) for one in latency), 3) for name in Latency._fields},
    }


def _cpu_ratio(ours: Measured, echo: Measured) -> float:
    """What the ratio would be if CPU time were all: it depends less on who else uses the machine."""
    return echo.server_cpu_microseconds / (ours.server_cpu_microseconds or 1.0)


def _absolute(rounds: list[Measured], plan: Plan) -> dict[str, Any]:
    """Medians; the counts are of one round."""
    return {
        "orders": rounds[0].orders,
        "per_second": round(median(one.per_second for one in rounds)),
        "deliveries_per_second": round(median(one.per_second for one in rounds) * plan.connections),
        "feed_mb_per_second": round(median(one.feed_bytes / one.seconds / 1e6 for one in rounds), 1),
        "generator_cpu_share": round(median(one.generator_cpu_share for one in rounds), 2),
        "server_cpu_us": round(median(one.server_cpu_microseconds for one in rounds), 1),
    }


def look_into(database: Path) -> dict[str, int]:
    """What the file says after the end."""
    connection = sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)
    try:
        query = "SELECT count(*), sum(ended_sequence IS NULL), (SELECT count(*) FROM trades) FROM orders"
        stored, resting, trades = connection.execute(query).fetchone()
    finally:
        connection.close()
    return {"orders_stored": stored, "orders_resting": resting, "trades": trades}


def versions() -> dict[str, str]:
    """What this was measured with and on, and how busy the machine was just before."""
    ours = {"python": platform.python_version(), "sqlite": apsw.sqlite_lib_version()}
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    machine = {"machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores", "load": f"{load:.1f}"}
    return machine | ours | {package: version(package) for package in _PACKAGES}


def print_table(figures: dict[str, Any]) -> None:
    """Everything for people to read."""
    table = Table(title=f"{figures['rounds']} rounds, {figures['connections']} connections, {IN_FLIGHT} in flight")
    for column in ("", "orders/s", "÷ echo", "feed MB/s", "generator CPU", "server CPU µs/order"):
        table.add_column(column, justify="right" if column else "left")
    titles = {"echo": "echo", "single": "one order a message", "batched": f"{BATCH} orders a message"}
    for name, title in titles.items():
        row, ratio = figures[name], figures.get(f"ratio_{name}", 1.0)
        table.add_row(
            title, f"{row['per_second']:,}", f"{ratio:.2f}", f"{row['feed_mb_per_second']:,}",
            f"{row['generator_cpu_share']:.0%}", f"{row['server_cpu_us']:.0f}",
        )  # fmt: skip
    console = Console()
    console.print(table)
    for percent in ("p50", "p99"):
        ours, echo = (figures["latency_ms"][f"{kind}_{percent}"] for kind in ("order", "echo"))
        ratio = figures[f"ratio_latency_{percent}"]
        console.print(f"one at a time, {percent}: {ours:.3f} ms; echo and fdatasync {echo:.3f} ms: {ratio:.2f}")
    console.print(
        f"{figures['orders_accepted']:,} orders accepted, {figures['orders_stored']:,} stored, "
        f"{figures['orders_refused']:,} refused, {figures['orders_resting']:,} resting, {figures['trades']:,} trades; "
        f"exit code {figures['exit_code']}, verified: {figures['verified']}"
    )
    console.print(", ".join(f"{name} {value}" for name, value in figures["versions"].items()))
