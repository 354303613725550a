"""A client written from the schema alone: it keeps whatever it hears, and a model of the state.

It is no part of the product and shares no code with the client library. It resumes from its last ``complete_through``
and passes over facts that it has already: a frame may hold facts beyond what it calls complete.
"""

from collections.abc import Callable
from typing import Any

import trio
import trio.testing
from trio_websocket import ConnectionClosed, wrap_client_stream

from exchange_client.schema import client_pb2, server_pb2
from tests.sim.model import FACTS, Model

ClientMessage = client_pb2.ClientMessage
ServerMessage = server_pb2.ServerMessage

PATIENCE_SECONDS = 600.0
MESSAGE_BYTES = 1 << 26


class RawClient:
    """One client process: its session and its model outlive its connections."""

    def __init__(
        self,
        name: str,
        *,
        session: bytes = b"",
        markets: tuple[int, ...] = (),
        patience: float = 0,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self.headers = [(header.encode(), value.encode()) for header, value in headers]
        self.name = name
        self.session = session
        self.markets = markets
        self.model = Model(followed=markets)
        self.received: list[ServerMessage] = []
        self.facts: list[ServerMessage] = []
        self.frame_sizes: list[int] = []
        self.replies: dict[int, list[ServerMessage]] = {}
        self.welcome: server_pb2.Authenticated | None = None
        self.view = b""
        self.complete_through = 0
        self.complete_time = 0
        self.next_id = 1
        self.ready = False
        self.elevated = False
        self.account_id = 0
        self.ended = trio.Event()
        self.code: int | None = None
        self.on_message: Callable[[ServerMessage], None] | None = None
        self.on_frame: Callable[[server_pb2.ServerFrame], None] | None = None
        self._passed_over_through = 0
        self._stream: Any = None
        self._websocket: Any = None
        self._change = trio.Event()
        self._patience = patience or PATIENCE_SECONDS

    # A connection.

    async def open(self, nursery: trio.Nursery, stream: trio.abc.Stream) -> None:
        """Shakes hands and begins to listen; says nothing yet."""
        self._stream = stream
        self.ready, self.code, self.ended = False, None, trio.Event()
        any_stream: Any = stream  # the library's types name sockets; any stream will do
        self._websocket = await wrap_client_stream(
            nursery, any_stream, "localhost", "/ws", max_message_size=MESSAGE_BYTES, extra_headers=self.headers
        )
        nursery.start_soon(self._listen, self._websocket, stream, self.ended)

    async def _listen(self, websocket: Any, stream: trio.abc.Stream, ended: trio.Event) -> None:
        try:
            while True:
                payload = await websocket.get_message()
                if websocket is self._websocket:
                    self._hear(payload)
        except ConnectionClosed as closed:
            if websocket is self._websocket:
                self.code = 1006 if closed.reason is None else int(closed.reason.code)
        await trio.aclose_forcefully(stream)
        ended.set()
        self._notify()

    def drop(self) -> None:
        """Hangs up without a word; what is on its way to us is lost."""
        if self._stream is not None:
            self._websocket, stream = None, self._stream
            for half in (stream.send_stream, stream.receive_stream) if hasattr(stream, "send_stream") else ():
                half.close()
            if not hasattr(stream, "send_stream"):
                getattr(stream, "socket", stream).close()

    async def close(self) -> None:
        """Says goodbye."""
        await self._websocket.aclose()

    # Speaking.

    def hello(
        self, token: str, *, resume: bool = False, act_as: int = 0, id_token: str = "", **changes: Any
    ) -> ClientMessage:
        """The first message."""
        message = ClientMessage()
        body = message.authenticate
        body.token, body.session, body.client, body.protocol_revision = token, self.session, "raw", 1
        body.act_as_account_id, body.id_token = act_as, id_token
        body.market_ids.extend(self.markets)
        self.model.followed = self.markets
        if resume and self.welcome is not None:
            point = body.resume
            point.exchange_id, point.view = self.welcome.exchange_id, self.view
            point.sequence, point.time = self.complete_through, self.complete_time
            for name, value in changes.items():
                setattr(point, name, value)
        return message

    async def send(self, *messages: ClientMessage) -> None:
        """One frame."""
        await self.send_bytes(client_pb2.ClientFrame(messages=messages).SerializeToString())

    async def send_bytes(self, payload: bytes) -> None:
        await self._websocket.send_message(payload)

    async def send_raw(self, data: bytes) -> None:
        """Bytes past the WebSocket library."""
        await self._stream.send_all(data)

    def numbered(self, message: ClientMessage, request_id: int = 0) -> ClientMessage:
        """The request with the next id, or with this one."""
        copy = ClientMessage()
        copy.CopyFrom(message)
        if not request_id:
            request_id, self.next_id = self.next_id, self.next_id + 1
        copy.request_id = request_id
        return copy

    async def post(self, *messages: ClientMessage) -> list[int]:
        """Sends requests as one frame, each with a new id; returns the ids."""
        numbered = [self.numbered(message) for message in messages]
        await self.send(*numbered)
        return [message.request_id for message in numbered]

    async def ask(self, message: ClientMessage, request_id: int = 0) -> ServerMessage:
        """Sends one request and waits for its (next) reply."""
        numbered = self.numbered(message, request_id)
        before = len(self.replies.get(numbered.request_id, ()))
        await self.send(numbered)
        return await self.reply(numbered.request_id, before)

    # Listening.

    async def reply(self, request_id: int, index: int = 0) -> ServerMessage:
        """Waits for a reply to this request, the first or a later one."""
        await self.until(lambda: len(self.replies.get(request_id, ())) > index)
        return self.replies[request_id][index]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Waits until it is so. Fails when the connection ends first."""
        with trio.fail_after(self._patience):
            while not condition():
                assert not self.ended.is_set(), f"{self.name}: the connection ended with {self.code}"
                await self._change.wait()

    async def wait_ready(self) -> None:
        await self.until(lambda: self.ready)

    async def wait_ended(self) -> int | None:
        """Waits for the end of the connection; returns its code, 1006 if there was none."""
        with trio.fail_after(self._patience):
            await self.ended.wait()
        return self.code

    def _notify(self) -> None:
        self._change.set()
        self._change = trio.Event()

    def _hear(self, payload: bytes) -> None:
        frame = server_pb2.ServerFrame.FromString(payload)
        self.frame_sizes.append(len(payload))
        if self.on_frame is not None:
            self.on_frame(frame)
        floor = self.model.sequence
        for message in frame.messages:
            self.received.append(message)
            self._take(message, floor)
            if self.on_message is not None:
                self.on_message(message)
        if frame.complete_through:
            assert frame.complete_through >= self.complete_through or not self.ready
            self.complete_through, self.complete_time = frame.complete_through, frame.complete_time
        self._notify()

    def _take(self, message: ServerMessage, floor: int) -> None:
        kind = message.WhichOneof("message") or ""
        if message.request_id:
            self.replies.setdefault(message.request_id, []).append(message)
        if kind in FACTS:
            self._take_fact(kind, message, floor)
        elif kind == "authenticated":
            self.welcome, self.view = message.authenticated, message.authenticated.view
            self.model.user_id = message.authenticated.user_id
            self.elevated, self.account_id = False, message.authenticated.account_id
        elif kind == "snapshot":
            if message.snapshot.first:
                self.model.clear(message.sequence)
            self.model.read_snapshot(message.snapshot)
        elif kind == "resumed":
            self._passed_over_through = self.model.sequence
        elif kind == "view_changed":
            self.view = message.view_changed.view
            changed = message.view_changed
            self.elevated, self.account_id = changed.elevated, changed.account_id
            self.model.own_only({*changed.owned_account_ids, changed.account_id})
            self.model.gone(changed.gone_market_ids)
        elif kind == "ready":
            self.ready = True

    def _take_fact(self, kind: str, message: ServerMessage, floor: int) -> None:
        self.facts.append(message)
        if message.sequence <= self._passed_over_through:
            return
        assert message.sequence > floor, f"{self.name}: fact {message.sequence} came after {floor}"
        assert message.sequence >= self.model.sequence, f"{self.name}: facts out of order"
        try:
            self.model.read_fact(kind, message)
        except Exception as error:
            error.add_note(f"{self.name}, reading {message}")
            raise
