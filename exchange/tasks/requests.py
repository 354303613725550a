"""A request on its way: from the connection that read it to the task that decides it and back as a reply."""

from collections.abc import Callable
from typing import Protocol

from exchange.core.commands import Actor, Command
from exchange.core.facts import Result
from exchange.core.refusals import Refusal
from exchange.tasks.memory import Remembered

Outcome = Result | Refusal


class Requester(Protocol):
    """Whoever waits for replies: a connection."""

    @property
    def cut_off(self) -> bool:
        """Whether what it asked for and is not decided yet is to be dropped."""

    def decided(self) -> None:
        """One of its requests has been decided."""

    def reply(self, payload: bytes) -> None:
        """One of its requests has its reply, which may leave now."""


class Request:
    """A command with everything its decision and its reply need.

    A refusal in the place of the command is that of a request refused before it could be decided: it only takes the
    same road, so that the replies of a market keep the order of its requests.

    ``requester`` is None for the exchange's own commands; ``on_outcome`` is called when the outcome may be known to
    the world, after its commit. ``remembered`` is None where a retry would not be recognised.
    """

    __slots__ = ("actor", "command", "on_outcome", "remembered", "request_id", "requester", "valid_until")

    def __init__(
        self,
        command: Command | Refusal,
        actor: Actor,
        requester: Requester | None = None,
        request_id: int = 0,
        valid_until: int = 0,
        remembered: Remembered | None = None,
        on_outcome: Callable[[Outcome], None] | None = None,
    ) -> None:
        self.command = command
        self.actor = actor
        self.requester = requester
        self.request_id = request_id
        self.valid_until = valid_until
        self.remembered = remembered
        self.on_outcome = on_outcome
