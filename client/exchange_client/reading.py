"""Reading the past, and what others have.

None of it changes anything. An answer is as of its sequence and comes after the feed up to there. The exchange limits
how many such requests a user makes in a minute.

Pages are newest first, before the sequence ``before`` (0 for the newest), or oldest first, after the sequence
``after``; ``limit`` is about how many rows, 0 for the exchange's default.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from exchange_client.definitions import transfer
from exchange_client.enums import MarketStatus, Side, TimeInForce
from exchange_client.health import Health, health_of
from exchange_client.market import MarketView
from exchange_client.number import WORD_MAX, in_cash, in_contracts, whole
from exchange_client.past import Action, Candle, Fact, FeedFact, Holding, Page, PastOrder, Standing, StatusChange
from exchange_client.schema import client_pb2 as wire
from exchange_client.schema import server_pb2
from exchange_client.values import OwnFill, Trade, Transfer, tag_text, to_nanoseconds, trade_of

if TYPE_CHECKING:
    from exchange_client.state import State

_Message = wire.ClientMessage


class MarketReading(MarketView):
    """Requests that only read, about a market; the module says what all have in common."""

    async def get_trades(self, *, before: int = 0, after: int = 0, limit: int = 0) -> Page[Trade]:
        """Trades of the market."""
        request = wire.GetTrades(market_id=self.market_id, page=_page(before, after, limit))
        reply = await self._state.requester.read("trades", _Message(get_trades=request))
        rows = tuple(
            trade_of(
                (
                    self.market_id, t.sequence, t.index, t.time, t.price, t.size, Side(t.taker_side),
                    t.taker_account_id, t.maker_account_id, t.taker_order_id, t.maker_order_id,
                )
            )
            for t in reply.trades.trades
        )  # fmt: skip
        return Page(rows, reply.trades.more, reply.trades.next, reply.sequence)

    async def get_orders(self, *, before: int = 0, after: int = 0, limit: int = 0) -> Page[PastOrder]:
        """Orders of the acting account in this market by when they were placed, as they stand now."""
        return await read_orders(self._state, self.market_id, _page(before, after, limit))

    async def get_fills(self, *, before: int = 0, after: int = 0, limit: int = 0) -> Page[OwnFill]:
        """Fills of the acting account in this market."""
        return await read_fills(self._state, self.market_id, _page(before, after, limit))

    async def get_candles(
        self, interval_seconds: int, *, first: datetime | int = 0, last: datetime | int = 0
    ) -> tuple[Candle, ...]:
        """Candles of ``interval_seconds`` (up to a week) that start from ``first`` to ``last``, oldest first.

        Both are a ``datetime`` or nanoseconds; without ``last`` until now, without ``first`` as far back as one answer
        goes. They start at whole multiples of the interval; those without trades are left out.
        """
        times: Any = {"from": to_nanoseconds(first, "first"), "to": to_nanoseconds(last, "last")}
        seconds = whole(interval_seconds, "interval_seconds", WORD_MAX)
        request = wire.GetCandles(market_id=self.market_id, interval_seconds=seconds, **times)
        reply = await self._state.requester.read("candles", _Message(get_candles=request))
        return tuple(
            Candle(c.start, *map(in_contracts, (c.open, c.high, c.low, c.close, c.volume)))
            for c in reply.candles.candles
        )

    async def get_facts(self, *, before: int = 0, after: int = 0, limit: int = 0) -> Page[FeedFact]:
        """What happened in the market since it was made, as its feed told it. The rows of ``limit`` are commits.

        From ``after=1`` on they are all there is to know of its book, as of any sequence. A page may have fewer.
        """
        reply = await self._market_facts(_page(before, after, limit), status_only=False)
        facts = reply.market_facts
        rows = tuple(FeedFact(message.sequence, message.time, *fact_of(message)) for message in facts.messages)
        return Page(rows, facts.more, facts.next, reply.sequence)

    async def get_status_changes(self, *, before: int = 0, after: int = 0, limit: int = 0) -> Page[StatusChange]:
        """When the market was made, opened, halted, paused, settled and unsettled."""
        reply = await self._market_facts(_page(before, after, limit), status_only=True)
        facts = reply.market_facts
        return Page(tuple(map(_status_change, facts.messages)), facts.more, facts.next, reply.sequence)

    async def _market_facts(self, page: wire.Page, *, status_only: bool) -> server_pb2.ServerMessage:
        request = wire.GetMarketFacts(market_id=self.market_id, page=page, status_only=status_only)
        return await self._state.requester.read("market_facts", _Message(get_market_facts=request))

    async def get_positions(self) -> tuple[Holding, ...]:
        """Who holds what in the market, by account. Elevated."""
        request = wire.GetMarketPositions(market_id=self.market_id)
        reply = await self._state.requester.read("market_positions", _Message(get_market_positions=request))
        rows = ((row.account_id, row.position) for row in reply.market_positions.positions)
        return tuple(
            Holding(account_id, in_contracts(p.size), in_cash(p.cost), in_cash(p.cash_flow)) for account_id, p in rows
        )


class Reading:
    """Requests that only read, about all markets."""

    _state: "State"

    async def get_orders(self, *, before: int = 0, after: int = 0, limit: int = 0) -> Page[PastOrder]:
        """Orders of the acting account in all markets by when they were placed, as they stand now."""
        return await read_orders(self._state, 0, _page(before, after, limit))

    async def get_fills(self, *, before: int = 0, after: int = 0, limit: int = 0) -> Page[OwnFill]:
        """Fills of the acting account in all markets."""
        return await read_fills(self._state, 0, _page(before, after, limit))

    async def get_transfers(self, *, before: int = 0, after: int = 0, limit: int = 0) -> Page[Transfer]:
        """Movements of money from and to the acting account."""
        request = wire.GetTransfers(page=_page(before, after, limit))
        reply = await self._state.requester.read("transfers", _Message(get_transfers=request))
        rows = tuple(transfer(record) for record in reply.transfers.transfers)
        return Page(rows, reply.transfers.more, reply.transfers.next, reply.sequence)

    async def get_leaderboard(self) -> tuple[Standing, ...]:
        """Who is winning, best first. A user's accounts count together."""
        reply = await self._state.requester.read("leaderboard", _Message(get_leaderboard=wire.GetLeaderboard()))
        return tuple(
            Standing(row.account_id, in_cash(row.profit), in_cash(row.equity)) for row in reply.leaderboard.rows
        )

    async def get_audit(self, *, before: int = 0, after: int = 0, limit: int = 0) -> Page[Action]:
        """What users did while elevated, with all it caused. Elevated. A page may have fewer rows than asked for."""
        request = wire.GetAudit(page=_page(before, after, limit))
        reply = await self._state.requester.read("audit", _Message(get_audit=request))
        rows = tuple(
            Action(row.sequence, row.time, row.user_id, row.account_id, tuple(fact_of(fact) for fact in row.facts))
            for row in reply.audit.rows
        )
        return Page(rows, reply.audit.more, reply.audit.next, reply.sequence)

    async def get_health(self) -> Health:
        """How the exchange is doing: load, queues, disk, copies. Elevated."""
        reply = await self._state.requester.read("health", _Message(get_health=wire.GetHealth()))
        return health_of(reply.health)


def _page(before: int, after: int, limit: int) -> wire.Page:
    rows = whole(limit, "limit", WORD_MAX)
    return wire.Page(before=whole(before, "before"), after=whole(after, "after"), limit=rows)


async def read_orders(state: "State", market_id: int, page: wire.Page) -> Page[PastOrder]:
    """Orders of the acting account in one market, or in all where that is 0."""
    request = wire.GetOrders(market_id=market_id, page=page)
    reply = await state.requester.read("orders", _Message(get_orders=request))
    rows = tuple(
        PastOrder(
            o.order_id, o.market_id, o.account_id, Side(o.side), in_contracts(o.price), in_contracts(o.size),
            in_contracts(o.filled), in_contracts(o.remaining), TimeInForce(o.time_in_force), o.post_only,
            tag_text(o.tag), o.placed_at, o.placed_sequence, o.ended_sequence, o.expires_at,
        )
        for o in reply.orders.orders
    )  # fmt: skip
    return Page(rows, reply.orders.more, reply.orders.next, reply.sequence)


def _status_change(message: server_pb2.ServerMessage) -> StatusChange:
    kind = message.WhichOneof("message")
    price = 0
    if kind == "market_settled":
        status, price = MarketStatus.SETTLED, message.market_settled.price
    elif kind == "market_unsettled":
        status = MarketStatus.HALTED
    elif kind == "market_created":
        status = MarketStatus(message.market_created.market.status)
    else:
        status = MarketStatus(message.market_status_changed.status)
    return StatusChange(message.sequence, message.time, status, in_contracts(price))


async def read_fills(state: "State", market_id: int, page: wire.Page) -> Page[OwnFill]:
    """Fills of the acting account in one market, or in all where that is 0."""
    request = wire.GetFills(market_id=market_id, page=page)
    reply = await state.requester.read("own_fills", _Message(get_fills=request))
    account_id = reply.own_fills.account_id
    rows = tuple(
        OwnFill(
            account_id, f.market_id, f.order_id, Side(f.side), in_contracts(f.price), in_contracts(f.size), f.maker,
            f.sequence, f.time,
        )
        for f in reply.own_fills.fills
    )  # fmt: skip
    return Page(rows, reply.own_fills.more, reply.own_fills.next, reply.sequence)


def fact_of(message: server_pb2.ServerMessage) -> Fact:
    """A fact in plain values."""
    kind = message.WhichOneof("message") or ""
    return Fact(kind, _plain(getattr(message, kind)) if kind else {})


def _plain(message: Any) -> dict[str, object]:
    """The fields that are set, as dictionaries, tuples and plain values."""
    fields: dict[str, object] = {}
    for field, value in message.ListFields():
        if field.message_type is None:
            fields[field.name] = value if isinstance(value, int | str | bytes) else tuple(value)
        elif hasattr(value, "ListFields"):
            fields[field.name] = _plain(value)
        else:
            fields[field.name] = tuple(_plain(item) for item in value)
    return fields
