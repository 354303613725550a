"""``exchange record``."""

from pathlib import Path
from typing import Annotated

import typer


def record(
    url: Annotated[str, typer.Argument(help="The exchange: http://…, https://…, ws://… or wss://….")],
    file: Annotated[Path, typer.Argument(help="Where to; compressed where the name ends in `.gz`.")],
    token: Annotated[str, typer.Option(help="Who watches, such as dev:NAME.", envvar="EXCHANGE_TOKEN")],
    seconds: Annotated[float | None, typer.Option(help="Record for so long; else until Ctrl-C.", min=0.1)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="End with one JSON object instead of a sentence.")] = False,
) -> None:
    """Record what everybody does on a running exchange, for bots to be tried on.

    Begins with the books as they are, and goes on over reconnects and restarts. `exchange.testing.backtest` lets a bot
    trade through the file, and so does the fixture `exchange` of pytest with `exchange.replaying`.

    Ctrl-C ends it. Exits with 1 where something was missed, as by an outage too long for the exchange to tell of it.
    """
    from exchange.testing.recorder import run_program

    raise typer.Exit(run_program(url, file, token, seconds, as_json=as_json))
