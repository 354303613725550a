"""One seed, one history: an exchange, more than twenty users of all kinds, and everything that can go wrong.

The whole tree of the server, clients of the library and clients of the wire, on one virtual clock, with an order of
tasks that follows from the seed. Checked meanwhile and at the end, by nothing of what is checked: the invariants of the
rules; what ``witness`` says of everything that was said; every client's state, which is the server's view for it; the
file, whose journal has all that was acknowledged once and replays to its tables; and that nothing failed but what was
made to.
"""

import signal
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import trio
import trio.testing

from exchange.core.invariants import violations
from exchange.store.verify import verify
from exchange.testing.order_of_tasks import seeded_order
from exchange.wire.records import decode_facts
from tests.sim import cast, file_check
from tests.sim.agreement import User, assert_agrees, known_through
from tests.sim.coverage import Coverage
from tests.sim.crash import Files
from tests.sim.harness import open_house
from tests.sim.logs import noted
from tests.sim.requests import create_fund, create_market, grant
from tests.sim.strangers import visit
from tests.sim.tap import tapped
from tests.sim.trader import traders
from tests.sim.trouble import Trouble
from tests.sim.weather import RICH, draw
from tests.sim.world import World, watch

SETTLING_SECONDS = 600.0
REAL_SECONDS = 120.0  # a hundred times what a seed takes
FAST_FOLDER = Path("/dev/shm")  # memory, where there is such a thing: every commit is synced


@dataclass(frozen=True)
class Outcome:
    """What one run came to. Two runs of a seed have the same hash of everything every client heard."""

    seed: int
    hash: str
    sequence: int
    requests: int
    users: int
    restarts: int
    comparisons: int
    virtual_seconds: float
    coverage: Coverage


def run(seed: int, folder: Path) -> Outcome:
    """Runs one seed in an empty folder. Raises ``AssertionError``, alone or in a group, for what does not hold."""
    with seeded_order(seed):
        return trio.run(partial(_simulate, seed, folder), clock=trio.testing.MockClock(autojump_threshold=0))


def attempt(seed: int) -> tuple[int, Outcome | str]:
    """What came of a seed, or the trace of what it failed with. Needs no folder, and may run in any process."""
    with tempfile.TemporaryDirectory(dir=FAST_FOLDER if FAST_FOLDER.is_dir() else None) as folder:
        try:
            with _limited(REAL_SECONDS):
                return seed, run(seed, Path(folder))
        except KeyboardInterrupt:
            raise
        except BaseException as failure:
            return seed, "".join(traceback.format_exception(failure))


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """A history that never ends is a failure as well: of real time, it may take so much."""

    def over(*_: object) -> None:
        raise TimeoutError(f"it took longer than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, over)
    left, _ = signal.setitimer(signal.ITIMER_REAL, seconds)  # of the limit that every test has
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, left)
        signal.signal(signal.SIGALRM, before)


async def _simulate(seed: int, folder: Path) -> Outcome:
    weather, delays, files = draw(seed), Random(seed + 1), Files()
    world = World(seed, weather, folder)
    settings: dict[str, Any] = weather.settings | {"entry_file": str(world.entries.path)}
    with files.watched(), noted(world), tapped():
        async with open_house(
            folder, seed=seed, delay=lambda: delays.expovariate(1.0) * weather.disk, decide=world.bugs,
            authenticator=world.issuer, wall_clock_ns=world.clock, files=files, **settings,
        ) as house:  # fmt: skip
            world.house = house
            watch(house.context, world.coverage)
            await _furnish(world)
            users: list[User] = [*cast.bots(world), *traders(world)]
            trouble = Trouble(world, users)
            world.bugs.begin()
            async with trio.open_nursery() as lives:
                for user in users:
                    lives.start_soon(user.live)
                lives.start_soon(visit, world)
                await trouble.make()
                world.over = True
                await _settle_down(world, users)
                _compare(world, users)
                world.compared.set()
            await house.drain()
            world.note_life()
            sequence = world.state.sequence
    assert house.failure is None, house.failure
    _check_file(world, sequence)
    assert not world.problems, world.problems
    asked = sum(len(conversation.asked) for conversation in world.witness.conversations)
    return Outcome(
        seed, world.witness.hash, sequence, asked, len(users), trouble.restarts, trouble.comparisons + len(users),
        weather.seconds, world.coverage,
    )  # fmt: skip


async def _furnish(world: World) -> None:
    house = world.house
    root, _ = await house.furnish(markets=3)
    await root.ask(create_market("Market 4", -50, 150))
    await root.ask(create_fund("Fund", {1: 1, 2: 2}, redeem_fee=1))
    await root.ask(grant(2, RICH))
    await root.close()


async def _settle_down(world: World, users: list[User]) -> None:
    """Waits until everybody is done and knows everything."""
    with trio.move_on_after(SETTLING_SECONDS):
        while not _is_settled(world, users):  # noqa: ASYNC110 - nobody tells, and waiting is free
            await trio.sleep(0.5)
        return
    waiting = [user.name for user in users if not user.is_ready]
    state, published = world.state.sequence, world.house.context.publisher.sequence
    raise AssertionError(f"not settled: {waiting}, {published} of {state} published, {_sequences(users)}")


def _is_settled(world: World, users: list[User]) -> bool:
    sequence = world.state.sequence
    assert world.house.failure is None, world.house.failure
    if world.house.context.publisher.sequence < sequence or not all(user.is_ready for user in users):
        return False
    return all(known >= sequence for known in _sequences(users).values())


def _sequences(users: list[User]) -> dict[str, int]:
    return {user.name: known_through(user) for user in users if not user.outside}


def _compare(world: World, users: list[User]) -> None:
    assert list(violations(world.state)) == []
    for user in users:
        if not user.outside:
            assert_agrees(user, world)


def _check_file(world: World, sequence: int) -> None:
    path = world.house.path
    report = verify(path, decode_facts)
    assert report.ok, report.problems
    journal = file_check.Journal(path)
    found = list(file_check.problems(journal, world.witness, sequence))
    assert not found, found
    file_check.note(journal, world.coverage)
