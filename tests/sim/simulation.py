"""One seed, one history: an exchange, random clients, and everything that can go wrong, on the virtual clock.

Checked while it runs and at its end: the invariants of the rules; a journal without gaps whose replay is the present;
every client's model equals the server's view for it; what was acknowledged is in the journal, and what was not is not;
each request is executed at most once; what is acknowledged before a request is sent has a smaller sequence number.
"""

from collections import Counter
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from pathlib import Path
from random import Random
from typing import Any

import trio
import trio.testing

from exchange.core.commands import Actor, Command
from exchange.core.facts import Decision
from exchange.core.invariants import violations
from exchange.core.refusals import Refusal
from exchange.core.rules import decide
from exchange.core.state import State
from exchange.store.reader import Reader
from exchange.store.verify import verify
from exchange.testing.order_of_tasks import seeded_order
from exchange.wire.records import decode_facts
from tests.sim.compare import assert_knows
from tests.sim.harness import RICH, House, open_house
from tests.sim.requests import code_of, create_market, grant
from tests.sim.trader import BAD_SIZE, Trader, World

CLIENTS = 20
VIRTUAL_SECONDS = 8.0
SETTINGS: dict[str, Any] = {
    "disconnect_grace_seconds": 1.0,
    "ring_facts": 200,
    "resume_page_facts": 50,
    "resume_facts": 2_000,
    "frame_bytes": 8_000,
    "outbox_bytes": 100_000,
    "pace_expensive_per_minute": 10_000.0,
    "starting_cash": RICH // 1_000,
    "socket_write_seconds": 8.0,
}


class InjectedFault(Exception):
    """A bug of a market task, put there on purpose."""


@dataclass(frozen=True)
class Outcome:
    """What one run came to. Two runs of a seed have the same hash of everything every client heard."""

    seed: int
    hash: str
    sequence: int
    issued: int
    counts: dict[str, int]
    restarts: int


def run(seed: int, folder: Path) -> Outcome:
    """Runs one seed in an empty folder. Raises ``AssertionError``, alone or in a group, for what does not hold."""
    with seeded_order(seed):
        return trio.run(partial(_simulate, seed, folder), clock=trio.testing.MockClock(autojump_threshold=0))


def _flawed(state: State, actor: Actor, command: Command, now: int) -> Refusal | Decision:
    decision = decide(state, actor, command, now)
    if getattr(command, "size", 0) == BAD_SIZE and isinstance(decision, Decision):
        raise InjectedFault
    return decision


async def _simulate(seed: int, folder: Path) -> Outcome:
    random = Random(seed)
    delays = Random(seed + 1)
    slowness = random.choice((0.0, 0.002, 0.05, 0.3))
    async with open_house(
        folder, seed=seed, delay=lambda: delays.expovariate(1.0) * slowness, decide=_flawed, **SETTINGS
    ) as house:
        await _furnish(house)
        world = World(house)
        traders = [Trader(f"trader {number}", world, seed) for number in range(CLIENTS - 2)]
        traders.append(Trader("limited", world, seed, markets=(1, 2)))
        traders.append(Trader("organiser:admin", world, seed))
        async with trio.open_nursery() as lives:
            for trader in traders:
                lives.start_soon(trader.live)
            restarts = await _disturb(house, random)
            world.over = True
        async with trio.open_nursery() as ends:
            for trader in traders:
                ends.start_soon(trader.resolve_all)
        await house.settle_down(*[trader.client for trader in traders])
        state = house.context.engine.state
        assert list(violations(state)) == []
        for trader in traders:
            assert_knows(trader.client, state)
        await house.drain()
        assert house.failure is None
    _check_file(house.path, traders, state.sequence)
    heard = blake2b("\n".join(world.heard).encode(), digest_size=16).hexdigest()
    counts = Counter[str]()
    for trader in traders:
        counts.update(trader.counts)
    return Outcome(seed, heard, state.sequence, sum(len(t.issued) for t in traders), dict(counts), restarts)


async def _furnish(house: House) -> None:
    root, _ = await house.furnish(markets=3)
    await root.ask(create_market("Market 4", -50, 150))
    await root.ask(grant(2, RICH))
    await root.close()


async def _disturb(house: House, random: Random) -> int:
    """Looks at the invariants now and then, and restarts the exchange in good order or by force."""
    restarts = 0
    ends_at = trio.current_time() + VIRTUAL_SECONDS
    while trio.current_time() < ends_at:
        await trio.sleep(random.random() * 2)
        assert list(violations(house.context.engine.state)) == []
        assert house.failure is None
        if random.random() < 0.3:
            await (house.kill() if random.random() < 0.5 else house.drain())
            restarts += 1
            await trio.sleep(random.random() * 2)
            await house.start()
    return restarts


def _check_file(path: Path, traders: list[Trader], sequence: int) -> None:
    report = verify(path, decode_facts)
    assert report.ok, report.problems
    with Reader(path) as reader:
        assert [row.sequence for row in reader.journal_after(0, sequence, sequence + 1)] == list(range(1, sequence + 1))
        assert reader.journal_after(sequence, sequence + 10, 1) == []
        for trader in traders:
            _check_memory(reader, trader)


def _check_memory(reader: Reader, trader: Trader) -> None:
    client = trader.client
    assert client.welcome is not None
    number = reader.session_number(client.welcome.user_id, client.session)
    for request_id, reply in trader.resolved.items():
        if trader.issued[request_id].WhichOneof("request") in ("act_as", "set_elevated"):
            continue
        remembered = None if number is None else reader.request(number, request_id)
        if code_of(reply) == 0:
            assert remembered is not None, (trader.name, request_id, "acknowledged and missing")
            assert remembered.sequence == reply.sequence
        elif remembered is not None:
            assert code_of(reply) == 105, (trader.name, request_id, "refused and executed")
