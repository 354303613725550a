"""``exchange admin`` as a user runs it: by the local socket, over the network, and where it cannot."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
import trio
import typer
from typer.testing import CliRunner

from exchange.cli.admin import admin_app
from exchange.cli.app import app
from exchange.net.local import local_path
from tests.e2e.server import server_nursery, start_server

ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith("EXCHANGE_")}


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """The program sends this process's log to a stream that is closed after it."""
    yield
    structlog.reset_defaults()


async def _admin(*arguments: str) -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, "-m", "exchange", "admin", *arguments]
    with trio.fail_after(60):
        return await trio.run_process(
            command, capture_stdout=True, capture_stderr=True, check=False, env={**ENVIRONMENT, "COLUMNS": "200"}
        )


async def test_an_organiser_at_a_running_server(tmp_path: Path) -> None:
    database = tmp_path / "exchange.db"
    here = ("--db", str(database))
    async with server_nursery() as nursery:
        server = await start_server(tmp_path, nursery)
        assert stat.S_IMODE(local_path(database).lstat().st_mode) == 0o600
        made = await _admin("market", "create", "Rain", "--low", "0", "--high", "100", *here)
        assert (made.returncode, made.stdout, made.stderr) == (0, b"Rain (market 1) is created.\n", b"")
        refused = await _admin("market", "create", "rain", "--low", "0", "--high", "100", *here)
        assert (refused.returncode, refused.stdout) == (1, b"")
        assert refused.stderr == b"Refused: Another market has that name. (NAME_TAKEN)\n"
        network = ("--url", f"http://127.0.0.1:{server.port}")
        listed = await _admin("market", "list", *network, "--token", "dev:root:admin", "--json")
        assert [market["name"] for market in json.loads(listed.stdout)["markets"]] == ["Rain"]
        trader = await _admin("market", "list", *network, "--token", "dev:ada")
        assert (trader.returncode, trader.stderr) == (
            1,
            b"Refused: Only an admin can switch elevation on. (NOT_ALLOWED)\n",
        )
        assert await server.terminate() == 0
        assert not local_path(database).exists(), "a server that ended leaves no socket behind"


async def test_a_killed_servers_socket_is_no_obstacle(tmp_path: Path) -> None:
    path = local_path(tmp_path / "exchange.db")
    async with server_nursery() as nursery:
        server = await start_server(tmp_path, nursery)
        await server.kill()
        assert path.exists()
        server = await start_server(tmp_path, nursery)
        async with await trio.open_unix_socket(path) as stream:
            await stream.send_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert (await stream.receive_some()).startswith(b"HTTP/1.1 200")
        assert await server.terminate() == 0


def test_where_nothing_runs_it_says_what_to_do(tmp_path: Path) -> None:
    finished = CliRunner().invoke(app, ["admin", "market", "list", "--db", str(tmp_path / "exchange.db")])
    assert finished.exit_code == 1
    assert "there is no exchange.db.socket beside it. Start it with `exchange serve" in finished.stderr


def test_an_address_needs_a_token(tmp_path: Path) -> None:
    finished = CliRunner().invoke(app, ["admin", "market", "list", "--url", "http://localhost:8080"])
    assert finished.exit_code == 2
    assert "an admin's token is needed" in finished.stderr


def _commands(typer_app: typer.Typer, *above: str) -> Iterator[list[str]]:
    for info in typer_app.registered_commands:
        assert info.callback is not None
        yield [*above, info.name or info.callback.__name__.replace("_", "-")]
    for group in typer_app.registered_groups:
        assert group.typer_instance is not None
        yield from _commands(group.typer_instance, *above, str(group.name))


@pytest.mark.parametrize("command", list(_commands(admin_app)), ids=" ".join)
def test_every_command_has_help_and_answers_in_json(command: list[str]) -> None:
    finished = CliRunner().invoke(app, ["admin", *command, "--help"], env={"COLUMNS": "120"})
    assert finished.exit_code == 0
    assert "--json" in finished.stdout
    assert "--url" in finished.stdout
    assert finished.stdout.count("Usage:") == 1
