"""How the server is doing, as an answer to whoever runs a class."""

from typing import NamedTuple

from exchange.wire.replies import element
from exchange_client.schema import server_pb2


class Durations(NamedTuple):
    """How often a duration fell between two bounds; one more count than bounds, for what was longer."""

    bounds_us: tuple[int, ...]
    counts: tuple[int, ...]
    sum_us: int


class Depth(NamedTuple):
    """How much waits: in all places of a kind, in the fullest, and what one of them holds at most (0: no limit)."""

    total: int
    fullest: int
    limit: int


class Vitals(NamedTuple):
    """What the schema's ``Health`` says, field by field."""

    version: str
    python_version: str
    sqlite_version: str
    started_at: int
    concerns: list[str]
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
    unavailable_market_ids: list[int]
    database_bytes: int
    disk_free_bytes: int
    disk_bytes: int
    backup_interval_seconds: int
    backup_at: int
    backup_bytes: int
    backup_failures: int


def encode_health(request_id: int, sequence: int, time: int, vitals: Vitals) -> bytes:
    """The answer, as an element of a frame."""
    fields = vitals._asdict()
    for name, value in fields.items():
        if isinstance(value, Durations):
            fields[name] = server_pb2.Durations(**value._asdict())
        elif isinstance(value, Depth):
            fields[name] = server_pb2.Depth(**value._asdict())
    health = server_pb2.Health(**fields)
    return element(server_pb2.ServerMessage(request_id=request_id, sequence=sequence, time=time, health=health))
