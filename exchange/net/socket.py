"""One WebSocket behind our own rules: trio-websocket speaks the protocol, this decides what it can do to us.

The library runs in a reader task of its own in which every exception ends; it never cancels the body of
:func:`open_socket`, which learns of the end from :exc:`SocketClosed` at its next ``receive`` or ``send``. Ready frames
go straight to the guarded stream, in turn with the library's own; what is closed is closed with a code, within a
deadline, and then for certain.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import structlog
import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, wrap_server_stream
from wsproto.utilities import ProtocolError

from exchange.net.frames import binary_frame
from exchange.net.inbox import Inbox, deliver_messages, limit_messages
from exchange.net.lane import Lane
from exchange.net.stream import GuardedStream, PeerGone
from exchange.settings import Settings

NORMAL = 1000
POLICY_VIOLATION = 1008
INTERNAL_ERROR = 1011
SERVICE_RESTART = 1012
ABNORMAL = 1006  # never on the wire: what the library notes when no Close came

# The answer to a ping of ours, and pings of the peer's own: somebody may watch for a week and never send a message.
HEARTBEAT_BYTES = 128

# What the library raises when it is asked to write and cannot.
CANNOT_WRITE = (ConnectionClosed, ProtocolError, PeerGone)

log = structlog.get_logger(__name__)


class SocketClosed(PeerGone):
    """The WebSocket has ended, whoever ended it. ``code`` is None if it ended without a Close."""

    def __init__(self, code: int | None, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


class Socket:
    """One accepted WebSocket. Made by :func:`open_socket`.

    One task receives; any may send or close.
    """

    _connection: WebSocketConnection  # there from the end of the handshake on, before anybody else sees this object

    def __init__(self, stream: GuardedStream, settings: Settings, nursery: trio.Nursery) -> None:
        self._stream = stream
        self._settings = settings
        self._nursery = nursery
        self._inbox = Inbox(settings, on_whole=stream.whole_message, on_text=self._refuse_text)
        self._lane = Lane(stream, self._inbox.send, settings.message_bytes_unauthenticated, self._inbox.handled_at_once)
        self._closed_with: SocketClosed | None = None
        self._closing: trio.CancelScope | None = None
        stream.budget_bytes = 2 * settings.message_bytes_unauthenticated

    @property
    def is_open(self) -> bool:
        """Whether anything can still be sent."""
        return self._connection.closed is None and not self._stream.is_closed

    def how_closed(self) -> SocketClosed:
        """Return how it ended, as far as is known: by our own code, else by the peer's, else without."""
        if self._closed_with is not None:
            return SocketClosed(self._closed_with.code, self._closed_with.reason)
        reason = self._connection.closed
        if reason is None or reason.code == ABNORMAL:
            return SocketClosed(None)
        return SocketClosed(int(reason.code), reason.reason or "")

    def authenticated(self) -> None:
        """From now on the peer is somebody: the limits of strangers no longer hold."""
        limit_messages(self._connection, self._settings.message_bytes)
        self._lane.message_bytes = self._settings.message_bytes
        self._stream.budget_bytes = 2 * self._settings.message_bytes

    async def receive(self) -> list[bytes]:
        """Wait for a message; return it with all that are ready.

        What arrived before the peer's Close is still returned; after a Close of ours nothing is. Raises
        :exc:`SocketClosed` when there is nothing left. A checkpoint only when it has to wait. Cancelling it loses
        nothing.
        """
        messages = await self._inbox.take()
        if not messages:
            raise self.how_closed()
        return messages

    def handle_lone_messages(self, handler: Callable[[bytes], bool] | None) -> None:
        """Offer messages to ``handler`` where they are read, if they come alone while ``receive`` waits; None: no more.

        It does not wait, says whether it took the message, and what it raises :meth:`receive` raises.
        """
        self._inbox.handle_lone(handler)

    async def send(self, payload: bytes) -> None:
        """Write one message. Raises :exc:`SocketClosed` if it cannot be, or could not be in ``socket_write_seconds``.

        Cancelled while it waits for its turn, nothing was sent; cancelled later, the socket is cut, because half a
        frame makes garbage of all that follows. Notices a cancellation always, lets others run at least once in 64 KiB.
        """
        try:
            sent = await self._stream.send_if(self._may_send, binary_frame(payload))
        except PeerGone:
            sent = False
        if not sent:
            raise self.how_closed()

    def send_nowait(self, payload: bytes) -> bool:
        """Write one message without waiting, if the kernel has room and nobody else is writing.

        False: nothing was sent, use :meth:`send` (always so for a stream in memory). True: it is sent, or its rest is
        on its way before anything else. Raises :exc:`SocketClosed` if it cannot be sent at all.
        """
        if not self.is_open:
            raise self.how_closed()
        frame = binary_frame(payload)
        try:
            written = self._stream.send_nowait(frame)
        except PeerGone:
            raise self.how_closed() from None
        if 0 < written < len(frame):
            self._nursery.start_soon(self._stream.send_rest, frame, written)
        return written > 0

    async def close(self, code: int = NORMAL, reason: str = "") -> None:
        """Send Close, give the peer ``socket_close_seconds`` to answer, and close the connection whatever it does.

        Returns when the connection is closed. Shielded: a cancellation waits for it. Calling it again waits for the
        first call, whose code stands.
        """
        self._inbox.discard()
        with trio.move_on_after(self._settings.socket_close_seconds, shield=True) as deadline:
            if self._closing is None and self.is_open:
                self._closing = deadline
                self._closed_with = self._closed_with or SocketClosed(code, reason)
                await self._say_close(self._closed_with)
            else:  # somebody else is at it: an earlier call, the library's answer to a Close, the end of the reader
                await self._stream.wait_closed()
        if not self._stream.is_closed:
            self.kill()

    def kill(self) -> None:
        """Cut the connection now, without a word. The peer sees a reset, ``receive`` and ``send`` raise."""
        self._inbox.discard()
        self._stream.kill()

    def _may_send(self) -> bool:
        return self._connection.closed is None

    def _refuse_text(self) -> None:
        """Close in a task of its own: this is called by the reader, without which a Close is never answered."""
        self._closed_with = SocketClosed(POLICY_VIOLATION, "messages are binary here")
        self._nursery.start_soon(self.close)

    def _library_reads_on(self) -> bool:
        """Whether another read makes sense. After a message over the limit the library would read for ever."""
        return self._connection.closed is None or self._closing is not None

    async def _say_close(self, how: SocketClosed) -> None:
        try:
            await self._connection.aclose(how.code or NORMAL, how.reason)
        except CANNOT_WRITE as error:
            log.debug("close not sent", code=how.code, error=repr(error))

    async def _read(self, *, task_status: trio.TaskStatus[None]) -> None:
        """Run the library: shake hands, then parse until the end. Raises only if the handshake fails.

        What hostile bytes make the library raise is ended here; the peer then finds a closed connection. Once the
        handshake is done it is shielded, because nobody else could hear the peer's answer to a Close: it ends with the
        stream.
        """
        with trio.CancelScope() as scope:
            try:
                async with trio.open_nursery() as nursery:
                    await self._shake_hands(nursery)
                    scope.shield = True
                    task_status.started()
            except* Exception as failure:
                log.debug("reader ended", error=repr(failure.exceptions[0]))
            finally:
                self._inbox.end()
            if not scope.shield:
                raise SocketClosed(None, "no handshake")
            await self._stream.aclose()
        if self._closing is not None:
            self._closing.cancel()  # it may be waiting for an answer that nobody reads any more

    async def _shake_hands(self, nursery: trio.Nursery) -> None:
        with trio.fail_after(self._settings.handshake_seconds):
            request = await wrap_server_stream(
                nursery,
                self._lane,
                max_message_size=self._settings.message_bytes_unauthenticated,
                receive_buffer_size=None,
            )
            deliver_messages(request, self._inbox)
            self._connection = await request.accept()
            self._stream.reads_on = self._library_reads_on

    async def _keep_alive(self) -> None:
        """Ping now and then; cut the peer that does not answer, unless it is we who do not read."""
        count = 0
        while True:
            await trio.sleep(self._settings.ping_seconds)
            count += 1
            with trio.move_on_after(self._settings.ping_timeout_seconds) as patience:
                try:
                    await self._connection.ping(count.to_bytes(8, "big"))
                except CANNOT_WRITE:
                    return
                self._stream.forgive(HEARTBEAT_BYTES)
            if patience.cancelled_caught and not self._inbox.is_full:
                log.info("cut: no pong", seconds=self._settings.ping_timeout_seconds)
                self.kill()
                return


@asynccontextmanager
async def open_socket(stream: GuardedStream, settings: Settings) -> AsyncIterator[Socket]:
    """Accept the WebSocket whose handshake the stream holds; close it when the block is left.

    Raises :exc:`SocketClosed` if the handshake fails. Raised in the block, alone or in a group, the same exception is
    the ordinary end of a connection and goes no further. Unless it is closed already, the end of the block closes
    with 1000, an exception with 1011, a cancellation with 1012.
    """
    entered, code = False, NORMAL
    failure: BaseException | None = None
    try:
        async with trio.open_nursery() as nursery:
            socket = Socket(stream, settings, nursery)
            try:
                await nursery.start(socket._read)
                nursery.start_soon(socket._keep_alive)
                entered = True
                yield socket
            except BaseException as error:
                code = INTERNAL_ERROR if isinstance(error, Exception) else SERVICE_RESTART
                raise
            finally:
                if entered:
                    await socket.close(code)
                else:  # there may be a reader, cancelled too late to be without its shield: it ends with the stream
                    stream.kill()
                nursery.cancel_scope.cancel()
    except BaseExceptionGroup as group:  # of the block alone: the tasks beside it end without exceptions
        failure = _essence(group, ordinary=SocketClosed if entered else None)
    if failure is not None:
        raise failure


def _essence(group: BaseExceptionGroup, ordinary: type[Exception] | None) -> BaseException | None:
    """Return what is left of a nursery's group without what is ordinary, and without the group around only one."""
    rest: BaseExceptionGroup | None = group
    if ordinary is not None:
        rest = group.split(ordinary)[1]
    if rest is not None and len(rest.exceptions) == 1:
        return rest.exceptions[0]
    return rest
