"""Who is winning, for everybody who asks at once."""

from exchange.core.standings import Standing, standings
from exchange.core.state import State


class LeaderboardCache:
    """Leaderboards, each of one sequence, for a moment: everybody asks who is winning at once, and it is a long step.

    There is one for each set of markets that somebody may not see, for these do not count on it.
    """

    def __init__(self) -> None:
        self._kept: dict[frozenset[int], tuple[float, int, list[Standing]]] = {}

    def find(self, state: State, unseen: frozenset[int], now: float, seconds: float) -> tuple[int, list[Standing]]:
        """Sequence and rows; made anew if those there are older than ``seconds`` and something has happened since."""
        made_at, sequence, rows = self._kept.get(unseen, (float("-inf"), -1, []))
        if sequence != state.sequence and now - made_at >= seconds:
            self._kept = {key: kept for key, kept in self._kept.items() if now - kept[0] < seconds}
            sequence, rows = state.sequence, standings(state, unseen)
            self._kept[unseen] = now, sequence, rows
        return sequence, rows
