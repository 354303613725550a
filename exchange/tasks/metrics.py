"""What is counted while an exchange runs: plain numbers, kept where they happen and read when somebody asks.

There is one :class:`Metrics` per exchange, handed down from the top. Nothing here locks, waits or formats: what passes
with every request costs one addition to a dictionary, and everything that can be read off the state when it is asked
for is not kept at all. :mod:`exchange.tasks.exposition` gives it the form that Prometheus reads.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

from exchange.core.refusals import Code

COMMIT_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
COMMITS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000)
LAG_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)


class Distribution:
    """How often a value was at most each bound, for ever; not thread-safe."""

    __slots__ = ("_counts", "bounds", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.sum = 0.0
        self._counts = [0] * (len(bounds) + 1)

    def observe(self, value: float) -> None:
        self._counts[bisect_left(self.bounds, value)] += 1
        self.sum += value

    def counts(self) -> tuple[int, ...]:
        """How often it was above the bound before and at most this one, and in the end beyond them all."""
        return tuple(self._counts)

    def cumulative(self) -> list[tuple[str, float]]:
        """Each bound, as text, with how many values were at most that; the last is all of them."""
        names = [*(f"{bound:g}" for bound in self.bounds), "+Inf"]
        return list(zip(names, map(float, accumulate(self._counts)), strict=True))


class Copies:
    """What became of the scheduled copies. Times are in nanoseconds since the epoch, 0 for never."""

    __slots__ = ("bytes", "failed", "failed_last", "made", "made_at", "seconds")

    def __init__(self) -> None:
        self.made = 0
        self.failed = 0
        self.failed_last = False
        self.made_at = 0
        self.bytes = 0
        self.seconds = 0.0


class Metrics:
    """The counts of one exchange since it started."""

    __slots__ = (
        "audited_at", "audits", "commit_seconds", "commits_per_transaction", "connections_ended", "copies", "loop_lag",
        "market_failures", "outbox_overflows", "refusals", "requests", "sign_in_failures", "sign_ins", "started_at",
        "trades",
    )  # fmt: skip

    def __init__(self, started_at: int = 0) -> None:
        self.started_at = started_at  # nanoseconds since the epoch
        self.requests: Counter[str] = Counter()
        self.refusals: Counter[Code] = Counter()
        self.sign_ins = 0
        self.sign_in_failures: Counter[str] = Counter()
        self.connections_ended: Counter[str] = Counter()
        self.outbox_overflows = 0
        self.market_failures = 0
        self.trades = 0
        self.audits = 0
        self.audited_at = 0  # nanoseconds since the epoch
        self.commit_seconds = Distribution(COMMIT_SECONDS)
        self.commits_per_transaction = Distribution(COMMITS)
        self.loop_lag = Distribution(LAG_SECONDS)
        self.copies = Copies()
