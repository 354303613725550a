"""What is written is what is read: over random histories and whatever falls into one batch."""

import random
from pathlib import Path
from typing import Any, get_args

import apsw
import pytest

from exchange.core.commands import (
    SYSTEM,
    AmendOrder,
    CancelOrder,
    CreateMarket,
    PlaceOrder,
    Redeem,
    SetMarketStatus,
    SettleMarket,
    UnsettleMarket,
)
from exchange.core.facts import Fact
from exchange.core.rules import RULES
from exchange.core.units import Constituent, MarketStatus, SelfTrade, Side, TimeInForce
from exchange.store.rows import _COPY
from exchange.store.schema import OPEN_RANGE
from tests.store.world import ADMIN, ANN, BOB, World, check, open_here, random_command


@pytest.mark.parametrize("seed", range(8))
def test_a_random_history_in_random_batches_loads_as_it_was_and_verifies(path: Path, seed: int) -> None:
    rng = random.Random(seed)
    world = World(path)
    world.do(ANN, CreateMarket("first", "", -100, 200))
    for _ in range(rng.choice((150, 600))):
        world.run(*random_command(rng, world.state), remember=rng.random() < 0.5)
        if rng.random() < 0.1:
            world.write(rng.randrange(1, len(world.waiting) + 1) if world.waiting else 0)
    world.write()
    assert world.loaded_differences() == []
    report = check(file := world.close())
    ranges = apsw.Connection(str(file)).execute("SELECT first_order_id FROM open_ranges").fetchall()
    resting = [order_id for market in world.state.markets.values() for order_id in market.book.orders]
    assert sorted(ranges) == [(first,) for first in sorted({order_id & -OPEN_RANGE for order_id in resting})]
    assert report.problems == []
    assert report.ok
    assert (report.sequences, report.accounts) == (world.state.sequence, len(world.state.accounts))
    assert report.requests == world.requests
    assert report.orders == world.state.next_order_id - 1


def test_ranges_in_which_nothing_rests_any_more_do_not_pile_up(path: Path) -> None:
    world = World(path)
    world.do(ADMIN, CreateMarket("m", "", 0, 1_000))
    for order_id in range(1, 1_001):
        world.do(ANN, PlaceOrder(1, Side.BUY, 400, 10))
        world.write()
        world.do(ANN, CancelOrder(1, order_id))
        world.write()
    ranges = world.store._connection.execute("SELECT count(*) FROM open_ranges").get
    assert ranges <= 2
    assert check(world.close()).ok


def test_the_random_history_makes_use_of_everything(path: Path) -> None:
    rng = random.Random(1)
    world = World(path)
    for _ in range(8_000):
        world.run(*random_command(rng, world.state))
    world.write()
    assert set(RULES) - set(world.accepted) == set()
    report = check(world.close())
    assert report.ok, report.problems
    assert report.trades > 100


def test_any_two_ways_to_batch_the_same_history_give_the_same_tables(tmp_path: Path) -> None:
    dumps = []
    for most in (1, 3, 10_000):
        rng = random.Random(4)
        world = World(tmp_path / f"{most}.db")
        for _ in range(400):
            world.run(*random_command(rng, world.state))
        while world.waiting:
            world.write(most)
        tables = (
            "orders", "open_ranges", "trades", "accounts", "positions", "markets", "last_trades", "transfers", "users",
            "constituents", "viewers", "settled_positions", "guarded_sessions", "dead_man_timers", "api_keys",
            "invitations",
        )  # fmt: skip
        rows = [sorted(world.store._connection.execute(f"SELECT * FROM {table}").fetchall()) for table in tables]
        dumps.append(rows)
        world.store.close()
    assert dumps[0] == dumps[1] == dumps[2]


def test_every_kind_of_fact_has_its_rows() -> None:
    assert set(_COPY) == set(get_args(Fact))


def _market(world: World) -> None:
    world.do(ANN, CreateMarket("m", "", 0, 1_000))


@pytest.mark.parametrize("batched", [True, False])
def test_an_order_that_lost_its_place_by_an_amendment_is_behind_after_a_load(world: World, batched: bool) -> None:
    _market(world)
    for _ in range(3):
        world.do(ANN, PlaceOrder(1, Side.BUY, 500, 10))
        if not batched:
            world.write()
    world.do(ANN, AmendOrder(1, 1, size=20))
    world.do(ANN, AmendOrder(1, 2, size=5))
    world.write()
    book = world.store.load(world.state.limits).markets[1].book
    assert [(order.order_id, order.remaining) for order in book.in_priority(Side.BUY)] == [(2, 5), (3, 10), (1, 20)]
    assert world.loaded_differences() == []


@pytest.mark.parametrize("batched", [True, False])
def test_an_amendment_that_fills_at_once_leaves_a_trade_with_its_side(path: Path, batched: bool) -> None:
    world = World(path)
    _market(world)
    world.do(ANN, PlaceOrder(1, Side.BUY, 500, 10))
    world.do(BOB, PlaceOrder(1, Side.SELL, 600, 10))
    if not batched:
        world.write()
    world.do(BOB, AmendOrder(1, 2, price=400))
    world.write()
    rows = world.store._connection.execute("SELECT taker_side, taker_order_id, price, size FROM trades").fetchall()
    assert rows == [(2, 2, 500, 10)]
    assert check(world.close()).problems == []


@pytest.mark.parametrize("batched", [True, False])
def test_settlement_ends_every_order_of_its_market_and_of_no_other(path: Path, batched: bool) -> None:
    world = World(path)
    _market(world)
    world.do(ANN, CreateMarket("other", "", 0, 1_000))
    world.do(ANN, PlaceOrder(1, Side.BUY, 500, 10))
    world.do(BOB, PlaceOrder(1, Side.SELL, 500, 4))
    world.do(ANN, PlaceOrder(2, Side.BUY, 500, 10))
    if not batched:
        world.write()
    sequence = world.do(ADMIN, SettleMarket(1, 700)).journal.sequence
    world.write()
    rows = world.store._connection.execute(
        "SELECT id, filled, remaining, priority IS NULL, ended_sequence FROM orders"
    ).fetchall()
    assert rows == [(1, 4, 0, 1, sequence), (2, 4, 0, 1, 5 + 2), (3, 0, 10, 0, None)]
    state = world.store.load(world.state.limits)
    assert (state.markets[1].status, state.markets[1].settlement_price) == (MarketStatus.SETTLED, 700)
    assert state.markets[1].positions[2].cash_flow == 4 * 200
    assert world.loaded_differences() == []
    assert check(world.close()).problems == []


@pytest.mark.parametrize("most", [1, 2, 3, 99])
def test_what_was_held_at_a_settlement_is_kept_until_it_is_reversed(path: Path, most: int) -> None:
    world = World(path)
    _market(world)
    world.do(ADMIN, CreateMarket("fund", "", 0, 0, constituents=(Constituent(1, -2),), redeem_fee=1))
    world.do(ANN, Redeem(2, 5))

    def write() -> list[tuple[Any, ...]]:
        while world.waiting:
            world.write(most)
        assert world.loaded_differences() == []
        return world.store._connection.execute("SELECT * FROM settled_positions ORDER BY 1, 2").fetchall()

    world.do(ADMIN, SettleMarket(1, 700))
    assert write() == [(1, 1, 10, 5_000), (1, 2, -10, -5_000), (2, 1, 5, -5_000), (2, 2, -5, 5_000)]
    world.do(ADMIN, UnsettleMarket(1))
    assert write() == []
    world.do(ADMIN, SettleMarket(1, 300))
    world.do(ADMIN, UnsettleMarket(1))
    world.do(ADMIN, SetMarketStatus(1, MarketStatus.OPEN))
    world.do(ADMIN, SetMarketStatus(2, MarketStatus.OPEN))
    world.do(ANN, PlaceOrder(1, Side.BUY, 500, 10))
    world.do(ANN, Redeem(2, -3))
    world.do(ADMIN, SettleMarket(1, 400))
    assert write() == [(1, 1, 4, 2_000), (1, 2, -4, -2_000), (2, 1, 2, -2_000), (2, 2, -2, 2_000)]
    state = world.store.load(world.state.limits)
    assert state.markets[2].constituents == ((1, -2),)
    assert state.markets[1].part_of == [2]
    assert check(world.close()).problems == []


def test_all_that_can_happen_to_an_order_within_one_batch_is_one_row(path: Path) -> None:
    world = World(path)
    _market(world)
    world.do(ANN, PlaceOrder(1, Side.BUY, 500, 100))
    world.do(BOB, PlaceOrder(1, Side.SELL, 500, 10))
    world.do(ANN, AmendOrder(1, 1, price=510))
    world.do(BOB, PlaceOrder(1, Side.SELL, 500, 20, TimeInForce.IOC))
    world.do(ANN, PlaceOrder(1, Side.SELL, 500, 5, self_trade=SelfTrade.DECREMENT_BOTH))
    world.do(ANN, CancelOrder(1, 1))
    world.write()
    row = world.store._connection.execute("SELECT price, size, filled, remaining FROM orders WHERE id = 1").fetchall()
    assert row == [(510, 100, 30, 0)]
    assert check(world.close()).problems == []


def test_a_second_start_continues_where_the_first_stopped(path: Path) -> None:
    rng = random.Random(9)
    world = World(path)
    world.do(ANN, CreateMarket("first", "", -100, 200))
    for _ in range(5):
        for _ in range(60):
            world.run(*random_command(rng, world.state))
        world.close()
        world.store = open_here(path, create=False)
        assert world.loaded_differences() == []
        world.state = world.store.load(world.state.limits)
    assert check(world.close()).ok


def test_a_status_and_its_market_may_share_a_batch(world: World) -> None:
    _market(world)
    world.do(ADMIN, SetMarketStatus(1, MarketStatus.HALTED))
    world.write()
    assert world.store.load(world.state.limits).markets[1].status == MarketStatus.HALTED


def test_the_exchange_itself_is_user_zero(world: World) -> None:
    assert SYSTEM.user_id == 0
    world.write()
    with world.store.reader() as reader:
        assert reader.journal_after(0, 1, 10)[0].user_id == 0
