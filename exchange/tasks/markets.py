"""Market tasks, the desk, and what happens when one of them fails.

A market's task takes requests from its inbox in order and decides each in one step. The desk does the same for
commands that concern no single market. A request that finds the task idle and its inbox empty is decided where it was
read, in the same step and under the same supervision: that saves a lone order a trip through the scheduler.

An exception in a step has changed nothing; supervision answers its request
``INTERNAL``, journals the failure so that a retry is answered the same, waits until what the market decided before is
durable, rebuilds the book alone from the tables, and lets the task go on. Meanwhile its requests are refused, not left
waiting. Other markets never notice.

    running ──exception──► failed: journalled, answered
       ▲                      │ everything the market decided is durable
       └──── book rebuilt ◄───┘ (too many failures: halted by a fact; cancels still work)
"""

from collections import deque

import structlog
import trio

from exchange.core.commands import SYSTEM, CancelOrders, FireDeadManTimer, Redeem, SettleMarket, UnsettleMarket
from exchange.core.preconditions import find_market
from exchange.core.recovery import rebuild_book
from exchange.core.refusals import Code, Refusal
from exchange.core.schedule import due_command
from exchange.core.settlement import funds_above
from exchange.settings import Settings
from exchange.tasks.engine import Engine, TornMemory
from exchange.tasks.mailbox import Mailbox
from exchange.tasks.publisher import Publisher
from exchange.tasks.reading import ReadPool
from exchange.tasks.requests import Request

log = structlog.get_logger(__name__)

DESK = 0
_UNAVAILABLE = Refusal(
    Code.MARKET_UNAVAILABLE, "market_id", "The market is being restored after a fault: try again in a moment."
)


class Decider:
    """One task's inbox and the loop that decides what arrives in it. ``market_id`` 0 is the desk."""

    def __init__(self, market_id: int, tasks: "MarketTasks") -> None:
        self.market_id = market_id
        self.available = True
        self._tasks = tasks
        self._engine = tasks.engine
        self._settings = tasks.settings
        self._failures: deque[float] = deque()
        self._current: Request | None = None
        self._idle = False
        self._failure: Exception | None = None  # of a request decided at once
        self.inbox: Mailbox[Request] = Mailbox(tasks.settings.market_inbox_requests)

    async def supervise(self) -> None:
        """Runs until the inbox is closed and empty, through any number of failures."""
        while True:
            try:
                await self._decide_requests()
                return
            except Exception as error:
                log.exception("a task failed", market_id=self.market_id)
                self._engine.metrics.market_failures += 1
                await self._recover(repr(error))

    async def _decide_requests(self) -> None:
        requests = self.inbox
        per_turn = self._settings.decisions_per_turn
        while await self._wait():
            for _ in range(min(len(requests), per_turn)):
                request = self._current = requests.take()
                self._decide(request, self._time_now() or await self._pass_time())

    async def _wait(self) -> bool:
        self._idle = True
        try:
            goes_on = await self.inbox.wait()
        finally:
            self._idle = False
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure
        return goes_on

    def decide_at_once(self, request: Request) -> bool:
        """Decides a market's request now, as the task would if it ran; False when that is not to be.

        Never raises what a failing step raises: the task does, and is supervised for it.
        """
        if not self._idle or self.inbox or self.market_id == DESK:
            return False
        now = self._time_now()
        if not now:
            return False
        try:
            self._engine.execute(request, now)
        except Exception as error:
            self._idle = False
            self._current, self._failure = request, error
            self.inbox.wake()
        return True

    def _decide(self, request: Request, now: int) -> None:
        if self.market_id != DESK:
            self._engine.execute(request, now)
        elif self._tasks.needs_unavailable_market(request):
            self._engine.answer(request, _UNAVAILABLE)
        else:
            self._engine.execute(request, now)
            self._tasks.start_new_markets()

    def _time_now(self) -> int:
        """What ``_pass_time`` does where a slot is free and nothing is due, as nearly always; 0 otherwise."""
        engine = self._engine
        now = engine.now()
        market = engine.state.markets.get(self.market_id)
        if market is not None and due_command(market, now) is not None:
            return 0
        return now if engine.take_slot_nowait() else 0

    async def _pass_time(self) -> int:
        """Takes a slot and returns the time to decide at, with everything done that was due in the market by then.

        Nothing has suspended since that time was taken.
        """
        engine = self._engine
        while True:
            await engine.take_slot()
            now = engine.now()
            market = engine.state.markets.get(self.market_id)
            due = None if market is None else due_command(market, now)
            if due is None:
                return now
            engine.execute(Request(due, SYSTEM), now)

    async def _recover(self, reason: str) -> None:
        """Answers the request whose step failed and still has its slot; refuses others until the book is back."""
        assert self._current is not None
        self._engine.report_failure(self._current, self.market_id, reason[:200], self._fails_too_often())
        if self.market_id == DESK:
            return
        self.available = False
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._refuse_requests)
            await self._rebuild()
            nursery.cancel_scope.cancel()
        self.available = True

    def _fails_too_often(self) -> bool:
        now = trio.current_time()
        self._failures.append(now)
        while self._failures[0] < now - self._settings.market_failure_window_seconds:
            self._failures.popleft()
        return self.market_id != DESK and len(self._failures) > self._settings.market_failures_max

    async def _rebuild(self) -> None:
        tasks, market_id = self._tasks, self.market_id
        await tasks.publisher.wait_published(self._engine.state.sequence)
        orders = await tasks.reads.read(lambda reader: reader.open_orders(market_id))
        difference = rebuild_book(self._engine.state.markets[market_id], orders)
        if difference is not None:
            raise TornMemory(f"market {market_id}: {difference}")
        log.info("a market is back", market_id=market_id, orders=len(orders))

    async def _refuse_requests(self) -> None:
        """Takes the slot first: cancelled while it waits for one, it has nothing in its hands."""
        while await self.inbox.wait():
            await self._engine.take_slot()
            request = self.inbox.take()
            if isinstance(request.command, Refusal):
                refused = request.command
            else:
                found = find_market(self._engine.state, request.actor, self.market_id)
                refused = found if isinstance(found, Refusal) else _UNAVAILABLE  # what one does not see, one never does
            self._engine.answer(request, refused)


class MarketTasks:
    """The desk and a task for each market."""

    def __init__(self, engine: Engine, publisher: Publisher, reads: ReadPool, settings: Settings) -> None:
        self.engine = engine
        self.publisher = publisher
        self.reads = reads
        self.settings = settings
        self._deciders: dict[int, Decider] = {DESK: Decider(DESK, self)}
        self._nursery: trio.Nursery | None = None

    def start(self, nursery: trio.Nursery) -> None:
        """Starts the desk and every market there is, in ``nursery``."""
        self._nursery = nursery
        nursery.start_soon(self._deciders[DESK].supervise, name="desk")
        self.start_new_markets()

    def start_new_markets(self) -> None:
        """Starts a task for each market that has none yet. Constant time when there is none."""
        markets = self.engine.state.markets
        if len(markets) + 1 == len(self._deciders):
            return
        assert self._nursery is not None
        for market_id in markets.keys() - self._deciders.keys():
            decider = self._deciders[market_id] = Decider(market_id, self)
            self._nursery.start_soon(decider.supervise, name=f"market {market_id}")

    def decide_at_once(self, market_id: int, request: Request) -> bool:
        """Decides a request to a market now, if nothing is before it; see :meth:`Decider.decide_at_once`."""
        decider = self._deciders.get(market_id)
        return decider is not None and decider.decide_at_once(request)

    def inbox(self, market_id: int) -> Mailbox[Request]:
        """Where requests to a market go. The desk refuses those to a market that does not exist."""
        decider = self._deciders.get(market_id)
        return self._deciders[DESK].inbox if decider is None else decider.inbox

    def close(self) -> None:
        """No more requests: every task ends when it has decided what it has."""
        for decider in self._deciders.values():
            decider.inbox.close()

    def waiting(self) -> list[int]:
        """How many requests wait in each inbox."""
        return [len(decider.inbox) for decider in self._deciders.values()]

    @property
    def unavailable(self) -> list[int]:
        """Markets that are being restored after a fault."""
        return [market_id for market_id, decider in self._deciders.items() if not decider.available]

    def needs_unavailable_market(self, request: Request) -> bool:
        """Whether a command of the desk touches a market that is being restored."""
        unavailable = self.unavailable
        if not unavailable:
            return False
        command = request.command
        if isinstance(command, SettleMarket | UnsettleMarket | Redeem):
            market = find_market(self.engine.state, request.actor, command.market_id)
            if isinstance(market, Refusal):
                return False
            if isinstance(command, Redeem):
                others = [constituent.market_id for constituent in market.constituents]
            else:
                others = [fund.market_id for fund in funds_above(self.engine.state, market)]
            return any(market_id in unavailable for market_id in (market.market_id, *others))
        if isinstance(command, CancelOrders | FireDeadManTimer):
            whose = command if isinstance(command, FireDeadManTimer) else request.actor
            account = self.engine.state.accounts.get(whose.account_id)
            if account is None:
                return False
            positions = [account.positions.get(market_id) for market_id in unavailable]
            return any(position is not None and position.orders for position in positions)
        return False
