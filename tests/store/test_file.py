"""The file as a thing: made, locked, refused, continued after a crash."""

import multiprocessing
import os
import sqlite3
import stat
from pathlib import Path

import pytest

from exchange.core.commands import CreateMarket, PlaceOrder
from exchange.core.units import Side
from exchange.store.connection import lock_path
from exchange.store.database import open_store
from exchange.store.errors import StoreBroken, StoreError, StoreLocked, StoreMissing, StoreTooNew
from exchange.store.schema import MIGRATIONS
from exchange.store.secret import secret_path
from tests.store.world import ANN, World, check, open_here, plant


def test_a_new_file_is_an_exchange_with_an_identity_that_stays(path: Path) -> None:
    open_here(path).close()
    again = open_store(path, now_ns=lambda: 9, random_bytes=lambda n: b"y" * n, create=False)
    assert (again.exchange_id, again.created_at) == (b"x" * 16, 5)
    again.close()


def test_an_empty_exchange_loads_and_verifies(path: Path) -> None:
    store = open_here(path)
    state = store.load(World(path.with_name("other")).state.limits)
    assert (state.sequence, state.time, state.next_order_id, state.accounts) == (0, 0, 1, {})
    store.close()
    assert check(path).ok


def test_without_create_a_missing_file_is_refused_and_not_made(path: Path) -> None:
    with pytest.raises(StoreMissing, match="no exchange at"):
        open_here(path, create=False)
    assert not path.exists()


def test_without_create_an_empty_database_is_refused(path: Path) -> None:
    path.touch()
    with pytest.raises(StoreMissing, match="holds no exchange"):
        open_here(path, create=False)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no folder"):
        open_here(tmp_path / "nowhere" / "x.db")


def test_a_database_of_another_program_is_refused_and_left_alone(path: Path) -> None:
    plant(path, "CREATE TABLE songs (title TEXT)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program"):
        open_here(path)
    assert path.read_bytes() == before


def test_something_that_is_no_database_is_refused(path: Path) -> None:
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(StoreError, match="cannot be used"):
        open_here(path)
    assert not check(path).ok


def test_a_newer_schema_is_refused_by_server_and_by_verify(path: Path) -> None:
    open_here(path).close()
    plant(path, f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(StoreTooNew, match="newer program"):
        open_here(path)
    assert "newer program" in check(path).problems[0]


def test_a_refused_file_can_be_opened_once_the_reason_is_gone(path: Path) -> None:
    open_here(path).close()
    plant(path, "PRAGMA user_version = 99")
    with pytest.raises(StoreTooNew):
        open_here(path)
    plant(path, f"PRAGMA user_version = {len(MIGRATIONS)}")
    open_here(path).close()


def _open_elsewhere(path: Path, answer: "multiprocessing.Queue[str]") -> None:
    try:
        open_here(path).close()
        answer.put("opened")
    except StoreLocked as error:
        answer.put(str(error))


def test_two_servers_on_one_file_are_one_too_many(path: Path) -> None:
    store = open_here(path)
    spawn = multiprocessing.get_context("spawn")
    answer: multiprocessing.Queue[str] = spawn.Queue()
    for expected in ("in use by another process", "opened"):
        process = spawn.Process(target=_open_elsewhere, args=(path, answer))
        process.start()
        assert expected in answer.get(timeout=30)
        process.join()
        store.close()


def test_the_lock_holds_within_one_process_too(path: Path) -> None:
    store = open_here(path)
    with pytest.raises(StoreLocked):
        open_here(path)
    store.close()


def test_a_link_to_the_file_is_the_same_file(path: Path) -> None:
    store = open_here(path)
    link = path.with_name("link.db")
    link.symlink_to(path)
    with pytest.raises(StoreLocked):
        open_here(link)
    store.close()


def test_what_was_written_survives_a_crash_and_what_was_not_is_gone(path: Path, tmp_path: Path) -> None:
    world = World(path)
    world.do(ANN, CreateMarket("m", "", 0, 1_000))
    world.write()
    sequence = world.state.sequence
    world.do(ANN, PlaceOrder(1, Side.BUY, 500, 10))
    copy = world.copy_as_after_a_crash(tmp_path / "crashed")
    again = open_here(copy, create=False)
    state = again.load(world.state.limits)
    assert (state.sequence, state.markets[1].book.orders) == (sequence, {})
    again.close()
    assert check(copy).ok
    world.store.close()


def test_after_each_write_a_crash_leaves_exactly_the_batches_that_were_written(path: Path, tmp_path: Path) -> None:
    world = World(path)
    world.do(ANN, CreateMarket("m", "", 0, 1_000))
    for number in range(10):
        world.do(ANN, PlaceOrder(1, Side.BUY, 500 + number, 10))
        world.do(ANN, PlaceOrder(1, Side.SELL, 600 + number, 10))
        world.write()
        copy = world.copy_as_after_a_crash(tmp_path / f"crash{number}")
        report = check(copy)
        assert (report.ok, report.sequences, report.problems) == (True, world.state.sequence, [])
    world.store.close()


def test_a_log_torn_in_its_last_transaction_falls_back_to_the_one_before(path: Path, tmp_path: Path) -> None:
    world = World(path)
    world.write()
    sequence = world.state.sequence
    world.do(ANN, CreateMarket("m", "", 0, 1_000))
    world.write()
    copy = world.copy_as_after_a_crash(tmp_path / "torn")
    log = copy.with_name(copy.name + "-wal")
    os.truncate(log, log.stat().st_size - 100)
    report = check(copy)
    assert (report.ok, report.sequences) == (True, sequence)
    world.store.close()


def test_closing_leaves_one_file_with_its_lock_and_secret_and_no_log_and_may_be_done_twice(path: Path) -> None:
    world = World(path)
    world.close()
    world.store.close()
    left = [path.name, lock_path(path).name, secret_path(path).name]
    assert sorted(file.name for file in path.parent.iterdir()) == left


def test_a_closed_store_does_not_write(world: World) -> None:
    world.store.close()
    with pytest.raises(StoreBroken, match="closed"):
        world.write()


def test_commits_are_synced_in_full_and_logged(world: World) -> None:
    connection = world.store._connection
    assert connection.pragma("journal_mode") == "wal"
    assert connection.pragma("synchronous") == 2


def test_every_table_is_strict(world: World) -> None:
    tables = world.store._connection.execute("PRAGMA table_list").fetchall()
    ours = [(name, strict) for _, name, kind, _, _, strict in tables if kind == "table"]
    ours = [(name, strict) for name, strict in ours if not str(name).startswith("sqlite_")]
    assert len(ours) == 22
    assert [name for name, strict in ours if not strict] == []


def test_the_shell_reads_the_file_of_a_running_exchange(world: World) -> None:
    world.write()
    shell = sqlite3.connect(f"file:{world.path}?mode=ro", uri=True)
    assert shell.execute("SELECT name FROM accounts ORDER BY id").fetchall() == [("House",), ("ann",), ("bob",)]
    shell.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="for the superuser every folder can be written")
def test_verify_needs_no_right_to_write(path: Path) -> None:
    World(path).close()
    folder = path.parent
    path.chmod(stat.S_IRUSR)
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert check(path).problems == []
    finally:
        folder.chmod(stat.S_IRWXU)
