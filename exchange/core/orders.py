"""Rules for orders: place and amend. Each returns a refusal or a decision and leaves the state as it was."""

from exchange.core.book import Order
from exchange.core.cancels import find_order
from exchange.core.checks import NOTHING, check_after, standing_of
from exchange.core.commands import Actor, AmendOrder, PlaceOrder
from exchange.core.facts import (
    Decision,
    OrderAmended,
    OrderPlaced,
    OrderResult,
)
from exchange.core.matching import Match, plan_match, would_meet
from exchange.core.preconditions import market_and_account, trading
from exchange.core.refusals import Code, Refusal
from exchange.core.state import Account, Market, Position, State
from exchange.core.units import (
    REACH_MAX,
    SIZE_MAX,
    TAG_MAX,
    TIME_MAX,
    MarketStatus,
    SelfTrade,
    Side,
    TimeInForce,
    in_hundredths,
)
from exchange.core.values import maker

_CANNOT_FILL = Refusal(Code.CANNOT_FILL, "size", "Not all of it can be filled at this price.")
_NO_MATCH = Match()
_order_placed, _order_result, _decision = maker(OrderPlaced), maker(OrderResult), maker(Decision)
# Members looked up once: an attribute of an enumeration costs as much as a function call.
_BUY, _OPEN = Side.BUY, MarketStatus.OPEN
_GTC, _IOC, _FOK, _GTD = TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTD


def place_order(
    state: State, actor: Actor, command: PlaceOrder, now: int, *, checked: bool = True
) -> Refusal | Decision:
    """Accepts an order if, after everything it causes, the account could still pay for any settlement.

    Not ``checked``, funds and limits are for the caller to look at afterwards.
    """
    market_id, side, price, size, time_in_force, post_only, self_trade, tag, expires_at, market_order = command
    found = trading(state, actor, market_id) or market_and_account(state, actor, market_id)
    if isinstance(found, Refusal):
        return found
    market, account = found
    if market_order:
        price = market.high if side is _BUY else market.low
        time_in_force = _FOK if time_in_force is _FOK else _IOC
    if (
        time_in_force is not _GTC
        or expires_at
        or tag
        or not (market.low <= price <= market.high and 0 < size <= SIZE_MAX)
    ):
        invalid = _check_terms(market, price, size, time_in_force, post_only, tag, expires_at, now)
        if invalid is not None:
            return invalid
    rests = time_in_force is _GTC or time_in_force is _GTD
    if not would_meet(market.book, side, price):
        if time_in_force is _FOK:
            return _CANNOT_FILL
        match, remaining = _NO_MATCH, size if rests else 0
    elif post_only:
        return Refusal(Code.WOULD_TRADE, "price", "A post-only order at this price would meet another order.")
    else:
        policy = None if time_in_force is _FOK else self_trade
        planned = _plan(state, market, account, side, price, size, policy)
        if isinstance(planned, Refusal):
            return planned
        match = planned
        if time_in_force is _FOK and match.left:
            if match.stopped:
                return Refusal(Code.SELF_TRADE, "time_in_force", "It would first meet an order of your own.")
            return _CANNOT_FILL
        remaining = match.left if rests and not match.stopped else 0
    account_id = account.account_id
    if checked:
        position = market.positions.get(account_id)
        refusal = _check_after(state, market, account, position, side, price, match, remaining, None)
        if refusal is not None:
            return refusal
    session_number = actor.session_number
    if session_number and session_number not in state.guarded_sessions:
        session_number = 0
    order_id, filled = state.next_order_id, match.filled
    fact = _order_placed((
        market_id, order_id, account_id, side, price, size, remaining, match.fills, match.reductions, time_in_force,
        expires_at, tag, session_number, post_only,
    ))  # fmt: skip
    result = _order_result((order_id, filled, match.filled_value, remaining, size - filled - remaining))
    return _decision(((fact,), result))


def amend_order(
    state: State, actor: Actor, command: AmendOrder, now: int, *, checked: bool = True
) -> Refusal | Decision:
    """Changes price or total size. Only a smaller size keeps the place in the queue."""
    found = market_and_account(state, actor, command.market_id)
    if isinstance(found, Refusal):
        return found
    market, account = found
    order = find_order(state, market, account.account_id, command.order_id, command.tag)
    if isinstance(order, Refusal):
        return order
    price = order.price if command.price is None else command.price
    size = order.size if command.size is None else command.size
    if command.price is None and command.size is None:
        return Refusal(Code.INVALID_VALUE, "price", "Name a new price, a new size or both.")
    if not market.low <= price <= market.high:
        return _out_of_bounds(market)
    if not 0 < size <= SIZE_MAX:
        return _bad_size()
    left = size - (order.size - order.remaining)
    kept_place = price == order.price and left <= order.remaining
    if left <= 0:
        price, size, remaining, kept_place, match = order.price, size - left, 0, True, _NO_MATCH
    elif kept_place:
        remaining, match = left, _NO_MATCH
    else:
        if order.post_only and would_meet(market.book, order.side, price):
            return Refusal(Code.WOULD_TRADE, "price", "A post-only order at this price would meet another order.")
        planned = _plan(state, market, account, order.side, price, left, command.self_trade)
        if isinstance(planned, Refusal):
            return planned
        match = planned
        remaining = 0 if match.stopped else match.left
        position = market.positions[account.account_id]
        if checked:
            refusal = _check_after(state, market, account, position, order.side, price, match, remaining, order)
            if refusal is not None:
                return refusal
    fact = OrderAmended(
        market.market_id, order.order_id, account.account_id, price, size, remaining, kept_place, match.fills,
        match.reductions, order.side,
    )  # fmt: skip
    dropped = max(left, 0) - match.filled - remaining
    return Decision((fact,), OrderResult(order.order_id, match.filled, match.filled_value, remaining, dropped))


def _check_terms(
    market: Market,
    price: int,
    size: int,
    time_in_force: TimeInForce,
    post_only: bool,
    tag: bytes,
    expires_at: int,
    now: int,
) -> Refusal | None:
    if not market.low <= price <= market.high:
        return _out_of_bounds(market)
    if not 0 < size <= SIZE_MAX:
        return _bad_size()
    if len(tag) > TAG_MAX:
        return Refusal(Code.INVALID_VALUE, "tag", f"A tag has at most {TAG_MAX} bytes.")
    if post_only and (time_in_force is _IOC or time_in_force is _FOK):
        return Refusal(Code.INVALID_VALUE, "post_only", "A post-only order must be able to rest.")
    if time_in_force is _GTD:
        if expires_at <= now:
            return Refusal(Code.INVALID_VALUE, "expires_at", "The time at which the order ends has passed.")
        if expires_at > TIME_MAX:
            return Refusal(Code.INVALID_VALUE, "expires_at", "The time at which the order ends is too far away.")
    elif expires_at:
        return Refusal(Code.INVALID_VALUE, "expires_at", "Only a good-till-a-time order ends at a time.")
    return None


def _plan(
    state: State, market: Market, account: Account, side: Side, price: int, size: int, policy: SelfTrade | None
) -> Match | Refusal:
    own = _own_accounts(state, account) if state.limits.self_trade_by_user else {account.account_id}
    match = plan_match(market.book, side, price, size, account.account_id, policy, own, state.limits.fills_per_command)
    if match is None:
        most = state.limits.fills_per_command
        return Refusal(Code.TOO_MANY_FILLS, "size", f"One order may meet at most {most:,} others: send it in parts.")
    return match


def _own_accounts(state: State, account: Account) -> frozenset[int]:
    """Accounts that share an owner with this one."""
    own = {account.account_id}
    for user_id in account.owners:
        own.update(state.users[user_id].owned)
    return frozenset(own)


def _check_after(
    state: State,
    market: Market,
    account: Account,
    position: Position | None,
    side: Side,
    price: int,
    match: Match,
    remaining: int,
    replaced: Order | None,
) -> Refusal | None:
    """Limits, funds and reach as they would be after the command; ``replaced`` is the order being amended.

    Whether all of them hold is worked out here in one go, as nearly always they do; which one does not, elsewhere.
    """
    if position is None:
        size, bid_size, bid_value, offer_size, offer_value, open_orders = NOTHING
    else:
        size, open_orders = position.size, len(position.orders)
        bid_size, bid_value = position.bid_size, position.bid_value
        offer_size, offer_value = position.offer_size, position.offer_value
    cash, low, high = account.cash, market.low, market.high
    rests, rests_value = remaining, remaining * price
    if remaining:
        open_orders += 1
    if replaced is not None:
        rests -= replaced.remaining
        rests_value -= replaced.remaining * replaced.price
        open_orders -= 1
    if side is _BUY:
        bid_size += rests
        bid_value += rests_value
    else:
        offer_size += rests
        offer_value += rests_value
    if match is not _NO_MATCH:
        open_orders -= match.reduced_orders
        if side is _BUY:
            size += match.filled
            cash -= match.filled_value
            offer_size -= match.reduced_size
            offer_value -= match.reduced_value
        else:
            size -= match.filled
            cash += match.filled_value
            bid_size -= match.reduced_size
            bid_value -= match.reduced_value
    worst, weight = account.worst, account.weight
    if position is not None:
        worst -= position.worst
        weight -= position.weight
    at_low, at_high = low * (size + bid_size) - bid_value, high * (size - offer_size) + offer_value
    if (
        cash + worst + (at_low if at_low < at_high else at_high) >= 0
        and abs(cash) + weight + market.bound * (abs(size) + 2 * (bid_size + offer_size)) <= REACH_MAX
        and open_orders <= state.limits.open_orders_per_market
        and not market.position_limit
    ):
        return None
    after = (size, bid_size, bid_value, offer_size, offer_value, open_orders)
    return check_after(state, market, account, cash, standing_of(position), after, worst, weight)


def _out_of_bounds(market: Market) -> Refusal:
    return Refusal(
        Code.PRICE_OUT_OF_BOUNDS,
        "price",
        f"Prices in this market are from {in_hundredths(market.low)} to {in_hundredths(market.high)}.",
    )


def _bad_size() -> Refusal:
    return Refusal(Code.INVALID_VALUE, "size", f"A size is from 0.01 to {in_hundredths(SIZE_MAX)}.")
