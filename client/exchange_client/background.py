"""A client that lives in a thread of its own, for code that does not run on Trio.

The thread runs one Trio loop with the client's block in it. A call from outside is handed over as a task of that loop
and waited for; an exception in the waiting thread, such as Ctrl-C's, cancels the task. Python delivers signals to the
main thread only, so nothing ever lands inside the loop.
"""

import atexit
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import CancelledError, Future
from contextlib import AbstractAsyncContextManager, suppress
from functools import partial
from typing import TypeVar

import trio

from exchange_client.errors import Closed, OutcomeUnknown
from exchange_client.exchange import Exchange

T = TypeVar("T")

POLL_SECONDS = 0.25  # where a signal does not end a wait by itself, as on Windows, it is noticed within this time


class Background:
    """Runs a client in a thread until closed."""

    def __init__(self, client: Callable[[], AbstractAsyncContextManager[Exchange]]) -> None:
        self.failure: BaseException | None = None
        self._client = client
        self._opened: Future[Exchange] = Future()
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._run, name="exchange client", daemon=True)
        self._connecting = trio.CancelScope()
        self._token: trio.lowlevel.TrioToken
        self._calls: trio.Nursery
        self._left: trio.Event

    def open(self) -> Exchange:
        """Connects. Raises what connecting raises."""
        self._thread.start()
        atexit.register(self.close)
        try:
            return self._wait(self._opened)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Leaves the client's block and waits until that is done. Raises nothing; ``failure`` says what went wrong."""
        atexit.unregister(self.close)
        self._leaving.set()
        with suppress(AttributeError, trio.RunFinishedError):  # not begun, or over
            self._token.run_sync_soon(self._leave)
        while self._thread.is_alive():
            self._thread.join(POLL_SECONDS)

    def run(self, call: Callable[[], Awaitable[T]]) -> T:
        """Runs an async function in the client's thread and waits for what it gives or raises.

        Raises what ended the client, or :class:`Closed`, where it cannot run any more.
        """
        if threading.current_thread() is self._thread:
            raise RuntimeError("this client is not for use on its own thread; on Trio, use connect")
        future: Future[T] = Future()
        scope = trio.CancelScope()
        try:
            self._token.run_sync_soon(self._begin, future, scope, call)
        except trio.RunFinishedError:
            raise self._ended() from None
        try:
            return self._wait(future)
        except CancelledError:
            raise self._ended() from None
        except OutcomeUnknown as unknown:
            unknown.resolve = partial(self.run, unknown.resolve)  # for the thread that it is raised in
            raise
        except BaseException:
            if not future.done():
                self._token.run_sync_soon(scope.cancel)
            raise

    def _ended(self) -> BaseException:
        return self.failure or Closed("the client was closed")

    def _wait(self, future: Future[T]) -> T:
        while True:
            try:
                return future.result(POLL_SECONDS)
            except TimeoutError:
                if future.done():
                    raise
                if not self._thread.is_alive() and not future.done():
                    raise CancelledError from None

    # In the thread.

    def _run(self) -> None:
        try:
            trio.run(self._live)
        except BaseException as error:  # whoever waits, or asks next, is told
            self.failure = error
            if not self._opened.done():
                self._opened.set_exception(error)

    async def _live(self) -> None:
        self._token = trio.lowlevel.current_trio_token()
        self._left = trio.Event()
        if self._leaving.is_set():
            return
        with self._connecting:
            async with self._client() as exchange, trio.open_nursery() as calls:
                self._calls = calls
                self._opened.set_result(exchange)
                await self._left.wait()
                calls.cancel_scope.cancel()

    def _leave(self) -> None:
        self._left.set()
        if not self._opened.done():
            self._connecting.cancel()

    def _begin(self, future: "Future[T]", scope: trio.CancelScope, call: Callable[[], Awaitable[T]]) -> None:
        try:
            self._calls.start_soon(partial(self._call, future, scope, call))
        except RuntimeError:  # the nursery is closed
            future.cancel()

    async def _call(self, future: "Future[T]", scope: trio.CancelScope, call: Callable[[], Awaitable[T]]) -> None:
        try:
            with scope:
                future.set_result(await call())
        except Exception as error:
            future.set_exception(error)
        finally:
            if not future.done():
                future.cancel()
