"""Exchanges of any size, core and store alone, and a fixed mix of orders to put through them.

What the server does around the two (sockets, encoding, publishing) is left out: it would only hide how they grow. A
journal row's facts are as many bytes as they usually have.
"""

import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from exchange.core.apply import apply
from exchange.core.audience import market_of_commit
from exchange.core.commands import SYSTEM, Actor, CancelOrder, Command, CreateMarket, OpenExchange, PlaceOrder, SignIn
from exchange.core.facts import Decision, OrderResult
from exchange.core.rules import decide
from exchange.core.state import Limits, State
from exchange.core.units import Side
from exchange.store.database import Store, open_store
from exchange.store.journal import Commit, JournalRow, NewSession
from exchange.store.rows import rows_of

BATCH = 100  # commits in one transaction
BUILDING_BATCH = 2_000
RESTING = 8  # of ten orders: they rest until they are cancelled; the ninth rests until the tenth takes it
HAND = RESTING + 2
SESSIONS = 50
_FACTS = bytes(48)
_REPLY = bytes(32)
_LIMITS = Limits(
    open_orders_per_market=10**9, fills_per_command=10**9, markets_per_user=10**9, starting_cash=10**12
)  # fmt: skip


class Size(NamedTuple):
    """How large an exchange is. ``levels`` are prices with an order, in each market; ``own`` are orders of one account.

    ``history`` counts orders that came and went; ``remembered`` those of them whose requests are remembered.
    """

    levels: int = 10
    markets: int = 1
    accounts: int = 10
    own: int = 1
    history: int = 0
    remembered: int = 0


class Spent(NamedTuple):
    """Seconds for some orders: of the processor, those of them in the store, and on the clock."""

    cpu: float
    store: float
    elapsed: float


class Exchange:
    """One exchange on a file."""

    def __init__(self, path: Path, size: Size) -> None:
        self._random = random.Random(1)
        self._size = size
        self._store: Store = open_store(path, now_ns=lambda: 1, random_bytes=lambda count: bytes(count))
        self._state = State(_LIMITS)
        self._waiting: list[Commit] = []
        self._store_seconds = 0.0
        self._batch = BUILDING_BATCH
        self._requests = [0] * SESSIONS
        self._remembering = False
        self._top = 2 * size.levels + 2  # above every resting bid
        self._execute(SYSTEM, OpenExchange())
        self._actors = [self._sign_in(number) for number in range(size.accounts)]
        self._build()
        self._flush()
        self._batch = BATCH

    def close(self) -> None:
        """Closes the file."""
        self._store.close()

    def measure(self, orders: int) -> Spent:
        """Puts so many orders through, in batches of 100; what rests of them is cancelled. Leaves the size as it is."""
        hands = [self._deal() for _ in range(orders // HAND)]
        cpu, store, clock = time.process_time(), self._store_seconds, time.perf_counter()
        for hand in hands:
            self._play(hand)
        self._flush()
        return Spent(time.process_time() - cpu, self._store_seconds - store, time.perf_counter() - clock)

    def _build(self) -> None:
        size = self._size
        for number in range(size.markets):
            self._execute(self._actors[0], CreateMarket(f"Market {number}", "", 0, 2 * self._top + 2))
            for level in range(size.levels):
                owner = self._actors[1 + level % 9]
                self._execute(owner, PlaceOrder(number + 1, Side.BUY, 2 * level + 2, 1))
        for market in range(1, size.markets + 1):  # everybody has a position, so that measuring makes no new ones
            self._trade_all(market)
        self._own = [
            self._place(self._actors[0], 1, Side.BUY, self._random.randint(1, self._top - 1)) for _ in range(size.own)
        ]
        self._remembering = size.remembered > 0
        for _ in range((size.history + size.remembered) // HAND):
            self._play(self._deal())

    def _trade_all(self, market: int) -> None:
        for first, second in zip(self._actors[::2], self._actors[1::2], strict=True):
            self._place(first, market, Side.BUY, self._top)
            self._place(second, market, Side.SELL, self._top)

    def _deal(self) -> list[tuple[Actor, int, int]]:
        """Who places where at which price, for ten orders; uniform over accounts, markets and prices."""
        draw, size, actors = self._random, self._size, self._actors
        markets, highest = size.markets, self._top - 1
        one = actors[0] if size.own > 1 else None
        return [
            (one or actors[draw.randrange(len(actors))], 1 + draw.randrange(markets), 1 + draw.randrange(highest))
            for _ in range(HAND)
        ]

    def _play(self, hand: Sequence[tuple[Actor, int, int]]) -> None:
        resting = [
            (actor, market, self._place(actor, market, Side.BUY, price)) for actor, market, price in hand[:RESTING]
        ]
        maker, market, _ = hand[RESTING]
        taker = hand[RESTING + 1][0]
        if taker is maker:
            taker = self._actors[1] if maker is self._actors[0] else self._actors[0]
        self._place(maker, market, Side.BUY, self._top)
        self._place(taker, market, Side.SELL, self._top)
        for actor, market, order_id in resting:
            if self._size.own > 1:  # some other of theirs, so that old and new ones go alike
                place = self._random.randrange(len(self._own))
                order_id, self._own[place] = self._own[place], order_id
            self._execute(actor, CancelOrder(market, order_id))

    def _place(self, actor: Actor, market: int, side: Side, price: int) -> int:
        result = self._execute(actor, PlaceOrder(market, side, price, 1)).result
        assert isinstance(result, OrderResult)
        return result.order_id

    def _sign_in(self, number: int) -> Actor:
        self._execute(SYSTEM, SignIn(f"subject {number}", f"Account {number}"))
        user = self._state.users_by_subject[f"subject {number}"]
        return Actor(user.user_id, user.account_id)

    def _execute(self, actor: Actor, command: Command) -> Decision:
        state = self._state
        time_ns = state.time + 1_000
        outcome = decide(state, actor, command, time_ns)
        assert isinstance(outcome, Decision), f"{command} was refused: {outcome}"
        sequence = state.sequence + 1
        apply(state, sequence, time_ns, outcome.facts)
        session = request_id = 0
        made = None
        if self._remembering:
            session = 1 + sequence % SESSIONS
            request_id = self._requests[session - 1] = self._requests[session - 1] + 1
            if request_id == 1:
                made = NewSession(session, 1, b"%032d" % session)
        row = JournalRow(
            sequence, time_ns, actor.user_id, actor.account_id, False, session, request_id, sequence, False,
            market_of_commit(outcome.facts), False, _FACTS, _REPLY,
        )  # fmt: skip
        self._waiting.append(Commit(row, rows_of(state, sequence, time_ns, outcome.facts), made))
        if len(self._waiting) >= self._batch:
            self._flush()
        return outcome

    def _flush(self) -> None:
        started = time.process_time()
        self._store.write(self._waiting)
        self._store_seconds += time.process_time() - started
        self._waiting.clear()
