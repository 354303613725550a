"""Connections that signed in with a key, and how they end with it.

A key ends by a fact. From the moment that is decided, nothing more its connections asked for is decided; when the fact
is published, and so in order with everything else that is told, they are closed.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exchange.tasks.connection import Connection

REVOKED = 1008


class LiveKeys:
    """Connections by the key they signed in with."""

    def __init__(self) -> None:
        self._connections: defaultdict[int, set[Connection]] = defaultdict(set)

    def add(self, key_id: int, connection: "Connection") -> None:
        """Call it in the step that found the key to be good."""
        self._connections[key_id].add(connection)

    def discard(self, key_id: int, connection: "Connection") -> None:
        """Forgets a connection that has ended."""
        left = self._connections[key_id]
        left.discard(connection)
        if not left:
            del self._connections[key_id]

    def end(self, key_ids: Iterable[int]) -> Callable[[], None]:
        """These keys have been revoked: cuts their connections off, and returns what closes them."""
        concerned = [connection for key_id in key_ids for connection in self._connections.get(key_id, ())]
        for connection in concerned:
            connection.cut()

        def close() -> None:
            for connection in concerned:
                connection.end(REVOKED, "the key was revoked")

        return close
