"""Every benchmark, one after another: ``uv run python -m bench [--quick] [--json]``.

Nothing else should run on the machine meanwhile. With ``--json`` the last line is one object with the figures of all,
by benchmark. Fails when one of them fails.
"""

import argparse
import json
import subprocess
import sys
import time

from bench.orders_report import versions
from tests.page.stage import find_chromium

BENCHMARKS = {
    "orders": ["--quick"],
    "fanout": ["--quick"],
    "matching": ["--rounds", "3"],
    "growth": ["--quick"],
    "client": ["--quick"],
    "restart": ["--quick"],
    "memory": ["--orders", "20000", "--requests", "5000", "--connections", "100"],
    "scale": ["--quick"],
    "storm": ["--quick"],
    "stages": ["--rounds", "2"],
    "feed_floor": ["--rounds", "1"],
    "page": ["--seconds", "15"],
}
"""What makes each of them quick."""


def main() -> None:
    """Runs them all."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Every benchmark, one after another.")
    parser.add_argument("--quick", action="store_true", help="two minutes instead of fifteen")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    given = parser.parse_args()
    figures: dict[str, object] = {}
    failed: list[str] = []
    print(", ".join(f"{name} {value}" for name, value in versions().items()), flush=True)
    for name, quick in BENCHMARKS.items():
        if name == "page" and find_chromium() is None:
            print("── page: left out, because there is no Chromium", flush=True)
            continue
        print(f"── {name}", flush=True)
        begin = time.monotonic()
        command = [sys.executable, "-m", f"bench.{name}", "--json", *(quick if given.quick else [])]
        finished = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        *shown, last = finished.stdout.splitlines() or [""]
        print("\n".join(shown))
        print(f"   {time.monotonic() - begin:.0f} s", flush=True)
        try:
            figures[name] = json.loads(last)
        except ValueError:
            figures[name] = None
        if finished.returncode:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    if given.json:
        print(json.dumps(figures))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
