"""A user of the simulation who speaks the wire, by code written from the schema alone.

Drops, comes back, and retries what it does not know, with everything it asked and heard going to its conversation.
Beside what any client would do it does what a bad one would: it repeats a request in the same breath or long after,
uses an id for something else, and asks for what it made up from the schema.
"""

from random import Random
from typing import Any

import trio
from trio_websocket import ConnectionClosed, HandshakeError

from exchange_client.schema import client_pb2, server_pb2
from tests.sim import requests
from tests.sim.fuzz import KINDS, random_request
from tests.sim.raw_client import RawClient
from tests.sim.request_maker import RequestMaker
from tests.sim.requests import ClientMessage, code_of, kind_of
from tests.sim.witness import Conversation, is_passing
from tests.sim.world import World

LOST = (
    ConnectionClosed,
    HandshakeError,
    OSError,
    trio.BrokenResourceError,
    trio.ClosedResourceError,
    trio.TooSlowError,
)
PATIENCE_SECONDS = 20.0  # with a handshake, or with silence
NOT_NOW = frozenset({105, 106, 300})


class Trader:
    """One client process. ``made_up`` is how much of what it asks is made from the schema."""

    def __init__(
        self,
        name: str,
        world: World,
        *,
        markets: tuple[int, ...] = (),
        admin: bool = False,
        local: bool = False,
        has_session: bool = True,
        made_up: float = 0.0,
    ) -> None:
        self.name = name
        self.world = world
        self.random = Random(f"{name} {world.seed}")
        self.outside = False
        self.is_settled = False
        self.client = RawClient(name, session=self.random.randbytes(16) if has_session else b"", markets=markets)
        self.client.on_frame = self._hear
        self.conversation = Conversation(name, self.client.session, world.witness)
        self._requests = RequestMaker(name, self.client, world, self.random, is_admin=admin or local)
        self._admin, self._local, self._made_up = admin, local, made_up
        self._given_up: set[int] = set()
        self._retried: dict[int, int] = {}
        self._heard_at = 0.0
        self._resumes = False
        self._may_come = True

    # Hearing.

    def _hear(self, frame: server_pb2.ServerFrame) -> None:
        self._heard_at = trio.current_time()
        self.conversation.hears(frame)
        coverage = self.world.coverage
        for message in frame.messages:
            kind = kind_of(message)
            coverage.recovered("a drain told clients to come back", kind == "server_notice")
            if kind == "snapshot" and message.snapshot.first and self._resumes:
                coverage.recovered("resume answered with a snapshot")
                self._resumes = False
            elif kind == "refusal" and not message.request_id:
                coverage.refused(code_of(message))
                self._may_come = code_of(message) in NOT_NOW
            elif kind == "refusal" and "is no longer yours" in message.refusal.message:
                coverage.recovered("somebody acted as an account that was taken away")
            elif message.request_id in self._retried:
                self._note_retry(message)
            elif message.request_id in self.conversation.asked:
                asked = self.conversation.asked[message.request_id]
                joined = len(asked.answers) == 2 == len(asked.sent_on) and asked.leaves_a_trace
                coverage.recovered("a retry joined the one on its way", joined and not code_of(message))

    def _note_retry(self, message: server_pb2.ServerMessage) -> None:
        coverage, asked = self.world.coverage, self.conversation.asked[message.request_id]
        then = self._retried.pop(message.request_id)
        if code_of(message) or not asked.leaves_a_trace:
            return
        fresh = message.sequence > then
        coverage.recovered("a retry was decided for the first time" if fresh else "a retry was answered again")

    @property
    def unresolved(self) -> list[ClientMessage]:
        """What it asked and does not know the outcome of, to be asked again."""
        asked = self.conversation.asked
        return [asked[number].message for number in self.conversation.unanswered() if number not in self._given_up]

    @property
    def is_admin(self) -> bool:
        """Whether it may elevate."""
        return self._requests.is_admin

    @property
    def is_ready(self) -> bool:
        """Whether there is nothing more to come from this one."""
        return self.outside or (self.is_settled and self.client.ready and not self.client.ended.is_set())

    # Living.

    async def live(self) -> None:
        """Trades until the world is over, through lost connections, and then waits to be compared."""
        world, client = self.world, self.client
        while not (world.compared.is_set() or self.outside):
            self.is_settled = False
            try:
                await self._connect()
                while not world.over and not client.ended.is_set():
                    await trio.sleep(self.random.expovariate(1.0 / world.weather.pause))
                    await self._act()
                with trio.fail_after(PATIENCE_SECONDS):
                    await client.until(lambda: not self.unresolved)
                if world.over:
                    self.is_settled = True
                    await self._wait_compared()
            except LOST:
                client.drop()
            except AssertionError:  # of a wait that the end of the connection ended
                if not client.ended.is_set():
                    raise
            client.drop()
            world.coverage.recovered("a session was taken over", client.code == 4004)
            self.outside = world.over and not self._may_come
            await trio.sleep(self.random.random())

    async def _wait_compared(self) -> None:
        async with trio.open_nursery() as nursery:

            async def watch() -> None:
                while trio.current_time() - self._heard_at < PATIENCE_SECONDS:
                    with trio.move_on_after(PATIENCE_SECONDS):
                        await self.client.ended.wait()
                        break
                nursery.cancel_scope.cancel()

            nursery.start_soon(watch)
            await self.world.compared.wait()
            nursery.cancel_scope.cancel()

    async def _connect(self) -> None:
        world, client = self.world, self.client
        self._heard_at, self._may_come = trio.current_time(), True
        self.conversation.connects()
        with trio.fail_after(PATIENCE_SECONDS):
            await client.open(world.house.nursery, world.dial(self.name, local=self._local))
            token = "" if self._local else world.issuer.token(self.name, admin=self._admin)
            self._resumes = self.random.random() < 0.9
            hello = client.hello(token, resume=self._resumes)
            self._resumes = hello.authenticate.HasField("resume")
            await client.send(hello)
            await client.wait_ready()
        again = [message for message in self.unresolved if self._is_to_be_retried(message)]
        if self._requests.is_admin:
            await self._say(requests.elevate())
        for message in again:
            self._retried[message.request_id] = world.house.context.publisher.sequence
            self.conversation.says(message)
        if again:
            await client.send(*again)

    def _is_to_be_retried(self, message: ClientMessage) -> bool:
        kind = message.WhichOneof("request") or ""
        if is_passing(kind) or not self.client.session:
            self._given_up.add(message.request_id)
            return False
        return True

    async def _say(self, *messages: ClientMessage, twice: bool = False) -> None:
        """One frame of new requests; ``twice`` has each in it twice."""
        numbered = [self.client.numbered(message) for message in messages]
        for message in numbered * (2 if twice else 1):
            self.conversation.says(message)
        await self.client.send(*numbered * (2 if twice else 1))

    async def _act(self) -> None:
        chance, world = self.random.random(), self.world
        if trio.current_time() - self._heard_at > PATIENCE_SECONDS and chance < 0.5:
            world.coverage.recovered("a connection was found mute")
            raise trio.TooSlowError
        if chance < 0.02:
            self.client.drop()
            raise trio.ClosedResourceError
        if chance < 0.06:
            await self._repeat()
        elif chance < 0.07:
            await self._reuse()
        elif self.random.random() < self._made_up:
            await self._make_up()
        else:
            await self._say(
                *[self._requests.request() for _ in range(self.random.choice((1, 1, 1, 2, 5)))], twice=chance < 0.09
            )

    # Misusing.

    def _answered(self) -> list[Any]:
        asked = self.conversation.asked.values()
        return [one for one in asked if one.answer is not None and not code_of(one.answer) and one.leaves_a_trace]

    async def _repeat(self) -> None:
        """Asks again what has been answered."""
        answered = self._answered()
        if answered and self.client.session:
            once = self.random.choice(answered).message
            self._retried[once.request_id] = self.world.house.context.publisher.sequence
            self.conversation.says(once)
            await self.client.send(once)

    async def _reuse(self) -> None:
        """Uses the id of something else."""
        answered = self._answered()
        if answered and self.client.session:
            number = self.random.choice(answered).message.request_id
            await self.client.send(self.client.numbered(requests.transfer(1, 10**12, note="reused"), number))

    async def _make_up(self) -> None:
        """Asks for something that may not even exist."""
        number, self.client.next_id = self.client.next_id, self.client.next_id + 1
        frame = random_request(self.random, self.random.choice(KINDS), number, self._requests.hints())
        (message,) = client_pb2.ClientFrame.FromString(frame).messages
        self.conversation.says(message)
        await self.client.send_bytes(frame)


def traders(world: World) -> list[Trader]:
    """Those who speak the wire."""
    return [
        Trader("wire", world),
        Trader("loose", world, has_session=False),
        Trader("limited", world, markets=(1, 2)),
        Trader("narrow", world, markets=(4,)),
        Trader("wire organiser", world, admin=True),
        Trader("operator", world, local=True),
        Trader("vandal", world, made_up=0.6),
        Trader("wild organiser", world, admin=True, made_up=0.4),
    ]
