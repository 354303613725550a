"""How an exchange is doing, as organisers may ask. Times are nanoseconds since the epoch, sizes bytes."""

from typing import Any, NamedTuple

from exchange_client.schema import server_pb2

_MICROSECONDS = 1_000_000


class Durations(NamedTuple):
    """How often something took up to each of ``bounds`` (seconds) and more than the one before; the last is beyond."""

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    sum: float

    def since(self, earlier: "Durations") -> "Durations":
        """What happened after an earlier answer of the same process."""
        counts = tuple(now - before for now, before in zip(self.counts, earlier.counts, strict=True))
        return Durations(self.bounds, counts, self.sum - earlier.sum)

    def within(self, share: float) -> float | None:
        """The least bound that such a share (0 to 1) is within; infinity beyond them all, None for nothing."""
        total, reached = sum(self.counts), 0
        for bound, count in zip((*self.bounds, float("inf")), self.counts, strict=True):
            reached += count
            if total and reached >= share * total:
                return bound
        return None


class Depth(NamedTuple):
    """How much waits in all places of a kind, in the fullest, and what one of them holds at most (0: no limit)."""

    total: int
    fullest: int
    limit: int


class Health(NamedTuple):
    """What an exchange says of itself. Counters begin at 0 with its process; ``concerns`` are sentences."""

    version: str
    python_version: str
    sqlite_version: str
    started_at: int
    concerns: tuple[str, ...]
    connections: int
    clients: int
    requests: int
    refusals: int
    trades: int
    sign_ins: int
    sign_in_failures: int
    outbox_overflows: int
    commit_time: Durations
    loop_lag: Durations
    commits_waiting: Depth
    inbox_requests: Depth
    outbox_bytes: Depth
    replies_waiting: Depth
    sign_ins_waiting: int
    audits: int
    audited_at: int
    market_failures: int
    unavailable_market_ids: tuple[int, ...]
    database_bytes: int
    disk_free_bytes: int
    disk_bytes: int
    backup_interval_seconds: int
    backup_at: int
    backup_bytes: int
    backup_failures: int


def health_of(message: server_pb2.Health) -> Health:
    """An answer in plain values."""
    return Health(**{name: _plain(getattr(message, name)) for name in Health._fields})


def _plain(value: Any) -> Any:
    if isinstance(value, server_pb2.Durations):
        bounds = tuple(bound / _MICROSECONDS for bound in value.bounds_us)
        return Durations(bounds, tuple(value.counts), value.sum_us / _MICROSECONDS)
    if isinstance(value, server_pb2.Depth):
        return Depth(value.total, value.fullest, value.limit)
    return value if isinstance(value, int | str) else tuple(value)
