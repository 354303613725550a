"""Clients that only listen, many of them in one loop: what they are told, and when it reaches them."""

import selectors
import time
from collections.abc import Sequence

from bench.frames import Wire
from exchange_client.schema import server_pb2

QUIET_SECONDS = 0.5
STALL_SECONDS = 30.0


class Watcher:
    """One listening connection. ``delays`` are nanoseconds from a decision to its receipt, if they are wanted."""

    def __init__(self, wire: Wire, delays: list[int] | None = None) -> None:
        self.wire = wire
        self.frames = 0
        self.bytes = 0
        self.last = b""
        self.left = 0
        self._delays = delays
        wire.make_nonblocking()

    def turn(self) -> None:
        """Takes what has come."""
        for payload in self.wire.read():
            self.frames += 1
            self.bytes += len(payload)
            self.last = payload
            if self._delays is not None:
                told = server_pb2.ServerFrame.FromString(payload)
                if told.messages and told.messages[0].sequence:
                    self._delays.append(time.time_ns() - told.complete_time)

    def complete_through(self) -> int:
        """Up to which sequence it has been told."""
        return int(server_pb2.ServerFrame.FromString(self.last).complete_through)


def listen(watchers: Sequence[Watcher], frames: int) -> None:
    """Until each has so many frames more."""
    targets = {watcher: watcher.frames + frames for watcher in watchers}
    with selectors.DefaultSelector() as selector:
        for watcher in watchers:
            selector.register(watcher.wire.socket, selectors.EVENT_READ, watcher)
        while targets:
            ready = selector.select(STALL_SECONDS)
            if not ready:
                raise TimeoutError(f"{len(targets)} watchers were told nothing for {STALL_SECONDS} s")
            for key, _ in ready:
                key.data.turn()
                if key.data.frames >= targets.get(key.data, 0):
                    targets.pop(key.data, None)
