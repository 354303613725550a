"""A recorded morning of Nasdaq, replayed: after every message the best prices and sizes are the recorded ones."""

import csv
import gzip
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
from tests.core.lobster import SHARE, Added, Event, Executed, Quote, Reduced, best, events, levels

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

    def seed(self, row: list[str]) -> None:
        """The book that was there before the first message: one order a level."""
        for level in levels(row):
            self._seeded[level.side, level.price] = self._rest(level.side, level.price, level.size)

    def execute(self, event: Event) -> None:
        match event:
            case Added(reference, side, price, size):
                self._known[reference] = self._rest(side, price, size)
            case Executed(side, price, size):
                other = Side.SELL if side == Side.BUY else Side.BUY
                result = self._run(self._taker, PlaceOrder(MARKET_ID, other, price, size, TimeInForce.IOC))
                assert isinstance(result, OrderResult)
                assert result.filled == size
            case Reduced(reference, side, price, size):
                order_id = self._known.get(reference) or self._seeded[side, price]
                order = self.state.markets[MARKET_ID].book.orders[order_id]
                whole = size >= order.remaining
                command = AmendOrder(MARKET_ID, order_id, size=order.size - size)
                self._run(self._maker, CancelOrder(MARKET_ID, order_id) if whole else command)

    def best(self) -> dict[Side, Quote]:
        book = self.state.markets[MARKET_ID].book
        found = {side: book.best(side) for side in Side}
        return {side: Quote(level.price, level.size) for side, level in found.items() if level is not None}

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
def recorded() -> tuple[list[list[str]], list[list[str]]]:
    """Messages, and the book after each."""
    folder = Path(os.environ.get("EXCHANGE_SAMPLES", ""))
    if not os.environ.get("EXCHANGE_SAMPLES") or not (folder / MESSAGES).exists() or not (folder / BOOK).exists():
        pytest.skip(f"EXCHANGE_SAMPLES does not name a folder with {MESSAGES} and {BOOK}")
    with (folder / MESSAGES).open(newline="") as messages, gzip.open(folder / BOOK, "rt", newline="") as books:
        return list(csv.reader(messages)), list(csv.reader(books))


def test_a_recorded_morning_is_reproduced(recorded: tuple[list[list[str]], list[list[str]]]) -> None:
    messages, books = recorded
    replay = Replay()
    replay.seed(books[0])
    wrong = 0
    for event, book in zip(events(messages[1:]), books[1:], strict=True):
        if event is not None:
            replay.execute(event)
        wrong += replay.best() != best(book)
    assert (len(messages) - 1, wrong) == (1_949, 0)
    assert list(violations(replay.state)) == []
    assert (len(replay.fills), sum(replay.fills)) == (202, 61_350 * SHARE)


def test_a_price_between_two_hundredths_is_not_rounded() -> None:
    with pytest.raises(ValueError, match="no whole hundredths"):
        events([["34200.1", "1", "7", "100", "310450", "1"]])


def test_hidden_executions_and_halts_change_nothing() -> None:
    assert events([["34200.1", kind, "0", "100", "310450", "1"] for kind in ("5", "7")]) == [None, None]
