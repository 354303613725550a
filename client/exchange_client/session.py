"""What is said on a connection and when, without any input or output: bytes to send come out, frames go in.

::

    OFFLINE ──hello──► SIGNING_IN ──Authenticated──► CATCHING_UP ──Ready──► RESTORING ──every Done──► LIVE
       ▲                                                                                               │
       └──────────────────────────────────────── dropped ──────────────────────────────────────────────┘

* CATCHING_UP takes what was missed as it comes, but a snapshot only when it is whole, so a bot never sees half a state.
* RESTORING gives the connection back the powers and the account that the last one had. Only then are unanswered
  requests sent again, in order and unchanged: none of them can be decided for the wrong account.
* A request keeps its id and its bytes for as long as it is unanswered, whatever happens to connections meanwhile.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from exchange_client.clock import ServerClock
from exchange_client.enums import RefusalCode
from exchange_client.outbox import Outbox, Request, encode
from exchange_client.progress import Progress
from exchange_client.replies import refused
from exchange_client.schema import client_pb2, server_pb2, types_pb2
from exchange_client.state import State

PROTOCOL_REVISION = 1
CLIENT_NAME = "exchange-client/0.1.0"
# Refusals of a sign-in that say "not now".
_NOT_NOW = frozenset({RefusalCode.PACE, RefusalCode.DRAINING, RefusalCode.INTERNAL, RefusalCode.TOO_MANY_WAITING})
# Messages beside the facts after which things look different.
_CHANGING = frozenset({"ready", "view_changed"})


class Phase(Enum):
    """How far a connection has come; see the module."""

    OFFLINE = auto()
    SIGNING_IN = auto()
    CATCHING_UP = auto()
    RESTORING = auto()
    LIVE = auto()


class ComeBackLater(Exception):
    """The exchange will have us, but not now; where it ``restarts``, the next one will."""

    def __init__(self, reason: str, seconds: float, *, restarts: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.seconds = seconds
        self.restarts = restarts


@dataclass
class Wanted:
    """What a connection has to be given back after a drop."""

    account_id: int = 0
    elevated: bool = False
    cancel_on_disconnect: bool = False


class Session:
    """One client as the exchange knows it, over all its connections. Nothing here suspends.

    ``receive`` raises :class:`Refused` when the exchange does not want us, :class:`ComeBackLater` when not now, and
    anything else when a frame makes no sense; the connection is of no more use then, and ``distrust`` says that the
    state is not either.
    """

    def __init__(
        self,
        state: State,
        outbox: Outbox,
        clock: ServerClock,
        monotonic: Callable[[], float],
        session_id: bytes,
        wanted: Wanted,
    ) -> None:
        self.phase = Phase.OFFLINE
        self.resumed = False
        self.reconnect_after: float | None = None
        self.draining = False
        self.key = ""
        self.wanted = wanted
        self._state = state
        self._outbox = outbox
        self._clock = clock
        self._monotonic = monotonic
        self._session_id = session_id
        self._progress = Progress()
        self._authenticated: server_pb2.Authenticated | None = None
        self._holding = False  # a snapshot is on its way
        self._held: list[server_pb2.ServerMessage] = []
        self._control: list[bytes] = []
        self._restoring: set[int] = set()
        self._covered = False  # the exchange knows that our orders end with us
        self._asked_at = 0.0
        self._ping_id = 0
        self._ping_sent_at = 0.0
        self._handlers: dict[str, Callable[[server_pb2.ServerMessage], None]] = {
            "authenticated": self._on_authenticated,
            "resumed": self._on_resumed,
            "ready": self._on_ready,
            "heartbeat": self._on_heartbeat,
            "server_notice": self._on_notice,
            "view_changed": self._on_view_changed,
            "refusal": self._on_refusal,
        }

    # Outwards.

    def hello(self, token: str) -> None:
        """Begins a connection: says who we are and how far we have seen."""
        message = client_pb2.Authenticate(
            token=token, session=self._session_id, client=CLIENT_NAME, protocol_revision=PROTOCOL_REVISION
        )
        if not self.wanted.elevated:
            message.act_as_account_id = self.wanted.account_id
        resume = self._progress.point()
        if resume is not None:
            message.resume.CopyFrom(resume)
        self._control = [encode(client_pb2.ClientMessage(authenticate=message))]
        self.phase = Phase.SIGNING_IN
        self._asked_at = self._monotonic()

    def outgoing(self) -> bytes:
        """The next frame to send, or nothing. What waits together goes together."""
        if self._control:
            data = b"".join(self._control)
            self._control.clear()
            return data
        if self.phase is not Phase.LIVE or self.draining:
            return b""
        limits = self._state.limits
        return self._outbox.take(limits.message_bytes, limits.requests_waiting)

    def submit(self, message: client_pb2.ClientMessage) -> Request:
        """Takes a request; it is sent as soon as the connection is live."""
        return self._outbox.submit(message, self._state.limits.message_bytes)

    @property
    def wants_to_send(self) -> bool:
        """Whether there may be something for ``outgoing`` to give."""
        return bool(self._control) or (self.phase is Phase.LIVE and self._outbox.has_unsent)

    @property
    def ping_age(self) -> float:
        """Seconds for which a ping has not been answered; 0 when none is on its way."""
        return self._monotonic() - self._ping_sent_at if self._ping_id else 0.0

    def ping(self) -> None:
        """Asks for a sign of life, unless that was asked already."""
        if self.phase is not Phase.LIVE or self._ping_id:
            return
        self._ping_id = self._outbox.next_id()
        self._ping_sent_at = self._monotonic()
        self._control.append(encode(client_pb2.ClientMessage(request_id=self._ping_id, ping=client_pb2.Ping())))

    def dropped(self) -> None:
        """The connection is gone: what is unanswered waits for the next one."""
        self.phase = Phase.OFFLINE
        self.draining = False
        self._authenticated = None
        self._hold(False)
        self._control.clear()
        self._restoring.clear()
        self._ping_id = 0
        self._outbox.requeue()
        self._progress.stop()

    def distrust(self) -> None:
        """The state may be wrong: the next connection asks for a snapshot."""
        self._progress.distrust()

    # Inwards.

    def receive(self, frame: server_pb2.ServerFrame) -> None:
        """Takes a whole frame in: state first, then whoever waited for it."""
        with self._state.guard:
            self._receive(frame)

    def _receive(self, frame: server_pb2.ServerFrame) -> None:
        apply = self._state.apply
        changed = False
        for message in frame.messages:
            if message.request_id:
                self._on_reply(message)
            elif self._holding and self._is_held(message):
                self._held.append(message)
            else:
                kind = apply(message)
                if kind is None:
                    changed = True
                elif kind in self._handlers:
                    self._handlers[kind](message)
                    changed = changed or kind in _CHANGING
        through = frame.complete_through
        if through:
            self._progress.complete(through, frame.complete_time)
        elif changed:
            self._progress.ahead = True
        if changed:
            if through and self.phase is Phase.LIVE:
                self._clock.arrived(frame.complete_time)
            hub = self._state.hub
            hub.version += 1
            hub.wake()

    def _hold(self, holding: bool) -> None:
        self._holding = holding
        self._held.clear()

    def _is_held(self, message: server_pb2.ServerMessage) -> bool:
        return message.WhichOneof("message") not in self._handlers

    def _on_authenticated(self, message: server_pb2.ServerMessage) -> None:
        said = message.authenticated
        self._authenticated = said
        self.key = said.key or self.key
        self._clock.restart()
        self._clock.round_trip(self._asked_at, said.server_time)
        if not said.session_known:
            self._covered = False
        self.reconnect_after = None
        self.resumed = False
        self._progress.begin(said.exchange_id, said.view)
        self.phase = Phase.CATCHING_UP
        self._hold(True)

    def _on_resumed(self, _: server_pb2.ServerMessage) -> None:
        assert self._authenticated is not None
        self.resumed = True
        self._hold(False)
        self._progress.follow(resumed=True)
        self._state.identify(self._authenticated)

    def _on_ready(self, _: server_pb2.ServerMessage) -> None:
        assert self._authenticated is not None
        if not self.resumed:
            self._progress.distrust()  # from here on the state is no longer the old one
            self._state.identify(self._authenticated)
            for held in self._held:
                self._state.apply(held)
            self._hold(False)
            self._progress.follow(resumed=False)
        self.phase = Phase.RESTORING
        self._restore()

    def _restore(self) -> None:
        wanted, state = self.wanted, self._state
        if not wanted.account_id:
            wanted.account_id = state.account_id
        if wanted.elevated:
            self._ask(client_pb2.ClientMessage(set_elevated=client_pb2.SetElevated(elevated=True)))
        if wanted.account_id != state.account_id:
            self._ask(client_pb2.ClientMessage(act_as=client_pb2.ActAs(account_id=wanted.account_id)))
        if wanted.cancel_on_disconnect and not self._covered:
            request = client_pb2.SetCancelOnDisconnect(enabled=True)
            self._ask(client_pb2.ClientMessage(set_cancel_on_disconnect=request))
        self._become_live()

    def _ask(self, message: client_pb2.ClientMessage) -> None:
        message.request_id = self._outbox.next_id()
        self._restoring.add(message.request_id)
        self._control.append(encode(message))

    def _become_live(self) -> None:
        if not self._restoring:
            self._covered = self.wanted.cancel_on_disconnect
            self.phase = Phase.LIVE
            self.ping()

    def _on_reply(self, message: server_pb2.ServerMessage) -> None:
        request_id = message.request_id
        if request_id == self._ping_id:
            self._ping_id = 0
            self._clock.round_trip(self._ping_sent_at, message.pong.server_time)
        elif request_id in self._restoring:
            if message.HasField("refusal"):
                self.distrust()  # the rest of this frame will not be applied
                self._on_sign_in_refused(message)
            self._restoring.discard(request_id)
            self._become_live()
        elif message.HasField("refusal") and message.refusal.code == types_pb2.REFUSAL_CODE_DRAINING:
            self.draining = True  # not an answer: it is asked again on the next connection
        else:
            self._outbox.answer(message)

    def _on_refusal(self, message: server_pb2.ServerMessage) -> None:
        if self.phase is not Phase.LIVE:
            self._on_sign_in_refused(message)

    def _on_sign_in_refused(self, message: server_pb2.ServerMessage) -> None:
        error = refused(message.refusal)
        if error.code in _NOT_NOW:
            restarts = error.code is RefusalCode.DRAINING
            raise ComeBackLater(str(error), error.retry_after or 0.0, restarts=restarts)
        raise error

    def _on_heartbeat(self, message: server_pb2.ServerMessage) -> None:
        self._clock.arrived(message.heartbeat.server_time)

    def _on_notice(self, message: server_pb2.ServerMessage) -> None:
        self.reconnect_after = message.server_notice.reconnect_after_ms / 1000
        self.draining = True

    def _on_view_changed(self, message: server_pb2.ServerMessage) -> None:
        changed = message.view_changed
        self._state.change_view(
            changed.account_id, changed.elevated, changed.owned_account_ids, changed.gone_market_ids
        )
        self._progress.see(changed.view)
        if self.phase is Phase.LIVE:
            self.wanted.account_id = changed.account_id
            self.wanted.elevated = changed.elevated
