"""One order at a time on one connection, against an echo followed by one fdatasync of 4 KiB."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from bench.counting import EchoCounter, ReplyCounter
from bench.frames import Wire
from bench.process import ServerProcess
from bench.traders import connected, signed_in
from bench.traffic import Traffic

BLOCK = 50  # round trips of one kind before those of the other
_PAGE = bytes(4_096)
_PAGES = 256  # written over and over, as SQLite does with its log


class Latency(NamedTuple):
    """Seconds of one round: of an order, and of the yardstick."""

    order_p50: float
    order_p99: float
    echo_p50: float
    echo_p99: float


class SyncedFile:
    """A file of pages that exist, so that writing one is all that there is to sync."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.pwrite(self._descriptor, _PAGE * _PAGES, 0)
        os.fsync(self._descriptor)
        self._page = 0

    def write_page(self) -> None:
        """Writes 4 KiB and waits until the disk has them."""
        self._page = (self._page + 1) % _PAGES
        os.pwrite(self._descriptor, _PAGE, self._page * len(_PAGE))
        os.fdatasync(self._descriptor)

    def close(self) -> None:
        os.close(self._descriptor)


def measure_latency(
    exchange: ServerProcess, echo: ServerProcess, index: int, traffic: Traffic, folder: Path
) -> Latency:
    """The trader of this index. Blocks of round trips to either server in turn; each is sent every frame once."""
    file = SyncedFile(folder / "synced")
    orders: list[float] = []
    echoes: list[float] = []
    try:
        with signed_in(exchange, 1, first=index) as (trader,), connected(echo, 1) as (wire,):
            replies, echoed = ReplyCounter(traffic), EchoCounter(traffic)
            for begin in range(0, traffic.frames, BLOCK):
                block = range(begin, min(begin + BLOCK, traffic.frames))
                orders += [_round_trip(trader.wire, traffic, at, replies.count) for at in block]
                for at in block:
                    seconds = _round_trip(wire, traffic, at, echoed.count)
                    start = time.perf_counter()
                    file.write_page()
                    echoes.append(seconds + time.perf_counter() - start)
    finally:
        file.close()
    return Latency(percentile(orders, 50), percentile(orders, 99), percentile(echoes, 50), percentile(echoes, 99))


def _round_trip(wire: Wire, traffic: Traffic, index: int, count: Callable[[bytes, int], int]) -> float:
    """Sends one frame and waits for its reply; returns the seconds."""
    size = traffic.frame_bytes
    frame = traffic.data[index * size : (index + 1) * size]
    begin = time.perf_counter()
    wire.send(frame)
    while not sum(count(payload, 1) for payload in wire.read_some()):
        pass
    return time.perf_counter() - begin


def percentile(values: list[float], percent: int) -> float:
    """The smallest value that so many percent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
