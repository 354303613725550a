"""One side of a book: its levels by rank, and the best of them at hand.

An offer's rank is its price, a bid's rank is its negated price: smaller is better on both sides. Trading needs the best
level, quoting the level at a price; all in order are only asked for when somebody is shown the book. So a dictionary
finds a level by rank and a heap knows the best, both in C, where a sorted container would pay in Python for an order
that nobody looks at.

A level that has emptied stays where it is, as a *husk*, because the next order often comes at the same price. Husks
leave when they reach the top of the heap, and all at once when they outnumber the levels. So the top is never a husk,
and no rank is twice in the heap.
"""

from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exchange.core.book import Order

NO_RANK = 1 << 62
"""The best rank of an empty side: behind any other."""

_HUSKS_MAX = 64  # and as many as there are levels: sweeping is then paid for by what made them


class Level:
    """All orders of one side at one price."""

    __slots__ = ("count", "first", "ladder", "last", "price", "rank", "size")

    def __init__(self, ladder: "Ladder", rank: int, price: int) -> None:
        self.ladder = ladder
        self.rank = rank
        self.price = price
        self.size = 0
        self.count = 0
        self.first: Order | None = None
        self.last: Order | None = None

    def __iter__(self) -> "Iterator[Order]":
        order = self.first
        while order is not None:
            yield order
            order = order.following


class Ladder:
    """The levels of one side. ``best_rank`` is that of the best level, ``NO_RANK`` when there is none."""

    __slots__ = ("_heap", "_husks", "_levels", "best_rank")

    def __init__(self) -> None:
        self.best_rank = NO_RANK
        self._levels: dict[int, Level] = {}
        self._heap: list[int] = []
        self._husks = 0

    def __len__(self) -> int:
        return len(self._levels) - self._husks

    def __iter__(self) -> Iterator[Level]:
        """Levels in order, best first. Takes time in proportion to all of them."""
        return (level for rank in sorted(self._levels) if (level := self._levels[rank]).count)

    @property
    def best(self) -> Level | None:
        """The best level."""
        return self._levels[self._heap[0]] if self._heap else None

    def at(self, rank: int, price: int) -> Level:
        """The level of that rank, for an order that is about to join it."""
        level = self._levels.get(rank)
        if level is None:
            level = self._levels[rank] = Level(self, rank, price)
            heappush(self._heap, rank)
        elif level.count:
            return level
        else:
            self._husks -= 1
        if rank < self.best_rank:
            self.best_rank = rank
        return level

    def emptied(self, level: Level) -> None:
        """The last order of ``level`` has left it."""
        self._husks += 1
        if level.rank == self.best_rank:
            self._clear_top()
        if self._husks > _HUSKS_MAX and 2 * self._husks > len(self._levels):
            self._sweep()

    def walk(self) -> Iterator[Level]:
        """Levels in order, best first, for as many as are asked for; nothing may change meanwhile.

        The children of a heap's node are behind it, so the next best is always among the children of those seen.
        """
        heap, levels = self._heap, self._levels
        if not heap:
            return
        yield levels[heap[0]]  # often all that is asked for
        end = len(heap)
        ahead = [(heap[child], child) for child in (1, 2) if child < end]
        heapify(ahead)
        while ahead:
            rank, index = heappop(ahead)
            level = levels[rank]
            if level.count:
                yield level
            for child in (2 * index + 1, 2 * index + 2):
                if child < end:
                    heappush(ahead, (heap[child], child))

    def clear(self) -> None:
        """No levels any more."""
        self._levels.clear()
        self._heap.clear()
        self._husks = 0
        self.best_rank = NO_RANK

    def _clear_top(self) -> None:
        heap, levels = self._heap, self._levels
        while heap and not levels[heap[0]].count:
            del levels[heappop(heap)]
            self._husks -= 1
        self.best_rank = heap[0] if heap else NO_RANK

    def _sweep(self) -> None:
        self._levels = {rank: level for rank, level in self._levels.items() if level.count}
        self._heap = list(self._levels)
        heapify(self._heap)
        self._husks = 0
