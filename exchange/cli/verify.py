"""``exchange verify``."""

import json
from pathlib import Path
from typing import Annotated

import typer

from exchange.store.verify import verify as verify_file
from exchange.wire.records import decode_facts


def verify(
    file: Annotated[Path, typer.Argument(help="The SQLite file of a stopped server, or a backup.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of sentences.")] = False,
) -> None:
    """Replay a file's whole journal and check that everything else in it agrees.

    Exits with 0 when it does, and with 1 and what is wrong when it does not. Changes nothing.
    """
    report = verify_file(file, decode_facts)
    if as_json:
        typer.echo(json.dumps(report._asdict()))
    elif report.ok:
        counts = {name: count for name, count in report._asdict().items() if name not in ("ok", "problems")}
        typer.echo(f"{file} is sound: " + ", ".join(f"{count:,} {name}" for name, count in counts.items()) + ".")
    else:
        typer.echo("\n".join(report.problems))
    raise typer.Exit(0 if report.ok else 1)
