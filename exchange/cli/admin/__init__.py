"""``exchange admin``: what organisers do, from a shell or a script."""

import typer

from exchange.cli.admin.accounts import account_app
from exchange.cli.admin.applying import apply
from exchange.cli.admin.commands import command
from exchange.cli.admin.everybody import announce, audit, halt_all, leaderboard
from exchange.cli.admin.groups import group_app
from exchange.cli.admin.inviting import invite
from exchange.cli.admin.markets import market_app
from exchange.cli.admin.money import clawback, grant

__all__ = ["admin_app"]

admin_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="""Organise a class: markets, accounts, money, announcements.

    On the machine of the server nothing more is needed than to be the user it runs as: `exchange admin market list`
    goes through the socket beside `exchange.db`, or beside the file that `--db` names. From elsewhere, say `--url` and
    an admin's `--token`, or set `EXCHANGE_URL` and `EXCHANGE_TOKEN`.

    Markets, groups and accounts are named by name, in any case, or by id. A refusal is one sentence on standard error
    and exit code 1; with `--json` a result is one object on standard output, numbers in it exact decimals.""",
)

command(admin_app)(apply)
admin_app.add_typer(market_app, name="market")
admin_app.add_typer(group_app, name="group")
admin_app.add_typer(account_app, name="account")
command(admin_app)(invite)
command(admin_app)(grant)
command(admin_app)(clawback)
command(admin_app)(leaderboard)
command(admin_app)(announce)
command(admin_app)(audit)
command(admin_app, "halt-all")(halt_all)
