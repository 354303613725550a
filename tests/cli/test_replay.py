"""A recorded morning of Nasdaq through real connections, and what ``exchange replay`` says where it cannot be done."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import apsw
import pytest
import trio
import typer

from exchange.demo.server import Server, run_server
from exchange.replay.lobster import SHARE, BadRecording, Kind, Quote, read_recording
from exchange.replay.program import run_program
from exchange_client import Side

MESSAGES, BOOK = "lobster_MSFT_msgs.csv", "lobster_MSFT_book.csv.gz"
# A small recording of our own: an offer is hit in part, cancelled in part, and taken away; a bid comes and is sold to.
OWN_MESSAGES = """34200.1,1,1,100,310500,-1
34200.2,4,1,30,310500,-1
34200.3,2,1,20,310500,-1
34200.4,5,0,10,309950,1
34200.5,3,1,50,310500,-1
34200.6,1,2,40,309500,1
34200.7,4,2,40,309500,1
34200.8,7,0,0,-1,-1
"""
OWN_BOOK = """310500,100,309400,500,310600,700,309300,10
310500,70,309400,500,310600,700,309300,10
310500,50,309400,500,310600,700,309300,10
310500,50,309400,500,310600,700,309300,10
310600,700,309400,500,9999999999,0,309300,10
310600,700,309500,40,9999999999,0,309400,500
310600,700,309400,500,9999999999,0,309300,10
310600,700,309400,500,9999999999,0,309300,10
"""


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Server]:
    async with run_server(tmp_path / "exchange.db", 0) as server:
        yield server


@pytest.fixture
def own(tmp_path: Path) -> tuple[Path, Path]:
    messages, book = tmp_path / "own_messages.csv", tmp_path / "own_book.csv"
    messages.write_text(OWN_MESSAGES)
    book.write_text(OWN_BOOK)
    return messages, book


@pytest.fixture
def recorded() -> tuple[Path, Path]:
    folder = Path(os.environ.get("EXCHANGE_SAMPLES", ""))
    if not os.environ.get("EXCHANGE_SAMPLES") or not (folder / MESSAGES).exists() or not (folder / BOOK).exists():
        pytest.skip(f"EXCHANGE_SAMPLES does not name a folder with {MESSAGES} and {BOOK}")
    return folder / MESSAGES, folder / BOOK


async def _replay(
    files: tuple[Path, Path], url: str, token: str = "dev:prof:admin"
) -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, "-m", "exchange", "replay", str(files[0]), "--format", "lobster", "--book"]
    command += [str(files[1]), "--url", url, "--token", token, "--json"]
    with trio.fail_after(100):
        return await trio.run_process(command, capture_stdout=True, capture_stderr=True, check=False)


def _verify(file: Path) -> dict[str, object]:
    command = [sys.executable, "-m", "exchange", "verify", str(file), "--json"]
    finished = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert finished.returncode == 0, finished.stdout
    return dict(json.loads(finished.stdout))


async def test_a_recorded_morning_is_reproduced_and_stored(
    recorded: tuple[Path, Path], served: Server, tmp_path: Path
) -> None:
    finished = await _replay(recorded, served.page_url)
    assert finished.returncode == 0, finished.stderr
    report = json.loads(finished.stdout)
    assert report.pop("seconds") < 60
    assert report.pop("market") == "lobster_MSFT_msgs replay"
    assert report == {
        "messages": 1_949, "top_of_book_mismatches": 0, "executions": 160, "hidden": 38, "halts": 0, "unmatched": 0,
        "fills": 202, "traded": 61_350,
    }  # fmt: skip
    await served.stop()
    file = tmp_path / "exchange.db"
    assert _verify(file)["trades"] == 202
    with closing(apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
        between = connection.execute(
            "SELECT taker.name, maker.name, count(*), sum(size) FROM trades"
            " JOIN accounts AS taker ON taker.id = taker_account_id"
            " JOIN accounts AS maker ON maker.id = maker_account_id GROUP BY 1, 2"
        ).fetchall()
    assert between == [("prof replay taker", "prof replay maker", 202, 61_350 * SHARE)]


async def test_a_recording_can_be_replayed_twice(own: tuple[Path, Path], served: Server) -> None:
    for name in ("own_messages replay", "own_messages replay 2"):
        finished = await _replay(own, served.socket_url)
        assert finished.returncode == 0, finished.stderr
        report = json.loads(finished.stdout)
        assert (report["market"], report["messages"], report["unmatched"]) == (name, 7, 0)
        assert (report["fills"], report["traded"], report["hidden"], report["halts"]) == (2, 70, 1, 1)


async def test_another_book_than_recorded_is_noticed(own: tuple[Path, Path], served: Server) -> None:
    own[1].write_text(OWN_BOOK.replace("310600,700,309500,40", "310600,700,309500,41"))
    finished = await _replay(own, served.page_url)
    assert finished.returncode == 1
    assert json.loads(finished.stdout)["top_of_book_mismatches"] == 1


async def test_a_trader_cannot_replay(own: tuple[Path, Path], served: Server) -> None:
    finished = await _replay(own, served.page_url, token="dev:prof")
    assert finished.returncode == 1
    assert finished.stdout == b""
    assert b"Only an admin can switch elevation on." in finished.stderr


def test_dollars_stay_dollars_where_all_prices_are_cents(own: tuple[Path, Path]) -> None:
    recording = read_recording(*own)
    assert recording.cents
    assert recording.messages[1][:4] == (Kind.EXECUTION, 1, 30 * SHARE, 31_05)
    assert recording.messages[1].side is Side.SELL
    assert recording.books[-1].best == (Quote(30_94, 500 * SHARE), Quote(31_06, 700 * SHARE))
    assert (min(recording.prices), max(recording.prices)) == (30_93, 31_06)


def test_a_price_between_two_cents_is_not_rounded(own: tuple[Path, Path]) -> None:
    own[0].write_text(OWN_MESSAGES.replace("34200.6,1,2,40,309500", "34200.6,1,2,40,309550"))
    recording = read_recording(*own)
    assert not recording.cents
    assert recording.messages[5].price == 309_550


@pytest.mark.parametrize(
    ("messages", "book", "sentence"),
    [
        ("", OWN_BOOK, "is empty"),
        (OWN_MESSAGES, OWN_BOOK[:43], "has 8 rows and .* has 1"),
        (OWN_MESSAGES.replace(",4,1,", ",9,1,"), OWN_BOOK, "row 2 of .* is no message"),
        (OWN_MESSAGES, OWN_BOOK.replace("309300,10\n", "309300\n"), "row 1 of .* is no book"),
        (OWN_MESSAGES, OWN_BOOK.replace("310600", "dear"), "cannot be read"),
    ],
)
def test_files_that_are_no_recording_are_refused(
    own: tuple[Path, Path], messages: str, book: str, sentence: str
) -> None:
    own[0].write_text(messages)
    own[1].write_text(book)
    with pytest.raises(BadRecording, match=sentence):
        read_recording(*own)


def test_what_is_no_address_is_refused(own: tuple[Path, Path]) -> None:
    with pytest.raises(typer.BadParameter, match="ws://localhost:8080/ws"):
        run_program(*own, "lobster", "localhost", "dev:ada:admin", as_json=True)
