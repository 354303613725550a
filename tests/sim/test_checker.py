"""The simulation proves itself: what it is there to find, it finds."""

from pathlib import Path
from typing import Any

import apsw
import pytest
from trio.testing import MockClock

from exchange_client.schema import server_pb2, types_pb2
from tests.sim.crash import Files
from tests.sim.harness import open_house
from tests.sim.raw_client import ServerMessage
from tests.sim.requests import bid, transfer
from tests.sim.witness import Conversation, Witness

SYNCED, LAZY = "PRAGMA synchronous = FULL", "PRAGMA synchronous = NORMAL"


async def _acknowledged_and_left(folder: Path) -> tuple[int, int]:
    """The sequence of an acknowledged order, and the last one that is there after the power has failed."""
    files = Files()
    with files.watched():
        async with open_house(folder, files=files) as house:
            _, (ada,) = await house.furnish("ada")
            placed = await ada.ask(bid(1, 50))
            house.die(power_fails=True)
            assert house.had_a_log
            await house.buried()
            await house.start()
            return placed.sequence, house.context.engine.state.sequence


async def test_what_is_synced_survives_a_power_cut(tmp_path: Path, autojump_clock: MockClock) -> None:
    acknowledged, left = await _acknowledged_and_left(tmp_path)
    assert acknowledged == left


async def test_a_store_that_does_not_sync_its_commits_loses_them(
    tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Lazy(apsw.Connection):
        def execute(self, statements: str, *arguments: Any) -> Any:  # type: ignore[override]
            return super().execute(LAZY if statements == SYNCED else statements, *arguments)

    monkeypatch.setattr(apsw, "Connection", Lazy)
    acknowledged, left = await _acknowledged_and_left(tmp_path)
    assert left < acknowledged


# The witness.


@pytest.fixture
def talk(autojump_clock: MockClock) -> Conversation:
    conversation = Conversation("ada", b"a session", Witness())
    conversation.connects()
    return conversation


def _reply(request_id: int, sequence: int) -> ServerMessage:
    return ServerMessage(request_id=request_id, sequence=sequence, time=1_000 + sequence, done=server_pb2.Done())


def _frame(*messages: ServerMessage, through: int = 0, time: int = 0) -> server_pb2.ServerFrame:
    return server_pb2.ServerFrame(messages=messages, complete_through=through, complete_time=time)


def _ask(talk: Conversation, request_id: int, market_id: int) -> None:
    message = bid(market_id, 50) if market_id else transfer(2, 1)
    message.request_id = request_id
    talk.says(message)


async def test_a_request_that_is_answered_in_two_ways_is_noticed(talk: Conversation) -> None:
    _ask(talk, 1, 1)
    talk.hears(_frame(_reply(1, 7)))
    talk.hears(_frame(_reply(1, 7)))
    with pytest.raises(AssertionError, match="two answers"):
        talk.hears(_frame(_reply(1, 8)))


async def test_a_sequence_that_is_told_twice_and_differently_is_noticed(talk: Conversation) -> None:
    talk.hears(_frame(through=7, time=1_007))
    with pytest.raises(AssertionError, match="another commit 7"):
        talk.hears(_frame(through=7, time=1_008))


async def test_an_answer_from_before_what_was_known_is_noticed(talk: Conversation) -> None:
    _ask(talk, 1, 1)
    talk.hears(_frame(_reply(1, 7)))
    _ask(talk, 2, 2)
    with pytest.raises(AssertionError, match="7 was known"):
        talk.hears(_frame(_reply(2, 6)))


@pytest.mark.parametrize(
    ("markets", "sequences", "is_fine"),
    [
        ((1, 1), (7, 8), True),
        ((1, 1), (8, 7), False),  # of one market, in the order sent
        ((1, 2), (8, 7), True),  # of two markets, in any order
        ((1, 0), (8, 7), False),  # of none, after all before it
        ((0, 2), (8, 7), False),  # and before all after it
    ],
)
async def test_what_is_decided_out_of_its_order_is_noticed(
    talk: Conversation, markets: tuple[int, int], sequences: tuple[int, int], is_fine: bool
) -> None:
    for request_id, market_id in enumerate(markets, 1):
        _ask(talk, request_id, market_id)
    first, second = (_reply(request_id, sequence) for request_id, sequence in enumerate(sequences, 1))
    talk.hears(_frame(first, second))
    assert (list(talk.disorder()) == []) is is_fine


async def test_answers_of_one_market_in_another_order_than_its_requests_are_noticed(talk: Conversation) -> None:
    _ask(talk, 1, 1)
    _ask(talk, 2, 1)
    refusal = ServerMessage(request_id=2, refusal=server_pb2.Refusal(code=types_pb2.REFUSAL_CODE_INVALID_VALUE))
    talk.hears(_frame(refusal, _reply(1, 7)))
    assert any("answered before" in sentence for sentence in talk.disorder())
