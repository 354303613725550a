"""What wakes a bot: changes, of which only the newest matters, and events, of which each one does."""

from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Generic, TypeVar

import trio

from exchange_client.errors import MissedEvents

if TYPE_CHECKING:
    from exchange_client.book import Book

T = TypeVar("T")


class Signal:
    """Wakes one waiting task; set while nobody waits, it wakes the next to come."""

    def __init__(self) -> None:
        self._event = trio.Event()

    def set(self) -> None:
        self._event.set()

    async def wait(self) -> None:
        """Waits until set. Cancelled, it has consumed nothing."""
        await self._event.wait()
        self._event = trio.Event()


class Hub:
    """Those who wait until something that can be looked up has changed. Looked at once after each frame.

    ``version`` counts frames that changed anything; ``end`` wakes everybody for good.
    """

    def __init__(self) -> None:
        self.version = 0
        self.ended: Exception | None = None
        self._watches: dict[trio.Event, Callable[[], bool]] = {}

    async def wait(self, changed: Callable[[], bool]) -> None:
        """Waits until ``changed`` holds after some frame. Raises what ended the client."""
        await trio.lowlevel.checkpoint()
        if not changed() and self.ended is None:
            event = trio.Event()
            self._watches[event] = changed
            try:
                await event.wait()
            finally:
                self._watches.pop(event, None)
        if self.ended is not None and not changed():
            raise self.ended

    def wake(self) -> None:
        """Lets those go whose condition holds by now."""
        if self._watches:
            for event, changed in list(self._watches.items()):
                if changed():
                    event.set()
                    del self._watches[event]

    def end(self, error: Exception) -> None:
        """Wakes everybody, now and from now on."""
        self.ended = error
        for event in self._watches:
            event.set()
        self._watches.clear()


class BookChanges:
    """Iterates over the newest book; see :meth:`Market.book_changes`."""

    def __init__(self, book: "Book", hub: Hub) -> None:
        self._book = book
        self._hub = hub
        self._seen = -1

    def __aiter__(self) -> "BookChanges":
        return self

    async def __anext__(self) -> "Book":
        await self._hub.wait(lambda: self._book.version != self._seen)
        self._seen = self._book.version
        return self._book


class EventStream(Generic[T]):
    """Iterates over every event, or raises :class:`MissedEvents`. For one reader; leave it with ``with`` or ``close``.

    A stream that has raised is over; a new one continues from its own beginning.
    """

    def __init__(self, buffer: int, listeners: "list[EventStream[T]]") -> None:
        if buffer < 1:
            raise ValueError("a stream must be able to keep at least one event")
        self._buffer = buffer
        self._listeners = listeners
        self._events: deque[T] = deque()
        self._signal = Signal()
        self._failure: Exception | None = None
        self._closed = False
        listeners.append(self)

    def __enter__(self) -> "EventStream[T]":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stops listening; a waiting reader ends."""
        self._closed = True
        self._stop()

    def __aiter__(self) -> "EventStream[T]":
        return self

    async def __anext__(self) -> T:
        """The next event. Cancelled, it has taken none."""
        if self._events and not self._closed:
            await trio.lowlevel.checkpoint_if_cancelled()
            await trio.lowlevel.cancel_shielded_checkpoint()
        while not self._closed:
            if self._events:
                return self._events.popleft()
            if self._failure is not None:
                raise self._failure
            await self._signal.wait()
        raise StopAsyncIteration

    def pending(self) -> list[T]:
        """What has come and was not read yet, without waiting. Raises what iterating would raise."""
        if not self._events and self._failure is not None and not self._closed:
            raise self._failure
        events = list(self._events)
        self._events.clear()
        return events

    # What follows is the client's own business.

    def put(self, event: T) -> None:
        """Keeps an event for the reader; one too many breaks the stream instead."""
        if len(self._events) >= self._buffer:
            self.fail(MissedEvents(f"more than {self._buffer:,} events waited for their reader"))
            return
        self._events.append(event)
        self._signal.set()

    def finish(self) -> None:
        """Ends the stream in peace once the reader has had what was kept."""
        self.fail(StopAsyncIteration())

    def fail(self, error: Exception) -> None:
        """Ends the stream with an error once the reader has had what was kept."""
        self._failure = error
        self._stop()

    def _stop(self) -> None:
        if self in self._listeners:
            self._listeners.remove(self)
        self._signal.set()


class LatestEvents(EventStream[T]):
    """Like its base, but the oldest events make room when the reader is too slow."""

    def put(self, event: T) -> None:
        if len(self._events) >= self._buffer:
            self._events.popleft()
        super().put(event)
