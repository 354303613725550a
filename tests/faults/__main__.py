"""``python -m tests.faults``: cuts the power, lets each operation of the disk fail, flips bytes; prints a table."""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path

from tests.faults.damage import UNGUARDED, flip_bytes, make_sound_file
from tests.faults.disk import io_error, no_space
from tests.faults.drill import Tally, cut_power, fail_each_operation


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.faults", description=__doc__)
    parser.add_argument("--cuts", type=int, default=1_000, help="of the power")
    parser.add_argument("--every", type=int, default=1, help="let one in so many operations fail")
    parser.add_argument("--flips", type=int, default=3_000, help="of bytes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    arguments = parser.parse_args()
    print(f"{'what':44}  times  acknowledged  lost  inconsistent  unknown: kept  gone      s")
    whole = Tally()
    cuts = _run("power cuts", lambda folder: cut_power(folder, arguments.cuts, arguments.seed))
    _add(whole, cuts)
    for error, on, cut in product((io_error, no_space), (False, True), (False, True)):
        what = f"{error.__name__}{', for good' * on}{', then the power' * cut}"
        _add(whole, _run(what, lambda folder: fail_each_operation(
            folder, error, every=arguments.every, first=1, on=on, cut=cut  # noqa: B023
        )))  # fmt: skip
    liar = _run("a disk that lies (must lose)", lambda folder: cut_power(folder, 60, arguments.seed, lies=1.0))
    for sentence, count in whole.sentences.most_common():
        print(f"{count:7,}  {sentence}")
    for problem in whole.problems:
        print(f"PROBLEM: {problem}")
    rot_is_seen, rot = _flip(arguments.flips, arguments.seed)
    sound = not whole.lost and not whole.inconsistent and bool(liar.lost or liar.inconsistent) and rot_is_seen
    if arguments.json:
        figures = {"power_cuts": cuts.failures, "failures": whole.failures - cuts.failures, "lost": whole.lost,
                   "inconsistent": whole.inconsistent, "acknowledged": whole.acknowledged,
                   "liar_caught": bool(liar.lost or liar.inconsistent), **rot}  # fmt: skip
        print(json.dumps(figures))
    return 0 if sound else 1


def _run(what: str, drill: Callable[[Path], Tally]) -> Tally:
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        tally = drill(Path(folder))
    print(
        f"{what:44}  {tally.failures:5,}  {tally.acknowledged:12,}  {tally.lost:4}  {tally.inconsistent:12}"
        f"  {tally.unknown_kept:13,}  {tally.unknown_gone:4,}  {time.perf_counter() - started:5.0f}",
        flush=True,
    )
    return tally


def _add(whole: Tally, part: Tally) -> None:
    whole.failures += part.failures
    whole.acknowledged += part.acknowledged
    whole.lost += part.lost
    whole.inconsistent += part.inconsistent
    whole.problems += part.problems
    whole.sentences.update(part.sentences)


def _flip(flips: int, seed: int) -> tuple[bool, dict[str, int]]:
    with tempfile.TemporaryDirectory() as folder:
        sound = make_sound_file(Path(folder) / "exchange.db")
        rot = flip_bytes(Path(folder), sound, flips, seed)
    missed = sum(rot.unnoticed.values())
    print(
        f"\n{rot.flips:,} flipped bytes: {rot.noticed:,} noticed by verify, {rot.harmless:,} in nothing that is read,"
    )
    print(f"{missed:,} in what nothing else in the file speaks of: {dict(rot.unnoticed.most_common())}")
    for raised in rot.raised:
        print(f"PROBLEM: {raised}")
    counts = {"flips": rot.flips, "flips_noticed": rot.noticed, "flips_harmless": rot.harmless, "flips_missed": missed}
    return not rot.raised and set(rot.unnoticed) <= UNGUARDED, counts


if __name__ == "__main__":
    sys.exit(main())
