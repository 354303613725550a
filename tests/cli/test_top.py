"""``exchange top``: what it makes of two readings, and that it reads a real server."""

import subprocess
import sys
from pathlib import Path

import trio

from exchange.cli.top import Sample, quantile, rate
from tests.e2e.server import PROGRAM, connect, server_nursery, start_server
from tests.sim.raw_client import RawClient
from tests.sim.requests import bid, create_market

BUCKETS = "exchange_commit_seconds_bucket"


def test_a_rate_is_per_second_and_survives_a_restart_of_the_server() -> None:
    before = Sample(10.0, {"c_total": {"a": 5.0, "b": 1.0}})
    assert rate(before, Sample(12.0, {"c_total": {"a": 9.0, "b": 3.0}}), "c_total") == 3.0
    assert rate(before, Sample(12.0, {"c_total": {"a": 4.0}}), "c_total") == 2.0
    assert rate(before, Sample(12.0, {}), "nothing_total") == 0.0


def test_a_quantile_is_of_what_happened_between_the_readings() -> None:
    before = Sample(0.0, {BUCKETS: {"0.001": 100.0, "0.01": 100.0, "+Inf": 100.0}})
    after = Sample(1.0, {BUCKETS: {"0.001": 101.0, "0.01": 108.0, "+Inf": 110.0}})
    assert quantile(before, after, "exchange_commit_seconds", 0.1) == 0.001
    assert quantile(before, after, "exchange_commit_seconds", 0.5) == 0.01
    assert quantile(before, after, "exchange_commit_seconds", 0.99) == float("inf")
    assert quantile(before, before, "exchange_commit_seconds", 0.5) is None


async def _top(*arguments: str) -> tuple[int, str]:
    environment = {"COLUMNS": "200", "PATH": "/usr/bin:/bin"}
    command = [sys.executable, *PROGRAM[1:], "top", *arguments]
    done = await trio.run_process(command, capture_stdout=True, stderr=subprocess.STDOUT, check=False, env=environment)
    return done.returncode, done.stdout.decode()


async def test_it_shows_a_running_server(tmp_path: Path) -> None:
    with trio.fail_after(60):
        async with server_nursery() as nursery:
            server = await start_server(
                tmp_path, nursery, "starting_cash=1000000000", arguments=["--metrics-port", "0"]
            )
            client = await connect(server, nursery, RawClient("ada", patience=30.0))
            await client.ask(create_market("Market"))
            await client.ask(bid(1, 50, 1))
            url = f"http://127.0.0.1:{server.metrics_port}/metrics"
            code, shown = await _top(url, "--once", "--interval", "0.2")
            assert await server.terminate() == 0
    assert code == 0
    for word in ("sequence 4", "orders/s", "loop lag", "place_order", "create_market", "disk left"):
        assert word in shown


async def test_without_a_server_it_says_what_to_do() -> None:
    code, said = await _top("http://127.0.0.1:9/metrics")
    assert code == 1
    assert "--metrics-port" in said
