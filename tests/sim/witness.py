"""What everybody asked and heard, and what must hold of it whatever the exchange is made of.

Every client process is a *conversation*: one session over any number of connections. While it is held:

* what was told of a sequence is told the same of it for ever: no two commits, and none that is not in the file;
* a request is answered once, or again with the same;
* whoever had an answer before another request was sent has the smaller sequence.

At the end (``file_check`` compares with the journal): on one connection requests to one market are decided in the order
sent, and answered in it; one that concerns no single market has a place among all of them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b

import trio

from exchange_client.schema import client_pb2, server_pb2
from tests.sim.model import FACTS
from tests.sim.requests import code_of, kind_of

# Requests that leave no trace in the journal, and so may be answered anew: they concern a connection, or only read.
PASSING = frozenset({"act_as", "set_elevated", "ping", "refresh_token", "authenticate"})
READING = ("get_", "list_")
# Requests whose place is among those of one market, as the protocol's documentation says.
OF_A_MARKET = frozenset({
    "place_order", "amend_order", "cancel_order", "cancel_orders", "batch", "set_market_status", "edit_market",
})  # fmt: skip
NOT_DECIDED = frozenset({106})  # DRAINING: it may be asked again
FAILED = 105  # INTERNAL: the one refusal that is remembered


def is_passing(kind: str) -> bool:
    """Whether it is not kept what became of such a request."""
    return kind in PASSING or kind.startswith(READING)


@dataclass
class Asked:
    """One request of a session. ``answers`` are the replies, with the connection and the place in it of each."""

    message: client_pb2.ClientMessage
    floor: int
    sent_on: list[int] = field(default_factory=list)
    answers: list[tuple[int, int, server_pb2.ServerMessage]] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return self.message.WhichOneof("request") or ""

    @property
    def market_id(self) -> int:
        """The market whose requests it has a place among, or 0."""
        return getattr(self.message, self.kind).market_id if self.kind in OF_A_MARKET else 0

    @property
    def answer(self) -> server_pb2.ServerMessage | None:
        """What became of it, if that is known."""
        return self.answers[0][2] if self.answers else None

    @property
    def leaves_a_trace(self) -> bool:
        """Whether it is in the journal, once it was accepted."""
        return not is_passing(self.kind)


class Witness:
    """Everything that was said to everybody, in order, as a hash; and what follows from it."""

    def __init__(self) -> None:
        self.highest_acknowledged = 0
        self.told: dict[int, int] = {}
        self.conversations: list[Conversation] = []
        self.on_refusal: Callable[[int], None] = lambda code: None
        self.on_acceptance: Callable[[str], None] = lambda kind: None
        self.on_second_start: Callable[[], None] = lambda: None
        self._heard = blake2b(digest_size=16)

    @property
    def hash(self) -> str:
        """Of every message that anybody heard, and when."""
        return self._heard.hexdigest()

    def hear(self, name: str, frame: server_pb2.ServerFrame) -> None:
        """Somebody was sent this."""
        self._heard.update(f"{trio.current_time():.9f} {name} ".encode())
        self._heard.update(frame.SerializeToString(deterministic=True))
        for message in frame.messages:
            if kind_of(message) in FACTS:
                self.note(name, message.sequence, message.time)
        if frame.complete_through:
            self.note(name, frame.complete_through, frame.complete_time)

    def note(self, name: str, sequence: int, time: int) -> None:
        """Somebody was told of a sequence, and when that was."""
        known = self.told.setdefault(sequence, time)
        assert known == time, f"{name} was told of another commit {sequence}: of {time}, and of {known} before"


class Conversation:
    """One client process. ``user_id`` is 0 until it is known; without a ``session`` nothing is remembered."""

    def __init__(self, name: str, session: bytes, witness: Witness) -> None:
        self.name = name
        self.session = session
        self.witness = witness
        self.user_id = 0
        self.asked: dict[int, Asked] = {}
        self._connections = 0
        self._places = 0
        self._started = False
        witness.conversations.append(self)

    def connects(self) -> None:
        """A new connection begins."""
        self._connections += 1
        self._started = False

    def says(self, message: client_pb2.ClientMessage) -> None:
        """A request goes out, for the first time or again."""
        if not message.request_id:
            return
        asked = self.asked.get(message.request_id)
        if asked is None:
            asked = self.asked[message.request_id] = Asked(message, self.witness.highest_acknowledged)
        asked.sent_on.append(self._connections)

    def hears(self, frame: server_pb2.ServerFrame) -> None:
        """A frame arrives."""
        self.witness.hear(self.name, frame)
        for message in frame.messages:
            if message.HasField("authenticated"):
                self.user_id = message.authenticated.user_id
            elif message.HasField("resumed") or (message.HasField("snapshot") and message.snapshot.first):
                if self._started:  # what may be seen became something else before it was live
                    self.witness.on_second_start()
                self._started = True
            elif message.HasField("ready"):
                self._started = False
            elif message.request_id in self.asked:
                self._answered(self.asked[message.request_id], message)

    def _answered(self, asked: Asked, message: server_pb2.ServerMessage) -> None:
        code = code_of(message)
        if code:
            self.witness.on_refusal(code)
            if code in NOT_DECIDED:
                return
        else:
            self.witness.on_acceptance(asked.kind)
        self._places += 1
        asked.answers.append((self._connections, self._places, message))
        first = asked.answers[0][2]
        if asked.leaves_a_trace and self.session and not code:
            assert code_of(first) or first == message, f"{self.name} got two answers: {first} and {message}"
            if len(asked.answers) == 1:
                self.witness.note(self.name, message.sequence, message.time)
                assert message.sequence > asked.floor, (
                    f"{self.name}: {asked.message} is {message.sequence}, and {asked.floor} was known before"
                )
                self.witness.highest_acknowledged = max(self.witness.highest_acknowledged, message.sequence)

    # At the end.

    def unanswered(self) -> list[int]:
        """Requests whose outcome nobody knows."""
        return [request_id for request_id, asked in self.asked.items() if not asked.answers]

    def disorder(self) -> Iterator[str]:
        """Sentences on what was decided or answered out of its order, connection by connection."""
        for connection in range(1, self._connections + 1):
            sent = [asked for asked in self.asked.values() if asked.sent_on == [connection] and asked.leaves_a_trace]
            yield from self._out_of_sequence(sent)
            yield from self._out_of_place(connection, sent)

    def _out_of_sequence(self, sent: list[Asked]) -> Iterator[str]:
        if not self.session:
            return
        highest: dict[int, int] = {}
        barrier = everywhere = 0
        for asked in sent:
            if asked.answer is None or code_of(asked.answer):
                continue
            sequence, market_id = asked.answer.sequence, asked.market_id
            floor = max(barrier, highest.get(market_id, 0)) if market_id else everywhere
            if sequence <= floor:
                yield f"{self.name}: {asked.message} was decided as {sequence}, after {floor}, which was sent before"
            everywhere = max(everywhere, sequence)
            highest[market_id] = sequence
            if not market_id:
                barrier = sequence

    def _out_of_place(self, connection: int, sent: list[Asked]) -> Iterator[str]:
        latest: dict[int, int] = {}
        for asked in sent:
            if not asked.answers or asked.answers[0][0] != connection or not asked.market_id:
                continue
            place = asked.answers[0][1]
            if place < latest.get(asked.market_id, 0):
                yield f"{self.name}: {asked.message} was answered before what was sent to that market before it"
            latest[asked.market_id] = place
