"""One client, from its first message to its last.

    sign in      the first message names a user; the session's former connection is closed first
    catch up     a snapshot, or what was missed: paged straight to the socket, with backpressure
    live         attached to the feed; two tasks: one reads requests, one writes what the socket did not take at once
    end          by the peer, by a code of ours, or by a drain

A connection never waits inside another task for an answer: replies come back through the outbox, after their commit.
It waits for its own requests to be *decided* where order demands it, and for *replies* when too many are missing.
"""

import structlog
import trio

from exchange.core.commands import Actor
from exchange.core.lens import View
from exchange.net.audiences import Subscriber
from exchange.net.identity import Authenticator
from exchange.net.outbox import Outbox
from exchange.net.socket import Socket, SocketClosed
from exchange.tasks.catch_up import attach
from exchange.tasks.context import Context
from exchange.tasks.credentials import NOBODY
from exchange.tasks.intake import Intake
from exchange.tasks.memory import Session
from exchange.tasks.queries import Queries
from exchange.tasks.sign_in import SignedIn, sign_in
from exchange.wire.replies import encode_restart_notice

log = structlog.get_logger(__name__)

REPLACED = 4004
TOO_SLOW = 4003
RESTART = 1012


class Connection:
    """A signed-in client's half of the conversation that is ours. See :mod:`exchange.tasks.requests`."""

    def __init__(
        self,
        context: Context,
        socket: Socket,
        authenticator: Authenticator,
        *,
        address: str | None = None,
        from_loopback: bool,
    ) -> None:
        settings = context.settings
        self.context = context
        self.socket = socket
        self.authenticator = authenticator
        self.address = address
        self.from_loopback = from_loopback
        self.cut_off = False
        self.displaced = False
        """Whether it acts as another account than it asked for, because that one is its user's no more."""
        self.gone = trio.Event()
        self.outbox = Outbox(settings.outbox_bytes, settings.frame_bytes, self._overflowed)
        self.actor = Actor(0, 0)
        self.login = NOBODY
        self.session: Session | None = None
        self.session_key: tuple[int, bytes] | None = None
        nothing = View(0, 0, False, frozenset(), None)
        self.subscriber = Subscriber(nothing, self.outbox, socket, self._lose)
        self.waiting = 0
        self.asked = True  # for something but pings, since idleness was last looked at
        self.quiet_since = 0.0
        self._undecided = 0
        self._progress = trio.lowlevel.ParkingLot()
        self._watching = 0  # at least as many as are parked there
        self._scope = trio.CancelScope()
        self._reading = trio.CancelScope()
        self._live = False
        self._close_with: tuple[int, str] | None = None

    async def run(self) -> None:
        """Serves the client until one side ends it; never raises for what a client can cause."""
        self.context.connections.add(self)
        try:
            with self._scope:
                signed_in = await sign_in(self)
                if signed_in is not None:
                    await self._serve(signed_in)
        except* SocketClosed:
            log.debug("client left", code=self.socket.how_closed().code)
        finally:
            self._leave()
            ended_by = "none" if self._close_with is None else str(self._close_with[0])
            self.context.metrics.connections_ended[ended_by] += 1
            if self._close_with is not None:
                await self.socket.close(*self._close_with)
            self.gone.set()

    async def _serve(self, signed_in: SignedIn) -> None:
        with trio.move_on_after(self.context.settings.catch_up_seconds) as patience:
            await attach(self, signed_in)
        if patience.cancelled_caught:
            self.end(TOO_SLOW, "too slow to catch up")
            return
        self._live = True
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._write)
            with self._reading:
                intake = Intake(self, Queries(self, nursery))
                await intake.run(signed_in.first_messages, signed_in.first_payloads)
            await self._flush_and_end()
            nursery.cancel_scope.cancel()

    async def _write(self) -> None:
        while True:
            frame = await self.outbox.take()
            await self.socket.send(frame)
            self.outbox.taken()

    async def _flush_and_end(self) -> None:
        """After reading was stopped by a drain: every accepted request is answered and every answer is sent."""
        settings = self.context.settings
        with trio.move_on_after(settings.drain_answer_seconds):
            while self.waiting:
                await self._progressed()
        with trio.move_on_after(settings.drain_close_seconds):
            await self.outbox.wait_empty()

    def _leave(self) -> None:
        context = self.context
        context.connections.discard(self)
        context.publisher.audiences.remove(self.subscriber)
        if self.session_key is not None and context.by_session.get(self.session_key) is self:
            del context.by_session[self.session_key]
            session = context.sessions.find(*self.session_key)  # of a former connection, if it ends while signing in
            if session is not None:
                context.absences.begin(session.number, self)
        if self.login.key_id:
            context.live_keys.discard(self.login.key_id, self)

    @property
    def is_ending(self) -> bool:
        """Whether nothing that comes from now on is taken up any more."""
        return self.cut_off or self._close_with is not None

    def end(self, code: int, reason: str) -> None:
        """Ends the connection at once with this code; what waits to be sent is lost. May be called repeatedly."""
        if self._close_with is None:
            self._close_with = (code, reason)
        self._scope.cancel()

    def _overflowed(self) -> None:
        self.context.metrics.outbox_overflows += 1
        self.end(TOO_SLOW, "too slow")

    def replace(self) -> None:
        """A newer connection of the session takes over: what is undecided here is dropped and will come again."""
        self.cut()
        self.end(REPLACED, "replaced by a newer connection of the same session")

    def cut(self) -> None:
        """From here on nothing more that was asked here is decided; who may end it says when."""
        self.cut_off = True
        if self.session is not None:
            self.session.drop_undecided()

    def drain(self, notice: bytes) -> None:
        """Tells the client to come back later, stops reading, and ends once everything accepted is answered."""
        if not self._live:
            self.end(RESTART, "the server restarts")
            return
        self._close_with = (RESTART, "the server restarts")
        self.outbox.put(notice)
        self.context.publisher.flush(self.subscriber)
        self._reading.cancel()

    def _lose(self, account_id: int) -> View:
        """The user owns an account no more: whoever acted as it acts as their own again, once they have said so."""
        view = self.subscriber.view
        home = self.context.engine.state.users[view.user_id].account_id
        if self.actor.account_id == account_id:
            self.actor = self.actor._replace(account_id=home)
            self.displaced = True
        acting = home if view.account_id == account_id else view.account_id
        return view._replace(account_id=acting, accounts=view.accounts - {account_id})

    # What the tasks that decide and publish call. Never suspends.

    def accepted(self) -> None:
        """One more request is on its way."""
        self._undecided += 1
        self.waiting += 1

    @property
    def undecided(self) -> bool:
        """Whether some of its requests are still to be decided."""
        return self._undecided > 0

    def withdrawn(self) -> None:
        """The last one did not get there after all."""
        self._undecided -= 1
        self.waiting -= 1

    def decided(self) -> None:
        """One of its requests has been decided."""
        self._undecided -= 1
        if not self._undecided and self._watching:
            self._progress.unpark_all()

    def reply(self, payload: bytes) -> None:
        """A reply may leave now."""
        self.waiting -= 1
        self.outbox.put(payload)
        if self._watching:
            self._progress.unpark_all()

    async def all_decided(self) -> None:
        """Waits until every request so far is decided. A checkpoint only when it has to wait."""
        while self._undecided:
            await self._progressed()

    async def room_for_request(self) -> None:
        """Waits until fewer replies are missing than may be. A checkpoint only when it has to wait."""
        while self.waiting >= self.context.settings.requests_waiting_per_connection:
            await self._progressed()

    async def _progressed(self) -> None:
        self._watching += 1
        try:
            await self._progress.park()
        finally:
            self._watching -= 1


def restart_notice(context: Context) -> bytes:
    """What a client is told when a drain begins.

    Everybody is asked for another moment, over as long as it will take to let all of them in again; the jitter that
    clients add themselves knows nothing of how many they are.
    """
    settings, environment = context.settings, context.environment
    pace = settings.sign_ins_per_second
    spread = len(context.connections) / pace if pace else 0.0
    wait = settings.reconnect_after_seconds + environment.random.uniform(0.0, spread)
    deadline = settings.drain_answer_seconds + settings.drain_close_seconds
    return encode_restart_notice(int(wait * 1_000), environment.wall_clock_ns() + int(deadline * 1e9))
