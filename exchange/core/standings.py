"""Who is winning: profit of each user over the ranked markets.

A user counts with their own account and every sub-account they made, also one that others own by now or that they own
no more: whoever may move money and positions between accounts must not be able to make a winner of one of them.
"""

from collections.abc import Set
from typing import NamedTuple

from exchange.core.state import Account, Market, State
from exchange.core.units import OPERATOR, AccountKind, MarketStatus


class Standing(NamedTuple):
    """One user by their own account. Cash: ``equity`` leaves out what came of unranked markets."""

    account_id: int
    profit: int
    equity: int


def mark(market: Market) -> int:
    """The price at which positions are valued: settlement, else last trade, else the middle, rounded down."""
    if market.status == MarketStatus.SETTLED:
        return market.settlement_price
    if market.last_trade_time:
        return market.last_trade_price
    return (market.low + market.high) // 2


def equity(state: State, account: Account) -> int:
    """Cash and every position at its mark."""
    return account.cash + sum(p.size * mark(state.markets[p.market_id]) for p in account.positions.values() if p.size)


def standings(state: State, unseen: Set[int] = frozenset()) -> list[Standing]:
    """Every user but the operator, best first; equals in order of account.

    Takes a step for each position there ever was. ``unseen`` markets count for nothing, like those that are not ranked.
    """
    marks = {
        market_id: mark(market)
        for market_id, market in state.markets.items()
        if market.ranked and market_id not in unseen
    }
    found: dict[int, tuple[int, int]] = {user.account_id: (0, 0) for user in state.users.values()}
    for account in state.accounts.values():
        if account.kind == AccountKind.HOUSE:
            continue
        value = account.cash
        for market_id, position in account.positions.items():
            price = marks.get(market_id)
            if price is None:
                value -= position.cash_flow
            elif position.size:
                value += position.size * price
        home = state.users[account.creator_id].account_id
        profit, whole = found[home]
        found[home] = (profit + value - account.received, whole + value)
    operator = state.users_by_subject.get(OPERATOR)
    if operator is not None:
        del found[operator.account_id]
    rows = [Standing(account_id, profit, whole) for account_id, (profit, whole) in found.items()]
    rows.sort(key=lambda row: (-row.profit, row.account_id))
    return rows
