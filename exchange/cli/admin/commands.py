"""From a function to a command: every one of them connects, elevated, in the same way and fails in the same way.

A command is an async function whose first parameter is the :class:`Desk`; :func:`command` registers it and adds
the options that say where the exchange is and how to answer. The function itself stays what it was, to be called by
tests and by other commands.
"""

import inspect
import os
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeVar, get_type_hints

import trio
import typer
from rich.console import Console

from exchange.cli.admin.desk import Desk, Trouble
from exchange.cli.admin.output import Output
from exchange.net.local import NoLocalSocket, local_path
from exchange_client import CannotConnect, ConnectionState, ExchangeError, Refused, connect
from exchange_client.connection import OpenStream
from exchange_client.dialing import parse_url

CONNECT_SECONDS = 10.0  # an exchange that restarts is back by then
LOOK_SECONDS = 1.0  # how often the connection is looked at
AWAY_SECONDS = 30.0  # a redeploy takes less; nobody likes to look at a command that hangs
LOCAL_URL = "ws://localhost/ws"  # what the Host header says on the local socket
DEFAULT_DATABASE = Path("exchange.db")

_PANEL = "Where the exchange is"
_Url = Annotated[
    str | None,
    typer.Option(envvar="EXCHANGE_URL", help="Its address; needs a token.", rich_help_panel=_PANEL, show_default=False),
]
_Token = Annotated[
    str | None,
    typer.Option(
        envvar="EXCHANGE_TOKEN", help="An admin's token, for --url.", rich_help_panel=_PANEL, show_default=False
    ),
]
_Database = Annotated[
    Path | None,
    typer.Option(
        help="Its file on this machine: the local socket beside it needs no token. This is the default, with"
        " exchange.db, and goes before an address.",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]
_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of words.")]

Action = Callable[..., Awaitable[None]]
A = TypeVar("A", bound=Action)


class Place(NamedTuple):
    """Where the exchange is and how to get in: over the network, or by the local socket beside a database."""

    url: str
    token: str
    database: Path | None


def command(app: typer.Typer, name: str | None = None) -> Callable[[A], A]:
    """Registers an async function ``action(desk, …)`` as a command."""

    def register(action: A) -> A:
        app.command(name)(_with_options(action))
        return action

    return register


def _with_options(action: Action) -> Callable[..., None]:
    def run(
        *, url: str | None = None, token: str | None = None, db: Path | None = None, as_json: bool = False, **rest: Any
    ) -> None:
        raise typer.Exit(run_action(partial(action, **rest), find_place(url, token, db), as_json=as_json))

    hints = get_type_hints(action, include_extras=True)
    own = list(inspect.signature(action).parameters.values())[1:]
    shared: dict[str, Any] = {"url": _Url, "token": _Token, "db": _Database, "as_json": _AsJson}
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [parameter.replace(annotation=hints[parameter.name], kind=keyword) for parameter in own]
    for name, kind in shared.items():
        default = False if name == "as_json" else None
        parameters.append(inspect.Parameter(name, keyword, default=default, annotation=kind))
    run.__name__, run.__doc__ = action.__name__, action.__doc__
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def find_place(url: str | None, token: str | None, db: Path | None) -> Place:
    """From options to a way in; a mistake ends the command with a sentence."""
    if db is None and url is not None:
        if not token:
            raise typer.BadParameter("an admin's token is needed to come in over the network", param_hint="--token")
        try:
            parse_url(url)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--url") from None
        return Place(url, token, None)
    database = db or DEFAULT_DATABASE
    return Place(LOCAL_URL, "", database)


def run_action(action: Callable[[Desk], Awaitable[None]], place: Place, *, as_json: bool) -> int:
    """Connects, acts and prints; returns the exit code. Whatever an organiser can mend is one sentence."""
    output = Output(Console(highlight=False), as_json=as_json)
    try:
        dial = None if place.database is None else partial(trio.open_unix_socket, find_socket(place.database))
        trio.run(_act, action, place, dial, output)
    except (Trouble, ExchangeError, NoLocalSocket, OSError, BaseExceptionGroup) as failure:
        typer.echo(sentence(failure), err=True)
        return 1
    output.finish()
    return 0


def find_socket(database: Path) -> Path:
    """The local socket of a running exchange. Raises :class:`NoLocalSocket` where trying again would not help."""
    path = local_path(database)
    if not path.exists():
        raise NoLocalSocket(
            f"No exchange runs here on {database}: there is no {path.name} beside it. Start it with `exchange serve"
            f" --db {database}`, name its file with --db, or reach it over the network with --url and --token."
        )
    if not os.access(path, os.W_OK):
        raise NoLocalSocket(f"You may not open {path}: only the user that the exchange runs as, and root, can.")
    return path


async def _act(
    action: Callable[[Desk], Awaitable[None]], place: Place, dial: OpenStream | None, output: Output
) -> None:
    async with connect(
        place.url,
        token=place.token,
        elevated=True,
        cancel_on_exit=False,
        connect_timeout=CONNECT_SECONDS,
        open_stream=dial,
    ) as exchange:
        await act_while_connected(action, Desk(exchange, output))


async def act_while_connected(action: Callable[[Desk], Awaitable[None]], desk: Desk) -> None:
    """Acts; gives up with :class:`Trouble` when the exchange is away for long. The client alone would wait for ever."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_watch_connection, desk)
        await action(desk)
        nursery.cancel_scope.cancel()


async def _watch_connection(desk: Desk) -> None:
    live_at = trio.current_time()
    while True:
        await trio.sleep(LOOK_SECONDS)
        if desk.exchange.connection is ConnectionState.LIVE:
            live_at = trio.current_time()
        elif trio.current_time() - live_at >= AWAY_SECONDS:
            raise Trouble(
                f"The exchange went away and was not back within {AWAY_SECONDS:.0f} s. What was asked last may or"
                " may not have been done: look before you repeat it."
            )


def sentence(failure: BaseException) -> str:
    """What went wrong, for whoever typed the command. What is no mistake of theirs is raised again."""
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    if isinstance(failure, Refused):
        return f"Refused: {failure.message} ({failure.code.value})"
    if isinstance(failure, CannotConnect):
        return f"The exchange cannot be reached: {failure.reason}."
    if isinstance(failure, Trouble | ExchangeError | NoLocalSocket | OSError):
        return str(failure)
    raise failure
