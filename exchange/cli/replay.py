"""``exchange replay``."""

import json
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import trio
import typer
from rich.console import Console
from rich.progress import Progress

from exchange.replay.lobster import BadRecording, Recording, read_recording
from exchange.replay.report import Report
from exchange.replay.run import replay_recording
from exchange_client import ExchangeError

_SCHEMES = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}


class Format(StrEnum):
    """The formats of recordings that can be read."""

    LOBSTER = "lobster"


_READERS = {Format.LOBSTER: read_recording}


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
    address = socket_url(url)
    try:
        recording = _READERS[form](file, book)
        report = _run(recording, address, token, file.name.partition(".")[0], quiet=as_json)
    except (BadRecording, OSError, ExchangeError) as error:
        typer.echo(f"The replay ended: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(json.dumps(report.as_json()) if as_json else f"{report.market}: {report.sentence()}")
    raise typer.Exit(0 if report.faithful else 1)


def socket_url(url: str) -> str:
    """The address of the WebSocket of an exchange, whatever address of it one has."""
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise typer.BadParameter(f"an exchange is at an address like http://127.0.0.1:8080, not at {url!r}")
    path = parts.path if parts.path.strip("/") else "/ws"
    return parts._replace(scheme=_SCHEMES[parts.scheme], path=path, fragment="").geturl()


def _run(recording: Recording, url: str, token: str, name: str, *, quiet: bool) -> Report:
    with Progress(console=Console(stderr=True), disable=quiet, transient=True) as bar:
        task = bar.add_task("Replaying", total=len(recording.messages) - 1)

        def progress(done: int) -> None:
            bar.update(task, completed=done)

        run = partial(replay_recording, recording, url=url, token=token, name=name, progress=progress)
        return trio.run(run)
