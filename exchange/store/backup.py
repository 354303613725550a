"""Copies of a file that may be in use, and putting one in its place. Blocking.

A copy is made by SQLite itself (``VACUUM INTO``) over a connection of its own: consistent as of one commit, compact,
and without stopping a writer, which only cannot reuse its log meanwhile. It appears under its name when it is complete,
checked and on disk, never before.

A restored file is another history than the one that went on after the copy was made, so it gets an identity of its own:
clients that remember the old one start from a snapshot instead of resuming into what they never saw.
"""

import os
import shutil
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import apsw

from exchange.store.connection import connect_to_read, lock
from exchange.store.errors import StoreError
from exchange.store.schema import MIGRATIONS
from exchange.store.verify import Decode, verify

EXCHANGE_ID_BYTES = 16
_BUSY_MS = 5_000
_TIMESTAMP = "%Y%m%dT%H%M%SZ"


class CopyInterrupted(StoreError):
    """The copy was called off; nothing of it is left."""


class Copier:
    """Makes one copy. ``copy`` runs in one thread; ``interrupt`` may be called from another."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: apsw.Connection | None = None
        self._interrupted = False

    def interrupt(self) -> None:
        """Calls the copy off as soon as SQLite notices, within milliseconds; also when it has not begun."""
        self._interrupted = True
        if self._connection is not None:
            with suppress(apsw.ConnectionClosedError):  # it has just ended by itself
                self._connection.interrupt()

    def copy(self, destination: Path) -> int:
        """Copies the file and checks the copy's structure; returns its bytes.

        Raises :class:`StoreError`; nothing of the copy is then left behind.
        """
        if destination.exists():
            raise StoreError(f"{destination} is there already: name another file, or remove it first.")
        if not destination.parent.is_dir():
            raise StoreError(f"{destination} cannot be made: there is no folder {destination.parent}.")
        unfinished = destination.with_name(f".{destination.name}.unfinished")
        unfinished.unlink(missing_ok=True)
        try:
            with closing(connect_to_read(self._path, busy_ms=_BUSY_MS)) as connection:
                self._connection = connection
                self._go_on()
                connection.execute("VACUUM INTO ?", (str(unfinished),))
            self._check(unfinished)
            return self._publish(unfinished, destination)
        except apsw.InterruptError:
            raise CopyInterrupted(f"The copy of {self._path} was called off.") from None
        except apsw.FullError:
            raise StoreError(f"The disk is full: there is no room for a copy in {destination.parent}.") from None
        except (apsw.Error, OSError) as error:
            raise StoreError(f"{self._path} cannot be copied to {destination}: {error}.") from error
        finally:
            self._connection = None
            unfinished.unlink(missing_ok=True)

    def _check(self, copy: Path) -> None:
        with closing(connect_to_read(copy, busy_ms=_BUSY_MS)) as connection:
            self._connection = connection
            self._go_on()
            for (answer,) in connection.execute("PRAGMA integrity_check(1)"):
                if answer != "ok":
                    raise StoreError(f"The copy of {self._path} is damaged: {answer}. Check the file itself.")

    def _publish(self, unfinished: Path, destination: Path) -> int:
        self._go_on()
        shutil.copymode(self._path, unfinished)
        synchronise(unfinished)
        unfinished.rename(destination)
        synchronise(destination.parent)
        return destination.stat().st_size

    def _go_on(self) -> None:
        if self._interrupted:
            raise CopyInterrupted(f"The copy of {self._path} was called off.")


def restore(
    copy: Path, file: Path, decode_facts: Decode, random_bytes: Callable[[int], bytes], now: datetime
) -> Path | None:
    """Puts a copy in the place of ``file``, as a new history; returns where the former file is kept, if there was one.

    The copy is checked first: its whole journal, if this program's schema is its own. Raises :class:`StoreError` and
    has then changed nothing: when a server runs on the file, the copy does not add up, or there is no room.
    """
    copy, file = Path(os.path.realpath(copy)), Path(os.path.realpath(file))
    if copy == file:
        raise StoreError(f"{copy} cannot be restored onto itself.")
    locked = lock(file)
    assert locked is not None
    restored = file.with_name(f".{file.name}.restored")
    try:
        _verify_copy(copy, decode_facts)
        restored.unlink(missing_ok=True)
        Copier(copy).copy(restored)
        _rename_history(restored, random_bytes)
        kept = _set_aside(file, now)
        restored.rename(file)
        synchronise(file.parent)
        return kept
    finally:
        restored.unlink(missing_ok=True)
        os.close(locked)


def _verify_copy(copy: Path, decode_facts: Decode) -> None:
    with closing(connect_to_read(copy, busy_ms=_BUSY_MS)) as connection:
        schema = connection.pragma("user_version")
    if schema == len(MIGRATIONS):
        report = verify(copy, decode_facts)
        if not report.ok:
            raise StoreError(f"{copy} does not add up and was not restored: {report.problems[0]}")


def _rename_history(restored: Path, random_bytes: Callable[[int], bytes]) -> None:
    with closing(apsw.Connection(str(restored), flags=apsw.SQLITE_OPEN_READWRITE)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("UPDATE meta SET exchange_id = ?", (random_bytes(EXCHANGE_ID_BYTES),))
    synchronise(restored)


def _set_aside(file: Path, now: datetime) -> Path | None:
    """Moves the file that is there out of the way, its log with it; the file first, because nobody reads a lone log."""
    kept = file.with_name(f"{file.name}.replaced-{now.strftime(_TIMESTAMP)}")
    found = file.exists()
    if found:
        file.rename(kept)
    log = file.with_name(f"{file.name}-wal")
    if log.exists() and found:
        log.rename(kept.with_name(f"{kept.name}-wal"))
    log.unlink(missing_ok=True)
    file.with_name(f"{file.name}-shm").unlink(missing_ok=True)
    synchronise(file.parent)
    return kept if found else None


def synchronise(path: Path) -> None:
    """Makes a file, or the names in a folder, survive a power cut. Not for a database that is open."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def copy_name(file: Path, now: datetime) -> str:
    """What a copy made at that time is called; names sort by time."""
    return f"{file.stem}-{now.astimezone(UTC).strftime(_TIMESTAMP)}{file.suffix}"


def copies_of(file: Path, folder: Path) -> list[tuple[datetime, Path]]:
    """The scheduled copies of a file in a folder and when they were made, oldest first; other files are left alone."""
    found = []
    for path in folder.glob(f"{file.stem}-*{file.suffix}") if folder.is_dir() else ():
        with suppress(ValueError):
            text = path.name[len(file.stem) + 1 : len(path.name) - len(file.suffix)]
            found.append((datetime.strptime(text, _TIMESTAMP).replace(tzinfo=UTC), path))
    return sorted(found)
