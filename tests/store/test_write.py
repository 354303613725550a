"""Writing fails closed: whole batches or nothing, a sentence, and then nothing more."""

import threading
import time
from pathlib import Path

import apsw
import pytest

from exchange.core.commands import CreateMarket, PlaceOrder
from exchange.core.units import Side
from exchange.settings import Settings
from exchange.store.database import Store
from exchange.store.errors import StoreBroken
from exchange.store.journal import NewSession
from tests.store.world import ANN, World, check, open_here


def _ready(path: Path, settings: Settings | None = None) -> World:
    world = World(path, settings)
    world.do(ANN, CreateMarket("m", "", 0, 1_000))
    world.write()
    world.do(ANN, PlaceOrder(1, Side.BUY, 500, 10))
    return world


def _hold_the_write_lock(path: Path) -> apsw.Connection:
    other = apsw.Connection(str(path))
    other.execute("BEGIN IMMEDIATE")
    return other


def test_a_lock_held_for_a_moment_is_waited_for(path: Path) -> None:
    world = _ready(path)
    other = _hold_the_write_lock(path)
    threading.Timer(0.1, lambda: other.execute("ROLLBACK")).start()
    world.write()
    other.close()
    assert check(world.close()).sequences == world.state.sequence


def test_a_lock_held_for_too_long_breaks_the_store_with_a_sentence(path: Path) -> None:
    world = _ready(path, Settings(store_busy_seconds=0.05))
    other = _hold_the_write_lock(path)
    before = time.monotonic()
    with pytest.raises(StoreBroken, match="Another process has kept"):
        world.write()
    assert time.monotonic() - before >= 0.05
    other.close()
    world.store.close()


def _fill_the_disk(store: Store) -> None:
    connection = store._connection
    connection.execute(f"PRAGMA max_page_count = {connection.pragma('page_count')}")


def test_a_full_disk_writes_nothing_of_the_batch_and_says_so(path: Path) -> None:
    world = _ready(path)
    durable = world.state.sequence - 1
    for number in range(2_000):
        world.do(ANN, PlaceOrder(1, Side.BUY, 1 + number % 400, 10))
    _fill_the_disk(world.store)
    with pytest.raises(StoreBroken, match="The disk is full"):
        world.write()
    world.store.close()
    report = check(path)
    assert (report.ok, report.sequences, report.orders) == (True, durable, 0)


def test_after_a_failure_nothing_is_written_any_more_even_if_there_is_room(path: Path) -> None:
    world = _ready(path)
    waiting = list(world.waiting)
    for number in range(2_000):
        world.do(ANN, PlaceOrder(1, Side.BUY, 1 + number % 400, 10))
    _fill_the_disk(world.store)
    with pytest.raises(StoreBroken):
        world.write()
    world.store._connection.execute("PRAGMA max_page_count = 1000000")
    with pytest.raises(StoreBroken, match="The disk is full"):
        world.store.write(waiting)
    world.store.close()
    again = open_here(path, create=False)
    again.write(waiting)
    again.close()
    assert check(path).ok


def test_a_failed_commit_is_an_unknown_outcome(path: Path) -> None:
    world = _ready(path)

    def refuse() -> bool:
        return True  # turns COMMIT into a failure, as an error of the disk would

    world.store._connection.set_commit_hook(refuse)
    with pytest.raises(StoreBroken):
        world.write()
    with pytest.raises(StoreBroken):
        world.store.write([])
    world.store._connection.set_commit_hook(None)
    with pytest.raises(StoreBroken):
        world.store.write(world.waiting)
    world.store.close()


def test_a_request_is_never_executed_twice(path: Path) -> None:
    world = _ready(path)
    world.do(ANN, PlaceOrder(1, Side.BUY, 500, 10), remember=True)
    world.requests -= 1
    world.do(ANN, PlaceOrder(1, Side.BUY, 500, 10), remember=True)
    with pytest.raises(StoreBroken, match="contradict"):
        world.write()
    world.store.close()
    assert (check(path).ok, check(path).orders) == (True, 0)


def test_a_sequence_is_never_given_twice(path: Path) -> None:
    world = _ready(path)
    again = world.waiting[0]
    world.write()
    with pytest.raises(StoreBroken, match="contradict"):
        world.store.write([again])
    world.store.close()
    assert check(path).ok


def test_a_session_number_is_never_given_twice(path: Path) -> None:
    world = _ready(path)
    commit = world.waiting[0]._replace(session=NewSession(7, 2, b"other"))
    with pytest.raises(StoreBroken, match="contradict"):
        world.store.write([commit])
    world.store.close()


def test_requests_without_a_session_may_carry_any_number(path: Path) -> None:
    world = _ready(path)
    world.do(ANN, PlaceOrder(1, Side.BUY, 500, 10))
    rows = [commit._replace(journal=commit.journal._replace(request_id=1)) for commit in world.waiting]
    world.store.write(rows)
    world.store.close()
    assert check(path).ok


def test_an_empty_batch_is_no_transaction(world: World) -> None:
    before = world.store._connection.total_changes()
    world.store.write([])
    assert world.store._connection.total_changes() == before


def test_a_batch_of_any_size_uses_few_statements(path: Path) -> None:
    world = _ready(path)
    for number in range(999):
        world.do(ANN, PlaceOrder(1, Side.BUY, 1 + number % 400, 10))
    executed: list[str] = []
    world.store._connection.trace_v2(apsw.SQLITE_TRACE_STMT, lambda event: executed.append(event["sql"]))
    world.write()
    world.store._connection.trace_v2(0, None)
    assert len(executed) <= 32, len(executed)
    assert check(world.close()).ok
