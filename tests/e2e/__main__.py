"""``python -m tests.e2e --kills 50``: kills a server under load, again and again, and prints what became of it all."""

import argparse
import json
import logging
import sys
import tempfile
import time
from functools import partial
from itertools import count
from pathlib import Path

import structlog
import trio

from tests.e2e.kills import End, Run, end_again_and_again


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.e2e", description=__doc__)
    parser.add_argument("--kills", type=int, default=50, help="how many")
    parser.add_argument("--acknowledgements", type=int, default=1_000, help="between two kills, at least")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    numbers, started = count(1), time.perf_counter()
    print("kill  acknowledged since start  left in flight  commits in the file")

    def tell(end: End) -> None:
        print(f"{next(numbers):4}  {end.acknowledged:24,}  {end.in_flight:14}  {end.commits:19,}", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        run: Run = trio.run(
            partial(
                end_again_and_again, Path(folder), arguments.kills, gently=False, told=tell,
                acknowledgements=arguments.acknowledgements, seed=arguments.seed,
            )
        )  # fmt: skip
    print("\nbot   issued  resolved  acknowledged  longest stall")
    for bot in run.bots:
        figures = f"{len(bot.issued):7,}  {len(bot.resolved):8,}  {bot.acknowledged:12,}  {bot.longest_stall:11.1f} s"
        print(f"{bot.client.name}{figures}")
    seconds = time.perf_counter() - started
    print(
        f"\n{arguments.kills} kills in {seconds:.0f} s, {run.with_requests_in_flight} of them with requests in flight;"
        " issued = resolved, nothing acknowledged is missing, nothing was executed twice, and"
        " the file verified after each."
    )
    if arguments.json:
        print(json.dumps(_figures(run)))
    return 0


def _figures(run: Run) -> dict[str, float]:
    return {
        "kills": len(run.ends),
        "acknowledged": run.acknowledged,
        "fewest_between_kills": min(end.acknowledged for end in run.ends),
        "with_requests_in_flight": run.with_requests_in_flight,
        "longest_stall_seconds": round(run.longest_stall, 2),
        "lost": 0,  # the run would have failed
        "doubled": 0,
    }


if __name__ == "__main__":
    sys.exit(main())
