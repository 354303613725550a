"""The load generator: ready frames on plain sockets, so many in flight on each, and a clock.

It runs in the benchmark's own process, which does nothing else meanwhile.
"""

import gc
import selectors
import time
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from bench.frames import Wire
from bench.process import ServerProcess
from bench.traffic import Traffic

IN_FLIGHT = 8  # messages a connection
STALL_SECONDS = 20.0


class Stalled(Exception):
    """Replies stopped coming."""


class Counter(Protocol):
    """Counts the replies in what comes back."""

    replies: int
    refused: int
    feed_bytes: int

    def count(self, payload: bytes, expected: int) -> int: ...


class Measured(NamedTuple):
    """One round against one server. ``orders`` were answered, ``refused`` of them no; ``feed_bytes`` came beside."""

    orders: int
    refused: int
    seconds: float
    generator_cpu_seconds: float
    server_cpu_seconds: float
    feed_bytes: int

    @property
    def per_second(self) -> float:
        return self.orders / self.seconds

    @property
    def generator_cpu_share(self) -> float:
        return self.generator_cpu_seconds / self.seconds

    @property
    def server_cpu_microseconds(self) -> float:
        """CPU time of the server for each order."""
        return 1e6 * self.server_cpu_seconds / self.orders


class Lane:
    """One connection of a round: what it still has to send and what it still waits for."""

    def __init__(self, wire: Wire, traffic: Traffic, counter: Counter) -> None:
        self.wire = wire
        self.counter = counter
        self.left = traffic.orders
        self._data = memoryview(traffic.data)
        self._frame_bytes = traffic.frame_bytes
        self._per_frame = traffic.per_frame
        self._sent_bytes = 0
        self._waiting = 0

    def begin(self) -> None:
        """Fills the pipe."""
        self._send_frames(IN_FLIGHT)

    def turn(self) -> None:
        """Counts what has come and sends as many frames as have been answered whole."""
        before = self._waiting
        for payload in self.wire.read():
            counted = self.counter.count(payload, self._waiting)
            self._waiting -= counted
            self.left -= counted
        if self._waiting != before:
            frames_waiting = -(-self._waiting // self._per_frame)
            self._send_frames(IN_FLIGHT - frames_waiting)

    def _send_frames(self, frames: int) -> None:
        end = min(self._sent_bytes + frames * self._frame_bytes, len(self._data))
        if end > self._sent_bytes:
            self.wire.send(self._data[self._sent_bytes : end])
            self._waiting += (end - self._sent_bytes) // self._frame_bytes * self._per_frame
            self._sent_bytes = end


def run_load(server: ServerProcess, lanes: Sequence[Lane]) -> Measured:
    """Sends everything and waits for every reply. Raises :exc:`Stalled`."""
    orders = sum(lane.left for lane in lanes)
    for lane in lanes:
        lane.wire.make_nonblocking()
    gc.collect()
    gc.disable()
    try:
        server_cpu = server.cpu_seconds()
        cpu, begin = time.process_time(), time.perf_counter()
        _exchange_all(lanes)
        seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
        server_cpu = server.cpu_seconds() - server_cpu
    finally:
        gc.enable()
    refused = sum(lane.counter.refused for lane in lanes)
    feed = sum(lane.counter.feed_bytes for lane in lanes)
    return Measured(orders, refused, seconds, cpu, server_cpu, feed)


def _exchange_all(lanes: Sequence[Lane]) -> None:
    with selectors.DefaultSelector() as selector:
        for lane in lanes:
            selector.register(lane.wire.socket, selectors.EVENT_READ, lane)
            lane.begin()
        unfinished = len(lanes)
        while unfinished:
            ready = selector.select(STALL_SECONDS)
            if not ready:
                raise Stalled(f"no reply for {STALL_SECONDS} s, {sum(lane.left for lane in lanes):,} are missing")
            for key, _ in ready:
                lane = key.data
                waiting = lane.left
                lane.turn()
                if waiting and not lane.left:
                    unfinished -= 1


def drain(lanes: Sequence[Lane], quiet_seconds: float = 0.3) -> None:
    """Takes what is still coming, until nothing has come for a while: the last words of the feed."""
    with selectors.DefaultSelector() as selector:
        for lane in lanes:
            selector.register(lane.wire.socket, selectors.EVENT_READ, lane)
        deadline = time.monotonic() + STALL_SECONDS
        while (ready := selector.select(quiet_seconds)) and time.monotonic() < deadline:
            for key, _ in ready:
                key.data.turn()
