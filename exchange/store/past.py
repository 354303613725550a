"""Checks the readable past against the journal, as it streams by: orders, trades, transfers, who was made when.

Written from the facts alone, not with the code that wrote the rows, so that the two have to agree. Memory is in
proportion to what is open: an order is compared and forgotten when it ends.
"""

from collections.abc import Callable, Iterator
from typing import Any

import apsw

from exchange.core.book import priority
from exchange.core.credentials import ApiKeyRevoked, InvitationRevoked
from exchange.core.facts import (
    AccountCreated,
    Fact,
    Fill,
    MarketSettled,
    OrderAmended,
    OrderPlaced,
    OrdersCancelled,
    Transferred,
    UserCreated,
)

_ORDER_COLUMNS = (
    "market_id", "account_id", "side", "price", "size", "filled", "remaining", "priority", "ended_sequence",
    "placed_sequence", "placed_at", "time_in_force", "post_only", "expires_at", "session_number", "tag",
)  # fmt: skip
_ORDER = f"SELECT {', '.join(_ORDER_COLUMNS)} FROM orders WHERE id = ?"

Expected = dict[str, Any]


class Past:
    """Takes the facts of the journal one after the other and says what the tables have differently."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._open: dict[int, dict[int, Expected]] = {}
        self._trades: Iterator[Any] = connection.execute("SELECT * FROM trades ORDER BY sequence, trade_index")
        self._transfers: Iterator[Any] = connection.execute("SELECT * FROM transfers ORDER BY id")
        self._trade_index = 0
        self.orders = self.trades = self.transfers = 0

    def follow(self, sequence: int, time: int, facts: list[Fact]) -> Iterator[str]:
        """The next commit's facts; what is wrong with the rows that are complete with it."""
        self._trade_index = 0
        for index, fact in enumerate(facts):
            check = _CHECKS.get(type(fact))
            if check is not None:
                yield from check(self, fact, sequence, time, index)

    def finish(self) -> Iterator[str]:
        """After the last commit: what is open, and what the tables have beyond the journal."""
        for orders in self._open.values():
            for order_id, order in orders.items():
                yield from self._compare(order_id, order)
        for row in self._trades:
            yield f"trade {row[1]} of sequence {row[0]} is not in the journal"
        for row in self._transfers:
            yield f"transfer {row[0]} is not in the journal"
        found = self._connection.execute("SELECT count(*) FROM orders").get
        if found != self.orders:
            yield f"there are {found} orders and by the journal {self.orders}"

    def _placed(self, fact: OrderPlaced, sequence: int, time: int, index: int) -> Iterator[str]:
        self.orders += 1
        order: Expected = {
            "market_id": fact.market_id, "account_id": fact.account_id, "side": int(fact.side), "price": fact.price,
            "size": fact.size, "filled": 0, "remaining": 0, "priority": None, "ended_sequence": None,
            "placed_sequence": sequence, "placed_at": time, "time_in_force": int(fact.time_in_force),
            "post_only": int(fact.post_only), "expires_at": fact.expires_at, "session_number": fact.session_number,
            "tag": fact.tag,
        }  # fmt: skip
        self._open.setdefault(fact.market_id, {})[fact.order_id] = order
        yield from self._matched(fact, order, sequence, time, index)

    def _amended(self, fact: OrderAmended, sequence: int, time: int, index: int) -> Iterator[str]:
        order = self._open[fact.market_id][fact.order_id]
        order["price"], order["size"] = fact.price, fact.size
        if fact.kept_place:
            order["remaining"] = fact.remaining
            if fact.remaining == 0:
                yield from self._end(fact.market_id, fact.order_id, sequence)
            return
        yield from self._matched(fact, order, sequence, time, index)

    def _matched(
        self, fact: OrderPlaced | OrderAmended, order: Expected, sequence: int, time: int, index: int
    ) -> Iterator[str]:
        for fill in fact.fills:
            yield from self._trade(fact, fill, order, sequence, time)
            yield from self._less(fact.market_id, fill.order_id, fill.size, fill.size, sequence)
        for reduction in fact.reductions:
            yield from self._less(fact.market_id, reduction.order_id, reduction.size, 0, sequence)
        order["filled"] += sum(fill.size for fill in fact.fills)
        order["remaining"] = fact.remaining
        order["priority"] = priority(sequence, index)
        if fact.remaining == 0:
            yield from self._end(fact.market_id, fact.order_id, sequence)

    def _trade(
        self, fact: OrderPlaced | OrderAmended, fill: Fill, order: Expected, sequence: int, time: int
    ) -> Iterator[str]:
        expected = (
            sequence, self._trade_index, fact.market_id, time, fill.price, fill.size, order["side"], fact.account_id,
            fact.order_id, fill.account_id, fill.order_id,
        )  # fmt: skip
        self._trade_index += 1
        self.trades += 1
        yield from _next(f"trade {expected[1]} of sequence {sequence}", self._trades, expected)

    def _less(self, market_id: int, order_id: int, size: int, filled: int, sequence: int) -> Iterator[str]:
        order = self._open[market_id][order_id]
        order["remaining"] -= size
        order["filled"] += filled
        if order["remaining"] == 0:
            yield from self._end(market_id, order_id, sequence)

    def _cancelled(self, fact: OrdersCancelled, sequence: int, _time: int, _index: int) -> Iterator[str]:
        for order_id in fact.order_ids:
            yield from self._end(fact.market_id, order_id, sequence)

    def _settled(self, fact: MarketSettled, sequence: int, _time: int, _index: int) -> Iterator[str]:
        for order_id in list(self._open.get(fact.market_id, ())):
            yield from self._end(fact.market_id, order_id, sequence)

    def _end(self, market_id: int, order_id: int, sequence: int) -> Iterator[str]:
        order = self._open[market_id].pop(order_id)
        order["remaining"], order["priority"], order["ended_sequence"] = 0, None, sequence
        yield from self._compare(order_id, order)

    def _compare(self, order_id: int, order: Expected) -> Iterator[str]:
        row = self._connection.execute(_ORDER, (order_id,)).fetchone()
        if row is None:
            yield f"order {order_id} is missing"
            return
        for name, found in zip(_ORDER_COLUMNS, row, strict=True):
            if found != order[name]:
                yield f"order {order_id}: {name} is {found!r} and by the journal {order[name]!r}"

    def _transferred(self, fact: Transferred, sequence: int, time: int, _index: int) -> Iterator[str]:
        self.transfers += 1
        expected = (
            fact.transfer_id, sequence, time, fact.kind, fact.from_account_id, fact.to_account_id, fact.amount,
            fact.note, fact.initiator_user_id,
        )  # fmt: skip
        yield from _next(f"transfer {fact.transfer_id}", self._transfers, expected)

    def _made(self, fact: AccountCreated | UserCreated, sequence: int, _time: int, _index: int) -> Iterator[str]:
        table, key = ("accounts", fact.account_id) if isinstance(fact, AccountCreated) else ("users", fact.user_id)
        found = self._connection.execute(f"SELECT created_sequence FROM {table} WHERE id = ?", (key,)).get
        if found != sequence:
            yield f"{table} {key}: created_sequence is {found} and by the journal {sequence}"

    def _key_revoked(self, fact: ApiKeyRevoked, sequence: int, _time: int, _index: int) -> Iterator[str]:
        yield from self._revoked("api_keys", fact.key_id, sequence)

    def _invitation_revoked(self, fact: InvitationRevoked, sequence: int, _time: int, _index: int) -> Iterator[str]:
        yield from self._revoked("invitations", fact.invitation_id, sequence)

    def _revoked(self, table: str, key: int, sequence: int) -> Iterator[str]:
        found = self._connection.execute(f"SELECT revoked_sequence FROM {table} WHERE id = ?", (key,)).get
        if found != sequence:
            yield f"{table} {key}: revoked_sequence is {found} and by the journal {sequence}"


def _next(what: str, rows: Iterator[Any], expected: tuple[Any, ...]) -> Iterator[str]:
    """Reads on in a table that is in the order of the journal. After a missing row all later ones are off by it."""
    found = next(rows, None)
    if found is None:
        yield f"{what} is missing"
    elif tuple(found) != expected:
        yield f"{what} is {tuple(found)} and by the journal {tuple(map(_plain, expected))}"


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, int) else value


_CHECKS: dict[type, Callable[[Past, Any, int, int, int], Iterator[str]]] = {
    OrderPlaced: Past._placed,
    OrderAmended: Past._amended,
    OrdersCancelled: Past._cancelled,
    MarketSettled: Past._settled,
    Transferred: Past._transferred,
    AccountCreated: Past._made,
    UserCreated: Past._made,
    ApiKeyRevoked: Past._key_revoked,
    InvitationRevoked: Past._invitation_revoked,
}
