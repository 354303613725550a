"""``class.toml``: what a class needs, as its organiser wrote it down.

::

    [class]
    cash = 1000                      # for each person who has no cash of their own below
    people = "people.csv"            # columns name and perhaps cash

    [[groups]]
    name = "Weather"

    [[markets]]
    name = "Rain on Friday"
    group = "Weather"
    low = 0
    high = 100
    closes_at = 2027-03-05T12:00:00+01:00

    [[markets]]
    name = "Wet weekend"
    parts = { "Rain on Friday" = 1, "Rain on Saturday" = 1 }

Only names are needed; what a market does not mention is left as it is.
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from exchange.cli.admin.amounts import nanoseconds, parse_cash, parse_price, parse_size
from exchange.cli.admin.desk import Trouble
from exchange.cli.admin.tables import read_csv
from exchange.cli.admin.toml_file import Section, read_toml
from exchange_client import MarketStatus
from exchange_client.directory import name_key

DEFAULT_NOTE = "Starting cash"
_STATUSES = {"open": MarketStatus.OPEN, "halted": MarketStatus.HALTED, "paused": MarketStatus.PAUSED}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account of their own, which comes with their first sign-in."""

    name: str
    cash: Decimal


@dataclass(frozen=True, slots=True)
class Team:
    """A sub-account of the organiser's, shared with its owners."""

    name: str
    owners: tuple[str, ...]
    cash: Decimal


@dataclass(frozen=True, slots=True)
class GroupTerms:
    """A heading; ``description`` None leaves it as it is."""

    name: str
    description: str | None


@dataclass(frozen=True, slots=True)
class MarketTerms:
    """A market. ``options`` are what the file names of what can be edited, in the client's names and units.

    ``group`` and ``viewers`` are names still. ``section`` is for mistakes that only the exchange's state shows.
    """

    name: str
    low: Decimal | None
    high: Decimal | None
    parts: dict[str, int]
    group: str | None
    viewers: tuple[str, ...] | None
    status: MarketStatus | None
    options: dict[str, Any]
    section: Section


@dataclass(slots=True)
class ClassFile:
    """All of it, checked in itself."""

    note: str = DEFAULT_NOTE
    people: list[Person] = field(default_factory=list)
    teams: list[Team] = field(default_factory=list)
    groups: list[GroupTerms] = field(default_factory=list)
    markets: list[MarketTerms] = field(default_factory=list)
    announcements: list[str] = field(default_factory=list)


def read_class(file: Path) -> ClassFile:
    """Reads a class. Raises :class:`Trouble`, which names the line and the key."""
    top = read_toml(file)
    general = top.section("class")
    found = ClassFile(note=general.take("note", str) or DEFAULT_NOTE)
    cash = general.parsed("cash", Decimal, _cash_or_none) or Decimal(0)
    listed = general.take("people", str)
    general.finish()
    if listed is not None:
        found.people += _people_of(file.parent / listed, cash)
    for section in top.sections("people"):
        own = section.parsed("cash", Decimal, _cash_or_none)
        found.people.append(Person(section.need("name", str), cash if own is None else own))
        section.finish()
    for section in top.sections("accounts"):
        own = section.parsed("cash", Decimal, _cash_or_none) or Decimal(0)
        found.teams.append(Team(section.need("name", str), tuple(section.texts("owners") or ()), own))
        section.finish()
    for section in top.sections("groups"):
        found.groups.append(GroupTerms(section.need("name", str), section.take("description", str)))
        section.finish()
    found.markets = [_market(section) for section in top.sections("markets")]
    found.announcements = top.texts("announcements") or []
    top.finish()
    _check_names(file, found)
    found.markets = _parts_first(found.markets)
    return found


def _cash_or_none(value: Decimal) -> Decimal:
    return parse_cash(value) if value else value


def _people_of(file: Path, cash: Decimal) -> list[Person]:
    people = []
    for line, cells in read_csv(file, {"name": ("account", "person")}, {"cash": ("amount", "money")}):
        try:
            own = parse_cash(cells["cash"]) if cells.get("cash") else cash
        except ValueError as error:
            raise Trouble(f"{file}:{line}: {error}.") from None
        if not cells["name"]:
            raise Trouble(f"{file}:{line}: there is no name.")
        people.append(Person(cells["name"], own))
    return people


def _market(section: Section) -> MarketTerms:
    name = section.need("name", str)
    low, high = section.parsed("low", Decimal, parse_price), section.parsed("high", Decimal, parse_price)
    parts: dict[str, int] = section.section("parts").items()
    for part, multiplier in parts.items():
        if type(multiplier) is not int or not multiplier:
            raise section.trouble("parts", f"{part!r} is how many of it one of the fund holds: a whole number, not 0")
    if bool(parts) == (low is not None or high is not None) or (low is None) != (high is None):
        raise section.trouble("", "a market has low and high, and a fund has parts instead")
    options: dict[str, Any] = {
        "description": section.take("description", str),
        "pinned": section.take("pinned", bool),
        "ranked": section.take("ranked", bool),
        "restricted": section.take("restricted", bool),
        "anonymous": section.take("anonymous", bool),
        "position_limit": section.parsed("position_limit", Decimal, parse_size),
        "redeem_fee": section.parsed("redeem_fee", Decimal, parse_size),
        "opens_at": section.parsed("opens_at", datetime, nanoseconds),
        "closes_at": section.parsed("closes_at", datetime, nanoseconds),
    }
    viewers = section.texts("viewers")
    status = section.parsed("status", str, _status)
    group = section.take("group", str)
    section.finish()
    if status is MarketStatus.OPEN and options["opens_at"]:
        raise section.trouble("status", "a market with an opening time opens by itself: leave one of the two out")
    named = {key: value for key, value in options.items() if value is not None}
    return MarketTerms(
        name, low, high, parts, group, None if viewers is None else tuple(viewers), status, named, section
    )


def _status(text: str) -> MarketStatus:
    status = _STATUSES.get(text.lower())
    if status is None:
        raise ValueError(f"a status is {', '.join(_STATUSES)}; a market is settled with `exchange admin market settle`")
    return status


def _check_names(file: Path, found: ClassFile) -> None:
    kinds: dict[str, list[str]] = {
        "accounts": [person.name for person in found.people] + [team.name for team in found.teams],
        "groups": [group.name for group in found.groups],
        "markets": [market.name for market in found.markets],
    }
    for kind, names in kinds.items():
        seen: set[str] = set()
        for name in names:
            key = name_key(name)
            if key in seen:
                raise Trouble(f"{file}: there are two {kind} with the name {name!r}.")
            seen.add(key)


def _parts_first(markets: list[MarketTerms]) -> list[MarketTerms]:
    """The markets in an order in which each fund comes after its parts."""
    by_name = {name_key(market.name): market for market in markets}
    ordered: dict[str, MarketTerms] = {}

    def visit(market: MarketTerms, above: tuple[str, ...]) -> None:
        key = name_key(market.name)
        if key in above:
            raise market.section.trouble("parts", f"{market.name!r} would be a part of itself")
        if key in ordered:
            return
        for part in market.parts:
            known = by_name.get(name_key(part))
            if known is not None:
                visit(known, (*above, key))
        ordered[key] = market

    for market in markets:
        visit(market, ())
    return list(ordered.values())
