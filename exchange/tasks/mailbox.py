"""A bounded queue from many tasks to one, which takes as much as is there.

Does what a memory channel does at a third of its cost: on the road of every order it is passed twice.
"""

from collections import deque
from typing import Generic, TypeVar

import trio

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Items in order. Full, ``put`` waits and ``put_nowait`` raises :exc:`trio.WouldBlock`.

    After ``close`` both raise :exc:`trio.ClosedResourceError`; what is there can still be taken.
    """

    def __init__(self, items_max: int) -> None:
        self._items: deque[T] = deque()
        self._items_max = items_max
        self._closed = False
        self._woken = False
        self._arrival = trio.lowlevel.ParkingLot()
        self._room = trio.lowlevel.ParkingLot()
        # Nobody is parked there while these say so: to ask the lots costs a call each, for every item.
        self._taker_waits = False
        self._putters_waiting = 0

    def __len__(self) -> int:
        return len(self._items)

    # For those who put in.

    @property
    def has_room(self) -> bool:
        """Whether ``put_nowait`` would put an item in, closed or not."""
        return len(self._items) < self._items_max and not (self._putters_waiting and self._room)

    def put_nowait(self, item: T) -> None:
        """Puts an item in, if there is room and nobody waits for it."""
        if self._closed:
            raise trio.ClosedResourceError
        items = self._items
        if len(items) >= self._items_max or (self._putters_waiting and self._room):
            raise trio.WouldBlock
        items.append(item)
        if self._taker_waits:
            self._arrival.unpark_all()

    async def put(self, item: T) -> None:
        """Puts an item in, after waiting for room. Cancelled, it is not in. Always a checkpoint."""
        await trio.lowlevel.checkpoint()
        try:
            self.put_nowait(item)
            return
        except trio.WouldBlock:
            pass
        await self._wait_for_room()
        while len(self._items) >= self._items_max and not self._closed:
            await self._wait_for_room()
        if self._closed:
            raise trio.ClosedResourceError
        self._items.append(item)
        self._arrival.unpark_all()

    async def _wait_for_room(self) -> None:
        self._putters_waiting += 1
        try:
            await self._room.park()
        finally:
            self._putters_waiting -= 1

    def close(self) -> None:
        """Nothing more is put in."""
        self._closed = True
        self._arrival.unpark_all()
        self._room.unpark_all()

    # For the one who takes.

    async def wait(self) -> bool:
        """Waits until there is something to take, or :meth:`wake` is called; False when there will never be anything.

        Always a checkpoint.
        """
        if self._items or self._closed or self._woken:
            await trio.lowlevel.checkpoint()
        while not (self._items or self._closed or self._woken):
            self._taker_waits = True
            try:
                await self._arrival.park()
            finally:
                self._taker_waits = False
        self._woken = False
        return bool(self._items) or not self._closed

    def wake(self) -> None:
        """Lets the one who takes look at something else."""
        self._woken = True
        self._arrival.unpark_all()

    def take(self) -> T:
        """The next item. Raises :exc:`IndexError` when there is none."""
        item = self._items.popleft()
        if self._putters_waiting:
            self._room.unpark()
        return item
