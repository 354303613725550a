"""Everything a state holds as one comparable value: two states are the same exactly when their fingerprints are.

Every slot and field of every object is walked, so what is added later is covered without a word here. References
between objects become names; the order of dictionaries counts, except of those of orders by identifier, tag
and session: the order of a queue is in its level, and whoever goes through an account's orders sorts them, because a
restart does not keep it.
"""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from exchange.core.book import Book, Order
from exchange.core.ladder import Ladder, Level
from exchange.core.state import Account, Market, Position, State, User
from exchange.core.units import Side

_UNORDERED = {"orders", "tags", "by_session"}
Fingerprint = list[tuple[Any, ...]]


def fingerprint(state: State) -> Fingerprint:
    """Every object that belongs to the state, each with all that it holds."""
    return [_contents(item) for item in _objects(state)]


def _objects(state: State) -> Iterator[object]:
    yield state
    yield from state.users.values()
    yield from state.accounts.values()
    for market in state.markets.values():
        yield market
        yield market.book
        yield from market.positions.values()
        for side in Side:
            yield from market.book.side(side)
        for _, order in sorted(market.book.orders.items()):
            yield order


def _contents(item: object) -> tuple[Any, ...]:
    if is_dataclass(item):
        names = [each.name for each in fields(item)]
    else:
        names = list(type(item).__slots__)  # type: ignore[attr-defined]
    return (type(item).__name__, *((name, _field(name, getattr(item, name))) for name in names))


def _field(name: str, value: Any) -> Any:
    return _value(dict(sorted(value.items())) if name in _UNORDERED else value)


def _value(value: Any) -> Any:
    match value:
        case dict():
            return tuple((key, _value(item)) for key, item in value.items())
        case set() | frozenset():
            return frozenset(value)
        case Order():
            return ("order", value.order_id)
        case Level():
            return ("level", value.price, [order.order_id for order in value])
        case Ladder():  # where its husks lie is nobody's business
            return ("ladder", value.best_rank, [level.price for level in value])
        case Account():
            return ("account", value.account_id)
        case Position():
            return ("position", value.market_id, value.account.account_id)
        case Market():
            return ("market", value.market_id)
        case User():
            return ("user", value.user_id)
        case Book():
            return "book"
        case _:
            return value
