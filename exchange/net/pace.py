"""Token buckets: how fast one user may ask."""

from dataclasses import dataclass


@dataclass(slots=True)
class Bucket:
    """Holds up to ``burst`` tokens and gains ``rate`` a second; times are seconds of a monotonic clock."""

    rate: float
    burst: float
    tokens: float
    filled_at: float

    def take(self, now: float, factor: float = 1.0) -> float:
        """Takes a token and returns 0.0, or takes none and returns the seconds until there is one.

        ``factor`` scales rate and burst, for users who may go faster.
        """
        self.tokens = min(self.burst * factor, self.tokens + (now - self.filled_at) * self.rate * factor)
        self.filled_at = now
        if self.tokens >= 1.0:
            self.tokens -= 1.0
            return 0.0
        return (1.0 - self.tokens) / (self.rate * factor) if self.rate else float("inf")

    def missing(self, now: float) -> float:
        """Seconds until there is a token to take; takes none."""
        tokens = self.tokens + (now - self.filled_at) * self.rate
        if tokens >= 1.0:
            return 0.0
        return (1.0 - tokens) / self.rate if self.rate else float("inf")

    def is_full(self, now: float) -> bool:
        """Whether forgetting it would change nothing."""
        return self.tokens + (now - self.filled_at) * self.rate >= self.burst


class Pace:
    """The budgets of one user: mutations, cancels, and what is expensive to answer."""

    __slots__ = ("cancels", "expensive", "mutations")

    def __init__(self, per_second: float, burst: float, expensive_per_minute: float, now: float) -> None:
        self.mutations = Bucket(per_second, burst, burst, now)
        self.cancels = Bucket(per_second, burst, burst, now)
        self.expensive = Bucket(expensive_per_minute / 60, expensive_per_minute, expensive_per_minute, now)

    def is_full(self, now: float) -> bool:
        """Whether forgetting all of them would change nothing."""
        return all(bucket.is_full(now) for bucket in (self.mutations, self.cancels, self.expensive))
