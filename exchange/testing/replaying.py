"""Recorded people trade again: their orders go straight to the markets, as those of accounts that never run dry.

An order is found again by its recorded number, which becomes its tag. Where a bot took what somebody else had got, the
rest goes its own way: what can no longer be amended or cancelled is left alone.
"""

import trio

from exchange.core.commands import Actor, AmendOrder, CancelOrder, CreateMarket, PlaceOrder, SettleMarket
from exchange.core.facts import Created
from exchange.core.units import Side, TimeInForce
from exchange.testing.people import People
from exchange.testing.recording import Recording, Step

_CASH = 10**15  # ten-thousandths: recorded people were good for what they did
_NOBODY = 0  # the account of those that were hidden; here also the organiser's
_SECOND = 1e9


async def replay(
    people: People,
    tape: Recording,
    speed: float,
    over: trio.Event,
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Does what was recorded, at the times it was done. Reports as started when all markets are there."""
    cast = _Cast(people)
    for step in tape.steps:
        if step["do"] == "open":
            await cast.open(step)
    task_status.started()
    began = trio.current_time()
    for step in tape.steps:
        await trio.sleep_until(began + step["t"] / _SECOND / speed)
        await cast.act(step)
    over.set()


class _Cast:
    """Everybody in a recording. Markets and accounts have other numbers here than in it."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._markets: dict[int, int] = {}
        self._owners: dict[int, int] = {}

    async def open(self, step: Step) -> None:
        """Makes a market."""
        command = CreateMarket(step["name"], "As it was recorded.", step["low"], step["high"])
        made = await self._people.ask(command, await self._organiser())
        if not isinstance(made, Created):
            raise ValueError(f"the recorded market {step['name']!r} cannot be made: {made}")
        self._markets[step["market"]] = made.identifier

    async def act(self, step: Step) -> None:
        """Does one thing that was recorded; what cannot be done any more is refused and forgotten."""
        market_id = self._markets.get(step["market"])
        if market_id is None:
            return
        send = self._people.send
        match step["do"]:
            case "place":
                self._owners[step["order"]] = step["account"]
                side = Side.BUY if step["buy"] else Side.SELL
                in_force = TimeInForce.IOC if step["now"] else TimeInForce.GTC
                tag = _tag(step["order"])
                order = PlaceOrder(market_id, side, step["price"], step["size"], in_force, tag=tag)
                await send(order, await self._actor(step["account"]))
            case "amend":
                amendment = AmendOrder(market_id, 0, _tag(step["order"]), step["price"], step["size"])
                await send(amendment, await self._actor(step["account"]))
            case "cancel":
                for order_id in step["orders"]:
                    owner = await self._actor(self._owners.get(order_id, _NOBODY))
                    await send(CancelOrder(market_id, 0, _tag(order_id)), owner)
            case "settle":
                await send(SettleMarket(market_id, step["price"]), await self._organiser())

    async def _actor(self, account: int) -> Actor:
        return await self._people.join(f"Recorded {account}", _CASH)

    async def _organiser(self) -> Actor:
        return (await self._actor(_NOBODY))._replace(elevated=True)


def _tag(order: int) -> bytes:
    return f"r{order}".encode()
