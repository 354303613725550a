"""What an organiser is told of how the exchange is doing."""

from pathlib import Path
from random import Random

import pytest
import trio
from trio.testing import MockClock

from exchange import __version__
from exchange.core.refusals import Code
from exchange.wire.health import Vitals
from exchange_client import Durations, Health, connect
from exchange_client.schema import client_pb2, server_pb2
from tests.sim.environment import Gate
from tests.sim.harness import START_NS, open_house
from tests.sim.requests import ClientMessage, bid, code_of, elevate, offer

URL = "ws://localhost/ws"
SECOND = 1_000_000_000


def get_health() -> ClientMessage:
    return ClientMessage(get_health=client_pb2.GetHealth())


async def test_the_figures_are_those_of_the_running_exchange(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path, backup_seconds=3_600) as house:

        async def dial() -> object:
            return house.listener.dial(Gate())

        _, (ada, bob) = await house.furnish("ada", "bob")
        async with connect(URL, token="dev:root:admin", elevated=True, open_stream=dial, random=Random(1)) as exchange:  # type: ignore[arg-type]
            before = await exchange.get_health()
            await ada.ask(bid(1, 50, 10))
            await bob.ask(offer(1, 50, 4))
            await bob.ask(bid(9, 50, 1))
            await trio.sleep(60)
            health = await exchange.get_health()
        assert (health.version, health.concerns, health.clients) == (__version__, (), 4)
        assert (health.trades - before.trades, health.refusals - before.refusals) == (1, 1)
        assert START_NS <= health.started_at < START_NS + SECOND
        assert health.audits > before.audits
        assert before.audited_at < health.audited_at
        assert health.database_bytes > 0
        assert 0 < health.disk_free_bytes <= health.disk_bytes
        assert (health.backup_interval_seconds, health.backup_failures) == (3_600, 0)
        assert health.backup_at >= health.started_at
        assert health.backup_bytes > 0
        assert sum(health.commit_time.since(before.commit_time).counts) == 2
        assert health.commits_waiting.limit == house.context.settings.commits_waiting


async def test_what_waits_is_counted_where_it_waits(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        root, (ada,) = await house.furnish("ada")
        house.threads.gate.close()
        await ada.post(bid(1, 50, 10))
        await trio.sleep(1)  # the writer has taken it, and stands still
        await ada.post(bid(1, 51, 10), bid(1, 52, 10))
        await trio.sleep(1)
        (request_id,) = await root.post(get_health())
        await trio.sleep(1)
        house.threads.gate.open()
        health = (await root.reply(request_id)).health
        assert (health.replies_waiting.total, health.replies_waiting.fullest) == (3, 3)
        assert health.commits_waiting.total == 2


async def test_what_is_wrong_is_said_in_words(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path, disk_low_bytes=1 << 62) as house:
        root, _ = await house.furnish()
        (concern,) = (await root.ask(get_health())).health.concerns
        assert concern.startswith("the disk is almost full")


async def test_nobody_else_may_know(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        root, (ada,) = await house.furnish("ada")
        assert code_of(await ada.ask(get_health())) == Code.NOT_ELEVATED
        await root.ask(elevate(False))
        assert code_of(await root.ask(get_health())) == Code.NOT_ELEVATED


@pytest.mark.parametrize("names", [Vitals._fields, Health._fields], ids=["server", "client"])
def test_server_and_client_speak_of_every_field(names: tuple[str, ...]) -> None:
    assert {field.name for field in server_pb2.Health.DESCRIPTOR.fields} == set(names)


def test_a_share_of_durations_is_within_a_bound() -> None:
    durations = Durations((0.001, 0.01), (98, 1, 1), 0.2)
    assert [durations.within(share) for share in (0.5, 0.99, 1)] == [0.001, 0.01, float("inf")]
    assert durations.since(durations).within(0.5) is None
