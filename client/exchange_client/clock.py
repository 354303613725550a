"""The exchange's clock as seen from here: how far it is from ours, and how old what arrives is.

The offset is taken from round trips, of which the shortest of the last few is the least wrong: the exchange read its
clock somewhere between our sending and our receiving.
"""

from collections import deque
from collections.abc import Callable

ROUND_TRIPS = 8  # remembered; at a ping every 15 s this is two minutes, within which clocks hardly drift
SECOND = 1_000_000_000


class ServerClock:
    """Estimates the exchange's time from the local monotonic clock, in nanoseconds since the epoch."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._round_trips: deque[tuple[float, int]] = deque(maxlen=ROUND_TRIPS)
        self._offset = 0
        self._arrival = 0.0, 0

    def restart(self) -> None:
        """Forgets what was measured: another machine may have another clock."""
        self._round_trips.clear()

    def round_trip(self, sent_at: float, server_time: int) -> None:
        """Takes in a server time that answers something sent at ``sent_at`` (local, seconds)."""
        received_at = self._monotonic()
        middle = round((sent_at + received_at) / 2 * SECOND)
        self._round_trips.append((received_at - sent_at, server_time - middle))
        self._offset = min(self._round_trips)[1]
        self._arrival = received_at, server_time

    def now(self) -> int:
        """The exchange's time, in nanoseconds since the epoch."""
        return round(self._monotonic() * SECOND) + self._offset

    def arrived(self, server_time: int) -> None:
        """Notes that something has just come which the exchange stamped with ``server_time``."""
        self._arrival = self._monotonic(), server_time

    @property
    def lag(self) -> float:
        """How old the last thing was that came, in seconds, when it came."""
        arrived_at, server_time = self._arrival
        return max(0, round(arrived_at * SECOND) + self._offset - server_time) / SECOND
