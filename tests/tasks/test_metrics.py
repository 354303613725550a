"""What an operator can see of a running exchange."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import trio
from prometheus_client.parser import text_string_to_metric_families
from trio.testing import MockClock

from exchange.core.refusals import Code
from exchange.net.site import Site
from exchange.tasks.exposition import ExchangeCollector, MetricsPage, metric_names
from exchange.tasks.health import readiness
from tests.sim.harness import House, open_house
from tests.sim.raw_client import RawClient
from tests.sim.requests import ClientMessage, bid, code_of, offer

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")


def exposition(house: House) -> str:
    page = MetricsPage(house.context, Site(frozenset(), frozenset()))
    request = type("Request", (), {"path": "/metrics"})()
    return page.answer(request).body.decode()


def samples(house: House) -> dict[str, float]:
    """Every sample by its name and labels, as Prometheus' own parser reads them."""
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(exposition(house))
        for sample in family.samples
    }


async def test_what_happens_is_counted_by_kind_and_code(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada, bob) = await house.furnish("ada", "bob")
        await ada.ask(bid(1, 50, 10))
        await bob.ask(offer(1, 50, 4))
        assert code_of(await bob.ask(bid(9, 50, 1))) == Code.UNKNOWN_MARKET
        stranger = await house.connect(RawClient("stranger"), token="dev:")
        await stranger.wait_ended()
        now = samples(house)
        assert now["exchange_requests_total place_order"] == 3
        assert now["exchange_refusals_total unknown_market"] == 1
        assert now["exchange_trades_total"] == 1
        assert now["exchange_orders_total"] == 2
        assert now["exchange_resting_orders"] == 1
        assert now["exchange_clients"] == 3
        assert now["exchange_sign_ins_total"] == 3
        assert now["exchange_sign_in_failures_total not_authenticated"] == 1
        assert now["exchange_connections_ended_total 1008"] == 1
        assert now["exchange_sequence"] == house.context.engine.state.sequence
        assert now["exchange_transaction_commits_sum"] == house.context.engine.state.sequence
        assert now["exchange_database_bytes"] + now["exchange_wal_bytes"] > 0
        assert 0 < now["exchange_disk_free_bytes"] <= now["exchange_disk_bytes"]


async def test_a_retry_is_a_request_and_no_second_order(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        request_id = ada.next_id
        await ada.ask(bid(1, 50, 10))
        await ada.ask(bid(1, 50, 10), request_id)
        now = samples(house)
        assert now["exchange_requests_total place_order"] == 2
        assert now["exchange_orders_total"] == 1


async def test_a_refused_query_is_counted_too(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path, leaderboard=False) as house:
        _, (ada,) = await house.furnish("ada")
        query = ClientMessage()
        query.get_leaderboard.SetInParent()
        await ada.ask(query)
        assert samples(house)["exchange_refusals_total not_allowed"] == 1


async def test_a_slow_reader_shows_up_before_and_after_it_is_cut(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path, outbox_bytes=20_000, pace_burst=10_000.0) as house:
        _, (_ada, bob) = await house.furnish("ada", "bob")
        house.gates["ada"].close()
        for _ in range(30):
            await bob.ask(bid(1, 50, 1))
        waiting = samples(house)["exchange_outbox_bytes_max"]
        assert waiting > 0
        for _ in range(1_000):
            await bob.ask(bid(1, 50, 1))
            if samples(house)["exchange_outbox_overflows_total"]:
                break
        house.gates["ada"].open()
        await trio.sleep(10)
        now = samples(house)
        assert now["exchange_outbox_overflows_total"] == 1
        assert now["exchange_connections_ended_total 4003"] == 1


async def test_commit_latency_and_queue_depths_show_a_slow_disk(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        house.threads.gate.close()
        await ada.post(bid(1, 50, 1))
        await trio.sleep(1)
        await ada.post(*[bid(1, 50, 1)] * 5)
        await trio.sleep(1)
        waiting = samples(house)
        assert waiting["exchange_commits_waiting"] == 5
        assert waiting["exchange_replies_waiting"] == 6
        house.threads.gate.open()
        await house.settle_down(ada)
        now = samples(house)
        assert now["exchange_commits_waiting"] == now["exchange_replies_waiting"] == 0
        assert now["exchange_commit_seconds_bucket 2.5"] - now["exchange_commit_seconds_bucket 1"] == 1


async def test_invariants_are_seen_to_be_checked(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        await house.furnish("ada")
        await trio.sleep(25)
        now = samples(house)
        assert now["exchange_audits_total"] == 2
        assert 0 <= house.wall_clock_ns() / 1e9 - now["exchange_last_audit_timestamp_seconds"] <= 10
        assert now["exchange_loop_lag_seconds_count"] >= 40


async def test_two_exchanges_in_one_process_count_apart(tmp_path: Path, autojump_clock: MockClock) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
    async with open_house(tmp_path / "one") as one, open_house(tmp_path / "two") as two:
        await one.furnish("ada")
        assert samples(one)["exchange_sign_ins_total"] == 2
        assert samples(two)["exchange_sign_ins_total"] == 0


async def test_every_metric_is_on_the_page_for_operators(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        names = set(metric_names(house.context))
        assert len(names) == len(list(ExchangeCollector(house.context).collect()))
        assert names == set(re.findall(r"`(exchange_[a-z_]+)[`{]", PAGE))


async def test_promtool_has_nothing_to_say(tmp_path: Path, autojump_clock: MockClock) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed: it is in the package prometheus")
    async with open_house(tmp_path) as house:
        await house.furnish("ada")
        text = exposition(house)
    check = [promtool, "check", "metrics"]
    done = subprocess.run(check, input=text, capture_output=True, text=True, check=False)  # noqa: ASYNC221 - no server left
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


async def test_reasons_are_named_without_turning_clients_away(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path, disk_low_bytes=1 << 60) as house:
        house.context.metrics.copies.failed_last = True
        ready, reasons = readiness(house.context)
        assert ready
        assert [reason.split(":")[0] for reason in reasons] == [
            "the disk is almost full",
            "the last scheduled copy failed",
        ]
        house.context.draining = True
        assert readiness(house.context)[0] is False
        house.context.draining = False
