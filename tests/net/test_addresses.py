"""Whose address counts, and the budget of failures."""

import h11
import pytest

from exchange.net.addresses import FailedSignIns, client_address, normal_address
from exchange.net.http import Request
from exchange.settings import Settings


def request(*headers: tuple[str, str]) -> Request:
    return Request("GET", "/ws", headers, h11.Connection(h11.SERVER))


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("10.1.2.3", "10.1.2.3"),
        ("::ffff:10.1.2.3", "10.1.2.3"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_an_address_is_counted_as_its_customer(text: str, normal: str) -> None:
    assert normal_address(text) == normal


def test_the_proxys_word_counts_only_where_it_is_configured() -> None:
    named = request(("fly-client-ip", "203.0.113.7"))
    assert client_address(named, "10.0.0.1", Settings()) == "10.0.0.1"
    assert client_address(named, "10.0.0.1", Settings(behind_fly_proxy=True)) == "203.0.113.7"
    assert client_address(request(), "10.0.0.1", Settings(behind_fly_proxy=True)) == "10.0.0.1"
    assert client_address(request(("fly-client-ip", "?")), "10.0.0.1", Settings(behind_fly_proxy=True)) == "10.0.0.1"


def test_failures_use_up_a_budget_that_comes_back() -> None:
    failures = FailedSignIns(Settings(failed_sign_ins_per_minute=60.0, failed_sign_ins_burst=3.0))
    for _ in range(3):
        assert failures.wait("a", 0.0) == 0.0
        failures.note("a", 0.0)
    assert failures.wait("a", 0.0) == 1.0
    assert failures.wait("b", 0.0) == 0.0, "of that address alone"
    assert failures.wait(None, 0.0) == 0.0
    assert failures.wait("a", 1.0) == 0.0
    failures.forget_full(1.0)
    assert failures.wait("a", 0.5) == 0.5
    failures.forget_full(3.0)
    assert failures.wait("a", 0.0) == 0.0
