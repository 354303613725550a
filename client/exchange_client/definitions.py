"""What the exchange says about things, as the client's own values."""

from typing import Any

from exchange_client.enums import AccountKind, MarketStatus, TransferKind
from exchange_client.market import MarketView
from exchange_client.number import in_cash
from exchange_client.values import Account, Announcement, Group, Transfer

_PLAIN = (
    "name", "description", "group_id", "owner_account_id", "pinned", "restricted", "anonymous", "ranked", "opens_at",
    "closes_at", "created_at", "only_held",
)  # fmt: skip
_EDITABLE = (
    "name", "description", "group_id", "pinned", "restricted", "anonymous", "ranked", "opens_at", "closes_at",
)  # fmt: skip
_RAW = "position_limit", "redeem_fee"  # kept as the wire has them


def account(message: Any) -> Account:
    """An account."""
    return Account(message.account_id, message.name, AccountKind(message.kind), frozenset(message.owner_user_ids))


def group(message: Any) -> Group:
    """A heading."""
    return Group(message.group_id, message.name, message.description)


def transfer(message: Any) -> Transfer:
    """A movement of money."""
    return Transfer(
        message.transfer_id,
        TransferKind(message.kind),
        message.from_account_id,
        message.to_account_id,
        in_cash(message.amount),
        message.note,
        message.initiator_user_id,
        message.time,
    )


def announcement(message: Any) -> Announcement:
    """Something that was told everybody."""
    return Announcement(message.text, message.time)


def define(market: MarketView, message: Any) -> None:
    """Takes over everything a market's definition says."""
    for name in _PLAIN:
        setattr(market, name, getattr(message, name))
    for name in ("low", "high", *_RAW):
        setattr(market, f"_{name}", getattr(message, name))
    market.status = MarketStatus(message.status)
    market.constituents = tuple((part.market_id, part.multiplier) for part in message.constituents)
    market.viewer_account_ids = frozenset(message.viewer_account_ids)
    market._settlement_price = message.settlement_price
    market._last_price = message.last_trade_price
    market._last_size = message.last_trade_size
    market._last_time = message.last_trade_time
    market._edits += 1


def edit(market: MarketView, message: Any) -> None:
    """Takes over what is present; the rest stayed."""
    for name in _EDITABLE:
        if message.HasField(name):
            setattr(market, name, getattr(message, name))
    for name in _RAW:
        if message.HasField(name):
            setattr(market, f"_{name}", getattr(message, name))
    added, removed = frozenset(message.added_viewer_account_ids), frozenset(message.removed_viewer_account_ids)
    market.viewer_account_ids = (market.viewer_account_ids | added) - removed
    market._edits += 1
