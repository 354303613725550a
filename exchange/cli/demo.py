"""``exchange demo``."""

from pathlib import Path
from typing import Annotated

import typer


def demo(
    seconds: Annotated[float | None, typer.Option(help="Trade for so long; else until Ctrl-C.", min=1)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Show nothing, and end with one JSON object.")] = False,
    seed: Annotated[int, typer.Option(help="Other bots' whims and other true values.")] = 1,
    port: Annotated[int | None, typer.Option(help="The port; 8080, or a free one where that is taken.")] = None,
    db: Annotated[Path | None, typer.Option(help="Keep everything in this file; else it is thrown away.")] = None,
) -> None:
    """Run an exchange with four markets and eight bots that trade on them, to look at and to join.

    The exchange is the real one, in a process of its own; the bots are ordinary clients of it. Open the address that is
    printed first, or let a bot of your own join with the token `dev:YOURNAME`, which has money from the start.

    Ctrl-C ends it: the bots take their orders away, the exchange drains, and the file is checked by a process of its
    own and against what every client was told. Exits with 1 when that does not agree, or when a run of `--seconds`
    was no lively market.
    """
    from exchange.demo.program import run_program

    raise typer.Exit(run_program(seconds=seconds, as_json=as_json, seed=seed, port=port, db=db))
