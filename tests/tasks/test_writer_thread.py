"""The thread that makes commits durable."""

import threading

import pytest
import trio

from exchange.environment import WriterThread


async def test_work_is_done_on_one_thread_that_ends_with_the_block() -> None:
    with WriterThread() as run:
        first = await run(threading.current_thread)
        second = await run(threading.current_thread)
        assert first is second is not threading.current_thread()
    assert not first.is_alive()


async def test_what_the_work_raises_is_raised_and_the_thread_goes_on() -> None:
    def fail() -> None:
        raise OSError("no space")

    with WriterThread() as run:
        with pytest.raises(OSError, match="no space"):
            await run(fail)
        assert await run(lambda: 7) == 7


async def test_a_cancellation_waits_for_the_work() -> None:
    begun, may_end = threading.Event(), threading.Event()

    def work() -> int:
        begun.set()
        may_end.wait(10)
        return 7

    results: list[int] = []
    with WriterThread() as run:
        async with trio.open_nursery() as nursery:

            async def ask() -> None:
                results.append(await run(work))

            nursery.start_soon(ask)
            await trio.to_thread.run_sync(begun.wait, 10)
            nursery.cancel_scope.cancel()
            may_end.set()
    assert results == [7]
