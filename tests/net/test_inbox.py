"""Messages on their way from the reader to the one who takes them, and past each other never."""

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from exchange.net.inbox import Inbox
from exchange.settings import Settings


def new_inbox(whole: list[None] | None = None) -> Inbox:
    noted = [] if whole is None else whole
    return Inbox(Settings(), on_whole=lambda: noted.append(None), on_text=lambda: None)


class Taker:
    """Takes messages for ever, and handles those that are offered as ``handle`` says."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        self.taken: list[bytes] = []
        self.handled: list[bytes] = []
        inbox.handle_lone(self.handle)

    def handle(self, message: bytes) -> bool:
        self.handled.append(message)
        return True

    async def run(self) -> None:
        while messages := await self.inbox.take():
            self.taken += messages


async def test_a_lone_message_is_handled_at_once_while_the_taker_waits() -> None:
    whole: list[None] = []
    inbox = new_inbox(whole)
    taker = Taker(inbox)
    assert not inbox.handled_at_once(b"nobody waits yet")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(taker.run)
        await wait_all_tasks_blocked()
        assert inbox.handled_at_once(b"lone")
        nursery.cancel_scope.cancel()
    assert (taker.handled, taker.taken, len(whole)) == ([b"lone"], [], 1)


async def test_no_message_is_handled_before_one_that_is_still_to_be_taken() -> None:
    inbox = new_inbox()
    taker = Taker(inbox)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(taker.run)
        await wait_all_tasks_blocked()
        await inbox.send(b"first")
        assert not inbox.handled_at_once(b"second")
        await inbox.send(b"second")
        await wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert (taker.handled, taker.taken) == ([], [b"first", b"second"])


async def test_after_the_handler_was_taken_away_nothing_is_handled() -> None:
    inbox = new_inbox()
    taker = Taker(inbox)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(taker.run)
        await wait_all_tasks_blocked()
        inbox.handle_lone(None)
        assert not inbox.handled_at_once(b"late")
        inbox.discard()
    assert not taker.handled


async def test_what_the_handler_raises_is_raised_where_messages_are_taken() -> None:
    inbox = new_inbox()

    def fail(_: bytes) -> bool:
        raise LookupError("a bug")

    inbox.handle_lone(fail)

    async def take() -> None:
        with pytest.raises(LookupError, match="a bug"):
            await inbox.take()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(take)
        await wait_all_tasks_blocked()
        assert inbox.handled_at_once(b"lone")
