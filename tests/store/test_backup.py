"""Copies, and putting one in the place of a file."""

import multiprocessing
import random
import threading
from datetime import UTC, datetime
from pathlib import Path

import apsw
import pytest

from exchange.store import connection as connections
from exchange.store import database, schema
from exchange.store.backup import Copier, CopyInterrupted, copies_of, copy_name, restore
from exchange.store.errors import StoreError, StoreLocked, StoreMissing, StoreTooNew
from exchange.store.reader import Reader
from tests.store.records import decode
from tests.store.world import World, check, open_here, plant, random_command

NOW = datetime(2026, 11, 22, 18, 30, 5, tzinfo=UTC)


def _trade(world: World, commands: int, seed: int = 1) -> None:
    rng = random.Random(seed)
    for _ in range(commands):
        world.run(*random_command(rng, world.state))
    world.write()


def _identity(path: Path) -> bytes:
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return bytes(connection.execute("SELECT exchange_id FROM meta").get)
    finally:
        connection.close()


def _restore(copy: Path, file: Path) -> Path | None:
    return restore(copy, file, decode, lambda count: b"n" * count, NOW)


@pytest.fixture
def copy(world: World, tmp_path: Path) -> Path:
    """Of a world with some history, which has gone on since."""
    _trade(world, 200)
    made = tmp_path / "copy.db"
    Copier(world.store.path).copy(made)
    return made


def test_a_copy_beside_an_open_writer_is_the_present_and_is_sound(world: World, copy: Path) -> None:
    report = check(copy)
    assert report.ok, report.problems
    assert report.sequences == world.state.sequence
    assert [path.name for path in copy.parent.glob(".*")] == []


def test_a_copy_is_of_one_commit_however_much_is_written_meanwhile(world: World, tmp_path: Path) -> None:
    _trade(world, 300)
    stop = threading.Event()
    made: list[Path] = []

    def make_copies() -> None:
        while not stop.is_set() or not made:
            Copier(world.store.path).copy(tmp_path / f"copy{len(made)}.db")
            made.append(tmp_path / f"copy{len(made)}.db")

    copying = threading.Thread(target=make_copies)
    copying.start()
    for seed in range(40):
        _trade(world, 10, seed)
    stop.set()
    copying.join()
    sequences = []
    for copy in made:
        report = check(copy)
        assert report.ok, report.problems
        sequences.append(report.sequences)
    assert sequences == sorted(sequences)


def test_a_copy_never_overwrites(world: World, copy: Path) -> None:
    before = copy.read_bytes()
    with pytest.raises(StoreError, match="there already"):
        Copier(world.store.path).copy(copy)
    assert copy.read_bytes() == before


def test_a_missing_folder_or_file_is_a_sentence(world: World, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no folder"):
        Copier(world.store.path).copy(tmp_path / "nowhere" / "copy.db")
    with pytest.raises(StoreMissing):
        Copier(tmp_path / "nothing.db").copy(tmp_path / "copy.db")


def test_a_copy_that_is_called_off_leaves_nothing(world: World, tmp_path: Path) -> None:
    copier = Copier(world.store.path)
    copier.interrupt()
    with pytest.raises(CopyInterrupted):
        copier.copy(tmp_path / "copy.db")
    assert list(tmp_path.glob("*copy*")) == list(tmp_path.glob(".*")) == []


def test_a_copy_that_is_under_way_is_called_off_at_once(world: World, tmp_path: Path) -> None:
    plant(
        world.store.path,
        "CREATE TABLE ballast (id INTEGER PRIMARY KEY, filling BLOB)",
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)"
        " INSERT INTO ballast SELECT i, randomblob(1000) FROM n",
    )
    copier = Copier(world.store.path)
    failures: list[BaseException] = []

    def make() -> None:
        try:
            copier.copy(tmp_path / "copy.db")
        except CopyInterrupted as failure:
            failures.append(failure)

    copying = threading.Thread(target=make)
    copying.start()
    while not list(tmp_path.glob(".copy*")):
        pass
    copier.interrupt()
    copying.join()
    assert len(failures) == 1
    assert list(tmp_path.glob(".copy*")) == []


def test_a_damaged_file_is_not_passed_off_as_a_copy(world: World, tmp_path: Path) -> None:
    _trade(world, 300)
    path = world.close()
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2 // 4096 * 4096)
        file.write(b"\xff" * 4096)
    with pytest.raises(StoreError, match=r"cannot be copied|is damaged"):
        Copier(path).copy(tmp_path / "copy.db")
    assert list(tmp_path.glob("*copy*")) == list(tmp_path.glob(".*")) == []


def test_a_restored_file_is_the_copy_with_an_identity_of_its_own(copy: Path, tmp_path: Path) -> None:
    file = tmp_path / "restored.db"
    assert _restore(copy, file) is None
    assert _identity(file) == b"n" * 16 != _identity(copy)
    assert check(file) == check(copy)
    open_here(file, create=False).close()


def test_what_was_there_is_kept_and_nothing_of_its_log_is_mixed_in(world: World, copy: Path, tmp_path: Path) -> None:
    _trade(world, 50, seed=2)
    there = world.copy_as_after_a_crash(tmp_path / "crashed")
    log = there.with_name(there.name + "-wal")
    assert log.stat().st_size > 0, "a crash leaves commits in the log"
    former = world.state.sequence
    kept = _restore(copy, there)
    assert not log.exists()
    assert not there.with_name(there.name + "-shm").exists()
    assert check(there).sequences == check(copy).sequences < former
    assert kept is not None
    assert check(kept).sequences == former, "with the commits of its log"


def test_a_lone_log_is_not_read_into_a_restored_file(world: World, copy: Path, tmp_path: Path) -> None:
    _trade(world, 50, seed=2)
    crashed = world.copy_as_after_a_crash(tmp_path / "crashed")
    crashed.unlink()
    _restore(copy, crashed)
    assert check(crashed) == check(copy)


def test_a_running_server_is_not_restored_under(world: World, copy: Path) -> None:
    before = _identity(world.store.path)
    with pytest.raises(StoreLocked):
        _restore(copy, world.store.path)
    assert _identity(world.store.path) == before


def test_a_copy_that_does_not_add_up_is_not_restored(copy: Path, tmp_path: Path) -> None:
    plant(copy, "UPDATE accounts SET cash = cash + 1 WHERE id = 2")
    file = tmp_path / "restored.db"
    with pytest.raises(StoreError, match="does not add up"):
        _restore(copy, file)
    assert not file.exists()
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_a_copy_of_a_newer_program_is_not_restored(copy: Path, tmp_path: Path) -> None:
    plant(copy, f"PRAGMA user_version = {len(schema.MIGRATIONS) + 1}")
    with pytest.raises(StoreTooNew):
        _restore(copy, tmp_path / "restored.db")


def test_a_file_is_not_restored_onto_itself(copy: Path) -> None:
    with pytest.raises(StoreError, match="onto itself"):
        _restore(copy, copy)


def test_a_client_of_the_former_history_does_not_resume_into_the_restored_one(copy: Path, tmp_path: Path) -> None:
    file = tmp_path / "restored.db"
    _restore(copy, file)
    store = open_here(file, create=False)
    try:
        assert store.exchange_id != b"x" * 16, "what clients of the former one name"
    finally:
        store.close()


def test_copies_are_found_by_name_oldest_first_and_nothing_else_is(tmp_path: Path) -> None:
    file = tmp_path / "exchange.db"
    names = [copy_name(file, NOW.replace(day=day)) for day in (22, 20, 21)]
    for name in (*names, "exchange-old.db", "exchange-20261122T183005Z.txt", "other-20261122T183005Z.db"):
        (tmp_path / name).touch()
    assert names[0] == "exchange-20261122T183005Z.db"
    assert [path.name for _, path in copies_of(file, tmp_path)] == sorted(names)
    assert copies_of(file, tmp_path / "nowhere") == []


# Migrations.


@pytest.fixture
def newer_program(monkeypatch: pytest.MonkeyPatch) -> None:
    migrations = (*schema.MIGRATIONS, "CREATE TABLE novelties (id INTEGER PRIMARY KEY) STRICT")
    for module in (database, connections):
        monkeypatch.setattr(module, "MIGRATIONS", migrations)


def test_a_migration_takes_a_copy_first(world: World, request: pytest.FixtureRequest) -> None:
    _trade(world, 50)
    path = world.close()
    before = check(path)
    request.getfixturevalue("newer_program")
    open_here(path, create=False).close()
    copy = path.with_name(path.name + ".schema-1")
    assert apsw.Connection(str(path)).pragma("user_version") == 2
    assert check(copy) == before


def test_a_migration_that_fails_changes_nothing_and_can_be_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _trade(world, 50)
    path = world.close()
    before = check(path)
    for module in (database, connections):
        monkeypatch.setattr(module, "MIGRATIONS", (*schema.MIGRATIONS, "CREATE TABLE accounts (id)"))
    for _ in range(2):
        with pytest.raises(StoreError, match="cannot be brought up to date"):
            open_here(path, create=False)
    monkeypatch.undo()
    assert check(path) == before


def test_a_file_that_is_up_to_date_is_not_copied(world: World, newer_program: None) -> None:
    path = world.close()
    open_here(path, create=False).close()
    copies = [entry for entry in path.parent.iterdir() if "schema" in entry.name]
    open_here(path, create=False).close()
    assert [entry for entry in path.parent.iterdir() if "schema" in entry.name] == copies


# Beside other programs.


def test_an_empty_file_that_litestream_was_in_first_is_still_an_empty_file(path: Path) -> None:
    plant(path, "CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER)")
    plant(path, "CREATE TABLE _litestream_lock (id INTEGER)")
    open_here(path).close()
    assert check(path).ok


def test_a_reader_that_stays_does_not_prolong_the_end(world: World) -> None:
    _trade(world, 50)
    with Reader(world.store.path):
        shell = apsw.Connection(str(world.store.path), flags=apsw.SQLITE_OPEN_READONLY)
        shell.execute("BEGIN")
        shell.execute("SELECT count(*) FROM journal").fetchall()
        _trade(world, 10, seed=2)
        path = world.close()
        shell.close()
    assert check(path).ok


def _hold_the_lock(path: Path, held: "multiprocessing.synchronize.Event", seconds: float) -> None:
    connection = apsw.Connection(str(path))
    connection.execute("BEGIN IMMEDIATE")
    held.set()
    threading.Event().wait(seconds)
    connection.execute("COMMIT")
    connection.close()


def test_a_lock_that_is_held_for_a_moment_is_waited_for(world: World) -> None:
    spawn = multiprocessing.get_context("spawn")
    held = spawn.Event()
    process = spawn.Process(target=_hold_the_lock, args=(world.store.path, held, 0.3))
    process.start()
    assert held.wait(30)
    _trade(world, 50)
    process.join()
    assert check(world.close()).ok
