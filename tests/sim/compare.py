"""What a client should know, read off the server's state, to be compared with what it does know.

Clients of both kinds are brought into one form first, ``Known``; those of the library are then asked for all else that
they keep: definitions, costs and profits, levels, and what the account could still use.
"""

from dataclasses import dataclass
from typing import Any

from exchange.core.lens import View
from exchange.core.state import Account, Market, Position, State
from exchange.core.units import Side
from exchange_client import Exchange
from tests.sim.model import KnownMarket
from tests.sim.raw_client import RawClient

Row = tuple[int, int, int, int, int]


@dataclass(frozen=True)
class Known:
    """What somebody knows. ``cash`` has the accounts that they see into; ``followed`` is empty for all markets."""

    name: str
    user_id: int
    account_id: int
    elevated: bool
    accounts: dict[int, str]
    markets: dict[int, KnownMarket]
    books: dict[int, list[Row]]
    cash: dict[int, int]
    held: dict[tuple[int, int], int]
    tags: dict[int, bytes]
    followed: tuple[int, ...] = ()
    is_bound: bool = False  # entered with the key of one account, and sees no other


def known_by_wire(client: RawClient) -> Known:
    """What a client of the wire knows."""
    model = client.model
    return Known(
        client.name, model.user_id, client.account_id, client.elevated, model.accounts, model.markets, model.books(),
        model.cash, model.held(), model.tags, client.markets,
    )  # fmt: skip


def known_by_library(name: str, exchange: Exchange, *, is_bound: bool = False) -> Known:
    """What a client of the library knows."""
    books = {}
    for market in exchange.markets:
        orders = [
            (
                order.order_id,
                order.account_id,
                order.price.hundredths,
                order.size.hundredths,
                order.remaining.hundredths,
            )
            for side in (market.book.bids, market.book.offers)
            for level in side
            for order in market.book.queue(Side.BUY if side is market.book.bids else Side.SELL, level.price)  # type: ignore[arg-type]
        ]
        books[market.market_id] = orders
    return Known(
        name,
        exchange.user_id,
        exchange.account_id,
        exchange.elevated,
        {account.account_id: account.name for account in exchange.accounts},
        {market.market_id: _as_known(market) for market in exchange.markets},
        books,
        {key: portfolio.cash.ten_thousandths for key, portfolio in exchange.portfolios.items()},
        {
            (key, market_id): position.size.hundredths
            for key, portfolio in exchange.portfolios.items()
            for market_id, position in portfolio.positions.items()
            if position.size
        },
        {key: order.tag.encode() for key, order in exchange.orders.items() if order.tag},
        is_bound=is_bound,
    )


def _as_known(market: Any) -> KnownMarket:
    last = (market._last_price, market._last_size, market._last_time)
    return KnownMarket(
        market.name, int(market.status), market._settlement_price, last, tuple(market.constituents),
        market.owner_account_id, market.restricted, market.anonymous, market.viewer_account_ids,
    )  # fmt: skip


def assert_knows(client: RawClient | Known, state: State) -> None:
    """It is the server's view for that client. Only meaningful when nothing is on its way."""
    known = known_by_wire(client) if isinstance(client, RawClient) else client
    name, view = known.name, _view(known, state)
    assert known.accounts == {key: account.name for key, account in state.accounts.items()}, name
    visible = {key: market for key, market in state.markets.items() if key not in view.hidden}
    assert known.markets.keys() == visible.keys(), name
    followed = {key: market for key, market in visible.items() if not known.followed or key in known.followed}
    for key, market in visible.items():
        seen, should = known.markets[key], _definition(market, view)
        if key not in followed:
            seen = KnownMarket(**{**vars(seen), "last_trade": should.last_trade})
        assert seen == should, (name, key, seen, should)
    assert known.books == {key: _book(market, view) for key, market in followed.items()}, (name, view)
    _assert_knows_own(known, state)


def assert_library_knows(name: str, exchange: Exchange, state: State, *, is_bound: bool = False) -> None:
    """As ``assert_knows``, and everything else that a client of the library keeps."""
    known = known_by_library(name, exchange, is_bound=is_bound)
    assert_knows(known, state)
    view = _view(known, state)
    groups = {key: (group.name, group.description) for key, group in state.groups.items()}
    assert {group.group_id: (group.name, group.description) for group in exchange.groups} == groups, name
    said = [text for _, text in state.announcements]
    assert [announcement.text for announcement in exchange.announcements][-len(said) :] == said, name
    for market in exchange.markets:
        _assert_same_terms(name, market, state.markets[market.market_id])
    for account_id, portfolio in exchange.portfolios.items():
        account = state.accounts[account_id]
        _assert_same_positions(name, portfolio, account, view)
        if not view.hidden & account.positions.keys():
            assert portfolio.available.ten_thousandths == account.available, (name, account_id)


def _assert_same_terms(name: str, seen: Any, market: Market) -> None:
    ours = (
        market.description, market.low, market.high, market.group_id, market.pinned, market.ranked,
        market.position_limit, market.opens_at, market.closes_at, market.redeem_fee, market.created_at,
    )  # fmt: skip
    theirs = (
        seen.description, seen._low, seen._high, seen.group_id, seen.pinned, seen.ranked, seen._position_limit,
        seen.opens_at, seen.closes_at, seen._redeem_fee, seen.created_at,
    )  # fmt: skip
    assert theirs == ours, (name, market.market_id, theirs, ours)


def _assert_same_positions(name: str, portfolio: Any, account: Account, view: View) -> None:
    for market_id, position in account.positions.items():
        if market_id in view.hidden:
            continue
        seen = portfolio.positions.get(market_id)
        theirs = (0,) * 7 if seen is None else (
            seen._size, seen._cost, seen._cash_flow, seen._bid_size, seen._bid_value, seen._offer_size,
            seen._offer_value,
        )  # fmt: skip
        assert theirs == _position(position), (name, account.account_id, market_id, theirs, _position(position))


def _position(position: Position) -> tuple[int, ...]:
    return (
        position.size, position.cost, position.cash_flow, position.bid_size, position.bid_value, position.offer_size,
        position.offer_value,
    )  # fmt: skip


def _owned(known: Known, state: State) -> frozenset[int]:
    if known.is_bound:
        return frozenset({known.account_id})
    return frozenset(key for key, account in state.accounts.items() if known.user_id in account.owners)


def _view(known: Known, state: State) -> View:
    accounts = _owned(known, state) | {known.account_id}
    return state.lens.look(View(known.user_id, known.account_id, known.elevated, accounts, None))


def _definition(market: Market, view: View) -> KnownMarket:
    held, masked = market.market_id in view.held, market.market_id in view.masked
    last = (market.last_trade_price, market.last_trade_size, market.last_trade_time)
    return KnownMarket(
        market.name, market.status, market.settlement_price, (0, 0, 0) if held else last,
        tuple((part.market_id, part.multiplier) for part in market.constituents),
        market.owner_account_id if not masked or market.owner_account_id in view.accounts else 0,
        market.restricted, market.anonymous, market.viewers if view.elevated else frozenset(),
    )  # fmt: skip


def _book(market: Market, view: View) -> list[Row]:
    if market.market_id in view.held:
        return []
    masked = market.market_id in view.masked
    return [
        (
            order.order_id, order.account_id if not masked or order.account_id in view.accounts else 0, order.price,
            order.size, order.remaining,
        )
        for side in (Side.BUY, Side.SELL)
        for order in market.book.in_priority(side)
    ]  # fmt: skip


def _assert_knows_own(known: Known, state: State) -> None:
    name = known.name
    owned = _owned(known, state)
    assert owned <= known.cash.keys(), name
    accounts = {key: state.accounts[key] for key in known.cash}
    cash = {key: account.cash for key, account in accounts.items()}
    assert known.cash == cash, (name, known.cash, cash)
    assert known.held == {
        (key, market_id): position.size
        for key, account in accounts.items()
        for market_id, position in account.positions.items()
        if position.size
    }, name
    own_tags = {
        order_id: order.tag
        for key in owned
        for position in state.accounts[key].positions.values()
        for order_id, order in position.orders.items()
        if order.tag
    }
    assert own_tags.items() <= known.tags.items(), name
