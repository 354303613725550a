"""Ends of a server under load, one after the other, and what its bots say of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import trio

from exchange.core.state import Limits
from exchange.store.database import open_store
from exchange.store.reader import Reader
from tests.e2e.bot import Bot
from tests.e2e.server import Server, connect, server_nursery, start_server, verified
from tests.sim.compare import assert_knows
from tests.sim.raw_client import RawClient
from tests.sim.requests import create_market, kind_of

BOTS = 4
EACH_AT_LEAST = 50
SETTINGS = (
    "pace_per_second=100000",
    "pace_burst=100000",
    "pace_expensive_per_minute=100000",
    "starting_cash=1000000000",
)


@dataclass(frozen=True)
class End:
    """One end of the server: what was acknowledged since its start, and what it left unanswered."""

    acknowledged: int
    in_flight: int
    commits: int


@dataclass
class Run:
    """A server's ends, and its bots when all is over."""

    ends: list[End] = field(default_factory=list)
    bots: list[Bot] = field(default_factory=list)

    @property
    def acknowledged(self) -> int:
        return sum(bot.acknowledged for bot in self.bots)

    @property
    def with_requests_in_flight(self) -> int:
        """How many ends left some request unanswered."""
        return sum(end.in_flight > 0 for end in self.ends)

    @property
    def longest_stall(self) -> float:
        """Seconds between two answers to one bot."""
        return max(bot.longest_stall for bot in self.bots)


async def end_again_and_again(
    folder: Path,
    ends: int,
    *,
    gently: bool,
    acknowledgements: int,
    seed: int = 0,
    told: Callable[[End], None] = lambda _: None,
) -> Run:
    """Ends a server so many times, at a random moment after so many acknowledgements each, and starts it again.

    ``gently`` is SIGTERM, otherwise it is SIGKILL. Fails when anything acknowledged is missing or executed twice, when
    a request stays unresolved, when a bot is not served after a restart, or when the file does not add up at some end.
    """
    random, run = Random(seed), Run()
    bots = run.bots = [Bot(f"bot{number}", seed * 100 + number) for number in range(BOTS)]
    async with server_nursery() as nursery:
        server = await start_server(folder, nursery, *SETTINGS)
        await _prepare(server, nursery)
        async with trio.open_nursery() as lives:
            for bot in bots:
                lives.start_soon(bot.live, nursery)
            for _ in range(ends):
                before = [bot.acknowledged for bot in bots]
                for bot in bots:
                    bot.serve_with(server)
                await _served(bots, before, acknowledgements)
                await trio.sleep(random.random() * 0.3)
                if gently:
                    assert await server.terminate() == 0
                else:
                    await server.kill()
                await _noticed(bots)
                commits = verified(folder).sequences
                since = sum(bot.acknowledged for bot in bots) - sum(before)
                run.ends.append(End(since, sum(bot.in_flight_at_loss[-1] for bot in bots), commits))
                told(run.ends[-1])
                server = await start_server(folder, nursery, *SETTINGS)
            for bot in bots:
                bot.stop = True
                bot.serve_with(server)
        with trio.fail_after(60):
            await _watch_the_end(folder, server, nursery, bots)
    verified(folder)
    for bot in bots:
        bot.check(folder / "exchange.db")
    return run


async def _prepare(server: Server, nursery: trio.Nursery) -> None:
    owner = await connect(server, nursery, RawClient("owner"))
    assert kind_of(await owner.ask(create_market("Market"))) == "created"
    await owner.close()


async def _served(bots: list[Bot], before: list[int], acknowledgements: int) -> None:
    with trio.fail_after(120):
        while sum(bot.acknowledged for bot in bots) < sum(before) + acknowledgements or any(  # noqa: ASYNC110
            bot.acknowledged < least + EACH_AT_LEAST for bot, least in zip(bots, before, strict=True)
        ):
            await trio.sleep(0.02)


async def _noticed(bots: list[Bot]) -> None:
    """Every bot has written down what it was left with."""
    with trio.fail_after(30):
        while any(bot.is_served for bot in bots):  # noqa: ASYNC110
            await trio.sleep(0.01)


async def _watch_the_end(folder: Path, server: Server, nursery: trio.Nursery, bots: list[Bot]) -> None:
    """Every bot's feed says what the file says."""
    clients = [await connect(server, nursery, RawClient("watcher", patience=30.0))]
    for bot in bots:
        clients.append(await connect(server, nursery, bot.client, resume=True))
    with Reader(folder / "exchange.db") as reader:
        last = reader.journal_after(0, 1 << 62, 1 << 62)[-1].sequence
    for client in clients:
        await client.until(lambda client=client: client.complete_through >= last)  # type: ignore[misc]
    assert await server.terminate() == 0
    store = open_store(folder / "exchange.db", now_ns=lambda: 0, random_bytes=bytes)
    try:
        state = store.load(Limits())
    finally:
        store.close()
    for client in clients:
        assert_knows(client, state)
