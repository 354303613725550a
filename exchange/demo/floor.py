"""The trading floor: the organiser and the bots, each with a connection of its own, in one tree of tasks.

::

    demo
    ├─ signals, the clock, the server's process
    └─ clients
       ├─ organiser   opens the markets, hands out money, reads the tape
       └─ bots        each: connect, trade until told to stop, take its orders away, agree with the file

Closing has three steps, so that what clients know at the end is all there is: every bot stops and takes its orders
away; when all have, each asks once more, and the answer comes behind everything the others did; then all leave.
"""

from dataclasses import dataclass, field
from random import Random

import trio

from exchange.demo.cast import ORGANISER, Role, cast
from exchange.demo.plans import GROUPS, PLANS, Plan, values_of
from exchange.demo.record import Record, Tape
from exchange.demo.spot import Spot
from exchange_client import Exchange, MarketStatus, Number, connect

STAKE = 100_000  # cash for each bot: several times what it may hold at once
RATE_SECONDS = 5  # over which trades a second are counted
_FILLS_WAITING = 100_000
_DRIFT_SECONDS = 0.25
_SECOND = 1_000_000_000
_WHOLE = 100  # hundredths


class Gate:
    """Where everybody waits for everybody."""

    def __init__(self, expected: int) -> None:
        self._missing = expected
        self._open = trio.Event()

    async def pass_together(self) -> None:
        """Returns once all have come."""
        self._missing -= 1
        if not self._missing:
            self._open.set()
        await self._open.wait()


@dataclass
class Seat:
    """A bot on the floor. ``exchange`` and ``funded`` are there from when it has been given its money."""

    role: Role
    random: Random
    record: Record = field(default_factory=Record)
    exchange: Exchange | None = None
    funded: Number = field(default_factory=Number)


class Floor:
    """Everything that clients of the demo share, for the screen to look at and the audit to check."""

    def __init__(self, url: str, seed: int, closing: trio.Event) -> None:
        self.url = url
        self.values = values_of(PLANS, seed)
        self.seats = [Seat(role, Random(f"{seed} {role.name}")) for role in cast(self.values)]
        self.tape = Tape()
        self.organiser: Exchange | None = None
        self.opened = trio.Event()
        self.opened_at = 0.0
        self.closing = closing
        everybody = len(self.seats) + 1
        self._seated = Gate(everybody)
        self._quiet = Gate(everybody)

    @property
    def clients(self) -> int:
        """Connections, the organiser's included."""
        return len(self.seats) + 1

    async def run(self) -> None:
        """Trades until ``closing``; returns when everybody has left.

        Raises what ends a client for good, such as :class:`~exchange_client.ConnectionEnded`.
        """
        async with trio.open_nursery() as clients:
            clients.start_soon(self._organise)
            for seat in self.seats:
                clients.start_soon(self._play, seat)

    # The organiser.

    async def _organise(self) -> None:
        async with (
            trio.open_nursery() as readers,
            connect(self.url, token=f"dev:{ORGANISER}:admin", elevated=True) as exchange,
        ):
            await self._open_markets(exchange)
            for plan in PLANS:
                market = exchange.markets[plan.name]
                trades = market.trades(buffer=_FILLS_WAITING)
                readers.start_soon(self.tape.read, market.market_id, trades, RATE_SECONDS * _SECOND)
            self.tape.after = (await exchange.cancel_all()).sequence
            self.organiser = exchange
            await self._seated.pass_together()
            for seat in self.seats:
                await self._fund(exchange, seat)
            self.opened_at = trio.current_time()
            self.opened.set()
            await self._drift()
            await self._quiet.pass_together()
            self.tape.through = (await exchange.cancel_all()).sequence

    async def _open_markets(self, exchange: Exchange) -> None:
        """Makes the markets, or opens those that an earlier demo left in the file."""
        for name, description in GROUPS.items():
            if name not in exchange.groups:
                await exchange.create_group(name, description=description)
        for plan in PLANS:
            market = exchange.markets.get(plan.name)
            if market is None:
                await _open_market(exchange, plan)
            elif market.status is not MarketStatus.OPEN:
                await market.open()

    async def _fund(self, exchange: Exchange, seat: Seat) -> None:
        assert seat.exchange is not None
        missing = STAKE - seat.exchange.equity
        if missing > 0:
            await exchange.grant(seat.record.account_id, missing, note="to trade with in the demo")
        seat.funded = max(Number(STAKE), seat.exchange.equity)

    async def _drift(self) -> None:
        while not self.closing.is_set():
            for value in self.values.values():
                value.drift()
            with trio.move_on_after(_DRIFT_SECONDS):
                await self.closing.wait()

    # A bot.

    async def _play(self, seat: Seat) -> None:
        record = seat.record
        async with (
            trio.open_nursery() as readers,
            connect(self.url, token=f"dev:{seat.role.name}") as exchange,
        ):
            record.account_id = exchange.account_id
            readers.start_soon(record.read_fills, exchange.fills(buffer=_FILLS_WAITING))
            await exchange.cancel_all()  # an earlier demo may have ended badly
            seat.exchange = exchange
            await self._seated.pass_together()
            await self.opened.wait()
            await self._trade(seat, exchange)
            await exchange.cancel_all()
            await self._quiet.pass_together()
            await exchange.cancel_all()
            record.close(exchange.portfolio)

    async def _trade(self, seat: Seat, exchange: Exchange) -> None:
        """Runs the strategy in each market until ``closing``; what was asked by then is answered."""
        spots: dict[str, Spot] = {}
        async with trio.open_nursery() as strategies:
            for plan in PLANS:
                parts = [spots[name] for name, _ in plan.basket]
                spot = spots[plan.name] = Spot(exchange, exchange.markets[plan.name], plan, seat.record, parts)
                strategy = seat.role.strategy(spot, Random(seat.random.random()))
                strategies.start_soon(strategy.run, self.closing)


async def _open_market(exchange: Exchange, plan: Plan) -> None:
    is_fund = bool(plan.basket)
    await exchange.create_market(
        plan.name,
        description=plan.description,
        group=plan.group,
        low=None if is_fund else plan.low / _WHOLE,
        high=None if is_fund else plan.high / _WHOLE,
        constituents=dict(plan.basket) if is_fund else None,
        redeem_fee=plan.redeem_fee / _WHOLE,
    )
