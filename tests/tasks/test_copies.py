"""Copies by the clock, which nobody who trades notices."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
import trio
from trio.testing import MockClock

from exchange.settings import Settings
from exchange.store.backup import Copier, CopyInterrupted, copies_of
from exchange.store.verify import verify
from exchange.tasks.copies import make_copies
from exchange.tasks.health import readiness
from exchange.tasks.metrics import Copies
from exchange.wire.records import decode_facts
from tests.sim.harness import House, open_house
from tests.sim.requests import bid, kind_of

MINUTE = 60.0
T = TypeVar("T")
SMALL: dict[str, Any] = {"disk_low_bytes": 0}


def _copies(house: House) -> list[Path]:
    return [path for _, path in copies_of(house.path, house.path.parent / "backups")]


async def test_copies_are_made_at_their_interval_and_the_oldest_go(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path, backup_seconds=MINUTE, backup_copies=3, **SMALL) as house:
        _, (ada,) = await house.furnish("ada")
        first = _copies(house)
        for _ in range(4):
            await ada.ask(bid(1, 50, 1))
            await trio.sleep(MINUTE + 1)
        copies = _copies(house)
        assert len(copies) == 3
        assert first[0] not in copies
        reports = [verify(copy, decode_facts) for copy in copies]
        assert all(report.ok for report in reports)
        assert len({report.sequences for report in reports}) == 3
        assert house.context.metrics.copies.made == 5
        assert house.context.metrics.copies.bytes == copies[-1].stat().st_size


async def test_a_restart_neither_repeats_nor_forgets_one(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path, backup_seconds=MINUTE, **SMALL) as house:
        await trio.sleep(1)
        for _ in range(3):
            await trio.sleep(MINUTE / 4)
            await house.drain()
            await house.start()
        assert len(_copies(house)) == 1
        assert house.context.metrics.copies.made_at, "known from the copy itself"
        await trio.sleep(MINUTE / 4 + 1)
        assert len(_copies(house)) == 2


async def test_a_copy_that_fails_is_reported_and_tried_again(
    tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "folder"
    blocked.write_text("a file where the folder should be")
    async with open_house(tmp_path, backup_seconds=MINUTE, backup_folder=str(blocked), **SMALL) as house:
        _, (ada,) = await house.furnish("ada")
        await trio.sleep(1)
        copies = house.context.metrics.copies
        assert (copies.made, copies.failed) == (0, 1)
        assert readiness(house.context) == (True, ["the last scheduled copy failed"])
        assert kind_of(await ada.ask(bid(1, 50, 1))) != "refusal"
        blocked.unlink()
        await trio.sleep(MINUTE + 1)
        assert (copies.made, copies.failed) == (1, 1)
        assert readiness(house.context) == (True, [])


async def test_no_copy_takes_the_last_of_the_disk(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path, backup_seconds=MINUTE, disk_low_bytes=1 << 60) as house:
        await trio.sleep(1)
        assert house.context.metrics.copies.failed == 1
        assert _copies(house) == []


async def test_a_copy_under_way_is_called_off_and_waited_for(
    tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted, ended = trio.Event(), trio.Event()
    monkeypatch.setattr(Copier, "interrupt", lambda copier: interrupted.set())

    async def run_in_thread(function: Callable[[], T], *, limiter: trio.CapacityLimiter | None = None) -> T:
        with trio.CancelScope(shield=True):  # as a thread that is not abandoned
            await interrupted.wait()
            await trio.sleep(0.1)
        ended.set()
        raise CopyInterrupted

    copies = Copies()
    with trio.move_on_after(5):
        await make_copies(tmp_path / "x.db", Settings(backup_seconds=60.0), copies, lambda: 0, run_in_thread)
    assert ended.is_set()
    assert trio.current_time() == pytest.approx(5.1)
    assert (copies.made, copies.failed) == (0, 0)


async def test_none_are_made_unless_asked_for(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        await trio.sleep(2 * MINUTE)
        assert not (house.path.parent / "backups").exists()
