"""``python -m tests.sim --seeds 200 --first 0``: runs seeds one after another and names those that fail."""

import argparse
import logging
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

import structlog

from tests.sim.simulation import run


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.sim", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first one")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    failed, counts, commits, restarts = [], Counter[str](), 0, 0
    started = time.perf_counter()
    for seed in range(arguments.first, arguments.first + arguments.seeds):
        with tempfile.TemporaryDirectory() as folder:
            try:
                outcome = run(seed, Path(folder))
            except BaseException as failure:
                if isinstance(failure, KeyboardInterrupt):
                    raise
                failed.append(seed)
                print(f"seed {seed} failed")
                traceback.print_exception(failure)
                continue
        counts.update(outcome.counts)
        commits, restarts = commits + outcome.sequence, restarts + outcome.restarts
        print(f"seed {seed}: {outcome.sequence} commits, {outcome.issued} requests, {outcome.restarts} restarts")
    print(f"{arguments.seeds} seeds in {time.perf_counter() - started:.0f} s: {commits} commits, {restarts} restarts")
    print(", ".join(f"{kind} {count}" for kind, count in counts.most_common()))
    print(f"failed: {failed}" if failed else "none failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
