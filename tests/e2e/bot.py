"""A bot that never stops asking, and knows afterwards what became of every request."""

import time
from pathlib import Path
from random import Random

import trio
from trio_websocket import ConnectionClosed, HandshakeError

from exchange.store.reader import Reader
from tests.e2e.server import Server, connect
from tests.sim.raw_client import RawClient, ServerMessage
from tests.sim.requests import ClientMessage, bid, cancel_all, code_of, offer

IN_FLIGHT = 8
PATIENCE_SECONDS = 30.0
LOST = (ConnectionClosed, HandshakeError, OSError, trio.BrokenResourceError, trio.ClosedResourceError)


class Bot:
    """Keeps some requests in flight over any number of servers, in one session, and retries what it does not know."""

    def __init__(self, name: str, seed: int) -> None:
        self.random = Random(seed)
        self.client = RawClient(name, session=self.random.randbytes(16), patience=PATIENCE_SECONDS)
        self.client.on_message = self._heard
        self.issued: dict[int, ClientMessage] = {}
        self.unresolved: dict[int, ClientMessage] = {}
        self.resolved: dict[int, ServerMessage] = {}
        self.in_flight_at_loss: list[int] = []
        self.longest_stall = 0.0
        self.acknowledged = 0
        self.stop = False
        self._last = time.monotonic()
        self._server = trio.Event()
        self._current: Server | None = None

    def _heard(self, message: ServerMessage) -> None:
        if message.request_id not in self.issued:
            return
        former = self.resolved.setdefault(message.request_id, message)
        assert former == message or code_of(former), "answered twice and differently"
        if self.unresolved.pop(message.request_id, None) is not None:
            self.acknowledged += not code_of(message)
        self.longest_stall = max(self.longest_stall, time.monotonic() - self._last)
        self._last = time.monotonic()

    @property
    def is_served(self) -> bool:
        """Whether it does not yet know that its server is gone."""
        return self._server.is_set()

    def serve_with(self, server: Server) -> None:
        """From now on this server is the one to talk to."""
        if not self.issued:
            self._last = time.monotonic()
        self._current = server
        self._server.set()

    async def live(self, nursery: trio.Nursery) -> None:
        """Trades until told to stop, and until everything issued is resolved."""
        while not (self.stop and not self.unresolved):
            await self._server.wait()
            server = self._current
            assert server is not None
            try:
                await connect(server, nursery, self.client, resume=bool(self.client.complete_through))
                if self.unresolved:
                    await self.client.send(*self.unresolved.values())
                await self._trade()
            except LOST:
                pass
            except AssertionError:
                if not self.client.ended.is_set():
                    raise
            if self._current is server and not self.stop:
                self._server = trio.Event()
                self.in_flight_at_loss.append(len(self.unresolved))

    async def _trade(self) -> None:
        client = self.client
        while not self.stop:
            messages = [client.numbered(self._request()) for _ in range(IN_FLIGHT - len(self.unresolved))]
            for message in messages:
                self.issued[message.request_id] = self.unresolved[message.request_id] = message
            await client.send(*messages)
            await client.until(lambda: len(self.unresolved) < IN_FLIGHT)
        await client.until(lambda: not self.unresolved)

    def _request(self) -> ClientMessage:
        if self.random.random() < 0.05:
            return cancel_all(1)
        make = self.random.choice((bid, offer))
        return make(1, self.random.randint(40, 60), self.random.randint(1, 9))

    def check(self, path: Path) -> None:
        """Issued is resolved; what was acknowledged is in the journal once, and nothing else is."""
        assert self.issued.keys() == self.resolved.keys()
        assert self.client.welcome is not None
        with Reader(path) as reader:
            number = reader.session_number(self.client.welcome.user_id, self.client.session)
            assert number is not None
            for request_id, reply in self.resolved.items():
                remembered = reader.request(number, request_id)
                if code_of(reply):
                    assert remembered is None, "refused and executed"
                else:
                    assert remembered is not None, "acknowledged and missing"
                    assert remembered.sequence == reply.sequence
            assert reader.highest_request(number) <= max(self.issued)
