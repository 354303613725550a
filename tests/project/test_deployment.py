"""What is shipped for a platform: the image's recipe, fly.io's and Litestream's configuration."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from exchange.settings import Settings, load_settings

ROOT = Path(__file__).parents[2]
FLY = tomllib.loads((ROOT / "fly.toml").read_text("utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
SETTINGS = Settings()

# Everything that `fly.toml` may hold; the platform ignores what it does not know, and says nothing.
FLY_KEYS = {
    "": "app primary_region kill_signal kill_timeout",
    "build": "dockerfile",
    "deploy": "strategy wait_timeout",
    "mounts": "source destination initial_size auto_extend_size_threshold auto_extend_size_increment"
    " auto_extend_size_limit snapshot_retention scheduled_snapshots",
    "http_service": "internal_port force_https auto_stop_machines auto_start_machines min_machines_running",
    "http_service.concurrency": "type soft_limit hard_limit",
    "http_service.checks": "grace_period interval timeout method path headers",
    "metrics": "port path",
    "vm": "size memory cpu_kind cpus",
    "restart": "policy retries",
}


def _keys(table: dict[str, Any], name: str = "") -> set[str]:
    """Every key as ``table.key``, tables in lists like those that are not."""
    found: set[str] = set()
    for key, value in table.items():
        path = f"{name}.{key}".lstrip(".")
        tables = value if isinstance(value, list) else [value]
        if all(isinstance(item, dict) for item in tables):
            found.update(*(_keys(item, path) for item in tables))
        else:
            found.add(path)
    return found


def _instructions(name: str) -> list[str]:
    joined = re.sub(r"\\\n\s*", "", DOCKERFILE)
    return [line.removeprefix(name).strip() for line in joined.splitlines() if line.startswith(f"{name} ")]


# fly.toml


def test_every_key_is_one_that_the_platform_knows() -> None:
    known = {f"{table}.{key}".lstrip(".") for table, keys in FLY_KEYS.items() for key in keys.split()}
    assert {key for key in _keys(FLY) if not key.startswith("env.")} - known == set()


def test_the_platform_waits_longer_than_the_longest_drain() -> None:
    drain = (
        SETTINGS.drain_answer_seconds
        + SETTINGS.drain_close_seconds
        + SETTINGS.socket_close_seconds
        + SETTINGS.drain_market_seconds
    )
    assert FLY["kill_signal"] == "SIGTERM"
    assert 2 * drain < FLY["kill_timeout"] <= 300


def test_its_environment_is_settings_that_exist() -> None:
    assert load_settings(FLY["env"]) != SETTINGS
    known = {f"EXCHANGE_{name.upper()}" for name in Settings.__slots__}
    assert set(FLY["env"]) <= known
    assert load_settings(FLY["env"]).idle_seconds > 0, "or the machine never stops"
    assert load_settings(FLY["env"]).backup_seconds > 0


def test_the_connection_limits_are_the_servers_own() -> None:
    limits = FLY["http_service"]["concurrency"]
    assert limits["type"] == "connections"
    assert limits["soft_limit"] < limits["hard_limit"] == SETTINGS.connections_max


def test_the_machine_stops_by_itself_and_is_asked_whether_it_is_ready() -> None:
    service = FLY["http_service"]
    assert (service["auto_stop_machines"], service["min_machines_running"]) == ("stop", 0)
    assert [check["path"] for check in service["checks"]] == ["/readyz"]


# The image.


def test_it_runs_what_fly_toml_expects_where_it_expects_it() -> None:
    (command,) = (json.loads(text) for text in _instructions("CMD"))
    options = dict(zip(command[1::2], command[2::2], strict=True))
    assert int(options["--port"]) == FLY["http_service"]["internal_port"]
    assert int(options["--metrics-port"]) == FLY["metrics"]["port"]
    assert Path(options["--db"]).parent == Path(FLY["mounts"][0]["destination"])
    assert options["--port"] != options["--metrics-port"]


def test_the_server_is_process_1_and_not_a_shells_child() -> None:
    assert [json.loads(text) for text in _instructions("ENTRYPOINT")] == [["exchange"]]
    assert _instructions("STOPSIGNAL") == ["SIGTERM"]


def test_nobody_in_it_is_root_when_it_runs() -> None:
    *_, last = re.findall(r"^(?:USER|RUN|COPY|ENTRYPOINT|CMD).*", DOCKERFILE, re.MULTILINE)[:-2]
    assert last == "USER exchange"


def test_what_it_is_made_of_has_exact_versions() -> None:
    (python,) = _instructions("ARG")
    assert re.fullmatch(r"PYTHON=python:\d+\.\d+\.\d+-slim-\w+", python)
    assert set(_instructions("FROM")) == {"${PYTHON} AS build", "${PYTHON}"}
    for line in _instructions("RUN"):
        for package in re.findall(r"pip install .*?([\w-]+\S*)$", line):
            assert "==" in package


def test_a_lost_volume_is_noticed_in_it() -> None:
    assert "EXCHANGE_PRODUCTION=1" in " ".join(_instructions("ENV"))
