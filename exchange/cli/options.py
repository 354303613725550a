"""Options that several commands share."""

import os
from dataclasses import fields
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from exchange.settings import SettingError, Settings, load_settings

SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Change a setting; may be repeated.")
]


def read_settings(assignments: list[str] | None) -> Settings:
    """Settings from the environment and ``--set``; a mistake ends the command with a sentence."""
    flags = {}
    for assignment in assignments or ():
        name, separator, value = assignment.partition("=")
        if not separator:
            raise typer.BadParameter(f"--set takes NAME=VALUE, not {assignment!r}")
        flags[name] = value
    try:
        return load_settings(os.environ, flags)
    except SettingError as error:
        raise typer.BadParameter(str(error)) from None


def print_settings(settings: Settings) -> None:
    """Prints every setting as it would hold now."""
    table = Table("setting", "value", "unit", "why", box=None, pad_edge=False)
    for item in fields(Settings):
        table.add_row(item.name, str(getattr(settings, item.name)), item.metadata["unit"], item.metadata["reason"])
    Console().print(table)
