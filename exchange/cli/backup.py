"""``exchange backup`` and ``exchange restore``."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from exchange.store.backup import Copier, copy_name
from exchange.store.backup import restore as restore_copy
from exchange.store.errors import StoreError
from exchange.store.verify import verify
from exchange.wire.records import decode_facts

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of sentences.")]


def backup(
    file: Annotated[Path, typer.Argument(help="The SQLite file; a server may be running on it.")],
    dest: Annotated[Path, typer.Argument(help="The copy to make, or a folder to make it in.")],
    as_json: JsonOption = False,
    check: Annotated[
        bool, typer.Option(help="Replay the copy's whole journal; without, only its structure is checked.")
    ] = True,
) -> None:
    """Copy a file as of one moment, also while a server is busy on it, and check the copy.

    Exits with 0 when there is a copy that is sound, and with 1 and a sentence when there is not. A copy that does not
    add up is kept for examination, as DEST with `.unsound` behind it.
    """
    if dest.is_dir():
        dest = dest / copy_name(file, datetime.now(UTC))
    try:
        size = Copier(file).copy(dest)
    except StoreError as error:
        _fail(str(error), as_json)
    sequence = 0
    if check:
        report = verify(dest, decode_facts)
        if not report.ok:
            dest.rename(dest.with_name(f"{dest.name}.unsound"))
            _fail(f"The copy does not add up, and so {file} does not: {report.problems[0]}", as_json)
        sequence = report.sequences
    if as_json:
        typer.echo(json.dumps({"ok": True, "copy": str(dest), "bytes": size, "sequences": sequence, "checked": check}))
    else:
        checked = f"replayed and sound, {sequence:,} sequences" if check else "its structure is sound"
        typer.echo(f"{dest}: {size:,} bytes, {checked}.")


def restore(
    copy: Annotated[Path, typer.Argument(help="A copy made by `exchange backup`, by the schedule or by Litestream.")],
    file: Annotated[Path, typer.Argument(help="Where it is to be; no server may be running on it.")],
    as_json: JsonOption = False,
) -> None:
    """Check a copy and put it in the place of a file, as a history of its own.

    The file that was there is kept beside it. Clients that remember it do not resume: they start from a snapshot, and
    what they were told after the copy was made is gone. Exits with 1 and a sentence when nothing was changed.
    """
    try:
        kept = restore_copy(copy, file, decode_facts, os.urandom, datetime.now(UTC))
    except StoreError as error:
        _fail(str(error), as_json)
    if as_json:
        typer.echo(json.dumps({"ok": True, "file": str(file), "kept": None if kept is None else str(kept)}))
    else:
        former = "" if kept is None else f" What was there is kept as {kept}."
        typer.echo(f"{file} is now the exchange of {copy}.{former}")


def _fail(sentence: str, as_json: bool) -> NoReturn:
    """Ends the command."""
    typer.echo(json.dumps({"ok": False, "reason": sentence}) if as_json else sentence, err=not as_json)
    raise typer.Exit(1)
