"""``exchange export``."""

import json
from pathlib import Path
from typing import Annotated

import typer

from exchange.store.cells import iso_time
from exchange.store.errors import StoreError
from exchange.store.export import export as export_file


def export(
    file: Annotated[Path, typer.Argument(help="The SQLite file of an exchange, running or not, or a backup.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is made, or an empty one.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a former export in that folder.")] = False,
    excel: Annotated[bool, typer.Option("--excel", help="Mark files as UTF-8 in the way that Excel wants.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a sentence.")] = False,
) -> None:
    """Write accounts, markets, positions, orders, trades and transfers as CSV files.

    All are as of one moment, also while a server runs on the file, which is not disturbed. Numbers are exact decimals,
    times are UTC. Text that a spreadsheet would run as a formula gets an apostrophe in front. docs/operations.md
    explains every column.
    """
    try:
        done = export_file(file, folder, force=force, excel=excel)
    except StoreError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if as_json:
        said = {"folder": str(folder), "sequence": done.sequence, "time": iso_time(done.time), "rows": done.rows}
        typer.echo(json.dumps(said))
    else:
        counts = ", ".join(f"{count:,} {name}" for name, count in done.rows.items())
        typer.echo(f"{folder} has {counts}, as of sequence {done.sequence:,}.")
