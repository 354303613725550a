"""A demo from start to end: the exchange, the floor, what is shown meanwhile, and the check afterwards."""

import signal
from collections.abc import Callable
from pathlib import Path

import trio
from rich.console import Console

from exchange.demo.audit import discrepancies, last_sequence
from exchange.demo.floor import Floor
from exchange.demo.result import Result, result_of, shortcomings
from exchange.demo.screen import show
from exchange.demo.server import Server, run_server

_SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


_CLOSE_SECONDS = 20.0  # for bots to finish what they do and leave: far more than it takes


class Hurried(Exception):
    """There was no orderly end, so nothing was checked; the message says why."""


async def run_demo(
    db: Path,
    port: int,
    *,
    seconds: float | None,
    seed: int,
    console: Console | None,
    announce: Callable[[Server], None],
) -> Result:
    """Runs for so many seconds of trading, or until a signal. ``console`` shows the market where there is one.

    Raises :class:`~exchange.demo.server.ServerFailed`, :class:`Hurried` and what ends clients, perhaps in groups.
    """
    began_after = last_sequence(db)
    closing = trio.Event()
    async with trio.open_nursery() as nursery:
        await nursery.start(_receive_signals, closing)
        async with run_server(db, port) as server:
            announce(server)
            floor = Floor(server.socket_url, seed, closing)
            async with trio.open_nursery() as beside:
                beside.start_soon(server.watch)
                beside.start_soon(_insist, closing)
                if seconds is not None:
                    beside.start_soon(_close_after, floor, seconds)
                if console is not None:
                    beside.start_soon(show, floor, console)
                await floor.run()
                traded_for = trio.current_time() - floor.opened_at
                beside.cancel_scope.cancel()
            await server.stop()
        found = await trio.to_thread.run_sync(discrepancies, db, floor, began_after)
        nursery.cancel_scope.cancel()
    whole_run = seconds is not None and traded_for >= seconds
    return result_of(floor, traded_for, found, shortcomings(floor, traded_for) if whole_run else [])


async def _close_after(floor: Floor, seconds: float) -> None:
    await floor.opened.wait()
    await trio.sleep(seconds)
    floor.closing.set()


async def _insist(closing: trio.Event) -> None:
    await closing.wait()
    await trio.sleep(_CLOSE_SECONDS)
    raise Hurried(f"the bots did not get away within {_CLOSE_SECONDS:g} s, so nothing was checked")


async def _receive_signals(
    closing: trio.Event, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """The first signal closes the floor; a second one ends everything at once, and nothing is checked."""
    with trio.open_signal_receiver(*_SIGNALS) as signals:
        task_status.started()
        async for _ in signals:
            if closing.is_set():
                raise Hurried("it was told to stop twice, so nothing was checked")
            closing.set()
