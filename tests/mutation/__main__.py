"""``python -m tests.mutation``: plants every bug of the catalogue in a copy of the source and runs the tests for it.

A bug is caught when its tests fail, or hang. Those tests are run on the copy without a bug first and have to pass.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.mutation import MUTATIONS, row
from tests.mutation.mutation import ROOT, Mutation

PATIENCE_SECONDS = 300.0  # for the tests without a bug; with one they end at the first failure, or hang
HUNG_SECONDS = 90.0
PASSED, FAILED = 0, 1  # exit codes of pytest
HUNG = -1


@dataclass(frozen=True)
class Verdict:
    """What the tests say. ``by`` is the first that failed."""

    mutation: Mutation
    code: int
    by: str
    seconds: float

    @property
    def caught(self) -> bool:
        return self.code in (FAILED, HUNG)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.mutation", description=__doc__)
    parser.add_argument("--only", nargs="*", default=[""], metavar="WORDS", help="those whose name holds such words")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--table", action="store_true", help="print the table of docs/proof.md and do nothing else")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    if arguments.table:
        print("\n".join(map(row, MUTATIONS)))
        return 0
    chosen = [mutation for mutation in MUTATIONS if any(words in mutation.name for words in arguments.only)]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "exchange"
        _copy_project(copy)
        _expect_sound(copy, chosen)
        verdicts = []
        for mutation in chosen:
            verdicts.append(_try(copy, mutation))
            print(_line(verdicts[-1]), flush=True)
    missed = [verdict.mutation.name for verdict in verdicts if not verdict.caught]
    print(
        f"\n{len(verdicts) - len(missed)} of {len(verdicts)} caught" + "".join(f"\nMISSED: {name}" for name in missed)
    )
    if arguments.json:
        print(json.dumps({"mutations": len(verdicts), "caught": len(verdicts) - len(missed), "missed": missed}))
    return 1 if missed else 0


def _copy_project(copy: Path) -> None:
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)


def _expect_sound(copy: Path, mutations: Iterable[Mutation]) -> None:
    """What is tested is the copy, and without a bug it passes."""
    import_both = "import exchange, exchange_client; print(exchange.__file__, exchange_client.__file__)"
    found = subprocess.run(
        [sys.executable, "-c", import_both],
        cwd=copy,
        env=_environment(copy),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    if not all(Path(file).is_relative_to(copy) for file in found):
        raise SystemExit(f"the copy is not what would be tested: {found}")
    for mutation in mutations:
        mutation.check(copy)
    tests = sorted({test for mutation in mutations for test in mutation.tests})
    started = time.perf_counter()
    code, output = _run(copy, tests, stop_at_first=False)
    if code != PASSED:
        raise SystemExit(f"without a bug the tests fail already:\n{output[-4_000:]}")
    print(f"without a bug: {len(tests)} files and folders of tests pass in {time.perf_counter() - started:.0f} s\n")


def _try(copy: Path, mutation: Mutation) -> Verdict:
    file = copy / mutation.file
    sound = file.read_text("utf-8")
    file.write_text(mutation.applied_to(sound), "utf-8")
    started = time.perf_counter()
    try:
        code, output = _run(copy, mutation.tests)
    finally:
        file.write_text(sound, "utf-8")
    failed = re.search(r"^(?:FAILED|ERROR) (\S+)", output, re.MULTILINE)
    by = "it hangs" if code == HUNG else failed.group(1) if failed else ""
    return Verdict(mutation, code, by, time.perf_counter() - started)


def _run(copy: Path, tests: Iterable[str], *, stop_at_first: bool = True) -> tuple[int, str]:
    options = ["-q", "-n", "0", "-p", "no:cacheprovider", "--no-header", "--tb=no", *(["-x"] if stop_at_first else [])]
    with subprocess.Popen(
        [sys.executable, "-m", "pytest", *options, *tests],
        cwd=copy, env=_environment(copy), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    ) as process:  # fmt: skip
        try:
            output, _ = process.communicate(timeout=HUNG_SECONDS if stop_at_first else PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            return HUNG, ""
        finally:
            if process.poll() is None:  # hanging, or we are told to end: so do all that it started
                os.killpg(process.pid, signal.SIGKILL)
    return process.returncode, output


def _environment(copy: Path) -> dict[str, str]:
    """Imports come from the copy; the same examples each time; nothing compiled is kept between two bugs."""
    paths = os.pathsep.join((str(copy), str(copy / "client")))
    return os.environ | {"PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1", "CI": "1"}


def _line(verdict: Verdict) -> str:
    said = "caught" if verdict.caught else f"MISSED ({verdict.code})"
    return f"{said:8} {verdict.seconds:5.0f} s  {verdict.mutation.name}: {verdict.by.removeprefix('tests/')}"


if __name__ == "__main__":
    sys.exit(main())
