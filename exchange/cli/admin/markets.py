"""``exchange admin market``."""

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, TypeVar

import typer

from exchange.cli.admin.amounts import parse_price, parse_size, parse_time, plain, show_number
from exchange.cli.admin.commands import command
from exchange.cli.admin.desk import Desk, Trouble, set_status
from exchange.cli.admin.market_view import list_markets, show_market, tell
from exchange.store.cells import HUNDREDTHS
from exchange_client import Market, MarketStatus

T = TypeVar("T")

market_app = typer.Typer(no_args_is_help=True, help="Create, change, open, halt, pause and settle markets.")

MarketArgument = Annotated[str, typer.Argument(metavar="MARKET", help="Its name, in any case, or its id.")]
_Description = Annotated[str | None, typer.Option(help="What settles it, in words.")]
_Group = Annotated[str | None, typer.Option(help="The group it is shown in, by name or id; none to leave it.")]
_Pinned = Annotated[bool | None, typer.Option("--pinned/--not-pinned", help="Whether it is shown first.")]
_Ranked = Annotated[bool | None, typer.Option("--ranked/--unranked", help="Whether it counts for the leaderboard.")]
_Limit = Annotated[str | None, typer.Option(help="The largest position either way; 0 for none.")]
_Opens = Annotated[str | None, typer.Option(help="When it opens by itself, such as 2027-03-01T09:00+01:00, or never.")]
_Closes = Annotated[str | None, typer.Option(help="When it halts by itself, or never.")]
_Restricted = Annotated[bool | None, typer.Option("--restricted/--unrestricted", help="Whether only viewers see it.")]
_Anonymous = Annotated[bool | None, typer.Option("--anonymous/--named", help="Whether others' accounts are hidden.")]
_Fee = Annotated[str | None, typer.Option(help="What redeeming a fund costs, a contract.")]
_Viewers = Annotated[list[str] | None, typer.Option("--viewer", help="An account that may see it; may be repeated.")]


@command(market_app)
async def create(
    desk: Desk,
    name: Annotated[str, typer.Argument(help="A name that no other market has.")],
    low: Annotated[str | None, typer.Option(help="The lowest price it can settle at.")] = None,
    high: Annotated[str | None, typer.Option(help="The highest price it can settle at.")] = None,
    description: _Description = None,
    group: _Group = None,
    pinned: _Pinned = None,
    ranked: _Ranked = None,
    position_limit: _Limit = None,
    opens_at: _Opens = None,
    closes_at: _Closes = None,
    restricted: _Restricted = None,
    anonymous: _Anonymous = None,
    viewer: _Viewers = None,
    part: Annotated[
        list[str] | None,
        typer.Option(metavar="MARKET=N", help="Makes it a fund: one of it holds N of that market; may be repeated."),
    ] = None,
    redeem_fee: _Fee = None,
) -> None:
    """Create a market that settles between two prices, or a fund of other markets.

    It is open at once unless it opens later. A fund has no bounds of its own: they follow from its parts, and so does
    its settlement.

    `exchange admin market create "Rain on Friday" --low 0 --high 100`
    """
    options = _options(desk, group, pinned, ranked, position_limit, opens_at, closes_at, restricted, anonymous)
    if redeem_fee is not None:
        options["redeem_fee"] = _checked("--redeem-fee", parse_size, redeem_fee)
    if part:
        if low is not None or high is not None:
            raise Trouble("A fund's bounds follow from its parts: leave out --low and --high.")
        options["constituents"] = dict(_part(desk, text) for text in part)
    elif low is None or high is None:
        raise Trouble("Say between which prices it settles, with --low and --high, or make it a fund with --part.")
    else:
        options["low"], options["high"] = _checked("--low", parse_price, low), _checked("--high", parse_price, high)
    if viewer:
        options["viewers"] = desk.accounts(viewer)
    made = await desk.exchange.create_market(name, description=description or "", **options)
    tell(desk, made, "created")


@command(market_app)
async def edit(
    desk: Desk,
    market: MarketArgument,
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    description: _Description = None,
    group: _Group = None,
    pinned: _Pinned = None,
    ranked: _Ranked = None,
    position_limit: _Limit = None,
    opens_at: _Opens = None,
    closes_at: _Closes = None,
    restricted: _Restricted = None,
    anonymous: _Anonymous = None,
    add_viewer: _Viewers = None,
    remove_viewer: Annotated[
        list[str] | None, typer.Option("--remove-viewer", help="An account that may see it no more; may be repeated.")
    ] = None,
    redeem_fee: _Fee = None,
) -> None:
    """Change the properties that are named, and nothing else.

    Bounds and the parts of a fund stay what they are for ever: orders and positions rely on them.
    """
    found = desk.market(market)
    options = _options(desk, group, pinned, ranked, position_limit, opens_at, closes_at, restricted, anonymous)
    if redeem_fee is not None:
        options["redeem_fee"] = _checked("--redeem-fee", parse_size, redeem_fee)
    options |= {key: text for key, text in (("name", name), ("description", description)) if text is not None}
    if add_viewer:
        options["add_viewers"] = desk.accounts(add_viewer)
    if remove_viewer:
        options["remove_viewers"] = desk.accounts(remove_viewer)
    if not options:
        raise Trouble("Name at least one property to change; --help lists them.")
    await found.edit(**options)
    tell(desk, found, "changed")


@command(market_app, "open")
async def open_market(desk: Desk, market: MarketArgument) -> None:
    """Open a market for trading."""
    await _set_status(desk, market, MarketStatus.OPEN, "open")


@command(market_app)
async def halt(desk: Desk, market: MarketArgument) -> None:
    """Halt a market: orders can be cancelled, and nothing else."""
    await _set_status(desk, market, MarketStatus.HALTED, "halted")


@command(market_app)
async def pause(desk: Desk, market: MarketArgument) -> None:
    """Pause a market: nothing is accepted from its users, cancels included."""
    await _set_status(desk, market, MarketStatus.PAUSED, "paused")


@command(market_app, "list")
async def list_all(desk: Desk) -> None:
    """List all markets with their best prices."""
    list_markets(desk)


@command(market_app)
async def show(desk: Desk, market: MarketArgument) -> None:
    """Show all about a market: its options, the top of its book, and who holds what."""
    await show_market(desk, desk.market(market))


@command(market_app)
async def settle(
    desk: Desk,
    market: MarketArgument,
    price: Annotated[str, typer.Argument(help="Within the market's bounds.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """End a market at a price: every position becomes cash, and funds that are complete settle by themselves.

    It can be taken back with `unsettle`, as long as the money is still there or the house covers it.
    """
    found, value = desk.market(market), _checked("PRICE", parse_price, price)
    if not await desk.confirm(f"Settle {found.name!r} at {show_number(value)}?", yes=yes):
        raise Trouble("Nothing was settled.")
    await found.settle(value)
    followed = [fund for fund in _funds_of(desk, found) if fund.status is MarketStatus.SETTLED]
    tell(desk, found, f"settled at {show_number(value)}", settlement_price=plain(value, HUNDREDTHS))
    desk.output.result(followed=[fund.name for fund in followed])
    for fund in followed:
        desk.output.say(f"{fund.name} followed at {show_number(fund.settlement_price or Decimal(0))}.")


@command(market_app)
async def unsettle(
    desk: Desk,
    market: MarketArgument,
    cover: Annotated[bool, typer.Option("--cover", help="Let the house pay what accounts have spent.")] = False,
) -> None:
    """Take a settlement back, and those of the funds that followed. The market is halted afterwards.

    Orders that the settlement ended do not come back. Refused where an account has spent the money, unless --cover.
    """
    found = desk.market(market)
    await found.unsettle(cover=cover)
    tell(desk, found, "unsettled, and halted")


def _options(
    desk: Desk,
    group: str | None,
    pinned: bool | None,
    ranked: bool | None,
    position_limit: str | None,
    opens_at: str | None,
    closes_at: str | None,
    restricted: bool | None,
    anonymous: bool | None,
) -> dict[str, Any]:
    """The options that were given, as the client takes them."""
    flags = {"pinned": pinned, "ranked": ranked, "restricted": restricted, "anonymous": anonymous}
    options: dict[str, Any] = {key: flag for key, flag in flags.items() if flag is not None}
    if group is not None:
        options["group"] = 0 if group.lower() == "none" else desk.group(group).group_id
    if position_limit is not None:
        options["position_limit"] = _checked("--position-limit", parse_size, position_limit)
    for key, text in (("opens_at", opens_at), ("closes_at", closes_at)):
        if text is not None:
            options[key] = _checked(f"--{key.replace('_', '-')}", parse_time, text)
    return options


def _checked(where: str, parse: Callable[[str], T], text: str) -> T:
    try:
        return parse(text)
    except ValueError as error:
        raise Trouble(f"{where}: {error}.") from None


def _part(desk: Desk, text: str) -> tuple[int, int]:
    name, _, multiplier = text.rpartition("=")
    if not name or not multiplier.removeprefix("-").isdecimal():
        raise Trouble(f"--part is MARKET=N with a whole number N, such as 'Rain on Friday=2', not {text!r}.")
    return desk.market(name).market_id, int(multiplier)


async def _set_status(desk: Desk, market: str, status: MarketStatus, word: str) -> None:
    found = desk.market(market)
    if found.status is not status:  # said twice is no mistake
        await set_status(found, status)
    tell(desk, found, word)


def _funds_of(desk: Desk, market: Market) -> list[Market]:
    """Every fund that has the market in it, directly or through other funds."""
    inside = {market.market_id}
    for fund in desk.exchange.markets:  # a fund is younger than its parts
        if any(market_id in inside for market_id, _ in fund.constituents):
            inside.add(fund.market_id)
    return [desk.exchange.markets[market_id] for market_id in inside - {market.market_id}]
