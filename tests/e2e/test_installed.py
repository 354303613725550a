"""What the image holds, made by its own script: installed, and run by somebody who can write in one place only."""

import json
import os
import re
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from exchange.store.verify import verify
from exchange.wire.records import decode_facts

ROOT = Path(__file__).parents[2]
NOBODY = 65_534
SYSTEM_PYTHON = "/usr/bin/python3"


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that other users can reach."""
    folder = Path(tempfile.mkdtemp(prefix="exchange-installed-"))
    folder.chmod(0o755)
    yield folder
    subprocess.run(["chmod", "-R", "u+w", str(folder)], check=True)
    shutil.rmtree(folder)


def _install(place: Path) -> Path:
    if os.getuid():
        pytest.skip("only root can become another user")
    done = subprocess.run([SYSTEM_PYTHON, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"], check=False)
    if done.returncode:
        pytest.skip("no Python 3.11 that every user can run")
    source, prefix = place / "source", place / "opt"
    unwanted = shutil.ignore_patterns(".git", ".venv*", "node_modules", "__pycache__", "tests", "uv.lock")
    shutil.copytree(ROOT, source, ignore=unwanted)
    environment = os.environ | {"UV_PYTHON": SYSTEM_PYTHON}
    environment.pop("VIRTUAL_ENV", None)
    subprocess.run([source / "deploy" / "install.sh", prefix], env=environment, check=True)
    shutil.rmtree(source)
    subprocess.run(["chmod", "-R", "a-w", str(prefix)], check=True)
    return prefix


def _command(prefix: Path, data: Path) -> list[str]:
    """The image's own command, on this machine's folder and free ports of loopback."""
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    (arguments,) = re.findall(r"^CMD (\[.*\])$", dockerfile, re.MULTILINE)
    command = json.loads(arguments)
    for option, value in {
        "--db": str(data / "exchange.db"),
        "--host": "127.0.0.1",
        "--port": "0",
        "--metrics-host": "127.0.0.1",
        "--metrics-port": "0",
    }.items():
        command[command.index(option) + 1] = value
    return [str(prefix / "bin" / "exchange"), *command]


def _environment(**more: str) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "EXCHANGE_PRODUCTION": "1", **more}


def _serve(command: list[str], log: Path, environment: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """Starts as another user, waits until it is ready, drains; returns exit code and what it said."""
    with log.open("ab") as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, env=environment, cwd="/", user=NOBODY, group=NOBODY,
            extra_groups=[],
        )  # fmt: skip
    assert process.stdout is not None
    with process.stdout:
        line = process.stdout.readline()
    if line:
        process.send_signal(signal.SIGTERM)
    return process.wait(timeout=60), json.loads(line) if line else {}


@pytest.mark.long
def test_another_user_runs_it_from_a_tree_that_nobody_can_write(place: Path) -> None:
    prefix = _install(place)
    data = place / "data"
    data.mkdir()
    os.chown(data, NOBODY, NOBODY)
    log, command = place / "log", _command(prefix, data)
    code, said = _serve(command, log, _environment())
    assert (code, said) == (1, {}), "an empty volume in production"
    assert "Is the volume mounted?" in log.read_text()
    for more in ({"EXCHANGE_INIT": "1"}, {}):
        code, said = _serve(command, log, _environment(**more))
        assert code == 0, log.read_text()
        assert said["ready"] is True
    assert verify(data / "exchange.db", decode_facts).ok
    copy = [command[0], "backup", str(data / "exchange.db"), str(data / "copy.db")]
    subprocess.run(copy, env=_environment(SQLITE_TMPDIR=str(data)), cwd="/", user=NOBODY, group=NOBODY, check=True)
    assert stat.S_IMODE((data / "copy.db").stat().st_mode) == stat.S_IMODE((data / "exchange.db").stat().st_mode)
    listing = subprocess.run(["find", prefix, "-name", "*.dist-info"], capture_output=True, text=True, check=True)
    installed = {Path(line).name.split("-")[0] for line in listing.stdout.splitlines()}
    assert {"exchange", "exchange_client", "apsw", "trio"} <= installed
    assert not {"pytest", "mypy", "hypothesis"} & installed, "what is for developers stays at home"
