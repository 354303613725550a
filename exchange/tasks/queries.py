"""Answering requests that only read.

    accept    in the connection's order: everything it asked before is decided, so D, the last decision, includes it
    prepare   one step at D: refuse, answer from memory, or say what is to be read
    wait      until everything up to D is durable and published
    read      in a thread, filtered to D, in short reads
    answer    through the outbox, after the feed up to D

The waiting is done in a task of the connection's nursery, so that a bot that reads history goes on trading: the commit
and the read of one answer take longer than many orders. There are a few such tasks at most for a connection; while all
are busy its next request for history waits, and with it what comes after, so nobody fills memory with answers. Answers
of different tasks may overtake each other: none changes anything.

Between D and its answer somebody may lose sight of a market. So what concerns one is looked at again when it has been
read: an answer never tells what its connection may not see any more.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import structlog
import trio

from exchange.core.commands import Actor
from exchange.core.history import Candle, Page, PastFill, Span
from exchange.core.keys import keys_of
from exchange.core.lens import View
from exchange.core.preconditions import UNKNOWN_MARKET, accounts_of, find_market
from exchange.core.refusals import Code, Refusal
from exchange.core.state import Market
from exchange.core.units import TIME_MAX
from exchange.store.history import join_candles
from exchange.store.reader import Reader
from exchange.tasks.reading import search
from exchange.tasks.retelling import Topic, retell
from exchange.tasks.vitals import vitals
from exchange.wire.health import encode_health
from exchange.wire.history import Reply, span_of, times_of
from exchange.wire.replies import encode_refusal

if TYPE_CHECKING:
    from exchange.tasks.connection import Connection

log = structlog.get_logger(__name__)

QUERIES = frozenset({
    "get_trades", "get_orders", "get_transfers", "get_candles", "get_leaderboard", "get_market_positions", "get_audit",
    "get_fills", "get_market_facts", "list_api_keys", "list_invitations", "get_health",
})  # fmt: skip
INTERVAL_SECONDS_MAX = 604_800  # a week
_SECOND = 1_000_000_000
_NOT_ELEVATED = Refusal(Code.NOT_ELEVATED, "", "Only an elevated admin may see that: switch elevation on first.")
_SWITCHED_OFF = Refusal(Code.NOT_ALLOWED, "", "The leaderboard is switched off here.")
_NOT_OWNER = Refusal(Code.NOT_OWNER, "", "You do not own that account any more.")
_INTERNAL = Refusal(Code.INTERNAL, "", "The server failed on this request; it has been reported.")
_TOO_LATE = Refusal(Code.TOO_LATE, "valid_until", "The request arrived after its time and was not answered.")

Answer = Refusal | bytes | Callable[[], Awaitable[Refusal | bytes]]


class Query(NamedTuple):
    """A request and the moment it is answered as of: sequence and time of the answer."""

    request_id: int
    actor: Actor
    sequence: int
    time: int

    @property
    def reply(self) -> Reply:
        """The answer's outer half."""
        return Reply(self.request_id, self.sequence, self.time)


class Queries:
    """The requests of one connection that only read."""

    def __init__(self, connection: "Connection", nursery: trio.Nursery) -> None:
        self._connection = connection
        self._context = connection.context
        self._nursery = nursery
        self._places = trio.Semaphore(self._context.settings.reads_per_connection)
        self._preparers: dict[str, Callable[[Query, Any], Answer]] = {
            "get_trades": self._trades,
            "get_orders": self._orders,
            "get_fills": self._fills,
            "get_transfers": self._transfers,
            "get_candles": self._candles,
            "get_leaderboard": self._leaderboard,
            "get_market_positions": self._market_positions,
            "get_audit": self._audit,
            "get_market_facts": self._market_facts,
            "list_api_keys": self._api_keys,
            "list_invitations": self._invitations,
            "get_health": self._health,
        }

    async def accept(self, kind: str, message: Any) -> None:
        """Takes a request in its order; waits while too many are being answered."""
        connection, engine = self._connection, self._context.engine
        await self._places.acquire()
        try:
            await connection.all_decided()
        except BaseException:
            self._places.release()
            raise
        query = Query(message.request_id, connection.actor, engine.state.sequence, engine.now())
        if message.valid_until and query.time > message.valid_until:
            answer: Answer = _TOO_LATE
        else:
            try:
                answer = self._preparers[kind](query, getattr(message, kind))
            except Exception:
                log.exception("a query failed", kind=kind)
                answer = _INTERNAL
        connection.waiting += 1
        self._nursery.start_soon(self._answer, kind, query, answer)

    async def _answer(self, kind: str, query: Query, answer: Answer) -> None:
        context, connection = self._context, self._connection
        try:
            await context.publisher.wait_published(query.sequence)
            if callable(answer):
                try:
                    answer = await answer()
                except Exception:
                    log.exception("a query failed", kind=kind)
                    answer = _INTERNAL
        finally:
            self._places.release()
        if isinstance(answer, Refusal):
            context.metrics.refusals[answer.code] += 1
            answer = encode_refusal(query.request_id, query.sequence, query.time, answer)
        connection.reply(answer)
        context.publisher.flush(connection.subscriber)

    # What is asked, prepared in one step.

    def _market(self, query: Query, market_id: int) -> Market | Refusal:
        """The market, if whoever asks sees it."""
        return find_market(self._context.engine.state, query.actor, market_id)

    def _view(self, query: Query) -> View:
        """What whoever asks sees as of the last decision."""
        state, actor = self._context.engine.state, query.actor
        accounts = accounts_of(state, actor) | {actor.account_id}
        return state.lens.look(View(actor.user_id, actor.account_id, actor.elevated, accounts, None))

    @property
    def _sees(self) -> View:
        """What the connection sees of what is published."""
        return self._connection.subscriber.view

    def _span(self, query: Query, page: Any) -> Span | Refusal:
        settings = self._context.settings
        return span_of(page, query.sequence, settings.page_rows, settings.page_rows_max)

    def _trades(self, query: Query, body: Any) -> Answer:
        span = self._span(query, body.page)
        if isinstance(span, Refusal):
            return span
        market = self._market(query, body.market_id)
        if isinstance(market, Refusal):
            return market
        market_id = market.market_id

        async def answer() -> Refusal | bytes:
            page = await self._context.reads.read(lambda reader: reader.history.trades(market_id, span))
            view = self._sees
            if not _shows(view, market_id):
                return UNKNOWN_MARKET
            return query.reply.trades(page, view.accounts if market_id in view.masked else None)

        return answer

    def _orders(self, query: Query, body: Any) -> Answer:
        """Orders change after they are placed: the answer is as of the last commit that they can show."""
        span = self._span(query, body.page)
        if isinstance(span, Refusal):
            return span
        account_id, market_id = query.actor.account_id, body.market_id
        if market_id and (market_id in self._view(query).hidden or market_id not in self._context.engine.state.markets):
            return UNKNOWN_MARKET
        positions = self._context.engine.state.accounts[account_id].positions.keys()

        def read(unseen: frozenset[int], reader: Reader) -> tuple[bytes, int]:
            page = reader.history.orders(account_id, market_id, span, unseen)
            shown = max(query.sequence, reader.history.latest_sequence())
            return query._replace(sequence=shown).reply.orders(page), shown

        async def answer() -> Refusal | bytes:
            unseen = None
            while unseen != (unseen := self._sees.hidden & positions):
                payload, shown = await self._context.reads.read(partial(read, unseen))
                await self._context.publisher.wait_published(shown)
            if not query.actor.elevated and account_id not in self._sees.accounts:
                return _NOT_OWNER  # since then
            return UNKNOWN_MARKET if market_id in unseen else payload

        return answer

    def _fills(self, query: Query, body: Any) -> Answer:
        span = self._span(query, body.page)
        if isinstance(span, Refusal):
            return span
        account_id, market_id = query.actor.account_id, body.market_id
        if market_id and (market_id in self._view(query).hidden or market_id not in self._context.engine.state.markets):
            return UNKNOWN_MARKET
        positions = self._context.engine.state.accounts[account_id].positions.keys()
        context = self._context

        async def answer() -> Refusal | bytes:
            unseen: frozenset[int] | None = None
            while unseen != (unseen := frozenset(self._sees.hidden & positions)):
                fetch = partial(_fills_of, account_id, market_id, unseen)
                page = await search(context.reads, span, context.settings.read_commits, fetch)
            if not query.actor.elevated and account_id not in self._sees.accounts:
                return _NOT_OWNER  # since then
            return UNKNOWN_MARKET if market_id in unseen else query.reply.fills(account_id, page)

        return answer

    def _transfers(self, query: Query, body: Any) -> Answer:
        span = self._span(query, body.page)
        if isinstance(span, Refusal):
            return span
        account_id = query.actor.account_id
        return self._reading(lambda reader: query.reply.transfers(reader.history.transfers(account_id, span)))

    def _audit(self, query: Query, body: Any) -> Answer:
        if not query.actor.elevated:
            return _NOT_ELEVATED
        span = self._span(query, body.page)
        if isinstance(span, Refusal):
            return span
        most = self._context.settings.frame_bytes
        return self._reading(lambda reader: query.reply.audit(reader.history.actions(span, most)))

    def _candles(self, query: Query, body: Any) -> Answer:
        seconds, most = body.interval_seconds, self._context.settings.candles_max
        if not 0 < seconds <= INTERVAL_SECONDS_MAX:
            sentence = f"A candle is from 1 to {INTERVAL_SECONDS_MAX:,} seconds long."
            return Refusal(Code.INVALID_VALUE, "interval_seconds", sentence)
        interval = seconds * _SECOND
        earliest, latest = times_of(body)
        final = min(latest or query.time, TIME_MAX) // interval * interval
        first = -(-earliest // interval) * interval if earliest else max(0, final - (most - 1) * interval)
        if first > final:
            return Refusal(Code.INVALID_VALUE, "from", "No candle starts between these times.")
        if (final - first) // interval >= most:
            return Refusal(Code.INVALID_VALUE, "from", f"Ask for at most {most:,} candles at a time.")
        market = self._market(query, body.market_id)
        if isinstance(market, Refusal):
            return market
        market_id = market.market_id

        def find(reader: Reader) -> tuple[int, int]:
            history = reader.history
            last = min(query.sequence, history.first_sequence_at(final + interval) - 1)
            return history.first_sequence_at(first), last

        async def answer() -> Refusal | bytes:
            reads, step = self._context.reads, self._context.settings.read_commits
            start, last = await reads.read(find)
            candles: list[Candle] = []
            while start <= last:
                end = min(last, start + step - 1)
                piece = (start, end)
                more = await reads.read(lambda reader, p=piece: reader.history.candles(market_id, interval, *p))  # type: ignore[misc]
                candles, start = join_candles(candles, more), end + 1
            return query.reply.candles(candles) if _shows(self._sees, market_id) else UNKNOWN_MARKET

        return answer

    def _market_facts(self, query: Query, body: Any) -> Answer:
        span = self._span(query, body.page)
        if isinstance(span, Refusal):
            return span
        market = self._market(query, body.market_id)
        if isinstance(market, Refusal):
            return market
        topic = Topic(market.market_id, body.status_only)
        return lambda: retell(self._context, query.reply, topic, span, lambda: self._sees)

    def _leaderboard(self, query: Query, _: Any) -> Answer:
        if not self._context.settings.leaderboard and not query.actor.elevated:
            return _SWITCHED_OFF
        context, view = self._context, self._view(query)
        seconds = context.settings.leaderboard_seconds
        unseen = view.hidden | view.held
        sequence, rows = context.leaderboard.find(context.engine.state, unseen, trio.current_time(), seconds)
        return query._replace(sequence=sequence).reply.leaderboard(rows)

    def _market_positions(self, query: Query, body: Any) -> Answer:
        if not query.actor.elevated:
            return _NOT_ELEVATED
        market = self._market(query, body.market_id)
        return market if isinstance(market, Refusal) else query.reply.market_positions(market)

    def _api_keys(self, query: Query, body: Any) -> Answer:
        if body.everybody and not query.actor.elevated:
            return _NOT_ELEVATED
        state = self._context.engine.state
        keys = list(state.api_keys.values()) if body.everybody else keys_of(state, query.actor.user_id)
        return query.reply.api_keys(state, keys)

    def _invitations(self, query: Query, _: Any) -> Answer:
        return query.reply.invitations(self._context.engine.state) if query.actor.elevated else _NOT_ELEVATED

    def _health(self, query: Query, _: Any) -> Answer:
        if not query.actor.elevated:
            return _NOT_ELEVATED
        return encode_health(query.request_id, query.sequence, query.time, vitals(self._context))

    def _reading(self, read: Callable[[Reader], bytes]) -> Answer:
        return lambda: self._context.reads.read(read)


def _fills_of(account_id: int, market_id: int, unseen: frozenset[int], reader: Reader, span: Span) -> Page[PastFill]:
    return reader.history.fills(account_id, market_id, span, unseen)


def _shows(view: View, market_id: int) -> bool:
    return market_id not in view.hidden and market_id not in view.held
