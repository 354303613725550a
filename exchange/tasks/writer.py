"""The writer: takes what has gathered, makes it durable as one transaction, and lets it be told."""

from collections.abc import Callable, Sequence
from functools import partial

import structlog
import trio

from exchange.environment import ThreadRunner
from exchange.settings import Settings
from exchange.store.database import Store
from exchange.store.journal import Commit
from exchange.tasks.engine import Engine
from exchange.tasks.handover import Handover
from exchange.tasks.metrics import Metrics

log = structlog.get_logger(__name__)


async def write_commits(
    engine: Engine,
    store: Store,
    publish: Callable[[Sequence[Handover]], None],
    settings: Settings,
    run_in_thread: ThreadRunner,
) -> None:
    """Runs until the engine is closed and everything handed over is durable and published.

    A cancellation is delivered between transactions only. A failing transaction ends the process: memory is ahead of
    disk, and whether its last commit happened is unknown, so nothing more may be said to anybody.
    """
    limiter = trio.CapacityLimiter(1)
    handovers = engine.handovers
    while await handovers.wait():
        batch = [handovers.take() for _ in range(min(len(handovers), settings.commits_per_transaction))]
        engine.give_back_slots(len(batch))
        commits = [handover.commit for handover in batch if handover.commit is not None]
        started = trio.current_time()
        with trio.CancelScope(shield=True):
            if commits:
                await run_in_thread(partial(store.write, commits), limiter=limiter)
                _count(engine.metrics, commits, trio.current_time() - started)
        publish(batch)


def _count(metrics: Metrics, commits: Sequence[Commit], seconds: float) -> None:
    metrics.commit_seconds.observe(seconds)
    metrics.commits_per_transaction.observe(len(commits))
    for commit in commits:
        if "trades" in commit.rows:
            metrics.trades += len(commit.rows["trades"])
