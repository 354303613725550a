"""What the seeds have reached: refusals heard, facts written, and the ways back from trouble.

What nobody reached is as much of a result as what somebody did. Some of it cannot be, and says why.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import get_args

from exchange.core.facts import Fact
from exchange.core.refusals import Code
from exchange_client.schema import client_pb2

# Faults that are injected, by the name they are counted under.
FAULTS = (
    "connection reset", "connection half-open", "bytes delayed", "bytes chopped", "slow reader", "task bug",
    "writer stall", "process killed", "power cut", "drain", "clock set forward", "clock set back", "token expired",
    "admin demoted", "person banned",
)  # fmt: skip

# Ways back from trouble, and what sets them off.
RECOVERIES = (
    "resumed from the ring",
    "resumed from the journal",
    "resume answered with a snapshot",
    "rights changed while catching up",
    "a retry was answered again",
    "a retry joined the one on its way",
    "a retry was decided for the first time",
    "a session was taken over",
    "a call was cancelled and resolved",
    "a call gave up waiting and was resolved",
    "a connection was found mute",
    "a connection was found deaf",
    "a peer without a pong was cut",
    "a slow reader was cut",
    "a book was rebuilt",
    "a market was halted for its failures",
    "the desk failed and went on",
    "a key was revoked under its connection",
    "a token ran out under its connection",
    "a fresh token was taken",
    "elevation ended with its admin's role",
    "somebody acted as an account that was taken away",
    "orders ended with their session",
    "a dead-man timer fired",
    "a dead-man timer began anew after a restart",
    "an order expired",
    "orders ended because their owner may not see the market any more",
    "a log was recovered after a crash",
    "a drain told clients to come back",
    "somebody was let in later",
)

REQUESTS = frozenset(field.name for field in client_pb2.ClientMessage.DESCRIPTOR.oneofs_by_name["request"].fields) - {
    "authenticate"
}
"""Kinds of requests, each of which is to be accepted now and then."""

BY_DESIGN = {
    "DRAINING": "a connection that drains is not read: what it sends is decided after the restart",
    "TOO_MANY_WAITING": "the connection is not read until a reply has left: backpressure instead of a refusal",
}
"""Refusal codes that the schema has and this server does not use, with what it does instead."""


@dataclass
class Coverage:
    """Counts by name."""

    refusals: Counter[str] = field(default_factory=Counter)
    facts: Counter[str] = field(default_factory=Counter)
    recoveries: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)

    def refused(self, number: int) -> None:
        """Somebody heard that code."""
        self.refusals[Code(number).name] += 1

    def accepted(self, kind: str) -> None:
        """A request of that kind was."""
        self.requests[kind] += 1

    def fault(self, name: str) -> None:
        """That was done to them."""
        assert name in FAULTS, name
        self.faults[name] += 1

    def recovered(self, name: str, times: int = 1) -> None:
        """They came back from it."""
        assert name in RECOVERIES, name
        if times:
            self.recoveries[name] += times

    def happened(self, facts: Iterable[Fact]) -> None:
        """These are in the journal."""
        self.facts.update(type(fact).__name__ for fact in facts)

    def add(self, other: "Coverage") -> None:
        """Counts those of another seed as well."""
        for name in ("refusals", "facts", "recoveries", "faults", "requests"):
            getattr(self, name).update(getattr(other, name))

    def missing(self) -> dict[str, list[str]]:
        """What nobody reached and could be, by kind."""
        wanted = {
            "refusals": [code.name for code in Code if code.name not in BY_DESIGN],
            "facts": [kind.__name__ for kind in get_args(Fact)],
            "requests": sorted(REQUESTS),
            "recoveries": list(RECOVERIES),
            "faults": list(FAULTS),
        }
        return {kind: [name for name in names if not getattr(self, kind)[name]] for kind, names in wanted.items()}
