"""``exchange admin group``."""

from typing import Annotated

import typer

from exchange.cli.admin.commands import command
from exchange.cli.admin.desk import Desk, Trouble
from exchange_client import Group

group_app = typer.Typer(no_args_is_help=True, help="Create and change the groups that markets are shown in.")


@command(group_app)
async def create(
    desk: Desk,
    name: Annotated[str, typer.Argument(help="A name that no other group has.")],
    description: Annotated[str, typer.Option(help="What it is about.")] = "",
) -> None:
    """Create a group."""
    made = await desk.exchange.create_group(name, description=description)
    _tell(desk, made, "created")


@command(group_app)
async def edit(
    desk: Desk,
    group: Annotated[str, typer.Argument(help="Its name or id.")],
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    description: Annotated[str | None, typer.Option(help="What it is about.")] = None,
) -> None:
    """Change what is named."""
    found = desk.group(group)
    if name is None and description is None:
        raise Trouble("Name at least one property to change: --name or --description.")
    await desk.exchange.edit_group(found, name=name, description=description)
    _tell(desk, desk.exchange.groups[found.group_id], "changed")


@command(group_app, "list")
async def list_groups(desk: Desk) -> None:
    """List all groups and how many markets are in each."""
    groups = list(desk.exchange.groups)
    sizes = {g.group_id: sum(m.group_id == g.group_id for m in desk.exchange.markets) for g in groups}
    rows = [(str(g.group_id), g.name, str(sizes[g.group_id]), g.description) for g in groups]
    desk.output.table((">id", "group", ">markets", "description"), rows, empty="There are no groups yet.")
    desk.output.result(groups=[_describe(g) | {"markets": sizes[g.group_id]} for g in groups])


def _describe(group: Group) -> dict[str, object]:
    return {"id": group.group_id, "name": group.name, "description": group.description}


def _tell(desk: Desk, group: Group, word: str) -> None:
    desk.output.say(f"{group.name} (group {group.group_id}) is {word}.")
    desk.output.result(group=_describe(group))
