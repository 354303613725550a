"""A user of the simulation who uses the client library, as the author of a bot would: one process after another.

A process trades until it is told to leave, loses patience or its token; what it asked and heard is listened to by a
``Tap``. At the end it resolves whatever it asked and waits to be compared with the exchange.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

import trio

from exchange_client import (
    CannotConnect,
    Closed,
    ConnectionEnded,
    Exchange,
    MissedEvents,
    OutcomeUnknown,
    Refused,
    TokenExpired,
    connect,
)
from tests.sim.tap import Tap
from tests.sim.world import World

URL = "ws://localhost/ws"
CALLS_AT_ONCE = 4
CONNECT_SECONDS = 120.0  # patience with an exchange that is down

Act = Callable[["Bot"], Awaitable[object]]
Acts = Sequence[tuple[float, Act]]


@dataclass(frozen=True)
class Role:
    """What somebody does, how often each, and who they are.

    ``enters_with`` is a token of the issuer, a key that somebody made, or an invitation.
    """

    name: str
    acts: Acts
    enters_with: str = "token"
    admin: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    token_seconds: float = 0.0


class Bot:
    """One user and their processes. ``exchange`` is the present one's client."""

    exchange: Exchange

    def __init__(self, name: str, role: Role, world: World) -> None:
        self.name = name
        self.role = role
        self.world = world
        self.random = Random(f"{name} {world.seed}")
        self.tap: Tap | None = None
        self.made = 0
        self.outside = False
        self.is_settled = False
        self.leaves = False
        self._processes = 0
        self._key = ""
        self._calls = trio.CapacityLimiter(CALLS_AT_ONCE)

    @property
    def is_ready(self) -> bool:
        """Whether there is nothing more to come from this one."""
        return self.outside or (self.is_settled and self.tap is not None and self.tap.is_live)

    @property
    def sequence(self) -> int:
        """What its client knows completely."""
        return self.tap.sequence if self.tap is not None else 0

    def choose(self, things: Any) -> Any:
        """One of several things; None where there are none."""
        known = list(things)
        return self.random.choice(known) if known else None

    def new_name(self, what: str) -> str:
        """A name that nobody has, or now and then one that somebody may have."""
        self.made += 1
        number = self.made if self.random.random() < 0.9 else 1
        return f"{what} {number} of {self.name}"

    # Living.

    async def live(self) -> None:
        """One process after the other, until the last one has been compared."""
        while not (self.world.compared.is_set() or self.outside):
            self.is_settled = False
            try:
                await self._live_once()
            except (Refused, ConnectionEnded, MissedEvents) as end:
                self._ended(end)
            await trio.sleep(self.random.random())

    def _ended(self, end: Exception) -> None:
        coverage = self.world.coverage
        coverage.recovered("a token ran out under its connection", isinstance(end, TokenExpired))
        coverage.recovered("a key was revoked under its connection", "the key was revoked" in str(end))
        if isinstance(end, Refused | ConnectionEnded) and self.role.enters_with != "token":
            self._key = ""  # another one, next time
        if isinstance(end, CannotConnect) and self.world.healthy:
            self.world.problems.append(f"{self.name}: {end}")
        self.outside = self.world.over and not isinstance(end, MissedEvents | TokenExpired)

    async def _live_once(self) -> None:
        self.tap, self.leaves = None, False
        token = self._credential()
        if not token:
            self.outside = self.world.over
            return
        self._processes += 1
        random = Random(f"{self.name} {self.world.seed} {self._processes}")
        options: dict[str, Any] = {"connect_timeout": CONNECT_SECONDS, "elevated": self.role.admin} | self.role.options
        if self.role.name == "deputy":
            options["elevated"] = self.random.random() < 0.5 and self.name not in self.world.issuer.former_admins
        tap = Tap(f"{self.name} {self._processes}", self.world)
        tap.listen()
        async with connect(URL, token=token, open_stream=self._dial, random=random, **options) as exchange:
            tap.entered(exchange)
            self.exchange, self.tap = exchange, tap
            self._key = exchange.key or self._key
            async with trio.open_nursery() as nursery:
                while not (self.world.over or self.leaves):
                    await trio.sleep(self.random.expovariate(1.0 / self.world.weather.pause))
                    act = self.random.choices(
                        [act for _, act in self.role.acts], [often for often, _ in self.role.acts]
                    )
                    nursery.start_soon(self._attempt, act[0])
            await self._wait_for_what_is_unknown()
            if self.world.over:
                self.is_settled = True
                await self.world.compared.wait()

    async def _dial(self) -> trio.abc.Stream:
        await trio.lowlevel.checkpoint()
        return self.world.dial(self.name)

    def _credential(self) -> Any:
        kind, world = self.role.enters_with, self.world
        if kind == "token":
            return self._token()
        if self._key:
            return self._key
        offered = world.keys if kind == "key" else world.invitations
        if not offered:
            return ""
        return self.random.choice(offered) if kind == "key" else offered.pop(0)

    def _token(self) -> Any:
        issuer, seconds = self.world.issuer, self.role.token_seconds

        def fresh() -> str:
            return issuer.token(self.name, admin=self.role.admin, seconds=0.0 if self.world.healthy else seconds)

        async def fetch() -> str:
            await trio.lowlevel.checkpoint()
            return fresh()

        return fetch if seconds and self.random.random() < 0.5 else fresh()

    # Asking.

    async def _attempt(self, act: Act) -> None:
        """One act, and whatever the exchange makes of it. Only what a bot may meet is met here."""
        async with self._calls:
            try:
                if self.random.random() < 0.04:
                    with trio.move_on_after(self.random.random() * 0.3) as patience:
                        await act(self)
                    self.world.coverage.recovered("a call was cancelled and resolved", patience.cancelled_caught)
                else:
                    await act(self)
            except Refused:
                pass
            except OutcomeUnknown as unknown:
                await self._resolve(unknown)
            except (ConnectionEnded, Closed):
                pass  # the block is being left

    async def _resolve(self, unknown: OutcomeUnknown) -> None:
        with suppress(Refused, ConnectionEnded, Closed):
            await unknown.resolve()
        self.world.coverage.recovered("a call gave up waiting and was resolved")

    async def _wait_for_what_is_unknown(self) -> None:
        while True:
            try:
                return await self.exchange.resolve()
            except (OutcomeUnknown, Refused):
                await trio.sleep(self.random.random())
