"""An organiser at their desk: the commands of ``exchange admin`` as functions, on the exchange of the simulation."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import trio
from rich.console import Console

from exchange.cli.admin.desk import Desk
from exchange.cli.admin.output import Output
from exchange_client import Exchange, connect
from tests.sim.environment import Gate, MemoryListener
from tests.sim.harness import House

URL = "ws://localhost/ws"


@asynccontextmanager
async def join(house: House, name: str, **options: Any) -> AsyncIterator[Exchange]:
    """Somebody with the client library; ``name`` is a developer's name."""

    async def dial() -> trio.abc.Stream:
        return _dialled(house.listener)

    async with connect(URL, token=f"dev:{name}", open_stream=dial, random=Random(name), **options) as exchange:
        yield exchange


@asynccontextmanager
async def open_desk(house: House, *, as_json: bool = False) -> AsyncIterator[Desk]:
    """The operator, elevated, by the local socket. What is printed is in ``said(desk)``."""
    console = Console(file=io.StringIO(), width=200)

    async def dial() -> trio.abc.Stream:
        return _dialled(house.local)

    async with connect(URL, token="", elevated=True, open_stream=dial, random=Random(0)) as exchange:
        yield Desk(exchange, Output(console, as_json=as_json))


def said(desk: Desk) -> str:
    """What has been printed since the last time this was asked."""
    file = desk.output._console.file
    assert isinstance(file, io.StringIO)
    text = file.getvalue()
    file.seek(0)
    file.truncate()
    return text


def _dialled(listener: MemoryListener) -> trio.abc.Stream:
    try:
        return listener.dial(Gate())
    except (trio.ClosedResourceError, trio.BrokenResourceError):
        raise ConnectionRefusedError("nobody listens") from None
