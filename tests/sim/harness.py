"""A whole exchange on the virtual clock: in-memory listener, inline threads, a wall clock and randomness from a seed.

Nothing here sleeps for real. Commits can be kept in flight: by a virtual delay around each transaction, or by closing
``threads.gate``.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import trio
import trio.testing

from exchange.core.rules import decide
from exchange.environment import Environment
from exchange.net.identity import Authenticator, DeveloperTokens
from exchange.net.site import Site
from exchange.server import Shutdown, run_exchange
from exchange.settings import Settings
from exchange.store.database import Store, open_store
from exchange.tasks.context import Context
from exchange.tasks.engine import Decide
from tests.sim.crash import Files
from tests.sim.environment import Gate, Killed, MemoryListener, Threads
from tests.sim.raw_client import RawClient
from tests.sim.requests import create_market, elevate, grant, kind_of

T = TypeVar("T")

START_NS = 1_800_000_000_000_000_000
RICH = 1_000_000_000


class House:
    """One exchange on one file, through any number of starts."""

    def __init__(
        self,
        path: Path,
        nursery: trio.Nursery,
        settings: Settings,
        *,
        seed: int = 0,
        delay: Callable[[], float] | None = None,
        decide: Decide = decide,
        authenticator: Authenticator | None = None,
        wall_clock_ns: Callable[[], int] | None = None,
        files: Files | None = None,
    ) -> None:
        self.authenticator = authenticator or DeveloperTokens()
        self.files = files
        self._left: dict[Path, bytes] | None = None
        self._wall_clock_ns = wall_clock_ns
        self.path = path
        self.nursery = nursery
        self.settings = settings
        self.random = Random(seed)
        self.failure: BaseExceptionGroup[BaseException] | None = None
        self.gates: dict[str, Gate] = {}
        self._delay = delay
        self._decide = decide
        self.threads = Threads(delay)
        self.shutdown = Shutdown()
        self.ended = trio.Event()
        self.scope = trio.CancelScope()
        self.listener, self.local = MemoryListener(), MemoryListener()
        self.context: Context
        self.store: Store

    def wall_clock_ns(self) -> int:
        if self._wall_clock_ns is not None:
            return self._wall_clock_ns()
        return START_NS + round(trio.current_time() * 1e9)

    async def start(self) -> None:
        """Opens the file and serves; returns when the door is open."""
        self.threads, self.shutdown, self.ended = Threads(self._delay), Shutdown(), trio.Event()
        self.scope, self.listener, self.local = trio.CancelScope(), MemoryListener(), MemoryListener()
        self.store = open_store(
            self.path, now_ns=self.wall_clock_ns, random_bytes=self.random.randbytes, settings=self.settings
        )
        self.context = await self.nursery.start(self._run)

    async def _run(self, *, task_status: trio.TaskStatus[Context]) -> None:
        environment = Environment(self.wall_clock_ns, self.random, self.threads)
        site = Site.from_settings(self.settings, loopback=True)
        serve = partial(run_exchange, local=[self.local], decide=self._decide, task_status=task_status)
        arguments = (self.store, [self.listener], self.authenticator, site, self.settings, environment, self.shutdown)
        try:
            with self.scope:
                await serve(*arguments)
        except BaseExceptionGroup as group:
            self.failure = group
        finally:
            self.store.close()
            self.ended.set()

    async def drain(self) -> float:
        """Ends it in good order; returns the seconds that took."""
        started = trio.current_time()
        self.shutdown.request()
        with trio.fail_after(60):
            await self.ended.wait()
        return trio.current_time() - started

    async def kill(self) -> None:
        """Ends it as ``kill -9`` would: nothing more is written or said."""
        self.die()
        await self.buried()

    def die(self, *, power_fails: bool = False) -> None:
        """From this moment on nothing is written or said. ``buried`` waits until its tasks have ended.

        Where files are watched, they are then as they were at this moment: a log that nobody has moved into the
        database, and if ``power_fails`` without what was not synced.
        """
        for gate in self.gates.values():
            gate.close()
        self.threads.kill()
        if self.files is not None:
            self._left = self.files.left(self.path, power_fails=power_fails)
        self.scope.cancel()

    @property
    def had_a_log(self) -> bool:
        """Whether the one that died left a log with something in it."""
        return any(name.name.endswith("-wal") and content for name, content in (self._left or {}).items())

    async def buried(self) -> None:
        """Waits until nothing is left of an exchange that died. Keeps what failed otherwise than by dying."""
        await self.ended.wait()
        if self.files is not None and self._left is not None:
            self.files.put_back(self.path, self._left)
        if self.failure is not None:
            self.failure = self.failure.split(Killed)[1]
        self.gates = {}

    # Clients.

    async def open(self, client: RawClient) -> RawClient:
        """Connects without saying anything."""
        gate = self.gates[client.name] = Gate()
        await client.open(self.nursery, self.listener.dial(gate))
        return client

    async def connect(self, client: RawClient, token: str = "", **terms: Any) -> RawClient:
        """Connects and says hello."""
        await self.open(client)
        await client.send(client.hello(token or f"dev:{client.name}", **terms))
        return client

    async def sign_in(
        self, name: str, *, session: bytes = b"", markets: tuple[int, ...] = (), **terms: Any
    ) -> RawClient:
        """A client that is live. ``name`` is a developer's name; ``name:admin`` is an admin's."""
        client = await self.connect(RawClient(name, session=session, markets=markets), **terms)
        await client.wait_ready()
        return client

    async def furnish(self, *names: str, markets: int = 1, cash: int = RICH) -> tuple[RawClient, list[RawClient]]:
        """An elevated admin, that many markets from 0 to 100, and rich clients, each with a session of its own."""
        root = await self.sign_in("root:admin", session=b"root session")
        assert kind_of(await root.ask(elevate())) == "done"
        for _ in range(markets):
            created = await root.ask(create_market(f"Market {len(root.model.markets) + 1}"))
            assert kind_of(created) == "created"
        clients = []
        for name in names:
            client = await self.sign_in(name, session=f"session of {name}".encode())
            assert client.welcome is not None
            assert kind_of(await root.ask(grant(client.welcome.account_id, cash))) == "created"
            clients.append(client)
        return root, clients

    async def settle_down(self, *clients: RawClient) -> None:
        """Waits until everything is published and these clients know it."""
        state, publisher = self.context.engine.state, self.context.publisher
        with trio.fail_after(600):
            while publisher.sequence < state.sequence or any(  # noqa: ASYNC110 - nobody tells, and waiting is free
                c.complete_through < state.sequence for c in clients
            ):
                await trio.sleep(1)


@asynccontextmanager
async def open_house(
    folder: Path,
    *,
    seed: int = 0,
    delay: Callable[[], float] | None = None,
    decide: Decide = decide,
    fails: bool = False,
    authenticator: Authenticator | None = None,
    wall_clock_ns: Callable[[], int] | None = None,
    files: Files | None = None,
    **changes: Any,
) -> AsyncIterator[House]:
    """A running exchange; ended with the block. ``fails`` says that the block makes it fail."""
    async with trio.open_nursery() as nursery:
        house = House(
            folder / "exchange.db",
            nursery,
            Settings(**changes),
            seed=seed,
            delay=delay,
            decide=decide,
            authenticator=authenticator,
            wall_clock_ns=wall_clock_ns,
            files=files,
        )
        await house.start()
        try:
            yield house
        finally:
            house.threads.gate.open()
            house.scope.cancel()
            with trio.CancelScope(shield=True):
                await house.ended.wait()
        nursery.cancel_scope.cancel()
    if house.failure is not None and not fails:
        raise house.failure
