"""``exchange replay``."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """The formats of recordings that can be read."""

    LOBSTER = "lobster"


def replay(
    file: Annotated[Path, typer.Argument(help="The messages; `.gz` is unpacked on the way.", exists=True)],
    book: Annotated[Path, typer.Option(help="The book after each message.", exists=True)],
    url: Annotated[str, typer.Option(help="The exchange: http://…, https://…, ws://… or wss://….")],
    token: Annotated[str, typer.Option(help="An admin's token, such as dev:NAME:admin.")],
    form: Annotated[Format, typer.Option("--format", help="How the files are written.")] = Format.LOBSTER,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of sentences.")] = False,
) -> None:
    """Send a recorded order flow to a running exchange and compare its book with the recorded one.

    Makes a market of its own and two accounts of the admin, a maker and a taker. Seeds the book from the first row,
    then does what each message tells through real connections, one at a time, and compares price and size of the best
    bid and offer after each. An execution is replayed as an order that does not rest; hidden executions and halts
    change nothing.

    One share is one contract. Prices stay what they are in dollars, or a hundred times that where some are no whole
    cents; nothing is rounded.

    Exits with 0 when the exchange did everything as recorded, and with 1 and what was different when not.
    """
    from exchange.replay.program import run_program

    raise typer.Exit(run_program(file, book, form.value, url, token, as_json=as_json))
