"""The queue in front of every task that decides, and of the writer."""

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from exchange.tasks.mailbox import Mailbox


async def test_items_come_out_in_the_order_they_were_put_in() -> None:
    mailbox: Mailbox[int] = Mailbox(3)
    for number in (1, 2, 3):
        mailbox.put_nowait(number)
    assert await mailbox.wait()
    assert [mailbox.take() for _ in range(len(mailbox))] == [1, 2, 3]


async def test_a_full_mailbox_makes_putters_wait_in_turn() -> None:
    mailbox: Mailbox[str] = Mailbox(1)
    mailbox.put_nowait("first")
    with pytest.raises(trio.WouldBlock):
        mailbox.put_nowait("too soon")
    async with trio.open_nursery() as nursery:
        for item in ("second", "third"):
            nursery.start_soon(mailbox.put, item)
            await wait_all_tasks_blocked()
        taken = []
        for _ in range(3):
            assert await mailbox.wait()
            taken.append(mailbox.take())
    assert taken == ["first", "second", "third"]


async def test_what_a_cancelled_putter_had_is_not_in() -> None:
    mailbox: Mailbox[int] = Mailbox(1)
    mailbox.put_nowait(1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(mailbox.put, 2)
        await wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert (mailbox.take(), len(mailbox)) == (1, 0)
    mailbox.put_nowait(3)


async def test_a_closed_mailbox_gives_what_it_has_and_takes_no_more() -> None:
    mailbox: Mailbox[int] = Mailbox(1)
    mailbox.put_nowait(1)
    async with trio.open_nursery() as nursery:

        async def put_too_late() -> None:
            with pytest.raises(trio.ClosedResourceError):
                await mailbox.put(2)

        nursery.start_soon(put_too_late)
        await wait_all_tasks_blocked()
        mailbox.close()
    with pytest.raises(trio.ClosedResourceError):
        mailbox.put_nowait(3)
    assert await mailbox.wait()
    assert mailbox.take() == 1
    assert not await mailbox.wait()


async def test_the_one_who_takes_can_be_woken_for_something_else() -> None:
    mailbox: Mailbox[int] = Mailbox(1)
    async with trio.open_nursery() as nursery:

        async def take() -> None:
            assert await mailbox.wait()
            assert not len(mailbox)

        nursery.start_soon(take)
        await wait_all_tasks_blocked()
        mailbox.wake()
