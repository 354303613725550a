"""Requests on their way: numbered once, encoded once, kept until answered, sent again unchanged after a drop."""

from collections import OrderedDict
from typing import TYPE_CHECKING

import trio

from exchange_client.enums import RefusalCode
from exchange_client.errors import refuse
from exchange_client.schema import client_pb2 as wire

if TYPE_CHECKING:
    from exchange_client.schema.server_pb2 import ServerMessage


class Request:
    """One request and, once it is there, what became of it."""

    __slots__ = ("abandoned", "done", "element", "error", "reply", "request_id")

    def __init__(self, request_id: int, element: bytes) -> None:
        self.request_id = request_id
        self.element = element
        self.done = trio.Event()
        self.reply: ServerMessage | None = None
        self.error: Exception | None = None
        self.abandoned = False


class Outbox:
    """Requests that wait to be sent, and those that wait for their reply; both in the order of their ids.

    There is no limit on how many wait to be sent: each has a task that waits for it.
    """

    def __init__(self) -> None:
        self._last_id = 0
        self._unsent: OrderedDict[int, Request] = OrderedDict()
        self._in_flight: dict[int, Request] = {}
        self.in_doubt: set[Request] = set()  # sent, not answered, and not to be sent again

    @property
    def has_unsent(self) -> bool:
        """Whether anything waits to be sent."""
        return bool(self._unsent)

    @property
    def is_empty(self) -> bool:
        """Whether everything has been answered."""
        return not self._unsent and not self._in_flight

    def pending(self) -> list[Request]:
        """What has been sent and not answered, or will be sent."""
        return [*self._in_flight.values(), *self._unsent.values()]

    def next_id(self) -> int:
        """A new request id."""
        self._last_id += 1
        return self._last_id

    def submit(self, message: wire.ClientMessage, bytes_max: int) -> Request:
        """Numbers and encodes a request. Raises :class:`Refused` when no frame could hold it; nothing is sent then."""
        message.request_id = self._last_id + 1
        element = encode(message)
        if bytes_max and len(element) > bytes_max:
            raise refuse(
                RefusalCode.INVALID_VALUE,
                f"This request takes {len(element):,} bytes; the exchange takes at most {bytes_max:,}.",
            )
        request = Request(self.next_id(), element)
        self._unsent[request.request_id] = request
        return request

    def take(self, bytes_max: int, waiting_max: int) -> bytes:
        """One frame with as many requests as fit, or nothing. 0 stands for no limit."""
        elements: list[bytes] = []
        size = 0
        while self._unsent and not (waiting_max and len(self._in_flight) >= waiting_max):
            request = next(iter(self._unsent.values()))
            size += len(request.element)
            if bytes_max and elements and size > bytes_max:
                break
            del self._unsent[request.request_id]
            self._in_flight[request.request_id] = request
            elements.append(request.element)
        return b"".join(elements)

    def answer(self, reply: "ServerMessage") -> None:
        """Hands a reply to whoever waits for it; one that nobody waits for is dropped."""
        request = self._in_flight.pop(reply.request_id, None)
        if request is not None:
            request.reply = reply
            request.done.set()

    def abandon(self, request: Request) -> None:
        """Nobody waits any more: an unsent request is never sent, a sent one is not sent again."""
        request.abandoned = True
        if self._unsent.pop(request.request_id, None) is not None:
            request.done.set()

    def requeue(self) -> None:
        """After a drop: what was sent and not answered goes first again, under its old ids."""
        again = OrderedDict((key, request) for key, request in self._in_flight.items() if not request.abandoned)
        self._unsent = again | self._unsent
        for request in self._in_flight.values():
            if request.abandoned:
                self.in_doubt.add(request)
                request.done.set()
        self._in_flight = {}

    def fail(self, error: Exception) -> None:
        """Ends every request; there will be no replies."""
        for request in (*self._in_flight.values(), *self._unsent.values()):
            request.error = error
            request.done.set()
        self._in_flight.clear()
        self._unsent.clear()


def encode(message: wire.ClientMessage) -> bytes:
    """A request as an element of a frame: elements joined are a frame."""
    return wire.ClientFrame(messages=[message]).SerializeToString()
