"""Waiting until an outbox is empty, as a drain does before it closes a connection."""

import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from exchange.net.outbox import Outbox


class Willing:
    """A socket with room."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def send_nowait(self, payload: bytes) -> bool:
        self.sent.append(payload)
        return True


async def test_an_outbox_that_is_flushed_while_somebody_waits_for_its_end_lets_them_go(
    autojump_clock: MockClock,
) -> None:
    outbox, socket = Outbox(1_000, 1_000, lambda: None), Willing()
    outbox.put(b"piece")
    with trio.fail_after(1):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outbox.wait_empty)
            await wait_all_tasks_blocked()
            outbox.flush(socket)
    assert socket.sent == [b"piece"]
