"""``exchange top``: what a running server is doing, read from its metrics port once a second."""

import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Annotated, NamedTuple

import typer
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

DEFAULT_URL = "http://127.0.0.1:9091/metrics"
_TIMEOUT_SECONDS = 3.0
_MIB = 1 << 20


class Unreachable(Exception):
    """There are no metrics to be had; the message says why."""


class Sample(NamedTuple):
    """Every value of one reading, by name and then by label value (none is ""), and the bounds of histograms."""

    at: float
    values: dict[str, dict[str, float]]

    def total(self, name: str) -> float:
        """Over all labels; 0 for what is not there."""
        return sum(self.values.get(name, {}).values())


def read(url: str) -> Sample:
    """One reading. Raises :class:`Unreachable`."""
    from prometheus_client.parser import text_string_to_metric_families

    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as answer:
            text = answer.read().decode()
    except (OSError, ValueError, urllib.error.URLError) as error:
        raise Unreachable(
            f"No metrics at {url}: {getattr(error, 'reason', error)}. Was the server started with --metrics-port?"
        ) from None
    values: dict[str, dict[str, float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            values.setdefault(sample.name, {})[",".join(sample.labels.values())] = sample.value
    return Sample(time.monotonic(), values)


def rate(before: Sample, after: Sample, name: str) -> float:
    """How much a counter grew in a second; since the start of the server, when it was started in between."""
    grown = after.total(name) - before.total(name)
    return (grown if grown >= 0 else after.total(name)) / max(after.at - before.at, 1e-3)


def quantile(before: Sample, after: Sample, name: str, share: float) -> float | None:
    """The least bound that such a share of what was observed between two readings is within; None for nothing."""
    earlier = before.values.get(f"{name}_bucket", {})
    counts = {bound: count - earlier.get(bound, 0.0) for bound, count in after.values.get(f"{name}_bucket", {}).items()}
    if counts.get("+Inf", 0.0) < 0:
        counts = after.values[f"{name}_bucket"]
    whole = counts.get("+Inf", 0.0)
    if not whole:
        return None
    return min(float(bound) for bound, count in counts.items() if count >= share * whole)


def screen(before: Sample, after: Sample) -> Group:
    """What is shown of two readings."""
    return Group(_title(after), _flow(before, after), _state(after), _kinds(after))


def _title(sample: Sample) -> Text:
    version = next(iter(sample.values.get("exchange_build_info", {"?": 1.0})))
    draining = "  DRAINING" if sample.total("exchange_draining") else ""
    return Text(f"exchange {version.rsplit(',', 1)[-1]}   sequence {sample.total('exchange_sequence'):,.0f}{draining}")


def _flow(before: Sample, after: Sample) -> Table:
    table = Table(
        "orders/s", "trades/s", "requests/s", "refusals/s", "commit p50", "p99", "commits each", "loop lag p99"
    )
    transactions = rate(before, after, "exchange_commit_seconds_count")
    each = rate(before, after, "exchange_transaction_commits_sum") / transactions if transactions else 0.0
    table.add_row(
        *(
            f"{rate(before, after, f'exchange_{name}_total'):,.0f}"
            for name in ("orders", "trades", "requests", "refusals")
        ),
        _milliseconds(quantile(before, after, "exchange_commit_seconds", 0.5)),
        _milliseconds(quantile(before, after, "exchange_commit_seconds", 0.99)),
        f"{each:,.1f}",
        _milliseconds(quantile(before, after, "exchange_loop_lag_seconds", 0.99)),
    )
    return table


def _state(sample: Sample) -> Table:
    table = Table("clients", "connections", "waiting: commits", "inboxes", "outboxes", "cut", "resting", "database",
                  "log", "disk left", "memory")  # fmt: skip
    table.add_row(
        *(f"{sample.total(f'exchange_{name}'):,.0f}" for name in ("clients", "connections", "commits_waiting")),
        f"{sample.total('exchange_inbox_requests'):,.0f}",
        f"{sample.total('exchange_outbox_bytes') / 1024:,.0f} KiB",
        f"{sample.total('exchange_outbox_overflows_total'):,.0f}",
        f"{sample.total('exchange_resting_orders'):,.0f}",
        *(_mebibytes(sample.total(f"exchange_{name}_bytes")) for name in ("database", "wal", "disk_free")),
        _mebibytes(sample.total("process_resident_memory_bytes")),
    )
    return table


def _kinds(after: Sample) -> Table:
    """The busiest kinds of requests beside the commonest refusals."""
    table = Table("request", "in all", "refused with", "in all")
    requests, refusals = (
        sorted(after.values.get(name, {}).items(), key=lambda item: -item[1])[:8]
        for name in ("exchange_requests_total", "exchange_refusals_total")
    )
    for index in range(max(len(requests), len(refusals))):
        cells: list[str] = []
        for column in (requests, refusals):
            name, count = column[index] if index < len(column) else ("", None)
            cells += [name, "" if count is None else f"{count:,.0f}"]
        table.add_row(*cells)
    return table


def _milliseconds(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    return "≤ ∞" if seconds == float("inf") else f"≤ {seconds * 1_000:g} ms"


def _mebibytes(count: float) -> str:
    return f"{count / _MIB:,.0f} MiB"


def top(
    url: Annotated[str, typer.Argument(help="Where the server's metrics are.")] = DEFAULT_URL,
    interval: Annotated[float, typer.Option(min=0.1, help="Seconds between two readings.")] = 1.0,
    once: Annotated[bool, typer.Option("--once", help="Print one interval and exit.")] = False,
) -> None:
    """Watch a running server: how busy it is, how fast it commits, what waits and what is refused.

    The server must have been started with `--metrics-port`. Ctrl-C ends it; a restart of the server does not.
    """
    console = Console()
    try:
        before = read(url)
        if once:
            time.sleep(interval)
            console.print(screen(before, read(url)))
            return
        with Live(Text("…"), console=console, screen=console.is_terminal, auto_refresh=False) as live:
            for shown in _readings(url, interval, before):
                live.update(shown, refresh=True)
    except Unreachable as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        return


def _readings(url: str, interval: float, before: Sample) -> Iterator[Group | Text]:
    while True:
        time.sleep(interval)
        try:
            after = read(url)
        except Unreachable as error:
            yield Text(f"{error}\nTrying again …")
            continue
        yield screen(before, after)
        before = after
