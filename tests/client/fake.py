"""An exchange that does what a test tells it, over in-memory streams and a virtual clock."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import trio
import trio.testing
from trio_websocket import ConnectionClosed, WebSocketConnection, wrap_server_stream

from exchange_client.schema import client_pb2 as c
from exchange_client.schema import server_pb2 as s
from exchange_client.schema import types_pb2 as t

EPOCH = 1_700_000_000_000_000_000
URL = "ws://exchange.test/ws"
ME, OTHER, SUB, HOUSE = 10, 20, 11, 1
USER = 5
RAIN = 7

Handler = Callable[["FakeConnection", c.ClientMessage], None]


def server_now() -> int:
    return EPOCH + round(trio.current_time() * 1e9)


def authenticated(**changes: object) -> s.ServerMessage:
    said = s.Authenticated(
        user_id=USER,
        account_id=ME,
        owned_account_ids=[ME, SUB],
        roles=[t.ROLE_TRADER],
        exchange_id=b"exchange-1",
        server_version="0.1.0",
        protocol_revision=1,
        limits=s.Limits(request_memory_seconds=600, message_bytes=131_072, requests_waiting=256, heartbeat_seconds=5),
        view=b"view-1",
        server_time=server_now(),
        session_known=True,
    )
    for name, value in changes.items():
        if isinstance(value, list):
            del getattr(said, name)[:]
            getattr(said, name).extend(value)
        else:
            setattr(said, name, value)
    return s.ServerMessage(authenticated=said)


def rain(**changes: object) -> t.Market:
    market = t.Market(
        market_id=RAIN,
        name="Rain on Friday",
        low=0,
        high=10_000,
        status=t.MARKET_STATUS_OPEN,
        owner_account_id=OTHER,
    )
    for name, value in changes.items():
        setattr(market, name, value)
    return market


def snapshot(*, cash: int = 1_000_000_000, orders: Sequence[t.Order] = (), first: bool = True) -> s.ServerMessage:
    """A market, four accounts, and what the two of the user's have; ``orders`` are in the book."""
    own = [order for order in orders if order.account_id in (ME, SUB)]
    return s.ServerMessage(
        snapshot=s.Snapshot(
            first=first,
            accounts=[
                t.Account(account_id=HOUSE, name="House", kind=t.ACCOUNT_KIND_HOUSE),
                t.Account(account_id=ME, name="Ada", kind=t.ACCOUNT_KIND_USER, owner_user_ids=[USER]),
                t.Account(account_id=SUB, name="Ada's fund", kind=t.ACCOUNT_KIND_SUB, owner_user_ids=[USER]),
                t.Account(account_id=OTHER, name="Bob", kind=t.ACCOUNT_KIND_USER),
            ],
            markets=[rain()],
            books=[t.Book(market_id=RAIN, orders=orders)],
            portfolios=[
                t.Portfolio(account_id=ME, cash=cash, available=cash),
                t.Portfolio(account_id=SUB, cash=0, available=0),
            ],
            own_orders=own,
        )
    )


def ready(sequence: int) -> s.ServerMessage:
    return s.ServerMessage(ready=s.Ready(sequence=sequence))


def placed(
    order_id: int,
    *,
    account: int = OTHER,
    side: int = 1,
    price: int = 5_000,
    size: int = 100,
    remaining: int | None = None,
    fills: Sequence[tuple[int, int, int, int]] = (),
    reductions: Sequence[tuple[int, int]] = (),
    sequence: int = 1,
    tag: bytes = b"",
) -> s.ServerMessage:
    """An order; fills are (order, account, size, price), reductions (order, size)."""
    rest = size - sum(fill[2] for fill in fills) if remaining is None else remaining
    return s.ServerMessage(
        sequence=sequence,
        time=EPOCH + sequence,
        order_placed=s.OrderPlaced(
            market_id=RAIN,
            order_id=order_id,
            account_id=account,
            side=side,  # type: ignore[arg-type]
            price=price,
            size=size,
            remaining=rest,
            fills=[s.Fill(order_id=o, account_id=a, size=z, price=p) for o, a, z, p in fills],
            reductions=[s.Reduction(order_id=o, size=z) for o, z in reductions],
            tag=tag,
        ),
    )


def cancelled(*order_ids: int, sequence: int = 1) -> s.ServerMessage:
    return s.ServerMessage(
        sequence=sequence,
        time=EPOCH + sequence,
        orders_cancelled=s.OrdersCancelled(market_id=RAIN, order_ids=order_ids, reason=t.CANCEL_REASON_REQUESTED),
    )


def refusal(request_id: int, code: int, message: str = "No.", retry_after_ms: int = 0) -> s.ServerMessage:
    said = s.Refusal(code=code, field="size", message=message, retry_after_ms=retry_after_ms)  # type: ignore[arg-type]
    return s.ServerMessage(request_id=request_id, refusal=said)


def done(request_id: int) -> s.ServerMessage:
    return s.ServerMessage(request_id=request_id, done=s.Done())


def order_result(request_id: int, order_id: int, **values: int) -> s.ServerMessage:
    return s.ServerMessage(request_id=request_id, order_result=s.OrderResult(order_id=order_id, **values))


class FakeConnection:
    """One accepted connection. ``requests`` holds what came, sign-in and pings left out; ``frames`` how it came."""

    def __init__(self, exchange: "FakeExchange", socket: WebSocketConnection, stream: trio.abc.Stream) -> None:
        self.exchange = exchange
        self.socket = socket
        self.stream = stream
        self.hello = c.Authenticate()
        self.requests: list[c.ClientMessage] = []
        self.frames: list[c.ClientFrame] = []
        self.close_code: int | None = None
        self.beats = True
        self.answers_pings = True
        self.reads = True
        self._outgoing, self._queue = trio.open_memory_channel[bytes](float("inf"))

    def send(self, *messages: s.ServerMessage, complete: int = 0) -> None:
        """Sends one frame. ``complete`` is its complete_through."""
        time = EPOCH + complete if complete else 0
        self.send_bytes(s.ServerFrame(messages=messages, complete_through=complete, complete_time=time))

    def send_bytes(self, frame: s.ServerFrame) -> None:
        self._outgoing.send_nowait(frame.SerializeToString())

    async def write(self) -> None:
        async for frame in self._queue:
            await self.socket.send_message(frame)

    async def beat(self) -> None:
        while True:
            await trio.sleep(5)
            if self.beats:
                self.send(s.ServerMessage(heartbeat=s.Heartbeat(server_time=server_now())))

    async def read(self) -> None:
        while True:
            data = await self.socket.get_message()
            assert isinstance(data, bytes)
            if not self.reads:
                continue
            frame = c.ClientFrame.FromString(data)
            self.frames.append(frame)
            for message in frame.messages:
                self._take(message)

    def _take(self, message: c.ClientMessage) -> None:
        kind = message.WhichOneof("request")
        if kind == "authenticate":
            self.hello = message.authenticate
            self.exchange.sign_in(self)
        elif kind == "ping":
            if self.answers_pings:
                pong = s.Pong(server_time=server_now())
                self.send(s.ServerMessage(request_id=message.request_id, pong=pong))
        else:
            self.requests.append(message)
            self.exchange.handle(self, message)

    async def close(self, code: int) -> None:
        """Closes in form."""
        await trio.testing.wait_all_tasks_blocked()  # what was sent before goes out before
        await self.socket.aclose(code)

    async def drop(self) -> None:
        """Is gone without a word."""
        await trio.testing.wait_all_tasks_blocked()
        await self.stream.aclose()


class FakeExchange:
    """Accepts connections and logs them; ``sign_in`` and ``handle`` are what a test may replace."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self.connections: list[FakeConnection] = []
        self.dials: list[float] = []
        self.is_down = False
        self.hangs_up = False
        self.rejects = 0
        self.sign_in: Callable[[FakeConnection], None] = sign_in_with_snapshot
        self.handle: Handler = answer_done
        self._nursery = nursery

    @property
    def last(self) -> FakeConnection:
        return self.connections[-1]

    async def open_stream(self) -> trio.abc.Stream:
        self.dials.append(trio.current_time())
        if self.is_down:
            raise OSError("connection refused")
        ours, theirs = trio.testing.memory_stream_pair()
        if self.hangs_up:
            await ours.aclose()
            return theirs
        self._nursery.start_soon(self._serve, ours)
        return theirs

    async def _serve(self, stream: trio.abc.Stream) -> None:
        try:
            async with trio.open_nursery() as nursery:
                request = await wrap_server_stream(nursery, stream)  # type: ignore[arg-type,unused-ignore]
                if self.rejects:
                    await request.reject(self.rejects)
                    return
                socket = await request.accept()
                connection = FakeConnection(self, socket, stream)
                self.connections.append(connection)
                await self._talk(connection)
        except* ConnectionClosed:
            pass

    async def _talk(self, connection: FakeConnection) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(connection.write)
            nursery.start_soon(connection.beat)
            try:
                await connection.read()
            except ConnectionClosed as closed:
                connection.close_code = closed.reason.code if closed.reason else None
            nursery.cancel_scope.cancel()


def sign_in_with_snapshot(connection: FakeConnection) -> None:
    connection.send(authenticated())
    connection.send(snapshot(), s.ServerMessage(ready=s.Ready(sequence=1)), complete=1)


def sign_in_resuming(connection: FakeConnection) -> None:
    resume = connection.hello.resume
    connection.send(authenticated(), s.ServerMessage(resumed=s.Resumed(after=resume.sequence)))
    connection.send(s.ServerMessage(ready=s.Ready(sequence=resume.sequence)), complete=resume.sequence)


def answer_done(connection: FakeConnection, message: c.ClientMessage) -> None:
    if message.HasField("cancel_orders"):
        connection.send(s.ServerMessage(request_id=message.request_id, cancel_result=s.CancelResult()))
    else:
        connection.send(done(message.request_id))


def ignore(connection: FakeConnection, message: c.ClientMessage) -> None:
    """Takes a request and says nothing."""


@asynccontextmanager
async def fake_exchange() -> AsyncIterator[FakeExchange]:
    async with trio.open_nursery() as nursery:
        yield FakeExchange(nursery)
        nursery.cancel_scope.cancel()
