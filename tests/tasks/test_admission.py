"""After a restart everybody comes at once, and is let in at a pace."""

from pathlib import Path

import trio
from trio.testing import MockClock

from exchange.core.refusals import Code
from exchange.settings import Settings
from exchange.tasks.admission import Admission
from tests.sim.harness import open_house
from tests.sim.raw_client import RawClient
from tests.sim.requests import code_of, kind_of


async def _storm(admission: Admission, count: int) -> tuple[list[float], list[int]]:
    """When each of so many was let in, and what the others were told to wait, in milliseconds."""
    entered: list[float] = []
    waits: list[int] = []
    started = trio.current_time()

    async def come() -> None:
        refusal = await admission.enter()
        if refusal is None:
            entered.append(trio.current_time() - started)
        else:
            waits.append(refusal.retry_after_ms)

    async with trio.open_nursery() as nursery:
        for _ in range(count):
            nursery.start_soon(come)
    return entered, waits


async def test_a_burst_enters_at_once_and_the_rest_at_the_pace(autojump_clock: MockClock) -> None:
    admission = Admission(Settings(sign_ins_per_second=10.0, sign_ins_burst=5, sign_in_wait_seconds=2.0))
    await trio.sleep(100)
    entered, waits = await _storm(admission, 40)
    assert entered.count(0.0) == 6
    assert len([moment for moment in entered if moment <= 1.0]) <= 5 + 11
    assert max(entered) <= 2.0
    assert len(entered) + len(waits) == 40
    assert all(wait > 2_000 for wait in waits)
    assert admission.waiting == 0


async def test_an_idle_turnstile_saves_up_no_more_than_a_burst(autojump_clock: MockClock) -> None:
    admission = Admission(Settings(sign_ins_per_second=10.0, sign_ins_burst=5, sign_in_wait_seconds=2.0))
    await _storm(admission, 20)
    await trio.sleep(3_600)
    entered, _ = await _storm(admission, 20)
    assert entered.count(0.0) == 6


async def test_no_pace_lets_everybody_in(autojump_clock: MockClock) -> None:
    entered, waits = await _storm(Admission(Settings(sign_ins_per_second=0.0)), 100)
    assert (len(entered), waits) == (100, [])


async def test_a_client_that_cannot_be_let_in_soon_is_told_when_to_come_back(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path, sign_ins_per_second=0.1, sign_ins_burst=1, sign_in_wait_seconds=1.0) as house:
        for name in ("ada", "bob"):
            await (await house.connect(RawClient(name))).wait_ready()
        late = await house.connect(RawClient("late"))
        assert await late.wait_ended() == 1008
        (refusal,) = [message for message in late.received if kind_of(message) == "refusal"]
        assert code_of(refusal) == Code.PACE
        assert 1_000 < refusal.refusal.retry_after_ms <= 20_001
        await trio.sleep(refusal.refusal.retry_after_ms / 1_000)
        await (await house.connect(RawClient("late"))).wait_ready()


async def test_a_drain_asks_many_clients_to_come_back_spread_out(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path, sign_ins_per_second=5.0, sign_ins_burst=30, reconnect_after_seconds=0.5) as house:
        _, clients = await house.furnish(*(f"bot{number}" for number in range(19)))
        await house.drain()
        asked = [
            message.server_notice.reconnect_after_ms
            for client in clients
            for message in client.received
            if kind_of(message) == "server_notice"
        ]
        assert len(asked) == 19
        assert all(500 <= wait <= 500 + 4_000 for wait in asked)
        assert max(asked) - min(asked) > 1_000
