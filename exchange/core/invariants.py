"""What is true between any two commands, as one function that recomputes everything from scratch."""

from collections.abc import Iterator

from exchange.core.lens import lens_of
from exchange.core.state import Account, Market, State, worst_case
from exchange.core.units import REACH_MAX, MarketStatus, Side


def violations(state: State) -> Iterator[str]:
    """Sentences that say what is wrong; none when all is well. Costs time in proportion to the whole state."""
    yield from cash_violations(state)
    for account in state.accounts.values():
        yield from account_violations(state, account)
    for market in state.markets.values():
        yield from market_violations(market)
        yield from fund_violations(state, market)
    yield from sight_violations(state)


def sight_violations(state: State) -> Iterator[str]:
    """Who sees what follows from the markets, and whoever may not see one has no orders there."""
    lens = lens_of(state)
    if lens != state.lens:
        yield f"the lens is {state.lens} and follows as {lens}"
    for market_id in lens.gates:
        for order in state.markets[market_id].book.orders.values():
            if not lens.admits(market_id, order.account_id):
                yield f"market {market_id}: account {order.account_id} may not see it and has order {order.order_id}"


def money_violations(state: State) -> Iterator[str]:
    """Whether money adds up: cheap beside loading a state, as it looks at no order."""
    yield from cash_violations(state)
    for account in state.accounts.values():
        yield from account_violations(state, account)
    for market in state.markets.values():
        yield from balance_violations(market)


def cash_violations(state: State) -> Iterator[str]:
    """Cash over all accounts, the house included."""
    cash = sum(account.cash for account in state.accounts.values())
    if cash:
        yield f"cash over all accounts sums to {cash}, not to 0"


def account_violations(state: State, account: Account) -> Iterator[str]:
    """Available cash, reach, and the sums over the account's positions."""
    worst = sum(position.worst for position in account.positions.values())
    weight = sum(position.weight for position in account.positions.values())
    if (worst, weight) != (account.worst, account.weight):
        yield f"account {account.account_id}: sums ({account.worst}, {account.weight}) are not ({worst}, {weight})"
    flow = sum(position.cash_flow for position in account.positions.values())
    if account.cash != account.received + flow:
        yield f"account {account.account_id}: cash {account.cash} is not received {account.received} and flow {flow}"
    if account.available < 0 and account.account_id != state.house_id:
        yield f"account {account.account_id}: available cash is {account.available}"
    if account.reach > REACH_MAX:
        yield f"account {account.account_id}: reach is {account.reach}"


def fund_violations(state: State, market: Market) -> Iterator[str]:
    """A fund is settled exactly when all its constituents are, and at what they come to."""
    settled = market.status == MarketStatus.SETTLED
    held = sum(size for size, _ in market.settled.values())
    if held or (market.settled and not settled):
        yield f"market {market.market_id}: what was held at its settlement sums to {held}"
    if not market.constituents:
        return
    parts = [(state.markets[market_id], multiplier) for market_id, multiplier in market.constituents]
    if settled != all(part.status == MarketStatus.SETTLED for part, _ in parts):
        yield f"fund {market.market_id}: it is not settled as its constituents are"
    price = sum(part.settlement_price * multiplier for part, multiplier in parts)
    if settled and price != market.settlement_price:
        yield f"fund {market.market_id}: settled at {market.settlement_price}, its constituents come to {price}"
    if any(market.market_id not in part.part_of for part, _ in parts):
        yield f"fund {market.market_id}: a constituent does not know it"


def balance_violations(market: Market) -> Iterator[str]:
    """What can be checked all the time: takes time in proportion to the accounts in the market, not to its orders."""
    held = sum(position.size for position in market.positions.values())
    if held:
        yield f"market {market.market_id}: positions sum to {held}, not to 0"
    if market.book.is_crossed():
        yield f"market {market.market_id}: the book is crossed"


def market_violations(market: Market) -> Iterator[str]:
    """Positions, book and resting sums of one market."""
    yield from balance_violations(market)
    if market.status == MarketStatus.SETTLED and market.book.orders:
        yield f"market {market.market_id}: settled, and orders rest in it"
    yield from _book_violations(market)
    sums = {account_id: [0, 0, 0, 0] for account_id in market.positions}
    for order in market.book.orders.values():
        offset = 0 if order.side == Side.BUY else 2
        sums[order.account_id][offset] += order.remaining
        sums[order.account_id][offset + 1] += order.remaining * order.price
    for account_id, position in market.positions.items():
        actual = [position.bid_size, position.bid_value, position.offer_size, position.offer_value]
        if actual != sums[account_id]:
            yield f"market {market.market_id}, account {account_id}: resting sums {actual} are not {sums[account_id]}"
        settled = market.status == MarketStatus.SETTLED
        worst = 0 if settled else worst_case(market.low, market.high, position.size, *actual)
        if position.worst != worst:
            yield f"market {market.market_id}, account {account_id}: worst case {position.worst} is not {worst}"


def _book_violations(market: Market) -> Iterator[str]:
    by_session: dict[int, set[int]] = {}
    for order in market.book.orders.values():
        if order.session_number:
            by_session.setdefault(order.session_number, set()).add(order.order_id)
    if by_session != market.book.by_session:
        yield f"market {market.market_id}: the orders of sessions are not those in the book"
    for side in Side:
        levels = list(market.book.side(side))
        best = market.book.best(side)
        if best is not (levels[0] if levels else None):
            yield f"market {market.market_id}: {best and best.price} is not the best price of its side"
        previous = None
        for level in levels:
            orders = list(level)
            if level.size != sum(order.remaining for order in orders) or level.count != len(orders) or not orders:
                yield f"market {market.market_id}: level {level.price} does not sum up"
            if any(order.remaining <= 0 or order.price != level.price for order in orders):
                yield f"market {market.market_id}: an order at {level.price} is empty or misplaced"
            if [order.priority for order in orders] != sorted(order.priority for order in orders):
                yield f"market {market.market_id}: the queue at {level.price} is out of order"
            if previous is not None and (level.price < previous) != (side == Side.BUY):
                yield f"market {market.market_id}: level {level.price} is out of order"
            previous = level.price
