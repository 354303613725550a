"""What concerns all of a class: ``leaderboard``, ``announce``, ``audit`` and ``halt-all``."""

import csv
import sys
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

import typer

from exchange.cli.admin.amounts import plain, show_cash, show_time
from exchange.cli.admin.desk import Desk
from exchange.cli.admin.fact_words import in_words
from exchange.store.cells import TEN_THOUSANDTHS, iso_time, safe_text
from exchange_client import AccountKind, MarketStatus

_AUDIT_PAGE = 200  # rows; a page may have fewer


async def leaderboard(
    desk: Desk,
    top: Annotated[int, typer.Option(help="How many are shown; 0 for all.", min=0)] = 0,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead of a table.")] = False,
) -> None:
    """Show who is winning: equity less all money received, over the markets that are ranked."""
    standings = (await desk.exchange.get_leaderboard())[: top or None]
    rows, rank = [], 0
    for place, standing in enumerate(standings, 1):
        if place == 1 or standing.profit != standings[place - 2].profit:
            rank = place  # equals share a rank
        rows.append((rank, desk.account_name(standing.account_id), standing.profit, standing.equity))
    if as_csv and not desk.output.as_json:
        writer = csv.writer(sys.stdout)
        writer.writerow(("rank", "account", "profit", "equity"))
        for rank, name, profit, equity in rows:
            writer.writerow((rank, safe_text(name), plain(profit, TEN_THOUSANDTHS), plain(equity, TEN_THOUSANDTHS)))
        return
    cells = [(str(rank), name, show_cash(profit), show_cash(equity)) for rank, name, profit, equity in rows]
    desk.output.table((">rank", "account", ">profit", ">equity"), cells, empty="Nobody is here yet.")
    desk.output.result(
        leaderboard=[
            {
                "rank": rank,
                "account": name,
                "profit": plain(profit, TEN_THOUSANDTHS),
                "equity": plain(equity, TEN_THOUSANDTHS),
            }
            for rank, name, profit, equity in rows
        ]
    )


async def announce(desk: Desk, text: Annotated[str, typer.Argument(help="At most 500 characters.")]) -> None:
    """Tell everybody something; whoever comes later sees the latest announcements too."""
    await desk.exchange.announce(text)
    desk.output.say("Everybody has been told.")
    desk.output.result(text=text)


async def halt_all(desk: Desk) -> None:
    """Halt every open market at once. `exchange admin market open` opens them again, one by one."""
    names = [market.name for market in desk.exchange.markets if market.status is MarketStatus.OPEN]
    await desk.exchange.halt_all()
    desk.output.say(f"Halted: {', '.join(names)}." if names else "No market was open.")
    desk.output.result(halted=names)


async def audit(
    desk: Desk,
    limit: Annotated[int, typer.Option(help="How many actions; 0 for all of them.", min=0)] = 50,
    user: Annotated[str | None, typer.Option(help="Only what this user did, named by their own account.")] = None,
) -> None:
    """Show what admins did and all it caused, the newest first."""
    await desk.learn_owners(account for account in list(desk.exchange.accounts) if account.kind is AccountKind.USER)
    wanted = desk.account(user).owner_user_ids if user is not None else None
    rows: list[tuple[str, ...]] = []
    said: list[dict[str, Any]] = []
    before, more = 0, True
    while more and (not limit or len(said) < limit):
        page = await desk.patiently(partial(desk.exchange.get_audit, before=before, limit=_AUDIT_PAGE))
        before, more = page.next, page.more
        for action in page.rows:
            if (wanted is not None and action.user_id not in wanted) or (limit and len(said) == limit):
                continue
            who = desk.user_name(action.user_id)
            what = "\n".join(in_words(desk, fact) for fact in action.facts) or "asked for what was so already"
            rows.append((str(action.sequence), show_time(action.time), who, what))
            said.append({
                "sequence": action.sequence, "time": iso_time(action.time), "user": who,
                "account": desk.account_name(action.account_id),
                "facts": [{"kind": fact.kind, **_jsonable(fact.fields)} for fact in action.facts],
            })  # fmt: skip
    desk.output.table((">sequence", "time", "who", "what"), rows, empty="No admin has done anything yet.")
    desk.output.result(audit=said)


def _jsonable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _jsonable(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_jsonable(item) for item in value]
    return value.hex() if isinstance(value, bytes) else value
