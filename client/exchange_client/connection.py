"""The life of a client's connections, one after the other, until the block is left or the exchange hangs up for good.

Each connection has three tasks: the reader takes frames in and applies each whole, without a pause in it; the writer
is the only one that sends; the prober asks for a sign of life, because a half-open connection may still bring news
while nothing of ours arrives. Whatever goes wrong in one connection stays in it: the next one is tried with back-off.
"""

import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

import trio
from trio_websocket import ConnectionClosed, ConnectionRejected, WebSocketConnection, wrap_client_stream

from exchange_client.back_off import BackOff
from exchange_client.dialing import Address, WatchedStream
from exchange_client.enums import ConnectionState
from exchange_client.errors import ConnectionEnded, Idle, Refused, Replaced, TokenExpired
from exchange_client.interrupts import CalmNursery
from exchange_client.schema.server_pb2 import ServerFrame
from exchange_client.session import ComeBackLater, Phase, Session
from exchange_client.streams import Signal
from exchange_client.values import ConnectionEvent

DIAL_SECONDS = 10.0  # for the socket, and again for the handshake; a slow network needs less
MUTE_SECONDS = 15.0  # the exchange says something every 5 s, so three were lost
PROBE_SECONDS = 20.0  # between pings, and for an answer to one: longer than silence may last
FRAME_BYTES_MAX = 64 * 1024 * 1024  # frames are at most 256 KiB as a rule; one fact may be longer
FRAMES_QUEUED = 64  # taken from the socket before the reader has its turn, so that pings are answered meanwhile

_RESTARTS = frozenset({1001, 1012})
_FINAL: dict[int, type[ConnectionEnded]] = {
    1000: ConnectionEnded,
    1008: ConnectionEnded,
    1009: ConnectionEnded,
    4001: TokenExpired,
    4002: Idle,
    4004: Replaced,
}
_SENTENCES = {
    1000: "the exchange said goodbye",
    1001: "the exchange is going away",
    1006: "the connection broke",
    1008: "the exchange does not accept this client",
    1009: "the exchange does not take messages of that size",
    1011: "the exchange met a bug",
    1012: "the exchange restarts",
    1013: "the exchange is overloaded",
    4001: "the token has expired",
    4002: "the exchange ended a connection that was not used",
    4003: "this client reads too slowly",
    4004: "another connection took over this client's session",
}

logger = logging.getLogger("exchange_client")

Token = str | Callable[[], Awaitable[str]]
OpenStream = Callable[[], Awaitable[trio.abc.Stream]]


@dataclass
class Ending:
    """How a connection ended.

    ``error`` says that there will be no other, ``after`` asks to wait so many seconds, ``restarts`` says that the
    exchange is about to be back.
    """

    reason: str
    close_code: int | None = None
    error: Exception | None = None
    after: float = 0.0
    restarts: bool = False


class Connections:
    """Makes connections for a session and keeps one up. ``on_event`` hears of every change, synchronously."""

    def __init__(
        self,
        session: Session,
        address: Address,
        open_stream: OpenStream,
        token: Token,
        random_source: random.Random,
        on_event: Callable[[ConnectionEvent], None],
    ) -> None:
        self.signal = Signal()
        self.was_live = trio.Event()
        self.last_reason = ""
        self._session = session
        self._address = address
        self._open_stream = open_stream
        self._token = token
        self._back_off = BackOff(random_source)
        self._on_event = on_event
        self._live_since: float | None = None
        self._closing = trio.Event()
        self._cut = ""

    def close(self) -> None:
        """Says goodbye once everything that waits to be sent is out; ``run`` returns then."""
        self._closing.set()
        self.signal.set()

    async def run(self) -> None:
        """Keeps a connection up. Raises what ends the client; returns after :meth:`close`."""
        while True:
            ending = await self._live_once()
            self._session.dropped()
            self.last_reason = ending.reason
            if self._closing.is_set():
                return
            if ending.error is not None:
                raise ending.error
            delay = self._delay(ending)
            logger.info("connection lost (%s); next attempt in %.1f s", ending.reason, delay)
            self._on_event(ConnectionEvent(ConnectionState.LOST, ending.reason, ending.close_code, delay))
            with trio.move_on_after(delay):
                await self._closing.wait()
                return

    def _delay(self, ending: Ending) -> float:
        """Seconds until the next attempt."""
        now = trio.current_time()
        was_live = 0.0 if self._live_since is None else now - self._live_since
        self._live_since = None
        asked = self._session.reconnect_after
        self._session.reconnect_after = None
        restarts = ending.restarts or asked is not None or ending.close_code in _RESTARTS
        return self._back_off.wait(now, was_live=was_live, restarts=restarts, asked=max(asked or 0.0, ending.after))

    def use_token(self, token: str) -> None:
        """Signs in with another token from now on; one that is fetched for each connection stays what it is."""
        if isinstance(self._token, str):
            self._token = token

    async def _token_now(self) -> str:
        """A key that an invitation became takes its place: the invitation works once."""
        if self._session.key:
            return self._session.key
        return self._token if isinstance(self._token, str) else await self._token()

    async def _live_once(self) -> Ending:
        """One connection from dialling to its end."""
        token = await self._token_now()
        try:
            with trio.fail_after(DIAL_SECONDS):
                stream = await self._open_stream()
        except trio.TooSlowError:
            return Ending("the exchange cannot be reached: no answer")
        except (OSError, trio.BrokenResourceError) as error:
            return Ending(f"the exchange cannot be reached: {error}")
        try:
            return await self._converse(stream, token)
        except BaseExceptionGroup as group:  # the one place that survives whatever a peer makes the libraries do
            broken, others = group.split(Exception)
            if others is not None:
                raise others from None
            assert broken is not None
            return Ending(_sentence(broken))
        finally:
            await trio.aclose_forcefully(stream)

    async def _converse(self, stream: trio.abc.Stream, token: str) -> Ending:
        async with trio.open_nursery() as nursery:
            calm = CalmNursery(nursery)
            socket = await self._shake_hands(calm, stream)
            if socket is None:
                nursery.cancel_scope.cancel()
                return Ending("the exchange hung up during the handshake")
            self._cut = "the exchange fell silent"
            self._session.hello(token)
            reading = trio.CancelScope()
            calm.start_soon(self._write, socket)
            calm.start_soon(self._probe, reading)
            ending = await self._read(socket, reading)
            nursery.cancel_scope.cancel()
        return ending

    async def _shake_hands(self, nursery: CalmNursery, stream: trio.abc.Stream) -> WebSocketConnection | None:
        """Opens the WebSocket; None when the other side hung up before that. Its reader runs in ``nursery``."""
        handshake = trio.CancelScope()
        watched = WatchedStream(stream, handshake.cancel)
        with trio.fail_after(DIAL_SECONDS), handshake:
            return await wrap_client_stream(
                cast(trio.Nursery, nursery),  # it starts its reader in it and asks for nothing more
                cast(trio.SocketStream, watched),  # any stream will do
                self._address.host_header,
                self._address.resource,
                message_queue_size=FRAMES_QUEUED,
                max_message_size=FRAME_BYTES_MAX,
                receive_buffer_size=None,
            )
        return None

    async def _read(self, socket: WebSocketConnection, reading: trio.CancelScope) -> Ending:
        try:
            with reading:
                while True:
                    reading.deadline = trio.current_time() + MUTE_SECONDS
                    message = await socket.get_message()
                    ending = self._take_in(message)
                    if ending is not None:
                        return ending
        except ConnectionClosed as closed:
            return self._hung_up(closed)
        return Ending(self._cut)

    def _take_in(self, message: str | bytes) -> Ending | None:
        """One frame; a bad one costs the connection and the trust in what is known, but not the client."""
        phase = self._session.phase
        try:
            self._session.receive(ServerFrame.FromString(message))  # type: ignore[arg-type]
        except Refused as refusal:
            return Ending(str(refusal), error=refusal)
        except ComeBackLater as later:
            return Ending(later.reason, after=later.seconds, restarts=later.restarts)
        except Exception:
            logger.exception("a frame of the exchange made no sense; starting from a snapshot")
            self._session.distrust()
            return Ending("a frame made no sense")
        if self._session.phase is not phase:
            self._phase_changed()
        if self._session.wants_to_send:
            self.signal.set()
        return None

    def _phase_changed(self) -> None:
        if self._session.phase is Phase.LIVE:
            self._live_since = trio.current_time()
            self.was_live.set()
            self._on_event(ConnectionEvent(ConnectionState.LIVE, resumed=self._session.resumed))
        elif self._session.phase is Phase.CATCHING_UP and self.was_live.is_set():
            self._on_event(ConnectionEvent(ConnectionState.RESUMING))

    def _hung_up(self, closed: ConnectionClosed) -> Ending:
        code = int(closed.reason.code) if closed.reason is not None else 1006
        said = closed.reason.reason if closed.reason is not None else None
        reason = said or _SENTENCES.get(code, f"the exchange hung up with close code {code}")
        kind = _FINAL.get(code)
        if kind is None or (kind is TokenExpired and callable(self._token) and not self._session.key):
            return Ending(reason, code)
        return Ending(reason, code, error=kind(reason, code))

    async def _write(self, socket: WebSocketConnection) -> None:
        try:
            while True:
                frame = self._session.outgoing()
                if frame:
                    await socket.send_message(frame)
                elif self._closing.is_set():
                    await socket.aclose(1000)
                    return
                else:
                    await self.signal.wait()
        except ConnectionClosed:
            return  # the reader knows why

    async def _probe(self, reading: trio.CancelScope) -> None:
        while True:
            await trio.sleep(PROBE_SECONDS)
            if self._session.ping_age >= PROBE_SECONDS:
                self._cut = "the exchange does not hear this client any more"
                reading.cancel()
                return
            self._session.ping()
            self.signal.set()


def _sentence(broken: BaseExceptionGroup[Exception]) -> str:
    """The first of several failures, in words."""
    error: BaseException = broken
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, ConnectionRejected):
        return f"the exchange rejected the connection with HTTP status {error.status_code}"
    if isinstance(error, trio.TooSlowError):
        return "the exchange did not answer the handshake in time"
    return f"the connection failed: {error!r}"
