"""Whole messages on their way from trio-websocket's reader task to the one task that takes them.

Stands in for the library's own memory channel, for three reasons: the reader knows better than the taker when a
message is whole (the taker may be busy, and the stream must not count finished messages against its budget); a
channel costs each message two trips through the scheduler, this costs one for all that are ready; and the queue is
bounded in bytes as well as in messages.
"""

from collections.abc import Callable

import trio
from trio_websocket import WebSocketConnection, WebSocketRequest

from exchange.settings import Settings


class Inbox:
    """A queue with one reader task putting in and one task taking out.

    When it is full the reader waits, and with it the peer: its further bytes stay in the kernel, its pings unanswered.
    ``on_whole`` is called for each message that arrived, ``on_text`` for the first that is text, which is never taken;
    after that, as after :meth:`discard`, whatever arrives is dropped.
    """

    def __init__(self, settings: Settings, *, on_whole: Callable[[], None], on_text: Callable[[], None]) -> None:
        self._messages_max = settings.socket_queue_messages
        self._bytes_max = settings.socket_queue_bytes
        self._on_whole = on_whole
        self._on_text = on_text
        self._messages: list[bytes] = []
        self._bytes = 0
        self._ended = False
        self._discarding = False
        self._taker_waits = False
        self._handler: Callable[[bytes], bool] | None = None
        self._failure: Exception | None = None
        self._arrival = trio.lowlevel.ParkingLot()
        self._room = trio.lowlevel.ParkingLot()

    # For the taker.

    async def take(self) -> list[bytes]:
        """Return all messages that are there, waiting for at least one; nothing once the last has been taken.

        A checkpoint only when it has to wait. Cancelling it loses no message. Raises what the handler of lone messages
        has raised.
        """
        while not self._messages and not self._ended:
            self._taker_waits = True
            try:
                await self._arrival.park()
            finally:
                self._taker_waits = False
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        messages, self._messages, self._bytes = self._messages, [], 0
        self._room.unpark_all()
        return messages

    def handle_lone(self, handler: Callable[[bytes], bool] | None) -> None:
        """Offer a message to ``handler`` where it is read, if it came alone and the taker waits for the next.

        That saves both a trip through the scheduler. The handler does not wait; what it declines is put in.
        """
        self._handler = handler

    @property
    def is_full(self) -> bool:
        return len(self._messages) >= self._messages_max or self._bytes >= self._bytes_max

    def end(self) -> None:
        """Nothing more will arrive. What is there can still be taken."""
        self._ended = True
        self._arrival.unpark_all()
        self._room.unpark_all()

    def discard(self) -> None:
        """Nothing more will be taken."""
        self._discarding = True
        self._messages, self._bytes = [], 0
        self.end()

    # For the one who reads.

    def handled_at_once(self, message: bytes) -> bool:
        """Whether the handler took the message, the only one there is; if not, it is to be sent."""
        if self._handler is None or not self._taker_waits or self._messages or self._ended:
            return False
        try:
            handled = self._handler(message)
        except Exception as error:
            self._failure = error  # the taker's: whoever reads has no part in it
            self.discard()
            handled = True
        if handled:
            self._on_whole()
        return handled

    # For trio-websocket, which takes this for the sending end of its channel.

    async def send(self, message: bytes | str) -> None:
        """Put in one whole message; wait while the queue is full. Cancelled, the message is in the queue all the same.

        A checkpoint only when it has to wait: the reader has one in each read.
        """
        self._on_whole()
        if self._discarding:
            return
        if isinstance(message, str):
            self.discard()
            self._on_text()
            return
        self._messages.append(message)
        self._bytes += len(message)
        self._arrival.unpark_all()
        while self.is_full and not self._ended:
            await self._room.park()

    async def aclose(self) -> None:
        """The library has seen the end. Not a checkpoint."""
        self.end()


# The only places that touch the library's private parts.


def deliver_messages(request: WebSocketRequest, inbox: Inbox) -> None:
    """Make trio-websocket put its messages into ``inbox``. To be called before the request is accepted.

    No message can have passed yet, because the library hands none out before the handshake is complete.
    """
    _known(request._connection, "_send_channel")
    request._connection._send_channel = inbox  # type: ignore[assignment]


def limit_messages(connection: WebSocketConnection, size_bytes: int) -> None:
    """Change how long a message may be; the library lets it be said only when a connection is made."""
    _known(connection, "_max_message_size")
    connection._max_message_size = size_bytes


def _known(connection: WebSocketConnection, name: str) -> None:
    if not hasattr(connection, name):
        raise RuntimeError(f"trio-websocket no longer has {name}; see exchange/net/inbox.py")
