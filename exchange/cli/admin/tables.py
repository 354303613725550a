"""CSV files as people make them in a spreadsheet: comma, semicolon or tab, with a row of column names on top."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from exchange.cli.admin.desk import Trouble

ROWS_MAX = 100_000  # far more than people in a class; a wrong file must not fill the memory
_SEPARATORS = ",;\t"


class Row(NamedTuple):
    """One row: the line it ends on, and its cells by column, without spaces around them."""

    line: int
    cells: Mapping[str, str]


def read_csv(file: Path, needed: Mapping[str, tuple[str, ...]], optional: Mapping[str, tuple[str, ...]]) -> list[Row]:
    """The rows of a file. Columns are found by name: each has one, and others that people give it.

    Blank rows are passed over. Raises :class:`Trouble`, which names the line.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            head = lines.readline()
            lines.seek(0)
            reader = csv.reader(lines, delimiter=max(_SEPARATORS, key=head.count), strict=True)
            columns = _columns(file, next(reader, []), needed, optional)
            return [row for cells in reader if any(cells) for row in [_row(file, reader.line_num, cells, columns)]]
    except OSError as error:
        raise Trouble(f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError:
        raise Trouble(f"{file} is not UTF-8 text: export it from the spreadsheet as CSV in UTF-8.") from None
    except csv.Error as error:
        raise Trouble(f"{file} is not a CSV file: {error}.") from None


def _columns(
    file: Path, header: list[str], needed: Mapping[str, tuple[str, ...]], optional: Mapping[str, tuple[str, ...]]
) -> dict[str, int]:
    """Where each column is."""
    found = {name.strip().casefold(): place for place, name in enumerate(header)}
    columns = {}
    for column, others in {**needed, **optional}.items():
        place = next((found[name] for name in (column, *others) if name in found), None)
        if place is not None:
            columns[column] = place
        elif column in needed:
            raise Trouble(f"{file}:1: there is no column {column!r}; the first line names the columns.")
    return columns


def _row(file: Path, line: int, cells: list[str], columns: Mapping[str, int]) -> Row:
    if line > ROWS_MAX:
        raise Trouble(f"{file}:{line}: that is more than {ROWS_MAX:,} lines.")
    return Row(line, {name: cells[place].strip() if place < len(cells) else "" for name, place in columns.items()})
