"""Each benchmark runs to its end, seconds long, and reports every figure that is asked of it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.memory import RATCHET, SLACK_BYTES, TOLERANCE, worse

ROOT = Path(__file__).parents[2]

RUNS: dict[str, tuple[list[str], list[str]]] = {
    "fanout": (["--rounds", "1", "--watchers", "6", "--seconds", "0.05"], ["ratio_cpu", "delays_measured"]),
    "matching": (["--rounds", "1"], ["ratio_plain", "report_sha256"]),
    "restart": (["--rounds", "1", "--history", "600", "--resting", "100"], ["ratio_restart", "empty_start_seconds"]),
    "storm": (["--clients", "8", "--markets", "3", "--orders", "4", "--rounds", "1"], ["live_seconds", "snapshot_kb"]),
    "stages": (["--rounds", "1", "--orders", "400"], ["together"]),
    "feed_floor": (["--rounds", "1", "--watchers", "3"], ["microseconds"]),
}


def run(name: str, arguments: list[str]) -> dict[str, Any]:
    """The figures of one benchmark."""
    command = [sys.executable, "-m", f"bench.{name}", "--json", *arguments]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert finished.returncode == 0, finished.stderr
    return dict(json.loads(finished.stdout.splitlines()[-1]))


@pytest.mark.parametrize("name", RUNS)
def test_a_benchmark_reports_its_figures(name: str) -> None:
    arguments, keys = RUNS[name]
    figures = run(name, arguments)
    for key in keys:
        assert figures[key]


def test_nothing_is_lost_at_scale() -> None:
    figures = run("scale", ["--idle", "10", "--active", "6", "--seconds", "0.2", "--rate", "60"])
    assert figures["reply_ms_p99"] > 0
    assert figures["unanswered"] == 0
    assert figures["idle_connections_kept"] == 10


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="this system does not tell how much memory is used")
def test_nothing_costs_more_memory_than_was_agreed() -> None:
    """By less than the benchmark measures, so that it is quick; what is agreed is in ``bench/memory.json``."""
    command = [sys.executable, "-m", "bench.memory", "--json", "--orders", "30000", "--requests", "4000"]
    finished = subprocess.run(
        [*command, "--connections", "100"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert finished.stdout, finished.stderr
    figures = json.loads(finished.stdout.splitlines()[-1])
    assert worse(figures) == []


def test_the_ratchet_notices_what_is_worse() -> None:
    agreed = json.loads(RATCHET.read_text("utf-8"))
    assert worse(agreed) == []
    for name, value in agreed.items():
        assert len(worse(agreed | {name: int(value * TOLERANCE) + SLACK_BYTES + 1})) == 1
