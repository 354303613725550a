"""Listens to clients of the library where their sessions meet their sockets."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import exchange_client.client
from exchange_client import ConnectionEvent, Exchange
from exchange_client.schema import client_pb2, server_pb2
from exchange_client.session import Phase, Session
from tests.sim.requests import code_of, kind_of
from tests.sim.witness import Conversation
from tests.sim.world import World

_listening: ContextVar["Tap"] = ContextVar("listening")


class Tap:
    """One client. ``sequence`` is what its state holds, completely."""

    _session: "TappedSession"

    def __init__(self, name: str, world: World) -> None:
        self.name = name
        self.world = world
        self.conversation: Conversation
        self._had_point = False

    def listen(self) -> None:
        """To the next client that this task makes."""
        _listening.set(self)

    def began(self, session: "TappedSession", session_id: bytes) -> None:
        self._session = session
        self.conversation = Conversation(self.name, session_id, self.world.witness)

    def entered(self, exchange: Exchange) -> None:
        """The client is live for the first time."""
        log: Any = exchange._log
        log.listeners.append(self)

    @property
    def is_live(self) -> bool:
        """Whether the client says that what it knows is true."""
        return self._session.phase is Phase.LIVE

    @property
    def sequence(self) -> int:
        return self._session._progress._sequence if self.is_live else 0

    def connects(self) -> None:
        self.conversation.connects()
        self._had_point = self._session._progress.point() is not None

    def says(self, data: bytes) -> None:
        for message in client_pb2.ClientFrame.FromString(data).messages:
            self.conversation.says(message)

    def hears(self, frame: server_pb2.ServerFrame) -> None:
        coverage = self.world.coverage
        try:
            self.conversation.hears(frame)
        except AssertionError as error:  # the client would take it for a frame that makes no sense
            self.world.problems.append(str(error))
        for message in frame.messages:
            kind = kind_of(message)
            coverage.recovered("a drain told clients to come back", kind == "server_notice")
            if kind == "snapshot" and message.snapshot.first and self._had_point:
                coverage.recovered("resume answered with a snapshot")
                self._had_point = False
            elif kind == "refusal" and not message.request_id:
                coverage.refused(code_of(message))
            elif kind == "refusal" and "is no longer yours" in message.refusal.message:
                coverage.recovered("somebody acted as an account that was taken away")

    def heard(self, frame: server_pb2.ServerFrame) -> None:
        """The client has taken it in: with an answer it knows what was done."""
        for message in frame.messages:
            asked = self.conversation.asked.get(message.request_id)
            is_first = asked is not None and asked.leaves_a_trace and len(asked.sent_on) == 1 and not code_of(message)
            if is_first and self.is_live and self.sequence < message.sequence:
                self.world.problems.append(f"{self.name}: {message} came before its facts")

    # As a listener to the client's connection.

    def put(self, event: ConnectionEvent) -> None:
        coverage = self.world.coverage
        coverage.recovered("a connection was found mute", event.reason == "the exchange fell silent")
        deaf = event.reason == "the exchange does not hear this client any more"
        coverage.recovered("a connection was found deaf", deaf)

    def finish(self) -> None:
        """There is nothing more to hear."""


class TappedSession(Session):
    """A session as it is, with somebody listening."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._tap = _listening.get()
        self._tap.began(self, self._session_id)

    def hello(self, token: str) -> None:
        self._tap.connects()
        super().hello(token)

    def outgoing(self) -> bytes:
        data = super().outgoing()
        self._tap.says(data)
        return data

    def receive(self, frame: server_pb2.ServerFrame) -> None:
        self._tap.hears(frame)
        super().receive(frame)
        self._tap.heard(frame)


@contextmanager
def tapped() -> Iterator[None]:
    """Clients that are made meanwhile are listened to."""
    module: Any = exchange_client.client
    before, module.Session = module.Session, TappedSession
    try:
        yield
    finally:
        module.Session = before
