"""A disk that fails under a whole server: it ends with a sentence, tells nobody a lie, and goes on after a restart."""

import re
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest
import trio
from trio.testing import MockClock

from exchange.core.invariants import violations
from exchange.store.errors import StoreBroken
from exchange.store.verify import verify
from exchange.wire.records import decode_facts
from tests.e2e.bot import Bot
from tests.e2e.server import connect, server_nursery, start_server, verified
from tests.faults.disk import io_error
from tests.sim.compare import assert_knows
from tests.sim.harness import House, open_house
from tests.sim.raw_client import RawClient
from tests.sim.requests import bid, create_market, kind_of, offer


class Connection:
    """The store's connection, except that the next COMMIT is reported as failed, whether it happened or not."""

    def __init__(self, connection: apsw.Connection, *, happens: bool) -> None:
        self._connection = connection
        self._happens = happens

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, statements: str, *arguments: Any) -> Any:
        if statements == "COMMIT":
            if self._happens:
                self._connection.execute(statements)
            raise io_error("sync")
        return self._connection.execute(statements, *arguments)


def _broken(house: House) -> str:
    assert house.failure is not None
    broken, others = house.failure.split(StoreBroken)
    assert others is None, others
    assert broken is not None
    failure: BaseException = broken
    while isinstance(failure, BaseExceptionGroup):
        (failure,) = failure.exceptions
    house.failure = None
    return str(failure)


async def _ends(house: House) -> str:
    with trio.fail_after(600):
        await house.ended.wait()
    return _broken(house)


async def _comes_back(house: House, clients: list[RawClient]) -> None:
    """After a restart everybody resumes and knows what is true."""
    acknowledged = {reply.sequence for client in clients for replies in client.replies.values() for reply in replies}
    await house.start()
    state = house.context.engine.state
    assert list(violations(state)) == []
    assert max(acknowledged) <= state.sequence
    for client in clients:
        await house.connect(client, resume=True)
        await client.wait_ready()
    await house.settle_down(*clients)
    for client in clients:
        assert_knows(client, state)


@pytest.mark.parametrize("happens", [False, True], ids=["and it did not happen", "and it did"])
async def test_a_commit_whose_outcome_is_unknown_is_never_answered(
    tmp_path: Path, autojump_clock: MockClock, happens: bool
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada, bob) = await house.furnish("ada", "bob")
        await ada.ask(bid(1, 50, 10))
        await house.settle_down(ada, bob)
        before, heard = house.context.engine.state.sequence, len(bob.received)
        house.store._connection = Connection(house.store._connection, happens=happens)  # type: ignore[assignment]
        asked = [offer(1, 50, 4), offer(1, 99, 1), bid(1, 5_000, 1)]
        ids = await bob.post(*asked)
        assert "Whether the last commits are in it shows when it is opened again" in await _ends(house)
        assert not set(ids) & bob.replies.keys(), "neither executed nor refused: nobody knows"
        assert [kind_of(message) for message in bob.received[heard:] if message.sequence > before] == []
        await _comes_back(house, [ada, bob])
        assert (house.context.engine.state.sequence > before) == happens
        kinds = [kind_of(await bob.ask(message, request_id)) for request_id, message in zip(ids, asked, strict=True)]
        assert kinds == ["order_result", "order_result", "refusal"]
        await house.settle_down(ada, bob)
        positions = house.context.engine.state.markets[1].positions.values()
        assert sorted(position.size for position in positions) == [-4, 4], "executed once, whichever it was"


def _fill_up(connection: apsw.Connection) -> None:
    connection.execute(f"PRAGMA max_page_count = {connection.pragma('page_count')}")


async def test_a_full_disk_ends_the_server_and_with_room_it_goes_on(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada, bob) = await house.furnish("ada", "bob")
        asked: dict[tuple[str, int], Any] = {}
        _fill_up(house.store._connection)
        price = 0
        while not house.ended.is_set():
            price += 1
            assert price < 5_000, "the disk never fills up"
            for client, message in ((ada, bid(1, 1 + price % 40, 1)), (bob, offer(1, 60 + price % 40, 1))):
                with trio.move_on_after(0.1):
                    (request_id,) = await client.post(message)
                    asked[client.name, request_id] = message
            await trio.sleep(0.1)
        assert _broken(house).startswith("The disk is full: ")
        unknown = [(name, i) for name, i in asked if i not in {"ada": ada, "bob": bob}[name].replies]
        assert unknown, "what was being written when it failed"
        for client in (ada, bob):
            kinds = {kind_of(reply) for replies in client.replies.values() for reply in replies}
            assert kinds <= {"order_result", "done"}
        await _comes_back(house, [ada, bob])
        for name, request_id in unknown:
            client = ada if name == "ada" else bob
            assert kind_of(await client.ask(asked[name, request_id], request_id)) == "order_result"
        assert len(house.context.engine.state.markets[1].book.orders) == len(asked)
        await house.drain()
        report = verify(house.path, decode_facts)
        assert (report.ok, report.orders) == (True, len(asked))


async def test_a_process_that_can_write_no_more_says_so_and_bots_go_on_after_its_restart(tmp_path: Path) -> None:
    settings = ("pace_per_second=100000", "pace_burst=100000", "starting_cash=1000000000")
    bots = [Bot(f"bot{number}", number) for number in range(2)]
    with trio.fail_after(90):
        async with server_nursery() as nursery:
            server = await start_server(tmp_path, nursery, *settings)
            owner = await connect(server, nursery, RawClient("owner"))
            assert kind_of(await owner.ask(create_market("Market"))) == "created"
            await owner.close()
            async with trio.open_nursery() as lives:
                for bot in bots:
                    lives.start_soon(bot.live, nursery)
                    bot.serve_with(server)
                await _until(lambda: all(bot.acknowledged >= 20 for bot in bots))
                _let_files_grow_no_more(tmp_path, server.process.pid)
                assert await server.process.wait() == 1
                verified(tmp_path)
                server = await start_server(tmp_path, nursery, *settings)
                least = [bot.acknowledged for bot in bots]
                for bot in bots:
                    bot.serve_with(server)
                await _until(lambda: all(bot.acknowledged > n for bot, n in zip(bots, least, strict=True)))
                for bot in bots:
                    bot.stop = True
            assert await server.terminate() == 0
    verified(tmp_path)
    for bot in bots:
        bot.check(tmp_path / "exchange.db")
    log = (tmp_path / "server.log").read_text()
    assert re.search(r"stopped; what was acknowledged is in the file", log)
    assert "Traceback" not in log


def _let_files_grow_no_more(folder: Path, pid: int) -> None:
    largest = max(file.stat().st_size for file in folder.glob("exchange.db*"))
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (largest + 40_000, resource.RLIM_INFINITY))


async def _until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110 - it is another process that makes it true
        await trio.sleep(0.02)
