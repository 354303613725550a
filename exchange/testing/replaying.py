"""Recorded people trade again: their orders go straight to the markets, as those of accounts that never run dry.

An order is found again by its recorded number, which becomes its tag. Where a bot took what somebody else had got, the
rest goes its own way: what can no longer be amended or cancelled is left alone.
"""

import trio

from exchange.core.commands import (
    SYSTEM,
    Actor,
    AmendOrder,
    CancelOrder,
    Command,
    CreateMarket,
    Grant,
    PlaceOrder,
    SettleMarket,
    SignIn,
)
from exchange.core.facts import Created
from exchange.core.refusals import Refusal
from exchange.core.units import Side, TimeInForce
from exchange.tasks.context import Context
from exchange.tasks.markets import DESK
from exchange.tasks.requests import Outcome, Request
from exchange.testing.recording import Recording, Step

_CASH = 10**15  # ten-thousandths: recorded people were good for what they did
_SECOND = 1e9


async def replay(
    context: Context,
    tape: Recording,
    speed: float,
    over: trio.Event,
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Does what was recorded, at the times it was done. Reports as started when all markets are there."""
    people = _People(context)
    for step in tape.steps:
        if step["do"] == "open":
            await people.open(step)
    task_status.started()
    began = trio.current_time()
    for step in tape.steps:
        await trio.sleep_until(began + step["t"] / _SECOND / speed)
        await people.act(step)
    over.set()


class _People:
    """Everybody in a recording. Markets and accounts have other numbers here than in it."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._markets: dict[int, int] = {}
        self._actors: dict[int, Actor] = {}
        self._owners: dict[int, int] = {}

    async def open(self, step: Step) -> None:
        """Makes a market."""
        organiser = await self._actor(0)
        command = CreateMarket(step["name"], "As it was recorded.", step["low"], step["high"])
        outcome = await self._ask(command, organiser._replace(elevated=True))
        if isinstance(outcome, Refusal):
            raise ValueError(f"the recorded market {step['name']!r} cannot be made: {outcome.message}")
        assert isinstance(outcome, Created)
        self._markets[step["market"]] = outcome.identifier

    async def act(self, step: Step) -> None:
        """Does one thing that was recorded; what cannot be done any more is refused and forgotten."""
        market_id = self._markets.get(step.get("market", 0))
        if step["do"] == "open" or market_id is None:
            return
        if step["do"] == "cancel":
            for order in step["orders"]:
                await self._send(CancelOrder(market_id, 0, _tag(order)), await self._owner(order))
            return
        if step["do"] == "settle":
            await self._send(SettleMarket(market_id, step["price"]), (await self._actor(0))._replace(elevated=True))
            return
        actor = await self._actor(step["account"])
        tag = _tag(step["order"])
        if step["do"] == "place":
            self._owners[step["order"]] = step["account"]
            side = Side.BUY if step["buy"] else Side.SELL
            in_force = TimeInForce.IOC if step["now"] else TimeInForce.GTC
            await self._send(PlaceOrder(market_id, side, step["price"], step["size"], in_force, tag=tag), actor)
        else:
            await self._send(AmendOrder(market_id, 0, tag, step["price"], step["size"]), actor)

    async def _owner(self, order: int) -> Actor:
        return await self._actor(self._owners.get(order, 0))

    async def _actor(self, account: int) -> Actor:
        """Who stands for a recorded account; 0 is for those that were hidden, and for the organiser."""
        known = self._actors.get(account)
        if known is None:
            outcome = await self._ask(SignIn(f"recorded {account}", f"Recorded {account}"), SYSTEM)
            assert isinstance(outcome, Created)
            user = self._context.engine.state.users[outcome.identifier]
            known = self._actors[account] = Actor(user.user_id, user.account_id)
            await self._ask(Grant(known.account_id, _CASH, "recorded"), known._replace(elevated=True))
        return known

    async def _send(self, command: Command, actor: Actor) -> None:
        await self._context.markets.inbox(command.market_id).send(Request(command, actor))  # type: ignore[union-attr]

    async def _ask(self, command: Command, actor: Actor) -> Outcome:
        """Has the desk decide something, and waits for what came of it."""
        decided = trio.Event()
        outcomes: list[Outcome] = []

        def note(outcome: Outcome) -> None:
            outcomes.append(outcome)
            decided.set()

        await self._context.markets.inbox(DESK).send(Request(command, actor, on_outcome=note))
        await decided.wait()
        return outcomes[0]


def _tag(order: int) -> bytes:
    return f"r{order}".encode()
