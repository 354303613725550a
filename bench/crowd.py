"""Many connections in one loop: whoever has something to read takes a turn, and nobody is forgotten meanwhile."""

import os
import resource
import selectors
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self

from bench.frames import BrokenConnection, Wire, masked_frame
from bench.process import ServerProcess
from bench.traders import SETTINGS
from exchange_client.schema import client_pb2, server_pb2

STALL_SECONDS = 60.0
CROWD = SETTINGS | {"connections_per_address": 10_000, "connections_max": 10_000}
"""What an exchange is told that a crowd comes to."""
_LIVE_BYTES = 4_096  # the message that says so comes in a frame of its own, with the little that was missed


def allow_many_sockets() -> None:
    """As many descriptors as this process, and the server it starts, may have."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class Member(Protocol):
    """A connection of a crowd. ``turn`` takes what has come, and answers pings by that."""

    wire: Wire

    def turn(self) -> None: ...


class Crowd:
    """Connections that are read whenever there is something. ``lost`` are those that ended, and how."""

    def __init__(self) -> None:
        self.lost: dict[Member, Exception] = {}
        self._members: list[Member] = []
        self._selector = selectors.DefaultSelector()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._selector.close()
        for member in self._members:
            member.wire.socket.close()

    def add(self, member: Member) -> None:
        """One more. Its socket is closed with the crowd."""
        self._members.append(member)
        self._selector.register(member.wire.socket, selectors.EVENT_READ, member)

    def turn(self, seconds: float) -> list[Member]:
        """Everybody for whom something has come; waits that long for somebody."""
        ready: list[Member] = []
        for key, _ in self._selector.select(max(0.0, seconds)):
            member: Member = key.data
            ready.append(member)
            try:
                member.turn()
            except (BrokenConnection, OSError) as error:
                self._selector.unregister(member.wire.socket)
                self.lost[member] = error
        return ready

    def listen_until(self, moment: float) -> None:
        """Turns until that moment of ``time.perf_counter``."""
        while True:
            self.turn(moment - time.perf_counter())
            if time.perf_counter() >= moment:
                return


class Newcomer:
    """A client from its handshake on; counts what it is sent until it is live."""

    def __init__(self, server: ServerProcess, index: int, markets: Sequence[int] = ()) -> None:
        hello = client_pb2.Authenticate(token=f"dev:trader{index}", session=os.urandom(16), protocol_revision=1)
        hello.market_ids.extend(markets)
        message = client_pb2.ClientMessage(request_id=1, authenticate=hello)
        self.wire = Wire(server.address, server.path)
        self.wire.send(masked_frame(client_pb2.ClientFrame(messages=[message]).SerializeToString()))
        self.wire.make_nonblocking()
        self.bytes = 0
        self.live = False

    def turn(self) -> None:
        """Takes what has come."""
        for payload in self.wire.read():
            if self.live:
                continue
            self.bytes += len(payload)
            if len(payload) <= _LIVE_BYTES:
                for message in server_pb2.ServerFrame.FromString(payload).messages:
                    if message.HasField("refusal"):
                        raise BrokenConnection(message.refusal.message)
                    self.live = self.live or message.HasField("ready")


def arrive(
    crowd: Crowd, server: ServerProcess, count: int, *, first: int = 0, markets: Sequence[int] = ()
) -> list[Newcomer]:
    """So many clients sign in at once; returns when all are live. Raises what ends a connection before that."""
    newcomers = [Newcomer(server, index, markets) for index in range(first, first + count)]
    for newcomer in newcomers:
        crowd.add(newcomer)
    while not all(newcomer.live for newcomer in newcomers):
        if not crowd.turn(STALL_SECONDS):
            raise TimeoutError(f"not everybody is live after {STALL_SECONDS} s of silence")
        for newcomer in newcomers:
            if newcomer in crowd.lost:
                raise crowd.lost[newcomer]
    return newcomers
