"""Order flow: the core, its naive twin and a plain book write the same report, and on the sample the published one."""

import os
from pathlib import Path

import pytest

from bench.core_venue import CoreVenue
from bench.flow import SAMPLE, SAMPLE_REPORT, Message, encode_flow, generate_flow, parse_flow, read_flow
from bench.plain_book import PlainBook
from bench.venues import Placed, Playback, Recording, Trade, report_sha256, run_flow
from exchange.core.commands import Actor, CancelOrder, PlaceOrder
from exchange.core.invariants import violations
from exchange.core.units import Side, TimeInForce
from tests.core.naive import NaiveExchange, NaiveMarket

GENERATED = 300  # messages; the twin copies everything for each


class NaiveVenue:
    """The twin as a venue: the house buys, because the twin asks nobody else for funds, and so does another house."""

    def __init__(self) -> None:
        self._twin = NaiveExchange(10**6, 10**6, 0, {0: {0}, 1: {1}})
        self._twin.markets[1] = NaiveMarket(0, 100_000)

    def place(self, side: Side, price: int, size: int, immediate: bool) -> Placed:
        time_in_force = TimeInForce.IOC if immediate else TimeInForce.GTC
        actor = self._act(side)
        assert self._twin.execute(actor, PlaceOrder(1, side, price, size, time_in_force)) is None
        return Placed(self._twin.placed, [Trade(*fill) for fill in self._twin.fills])

    def cancel(self, side: Side, number: int) -> bool:
        return self._twin.execute(self._act(side), CancelOrder(1, number)) is None

    def _act(self, side: Side) -> Actor:
        actor = Actor(0, 0 if side == Side.BUY else 1)
        self._twin.house_id = actor.account_id
        return actor


@pytest.fixture
def sample() -> list[Message]:
    folder = os.environ.get("EXCHANGE_SAMPLES")
    if not folder or not (Path(folder) / SAMPLE).exists():
        pytest.skip(f"EXCHANGE_SAMPLES does not name a folder with {SAMPLE}")
    return read_flow(Path(folder) / SAMPLE)


@pytest.mark.parametrize("seed", range(20))
def test_core_twin_and_plain_book_report_the_same_on_generated_flow(seed: int) -> None:
    flow = generate_flow(seed, GENERATED)
    core = CoreVenue()
    lines = run_flow(flow, core)
    assert {line[0] for line in lines} == {0, 1, 2, 3, 4, 5}
    expected = report_sha256(lines)
    assert report_sha256(run_flow(flow, NaiveVenue())) == expected
    assert report_sha256(run_flow(flow, PlainBook())) == expected
    assert list(violations(core.state)) == []


def test_core_and_plain_book_report_the_published_hash_on_the_sample(sample: list[Message]) -> None:
    core = CoreVenue()
    lines = run_flow(sample, core)
    assert (len(lines), sum(line[0] == 1 for line in lines)) == (43_568, 663)
    assert report_sha256(lines) == SAMPLE_REPORT
    assert report_sha256(run_flow(sample, PlainBook())) == SAMPLE_REPORT
    assert list(violations(core.state)) == []


@pytest.mark.long
def test_the_twin_reports_the_published_hash_on_the_sample(sample: list[Message]) -> None:
    assert report_sha256(run_flow(sample, NaiveVenue())) == SAMPLE_REPORT


def test_a_run_can_be_repeated_from_its_operations_and_reported_from_its_answers() -> None:
    flow = generate_flow(1, GENERATED)
    recording = Recording(PlainBook())
    expected = run_flow(flow, recording)
    again = PlainBook()
    answers = [again.cancel(*each) if len(each) == 2 else again.place(*each) for each in recording.operations]
    assert run_flow(flow, Playback(answers)) == expected


def test_generated_flow_depends_on_its_seed_alone() -> None:
    assert generate_flow(1, 50) == generate_flow(1, 50)
    assert generate_flow(1, 50) != generate_flow(2, 50)


def test_flow_survives_a_file(tmp_path: Path) -> None:
    flow = generate_flow(3, 50)
    (tmp_path / "flow.bin").write_bytes(encode_flow(flow))
    assert read_flow(tmp_path / "flow.bin") == flow


def test_what_is_not_a_file_of_flow_is_refused() -> None:
    good = encode_flow(generate_flow(3, 5))
    for bad in (b"", good[:-1], good + b"\0", b"x" + good[1:]):
        with pytest.raises(ValueError, match="not a file of order flow"):
            parse_flow(bad)
