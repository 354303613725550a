"""The store: one file, one connection that writes, one transaction a batch."""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import apsw

from exchange.core.invariants import money_violations
from exchange.core.state import Limits, State
from exchange.settings import Settings
from exchange.store.backup import EXCHANGE_ID_BYTES, Copier
from exchange.store.batch import Batch, sweep
from exchange.store.connection import close, connect_to_write, lock
from exchange.store.errors import StoreBroken, StoreError
from exchange.store.journal import Commit
from exchange.store.load import load_state
from exchange.store.reader import Reader
from exchange.store.schema import APPLICATION_ID, MIGRATIONS
from exchange.store.secret import read_secret

# One batch after the other leaves the same ranges of orders, and most still have some: looking at them once in so many
# batches is a sixth of the work. What a crash leaves unlooked at, the next settlement finds.
_BATCHES_BETWEEN_SWEEPS = 64
_LAST_CHECKPOINT_MS = 250  # for readers to end: a shell that somebody left open must not prolong a drain


class Store:
    """The file of a running exchange. Blocking; for one thread at a time.

    ``exchange_id`` names this history: what a client remembers of another one means nothing here. ``secret`` is beside
    the file, see :mod:`exchange.store.secret`.
    """

    def __init__(self, path: Path, connection: apsw.Connection, locked: int, settings: Settings, secret: bytes) -> None:
        self.path = path
        self.secret = secret
        self._connection = connection
        self._locked: int | None = locked
        self._settings = settings
        self._broken: str | None = None
        self._vacated: set[int] = set()
        self._unswept_batches = 0
        meta: list[tuple[Any, ...]] = connection.execute("SELECT exchange_id, created_at FROM meta").fetchall()
        if len(meta) != 1:
            raise StoreError(f"{path} is damaged: it has {len(meta)} identities instead of one.")
        self.exchange_id: bytes = meta[0][0]
        self.created_at: int = meta[0][1]

    def load(self, limits: Limits) -> State:
        """The present as the file has it. Takes time in proportion to the present, however long the history is.

        Raises :class:`StoreError` for a file whose tables cannot be read, or whose money does not add up.
        """
        try:
            state = load_state(self._connection, limits)
        except Exception as error:  # whatever a damaged row makes of it
            raise StoreError(
                f"{self.path} is damaged: its present cannot be loaded ({error!r})."
                " `exchange verify` says what is wrong with it; a backup may be sound."
            ) from error
        for violation in money_violations(state):
            raise StoreError(
                f"{self.path} is damaged: {violation}. `exchange verify` says more; a backup may be sound."
            )
        return state

    def reader(self) -> Reader:
        """A connection of its own for reading beside the writer; the caller closes it."""
        return Reader(self.path, busy_ms=_milliseconds(self._settings))

    def write(self, commits: Sequence[Commit]) -> None:
        """Writes commits, in order of their sequence, as one transaction; they are durable when this returns.

        Waits ``store_busy_seconds`` at most for another process that holds the file's write lock for a moment. Raises
        :class:`StoreBroken` when anything fails, and from then on: whether the last batch is in the file is then to be
        found out by opening it again.
        """
        if self._broken is not None:
            raise StoreBroken(self._broken)
        if not commits:
            return
        connection = self._connection
        try:
            batch = Batch(commits)
            connection.execute("BEGIN IMMEDIATE")
            batch.write(connection)
            self._sweep_at_times(batch)
            connection.execute("COMMIT")
        except apsw.Error as error:
            self._broken = _sentence(error, self.path)
            _roll_back(connection)
            raise StoreBroken(self._broken) from error
        except BaseException as error:
            self._broken = f"Writing to {self.path} failed: {error!r}."
            _roll_back(connection)
            raise

    def _sweep_at_times(self, batch: Batch) -> None:
        self._vacated |= batch.vacated
        self._unswept_batches += 1
        if self._unswept_batches >= _BATCHES_BETWEEN_SWEEPS:
            sweep(self._connection, self._vacated)
            self._vacated.clear()
            self._unswept_batches = 0

    def checkpoint(self) -> None:
        """Moves the write-ahead log into the file and empties it, as far as no reader needs it.

        Does nothing where checkpoints are left to another program. Raises ``apsw.BusyError`` when a reader stays.
        """
        if not self._settings.store_checkpoint_pages:
            return
        self._connection.set_busy_timeout(_LAST_CHECKPOINT_MS)
        try:
            self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        finally:
            self._connection.set_busy_timeout(_milliseconds(self._settings))

    def close(self) -> None:
        """Checkpoints, closes and gives up the lock. May be called twice. A checkpoint that fails loses nothing."""
        if self._locked is None:
            return
        try:
            if self._broken is None:
                sweep(self._connection, self._vacated)
                self.checkpoint()
        except apsw.Error:
            pass  # What is committed is in the log, and the next start reads it from there.
        finally:
            self._broken = f"{self.path} is closed."
            close(self._connection)
            os.close(self._locked)
            self._locked = None


def open_store(
    path: str | os.PathLike[str],
    *,
    now_ns: Callable[[], int],
    random_bytes: Callable[[int], bytes],
    create: bool = True,
    settings: Settings | None = None,
) -> Store:
    """Opens the file as this process's exchange, makes it first if ``create``, and brings its tables up to date.

    ``now_ns`` gives nanoseconds since the epoch and ``random_bytes`` that many bytes; both only for a new file, or a
    new secret beside it. Raises
    :class:`StoreError`, in a sentence: locked by another exchange, missing, of another program, of a newer one.
    """
    file = Path(os.path.realpath(path))
    settings = settings or Settings()
    locked = lock(file)
    assert locked is not None
    try:
        connection = connect_to_write(
            file,
            create=create,
            busy_ms=_milliseconds(settings),
            cache_kib=settings.store_cache_kib,
            checkpoint_pages=settings.store_checkpoint_pages,
        )
    except BaseException:
        os.close(locked)
        raise
    try:
        _copy_before_migrating(connection, file)
        _migrate(connection, now_ns, random_bytes)
        return Store(file, connection, locked, settings, read_secret(file, random_bytes))
    except BaseException as error:
        close(connection)
        os.close(locked)
        if isinstance(error, apsw.Error):
            raise StoreError(f"{file} cannot be brought up to date: {error}.") from error
        raise


def _copy_before_migrating(connection: apsw.Connection, file: Path) -> None:
    """What the older program can go on with. One that is there already is from an attempt that was cut short."""
    version = connection.pragma("user_version")
    if 0 < version < len(MIGRATIONS):
        copy = file.with_name(f"{file.name}.schema-{version}")
        if not copy.exists():
            Copier(file).copy(copy)


def _migrate(connection: apsw.Connection, now_ns: Callable[[], int], random_bytes: Callable[[int], bytes]) -> None:
    """One transaction a step, the version in it: a crash between two leaves a file that the next start continues."""
    version = connection.pragma("user_version")
    for number, statements in enumerate(MIGRATIONS[version:], version + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.execute(statements)
            if number == 1:
                made = (random_bytes(EXCHANGE_ID_BYTES), now_ns())
                connection.execute("INSERT INTO meta VALUES (1, ?, ?)", made)
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        except BaseException:
            _roll_back(connection)
            raise


def _roll_back(connection: apsw.Connection) -> None:
    if connection.in_transaction:
        with suppress(apsw.Error):  # what failed before it is what matters
            connection.execute("ROLLBACK")


def _sentence(error: apsw.Error, path: Path) -> str:
    if isinstance(error, apsw.FullError):
        return f"The disk is full: {path} cannot grow. Make room and start again; nothing acknowledged is lost."
    if isinstance(error, apsw.BusyError):
        return f"Another process has kept {path} locked for too long: is it open for writing in a shell?"
    if isinstance(error, apsw.ConstraintError):
        return f"Writing to {path} would contradict what is in it: {error}. Check it with `exchange verify`."
    return f"Writing to {path} failed: {error}. Whether the last commits are in it shows when it is opened again."


def _milliseconds(settings: Settings) -> int:
    return int(settings.store_busy_seconds * 1_000)
