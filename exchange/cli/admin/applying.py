"""``exchange admin apply``."""

from pathlib import Path
from typing import Annotated

import typer

from exchange.cli.admin.class_file import read_class
from exchange.cli.admin.desk import Desk, Trouble
from exchange.cli.admin.planning import make_plan
from exchange_client import Refused

_NAMES_SHOWN = 10


async def apply(
    desk: Desk,
    file: Annotated[Path, typer.Argument(help="The class, as a TOML file; docs/organising.md explains it.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be changed.")] = False,
) -> None:
    """Make the exchange what a class file says: people's cash, shared accounts, groups, markets, announcements.

    Only what differs is changed, so applying a file twice changes nothing, and applying an edited one changes just what
    was edited. What the file does not mention stays as it is. Cash is what somebody gets under the file's note in all:
    a larger amount grants the rest, a smaller one claws it back.

    People's accounts come with their first sign-in. Who is not here yet is named; apply the file again later.
    """
    wanted = read_class(file)
    own = desk.exchange.account_id
    plan = await make_plan(desk, wanted)
    if desk.exchange.account_id != own:
        await desk.exchange.act_as(own)
    for step in plan.steps:
        if not dry_run:
            try:
                await desk.patiently(step.make)
            except (Refused, Trouble) as failure:
                reason = failure.message if isinstance(failure, Refused) else str(failure)
                raise Trouble(
                    f"Stopped at: {step.words}. {reason} What was done before stays; mend the file and apply it again."
                ) from failure
        desk.output.say(f"  {step.words}")
    desk.output.say(_summary(len(plan.steps), dry_run=dry_run))
    if plan.waiting:
        shown = ", ".join(plan.waiting[:_NAMES_SHOWN]) + (", …" if len(plan.waiting) > _NAMES_SHOWN else "")
        desk.output.say(f"Not here yet, {len(plan.waiting)}: {shown}. Apply the file again when they have signed in.")
    desk.output.result(changes=[step.words for step in plan.steps], waiting=plan.waiting, dry_run=dry_run)


def _summary(count: int, *, dry_run: bool) -> str:
    if not count:
        return "Nothing to change."
    changes = f"{count} change{'s' if count > 1 else ''}"
    return f"{changes} would be made." if dry_run else f"{changes} made."
