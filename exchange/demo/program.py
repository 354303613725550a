"""The demo as a program: where its file is, which port it has, what it prints and how it ends."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import trio
import typer
from rich.console import Console

from exchange.demo.result import Result
from exchange.demo.run import Hurried, run_demo
from exchange.demo.server import DEFAULT_PORT, Server, ServerFailed, is_free
from exchange.store.errors import StoreError
from exchange_client import ExchangeError

_FAILURES = (ServerFailed, Hurried, StoreError, ExchangeError, OSError)


class _Failed(Exception):
    """The demo came to no end that could be checked; the message says why."""


def run_program(*, seconds: float | None, as_json: bool, seed: int, port: int | None, db: Path | None) -> int:
    """Runs the demo; returns the exit code. With ``as_json`` the last line of standard output is the result."""
    console = Console(stderr=as_json, highlight=False)
    chosen = _choose_port(port, console)
    try:
        with _place(db) as file:
            result = _run(file, chosen, seconds, seed, console, quiet=as_json)
            if as_json:
                print(json.dumps(result.as_json()), flush=True)
            else:
                console.print(f"\n{result.sentences()}", markup=False, soft_wrap=not console.is_terminal)
            if result.problems:
                raise _Failed("it is not as it should be: " + "; ".join(result.problems))
    except _Failed as failure:
        console.print(f"The demo failed: {failure}", style="red", markup=False, soft_wrap=True)
        return 1
    return 0


@contextmanager
def _place(db: Path | None) -> Iterator[Path]:
    """The file to use: the one asked for, or one in a folder that is thrown away unless something went wrong."""
    if db is not None:
        yield db
        return
    folder = Path(tempfile.mkdtemp(prefix="exchange-demo-"))
    try:
        yield folder / "exchange.db"
    except BaseException:
        typer.echo(f"The file and the exchange's log are kept in {folder}.", err=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)


def _run(file: Path, port: int, seconds: float | None, seed: int, console: Console, *, quiet: bool) -> Result:
    shown = None if quiet else console
    announce = partial(_announce, console)
    run = partial(run_demo, file, port, seconds=seconds, seed=seed, console=shown, announce=announce)
    try:
        return trio.run(run)
    except (*_FAILURES, BaseExceptionGroup) as failure:
        first = first_of(failure)
        if not isinstance(first, _FAILURES):
            raise
        raise _Failed(str(first)) from failure


def first_of(failure: BaseException) -> BaseException:
    """What a group of exceptions began with."""
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return failure


def _choose_port(wanted: int | None, console: Console) -> int:
    """The port asked for, or the usual one, or 0 for a free one where that is taken."""
    port = DEFAULT_PORT if wanted is None else wanted
    if not port or is_free(port):
        return port
    if wanted is not None:
        raise typer.BadParameter(f"port {wanted} is taken; leave --port out for a free one", param_hint="--port")
    console.print(f"Port {DEFAULT_PORT} is taken, so this demo has another one.", style="yellow")
    return 0


def _announce(console: Console, server: Server) -> None:
    console.print(f"The exchange is at [bold link={server.page_url}]{server.page_url}[/]. Ctrl-C ends the demo.")
    console.print(f"Bots can join at {server.socket_url} with the token dev:YOURNAME.\n", style="dim")
