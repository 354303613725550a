"""What can go wrong, and whose turn it is then.

A drop of the connection is no exception: calls wait until the client is back. :class:`Refused` is all that a running
bot meets, and :class:`OutcomeUnknown` where it has asked not to wait for ever; a :class:`ConnectionEnded` comes out of
the ``connect`` block when there is no coming back.
"""

from collections.abc import Callable
from typing import Any

from exchange_client.enums import RefusalCode
from exchange_client.schema import types_pb2


class ExchangeError(Exception):
    """Base of everything this package raises by itself."""


class Refused(ExchangeError):
    """The exchange answered: no. The request changed nothing.

    ``REQUEST_ID_EXPIRED`` is the one code that leaves open what happened: the answer came too late to be remembered, so
    the state tells whether the request was executed.

    Attributes:
        code: why, as one of :class:`RefusalCode`; it compares equal to its name, such as ``"PACE"``.
        number: the code as a number, also where this version of the client does not know it.
        field: the field of the request at fault, or empty.
        retry_after: seconds after which the same would be accepted, or None where waiting does not help.
        message: a sentence for people.
    """

    def __init__(
        self, code: RefusalCode, number: int, message: str, field: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.number = number
        self.message = message
        self.field = field
        self.retry_after = retry_after

    def __str__(self) -> str:
        where = f" ({self.field})" if self.field else ""
        return f"{self.code.value}{where}: {self.message}"


def refuse(code: RefusalCode, message: str, field: str = "") -> Refused:
    """A refusal that does not need the exchange to be asked."""
    return Refused(code, types_pb2.RefusalCode.Value(f"REFUSAL_CODE_{code.name}"), message, field)


class OutcomeUnknown(ExchangeError):
    """No answer came within the ``timeout`` of the client. The request lives on: it is executed once or not at all.

    ``resolve`` waits for the answer, however long it takes, and gives what the call would have given, or raises its
    :class:`Refused`. It is awaited where the call was, and simply called where that was plain synchronous.
    """

    def __init__(self, message: str, resolve: Callable[[], Any]) -> None:
        super().__init__(message)
        self.resolve = resolve


class ConnectionEnded(ExchangeError):
    """The exchange hung up for good. Comes out of the ``connect`` block and of every call that still waited.

    Attributes:
        close_code: the WebSocket close code, or None when it never came to that.
        reason: a sentence for people.
    """

    def __init__(self, reason: str, close_code: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.close_code = close_code


class CannotConnect(ConnectionEnded):
    """No connection was made within ``connect_timeout``; ``reason`` says what the last attempt met."""


class Replaced(ConnectionEnded):
    """Another connection took over this client's session (close code 4004)."""


class Idle(ConnectionEnded):
    """The exchange hung up because nothing was asked for long (close code 4002); connect again when there is need."""


class TokenExpired(ConnectionEnded):
    """The token is no longer valid (close code 4001). Give ``connect`` a callable as token to avoid this."""


class Closed(ExchangeError):
    """The ``connect`` block was left, so nothing more can be asked."""


class MissedEvents(ExchangeError):
    """A stream that promises every event could not keep it; what came before was delivered.

    Raised when its reader was too slow for the buffer, or when the connection was lost for so long that the exchange
    sent a snapshot instead of what was missed. State is right in both cases; ask for a new stream to go on.
    """
