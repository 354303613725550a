"""A disk that loses power, fails or is full: acknowledged commits are there afterwards, and nothing half done is."""

from itertools import product
from pathlib import Path
from random import Random

import pytest

from exchange.core.commands import CancelOrder, CreateMarket, PlaceOrder
from exchange.core.units import Side
from exchange.store.errors import StoreError
from tests.faults.disk import Disk, Inode, io_error, no_space
from tests.faults.drill import Failure, Tally, cut_power, fail_each_operation
from tests.store.world import ADMIN, ANN, World, open_here

SENTENCES = (
    "Writing to FILE failed: ", "The disk is full: ", "FILE cannot be used: ", "FILE cannot be brought up to date: ",
    "FILE cannot have a write-ahead log", "FILE cannot be opened: ", "FILE is damaged: ",
)  # fmt: skip
WAYS = [
    pytest.param(error, on, cut, id=f"{error.__name__}{', for good' * on}{', then the power' * cut}")
    for error, on, cut in product((io_error, no_space), (False, True), (False, True))
]


def _nothing_was_lost(tally: Tally) -> None:
    assert (tally.lost, tally.inconsistent, tally.problems) == (0, 0, [])
    for sentence in tally.sentences:
        assert sentence.startswith(SENTENCES), sentence
        assert sentence.endswith((".", "?")), sentence


def test_forty_power_cuts_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    tally = cut_power(tmp_path, 40, seed=1)
    _nothing_was_lost(tally)
    assert tally.acknowledged > 500
    assert tally.unknown_gone, "some cut came while a batch was being written"


@pytest.mark.long
def test_a_thousand_power_cuts_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    tally = cut_power(tmp_path, 1_000, seed=2)
    print(tally)
    _nothing_was_lost(tally)
    assert tally.while_opening
    assert tally.unknown_kept


@pytest.mark.parametrize("lies", [1.0, 0.5])
def test_a_disk_that_lies_about_syncs_is_caught(tmp_path: Path, lies: float) -> None:
    """The harness itself: if it could not see this, its zeros would mean nothing."""
    tally = cut_power(tmp_path, 400, seed=3, lies=lies)
    assert tally.lost or tally.inconsistent


@pytest.mark.parametrize(("error", "on", "cut"), WAYS)
def test_a_disk_that_fails_somewhere_loses_nothing(tmp_path: Path, error: Failure, on: bool, cut: bool) -> None:
    tally = fail_each_operation(tmp_path, error, every=53, first=5 + 3 * on + 2 * cut, on=on, cut=cut)
    _nothing_was_lost(tally)
    assert tally.failures > 10


def test_a_large_transaction_needs_no_file_beside_the_exchange(tmp_path: Path) -> None:
    """With a root that cannot be written and no other place named, SQLite would find none for a temporary file."""
    disk, path = Disk(0), tmp_path / "exchange.db"
    with disk.mounted():
        world = World(path)
        world.do(ADMIN, CreateMarket("Rain", "", 0, 100_000))
        for number in range(8_000):
            world.do(ANN, PlaceOrder(1, Side.BUY, 1 + number % 50, 1))
        world.write()
        for order_id in range(1, 8_001, 40):  # each on a page of its own
            world.do(ANN, CancelOrder(1, order_id))
        world.write()
        assert sorted(disk.files) == [str(path), f"{path}-wal"]
        world.close()


def test_a_disk_without_shared_memory_is_refused_because_it_cannot_have_a_log(tmp_path: Path) -> None:
    """As of a network file system: SQLite then silently stays without a write-ahead log."""
    disk = Disk(0)
    with disk.mounted(exclusively=False), pytest.raises(StoreError, match="cannot have a write-ahead log"):
        open_here(tmp_path / "exchange.db")


@pytest.mark.long
@pytest.mark.parametrize(("error", "on", "cut"), WAYS)
def test_a_disk_that_fails_anywhere_loses_nothing(tmp_path: Path, error: Failure, on: bool, cut: bool) -> None:
    tally = fail_each_operation(tmp_path, error, every=1, first=1, on=on, cut=cut)
    print(tally)
    _nothing_was_lost(tally)


def test_what_was_not_synced_is_there_in_parts_at_most() -> None:
    found = set()
    for seed in range(200):
        inode = Inode(b"a" * 1_024)
        inode.write(0, b"b" * 1_024)
        content = inode.after_a_cut(Random(seed))
        assert content is not None
        found.add((content[:512] == b"b" * 512, content[512:] == b"b" * 512))
        inode.sync()
        assert inode.after_a_cut(Random(seed)) == b"b" * 1_024
    assert len(found) == 4, "all, nothing, and either half"
