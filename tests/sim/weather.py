"""How bad it gets: drawn from the seed, so that one seed is a quiet day with a slow disk and another a storm."""

from dataclasses import dataclass
from random import Random
from typing import Any

RICH = 1_000_000_000


@dataclass(frozen=True)
class Weather:
    """Rates are per virtual second over all users; the others are chances from 0 to 1, or seconds."""

    seconds: float
    pause: float  # between two acts of a user, on average
    latency: float  # of one piece, on average
    chopped: float  # of connections, whose bytes arrive in other pieces
    disk: float  # seconds before and after a transaction, on average
    bugs: float  # of decisions
    resets: float
    half_opens: float
    holds: float
    stalls: float
    deaths: float
    drains: float
    jumps: float
    demotions: float
    bans: float
    settings: dict[str, Any]


def draw(seed: int) -> Weather:
    """The weather of a seed."""
    random = Random(f"weather {seed}")

    def often(rate: float) -> float:
        return rate * random.random() if random.random() < 0.6 else 0.0

    slow = random.random() < 0.2  # time enough for what is only noticed after a while
    seconds = random.uniform(45, 65) if slow else random.uniform(3, 8)
    per = 4.0 / seconds
    return Weather(
        seconds=seconds,
        pause=seconds / random.uniform(1.5, 5),
        latency=random.choice((0.0, 0.0, 0.001, 0.02, 0.2)),
        chopped=random.choice((0.0, 0.0, 0.2, 1.0)),
        disk=random.choice((0.0, 0.002, 0.05, 0.3)),
        bugs=often(0.03),
        resets=often(2.0 * per),
        half_opens=often(1.0 * per) if slow else often(0.3 * per),
        holds=often(1.0 * per),
        stalls=often(0.3 * per),
        deaths=often(0.4 * per),
        drains=often(0.3 * per),
        jumps=often(0.3 * per),
        demotions=often(0.3 * per),
        bans=often(0.2 * per),
        settings=_settings(random),
    )


def _settings(random: Random) -> dict[str, Any]:
    """Limits small enough to be met."""
    chosen: dict[str, Any] = {
        "disconnect_grace_seconds": random.choice((0.5, 2.0)),
        "ring_facts": random.choice((5, 50, 1_000)),
        "resume_page_facts": random.choice((3, 50)),
        "resume_facts": random.choice((60, 2_000)),
        "frame_bytes": random.choice((2_000, 8_000, 262_144)),
        "outbox_bytes": random.choice((20_000, 1_000_000)),
        "pace_per_second": random.choice((2.0, 100.0, 100.0)),
        "pace_burst": random.choice((8.0, 1_000.0, 1_000.0)),
        "pace_expensive_per_minute": random.choice((120.0, 10_000.0, 10_000.0)),
        "sign_ins_per_second": random.choice((0.0, 0.0, 10.0)),
        "sign_ins_burst": 5,
        "sign_in_wait_seconds": random.choice((0.5, 4.0)),
        "starting_cash": RICH // 1_000,
        "socket_write_seconds": random.choice((2.0, 30.0)),
        "open_orders_per_market": random.choice((3, 50)),
        "fills_per_command": random.choice((2, 1_000)),
        "steps_per_batch": 5,
        "markets_per_user": 2,
        "sub_accounts_per_user": random.choice((1, 3)),
        "keys_per_user": random.choice((1, 4)),
        "commits_waiting": random.choice((2, 8_192)),
        "commits_per_transaction": random.choice((3, 2_048)),
        "market_inbox_requests": random.choice((2, 4_096)),
        "requests_waiting_per_connection": random.choice((3, 1_024)),
        "reads_per_connection": random.choice((1, 4)),
        "market_failures_max": random.choice((1, 3)),
        "self_trade_by_user": random.random() < 0.2,
        "users_create_markets": random.random() < 0.9,
        "leaderboard": random.random() < 0.8,
        "key_use_seconds": random.choice((20.0, 600.0)),
        "audit_seconds": 2.0,
        "entry_seconds": 1.0,
        "snapshot_transfers": random.choice((3, 100)),
        "store_checkpoint_pages": random.choice((10, 4_000)),
    }
    return chosen
