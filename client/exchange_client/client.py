"""Entering and leaving: :func:`connect` puts a client together, keeps it running and takes it apart again."""

import random as random_module
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

import trio

from exchange_client.clock import ServerClock
from exchange_client.connection import Connections, OpenStream, Token
from exchange_client.dialing import open_stream as open_network_stream
from exchange_client.dialing import parse_url
from exchange_client.enums import ConnectionState
from exchange_client.errors import CannotConnect, Closed, ConnectionEnded, ExchangeError, Refused
from exchange_client.exchange import Exchange
from exchange_client.interrupts import CalmNursery
from exchange_client.number import whole
from exchange_client.outbox import Outbox
from exchange_client.requester import Requester
from exchange_client.session import Session, Wanted
from exchange_client.state import State
from exchange_client.streams import Hub
from exchange_client.values import ConnectionEvent
from exchange_client.view import ConnectionLog

EXIT_SECONDS = 2.0  # for cancelling orders and saying goodbye: Ctrl-C must not feel stuck
SESSION_BYTES = 16


@asynccontextmanager
async def connect(
    url: str,
    *,
    token: Token,
    act_as: int = 0,
    elevated: bool = False,
    cancel_on_exit: bool = True,
    cancel_on_disconnect: bool = False,
    patience: float = 60.0,
    timeout: float | None = None,  # noqa: ASYNC109 (of each call, not of this one)
    connect_timeout: float = 30.0,
    open_stream: OpenStream | None = None,
    random: random_module.Random | None = None,
) -> AsyncIterator[Exchange]:
    """Connects to an exchange and keeps the connection up while the block runs.

    ::

        async with connect("ws://localhost:8080/ws", token="dev:ada") as exchange:
            market = exchange.markets["Rain on Friday"]
            await market.buy(10, at=39.5)

    Args:
        url: a ``ws://`` or ``wss://`` address.
        token: a developer token, access token, key or invitation; or an async function that gives one, called for each
            connection. An invitation becomes a key (``Exchange.key``), with which the client comes back.
        act_as: the account to act as; 0 for the user's own.
        elevated: whether to switch admin powers on.
        cancel_on_exit: whether leaving the block cancels the acting account's orders.
        cancel_on_disconnect: whether the exchange ends this client's orders when the client is gone for long.
        patience: for how many seconds after its call a change may still be decided. An outage that takes longer ends
            it in a refusal, ``TOO_LATE``, unless it had been executed before.
        timeout: for how many seconds a call waits before it raises :class:`OutcomeUnknown`; None for as long as it
            takes. The request lives on either way.
        connect_timeout: seconds within which the block must be entered. Once in it, the client comes back for ever.
        open_stream: gives the bytes to speak over instead of a network connection, for tests and simulations.
        random: where the session's name and the jitter of reconnecting come from.

    Raises:
        CannotConnect: nothing was reached within ``connect_timeout``.
        Refused: the exchange does not accept the token, or no longer allows what the client was doing.
        Replaced, Idle, TokenExpired, ConnectionEnded: the exchange hung up for good.

    The last three come out of the block while it runs: what runs in it is cancelled first. Exceptions of the block
    itself come out as they are. Leaving takes at most two seconds more, also when cancelled.
    """
    client = _Client(
        url,
        token,
        open_stream,
        random or random_module.SystemRandom(),
        Wanted(whole(act_as, "act_as"), elevated, cancel_on_disconnect),
        patience,
        timeout,
    )
    failure: BaseException | None = None
    try:
        async with trio.open_nursery() as nursery:
            CalmNursery(nursery).start_soon(client.run)
            try:
                with client.block:
                    await client.wait_until_live(connect_timeout)
                    client.exchange.begin()
                    yield client.exchange
            finally:
                await client.leave(cancel_on_exit)
    except BaseExceptionGroup as group:
        if len(group.exceptions) > 1:
            raise
        failure = group.exceptions[0]
    failure = failure or client.failure
    if failure is not None:
        raise failure


class _Client:
    """The parts of a client. ``block`` is the scope of what the bot does; ``failure`` is why it ended early."""

    def __init__(
        self,
        url: str,
        token: Token,
        open_stream: OpenStream | None,
        random: random_module.Random,
        wanted: Wanted,
        patience: float,
        timeout: float | None,
    ) -> None:
        address = parse_url(url)
        self.block = trio.CancelScope()
        self.failure: Exception | None = None
        self._scope = trio.CancelScope(shield=True)
        self._finished = trio.Event()
        self._state = State(Hub())
        self._log = ConnectionLog()
        monotonic = trio.lowlevel.current_clock().current_time  # for threads that look, as well
        clock = ServerClock(monotonic)
        outbox = Outbox()
        session = Session(self._state, outbox, clock, monotonic, random.randbytes(SESSION_BYTES), wanted)
        self._connections = Connections(
            session, address, open_stream or partial(open_network_stream, address), token, random, self._log.put
        )
        self._requester = Requester(session, outbox, self._connections, self._state, clock, patience, timeout)
        self._state.requester = self._requester
        self.exchange = Exchange(self._state, clock, self._log)

    async def run(self) -> None:
        """Keeps the connection up until told to stop. Shielded: leaving the block still needs it."""
        try:
            with self._scope:
                await self._connections.run()
        except (ConnectionEnded, Refused) as error:
            self.failure = error
            self.block.cancel()
        finally:
            self._end(self.failure or Closed("the connect block was left"))
            self._finished.set()

    async def wait_until_live(self, seconds: float) -> None:
        with trio.move_on_after(seconds):
            await self._connections.was_live.wait()
            return
        reason = self._connections.last_reason or "no answer"
        raise CannotConnect(f"no connection within {seconds:g} s: {reason}")

    async def leave(self, cancel_orders: bool) -> None:
        """Cancels orders if asked, says goodbye and stops: within ``EXIT_SECONDS``, and also when cancelled."""
        with trio.move_on_after(EXIT_SECONDS, shield=True):
            if cancel_orders and self._may_have_orders():
                with suppress(ExchangeError):
                    await self.exchange.cancel_all()
            self._connections.close()
            await self._finished.wait()
        self._scope.cancel()

    def _may_have_orders(self) -> bool:
        if not self._connections.was_live.is_set():
            return False
        acting = self._state.account_id
        return not self._requester.is_idle or any(o.account_id == acting for o in self._state.orders.values())

    def _end(self, error: Exception) -> None:
        self._requester.end(error)
        reason, code = (error.reason, error.close_code) if isinstance(error, ConnectionEnded) else (str(error), None)
        self._log.put(ConnectionEvent(ConnectionState.CLOSED, reason, code))
        self._log.finish()
        self._state.end(error)
