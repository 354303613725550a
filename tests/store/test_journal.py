"""A row of the journal that is not what was written is not acted on, and not sent."""

from collections.abc import Callable

import pytest

from exchange.core.commands import CreateMarket, PlaceOrder
from exchange.core.history import Span
from exchange.core.units import Side
from exchange.store.errors import StoreError
from exchange.store.journal import DamagedRow, JournalRow, checked_row, sealed
from exchange.store.reader import Reader
from tests.store.world import ADMIN, ANN, SESSION, World, plant

ROW = JournalRow(9, 1_000, 1, 2, False, 7, 3, -(2**63), True, -1, False, b"what happened", b"what was said")
EVERYTHING = 1_000


def test_a_row_is_read_as_it_was_written() -> None:
    assert checked_row(sealed(ROW)) == ROW
    assert checked_row(sealed(ROW._replace(facts=b"", reply=b""))).facts == b""


@pytest.mark.parametrize("column", range(len(ROW) + 1), ids=[*JournalRow._fields, "checksum"])
def test_a_row_with_another_value_anywhere_is_damaged(column: int) -> None:
    row = list(sealed(ROW))
    others = (
        (b"", row[column] + b"\0", None, 5) if isinstance(row[column], bytes) else (row[column] ^ 1, None, b"1", 2**63)
    )
    for other in others:
        damaged = (*row[:column], other, *row[column + 1 :])
        with pytest.raises(DamagedRow, match="is damaged"):
            checked_row(damaged)


def test_bytes_that_move_from_the_facts_to_the_reply_are_noticed() -> None:
    row = ROW._replace(facts=ROW.facts[:-1], reply=ROW.facts[-1:] + ROW.reply)
    with pytest.raises(DamagedRow):
        checked_row((*row, sealed(ROW)[-1]))


READS: dict[str, Callable[[Reader], object]] = {
    "what is missed": lambda reader: reader.journal_after(0, EVERYTHING, EVERYTHING),
    "changes of rights": lambda reader: reader.rights_changes_after(0, EVERYTHING),
    "the reply to a retry": lambda reader: reader.request(SESSION, 1),
    "the audit": lambda reader: reader.history.actions(Span(0, EVERYTHING, newest_first=True, limit=9), EVERYTHING),
    "a market told again": lambda reader: reader.history.told(1, 1, EVERYTHING, 9, newest_first=False),
    "when a market was open": lambda reader: reader.history.statuses(1, 1, EVERYTHING, 9, newest_first=False),
}


@pytest.mark.parametrize("what", READS)
def test_whoever_reads_a_damaged_row_is_told_so(world: World, what: str) -> None:
    world.do(ADMIN, CreateMarket("m", "", 0, 1_000), remember=True)
    world.write()
    with world.store.reader() as reader:
        assert READS[what](reader)
        plant(world.path, "UPDATE journal SET reply = x'00'")
        with pytest.raises(DamagedRow):
            READS[what](reader)


def test_a_start_does_not_go_on_from_a_damaged_commit(world: World) -> None:
    world.do(ANN, CreateMarket("m", "", 0, 1_000))
    last = world.do(ANN, PlaceOrder(1, Side.BUY, 500, 10)).journal.sequence
    world.write()
    world.store.load(world.state.limits)
    plant(world.path, f"UPDATE journal SET time = time + 1 WHERE sequence = {last}")
    with pytest.raises(StoreError, match=f"Sequence {last} of the journal"):
        world.store.load(world.state.limits)
