"""The benchmarks run to their end and count right. How fast they are is for people to read."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.counting import EchoCounter, ReplyCounter, WrongReply
from bench.traffic import FIRST_ID, Traffic, make_traffic
from exchange_client.schema import client_pb2, server_pb2, types_pb2

ROOT = Path(__file__).parents[2]
ROUNDS, CONNECTIONS, LATENCY_ORDERS = 1, 4, 60


def test_orders_reports_every_figure_and_every_order_is_in_the_file() -> None:
    command = [sys.executable, "-m", "bench.orders", "--json", "--seconds", "0.01", "--rounds", str(ROUNDS)]
    command += ["--connections", str(CONNECTIONS), "--latency-orders", str(LATENCY_ORDERS)]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert finished.returncode == 0, finished.stderr
    figures = json.loads(finished.stdout.splitlines()[-1])
    for name in ("ratio_single", "ratio_batched", "ratio_latency_p50", "ratio_latency_p99"):
        assert figures[name] > 0
    warm_up = (120 + 200) * CONNECTIONS  # rounded up to whole blocks
    asked = warm_up + LATENCY_ORDERS + figures["single"]["orders"] + figures["batched"]["orders"]
    assert figures["orders_refused"] == 0
    assert figures["orders_stored"] == figures["orders_accepted"] == asked
    assert figures["trades"] > 0
    assert figures["exit_code"] == 0
    assert figures["verified"] is True


@pytest.fixture
def traffic() -> Traffic:
    return make_traffic(1, types_pb2.SIDE_BUY, 40, 20)


def _reply(request_id: int, *, sequence: int = 300, refused: bool = False) -> bytes:
    message = server_pb2.ServerMessage(request_id=request_id, sequence=sequence, time=2**60)
    if refused:
        message.refusal.message = "x" * 150  # long enough for a length of two bytes
    else:
        message.order_result.order_id = 7
    return server_pb2.ServerFrame(messages=[message]).SerializeToString()


def _feed(order_id: int) -> bytes:
    message = server_pb2.ServerMessage(sequence=300, time=2**60)
    message.order_placed.order_id = order_id
    return server_pb2.ServerFrame(messages=[message]).SerializeToString()


def test_all_orders_are_equally_long_and_parse(traffic: Traffic) -> None:
    assert len(traffic.data) == traffic.frames * traffic.frame_bytes
    first = client_pb2.ClientFrame.FromString(traffic.payloads[: traffic.payload_bytes])
    assert [message.request_id for message in first.messages] == list(range(FIRST_ID, FIRST_ID + 20))


def test_replies_are_counted_wherever_they_are_in_a_frame(traffic: Traffic) -> None:
    counter = ReplyCounter(traffic)
    frame = _feed(1) + _reply(FIRST_ID) + _feed(2) + _reply(FIRST_ID + 1, refused=True) + _reply(FIRST_ID + 2)
    assert counter.count(frame, 20) == 3
    assert (counter.replies, counter.refused) == (3, 1)
    assert counter.feed_bytes == len(_feed(1) + _feed(2))


def test_the_feed_alone_and_replies_to_others_count_for_nothing(traffic: Traffic) -> None:
    counter = ReplyCounter(traffic)
    assert counter.count(_feed(1) + _reply(FIRST_ID + 5) + _feed(FIRST_ID), 20) == 0


def test_an_echo_must_be_what_was_sent(traffic: Traffic) -> None:
    counter = EchoCounter(traffic)
    payload = traffic.payloads[: traffic.payload_bytes]
    assert counter.count(payload, 8) == 1
    with pytest.raises(WrongReply):
        counter.count(payload, 7)


def test_client_applies_what_it_reads_and_both_are_timed() -> None:
    command = [sys.executable, "-c", "import json; from bench.client import run; print(json.dumps(run(2_000, 2)))"]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert finished.returncode == 0, finished.stderr
    figures = json.loads(finished.stdout)
    assert figures["facts"] == 2_000
    assert figures["ratio_apply"] == pytest.approx(figures["applied_per_second"] / figures["read_per_second"], rel=1)


def test_growth_reports_every_dimension() -> None:
    command = [sys.executable, "-m", "bench.growth", "--json", "--quick", "--rounds", "1"]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert finished.returncode == 0, finished.stderr
    figures = json.loads(finished.stdout.splitlines()[-1])
    for name in ("depth", "markets", "accounts", "open_orders", "history", "remembered"):
        assert figures[f"growth_{name}"] > 0
        assert figures[f"growth_{name}_small_us"] > 0
