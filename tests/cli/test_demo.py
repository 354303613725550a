"""``exchange demo`` as a user runs it: headless to its end, interrupted, and where something is in its way."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import apsw
import pytest
import trio

from exchange.demo.audit import discrepancies
from exchange.demo.floor import Floor
from exchange.demo.program import first_of
from exchange.demo.record import Fill
from exchange.demo.run import run_demo
from exchange.demo.server import ServerFailed, is_free

RUN = [sys.executable, "-m", "exchange", "demo"]
BOTS = 9


def _demo(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*RUN, *arguments], capture_output=True, text=True, timeout=90, check=False)


def _last_line(output: str) -> dict[str, Any]:
    return dict(json.loads(output.splitlines()[-1]))


def test_a_short_run_is_lively_and_verified() -> None:
    finished = _demo("--seconds", "5", "--json", "--port", "0")
    assert finished.returncode == 0, finished.stderr
    assert "The exchange is at http://127.0.0.1:" in finished.stderr
    figures = _last_line(finished.stdout)
    assert figures["verified"] is True
    assert figures["clients"] == BOTS + 1
    assert figures["orders"] == figures["acknowledged"] + figures["rejected"]
    assert figures["acknowledged"] > 50
    assert figures["rejected"] < figures["orders"] / 20
    assert figures["trades"] >= 25
    assert 0 < figures["latency_p50_ms"] <= figures["latency_p99_ms"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_good_order(number: signal.Signals) -> None:
    with subprocess.Popen([*RUN, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while "Bots can join" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(number)
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    assert "says what every client was told" in output


async def test_an_exchange_that_dies_ends_it_with_a_sentence(tmp_path: Path) -> None:
    async def kill(pid: int) -> None:
        await trio.sleep(1)
        os.kill(pid, signal.SIGKILL)

    with trio.fail_after(30), pytest.raises(BaseExceptionGroup) as raised:
        async with trio.open_nursery() as nursery:
            await run_demo(
                tmp_path / "demo.db", 0, seconds=None, seed=1, console=None,
                announce=lambda server: nursery.start_soon(kill, server.pid),
            )  # fmt: skip
    died = raised.value.subgroup(ServerFailed)
    assert died is not None
    assert raised.value.split(ServerFailed)[1] is None
    assert "the exchange ended with code -9" in str(first_of(died))


def test_a_second_run_goes_on_with_the_same_file(tmp_path: Path) -> None:
    for _ in range(2):
        finished = _demo("--seconds", "1", "--json", "--port", "0", "--db", str(tmp_path / "demo.db"))
        assert _last_line(finished.stdout)["verified"] is True, finished.stderr


def test_a_port_that_is_taken_is_said_to_be() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert not is_free(port)
        finished = _demo("--port", str(port))
    assert finished.returncode == 2
    assert f"port {port} is taken" in finished.stderr


def test_a_file_of_another_program_is_refused_in_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "notes.db"
    file.write_text("not a database, but quite long enough to be taken for one. " * 20)
    finished = _demo("--port", "0", "--db", str(file))
    assert finished.returncode == 1
    assert "The demo failed: " in finished.stderr + finished.stdout
    assert "Traceback" not in finished.stderr


async def test_a_file_that_says_something_else_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    floors: list[Floor] = []

    def keep(db: Path, floor: Floor, began_after: int) -> list[str]:
        floors.append(floor)
        return discrepancies(db, floor, began_after)

    monkeypatch.setattr("exchange.demo.run.discrepancies", keep)
    file = tmp_path / "demo.db"
    with trio.fail_after(60):
        result = await run_demo(file, 0, seconds=2, seed=1, console=None, announce=lambda _: None)
    assert result.verified
    maker, patient, informed, *_ = floors[0].seats
    maker.record.order_ids.add(10**9)
    patient.record.fills.append(Fill(1, 1, 1, 1))
    informed.record.cash += 1
    floors[0].tape.trades.pop()
    assert [sentence.partition(":")[0] for sentence in discrepancies(file, floors[0], 0)[:3]] == [
        maker.role.name,
        patient.role.name,
        informed.role.name,
    ]
    assert len(discrepancies(file, floors[0], 0)) == 4
    connection = apsw.Connection(str(file))
    connection.execute("UPDATE accounts SET cash = cash + 1 WHERE id = 1")
    connection.close()
    assert any("exchange verify ended with code 1" in sentence for sentence in discrepancies(file, floors[0], 0))
