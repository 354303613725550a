"""The naive way to tell many clients of a busy market, the yardstick of ``bench.fanout``.

    python -m bench.naive_feed

Each fact is built, encoded and sent for each client, with trio-websocket as it comes. A client that sends a number is
taken for the one who says go: so many facts follow, to all the others.
"""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, WebSocketRequest, serve_websocket

from exchange_client.schema import server_pb2, types_pb2


class Feed:
    """All clients, and the facts for them."""

    def __init__(self) -> None:
        self._clients: set[WebSocketConnection] = set()
        self._sequence = 0

    async def serve(self, request: WebSocketRequest) -> None:
        """Keeps a client, or does as it says."""
        client = await request.accept()
        async with self._kept(client):
            while True:
                message = await client.get_message()
                self._clients.discard(client)
                await self._tell(int(message))
                await client.send_message(b"done")

    @asynccontextmanager
    async def _kept(self, client: WebSocketConnection) -> AsyncIterator[None]:
        self._clients.add(client)
        try:
            yield
        except ConnectionClosed:
            pass
        finally:
            self._clients.discard(client)

    async def _tell(self, facts: int) -> None:
        for _ in range(facts):
            self._sequence += 1
            for client in list(self._clients):
                await client.send_message(_encoded(self._sequence))


def _encoded(sequence: int) -> bytes:
    """What a client is told of a new order."""
    frame = server_pb2.ServerFrame(complete_through=sequence, complete_time=sequence)
    message = frame.messages.add(sequence=sequence, time=sequence)
    placed = message.order_placed
    placed.market_id, placed.order_id, placed.account_id = 1, sequence, 1 + sequence % 10
    placed.side, placed.price, placed.size, placed.remaining = types_pb2.SIDE_BUY, 5_000, 1, 1
    placed.time_in_force = types_pb2.TIME_IN_FORCE_GTC
    return frame.SerializeToString()


async def main() -> None:
    """Serves until the process is ended."""
    feed = Feed()
    async with trio.open_nursery() as nursery:
        server = await nursery.start(
            lambda task_status: serve_websocket(
                feed.serve, "127.0.0.1", 0, None, receive_buffer_size=None, task_status=task_status
            )
        )
        print(json.dumps({"websocket": f"ws://127.0.0.1:{server.port}/", "pid": os.getpid()}), flush=True)


if __name__ == "__main__":
    trio.run(main)
