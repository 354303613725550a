"""Answers to reading, as elements of a frame, and what their requests say."""

from collections.abc import Iterable, Set

from exchange.core.credentials import ApiKey
from exchange.core.history import Action, Candle, Page, PastFill, PastOrder, PastTrade, PastTransfer, Span
from exchange.core.refusals import Code, Refusal
from exchange.core.standings import Standing
from exchange.core.state import Market, State
from exchange.wire.credentials import write_invitations, write_keys
from exchange.wire.replies import element
from exchange_client.schema import client_pb2, server_pb2, types_pb2

ServerMessage = server_pb2.ServerMessage


def span_of(page: client_pb2.Page, latest: int, rows_default: int, rows_max: int) -> Span | Refusal:
    """Which rows a page asks for, of all up to ``latest``."""
    if page.before and page.after:
        return Refusal(Code.INVALID_VALUE, "page.after", "Ask for what is before a sequence or after one, not both.")
    if page.limit > rows_max:
        return Refusal(Code.INVALID_VALUE, "page.limit", f"Ask for at most {rows_max:,} rows at a time.")
    before = min(page.before or latest + 1, latest + 1)
    return Span(min(page.after, latest), before, not page.after, page.limit or rows_default)


def times_of(body: client_pb2.GetCandles) -> tuple[int, int]:
    """Earliest and latest start that candles are asked for, 0 where it is left open."""
    return getattr(body, "from"), body.to


def _named(account_id: int, revealed: Set[int] | None) -> int:
    return account_id if revealed is None or account_id in revealed else 0


def write_transfer(body: types_pb2.TransferRecord, row: PastTransfer) -> None:
    """Writes a movement of money into a message."""
    body.transfer_id = row.transfer_id
    body.kind = row.kind  # type: ignore[assignment]
    body.from_account_id = row.from_account_id
    body.to_account_id = row.to_account_id
    body.amount = row.amount
    body.note = row.note
    body.initiator_user_id = row.initiator_user_id
    body.time = row.time


class Reply:
    """What every answer carries: the request, the sequence it is as of, and the server's time."""

    def __init__(self, request_id: int, sequence: int, time: int) -> None:
        self.request_id = request_id
        self.sequence = sequence
        self.time = time

    def _message(self) -> ServerMessage:
        return ServerMessage(request_id=self.request_id, sequence=self.sequence, time=self.time)

    def trades(self, page: Page[PastTrade], revealed: Set[int] | None = None) -> bytes:
        """With every account, or with only those that are ``revealed``."""
        message = self._message()
        message.trades.more = page.more
        for row in page.rows:
            message.trades.trades.add(
                sequence=row.sequence,
                index=row.number,
                time=row.time,
                price=row.price,
                size=row.size,
                taker_side=row.taker_side,
                taker_account_id=_named(row.taker_account_id, revealed),
                maker_account_id=_named(row.maker_account_id, revealed),
                taker_order_id=row.taker_order_id,
                maker_order_id=row.maker_order_id,
            )
            message.trades.next = row.sequence
        return element(message)

    def fills(self, account_id: int, page: Page[PastFill]) -> bytes:
        message = self._message()
        message.own_fills.account_id = account_id
        message.own_fills.more = page.more
        for row in page.rows:
            message.own_fills.fills.add(
                sequence=row.sequence,
                index=row.number,
                time=row.time,
                market_id=row.market_id,
                order_id=row.order_id,
                side=row.side,
                price=row.price,
                size=row.size,
                maker=bool(row.maker),
            )
            message.own_fills.next = row.sequence
        return element(message)

    def orders(self, page: Page[PastOrder]) -> bytes:
        message = self._message()
        message.orders.more = page.more
        for row in page.rows:
            message.orders.orders.add(
                order_id=row.order_id,
                market_id=row.market_id,
                account_id=row.account_id,
                side=row.side,
                price=row.price,
                size=row.size,
                remaining=row.remaining,
                tag=row.tag,
                expires_at=row.expires_at,
                placed_at=row.placed_at,
                post_only=bool(row.post_only),
                filled=row.filled,
                time_in_force=row.time_in_force,
                placed_sequence=row.sequence,
                ended_sequence=row.ended_sequence,
            )
            message.orders.next = row.sequence
        return element(message)

    def transfers(self, page: Page[PastTransfer]) -> bytes:
        message = self._message()
        message.transfers.more = page.more
        for row in page.rows:
            write_transfer(message.transfers.transfers.add(), row)
            message.transfers.next = row.sequence
        return element(message)

    def market_facts(self, commits: Iterable[bytes], last_sequence: int, *, more: bool) -> bytes:
        """From commits encoded for the feed, whose frames number their messages as this answer does."""
        message = self._message()
        message.market_facts.MergeFromString(b"".join(commits))
        message.market_facts.more, message.market_facts.next = more, last_sequence
        return element(message)

    def audit(self, page: Page[Action]) -> bytes:
        """The records themselves, with everything in them: only for elevated admins."""
        message = self._message()
        message.audit.more = page.more
        for row in page.rows:
            facts = server_pb2.ServerFrame.FromString(row.facts).messages
            message.audit.rows.add(
                sequence=row.sequence, time=row.time, user_id=row.user_id, account_id=row.account_id, facts=facts
            )
            message.audit.next = row.sequence
        return element(message)

    def candles(self, candles: Iterable[Candle]) -> bytes:
        message = self._message()
        message.candles.SetInParent()
        for candle in candles:
            message.candles.candles.add(
                start=candle.start,
                open=candle.open,
                high=candle.high,
                low=candle.low,
                close=candle.close,
                volume=candle.volume,
            )
        return element(message)

    def leaderboard(self, rows: Iterable[Standing]) -> bytes:
        message = self._message()
        message.leaderboard.SetInParent()
        for row in rows:
            message.leaderboard.rows.add(account_id=row.account_id, profit=row.profit, equity=row.equity)
        return element(message)

    def market_positions(self, market: Market) -> bytes:
        """Of every account that ever held something here; resting orders alone are none."""
        message = self._message()
        message.market_positions.SetInParent()
        for account_id, held in sorted(market.positions.items()):
            if held.size or held.cost or held.cash_flow:
                position = message.market_positions.positions.add(account_id=account_id).position
                position.market_id, position.size = market.market_id, held.size
                position.cost, position.cash_flow = held.cost, held.cash_flow
        return element(message)

    def api_keys(self, state: State, keys: Iterable[ApiKey]) -> bytes:
        message = self._message()
        write_keys(message, state, keys)
        return element(message)

    def invitations(self, state: State) -> bytes:
        message = self._message()
        write_invitations(message, state)
        return element(message)
