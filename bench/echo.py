"""A plain trio-websocket echo server, the yardstick of the network benchmarks.

    python -m bench.echo

Takes a free port of the loopback address and prints one JSON line when it is ready, as ``exchange serve`` does.
"""

import json
import os

import trio
from trio_websocket import ConnectionClosed, WebSocketRequest, serve_websocket


async def echo(request: WebSocketRequest) -> None:
    """Sends every message back."""
    socket = await request.accept()
    try:
        while True:
            await socket.send_message(await socket.get_message())
    except ConnectionClosed:
        pass


async def main() -> None:
    """Serves until the process is ended."""
    async with trio.open_nursery() as nursery:
        server = await nursery.start(
            lambda task_status: serve_websocket(
                echo, "127.0.0.1", 0, None, message_queue_size=64, receive_buffer_size=None, task_status=task_status
            )
        )
        print(json.dumps({"websocket": f"ws://127.0.0.1:{server.port}/", "pid": os.getpid()}), flush=True)


if __name__ == "__main__":
    trio.run(main)
