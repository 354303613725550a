"""Reading the past, and what others have.

None of it changes anything. An answer is as of its sequence and comes after the feed up to there. The exchange limits
how many such requests a user makes in a minute.

Pages are newest first, before the sequence ``before`` (0 for the newest), or oldest first, after the sequence
``after``; ``limit`` is about how many rows, 0 for the exchange's default.
"""

from typing import Any

from exchange_client.enums import Side, TimeInForce, TransferKind
from exchange_client.market import Market
from exchange_client.past import Action, Candle, Fact, Holding, Page, PastOrder, Standing
from exchange_client.requester import Requester
from exchange_client.schema import client_pb2 as wire
from exchange_client.schema import server_pb2
from exchange_client.values import Trade, Transfer

_Message = wire.ClientMessage


class Reading:
    """Requests that only read; the module says what all have in common."""

    _requester: Requester

    async def get_trades(self, market: Market | int, *, before: int = 0, after: int = 0, limit: int = 0) -> Page[Trade]:
        """Trades of a market: prices and sizes in hundredths, times in nanoseconds."""
        market_id = _market_id(market)
        request = wire.GetTrades(market_id=market_id, page=wire.Page(before=before, after=after, limit=limit))
        reply = await self._requester.read("trades", _Message(get_trades=request))
        rows = tuple(
            Trade(
                market_id, t.sequence, t.index, t.time, t.price, t.size, Side(t.taker_side), t.taker_account_id,
                t.maker_account_id, t.taker_order_id, t.maker_order_id,
            )
            for t in reply.trades.trades
        )  # fmt: skip
        return Page(rows, reply.trades.more, reply.trades.next, reply.sequence)

    async def get_orders(
        self, market: Market | int = 0, *, before: int = 0, after: int = 0, limit: int = 0
    ) -> Page[PastOrder]:
        """Orders of the acting account by when they were placed, of one market or of all, as they stand now."""
        page = wire.Page(before=before, after=after, limit=limit)
        request = wire.GetOrders(market_id=_market_id(market), page=page)
        reply = await self._requester.read("orders", _Message(get_orders=request))
        rows = tuple(
            PastOrder(
                o.order_id, o.market_id, o.account_id, Side(o.side), o.price, o.size, o.filled, o.remaining,
                TimeInForce(o.time_in_force), o.post_only, o.tag, o.placed_at, o.placed_sequence, o.ended_sequence,
                o.expires_at,
            )
            for o in reply.orders.orders
        )  # fmt: skip
        return Page(rows, reply.orders.more, reply.orders.next, reply.sequence)

    async def get_transfers(self, *, before: int = 0, after: int = 0, limit: int = 0) -> Page[Transfer]:
        """Movements of money from and to the acting account, in ten-thousandths."""
        request = wire.GetTransfers(page=wire.Page(before=before, after=after, limit=limit))
        reply = await self._requester.read("transfers", _Message(get_transfers=request))
        rows = tuple(
            Transfer(
                t.transfer_id, TransferKind(t.kind), t.from_account_id, t.to_account_id, t.amount, t.note,
                t.initiator_user_id, t.time,
            )
            for t in reply.transfers.transfers
        )  # fmt: skip
        return Page(rows, reply.transfers.more, reply.transfers.next, reply.sequence)

    async def get_candles(
        self, market: Market | int, interval_seconds: int, *, first: int = 0, last: int = 0
    ) -> tuple[Candle, ...]:
        """Candles of ``interval_seconds`` (up to a week) that start from ``first`` to ``last``, oldest first.

        Both are nanoseconds; without ``last`` until now, without ``first`` as far back as one answer goes. They start
        at whole multiples of the interval; those without trades are left out.
        """
        times: Any = {"from": first, "to": last}
        request = wire.GetCandles(market_id=_market_id(market), interval_seconds=interval_seconds, **times)
        reply = await self._requester.read("candles", _Message(get_candles=request))
        return tuple(Candle(c.start, c.open, c.high, c.low, c.close, c.volume) for c in reply.candles.candles)

    async def get_leaderboard(self) -> tuple[Standing, ...]:
        """Who is winning, best first: profit and equity in ten-thousandths. A user's accounts count together."""
        reply = await self._requester.read("leaderboard", _Message(get_leaderboard=wire.GetLeaderboard()))
        return tuple(Standing(row.account_id, row.profit, row.equity) for row in reply.leaderboard.rows)

    async def get_market_positions(self, market: Market | int) -> tuple[Holding, ...]:
        """Who holds what in a market, by account: sizes in hundredths, cash in ten-thousandths. Elevated."""
        request = wire.GetMarketPositions(market_id=_market_id(market))
        reply = await self._requester.read("market_positions", _Message(get_market_positions=request))
        rows = ((row.account_id, row.position) for row in reply.market_positions.positions)
        return tuple(Holding(account_id, p.size, p.cost, p.cash_flow) for account_id, p in rows)

    async def get_audit(self, *, before: int = 0, after: int = 0, limit: int = 0) -> Page[Action]:
        """What users did while elevated, with all it caused. Elevated. A page may have fewer rows than asked for."""
        request = wire.GetAudit(page=wire.Page(before=before, after=after, limit=limit))
        reply = await self._requester.read("audit", _Message(get_audit=request))
        rows = tuple(
            Action(row.sequence, row.time, row.user_id, row.account_id, tuple(_fact(fact) for fact in row.facts))
            for row in reply.audit.rows
        )
        return Page(rows, reply.audit.more, reply.audit.next, reply.sequence)


def _market_id(market: Market | int) -> int:
    return market if isinstance(market, int) else market.market_id


def _fact(message: server_pb2.ServerMessage) -> Fact:
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
