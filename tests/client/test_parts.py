"""The parts that need no connection."""

import pytest

from exchange_client.clock import SECOND, ServerClock
from exchange_client.dialing import parse_url
from exchange_client.directory import Directory
from exchange_client.progress import Progress


def test_things_are_found_by_id_and_by_name_as_the_exchange_compares_names() -> None:
    directory: Directory[str] = Directory("market")
    directory.put(7, "Straße", "first")
    assert directory["STRASSE"] == directory[7] == "first"
    directory.put(7, "Weg", "second")
    assert "strasse" not in directory
    assert list(directory) == ["second"]
    assert directory.get("nothing") is None
    with pytest.raises(KeyError, match="no market 'nothing'"):
        directory["nothing"]


def test_two_things_may_swap_names() -> None:
    directory: Directory[str] = Directory("market")
    for identifier, name in ((1, "a"), (2, "b"), (1, "b2"), (2, "a"), (1, "b")):
        directory.put(identifier, name, f"{identifier}")
    assert (directory["a"], directory["b"]) == ("2", "1")


@pytest.mark.parametrize(
    ("url", "port", "header", "resource"),
    [
        ("ws://localhost:8080/ws", 8080, "localhost:8080", "/ws"),
        ("wss://exchange.test", 443, "exchange.test", "/ws"),
        ("http://localhost:8080/", 8080, "localhost:8080", "/ws"),
        ("https://exchange.test/room/ws", 443, "exchange.test", "/room/ws"),
        ("ws://[::1]:80/ws?room=1", 80, "[::1]", "/ws?room=1"),
    ],
)
def test_an_address_says_host_and_port(url: str, port: int, header: str, resource: str) -> None:
    address = parse_url(url)
    assert (address.port, address.host_header, address.resource) == (port, header, resource)


@pytest.mark.parametrize("url", ["ftp://localhost/ws", "localhost:8080", "ws:///ws"])
def test_other_addresses_are_explained(url: str) -> None:
    with pytest.raises(ValueError, match="ws://"):
        parse_url(url)


def test_the_shortest_round_trip_sets_the_clock() -> None:
    now = 100.0
    clock = ServerClock(lambda: now)
    clock.round_trip(99.0, 1_099 * SECOND)  # slow: read anywhere in a second
    assert clock.now() == 1_099 * SECOND + SECOND // 2
    clock.round_trip(99.99, 1_100 * SECOND)
    assert clock.now() == pytest.approx(1_100 * SECOND, abs=SECOND // 100)
    clock.round_trip(95.0, 1_090 * SECOND)
    assert clock.now() == pytest.approx(1_100 * SECOND, abs=SECOND // 100)


def test_a_lag_is_never_negative() -> None:
    clock = ServerClock(lambda: 100.0)
    clock.round_trip(100.0, 1_000 * SECOND)
    clock.arrived(1_001 * SECOND)
    assert clock.lag == 0.0
    clock.arrived(998 * SECOND)
    assert clock.lag == 2.0


def test_an_unfinished_snapshot_does_not_move_the_resume_point() -> None:
    progress = Progress()
    progress.begin(b"one", b"view")
    progress.follow(resumed=False)
    progress.complete(5, 50)
    progress.stop()
    progress.begin(b"two", b"other")
    progress.complete(9, 90)
    progress.stop()
    point = progress.point()
    assert point is not None
    assert (point.exchange_id, point.view, point.sequence, point.time) == (b"one", b"view", 5, 50)


def test_a_resume_that_broke_off_continues_where_it_was() -> None:
    progress = Progress()
    progress.begin(b"one", b"view")
    progress.follow(resumed=False)
    progress.complete(5, 50)
    progress.stop()
    progress.begin(b"one", b"view")
    progress.follow(resumed=True)
    progress.complete(7, 70)
    progress.stop()
    point = progress.point()
    assert point is not None
    assert (point.sequence, point.time) == (7, 70)


def test_a_state_that_is_ahead_has_nowhere_to_resume() -> None:
    progress = Progress()
    progress.begin(b"one", b"view")
    progress.follow(resumed=False)
    progress.complete(5, 50)
    progress.ahead = True
    progress.stop()
    assert progress.point() is None
