"""Things may be named by themselves or by their id."""

from exchange_client.market import Market
from exchange_client.values import Account, Group


def market_id_of(market: Market | int) -> int:
    return market if isinstance(market, int) else market.market_id


def account_id_of(account: Account | int) -> int:
    return account if isinstance(account, int) else account.account_id


def group_id_of(group: Group | int) -> int:
    return group if isinstance(group, int) else group.group_id
