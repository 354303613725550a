"""Scheduled copies of the file, made beside the writer over a connection of their own.

When the next one is due follows from the newest one there is, so that it does not matter how often the exchange was
started in between. A copy that fails is tried again after a while, shows in the metrics and in ``/readyz``, and harms
nobody; a drain does not wait for one.
"""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import structlog
import trio

from exchange.environment import ThreadRunner
from exchange.settings import Settings
from exchange.store.backup import Copier, CopyInterrupted, copies_of, copy_name
from exchange.store.errors import StoreError
from exchange.tasks.metrics import Copies

log = structlog.get_logger(__name__)

RETRY_SECONDS = 300.0
"""After a copy that failed, unless the next one is due earlier: a full disk is not mended faster."""


async def make_copies(
    file: Path,
    settings: Settings,
    copies: Copies,
    wall_clock_ns: Callable[[], int],
    run_in_thread: ThreadRunner,
) -> None:
    """Makes them for ever. Cancelled, it calls off the one under way and returns when its thread has ended."""
    folder = Path(settings.backup_folder) if settings.backup_folder else file.parent / "backups"
    limiter = trio.CapacityLimiter(2)  # for its one thread; the writer is known by having room for one
    while True:
        await trio.sleep(_seconds_until_due(file, folder, settings, copies, wall_clock_ns()))
        started = trio.current_time()
        copier = Copier(file)
        make = partial(_make, copier, file, folder, _time(wall_clock_ns()), settings)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_interrupt_when_cancelled, copier)
                copies.bytes = await run_in_thread(make, limiter=limiter)
                nursery.cancel_scope.cancel()
        except* CopyInterrupted:
            log.info("a scheduled copy was called off")
        except* StoreError as errors:
            copies.failed += 1
            copies.failed_last = True
            log.error("a scheduled copy failed", reason=str(errors.exceptions[0]))
        else:
            copies.made += 1
            copies.failed_last = False
            copies.made_at, copies.seconds = wall_clock_ns(), trio.current_time() - started
            log.info("a scheduled copy was made", bytes=copies.bytes, seconds=round(copies.seconds, 3))
        if copies.failed_last:
            await trio.sleep(min(RETRY_SECONDS, settings.backup_seconds))


def _seconds_until_due(file: Path, folder: Path, settings: Settings, copies: Copies, now: int) -> float:
    made = copies_of(file, folder)
    if not made:
        return 0.0
    newest = made[-1][0]
    copies.made_at = int(newest.timestamp()) * 1_000_000_000
    return max(0.0, settings.backup_seconds - (_time(now) - newest).total_seconds())


async def _interrupt_when_cancelled(copier: Copier) -> None:
    try:
        await trio.sleep_forever()
    finally:
        copier.interrupt()


def _make(copier: Copier, file: Path, folder: Path, now: datetime, settings: Settings) -> int:
    """Makes one copy, then room for the next. Runs in a thread."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        needed = file.stat().st_size + settings.disk_low_bytes
        free = shutil.disk_usage(folder).free
        if free < needed:
            sentence = (
                f"A copy needs {needed >> 20} MiB free in {folder}, a reserve included, and {free >> 20} MiB are."
            )
            raise StoreError(sentence)
        size = copier.copy(folder / copy_name(file, now))
        for _, old in copies_of(file, folder)[: -max(1, settings.backup_copies)]:
            old.unlink()
    except OSError as error:
        raise StoreError(f"There can be no copies in {folder}: {error}.") from error
    return size


def _time(ns: int) -> datetime:
    return datetime.fromtimestamp(ns / 1e9, UTC)
