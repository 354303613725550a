"""How long to wait before the next attempt, by why the last connection ended.

An exchange that said that it restarts is expected back at once: its clients wait as long as it asked and as much again
at random, and then ask often, for a minute. What ends without a word may be down for long, and everybody's at once:
waits are random up to a limit that doubles with each attempt.
"""

import random

FIRST_SECONDS = 0.5  # upper end of the first random wait; it doubles each time
LAST_SECONDS = 10.0  # upper end of the longest: spreads thousands of clients, and is bearable for one
RESTART_LAST_SECONDS = 1.5  # the same while a restart is expected to be over at any moment
RESTART_SECONDS = 60.0  # for so long after the last sign of a restart; a start that takes longer is none of every day
STABLE_SECONDS = 2.0  # live for so long, and the next drop starts with the shortest wait again


class BackOff:
    """The waits of one client, one after the other. Times are local, in seconds."""

    def __init__(self, random_source: random.Random) -> None:
        self._random = random_source
        self._attempt = 0
        self._restarting_until = float("-inf")

    def wait(self, now: float, *, was_live: float = 0.0, restarts: bool = False, asked: float | None = None) -> float:
        """Seconds to wait after a connection that ended ``now``.

        Args:
            was_live: for how long that connection was live.
            restarts: whether the exchange said that it restarts.
            asked: how long it asked to wait at least.
        """
        if was_live >= STABLE_SECONDS:
            self._attempt = 0
            self._restarting_until = float("-inf")
        if restarts:
            if was_live:
                self._attempt = 0
            self._restarting_until = now + RESTART_SECONDS
        last = RESTART_LAST_SECONDS if now < self._restarting_until else LAST_SECONDS
        most = min(last, FIRST_SECONDS * 2.0**self._attempt)
        self._attempt = min(self._attempt + 1, 16)
        least = asked or 0.0
        return least + self._random.uniform(0.0, max(least, most) if restarts else most)
