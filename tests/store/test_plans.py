"""No statement of a start or of a running exchange reads the past: SQLite says how it would go about each."""

import pytest

from exchange.core.commands import CancelOrder, CreateMarket, PlaceOrder
from exchange.core.units import Side
from exchange.store import batch
from exchange.store.load import (
    HIGHEST_ORDER,
    HIGHEST_TRANSFER,
    LATEST,
    OPEN_ORDERS,
    OPEN_ORDERS_OF_MARKET,
)
from exchange.store.reader import HIGHEST_REQUEST, REQUEST
from exchange.store.schema import OPEN_RANGE
from tests.store.world import ANN, World

OPEN_ORDERS_PLAN = ["SCAN open_ranges", "SEARCH orders USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"]
PAST = ("orders", "trades", "transfers", "journal")


def _plan(world: World, sql: str) -> list[str]:
    values = (1,) * sql.count("?")
    return [str(row[-1]) for row in world.store._connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]


@pytest.mark.parametrize("sql", [OPEN_ORDERS, OPEN_ORDERS_OF_MARKET])
def test_open_orders_are_found_by_the_ranges_that_have_some(world: World, sql: str) -> None:
    assert _plan(world, sql) == OPEN_ORDERS_PLAN


@pytest.mark.parametrize("sql", [HIGHEST_ORDER, HIGHEST_TRANSFER])
def test_the_highest_number_is_one_look_at_the_end_of_a_table(world: World, sql: str) -> None:
    assert _plan(world, sql)[0].startswith("SEARCH ")


def test_the_last_commit_is_one_look_at_the_end_of_the_journal(world: World) -> None:
    assert LATEST.endswith("ORDER BY sequence DESC LIMIT 1")
    assert _plan(world, LATEST) == ["SCAN journal"]  # in the order of its key, so one step


@pytest.mark.parametrize("sql", [REQUEST, HIGHEST_REQUEST])
def test_a_request_is_looked_up_block_by_block(world: World, sql: str) -> None:
    plan = _plan(world, sql)
    assert "SEARCH journal USING INDEX requests" in " ".join(plan).replace("COVERING ", "")
    assert "SCAN journal" not in plan


@pytest.mark.parametrize("name", ["_CASH", "_TERMS", "_REDUCED", "_ENDED"])
def test_an_update_of_a_batch_looks_its_rows_up(world: World, name: str) -> None:
    plan = _plan(world, batch._text(getattr(batch, name), 4))
    assert not [step for step in plan if step.startswith("SCAN") and step.split()[1] in (*PAST, "accounts", "markets")]


def test_a_settlement_reads_open_orders_only(world: World) -> None:
    plan = _plan(world, batch._text(batch._SETTLED, 1))
    assert [step for step in plan if step in OPEN_ORDERS_PLAN] == OPEN_ORDERS_PLAN
    assert "SCAN orders" not in plan


def test_whether_a_range_is_empty_is_seen_from_its_own_orders(world: World) -> None:
    for sql in (batch._text(batch._EMPTY_RANGES, 4), batch._ALL_EMPTY_RANGES):
        assert OPEN_ORDERS_PLAN[1] in _plan(world, sql)


def test_a_start_reads_as_many_rows_whatever_went_before(world: World) -> None:
    """Counted in steps of SQLite's machine, with a few and with many ended orders."""
    world.do(ANN, CreateMarket("m", "", 0, 1_000))
    world.do(ANN, PlaceOrder(1, Side.BUY, 400, 10))
    counts = []
    for more in (OPEN_RANGE, 3_000):
        for _ in range(more):
            world.do(ANN, PlaceOrder(1, Side.BUY, 500, 10))
            order_id = world.state.next_order_id - 1
            world.do(ANN, CancelOrder(1, order_id))
        world.write()
        steps = 0

        def count() -> bool:
            nonlocal steps
            steps += 1
            return False

        world.store._connection.set_progress_handler(count, 1)
        world.store.load(world.state.limits)
        world.store._connection.set_progress_handler(None)
        counts.append(steps)
    assert counts[1] <= counts[0] + 10  # seeking the end of a table that is larger
