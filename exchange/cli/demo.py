"""``exchange demo``."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import trio
import typer
from rich.console import Console

from exchange.demo.result import Result
from exchange.demo.run import Hurried, run_demo
from exchange.demo.server import DEFAULT_PORT, Server, ServerFailed, is_free
from exchange.store.errors import StoreError
from exchange_client import ExchangeError

_FAILURES = (ServerFailed, Hurried, StoreError, ExchangeError, OSError)


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
    console = Console(stderr=as_json, highlight=False)
    chosen = _choose_port(port, console)
    with _place(db) as file:
        result = _run(file, chosen, seconds, seed, console, quiet=as_json)
        typer.echo(json.dumps(result.as_json()) if as_json else f"\n{result.sentences()}")
        if not result.verified:
            if as_json:
                typer.echo("The demo is not as it should be: " + "; ".join(result.problems), err=True)
            raise typer.Exit(1)


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
        first = _first(failure)
        if not isinstance(first, _FAILURES):
            raise
        typer.echo(f"The demo ended: {first}", err=True)
        raise typer.Exit(1) from None


def _first(failure: BaseException) -> BaseException:
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
