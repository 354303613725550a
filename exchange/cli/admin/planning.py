"""From a class and the exchange as it is to the steps that are missing; where nothing is, there are none.

A step finds what it needs by name when its turn comes, because steps before it may have made that.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

from exchange.cli.admin.amounts import show_cash, show_number, show_time
from exchange.cli.admin.class_file import ClassFile, GroupTerms, MarketTerms, Team
from exchange.cli.admin.desk import Desk, set_status
from exchange.cli.admin.grants import paid
from exchange_client import Market, MarketStatus
from exchange_client.directory import name_key

_AUDIT_PAGE = 500
_TIMES = ("opens_at", "closes_at")
_SIZES = ("position_limit", "redeem_fee")


@dataclass(slots=True)
class Step:
    """One change: in words, and to be made."""

    words: str
    make: Callable[[], Awaitable[object]]


@dataclass(slots=True)
class Plan:
    """What is to be changed, in order, and who is awaited before the rest can be."""

    steps: list[Step] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)

    def add(self, words: str, make: Callable[[], Awaitable[object]]) -> None:
        """One more change."""
        self.steps.append(Step(words, make))


async def make_plan(desk: Desk, wanted: ClassFile) -> Plan:
    """Compares; changes nothing but whom the desk acts as. Raises :class:`Trouble` where the file cannot be met."""
    plan = Plan()
    for group in wanted.groups:
        _plan_group(desk, plan, group)
    _await_people(desk, plan, wanted)
    owners = {owner for team in wanted.teams for owner in team.owners if owner in desk.exchange.accounts}
    await desk.learn_owners(desk.accounts(owners))
    for team in wanted.teams:
        _plan_team(desk, plan, team)
    here = {name_key(group.name) for group in wanted.groups}
    names = {name_key(market.name) for market in wanted.markets}
    for terms in wanted.markets:
        _check_references(desk, terms, here, names)
        market = desk.exchange.markets.get(terms.name)
        if market is None:
            _plan_new_market(desk, plan, terms)
        else:
            _plan_edit(desk, plan, market, terms)
    await _plan_money(desk, plan, wanted)
    for text in wanted.announcements:
        if not await _was_announced(desk, text):
            plan.add(f"announce {text!r}", partial(desk.exchange.announce, text))
    return plan


def _plan_group(desk: Desk, plan: Plan, terms: GroupTerms) -> None:
    group, exchange = desk.exchange.groups.get(terms.name), desk.exchange
    if group is None:
        make = partial(exchange.create_group, terms.name, description=terms.description or "")
        plan.add(f"create the group {terms.name!r}", make)
    elif terms.description is not None and group.description != terms.description:
        plan.add(
            f"describe the group {group.name!r}", partial(exchange.edit_group, group, description=terms.description)
        )


def _await_people(desk: Desk, plan: Plan, wanted: ClassFile) -> None:
    """Accounts of people come with their first sign-in."""
    teams = {name_key(team.name) for team in wanted.teams}
    needed = [person.name for person in wanted.people]
    needed += [owner for team in wanted.teams for owner in team.owners]
    needed += [viewer for market in wanted.markets for viewer in market.viewers or () if name_key(viewer) not in teams]
    plan.waiting = [name for name in dict.fromkeys(needed) if name not in desk.exchange.accounts]


def _plan_team(desk: Desk, plan: Plan, team: Team) -> None:
    account = desk.exchange.accounts.get(team.name)
    owners = account.owner_user_ids if account is not None else frozenset()
    if account is None:
        plan.add(f"create the account {team.name!r}", partial(desk.exchange.create_account, team.name))
    for name in team.owners:
        owner = desk.exchange.accounts.get(name)
        if owner is not None and not owner.owner_user_ids & owners:
            plan.add(f"share {team.name!r} with {owner.name}", partial(_share, desk, team.name, name))


async def _share(desk: Desk, account: str, owner: str) -> None:
    await desk.exchange.share_account(desk.account(account), desk.account(owner))


def _check_references(desk: Desk, terms: MarketTerms, groups: set[str], markets: set[str]) -> None:
    if terms.group and name_key(terms.group) not in groups and terms.group not in desk.exchange.groups:
        raise terms.section.trouble("group", f"there is no group {terms.group!r}, here or on the exchange")
    for part in terms.parts:
        if name_key(part) not in markets and part not in desk.exchange.markets:
            raise terms.section.trouble("parts", f"there is no market {part!r}, here or on the exchange")


def _plan_new_market(desk: Desk, plan: Plan, terms: MarketTerms) -> None:
    now = desk.exchange.time
    if 0 < terms.options.get("closes_at", 0) <= now:
        raise terms.section.trouble("closes_at", "this has passed, so the market would never be open")
    bounds = f"{show_number(terms.low or Decimal(0))} to {show_number(terms.high or Decimal(0))}"
    parts = ", ".join(f"{number} × {name}" for name, number in terms.parts.items())
    where = f" in {terms.group!r}" if terms.group else ""
    options = {key: value for key, value in terms.options.items() if key != "opens_at" or value > now}
    said = "".join(f", {_words(key, value)}" for key, value in options.items() if key != "description")
    what = f"fund {terms.name!r} of {parts}" if parts else f"market {terms.name!r} from {bounds}"
    plan.add(f"create the {what}{where}{said}", partial(_create, desk, terms, options))
    if terms.status not in (None, MarketStatus.OPEN):
        plan.add(f"{terms.name!r}: {terms.status.name.lower()}", partial(_set_status, desk, terms))


async def _create(desk: Desk, terms: MarketTerms, options: dict[str, Any]) -> None:
    if terms.parts:
        options["constituents"] = {desk.market(name).market_id: number for name, number in terms.parts.items()}
    if terms.group:
        options["group"] = desk.group(terms.group).group_id
    present = [name for name in terms.viewers or () if name in desk.exchange.accounts]
    await desk.exchange.create_market(
        terms.name, low=terms.low, high=terms.high, viewers=desk.accounts(present), **options
    )


async def _set_status(desk: Desk, terms: MarketTerms) -> None:
    assert terms.status is not None
    await set_status(desk.market(terms.name), terms.status)


def _plan_edit(desk: Desk, plan: Plan, market: Market, terms: MarketTerms) -> None:
    _check_fixed(desk, market, terms)
    changes = dict(_differences(desk, market, terms))
    words = [_words(key, value) for key, value in changes.items()]
    group = desk.exchange.groups.get(market.group_id)
    regroup = terms.group is not None and (group is None or name_key(group.name) != name_key(terms.group or ""))
    if regroup and not (group is None and not terms.group):
        words.append(f"in {terms.group!r}" if terms.group else "in no group")
    else:
        regroup = False
    added, removed = _viewers(desk, market, terms)
    words += [f"seen by {desk.account_name(account_id)}" for account_id in added]
    words += [f"no longer seen by {desk.account_name(account_id)}" for account_id in removed]
    if words:
        if added or removed:
            changes |= {"add_viewers": added, "remove_viewers": removed}
        plan.add(f"{market.name!r}: {', '.join(words)}", partial(_edit, desk, market, terms, changes, regroup))
    if terms.status not in (None, market.status) and market.status is not MarketStatus.SETTLED:
        plan.add(f"{market.name!r}: {terms.status.name.lower()}", partial(_set_status, desk, terms))


async def _edit(desk: Desk, market: Market, terms: MarketTerms, changes: dict[str, Any], regroup: bool) -> None:
    if regroup:
        changes["group"] = desk.group(terms.group).group_id if terms.group else 0
    await market.edit(**changes)


def _check_fixed(desk: Desk, market: Market, terms: MarketTerms) -> None:
    """What a market has for ever."""
    for key, value, is_now in (("low", terms.low, market.low), ("high", terms.high, market.high)):
        if value is not None and not market.constituents and value != is_now:
            raise terms.section.trouble(
                key, f"the market has {show_number(is_now)} here, for ever: orders and positions rely on it"
            )
    parts = {name_key(desk.exchange.markets[i].name): number for i, number in market.constituents}
    if parts != {name_key(name): number for name, number in terms.parts.items()}:
        raise terms.section.trouble("parts" if terms.parts else "", "what a fund holds can never be changed")


def _differences(desk: Desk, market: Market, terms: MarketTerms) -> Iterator[tuple[str, Any]]:
    now = desk.exchange.time
    for key, value in terms.options.items():
        is_now = getattr(market, key) or (0 if key == "position_limit" else getattr(market, key))
        if key in _TIMES and value <= now and not is_now:
            continue  # it came, was followed, and is forgotten
        if key == "closes_at" and 0 < value <= now and value != is_now:
            raise terms.section.trouble(key, 'this has passed: to halt the market say status = "halted"')
        if value != is_now and not (market.status is MarketStatus.SETTLED and key in _TIMES):
            yield key, value


def _viewers(desk: Desk, market: Market, terms: MarketTerms) -> tuple[list[int], list[int]]:
    if terms.viewers is None:
        return [], []
    wanted = {desk.account(name).account_id for name in terms.viewers if name in desk.exchange.accounts}
    return sorted(wanted - market.viewer_account_ids), sorted(market.viewer_account_ids - wanted)


async def _plan_money(desk: Desk, plan: Plan, wanted: ClassFile) -> None:
    """Everybody has got, under the class's note, what the file says: no more and no less."""
    amounts = [(person.name, person.cash) for person in wanted.people]
    amounts += [(team.name, team.cash) for team in wanted.teams]
    known = await paid(desk) if any(cash for _, cash in amounts) else {}
    awaited = {name_key(name) for name in plan.waiting}
    for name, cash in amounts:
        account = desk.exchange.accounts.get(name)
        got = known.get((account.account_id, wanted.note), Decimal(0)) if account is not None else Decimal(0)
        if name_key(name) in awaited or cash == got:
            continue
        if cash > got:
            plan.add(f"grant {name} {show_cash(cash - got)}", partial(_grant, desk, name, cash - got, wanted.note))
        else:
            plan.add(
                f"claw {show_cash(got - cash)} back from {name}", partial(_claw, desk, name, got - cash, wanted.note)
            )


async def _grant(desk: Desk, name: str, amount: Decimal, note: str) -> None:
    await desk.exchange.grant(desk.account(name), amount, note=note)


async def _claw(desk: Desk, name: str, amount: Decimal, note: str) -> None:
    await desk.exchange.claw_back(desk.account(name), amount, note=note)


async def _was_announced(desk: Desk, text: str) -> bool:
    """Whether an admin has said this before; the exchange shows the latest announcements only, the audit has all."""
    if any(said.text == text for said in desk.exchange.announcements):
        return True
    before, more = 0, True
    while more:
        page = await desk.patiently(partial(desk.exchange.get_audit, before=before, limit=_AUDIT_PAGE))
        before, more = page.next, page.more
        for action in page.rows:
            for fact in action.facts:
                said = fact.fields.get("announcement")
                if isinstance(said, dict) and said.get("text") == text:
                    return True
    return False


def _words(key: str, value: Any) -> str:
    name = key.replace("_", " ")
    if key == "description":
        return "described anew"
    if isinstance(value, bool):
        return name if value else f"not {name}"
    if key in _TIMES:
        return f"{name.removesuffix(' at')} {show_time(value)}" if value else f"{name} never"
    return f"{name} {show_number(value)}" if key in _SIZES else f"{name} {value}"
