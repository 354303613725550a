"""The program's front door: what every command shares, and the list of commands.

A command is one file beside this one, holding one function whose docstring is its help. It is registered in
``COMMANDS``, in the order a newcomer meets them. What a command needs and others do not, it imports when it runs.
"""

from collections.abc import Callable
from typing import Annotated

import typer

from exchange import __version__
from exchange.cli.admin import admin_app
from exchange.cli.backup import backup, restore
from exchange.cli.demo import demo
from exchange.cli.export import export
from exchange.cli.logs import LogFormat, configure_logs
from exchange.cli.record import record
from exchange.cli.replay import replay
from exchange.cli.serve import serve
from exchange.cli.top import top
from exchange.cli.verify import verify

COMMANDS: tuple[Callable[..., None], ...] = (
    demo, serve, record, replay, verify, backup, restore, export, top,
)  # fmt: skip

app = typer.Typer(name="exchange", no_args_is_help=True, rich_markup_mode="markdown", pretty_exceptions_enable=False)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"exchange {__version__}")
        raise typer.Exit


@app.callback()
def exchange(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    log: Annotated[
        LogFormat,
        typer.Option(
            envvar="EXCHANGE_LOG",
            help="Log lines as JSON or as text; auto is text on a terminal.",
        ),
    ] = LogFormat.AUTO,
    verbose: Annotated[bool, typer.Option("--verbose", help="Log also how each connection ended.")] = False,
) -> None:
    """A real-time exchange for simulated money.

    One process and one SQLite file serve markets to people in a browser and to bots in Python, over one WebSocket each.
    Whatever the server has acknowledged is on disk; a restart is a pause, and clients resume by themselves.

    `exchange COMMAND --help` explains a command. Logs go to standard error, results to standard output.
    Every limit and deadline has a default; the environment variable `EXCHANGE_NAME` changes the one called NAME.
    """
    configure_logs(log, verbose=verbose)


for command in COMMANDS:
    app.command()(command)
app.add_typer(admin_app, name="admin")
