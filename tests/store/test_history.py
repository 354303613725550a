"""The readable past, against a plain look through the whole tables."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from exchange.core.commands import CreateMarket, PlaceOrder, SetMarketStatus, SettleMarket
from exchange.core.history import Candle, Page, Span
from exchange.core.refusals import Refusal
from exchange.core.units import MarketStatus, Side
from exchange.store import history
from exchange.store.history import History, join_candles
from exchange.store.schema import BLOCK
from tests.store.world import ADMIN, ANN, BOB, World, random_command

EVERYTHING = 1 << 40
Ask = Callable[[Span], Page[Any]]


@pytest.fixture(scope="module", params=[1])
def busy(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Several blocks of random commits."""
    rng = random.Random(request.param)
    world = World(tmp_path_factory.mktemp("busy") / "exchange.db")
    for name in ("m", "n"):
        world.do(ANN, CreateMarket(name, "", -100, 200))
    while world.state.sequence < 2 * BLOCK + 100:
        actor, command = random_command(rng, world.state)
        if not isinstance(command, SettleMarket):  # so that there is trade to the end
            world.run(actor, command)
        for market_id in (1, 2):
            if world.state.markets[market_id].status != MarketStatus.OPEN:
                world.run(ADMIN, SetMarketStatus(market_id, MarketStatus.OPEN))
    world.write()
    yield world
    world.store.close()


@pytest.fixture
def past(busy: World) -> Iterator[History]:
    with busy.store.reader() as reader:
        yield reader.history


def _table(world: World, sql: str) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = world.store._connection.execute(sql).fetchall()
    return rows


def _asks(world: World, past: History) -> list[tuple[Ask, list[tuple[Any, ...]], int]]:
    """Questions, all that the tables have for them oldest first, and which column is the sequence."""
    asks: list[tuple[Ask, list[tuple[Any, ...]], int]] = []
    for market_id in (*world.state.markets, 99):
        sql = f"SELECT {history._TRADE} FROM trades WHERE market_id = {market_id} ORDER BY sequence, trade_index"
        asks.append((lambda span, m=market_id: past.trades(m, span), _table(world, sql), 0))  # type: ignore[misc]
    for account_id in world.state.accounts:
        for market_id in (0, 1, 2, 99):
            only = f" AND market_id = {market_id}" if market_id else ""
            sql = f"SELECT {history._ORDER} FROM orders WHERE account_id = {account_id}{only} ORDER BY id"
            ask = lambda span, a=account_id, m=market_id: past.orders(a, m, span)  # noqa: E731
            asks.append((ask, _table(world, sql), 0))
        mine = f"{account_id} IN (from_account_id, to_account_id)"
        sql = f"SELECT {history._TRANSFER} FROM transfers WHERE {mine} ORDER BY id"
        asks.append((lambda span, a=account_id: past.transfers(a, span), _table(world, sql), 0))  # type: ignore[misc]
    columns, condition = "sequence, time, user_id, account_id, facts", "elevated = 1 AND user_id > 0"
    sql = f"SELECT {columns} FROM journal WHERE {condition} ORDER BY sequence"
    asks.append((lambda span: past.actions(span, EVERYTHING), _table(world, sql), 0))
    return asks


def _expected(rows: list[tuple[Any, ...]], span: Span) -> tuple[list[tuple[Any, ...]], bool]:
    there = [row for row in rows if span.after < row[0] < span.before]
    if span.newest_first:
        there.reverse()
    end = span.limit
    while 0 < end < len(there) and there[end][0] == there[end - 1][0]:
        end += 1
    return there[:end], end < len(there)


def test_any_page_of_anything_is_what_the_tables_hold(busy: World, past: History) -> None:
    rng = random.Random(5)
    last = busy.state.sequence
    found = 0
    for ask, rows, _ in _asks(busy, past):
        for _ in range(12):
            ends = sorted(rng.randrange(0, last + 2) for _ in range(2))
            after, before = rng.choice([(0, last + 1), (ends[0], ends[1]), (0, ends[1]), (ends[0], last + 1)])
            span = Span(after, before, rng.random() < 0.5, rng.choice([1, 2, 3, 10, 100, 10_000]))
            page = ask(span)
            assert ([tuple(row) for row in page.rows], page.more) == _expected(rows, span)
            found += len(page.rows)
    assert found > 5_000


@pytest.mark.parametrize("newest_first", [True, False])
def test_pages_join_without_gap_or_overlap(busy: World, past: History, newest_first: bool) -> None:
    for ask, rows, _ in _asks(busy, past):
        joined: list[tuple[Any, ...]] = []
        after, before, more = 0, busy.state.sequence + 1, True
        while more:
            page = ask(Span(after, before, newest_first, 7))
            joined += [tuple(row) for row in page.rows]
            more = page.more
            assert len(page.rows) >= 7 or not more
            if more and newest_first:
                before = page.rows[-1].sequence
            elif more:
                after = page.rows[-1].sequence
        assert joined == (rows[::-1] if newest_first else rows)


def test_a_sequence_is_never_divided(world: World) -> None:
    world.do(ANN, CreateMarket("m", "", 0, 1_000))
    for _ in range(5):
        world.do(ANN, PlaceOrder(1, Side.BUY, 500, 1))
    both = []
    for size in (3, 2):
        both.append(world.do(BOB, PlaceOrder(1, Side.SELL, 500, size)).journal.sequence)
    world.write()
    with world.store.reader() as reader:
        first = reader.history.trades(1, Span(0, world.state.sequence + 1, False, 1))
        newest = reader.history.trades(1, Span(0, world.state.sequence + 1, True, 3))
    assert ([row.sequence for row in first.rows], first.more) == ([both[0]] * 3, True)
    assert ([row.sequence for row in newest.rows], newest.more) == ([both[1]] * 2 + [both[0]] * 3, False)


def test_elevated_actions_are_cut_by_their_bytes(busy: World, past: History) -> None:
    whole = past.actions(Span(0, EVERYTHING, True, 50), EVERYTHING)
    assert past.actions(Span(0, EVERYTHING, True, 50), 0) == Page(whole.rows[:1], True)
    size = sum(len(row.facts) for row in whole.rows[:3])
    assert past.actions(Span(0, EVERYTHING, True, 50), size) == Page(whole.rows[:3], True)


def test_a_time_is_found_by_halving(busy: World, past: History) -> None:
    rng = random.Random(3)
    times = _table(busy, "SELECT sequence, time FROM journal ORDER BY sequence")
    for _ in range(200):
        time = rng.randrange(0, times[-1][1] + 5_000)
        assert past.first_sequence_at(time) == next((s for s, t in times if t >= time), times[-1][0] + 1)


def brute_force_candles(trades: list[tuple[Any, ...]], interval: int) -> list[Candle]:
    """Candles from trades in order, as (time, price, size)."""
    by_start: dict[int, list[tuple[Any, ...]]] = {}
    for trade in trades:
        by_start.setdefault(trade[0] // interval * interval, []).append(trade)
    candles = []
    for start, inside in sorted(by_start.items()):
        prices = [price for _, price, _ in inside]
        volume = sum(size for _, _, size in inside)
        candles.append(Candle(start, prices[0], max(prices), min(prices), prices[-1], volume))
    return candles


@pytest.mark.parametrize("interval", [1_000, 7_000, 250_000, 10**9])
def test_candles_are_those_of_the_trades(busy: World, past: History, interval: int) -> None:
    rng = random.Random(interval)
    for market_id in busy.state.markets:
        sql = f"FROM trades WHERE market_id = {market_id}"
        for _ in range(10):
            first, last = sorted(rng.randrange(1, busy.state.sequence + 10) for _ in range(2))
            between = f"sequence BETWEEN {first} AND {last} ORDER BY sequence, trade_index"
            expected = brute_force_candles(_table(busy, f"SELECT time, price, size {sql} AND {between}"), interval)
            assert past.candles(market_id, interval, first, last) == expected
            middle = rng.randrange(first, last + 1)
            pieces = (
                past.candles(market_id, interval, first, middle),
                past.candles(market_id, interval, middle + 1, last),
            )
            assert join_candles(*pieces) == expected


def test_an_empty_exchange_has_no_past(world: World) -> None:
    with world.store.reader() as reader:
        past, span = reader.history, Span(0, 10, True, 5)
        for page in (
            past.trades(1, span),
            past.orders(2, 0, span),
            past.fills(2, 0, span),
            past.transfers(2, span),
            past.actions(span, 9),
        ):
            assert page == ([], False)
        assert past.candles(1, 1_000, 1, 10) == []
        assert (past.first_sequence_at(10), past.latest_sequence()) == (1, 0)


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("name", ["TRADES", "ORDERS", "ORDERS_IN_MARKET", "FILLS", "TRANSFERS", "ACTIONS"])
def test_no_page_is_looked_for_in_a_whole_table(world: World, name: str, newest_first: bool) -> None:
    _check_plan(world, getattr(history, name)[newest_first])


def test_candles_are_not_looked_for_in_a_whole_table(world: World) -> None:
    _check_plan(world, history.CANDLES)


def _check_plan(world: World, sql: str) -> None:
    names = ("market_id", "account_id", "first", "last", "most", "interval", "unseen")
    connection = world.store._connection
    plan = [str(row[-1]) for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", dict.fromkeys(names, 1))]
    tables = ("trades", "orders", "transfers", "journal")
    assert not [step for step in plan if step.split()[0] == "SCAN" and step.split()[1] in tables]
    searches = [step for step in plan if step.split()[0] == "SEARCH"]
    assert searches
    assert all("INDEX" in step or "PRIMARY KEY" in step for step in searches)


def test_a_page_reads_as_much_however_long_the_past_is(path: Path) -> None:
    """Counted in steps of SQLite's machine: the newest rows, with a few and with many blocks before them."""
    world = World(path)
    world.do(ANN, CreateMarket("m", "", 0, 1_000))
    counts = []
    for blocks in (2, 3):
        for _ in range(blocks * BLOCK):
            assert not isinstance(world.run(ANN, PlaceOrder(1, Side.BUY, 500, 1)), Refusal)
            assert not isinstance(world.run(BOB, PlaceOrder(1, Side.SELL, 500, 1)), Refusal)
        world.write()
        steps = 0

        def count() -> bool:
            nonlocal steps
            steps += 1
            return False

        with world.store.reader() as reader:
            reader._connection.set_progress_handler(count, 1)
            reader.history.trades(1, Span(0, world.state.sequence + 1, True, 50))
            reader.history.orders(ANN.account_id, 1, Span(0, world.state.sequence + 1, True, 50))
            reader._connection.set_progress_handler(None)
        counts.append(steps)
    world.store.close()
    assert counts[1] <= counts[0] * 1.5
