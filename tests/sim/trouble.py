"""What is done to them, by chance: lines that break, disks that stall, processes that die, clocks that jump.

A process can die between any two steps of any task: a death is set for so many steps from now, and happens before the
last of them, wherever that is.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from random import Random
from typing import Any

import trio

from exchange.core.commands import SYSTEM, EditMarket
from exchange.core.invariants import violations
from exchange.tasks.requests import Request
from tests.sim.agreement import User, look_at_some
from tests.sim.raw_client import RawClient
from tests.sim.world import World

TICK_SECONDS = 0.25
HOUR = 3_600.0
STEPS_TO_LIVE = 400
SEEN_BY_SOME = 3  # the market whose viewers change whenever people come back from a restart
TURNS = 3


class Death(trio.abc.Instrument):
    """Calls ``strike`` before the step of that number from now."""

    def __init__(self, steps: int, strike: Callable[[], None]) -> None:
        self._steps = steps
        self._strike = strike

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        self._steps -= 1
        if self._steps == 0:
            self._strike()


class Trouble:
    """Makes trouble while the block runs."""

    def __init__(self, world: World, users: Sequence[User]) -> None:
        self.restarts = 0
        self.comparisons = 0
        self._users = users
        self._world = world
        self._random = Random(f"trouble {world.seed}")
        self._healing: list[tuple[float, Callable[[], None]]] = []

    async def make(self) -> None:
        """Until the weather is over; leaves everything running and in order."""
        world, weather = self._world, self._world.weather
        kinds: list[tuple[float, Callable[[], Awaitable[None]]]] = [
            (weather.resets, self._reset), (weather.half_opens, self._half_open), (weather.holds, self._hold),
            (weather.stalls, self._stall), (weather.deaths, self._die), (weather.drains, self._drain),
            (weather.jumps, self._jump), (weather.demotions, self._demote), (weather.bans, self._ban),
        ]  # fmt: skip
        ends_at = trio.current_time() + weather.seconds
        while trio.current_time() < ends_at:
            await trio.sleep(TICK_SECONDS * (0.5 + self._random.random()))
            self._heal(trio.current_time())
            self.comparisons += look_at_some(self._users, world, self._random)
            for rate, make in kinds:
                if self._random.random() < rate * TICK_SECONDS:
                    await make()
                    self._look()
        self._heal(float("inf"))
        world.healthy = True
        world.bugs.heal()
        for line in world.lines.values():
            if line.is_half_open and self._random.random() < 0.3:  # of the others people must find out by themselves
                line.reset()

    def _look(self) -> None:
        world = self._world
        assert world.house.failure is None, world.house.failure
        assert not world.problems, world.problems
        assert list(violations(world.state)) == []

    def _heal(self, now: float) -> None:
        for when, heal in self._healing:
            if when <= now:
                heal()
        self._healing = [(when, heal) for when, heal in self._healing if when > now]

    def _later(self, seconds: float, heal: Callable[[], None]) -> None:
        self._healing.append((trio.current_time() + seconds, heal))

    # The network.

    async def _reset(self) -> None:
        lines = self._world.lines
        if lines:
            self._world.coverage.fault("connection reset")
            lines.pop(self._random.choice(sorted(lines))).reset()

    async def _half_open(self) -> None:
        lines = self._world.lines
        if lines:
            self._world.coverage.fault("connection half-open")
            line = lines[self._random.choice(sorted(lines))]
            for pipe in self._random.choice(((line.up,), (line.up,), (line.down,), (line.up, line.down))):
                pipe.lose()

    async def _hold(self) -> None:
        lines = self._world.lines
        if lines:
            self._world.coverage.fault("slow reader")
            lines[self._random.choice(sorted(lines))].down.hold(self._random.choice((0.5, 3.0, 40.0)))

    # The process and its disk.

    async def _stall(self) -> None:
        gate = self._world.house.threads.gate
        self._world.coverage.fault("writer stall")
        gate.close()
        self._later(self._random.choice((0.1, 1.0, 5.0)), gate.open)

    async def _die(self) -> None:
        """Dies at any step of any task, is gone for a while, and starts from what is in the file."""
        world, house = self._world, self._world.house
        power_fails, struck = self._random.random() < 0.5, trio.Event()
        world.coverage.fault("power cut" if power_fails else "process killed")

        def strike() -> None:
            world.note_life()
            world.sever()
            house.die(power_fails=power_fails)
            struck.set()

        death = Death(self._random.randint(1, STEPS_TO_LIVE), strike)
        trio.lowlevel.add_instrument(death)
        await struck.wait()
        trio.lowlevel.remove_instrument(death)
        await house.buried()
        world.coverage.recovered("a log was recovered after a crash", house.had_a_log)
        await self._start_again()

    async def _drain(self) -> None:
        self._world.coverage.fault("drain")
        self._world.house.threads.gate.open()
        await self._world.house.drain()
        self._world.note_life()
        await self._start_again()

    async def _start_again(self) -> None:
        world = self._world
        assert world.house.failure is None, world.house.failure
        self.restarts += 1
        await trio.sleep(self._random.choice((0.0, 0.3, 2.0)))
        await world.start()
        for _ in range(TURNS):
            await trio.sleep(self._random.random() * 0.5)
            self._turn()

    def _turn(self) -> None:
        """What people may see becomes something else while they come back."""
        some = [account_id for account_id in self._world.state.accounts if self._random.random() < 0.3]
        named: dict[str, Any] = {"restricted": self._random.random() < 0.7}
        named[self._random.choice(("add_viewer_account_ids", "remove_viewer_account_ids"))] = tuple(some)
        inbox = self._world.house.context.markets.inbox(SEEN_BY_SOME)
        with suppress(trio.WouldBlock):
            inbox.put_nowait(Request(EditMarket(SEEN_BY_SOME, **named), SYSTEM))

    # Time and rights.

    async def _jump(self) -> None:
        seconds = self._random.choice((-60.0, -1.0, 1.0, 100.0, 2 * HOUR))
        self._world.coverage.fault("clock set forward" if seconds > 0 else "clock set back")
        self._world.clock.jump(seconds)

    async def _demote(self) -> None:
        """Somebody is no admin any more, as a newer token of theirs says; a while later they are one again."""
        world, names = self._world, ("deputy 11", "wire organiser")
        name = self._random.choice(names)
        world.coverage.fault("admin demoted")
        world.issuer.former_admins.add(name)
        self._later(4.0, lambda: world.issuer.former_admins.discard(name))
        elevated = [
            connection
            for connection in world.house.context.connections
            if connection.actor.elevated and connection.login.identity is not None
            and connection.login.identity.subject == f"user:{name}"
        ]  # fmt: skip
        with trio.move_on_after(5.0):
            await self._look_in(name)
            ended = any(not connection.actor.elevated for connection in elevated)
            world.coverage.recovered("elevation ended with its admin's role", ended)

    async def _look_in(self, name: str) -> None:
        """Signs in with a token of now, and leaves again."""
        world, visitor = self._world, RawClient(f"{name} again", session=self._random.randbytes(16))
        try:
            async with trio.open_nursery() as nursery:
                await visitor.open(nursery, world.dial(visitor.name))
                await visitor.send(visitor.hello(world.issuer.token(name, admin=True)))
                await visitor.wait_ready()
                visitor.drop()
        except* (OSError, trio.BrokenResourceError, trio.ClosedResourceError, AssertionError):
            pass  # it came at a bad moment; the line is gone in any case
        visitor.drop()

    async def _ban(self) -> None:
        """Somebody may not enter any more, and is closed where they are in; a while later they may."""
        world = self._world
        name = self._random.choice(("taker 3", "owner 5", "wire", "vandal"))
        world.coverage.fault("person banned")
        world.entries.banned.add(name)
        world.entries.write()

        def forgive() -> None:
            world.entries.banned.discard(name)
            world.entries.write()

        self._later(4.0, forgive)
