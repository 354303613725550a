"""A test that goes on for ever fails, and says what everybody was waiting for.

Trio's tasks are asked first: where each of them waits is what explains a hang, and no thread's stack shows it. Then the
test is failed where its main thread stands, so that its fixtures end what they started. A test that survives even that
ends its process, which is reported as a crash of that test.
"""

import faulthandler
import os
import signal
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pytest
import trio

LIMIT_SECONDS = 300  # five times what the slowest everyday test takes on a busy machine, and what npm is given
MERCY_SECONDS = 60  # for fixtures to end their processes


@contextmanager
def limited(test: str, seconds: float = LIMIT_SECONDS) -> Iterator[None]:
    """Fail ``test`` if the block takes longer than any test should. Only in the main thread, which gets the signal."""

    def give_up(number: int, frame: FrameType | None) -> None:
        print(f"\n{test} has not ended in {seconds:g} s.", *waiting_tasks(), sep="\n", file=report, flush=True)
        faulthandler.dump_traceback(report)
        pytest.fail(f"not ended in {seconds:g} s; what everybody waited for is on stderr")

    with os.fdopen(os.dup(2), "w") as report:  # what a test catches is shown when it ends, and this one may not
        before = signal.signal(signal.SIGALRM, give_up)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        faulthandler.dump_traceback_later(seconds + MERCY_SECONDS, exit=True, file=report)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)


def waiting_tasks() -> list[str]:
    """A paragraph for each Trio task of this thread: its name and its stack."""
    if not trio.lowlevel.in_trio_run():
        return ["No Trio loop runs in the main thread."]
    root = trio.lowlevel.current_root_task()
    tasks = [root] if root is not None else []
    for task in tasks:
        tasks.extend(child for nursery in task.child_nurseries for child in nursery.child_tasks)
    return [
        f"Task {task.name}\n" + "".join(traceback.StackSummary.extract(task.iter_await_frames()).format())
        for task in tasks
    ]
