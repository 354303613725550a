"""Letting clients in at a pace: after a restart everybody comes back at once, and those who trade must not feel it.

A sign-in costs about a millisecond of the loop and more where a snapshot is large. So they begin at most so many a
second, in the order of their first messages; whoever would wait too long is told when to come back instead, which
their jitter spreads. How many snapshots are held in memory at a time is another limit (``catch_ups_at_once``).
"""

import trio

from exchange.core.refusals import Code, Refusal
from exchange.settings import Settings


class Admission:
    """The turnstile. A pace of 0 lets everybody through."""

    def __init__(self, settings: Settings) -> None:
        self.waiting = 0
        self._seconds_each = 1.0 / settings.sign_ins_per_second if settings.sign_ins_per_second else 0.0
        self._burst_seconds = settings.sign_ins_burst * self._seconds_each
        self._wait_seconds_max = settings.sign_in_wait_seconds
        self._next_turn = float("-inf")

    async def enter(self) -> Refusal | None:
        """Waits for a turn. A checkpoint only when it has to wait; a turn that is cancelled stays used."""
        now = trio.current_time()
        turn = max(self._next_turn, now - self._burst_seconds)
        wait = turn - now
        if wait > self._wait_seconds_max:
            sentence = "Many are signing in at the moment: come back in a while."
            return Refusal(Code.PACE, "", sentence, int(wait * 1_000) + 1)
        self._next_turn = turn + self._seconds_each
        if wait > 0:
            self.waiting += 1
            try:
                await trio.sleep(wait)
            finally:
                self.waiting -= 1
        return None
