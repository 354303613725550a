"""One accepted connection's bytes, guarded: nothing endless comes in, nothing torn goes out.

Reading counts the bytes since the last whole message and cuts the connection beyond a budget, because the layers above
keep what they have not finished: two million empty continuation frames pass under any limit on a message's size.

Writing takes turns, whoever writes (trio-websocket's pongs, our ready frames), and a write that does not finish, be it
failed, cancelled or too slow, is the last: the connection is reset, so that nothing can follow a torn frame and be
taken for its payload.
"""

import os
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import suppress

import structlog
import trio

from exchange.settings import Settings

log = structlog.get_logger(__name__)

Data = bytes | bytearray | memoryview

# A file descriptor can be written to without a trip through the scheduler, except where sockets are no files.
SOCKETS_ARE_FILES = sys.platform != "win32"
# Writes that never had to wait still let the others run once in so many bytes.
BYTES_BETWEEN_PAUSES = 65_536
RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # struct linger: on, 0 s


# What a trio stream raises when it is gone, whoever closed it.
GONE = (trio.BrokenResourceError, trio.ClosedResourceError)


class PeerGone(trio.BrokenResourceError):
    """This connection is over: hung up, reset, cut, closed. Nobody's bug."""


class GuardedStream(trio.abc.Stream):
    """The stream of one accepted connection, owned by us whoever is given it to use.

    ``budget_bytes`` is how much may arrive without a whole message; raise it after sign-in. ``reads_on`` is asked
    before each read, and its No reads as the end. ``address`` and ``connection_id`` say whose it is, for limits and
    logs.
    """

    def __init__(
        self, stream: trio.abc.Stream, settings: Settings, *, address: str | None = None, connection_id: int = 0
    ) -> None:
        self.address = address
        self.connection_id = connection_id
        self.budget_bytes = 2 * max(settings.message_bytes_unauthenticated, settings.http_header_bytes)
        self.reads_on: Callable[[], bool] = _always
        self._stream = stream
        self._settings = settings
        self._unread = b""
        self._unfinished_bytes = 0
        self._receiving = False
        self._turn = trio.Semaphore(1, max_value=1)
        self._bytes_since_pause = 0
        self._saying_goodbye = False
        self._closed = trio.Event()
        self._close_stream = _closer(stream)
        self._socket: trio.socket.SocketType | None = None
        if isinstance(stream, trio.SocketStream):
            self._socket = stream.socket
            with suppress(OSError):  # the peer may be gone already
                stream.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, settings.socket_send_bytes)

    # Reading.

    def unread(self, data: bytes) -> None:
        """Put bytes back: the next ``receive_some`` returns them first."""
        self._unread = data + self._unread

    @property
    def has_unread(self) -> bool:
        return bool(self._unread)

    def whole_message(self) -> None:
        """Note that what has arrived so far is complete: a new budget begins."""
        self._unfinished_bytes = 0

    def forgive(self, size_bytes: int) -> None:
        """Let so much more arrive: something did that was asked for."""
        self._unfinished_bytes = max(0, self._unfinished_bytes - size_bytes)

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """Return what has arrived, ``b""`` at the end. Cancelling loses nothing.

        Never reads past the budget, so that a peer whose next message fits is never cut by what follows it. Raises
        :exc:`PeerGone`, also when the budget is used up; the connection is then closed by force.
        """
        if self._unread or not self.reads_on():
            await trio.lowlevel.checkpoint()
            data, self._unread = self._unread[:max_bytes], self._unread[max_bytes or len(self._unread) :]
            return data
        allowance = self.budget_bytes - self._unfinished_bytes
        if allowance <= 0:
            log.info("cut: too much without a whole message", size_bytes=self._unfinished_bytes)
            self.kill()
            raise PeerGone("too much arrived without a whole message")
        self._receiving = True
        try:
            received = await self._read(min(allowance, max_bytes or self._settings.socket_read_bytes))
        except GONE as error:
            raise PeerGone(str(error)) from error
        finally:
            self._receiving = False
        self._unfinished_bytes += len(received)
        return received

    async def _read(self, bytes_max: int) -> bytes:
        """Waits first and reads then: the other way round the kernel is asked in vain before nearly every wait."""
        if self._socket is None or not SOCKETS_ARE_FILES:
            return bytes(await self._stream.receive_some(bytes_max))
        while True:
            if self._closed.is_set():
                raise PeerGone("this connection was closed")
            await trio.lowlevel.wait_readable(self._socket)
            try:
                return os.read(self._socket.fileno(), bytes_max)
            except BlockingIOError:
                pass
            except OSError as error:
                raise PeerGone(str(error)) from error

    # Writing.

    async def send_all(self, data: Data) -> None:
        """Write everything, after the writes before it.

        Cancelled while it waits for its turn, it has written nothing. Cancelled, failing or taking longer than
        ``socket_write_seconds`` after that, it resets the connection; the last two raise :exc:`PeerGone`.
        """
        await self.send_if(_always, data)

    async def send_if(self, wanted: Callable[[], bool], data: Data) -> bool:
        """Like :meth:`send_all`, but ask when the turn has come whether to write at all; return the answer."""
        await trio.lowlevel.checkpoint_if_cancelled()
        try:
            self._turn.acquire_nowait()
        except trio.WouldBlock:
            await self._turn.acquire()
        if not wanted():
            self._turn.release()
            return False
        try:
            await self._write_rest(data, self._write_at_once(data))
        finally:
            self._turn.release()
        return True

    def send_nowait(self, data: Data) -> int:
        """Write what the kernel takes at once and return how much that is.

        0 if others are writing or the kernel is full. Unless that is 0 or everything, the turn is kept and the caller
        must have :meth:`send_rest` run, come what may.
        """
        try:
            self._turn.acquire_nowait()
        except trio.WouldBlock:
            return 0
        written = 0
        try:
            written = self._write_at_once(data)
        finally:
            if not 0 < written < len(data):
                self._turn.release()
        return written

    async def send_rest(self, data: Data, written: int) -> None:
        """Finish what :meth:`send_nowait` began, under the same rules as :meth:`send_all`. Raises nothing if it fails.

        Cancelling it resets the connection.
        """
        try:
            with suppress(PeerGone):
                await self._write_rest(data, written)
        finally:
            self._turn.release()

    def _write_at_once(self, data: Data) -> int:
        if self._closed.is_set():
            raise PeerGone("this connection was closed")
        if self._socket is None or not SOCKETS_ARE_FILES:
            return 0
        try:
            return os.write(self._socket.fileno(), data)
        except BlockingIOError:
            return 0
        except OSError as error:
            self.kill()
            raise PeerGone(str(error)) from error

    async def _write_rest(self, data: Data, written: int) -> None:
        if written == len(data) and written:
            self._bytes_since_pause += written
            if self._bytes_since_pause > BYTES_BETWEEN_PAUSES:
                self._bytes_since_pause = 0
                await trio.lowlevel.cancel_shielded_checkpoint()
            return
        self._bytes_since_pause = 0
        finished = False
        try:
            with trio.move_on_after(self._settings.socket_write_seconds):
                await self._stream.send_all(memoryview(data)[written:])
                finished = True
        except GONE as error:
            raise PeerGone(str(error)) from error
        finally:
            if not finished:
                self.kill()
        if not finished:
            log.info("cut: does not read", seconds=self._settings.socket_write_seconds)
            raise PeerGone("the peer does not read")

    async def wait_send_all_might_not_block(self) -> None:
        """Wait until a write might go through at once. Cancelling it changes nothing."""
        async with self._turn:
            await self._stream.wait_send_all_might_not_block()

    # Ending.

    @property
    def is_closed(self) -> bool:
        return self._closed.is_set()

    async def wait_closed(self) -> None:
        await self._closed.wait()

    def hang_up(self, last_words: bytes) -> None:
        """Close now, after writing what the kernel takes of ``last_words`` at once."""
        with suppress(PeerGone):
            self.send_nowait(last_words)
        self._close_now()

    def kill(self) -> None:
        """Close by force, now: a reset, so that no kernel keeps on serving a peer that does not listen."""
        if self._socket is not None and not self._closed.is_set():
            with suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self._close_now()

    async def aclose(self) -> None:
        """Close in good order: say that nothing more comes, wait for the peer to say so too, close.

        Closing with bytes unread would reset the connection, and the peer would lose what was written last: the Close
        frame with its code, the answer with its status. What still arrives is dropped, for ``socket_close_seconds``
        at most. Cancelling closes at once. A second caller waits for the first.
        """
        first, self._saying_goodbye = not self._saying_goodbye, True
        try:
            if first:
                with trio.move_on_after(self._settings.socket_close_seconds):
                    await self._say_goodbye()
            else:
                await self._closed.wait()
        finally:
            self._close_now()

    async def _say_goodbye(self) -> None:
        await trio.lowlevel.checkpoint()
        if self._receiving or self._closed.is_set():
            return
        with suppress(*GONE):
            async with self._turn:
                if isinstance(self._stream, trio.abc.HalfCloseableStream):
                    await self._stream.send_eof()
            while await self._stream.receive_some(self._settings.socket_read_bytes):
                pass

    def _close_now(self) -> None:
        if not self._closed.is_set():
            self._closed.set()
            self._close_stream()


def _always() -> bool:
    return True


def _closer(stream: trio.abc.AsyncResource) -> Callable[[], None]:
    """Return the function that closes ``stream`` without waiting; the streams that have none cannot be guarded."""
    if isinstance(stream, trio.SocketStream):
        return stream.socket.close
    if isinstance(stream, trio.StapledStream):
        close_sending, close_receiving = _closer(stream.send_stream), _closer(stream.receive_stream)

        def close_both() -> None:
            close_sending()
            close_receiving()

        return close_both
    close = getattr(stream, "close", None)
    if close is None:
        raise TypeError(f"{type(stream).__name__} has no way to be closed by force")
    return close  # type: ignore[no-any-return]
