"""What everybody in one run shares: the exchange, the network to it, its clock, who may enter, and who heard what."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import trio

from exchange.core.commands import Actor, Command, OpenExchange, ReportFailure, RestartDeadManTimers
from exchange.core.facts import Decision
from exchange.core.refusals import Refusal
from exchange.core.rules import decide
from exchange.core.state import State
from exchange.net.identity import DeveloperTokens, Identity
from exchange.tasks.context import Context
from tests.sim.coverage import Coverage
from tests.sim.harness import START_NS, House
from tests.sim.line import Line
from tests.sim.weather import Weather
from tests.sim.witness import Witness

SECOND = 1_000_000_000
_NEVER_FLAWED = (OpenExchange, ReportFailure, RestartDeadManTimers)  # without them an exchange does not start


class InjectedFault(Exception):
    """A bug of a market task or of the desk, put there on purpose."""


class Clock:
    """The wall clock, which somebody may set forward or back."""

    def __init__(self) -> None:
        self._offset = 0

    def jump(self, seconds: float) -> None:
        self._offset += round(seconds * SECOND)

    def __call__(self) -> int:
        return START_NS + self._offset + round(trio.current_time() * SECOND)


class Issuer(DeveloperTokens):
    """Makes tokens that say who somebody is, whether they are an admin, and until when."""

    def __init__(self, clock: Clock) -> None:
        self.former_admins: set[str] = set()
        self._clock = clock

    def token(self, name: str, *, admin: bool = False, seconds: float = 0.0) -> str:
        """A token for somebody; a former admin gets none of an admin any more."""
        now = self._clock()
        role = "admin" if admin and name not in self.former_admins else "trader"
        return f"issued:{name}:{role}:{now}:{now + round(seconds * SECOND) if seconds else 0}"

    async def identify(self, token: str, *, from_loopback: bool = False, id_token: str = "") -> Identity | None:
        kind, *rest = token.split(":")
        if kind != "issued" or len(rest) != 4:
            return await super().identify(token, from_loopback=from_loopback)
        name, role, issued, expires = rest
        if int(expires) and int(expires) <= self._clock():
            return None
        return Identity(f"user:{name}", name, role == "admin", f"{name}@example.org", int(expires), int(issued))


class EntryList:
    """The file that says who is banned."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.banned: set[str] = set()
        self.write()

    def write(self) -> None:
        lines = ["subject,role", *(f"user:{name},banned" for name in sorted(self.banned))]
        self.path.write_text("\n".join(lines) + "\n")


class Bugs:
    """Decides as the rules do, except that now and then it fails, before or after it has decided."""

    def __init__(self, seed: int, chance: float, coverage: Coverage) -> None:
        self._random = Random(f"bugs {seed}")
        self._begins_with, self._chance = chance, 0.0
        self._coverage = coverage

    def begin(self) -> None:
        """From now on there are some."""
        self._chance = self._begins_with

    def heal(self) -> None:
        """From now on there are none."""
        self._chance = 0.0

    def __call__(self, state: State, actor: Actor, command: Command, now: int) -> Refusal | Decision:
        if self._chance and self._random.random() < self._chance and not isinstance(command, _NEVER_FLAWED):
            if self._random.random() < 0.5:
                decide(state, actor, command, now)
            self._coverage.fault("task bug")
            raise InjectedFault(type(command).__name__)
        return decide(state, actor, command, now)


def watch(context: Context, coverage: Coverage) -> None:
    """Notes from where those who come back are told what they missed."""
    publisher: Any = context.publisher
    since = publisher.since

    def noted(sequence: int) -> Any:
        missed = since(sequence)
        coverage.recovered("resumed from the journal", missed is None)
        coverage.recovered("resumed from the ring", bool(missed))
        return missed

    publisher.since = noted


class World:
    """``over`` says that nothing new is begun, ``healthy`` that nothing goes wrong any more."""

    house: House

    def __init__(self, seed: int, weather: Weather, folder: Path) -> None:
        self.seed = seed
        self.weather = weather
        self.random = Random(f"world {seed}")
        self.clock = Clock()
        self.issuer = Issuer(self.clock)
        self.entries = EntryList(folder / "people.csv")
        self.coverage = Coverage()
        self.witness = Witness()
        self.witness.on_refusal = self.coverage.refused
        self.witness.on_acceptance = self.coverage.accepted
        self.witness.on_second_start = partial(self.coverage.recovered, "rights changed while catching up")
        self.bugs = Bugs(seed, weather.bugs, self.coverage)
        self.lines: dict[str, Line] = {}
        self.keys: list[str] = []
        self.invitations: list[str] = []
        self.over = False
        self.healthy = False
        self.problems: list[str] = []
        self.compared = trio.Event()
        self._dialled = 0

    async def start(self) -> None:
        """The exchange starts, for the first time or again."""
        await self.house.start()
        watch(self.house.context, self.coverage)

    # The network.

    def dial(self, name: str, *, local: bool = False) -> trio.abc.Stream:
        """A connection to the exchange. Raises ``OSError`` when nobody listens."""
        self._dialled += 1
        random = Random(f"{self.seed} {name} {self._dialled}")
        chopped = not self.healthy and random.random() < self.weather.chopped
        self.coverage.faults["bytes chopped"] += chopped
        line = Line(random, self._latency(random), chopped=chopped)
        (self.house.local if local else self.house.listener).admit(line.far)
        self.lines[name] = line
        return line.near

    def _latency(self, random: Random) -> Callable[[], float]:
        mean = self.weather.latency
        if not mean:
            return lambda: 0.0
        self.coverage.faults["bytes delayed"] += 1
        return lambda: 0.0 if self.healthy else random.expovariate(1.0) * mean

    def note_life(self) -> None:
        """Counts what the exchange that is about to end counted."""
        metrics, coverage = self.house.context.metrics, self.coverage
        coverage.faults["token expired"] += metrics.connections_ended["4001"]
        coverage.recovered("a slow reader was cut", metrics.outbox_overflows)
        coverage.recovered("somebody was let in later", metrics.sign_in_failures["pace"])

    def sever(self) -> None:
        """The exchange's machine is gone. What it had sent before still arrives, or is lost as well."""
        for line in self.lines.values():
            line.cut() if self.random.random() < 0.5 else line.reset()
        self.lines.clear()

    # What is known of the exchange, for whoever wants to ask for something that is there.

    @property
    def state(self) -> State:
        return self.house.context.engine.state

    def actors(self) -> list[Actor]:
        """Who is signed in, and acts as whom."""
        return sorted(connection.actor for connection in self.house.context.connections)
