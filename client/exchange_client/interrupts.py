"""Ctrl-C belongs to the bot: none of the client's own tasks ever meets it.

Python raises ``KeyboardInterrupt`` wherever the main thread happens to be. In a task of the client, or in one of
trio-websocket's, it would tear down the connection in the middle of something, and might be lost: the first thing that
is cancelled because of it may cancel its own way out. In a protected task Trio puts it off, and raises it in the main
task the next time that waits.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import trio


class CalmNursery:
    """Starts tasks of a nursery as protected ones; for the eyes of those who only start tasks in it."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self._nursery = nursery

    def start_soon(self, function: Callable[..., Awaitable[object]], *args: Any) -> None:
        self._nursery.start_soon(_run_protected, function, *args, name=function)


@trio.lowlevel.enable_ki_protection
async def _run_protected(function: Callable[..., Awaitable[object]], *args: Any) -> None:
    await function(*args)
