"""What happens to a test that never ends."""

import subprocess
import sys
from pathlib import Path

HANGS = """
import trio

async def nobody_comes():
    await trio.sleep_forever()

async def test_waits_for_somebody():
    async with trio.open_nursery() as nursery:
        nursery.start_soon(nobody_comes)
"""


def test_a_test_that_hangs_fails_and_says_where_every_task_waits(tmp_path: Path) -> None:
    (tmp_path / "test_hangs.py").write_text(HANGS)
    (tmp_path / "pytest.ini").write_text("[pytest]\ntrio_mode = true\n")
    (tmp_path / "conftest.py").write_text(
        "import pytest\nfrom tests.hanging import limited\n\n"
        "@pytest.hookimpl(wrapper=True)\ndef pytest_runtest_protocol(item):\n"
        "    with limited(item.nodeid, 0.5):\n        return (yield)\n"
    )
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=Path(__file__).parents[2])
    assert run.returncode == 1, run.stdout
    assert "1 failed" in run.stdout
    assert "test_waits_for_somebody has not ended in 0.5 s" in run.stderr
    assert "await trio.sleep_forever()" in run.stderr
