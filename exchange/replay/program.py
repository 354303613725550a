"""The replay as a program: what it reads, where it connects to, what it prints and how it ends."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import trio
import typer
from rich.console import Console
from rich.progress import Progress

from exchange.replay.lobster import BadRecording, Recording, read_recording
from exchange.replay.report import Report
from exchange.replay.run import replay_recording
from exchange_client import ExchangeError
from exchange_client.dialing import parse_url

READERS: dict[str, Callable[[Path, Path], Recording]] = {"lobster": read_recording}


def run_program(file: Path, book: Path, form: str, url: str, token: str, *, as_json: bool) -> int:
    """Replays; returns the exit code."""
    try:
        parse_url(url)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    try:
        recording = READERS[form](file, book)
        report = _run(recording, url, token, file.name.partition(".")[0], quiet=as_json)
    except (BadRecording, OSError, ExchangeError) as error:
        typer.echo(f"The replay failed: {error}", err=True)
        return 1
    typer.echo(json.dumps(report.as_json()) if as_json else f"{report.market}: {report.sentence()}")
    return 0 if report.faithful else 1


def _run(recording: Recording, url: str, token: str, name: str, *, quiet: bool) -> Report:
    with Progress(console=Console(stderr=True), disable=quiet, transient=True) as bar:
        task = bar.add_task("Replaying", total=len(recording.messages) - 1)

        def progress(done: int) -> None:
            bar.update(task, completed=done)

        run = partial(replay_recording, recording, url=url, token=token, name=name, progress=progress)
        return trio.run(run)
