"""What the tasks of one exchange share."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import trio

from exchange.environment import Environment
from exchange.net.addresses import FailedSignIns
from exchange.net.entrance import Entrance
from exchange.net.identity import Authenticator
from exchange.net.pace import Pace
from exchange.net.page import Page
from exchange.net.port import ConnectionCount
from exchange.net.vault import Vault
from exchange.settings import Settings
from exchange.tasks.absences import Absences
from exchange.tasks.admission import Admission
from exchange.tasks.engine import Engine
from exchange.tasks.leaderboard import LeaderboardCache
from exchange.tasks.live_keys import LiveKeys
from exchange.tasks.markets import MarketTasks
from exchange.tasks.memory import Sessions
from exchange.tasks.metrics import Metrics
from exchange.tasks.publisher import Publisher
from exchange.tasks.reading import ReadPool
from exchange.wire.hello import Server
from exchange.wire.snapshots import SnapshotCache

if TYPE_CHECKING:
    from exchange.tasks.connection import Connection


OVERLOADED = 1013


@dataclass(slots=True)
class Context:
    """One running exchange, as its connections see it."""

    settings: Settings
    environment: Environment
    engine: Engine
    publisher: Publisher
    markets: MarketTasks
    reads: ReadPool
    sessions: Sessions
    authenticator: Authenticator
    vault: Vault
    entrance: Entrance
    failed_sign_ins: FailedSignIns
    server: Server
    catch_ups: trio.Semaphore
    absences: Absences
    metrics: Metrics
    admission: Admission
    count: ConnectionCount
    database: Path
    page: Page | None = None
    snapshots: SnapshotCache = field(default_factory=SnapshotCache)
    leaderboard: LeaderboardCache = field(default_factory=LeaderboardCache)
    connections: set["Connection"] = field(default_factory=set)
    live_keys: LiveKeys = field(default_factory=LiveKeys)
    by_address: Counter[str] = field(default_factory=Counter)  # behind a proxy, whom it names
    callers: set[trio.CancelScope] = field(default_factory=set)  # connections that are no client's (yet)
    by_session: dict[tuple[int, bytes], "Connection"] = field(default_factory=dict)
    paces: dict[int, Pace] = field(default_factory=dict)
    draining: bool = False

    def pace_of(self, user_id: int) -> Pace:
        """The user's budgets, shared by all their connections."""
        pace = self.paces.get(user_id)
        if pace is None:
            settings = self.settings
            pace = self.paces[user_id] = Pace(
                settings.pace_per_second,
                settings.pace_burst,
                settings.pace_expensive_per_minute,
                trio.current_time(),
            )
        return pace

    def forget_full_paces(self) -> None:
        """Drops the budgets of users who have not asked for anything in a while."""
        now = trio.current_time()
        for user_id in [user_id for user_id, pace in self.paces.items() if pace.is_full(now)]:
            del self.paces[user_id]
        self.failed_sign_ins.forget_full(now)


@contextmanager
def counted(context: Context, address: str | None) -> Iterator[bool]:
    """Counts a client behind a proxy, whose connections all come from one address; says whether it fits.

    Where there is no proxy the door has counted it already.
    """
    if not context.settings.behind_fly_proxy or address is None:
        yield True
        return
    fits = context.by_address[address] < context.settings.connections_per_address
    context.by_address[address] += 1
    try:
        yield fits
    finally:
        context.by_address[address] -= 1
        if not context.by_address[address]:
            del context.by_address[address]
