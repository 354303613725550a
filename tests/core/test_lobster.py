"""A recorded morning of Nasdaq, replayed: after every message the best prices and sizes are the recorded ones."""

import os
from pathlib import Path

import pytest

from exchange.core.apply import apply
from exchange.core.commands import (
    SYSTEM,
    Actor,
    AmendOrder,
    CancelOrder,
    Command,
    CreateMarket,
    Grant,
    OpenExchange,
    PlaceOrder,
    SignIn,
)
from exchange.core.facts import Decision, OrderAmended, OrderPlaced, OrderResult
from exchange.core.invariants import violations
from exchange.core.rules import decide
from exchange.core.state import State
from exchange.core.units import Side, TimeInForce
from exchange.replay.lobster import SHARE, BookRow, Kind, Message, Quote, Recording, read_recording

MESSAGES, BOOK = "lobster_MSFT_msgs.csv", "lobster_MSFT_book.csv.gz"
MARKET_ID, HIGH, CASH = 1, 1_000_000, 10**15


class Replay:
    """A market in which one account makes the book and another hits it."""

    def __init__(self) -> None:
        self.state = State()
        self.fills: list[int] = []
        self._run(SYSTEM, OpenExchange())
        for name in ("Maker", "Taker"):
            self._run(SYSTEM, SignIn(name, name))
        self._maker, self._taker = (Actor(user.user_id, user.account_id) for user in self.state.users.values())
        for actor in (self._maker, self._taker):
            self._run(SYSTEM, Grant(actor.account_id, CASH, ""))
        self._run(self._maker, CreateMarket("MSFT", "", 0, HIGH))
        self._known: dict[int, int] = {}
        self._seeded: dict[tuple[Side, int], int] = {}

    def seed(self, row: BookRow) -> None:
        """The book that was there before the first message: one order a level."""
        for side, levels in ((Side.BUY, row.bids), (Side.SELL, row.offers)):
            for level in levels:
                self._seeded[side, level.price] = self._rest(side, level.price, level.size)

    def send(self, message: Message) -> None:
        side = Side(message.side.value)
        match message.kind:
            case Kind.NEW:
                self._known[message.reference] = self._rest(side, message.price, message.size)
            case Kind.EXECUTION:
                other = Side.SELL if side == Side.BUY else Side.BUY
                order = PlaceOrder(MARKET_ID, other, message.price, message.size, TimeInForce.IOC)
                result = self._run(self._taker, order)
                assert isinstance(result, OrderResult)
                assert result.filled == message.size
            case Kind.PARTIAL_CANCEL | Kind.DELETE:
                order_id = self._known.get(message.reference) or self._seeded[side, message.price]
                resting = self.state.markets[MARKET_ID].book.orders[order_id]
                whole = message.size >= resting.remaining
                command = AmendOrder(MARKET_ID, order_id, size=resting.size - message.size)
                self._run(self._maker, CancelOrder(MARKET_ID, order_id) if whole else command)

    def best(self) -> tuple[Quote | None, Quote | None]:
        book = self.state.markets[MARKET_ID].book
        bid, offer = (
            Quote(level.price, level.size) if level is not None else None
            for level in (book.best(Side.BUY), book.best(Side.SELL))
        )
        return bid, offer

    def _rest(self, side: Side, price: int, size: int) -> int:
        result = self._run(self._maker, PlaceOrder(MARKET_ID, side, price, size, post_only=True))
        assert isinstance(result, OrderResult)
        return result.order_id

    def _run(self, actor: Actor, command: Command) -> object:
        decision = decide(self.state, actor, command, self.state.time + 1)
        assert isinstance(decision, Decision), f"{command} was refused: {decision}"
        for fact in decision.facts:
            if isinstance(fact, OrderPlaced | OrderAmended):
                self.fills.extend(fill.size for fill in fact.fills)
        apply(self.state, self.state.sequence + 1, self.state.time + 1, decision.facts)
        return decision.result


@pytest.fixture
def recorded() -> Recording:
    folder = Path(os.environ.get("EXCHANGE_SAMPLES", ""))
    if not os.environ.get("EXCHANGE_SAMPLES") or not (folder / MESSAGES).exists() or not (folder / BOOK).exists():
        pytest.skip(f"EXCHANGE_SAMPLES does not name a folder with {MESSAGES} and {BOOK}")
    return read_recording(folder / MESSAGES, folder / BOOK)


def test_a_recorded_morning_is_reproduced(recorded: Recording) -> None:
    replay = Replay()
    replay.seed(recorded.books[0])
    wrong = 0
    for message, row in zip(recorded.messages[1:], recorded.books[1:], strict=True):
        replay.send(message)
        wrong += replay.best() != row.best
    assert (len(recorded.messages) - 1, wrong) == (1_949, 0)
    assert list(violations(replay.state)) == []
    assert (len(replay.fills), sum(replay.fills)) == (202, 61_350 * SHARE)
