"""``export``: a file's tables as CSV, all as of one moment, also while a server runs on it.

Rows are streamed, so memory does not grow with history. One read transaction sees one state from the first row to the
last; while it lasts a running server cannot reuse its log, which grows by what is written meanwhile. A folder appears
whole or not at all.
"""

import csv
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import apsw

from exchange.store.cells import iso_time
from exchange.store.connection import connect_to_read
from exchange.store.errors import StoreError
from exchange.store.export_tables import TABLES, Table

MANIFEST = "export.json"
FILES = frozenset({MANIFEST, *(f"{table.name}.csv" for table in TABLES)})
_BUSY_MS = 5_000
_BYTE_ORDER_MARK = "utf-8-sig"


class Export(NamedTuple):
    """What was written: as of which sequence and time (nanoseconds), and how many rows by table."""

    sequence: int
    time: int
    rows: dict[str, int]


def export(path: str | os.PathLike[str], folder: Path, *, force: bool = False, excel: bool = False) -> Export:
    """Writes one CSV file a table into ``folder``, which must not be there or be empty, unless ``force``.

    ``force`` replaces a former export and nothing else. ``excel`` begins files with the mark by which Excel knows
    UTF-8. Raises :class:`StoreError` in a sentence; the folder is then as it was.
    """
    file, target = Path(os.path.realpath(path)), Path(os.path.realpath(folder))
    _check_target(target, force=force)
    try:
        with closing(connect_to_read(file, busy_ms=_BUSY_MS)) as connection, _new_folder(target) as making:
            return _export(connection, making, "utf-8" if not excel else _BYTE_ORDER_MARK)
    except apsw.Error as error:
        raise StoreError(f"{file} cannot be read: {error}.") from error
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror}.") from error


def _check_target(target: Path, *, force: bool) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise StoreError(f"{target} is a file; name a folder.")
    names = {entry.name for entry in target.iterdir()}
    if names - FILES:
        other = min(names - FILES)
        raise StoreError(f"{target} holds other things, such as {other}: export into a folder of its own.")
    if names and not force:
        raise StoreError(f"{target} holds an export already; --force replaces it.")


@contextmanager
def _new_folder(target: Path) -> Iterator[Path]:
    """A folder beside the target that takes its place in one step when the block has ended well."""
    making = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        yield making
        former = making.with_name(making.name + ".former")
        if target.exists():
            target.rename(former)
        try:
            making.rename(target)
        except BaseException:
            if former.exists():
                former.rename(target)
            raise
        shutil.rmtree(former, ignore_errors=True)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise


def _export(connection: apsw.Connection, folder: Path, encoding: str) -> Export:
    connection.execute("BEGIN")
    try:
        exchange_id: bytes = connection.execute("SELECT exchange_id FROM meta").get
        last: tuple[int, int] | None = connection.execute("SELECT max(sequence), time FROM journal").fetchone()
        sequence, time = last if last is not None and last[0] is not None else (0, 0)
        rows = {table.name: _write(connection, table, folder, encoding) for table in TABLES}
    finally:
        connection.execute("ROLLBACK")
    manifest = {"exchange_id": exchange_id.hex(), "sequence": sequence, "time": iso_time(time), "time_ns": time}
    (folder / MANIFEST).write_text(json.dumps(manifest | {"rows": rows}, indent=2) + "\n", "utf-8")
    return Export(sequence, time, rows)


def _write(connection: apsw.Connection, table: Table, folder: Path, encoding: str) -> int:
    cells = tuple(table.columns.values())
    count = 0
    with (folder / f"{table.name}.csv").open("w", encoding=encoding, newline="") as output:
        writer = csv.writer(output)
        writer.writerow(table.columns)
        for row in connection.execute(table.query):
            writer.writerow(["" if value is None else cell(value) for cell, value in zip(cells, row, strict=True)])
            count += 1
    return count
