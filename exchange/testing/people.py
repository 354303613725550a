"""People who need no connection: their requests go straight to the markets, and are decided like everybody's."""

from collections.abc import Callable
from contextlib import suppress

import trio

from exchange.core.commands import (
    SYSTEM,
    Actor,
    AmendOrder,
    CancelOrder,
    Command,
    Grant,
    PlaceOrder,
    SettleMarket,
    SignIn,
)
from exchange.core.facts import Created
from exchange.core.refusals import Refusal
from exchange.core.state import State
from exchange.tasks.context import Context
from exchange.tasks.markets import DESK
from exchange.tasks.requests import Outcome, Request


class People:
    """Users by name, of whatever runs at the moment: it may be restarted."""

    def __init__(self, context: Callable[[], Context]) -> None:
        self._context = context
        self._actors: dict[str, Actor] = {}

    @property
    def state(self) -> State:
        """What the exchange holds."""
        return self._context().engine.state

    async def join(self, name: str, cash: int) -> Actor:
        """The user of that name, who is given so much cash (ten-thousandths) at first."""
        known = self._actors.get(name)
        if known is None:
            made = await self.ask(SignIn(f"dev:{name}", name), SYSTEM)
            assert isinstance(made, Created)
            user = self.state.users[made.identifier]
            known = self._actors[name] = Actor(user.user_id, user.account_id)
            given = await self.ask(Grant(known.account_id, cash, ""), known._replace(elevated=True))
            if isinstance(given, Refusal):
                raise ValueError(f"{name} cannot be given {cash / 10_000:,.4f}: {given.message}")
        return known

    async def send(self, command: PlaceOrder | AmendOrder | CancelOrder | SettleMarket, actor: Actor) -> None:
        """Asks a market for something, and does not look at what comes of it."""
        with suppress(trio.ClosedResourceError):  # it drains
            await self._context().markets.inbox(command.market_id).put(Request(command, actor))

    async def ask(self, command: Command, actor: Actor) -> Outcome:
        """Has the desk decide something, and waits for what came of it."""
        decided = trio.Event()
        outcomes: list[Outcome] = []

        def note(outcome: Outcome) -> None:
            outcomes.append(outcome)
            decided.set()

        await self._context().markets.inbox(DESK).put(Request(command, actor, on_outcome=note))
        await decided.wait()
        return outcomes[0]
