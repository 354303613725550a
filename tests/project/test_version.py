"""The installed program, as a real process."""

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from exchange import __version__

SCRIPT = str(Path(sysconfig.get_path("scripts"), "exchange"))


@pytest.mark.parametrize("command", [[SCRIPT], [sys.executable, "-m", "exchange"]], ids=["script", "module"])
def test_version_is_printed(command: list[str]) -> None:
    done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"exchange {__version__}\n"
    assert done.stderr == ""


def test_without_a_command_it_explains_itself() -> None:
    done = subprocess.run([SCRIPT], capture_output=True, text=True, check=False)
    assert "exchange COMMAND --help" in done.stdout + done.stderr
