"""What can be done to us before there is a WebSocket, and what a browser may expect."""

import pytest
import trio

from exchange.net.site import Site
from exchange.settings import Settings
from tests.net.house import PAGE, open_house, open_house_with_bystander
from tests.net.raw_client import BINARY, HungUp, RawClient, frame, handshake, request


@pytest.mark.parametrize(
    "header", [b"Connection: \xff", b"Sec-WebSocket-Protocol: \xe9", b"Sec-WebSocket-Extensions: \x80", b"X: \xff"]
)
async def test_a_byte_beyond_ascii_in_a_handshake_harms_nobody(header: bytes) -> None:
    async with open_house_with_bystander() as (house, _):
        client = await house.connect()
        answer = await client.ask(handshake(header))
        assert answer.status == 101
        await client.echo()


@pytest.mark.parametrize("host", [b"\xff", b"xn--\x80", b"xn--a", b"a..b"])
async def test_a_host_that_is_no_name_harms_nobody(host: bytes) -> None:
    async with open_house_with_bystander(site=Site(frozenset(), frozenset())) as (house, _):
        client = await house.connect()
        assert (await client.ask(handshake(host=host))).status == 101
        await client.echo()


async def test_a_plain_request_for_the_websocket_is_answered_at_once() -> None:
    async with open_house_with_bystander() as (house, _):
        client = await house.connect()
        answer = await client.ask(request("/ws"))
        assert answer.status == 426
        assert answer.headers["upgrade"] == "websocket"


async def test_a_peer_that_hangs_up_before_it_asks_is_forgotten() -> None:
    async with open_house_with_bystander() as (house, _):
        for start in (b"", b"G", handshake()[:60]):
            client = await house.connect()
            await client.send(start)
            await client.stream.aclose()
            await house.count.falls_to(1)


async def test_a_header_that_trickles_in_byte_by_byte_is_given_up(autojump_clock: trio.testing.MockClock) -> None:
    async with open_house(in_memory=True) as house:
        client = await house.connect()
        started = trio.current_time()
        with pytest.raises(HungUp):
            await client.trickle(handshake(), pause_seconds=0.2)
        assert trio.current_time() - started < 5.0 + 2.0 + 0.5
        await house.count.falls_to(0)


async def test_a_later_request_has_no_more_time_than_the_first(autojump_clock: trio.testing.MockClock) -> None:
    async with open_house(in_memory=True) as house:
        client = await house.connect()
        await client.ask(request("/"))
        started = trio.current_time()
        with pytest.raises(HungUp):
            await client.trickle(handshake(), pause_seconds=0.2)
        assert trio.current_time() - started < 5.0 + 2.0 + 0.5


async def test_a_peer_that_says_nothing_is_given_up(autojump_clock: trio.testing.MockClock) -> None:
    async with open_house(in_memory=True) as house:
        started = trio.current_time()
        client = await house.connect()
        assert await client.receive_end() == b""
        assert trio.current_time() - started == pytest.approx(5.0, abs=0.1)


async def test_a_header_of_200_kilobytes_is_refused() -> None:
    async with open_house_with_bystander() as (house, _):
        client = await house.connect()
        assert (await client.ask(request("/", "X: " + "x" * 200_000))).status == 431
        assert await client.receive_end() == b""


@pytest.mark.parametrize(
    "noise",
    [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\x00\r\n", b"\x80\x81\r\n\r\n"],
    ids=["TLS", "0", "80"],
)
async def test_what_is_not_http_is_closed_without_a_word(noise: bytes) -> None:
    async with open_house_with_bystander() as (house, _):
        client = await house.connect()
        await client.send(noise)
        assert await client.receive_end() == b""


@pytest.mark.parametrize(
    "malformed",
    [
        b"GET /\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n folded\x00\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"nonsense\r\n\r\n",
    ],
)
async def test_malformed_http_is_answered_400(malformed: bytes) -> None:
    async with open_house_with_bystander() as (house, _):
        client = await house.connect()
        assert (await client.ask(malformed)).status == 400
        assert await client.receive_end() == b""


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        (request("/ws", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"), 400),
        (handshake().replace(b"Version: 13", b"Version: 8"), 426),
        (handshake().replace(b"==", b"=!"), 400),
        (handshake().replace(b"dGhl", b""), 400),
        (handshake().replace(b"Upgrade: websocket", b"Upgrade: h2c"), 426),
        (handshake().replace(b"Connection: Upgrade", b"Connection: close"), 426),
        (handshake().replace(b"GET", b"POST"), 405),
        (handshake("Content-Length: 5") + b"hello", 400),
        (handshake() + frame(BINARY, b"too early"), 400),
    ],
    ids=["no key", "version 8", "key not base64", "short key", "other upgrade", "no upgrade", "POST", "body", "haste"],
)
async def test_a_handshake_against_the_rules_is_refused(wrong: bytes, status: int) -> None:
    async with open_house_with_bystander() as (house, _):
        assert (await (await house.connect()).ask(wrong)).status == status


async def _opened(client: RawClient, data: bytes) -> bool:
    status = (await client.ask(data)).status
    assert status in {101, 403}
    return status == 101


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (None, True),
        ("http://localhost:8000", True),
        ("https://LOCALHOST:8000", True),
        ("https://page.example", True),
        ("https://page.example:444", False),
        ("https://other.example", False),
        ("http://localhost", False),
        ("http://localhost:8000.other.example", False),
        ("null", False),
        ("", False),
    ],
)
async def test_a_page_of_a_foreign_origin_may_not_open_a_websocket(origin: str | None, allowed: bool) -> None:
    async with open_house(allowed_origins="https://page.example/") as house:
        headers = [] if origin is None else [f"Origin: {origin}"]
        assert await _opened(await house.connect(), handshake(*headers, host="localhost:8000")) is allowed


async def test_of_two_origins_both_must_be_allowed() -> None:
    async with open_house(allowed_origins="https://page.example") as house:
        two = handshake("Origin: https://page.example", "Origin: https://other.example")
        assert not await _opened(await house.connect(), two)


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("localhost", True),
        ("127.0.0.1:8000", True),
        ("[::1]:8000", True),
        ("Exchange.Example:443", True),
        ("other.example", False),
        ("localhost.other.example", False),
        ("[::1", False),
        ("", False),
    ],
)
async def test_a_foreign_host_is_refused(host: str, allowed: bool) -> None:
    settings = Settings(allowed_hosts="exchange.example, www.exchange.example")
    async with open_house(site=Site.from_settings(settings, loopback=False)) as house:
        assert await _opened(await house.connect(), handshake(host=host)) is allowed
        answer = await (await house.connect()).ask(request("/", host=host))
        assert answer.status == (200 if allowed else 403)


async def test_without_a_list_of_hosts_a_server_on_loopback_has_loopbacks_names_only() -> None:
    async with open_house(site=Site.from_settings(Settings(), loopback=True)) as house:
        assert not await _opened(await house.connect(), handshake(host="rebound.example"))


async def test_without_a_list_of_hosts_a_server_open_to_the_world_has_any_name() -> None:
    async with open_house(site=Site.from_settings(Settings(), loopback=False)) as house:
        assert await _opened(await house.connect(), handshake(host="anything.example"))


async def test_health_is_told_under_any_name() -> None:
    async with open_house() as house:
        answer = await (await house.connect()).ask(request("/readyz", host="172.19.0.2:8080"))
        assert answer.status == 404  # the handler's own answer


async def test_a_connection_serves_many_requests_and_then_the_websocket() -> None:
    async with open_house() as house:
        client = await house.connect()
        for _ in range(3):
            answer = await client.ask(request("/"))
            assert (answer.status, answer.body) == (200, PAGE)
        assert (await client.ask(request("/nothing"))).status == 404
        assert (await client.ask(request("/ws"))).status == 426
        await client.open()
        await client.echo()


async def test_requests_sent_together_are_answered_in_order() -> None:
    async with open_house() as house:
        client = await house.connect()
        await client.send(request("/") + request("/nothing") + request("/"))
        assert [(await client.answer()).status for _ in range(3)] == [200, 404, 200]


async def test_an_upgrade_we_do_not_know_is_an_ordinary_request() -> None:
    async with open_house() as house:
        client = await house.connect()
        for _ in range(2):
            answer = await client.ask(request("/", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c"))
            assert (answer.status, answer.body) == (200, PAGE)


async def test_a_handler_that_fails_ends_its_connection_only() -> None:
    async with open_house_with_bystander() as (house, _):
        client = await house.connect()
        with pytest.raises(HungUp):
            await client.ask(request("/bug"))
        await house.count.falls_to(1)


@pytest.mark.parametrize("last", [request("/", "Connection: close"), b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n"])
async def test_a_connection_that_is_to_be_closed_is_closed(last: bytes) -> None:
    async with open_house() as house:
        client = await house.connect()
        assert (await client.ask(last)).body == PAGE
        assert await client.receive_end() == b""


async def test_an_idle_connection_is_closed(autojump_clock: trio.testing.MockClock) -> None:
    async with open_house(in_memory=True) as house:
        client = await house.connect()
        await client.ask(request("/"))
        await trio.sleep(29)
        await client.ask(request("/"))
        started = trio.current_time()
        assert await client.receive_end() == b""
        assert trio.current_time() - started == pytest.approx(30, abs=0.1)


async def test_head_is_the_answer_without_its_body() -> None:
    async with open_house() as house:
        client = await house.connect()
        answer = await client.ask(request("/", method="HEAD"), head_only=True)
        assert (answer.status, answer.headers["content-length"]) == (200, str(len(PAGE)))
        assert (await client.ask(request("/"))).body == PAGE


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "BREW"])
async def test_other_methods_are_not_allowed(method: str) -> None:
    async with open_house() as house:
        answer = await (await house.connect()).ask(request("/", "Content-Length: 5", method=method) + b"hello")
        assert answer.status == 405
        assert answer.headers["allow"] == "GET, HEAD"
        assert answer.headers["connection"] == "close"
