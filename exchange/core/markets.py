"""Rules for markets: create, edit, open, halt and pause them."""

from exchange.core.commands import (
    Actor,
    CreateMarket,
    EditMarket,
    FollowSchedule,
    HaltAll,
    ReportFailure,
    SetMarketStatus,
)
from exchange.core.facts import (
    Created,
    Decision,
    Done,
    Fact,
    MarketCreated,
    MarketEdited,
    MarketFailed,
    MarketStatusChanged,
)
from exchange.core.funds import NOT_A_FUND, check_fee, fund_bounds
from exchange.core.names import check_name, check_text, name_key
from exchange.core.preconditions import NOT_ELEVATED, UNKNOWN_MARKET, acting_account, find_market
from exchange.core.refusals import Code, Refusal
from exchange.core.restriction import check_viewers, edited, ended_with
from exchange.core.state import Market, State
from exchange.core.units import DESCRIPTION_MAX, PRICE_MAX, SIZE_MAX, TIME_MAX, MarketStatus, in_hundredths

_SETTLED = Refusal(Code.MARKET_SETTLED, "market_id", "The market is settled.")


def create_market(state: State, actor: Actor, command: CreateMarket, now: int) -> Refusal | Decision:
    """Makes a market with settlement bounds ``low < high``, or a fund; open, unless it opens later."""
    if not actor.elevated and not state.limits.users_create_markets:
        return NOT_ELEVATED
    account = acting_account(state, actor)
    if isinstance(account, Refusal):
        return account
    bounds = fund_bounds(state, actor, command) if command.constituents else _check_bounds(command)
    if isinstance(bounds, Refusal):
        return bounds
    refusal = (
        check_fee(command.redeem_fee, bool(command.constituents))
        or _check_properties(state, None, command)
        or check_text(command.description, DESCRIPTION_MAX, "description")
        or _check_times(command.opens_at, command.closes_at, now)
        or check_viewers(state, command.viewer_account_ids, "viewer_account_ids")
    )
    if refusal is not None:
        return refusal
    if not actor.elevated:
        refusal = _check_user_market(state, actor, command)
        if refusal is not None:
            return refusal
    opens_at = command.opens_at if command.opens_at > now else 0
    fact = MarketCreated(
        state.next_market_id, command.name, command.description, actor.account_id, *bounds,
        MarketStatus.HALTED if opens_at else MarketStatus.OPEN, command.group_id, command.pinned, command.ranked,
        command.position_limit, opens_at, command.closes_at, command.constituents, command.redeem_fee,
        command.restricted, command.anonymous, tuple(sorted(set(command.viewer_account_ids))),
    )  # fmt: skip
    return Decision((fact,), Created(fact.market_id))


def edit_market(state: State, actor: Actor, command: EditMarket, now: int) -> Refusal | Decision:
    """Changes the properties that are named, by an elevated admin; the description by the owner too.

    Orders of accounts that may no longer see the market, or a fund that it is in, end before. What is as it is asked
    to be is no change.
    """
    market = find_market(state, actor, command.market_id)
    if isinstance(market, Refusal):
        return market
    named = {name for name, value in command._asdict().items() if value not in (None, ())} - {"market_id"}
    if not named:
        return Refusal(Code.INVALID_VALUE, "", "Name at least one property to change.")
    if not actor.elevated:
        if named != {"description"}:
            return NOT_ELEVATED
        if not state.owns(actor.user_id, market.owner_account_id):
            return Refusal(Code.NOT_ALLOWED, "market_id", "Only its owner or an elevated admin describes a market.")
    opens_at = market.opens_at if command.opens_at is None else command.opens_at
    closes_at = market.closes_at if command.closes_at is None else command.closes_at
    refusal = _check_properties(state, market, command)
    if refusal is None and command.redeem_fee is not None:
        refusal = check_fee(command.redeem_fee, True) if market.constituents else NOT_A_FUND
    if refusal is None and command.description is not None:
        refusal = check_text(command.description, DESCRIPTION_MAX, "description")
    if refusal is None and named & {"opens_at", "closes_at"}:
        refusal = _check_times(opens_at, closes_at, now)
    if refusal is None:
        refusal = check_viewers(state, command.add_viewer_account_ids, "add_viewer_account_ids", market)
    if refusal is None:
        refusal = check_viewers(state, command.remove_viewer_account_ids, "remove_viewer_account_ids")
    if refusal is not None:
        return refusal
    fact = edited(market, command)
    ended = ended_with(state, market, fact)
    return Decision((*ended, fact) if any(value not in (None, ()) for value in fact[1:]) else (), Done())


def halt_all(state: State, actor: Actor, command: HaltAll, now: int) -> Refusal | Decision:
    """Halts every open market, by an elevated admin."""
    if not actor.elevated:
        return NOT_ELEVATED
    open_markets = [market for market in state.markets.values() if market.status == MarketStatus.OPEN]
    facts = [MarketStatusChanged(market.market_id, MarketStatus.HALTED, actor.user_id) for market in open_markets]
    return Decision(tuple(facts), Done())


def follow_schedule(state: State, actor: Actor, command: FollowSchedule, now: int) -> Refusal | Decision:
    """Opens or halts a market whose time has come; late rather than never. A used time is forgotten."""
    market = state.markets.get(command.market_id)
    if market is None:
        return UNKNOWN_MARKET
    facts: list[Fact] = []
    opens, closes = 0 < market.opens_at <= now, 0 < market.closes_at <= now
    if closes:
        facts.append(MarketEdited(market.market_id, opens_at=0 if opens else None, closes_at=0))
        if market.status in (MarketStatus.OPEN, MarketStatus.PAUSED):
            facts.append(MarketStatusChanged(market.market_id, MarketStatus.HALTED, 0))
    elif opens:
        facts.append(MarketEdited(market.market_id, opens_at=0))
        if market.status in (MarketStatus.HALTED, MarketStatus.PAUSED):
            facts.append(MarketStatusChanged(market.market_id, MarketStatus.OPEN, 0))
    return Decision(tuple(facts), Done())


def set_market_status(state: State, actor: Actor, command: SetMarketStatus, now: int) -> Refusal | Decision:
    """Opens, halts or pauses a market, by an elevated admin."""
    market = find_market(state, actor, command.market_id)
    if isinstance(market, Refusal):
        return market
    if not actor.elevated:
        return NOT_ELEVATED
    if command.status == MarketStatus.SETTLED:
        return Refusal(Code.INVALID_VALUE, "status", "A market is settled at a price: ask for settlement.")
    if market.status == MarketStatus.SETTLED:
        return _SETTLED
    if market.status == command.status:
        return Refusal(Code.INVALID_VALUE, "status", f"The market is {market.status.name.lower()} already.")
    fact = MarketStatusChanged(market.market_id, command.status, actor.user_id)
    return Decision((fact,), Done())


def report_failure(state: State, actor: Actor, command: ReportFailure, now: int) -> Refusal | Decision:
    """Records that a task failed; halts the market when it keeps failing."""
    market = state.markets.get(command.market_id)
    facts: list[Fact] = [MarketFailed(command.market_id, command.reason, command.halt)]
    if command.halt and market is not None and market.status in (MarketStatus.OPEN, MarketStatus.PAUSED):
        facts.append(MarketStatusChanged(market.market_id, MarketStatus.HALTED, 0))
    return Decision(tuple(facts), Done())


def _check_bounds(command: CreateMarket) -> tuple[int, int] | Refusal:
    low, high = command.low, command.high
    limit = in_hundredths(PRICE_MAX)
    sentence = f"Settlement bounds are low < high, from -{limit} to {limit}."
    if not -PRICE_MAX <= low < PRICE_MAX:
        return Refusal(Code.INVALID_VALUE, "low", sentence)
    if not low < high <= PRICE_MAX:
        return Refusal(Code.INVALID_VALUE, "high", sentence)
    return low, high


def _check_properties(state: State, market: Market | None, command: CreateMarket | EditMarket) -> Refusal | None:
    """What a new market and an edit have in common; ``market`` is the one that is edited."""
    if command.name is not None:
        refusal = check_name(command.name)
        if refusal is not None:
            return refusal
        if state.markets_by_name.get(name_key(command.name), market) is not market:
            return Refusal(Code.NAME_TAKEN, "name", "Another market has that name.")
    if command.group_id and command.group_id not in state.groups:
        return Refusal(Code.UNKNOWN_GROUP, "group_id", "There is no such group.")
    if command.position_limit is not None and not 0 <= command.position_limit <= SIZE_MAX:
        most = in_hundredths(SIZE_MAX)
        return Refusal(Code.INVALID_VALUE, "position_limit", f"A position limit is at most {most}; 0 is none.")
    return None


def _check_times(opens_at: int, closes_at: int, now: int) -> Refusal | None:
    if opens_at > TIME_MAX or closes_at > TIME_MAX:
        return Refusal(Code.INVALID_VALUE, "opens_at" if opens_at > TIME_MAX else "closes_at", "That is too far away.")
    if closes_at and closes_at <= now:
        return Refusal(Code.INVALID_VALUE, "closes_at", "The closing time has passed.")
    if closes_at and opens_at >= closes_at:
        return Refusal(Code.INVALID_VALUE, "closes_at", "A market closes after it opens.")
    return None


def _check_user_market(state: State, actor: Actor, command: CreateMarket) -> Refusal | None:
    """What a user who is not elevated may not ask of a new market."""
    plain = CreateMarket(command.name, command.description, command.low, command.high, command.group_id)
    for name, value in command._asdict().items():
        if value != getattr(plain, name):
            return Refusal(Code.NOT_ELEVATED, name, "Only an elevated admin sets that: switch elevation on first.")
    most = state.limits.markets_per_user
    owned = state.users[actor.user_id].owned if actor.user_id in state.users else frozenset[int]()
    if sum(market.owner_account_id in owned for market in state.markets.values()) >= most:
        return Refusal(Code.LIMIT_REACHED, "", f"A user makes at most {most} markets.")
    return None
