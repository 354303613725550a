"""A whole exchange in memory: started, stopped and started again, traded on by bots, crowds and recordings."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import trio

from exchange.core.standings import equity
from exchange.core.state import Account, State
from exchange.net.identity import DeveloperTokens
from exchange.net.site import Site
from exchange.server import Shutdown, run_exchange
from exchange.settings import Settings
from exchange.store.database import Store, open_store
from exchange.tasks.context import Context
from exchange.testing.crowd import Crowd
from exchange.testing.order_of_tasks import seeded_order
from exchange.testing.people import People
from exchange.testing.recording import Recording, read_recording
from exchange.testing.replaying import replay
from exchange.testing.world import MemoryListener, environment, scratch_folder
from exchange_client import Exchange, Market, Number, connect

Bot = Callable[[Exchange], Awaitable[None]]
"""A strategy: an async function that takes an exchange and trades on it until it returns or is cancelled."""

URL = "ws://localhost/ws"
STAKE = 10_000  # cash that whoever joins is given, unless told otherwise
ORGANISER = "organiser"


class AccountView:
    """What an account has by the exchange's own books, whoever owns it."""

    def __init__(self, state: State, account: Account) -> None:
        self._state = state
        self._account = account

    @property
    def cash(self) -> Number:
        """Its cash."""
        return _cash(self._account.cash)

    @property
    def available(self) -> Number:
        """Cash that could be lost at no settlement."""
        return _cash(self._account.available)

    @property
    def equity(self) -> Number:
        """Cash and every position at its mark."""
        return _cash(equity(self._state, self._account))

    @property
    def profit(self) -> Number:
        """Equity less all money received."""
        return _cash(equity(self._state, self._account) - self._account.received)

    def position(self, market: Market) -> Number:
        """Contracts held in a market; negative when short."""
        position = self._account.positions.get(market.market_id)
        return Number(0 if position is None else position.size) / 100

    def open_orders(self, market: Market) -> int:
        """How many orders of it rest in a market."""
        orders = self._state.markets[market.market_id].book.orders.values()
        return sum(order.account_id == self._account.account_id for order in orders)


class MemoryExchange:
    """An exchange that lives in this process. Get one from the fixture ``exchange`` or from :func:`open_exchange`."""

    def __init__(self, path: Path, nursery: trio.Nursery, settings: Settings, seed: int) -> None:
        self.seed = seed
        self.organiser: Exchange
        self._path = path
        self._nursery = nursery
        self._settings = settings
        self._environment = environment(Random(f"{seed} exchange"))
        self._joined = 0
        self._streams: list[tuple[str, trio.abc.Stream]] = []
        self.people = People(lambda: self._context)
        self._context: Context
        self._store: Store
        self._listener: MemoryListener
        self._shutdown: Shutdown
        self._stopped: trio.Event

    # People.

    def connect(self, name: str, *, admin: bool = False, **options: Any) -> AbstractAsyncContextManager[Exchange]:
        """A client of a user of that name, with the options of :func:`exchange_client.connect`."""

        async def dial() -> trio.abc.Stream:
            stream = self._listener.dial()
            self._streams.append((name, stream))
            return stream

        self._joined += 1  # a client that comes again is another one
        defaults: dict[str, Any] = {
            "random": Random(f"{self.seed} {name} {self._joined}"),
            "token": f"dev:{name}" + (":admin" if admin else ""),
        }
        return connect(URL, open_stream=dial, **(defaults | options))

    async def market(self, name: str, *, low: Any = 0, high: Any = 100, **options: Any) -> Market:
        """Makes a market, with the options of :meth:`exchange_client.Exchange.create_market`. It is the organiser's."""
        return await self.organiser.create_market(name, low=low, high=high, **options)

    def account(self, name: str) -> AccountView:
        """What an account of that name has. Raises ``KeyError`` where there is none."""
        state = self._context.engine.state
        for account in state.accounts.values():
            if account.name.casefold() == name.casefold():
                return AccountView(state, account)
        raise KeyError(f"there is no account {name!r}")

    async def fund(self, name: str, cash: Any) -> None:
        """Gives money to an account."""
        await self.organiser.grant(name, cash)

    @asynccontextmanager
    async def running(
        self, bot: Bot, *, name: str | None = None, cash: Any = STAKE, **options: Any
    ) -> AsyncIterator[Exchange]:
        """Lets a bot trade while the block runs, with so much cash.

        The user is called ``name``, or else like the bot's module, as ``maker`` for ``maker.run``. What the bot raises
        comes out of the block. Gives the bot's own exchange; it is told to leave at the end.
        """
        name = name or name_of(bot)
        async with self.connect(name, **options) as exchange, trio.open_nursery() as nursery:
            if cash:
                await self.fund(name, cash)
            nursery.start_soon(bot, exchange)
            yield exchange
            nursery.cancel_scope.cancel()

    def crowd(self, *, noise: int = 0, informed: int = 0, seed: int = 0, cash: Any = STAKE) -> Crowd:
        """Others who trade in every market while the block runs: some at random, some who know what it is worth."""
        return Crowd(self, noise, informed, seed, cash)

    @asynccontextmanager
    async def replaying(self, recording: Path | str | Recording, *, speed: float = 1.0) -> AsyncIterator[trio.Event]:
        """Lets everybody of a recording trade again, at the times they did; gives an event that says when it is over.

        Its markets are there when the block begins. ``speed`` 2 takes half the time.
        """
        tape = recording if isinstance(recording, Recording) else read_recording(Path(recording))
        over = trio.Event()
        async with trio.open_nursery() as nursery:
            await nursery.start(partial(replay, self.people, tape, speed, over))
            await self.organiser.ping()
            yield over
            nursery.cancel_scope.cancel()

    def now(self) -> int:
        """The exchange's time, in nanoseconds since the epoch."""
        return self._environment.wall_clock_ns()

    # What may happen to an exchange.

    async def start(self) -> None:
        """Opens the file and serves; returns when the door is open."""
        self._listener, self._shutdown, self._stopped = MemoryListener(), Shutdown(), trio.Event()
        self._store = open_store(
            self._path,
            now_ns=self._environment.wall_clock_ns,
            random_bytes=self._environment.random.randbytes,
            settings=self._settings,
        )
        self._context = await self._nursery.start(self._run)

    async def stop(self) -> None:
        """Drains it, as a SIGTERM would; returns when it has ended."""
        self._shutdown.request()
        await self._stopped.wait()

    async def restart(self, *, seconds: float = 1.0) -> None:
        """A redeploy: drains it, and starts it again so many seconds later."""
        await self.stop()
        await trio.sleep(seconds)
        await self.start()

    async def drop(self, name: str) -> None:
        """Cuts the connections of a user without a word, as a network does."""
        for stream in [stream for owner, stream in self._streams if owner == name]:
            await trio.aclose_forcefully(stream)
        self._streams = [pair for pair in self._streams if pair[0] != name]

    async def _run(self, *, task_status: trio.TaskStatus[Context]) -> None:
        site = Site.from_settings(self._settings, loopback=True)
        serve = partial(run_exchange, task_status=task_status)
        identities = DeveloperTokens()
        try:
            await serve(
                self._store, [self._listener], identities, site, self._settings, self._environment, self._shutdown
            )
        finally:
            self._store.close()
            self._stopped.set()


@asynccontextmanager
async def open_exchange(seed: int = 0, **settings: Any) -> AsyncIterator[MemoryExchange]:
    """An exchange in memory, running while the block does. ``settings`` are those of ``exchange serve --set``.

    With a virtual clock, such as pytest-trio's ``autojump_clock``, everything that happens follows from ``seed``.
    """
    with scratch_folder() as folder, seeded_order(seed):
        async with trio.open_nursery() as nursery:
            exchange = MemoryExchange(folder / "exchange.db", nursery, Settings(**settings), seed)
            await exchange.start()
            async with exchange.connect(ORGANISER, admin=True, elevated=True, cancel_on_exit=False) as organiser:
                exchange.organiser = organiser
                yield exchange
            await exchange.stop()


def name_of(bot: Bot) -> str:
    """What a bot's user is called: like its module, or like itself where that says more."""
    module = getattr(bot, "__module__", "").rpartition(".")[2]
    own = getattr(bot, "__name__", type(bot).__name__)
    return module if own in ("run", "main", "trade") and module and module != "__main__" else own


def _cash(raw: int) -> Number:
    return Number(raw) / 10_000
