"""A store on a disk that fails, and the books of what it acknowledged.

The load is the one of the tests of the store: random commands of every kind through the real rules, written in
batches by the real store. A batch counts as acknowledged when ``write`` has returned; only then would a server tell
anybody. After every failure the file is opened again, and has to hold each acknowledged commit as it was written, the
batch that was being written whole or not at all, and tables that follow from its journal.
"""

import shutil
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import apsw

from exchange.core.commands import SYSTEM, Command, CreateMarket, OpenExchange, SignIn
from exchange.core.units import MarketStatus
from exchange.settings import Settings
from exchange.store.errors import StoreBroken, StoreError
from exchange.store.journal import DamagedRow, JournalRow, NewSession, checked_row
from tests.faults.disk import Disk
from tests.store.records import pickled
from tests.store.world import ADMIN, LIMITS, SESSION, World, check, open_here, random_command

SETTINGS = Settings(store_checkpoint_pages=24)  # so that checkpoints, and logs begun anew, are all over
BATCHES_BETWEEN_RESTARTS = 60
_SCENARIO, _SCENARIO_BATCHES = 5, 25  # a seed, and what it takes for checkpoints to happen in the middle

Failure = Callable[[str], apsw.Error]


@dataclass
class Tally:
    """What was tried and what came of it."""

    failures: int = 0
    while_opening: int = 0
    acknowledged: int = 0
    lost: int = 0
    inconsistent: int = 0
    unknown_kept: int = 0
    unknown_gone: int = 0
    problems: list[str] = field(default_factory=list)
    sentences: Counter[str] = field(default_factory=Counter)


class Drill:
    """One file through any number of failures of its disk."""

    def __init__(self, folder: Path, disk: Disk, seed: int, tally: Tally) -> None:
        self.disk = disk
        self.tally = tally
        self.random = Random(seed)
        self._folder = folder
        self._path = folder / "exchange.db"
        self._rows: list[JournalRow] = []
        self._acknowledged = 0
        self._attempted = 0
        self._requests = 0
        self._world: World | None = None

    def run(self, batches: int) -> bool:
        """Opens the file, writes so many batches and closes it; False when the disk failed meanwhile.

        Anything but a sentence about the file passes.
        """
        with self.disk.mounted():
            try:
                world = self._world = self._open()
            except StoreError as error:
                self.tally.while_opening += 1
                self._note(str(error))
                return False
            try:
                for _ in range(batches):
                    self._write(world)
            except StoreBroken as error:
                self._note(str(error))
                self._expect_no_more_writing(world)
                return False
            finally:
                world.store.close()
        return not self.disk.off

    def _open(self) -> World:
        """A world on what the file holds; everything that a first start would do is done."""
        world = World.__new__(World)
        world.encode = pickled
        world.path, world.waiting, world.requests, world.accepted = self._path, [], self._requests, {}
        world.store = open_here(self._path, settings=SETTINGS)
        try:
            world.state = world.store.load(LIMITS)
        except StoreError:
            world.store.close()
            raise
        self._expect(world.state.sequence == self._acknowledged, "what was opened is not what was checked")
        mode = world.store._connection.pragma("journal_mode")
        self._expect(mode == "wal", f"a store was opened whose journal mode is {mode}")
        if not world.state.users:
            first: tuple[Command, ...] = (OpenExchange(), SignIn("sub-ann", "ann"), SignIn("sub-bob", "bob"))
            for command in first:
                world.run(SYSTEM, command)
            world.waiting[-1] = world.waiting[-1]._replace(session=NewSession(SESSION, 1, b"token"))
        return world

    def _write(self, world: World) -> None:
        if sum(market.status == MarketStatus.OPEN for market in world.state.markets.values()) < 2:
            world.run(ADMIN, CreateMarket(f"market {len(world.state.markets)} of many", "", -100, 200))
        for _ in range(self.random.choice((1, 1, 2, 5, 20))):
            actor, command = random_command(self.random, world.state)
            world.run(actor, command, remember=self.random.random() < 0.7 and actor is not SYSTEM)
        self._requests = world.requests
        if not world.waiting:
            return
        del self._rows[self._acknowledged :]
        self._rows += [commit.journal for commit in world.waiting]
        self._attempted = len(self._rows)
        world.write()
        self.tally.acknowledged += self._attempted - self._acknowledged
        self._acknowledged = self._attempted

    def _expect_no_more_writing(self, world: World) -> None:
        try:
            world.store.write(world.waiting)
        except StoreBroken:
            return
        self._expect(False, "a store that failed wrote on")

    def recover(self) -> None:
        """Holds what a new start finds against the books, and makes it the truth from here on."""
        self.tally.failures += 1
        self._world = None
        folder = self._folder / "found"
        self.disk.copy_to(folder)
        try:
            self._check(folder / self._path.name)
        finally:
            shutil.rmtree(folder)

    def _check(self, copy: Path) -> None:
        try:
            with closing(open_here(copy)) as store:
                sequence = store.load(LIMITS).sequence
        except StoreError as error:
            self._lose(f"the file cannot be opened: {error}")
            return
        report = check(copy)
        if not report.ok:
            self.tally.inconsistent += 1
            self.tally.problems += report.problems[:3]
        try:
            found = [checked_row(row) for row in _journal(copy)]
        except (apsw.CorruptError, DamagedRow) as error:
            self._lose(f"the journal cannot be read: {error}")
            return
        expected = self._rows[: len(found)]
        if len(found) not in (self._acknowledged, self._attempted) or found != expected:
            self._lose(f"{len(found)} commits were found, of {self._acknowledged} acknowledged")
        elif self._attempted > self._acknowledged:
            self.tally.unknown_kept += len(found) == self._attempted
            self.tally.unknown_gone += len(found) == self._acknowledged
        self._rows, self._acknowledged, self._attempted = found, len(found), len(found)
        self._expect(sequence == len(found), "the present is of another moment than the journal")

    def _lose(self, problem: str) -> None:
        self.tally.lost += 1
        self.tally.problems.append(problem)

    def _note(self, sentence: str) -> None:
        self.tally.sentences[sentence.replace(str(self._path), "FILE")] += 1

    def _expect(self, holds: bool, problem: str) -> None:
        if not holds:
            self.tally.inconsistent += 1
            self.tally.problems.append(problem)


def cut_power(
    folder: Path, cuts: int, seed: int, *, lies: float = 0.0, told: Callable[[], None] | None = None
) -> Tally:
    """Cuts the power so many times at random moments. A file lives through about twenty cuts."""
    tally, random = Tally(), Random(seed)
    while tally.failures < cuts and not (lies and tally.lost):
        number = random.getrandbits(32)
        disk, home = Disk(number, lies=lies), folder / f"{number:08x}"
        home.mkdir()
        drill = Drill(home, disk, number, tally)
        for _ in range(min(20, cuts - tally.failures)):
            disk.cut_at = disk.operations + random.randrange(1, random.choice((4, 20, 200, 1_000, 1_000)))
            while drill.run(BATCHES_BETWEEN_RESTARTS):
                pass
            disk.power_on()
            drill.recover()
            if told is not None:
                told()
            if lies and tally.lost:
                break
        shutil.rmtree(home)
    return tally


def fail_each_operation(folder: Path, error: Failure, *, every: int, first: int, on: bool, cut: bool) -> Tally:
    """Lets each operation of one and the same scenario fail, or one in ``every`` of them.

    ``on`` says that all operations after it fail too, ``cut`` that the power goes when the store has been closed.
    """
    tally, number = Tally(), first
    operations = _operations_of_the_scenario(folder / "clean")
    while number <= operations:
        disk, home = Disk(number), folder / str(number)
        home.mkdir()
        disk.error, disk.fails_at, disk.fails_on = error, number, on
        drill = Drill(home, disk, _SCENARIO, tally)
        drill.run(_SCENARIO_BATCHES)
        disk.power_on(cut=cut)
        drill.recover()
        shutil.rmtree(home)
        number += every
    return tally


def _operations_of_the_scenario(home: Path) -> int:
    home.mkdir()
    disk, tally = Disk(0), Tally()
    drill = Drill(home, disk, _SCENARIO, tally)
    if not drill.run(_SCENARIO_BATCHES) or tally.acknowledged < 2 * _SCENARIO_BATCHES:
        raise AssertionError(f"the scenario itself does not work: {tally}")
    return disk.operations


def _journal(path: Path) -> list[tuple[object, ...]]:
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return connection.execute("SELECT * FROM journal ORDER BY sequence").fetchall()
    finally:
        connection.close()
