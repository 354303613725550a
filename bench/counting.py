"""What a load generator makes of the bytes that come back, in as little time as will do.

A parser in Python of every fact on fifty feeds would be the slowest part of the benchmark. Replies come in the order of
their requests, so the next one is found by searching for its id where an element of a frame may have it, which C does;
what is found is then looked at. Now and then a whole frame is parsed by Protobuf, which must find the same.
"""

from functools import cache

from bench.traffic import FIRST_ID, Traffic
from exchange_client.schema import server_pb2

_ELEMENT = 0x0A  # ServerFrame.messages, with a length
_TIME = 0x19  # ServerMessage.time, fixed64
_ORDER_RESULT = 0x52  # ServerMessage.order_result, with a length
_REFUSAL = 0x4A  # ServerMessage.refusal, with a length
_FRAMES_BETWEEN_CHECKS = 200


class WrongReply(Exception):
    """A reply is not what was asked for."""


@cache
def _patterns(orders: int) -> list[bytes]:
    """How the replies begin: the id, which the sequence follows."""
    identifiers = range(FIRST_ID, FIRST_ID + orders)
    return [bytes((8, i & 0x7F | 0x80, i >> 7 & 0x7F | 0x80, i >> 14, 0x10)) for i in identifiers]


class ReplyCounter:
    """Counts the replies to one connection's orders; whatever else comes is the feed."""

    def __init__(self, traffic: Traffic) -> None:
        self._patterns = _patterns(traffic.orders)
        self._frames = 0
        self.replies = 0
        self.refused = 0
        self.reply_bytes = 0
        self.feed_bytes = 0
        self.last_payload = b""

    def count(self, payload: bytes, expected: int) -> int:
        """Returns how many of the ``expected`` next replies this message holds."""
        first, position, reply_bytes = self.replies, 0, self.reply_bytes
        while self.replies - first < expected:
            end = self._find(payload, position)
            if not end:
                break
            self.replies += 1
            position = end
        self.feed_bytes += len(payload) - (self.reply_bytes - reply_bytes)
        self._frames += 1
        self.last_payload = payload
        if not self._frames % _FRAMES_BETWEEN_CHECKS:
            self._check(payload, range(FIRST_ID + first, FIRST_ID + self.replies))
        return self.replies - first

    def _find(self, payload: bytes, position: int) -> int:
        """Where the element that replies to the next order ends; 0 if it is not there."""
        pattern = self._patterns[self.replies]
        while (at := payload.find(pattern, position)) > 0:
            begin, length = at - 2, payload[at - 1]
            if payload[begin] & 0x80:
                begin, length = at - 3, payload[at - 2] & 0x7F | length << 7
            sequence = at + len(pattern)
            while payload[sequence] & 0x80:
                sequence += 1
            kind = payload[sequence + 10]
            if payload[begin] == _ELEMENT and payload[sequence + 1] == _TIME and kind in (_ORDER_RESULT, _REFUSAL):
                self.refused += kind == _REFUSAL
                self.reply_bytes += at + length - begin
                return at + length
            position = at + 1
        return 0

    def _check(self, payload: bytes, identifiers: range) -> None:
        messages = server_pb2.ServerFrame.FromString(payload).messages
        replies = [message.request_id for message in messages if message.request_id]
        if replies != list(identifiers):
            raise WrongReply(f"replies to {replies} were taken for replies to {list(identifiers)}")

    def complete_through(self) -> int:
        """Up to which sequence the feed has been told."""
        return int(server_pb2.ServerFrame.FromString(self.last_payload).complete_through)


class EchoCounter:
    """Counts messages that came back, byte for byte what was sent."""

    def __init__(self, traffic: Traffic) -> None:
        self._expected = traffic.payloads
        self._position = 0
        self.replies = 0
        self.refused = 0
        self.feed_bytes = 0

    def count(self, payload: bytes, expected: int) -> int:
        """Returns 1, for the one message."""
        end = self._position + len(payload)
        if not expected or payload != self._expected[self._position : end]:
            raise WrongReply("the echo is not what was sent")
        self._position = end
        self.replies += 1
        return 1
