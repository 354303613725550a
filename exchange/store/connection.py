"""Connections to the file, and the lock that keeps it to one exchange."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

import apsw

from exchange.store.errors import StoreError, StoreLocked, StoreMissing, StoreTooNew
from exchange.store.schema import APPLICATION_ID, MIGRATIONS, PAGE_BYTES

_STATEMENTS_CACHED = 400  # every statement of batch.py in every size, so that none is prepared twice


def lock_path(path: Path) -> Path:
    """The file beside the database that is locked while an exchange runs on it. It stays behind, empty."""
    return path.with_name(path.name + ".lock")


def lock(path: Path, *, shared: bool = False) -> int | None:
    """Locks the database against another exchange; returns a descriptor to close.

    The lock is on a file of its own because closing the database file by hand would drop SQLite's own locks. A shared
    lock needs no write access and returns None where no exchange ever ran. Raises :class:`StoreLocked`.
    """
    beside = lock_path(path)
    try:
        descriptor = os.open(beside, os.O_RDONLY if shared else os.O_RDWR | os.O_CREAT, 0o600)
    except FileNotFoundError:
        if shared:
            return None
        raise StoreError(f"{path} cannot be made: there is no folder {path.parent}.") from None
    except OSError as error:
        raise StoreError(f"{beside} cannot be opened: {error.strerror}.") from error
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise StoreLocked(f"{path} is in use by another process: an exchange, or a check of this file.") from None
    return descriptor


def connect_to_write(
    path: Path, *, create: bool, busy_ms: int, cache_kib: int, checkpoint_pages: int
) -> apsw.Connection:
    """The one connection that writes, with durable commits. Raises :class:`StoreError`."""
    if not create and not path.exists():
        raise StoreMissing(f"There is no exchange at {path}. Is the volume mounted? --init makes a new one.")
    flags = apsw.SQLITE_OPEN_READWRITE | (apsw.SQLITE_OPEN_CREATE if create else 0)
    try:
        connection = apsw.Connection(str(path), flags=flags, statementcachesize=_STATEMENTS_CACHED)
    except apsw.Error as error:
        raise StoreError(f"{path} cannot be opened: {error}.") from error
    try:
        _check(connection, path, may_be_empty=create)
        connection.set_busy_timeout(busy_ms)
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")  # of a file that is made now
        mode = connection.execute("PRAGMA journal_mode = WAL").get
        if mode != "wal":  # SQLite says so instead of failing; in any other mode readers and the writer would wait
            raise StoreError(f"{path} cannot have a write-ahead log, only {mode!r}: is it on a network file system?")
        connection.execute("PRAGMA synchronous = FULL")
        # What a statement may have to undo. Not for those who read: a copy sorts whole indexes, which belong on disk.
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute(f"PRAGMA cache_size = -{cache_kib}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {checkpoint_pages}")
        if not checkpoint_pages:  # another program does them, and must have seen the log before it is emptied
            connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        _tidy(connection)
        return connection
    except apsw.Error as error:
        close(connection)
        raise StoreError(f"{path} cannot be used: {error}.") from error
    except StoreError:
        close(connection)
        raise


def close(connection: apsw.Connection) -> None:
    """Closes in whatever state the disk is: what cannot be moved into the file, the next start finds in the log."""
    with suppress(apsw.Error):
        connection.close(True)


def connect_to_read(path: Path, *, busy_ms: int) -> apsw.Connection:
    """A connection that cannot write. Raises :class:`StoreError`.

    Where the folder cannot be written either, SQLite can open a file only if told that nobody changes it; that is
    true when it has no write-ahead log with anything in it.
    """
    if not path.exists():
        raise StoreMissing(f"There is no exchange at {path}.")
    try:
        try:
            connection = _open_read_only(path, "mode=ro")
        except (apsw.CantOpenError, apsw.ReadOnlyError):
            log = path.with_name(path.name + "-wal")
            if log.exists() and log.stat().st_size:
                raise
            connection = _open_read_only(path, "mode=ro&immutable=1")
        connection.set_busy_timeout(busy_ms)
        _check(connection, path, may_be_empty=False)
        _tidy(connection)
    except apsw.Error as error:
        raise StoreError(f"{path} cannot be read: {error}.") from error
    return connection


def _open_read_only(path: Path, options: str) -> apsw.Connection:
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    connection = apsw.Connection(f"{path.absolute().as_uri()}?{options}", flags=flags)
    connection.pragma("user_version")  # the file is read on first use
    return connection


def _tidy(connection: apsw.Connection) -> None:
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.config(apsw.SQLITE_DBCONFIG_DQS_DML, 0)  # a misspelt column is an error, not a text
    connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)


def _check(connection: apsw.Connection, path: Path, *, may_be_empty: bool) -> None:
    application, version = connection.pragma("application_id"), connection.pragma("user_version")
    # Litestream may have been here first, and made its own tables in an empty file.
    tables = connection.execute("SELECT count(*) FROM sqlite_schema WHERE tbl_name NOT GLOB '_litestream_*'").get
    if version == 0 and application == 0 and tables == 0:
        if not may_be_empty:
            raise StoreMissing(f"{path} holds no exchange: it is an empty database.")
    elif application != APPLICATION_ID:
        raise StoreError(f"{path} is a database of another program, not of an exchange.")
    elif version > len(MIGRATIONS):
        raise StoreTooNew(
            f"{path} has schema {version} and this program knows schemas up to {len(MIGRATIONS)}:"
            " use the newer program that wrote it, or restore a backup from before."
        )
