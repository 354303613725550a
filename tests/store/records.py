"""Facts as records that need no schema."""

import pickle
from collections.abc import Callable, Sequence

from exchange.core.facts import Fact

Encode = Callable[[int, int, Sequence[Fact]], bytes]


def pickled(sequence: int, time: int, facts: Sequence[Fact]) -> bytes:
    """The record of a commit."""
    return pickle.dumps(facts)


def decode(record: bytes, sequence: int = 0, time: int = 0) -> Sequence[Fact]:
    """The facts of a record; it does not say of which commit it is."""
    facts: Sequence[Fact] = pickle.loads(record)
    return facts
