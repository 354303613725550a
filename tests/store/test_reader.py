"""What is read beside the writer."""

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from exchange.core.commands import CreateMarket, PlaceOrder
from exchange.core.units import Side
from exchange.store.errors import StoreMissing
from exchange.store.journal import NewSession
from exchange.store.reader import Reader
from exchange.store.schema import BLOCK
from tests.store.records import decode
from tests.store.world import ANN, SESSION, World, open_here


@pytest.fixture
def reader(world: World) -> Iterator[Reader]:
    world.do(ANN, CreateMarket("m", "", 0, 1_000))
    world.write()
    with world.store.reader() as made:
        yield made


def _place(world: World, *, remember: bool = True) -> int:
    return world.do(ANN, PlaceOrder(1, Side.BUY, 1, 1), remember=remember).journal.sequence


def test_a_request_is_remembered_with_its_hash_and_reply(world: World, reader: Reader) -> None:
    sequence = _place(world)
    assert reader.request(SESSION, 1) is None
    world.write()
    assert reader.request(SESSION, 1) == (sequence, world.state.time, -sequence, b"reply %d" % sequence)
    assert reader.request(SESSION, 2) is None
    assert reader.request(SESSION + 1, 1) is None


def test_a_request_is_found_however_many_blocks_ago_it_was(world: World, reader: Reader) -> None:
    first = _place(world)
    for _ in range(2 * BLOCK):
        _place(world, remember=False)
    last = _place(world)
    world.write()
    for request_id, sequence in ((1, first), (2, last)):
        found = reader.request(SESSION, request_id)
        assert found is not None
        assert found.sequence == sequence
    assert reader.highest_request(SESSION) == 2
    assert reader.request(SESSION, 1, after=first + BLOCK) is None
    assert reader.request(SESSION, 1, after=first - 1) is not None


def test_the_highest_request_of_a_session(world: World, reader: Reader) -> None:
    assert reader.highest_request(SESSION) == 0
    for _ in range(3):
        _place(world)
    world.write()
    assert (reader.highest_request(SESSION), reader.highest_request(8)) == (3, 0)


def test_an_empty_exchange_has_no_requests_sessions_or_rows(path: Path) -> None:
    store = open_here(path)
    with store.reader() as reader:
        assert reader.request(1, 1) is None
        assert reader.highest_request(1) == 0
        assert reader.highest_session_number() == 0
        assert reader.journal_after(0, 100, 10) == []
        assert reader.journal_count(0, 100) == 0
    store.close()


def test_a_session_is_found_by_user_and_token_only(world: World, reader: Reader) -> None:
    assert reader.session_number(1, b"token") == SESSION
    assert reader.session_number(2, b"token") is None
    assert reader.session_number(1, b"other") is None
    _place(world)
    world.waiting[-1] = world.waiting[-1]._replace(session=NewSession(12, 2, b"token"))
    world.write()
    assert reader.session_number(2, b"token") == 12
    assert reader.highest_session_number() == 12


def test_a_journal_row_is_known_by_sequence_and_time(world: World, reader: Reader) -> None:
    sequence, time = world.state.sequence, world.state.time
    assert reader.journal_row_exists(sequence, time)
    assert not reader.journal_row_exists(sequence, time + 1)
    assert not reader.journal_row_exists(sequence + 1, time)


def test_the_journal_is_read_in_pages(world: World, reader: Reader) -> None:
    after = world.state.sequence
    for _ in range(10):
        _place(world)
    world.write()
    read, position = [], after
    while page := reader.journal_after(position, after + 8, 3):
        assert len(page) <= 3
        read.extend(page)
        position = page[-1].sequence
    assert [row.sequence for row in read] == list(range(after + 1, after + 9))
    assert [decode(row.facts)[0].market_id for row in read] == [1] * 8  # type: ignore[union-attr]
    assert (read[0].user_id, read[0].account_id) == (1, 2)


def test_how_many_commits_lie_between(world: World, reader: Reader) -> None:
    last = world.state.sequence
    assert reader.journal_count(0, last) == last
    assert reader.journal_count(2, last + 100) == last - 2
    assert reader.journal_count(last + 5, last + 9) == 0


def test_changes_of_rights_are_found_apart(world: World, reader: Reader) -> None:
    last = world.state.sequence
    assert [row.sequence for row in reader.rights_changes_after(0, last)] == [2, 3]
    assert [row.sequence for row in reader.rights_changes_after(2, last)] == [3]
    assert reader.rights_changes_after(0, 1) == []


def test_the_open_orders_of_one_market_rebuild_its_book(world: World, reader: Reader) -> None:
    world.do(ANN, CreateMarket("other", "", 0, 1_000))
    world.do(ANN, PlaceOrder(2, Side.SELL, 600, 7, tag=b"t"))
    _place(world)
    _place(world)
    world.write()
    assert [order.order_id for order in reader.open_orders(1)] == [2, 3]
    (found,) = reader.open_orders(2)
    order = world.state.markets[2].book.orders[1]
    names = [name for name in order.__slots__ if name not in ("level", "preceding", "following")]
    assert [getattr(found, name) for name in names] == [getattr(order, name) for name in names]


def test_a_reader_cannot_write(reader: Reader) -> None:
    with pytest.raises(apsw.ReadOnlyError):
        reader._connection.execute("DELETE FROM journal")


def test_a_reader_does_not_keep_the_log_from_being_emptied(world: World, reader: Reader) -> None:
    reader.journal_after(0, 10, 1)
    reader.session_number(1, b"token")
    reader.request(SESSION, 1)
    world.store.checkpoint()
    assert world.path.with_name(world.path.name + "-wal").stat().st_size == 0


def test_there_is_nothing_to_read_where_there_is_no_file(path: Path) -> None:
    with pytest.raises(StoreMissing):
        Reader(path)
