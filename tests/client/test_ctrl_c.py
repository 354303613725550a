"""Ctrl-C in a bot on Trio: whatever the client is doing at that moment, it leaves the block as a KeyboardInterrupt."""

import signal
from typing import Any

import pytest
import trio
import trio.testing

from exchange_client import connect
from tests.client import fake as f
from tests.client.fake import URL, fake_exchange


class Interrupted(trio.abc.Stream):
    """A client's end of a line, on which Ctrl-C comes as soon as the ``number``-th ``call`` is done."""

    def __init__(self, stream: Any, call: str, number: int) -> None:
        self._stream = stream
        self._call = call
        self._left = number

    def _done(self, call: str) -> None:
        if call == self._call:
            self._left -= 1
            if not self._left:
                signal.raise_signal(signal.SIGINT)

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        data: bytes | bytearray = await self._stream.receive_some(max_bytes)
        self._done("receive_some")
        return data

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await self._stream.send_all(data)
        self._done("send_all")

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        await self._stream.aclose()


@pytest.mark.parametrize("call", ["receive_some", "send_all"])
@pytest.mark.parametrize("number", [2, 3, 4, 5])
def test_ctrl_c_in_a_task_of_the_client_ends_the_block_and_is_not_lost(call: str, number: int) -> None:
    dials = 0

    async def bot(exchange: f.FakeExchange) -> None:
        async def dial() -> trio.abc.Stream:
            nonlocal dials
            dials += 1
            return Interrupted(await exchange.open_stream(), call, number)

        async with connect(URL, token="dev:ada", open_stream=dial, cancel_on_exit=False) as client:
            while True:
                await client.ping()
                await trio.sleep(0.1)

    async def main() -> None:
        async with fake_exchange() as exchange:
            try:
                await bot(exchange)
            except KeyboardInterrupt:
                return
        raise AssertionError("it was over without")

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    assert dials == 1
