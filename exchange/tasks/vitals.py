"""How an exchange is doing, read off it in one go: what an organiser looks at while a class runs.

The same things are on the metrics port, for those who keep a Prometheus; this is for who has nothing but the page.
"""

import platform
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import apsw

from exchange.tasks.health import readiness
from exchange.tasks.metrics import Distribution
from exchange.wire.health import Depth, Durations, Vitals

if TYPE_CHECKING:
    from exchange.tasks.context import Context

_MICROSECONDS = 1_000_000


def vitals(context: "Context") -> Vitals:
    """Everything, as of now. Asks the disk how much is left, and opens no file."""
    metrics, settings = context.metrics, context.settings
    copies, disk = metrics.copies, shutil.disk_usage(context.database.parent)
    waiting = context.engine.handovers_waiting
    _, concerns = readiness(context)
    return Vitals(
        version=context.server.version,
        python_version=platform.python_version(),
        sqlite_version=apsw.sqlite_lib_version(),
        started_at=metrics.started_at,
        concerns=concerns,
        connections=context.count.total,
        clients=len(context.publisher.audiences.everybody),
        requests=metrics.requests.total(),
        refusals=metrics.refusals.total(),
        trades=metrics.trades,
        sign_ins=metrics.sign_ins,
        sign_in_failures=metrics.sign_in_failures.total(),
        outbox_overflows=metrics.outbox_overflows,
        commit_time=_durations(metrics.commit_seconds),
        loop_lag=_durations(metrics.loop_lag),
        commits_waiting=Depth(waiting, waiting, settings.commits_waiting),
        inbox_requests=_depth(context.markets.waiting(), settings.market_inbox_requests),
        outbox_bytes=_depth((each.outbox.bytes_waiting for each in context.connections), settings.outbox_bytes),
        replies_waiting=_depth(
            (each.waiting for each in context.connections), settings.requests_waiting_per_connection
        ),
        sign_ins_waiting=context.admission.waiting,
        audits=metrics.audits,
        audited_at=metrics.audited_at,
        market_failures=metrics.market_failures,
        unavailable_market_ids=context.markets.unavailable,
        database_bytes=file_size(context.database) + file_size(wal_of(context.database)),
        disk_free_bytes=disk.free,
        disk_bytes=disk.total,
        backup_interval_seconds=round(settings.backup_seconds),
        backup_at=copies.made_at,
        backup_bytes=copies.bytes,
        backup_failures=copies.failed,
    )


def wal_of(database: Path) -> Path:
    """Where the write-ahead log of a database is."""
    return database.with_name(database.name + "-wal")


def file_size(path: Path) -> int:
    """Bytes of a file, 0 where there is none. It is never opened: to close it would drop SQLite's locks."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _depth(waiting: Iterable[int], limit: int) -> Depth:
    depths = list(waiting)
    return Depth(sum(depths), max(depths, default=0), limit)


def _durations(values: Distribution) -> Durations:
    bounds = tuple(round(bound * _MICROSECONDS) for bound in values.bounds)
    return Durations(bounds, values.counts(), round(values.sum * _MICROSECONDS))
