"""Signed-in clients of an exchange under load, and the market and money they need."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from bench.frames import Wire, masked_frame
from bench.process import ServerProcess
from exchange_client.schema import client_pb2, server_pb2

SETTINGS = {
    "pace_per_second": 1_000_000_000,
    "pace_burst": 1_000_000_000,
    "pace_expensive_per_minute": 1_000_000_000,
    "open_orders_per_market": 1_000_000,
}
"""What an exchange under load is told: every check is made, and none of them is about how fast somebody asks."""

MARKET_LOW, MARKET_HIGH = 0, 10_000
FUNDS = 10**12  # ten-thousandths, for each trader: more than a run can lose


class Refused(Exception):
    """Something that was needed for the stage was refused."""


class Trader:
    """One signed-in connection. ``account_id`` is the user's own account."""

    def __init__(self, server: ServerProcess, token: str, *, markets: Sequence[int] = (), until: str = "ready") -> None:
        """Signs in, limited to ``markets``; returns when it is live, or already when an ``until`` has come."""
        self.wire = Wire(server.address, server.path)
        self._request_id = 0
        self._unread: list[server_pb2.ServerMessage] = []
        hello = client_pb2.Authenticate(token=token, session=os.urandom(16), client="bench", protocol_revision=1)
        hello.market_ids.extend(markets)
        self._send(client_pb2.ClientMessage(authenticate=hello))
        self.account_id = self._next("authenticated").authenticated.account_id
        if until != "authenticated":
            self._next(until)

    def ask(self, message: client_pb2.ClientMessage) -> server_pb2.ServerMessage:
        """Sends one request and returns its reply. Raises :exc:`Refused`."""
        self._send(message)
        while True:
            reply = self._next_message()
            if reply.request_id == self._request_id:
                if reply.HasField("refusal"):
                    raise Refused(reply.refusal.message)
                return reply

    def _send(self, message: client_pb2.ClientMessage) -> None:
        self._request_id += 1
        message.request_id = self._request_id
        self.wire.send(masked_frame(client_pb2.ClientFrame(messages=[message]).SerializeToString()))

    def _next(self, kind: str) -> server_pb2.ServerMessage:
        while True:
            message = self._next_message()
            if message.HasField("refusal"):
                raise Refused(message.refusal.message)
            if message.WhichOneof("message") == kind:
                return message

    def _next_message(self) -> server_pb2.ServerMessage:
        while not self._unread:
            for payload in self.wire.read_some():
                self._unread.extend(server_pb2.ServerFrame.FromString(payload).messages)
        return self._unread.pop(0)


def prepare_market(server: ServerProcess, traders: int) -> int:
    """Makes one market and gives every trader funds; returns the market's id."""
    admin = Trader(server, "dev:admin:admin")
    try:
        admin.ask(client_pb2.ClientMessage(set_elevated=client_pb2.SetElevated(elevated=True)))
        market = client_pb2.CreateMarket(name="Load", description="Orders", low=MARKET_LOW, high=MARKET_HIGH)
        market_id = admin.ask(client_pb2.ClientMessage(create_market=market)).created.id
        with signed_in(server, traders) as crowd:
            for trader in crowd:
                grant = client_pb2.Grant(to_account_id=trader.account_id, amount=FUNDS)
                admin.ask(client_pb2.ClientMessage(grant=grant))
        return market_id
    finally:
        admin.wire.close()


@contextmanager
def signed_in(
    server: ServerProcess, count: int, *, first: int = 0, markets: Sequence[int] = ()
) -> Iterator[list[Trader]]:
    """So many traders from the ``first`` on, each in a session of its own; they leave at the end."""
    crowd: list[Trader] = []
    try:
        for index in range(first, first + count):
            crowd.append(Trader(server, f"dev:trader{index}", markets=markets))
        yield crowd
    finally:
        for trader in crowd:
            trader.wire.close()


@contextmanager
def connected(server: ServerProcess, count: int) -> Iterator[list[Wire]]:
    """So many plain connections, to a server that wants no sign-in."""
    wires: list[Wire] = []
    try:
        for _ in range(count):
            wires.append(Wire(server.address, server.path))
        yield wires
    finally:
        for wire in wires:
            wire.close()
