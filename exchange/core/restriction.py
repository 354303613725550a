"""Rules for who may see a market: its viewers, and what ends when an account is none of them any more."""

from collections.abc import Sequence

from exchange.core.commands import EditMarket
from exchange.core.facts import MarketEdited, OrdersCancelled
from exchange.core.lens import turns
from exchange.core.refusals import Code, Refusal
from exchange.core.settlement import funds_above
from exchange.core.state import Market, State
from exchange.core.units import VIEWERS_MAX, CancelReason


def check_viewers(state: State, account_ids: Sequence[int], field: str, market: Market | None = None) -> Refusal | None:
    """Viewers are accounts that there are; with a market, it does not get too many of them."""
    for account_id in account_ids:
        if account_id not in state.accounts:
            return Refusal(Code.UNKNOWN_ACCOUNT, field, f"There is no account {account_id}.")
    listed = market.viewers if market is not None else frozenset[int]()
    if len(listed | set(account_ids)) > VIEWERS_MAX:
        return Refusal(Code.LIMIT_REACHED, field, f"A market has at most {VIEWERS_MAX:,} viewers.")
    return None


def edited(market: Market, command: EditMarket) -> MarketEdited:
    """What an edit changes. A viewer that is both added and removed is removed."""
    removed = set(command.remove_viewer_account_ids)
    added = set(command.add_viewer_account_ids) - market.viewers - removed
    return MarketEdited(
        market.market_id, command.name, command.description, command.group_id, command.pinned, command.ranked,
        command.position_limit, command.opens_at, command.closes_at, command.redeem_fee,
        None if command.restricted == market.restricted else command.restricted,
        None if command.anonymous == market.anonymous else command.anonymous,
        tuple(sorted(added)), tuple(sorted(removed & market.viewers)),
    )  # fmt: skip


def ended_with(state: State, market: Market, fact: MarketEdited) -> list[OrdersCancelled]:
    """The orders that an edit ends, in every status: here and in the funds above, of accounts that it shuts out."""
    if not turns(fact):
        return []
    lens = state.lens.after((fact,))
    return [
        OrdersCancelled(each.market_id, tuple(sorted(position.orders)), CancelReason.VIEWER_REMOVED, account_id)
        for each in (market, *funds_above(state, market))
        for account_id, position in each.positions.items()
        if position.orders and not lens.admits(each.market_id, account_id)
    ]
