"""Options that several commands share."""

import os
from typing import Annotated

import typer

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
