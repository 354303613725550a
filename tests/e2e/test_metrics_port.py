"""The internal port of a real process."""

import json
from pathlib import Path

import trio
from prometheus_client.parser import text_string_to_metric_families

from exchange.net.site import Site
from tests.e2e.server import server_nursery, start_server


async def _get(port: int, path: str, host: str = "localhost") -> tuple[int, str]:
    stream = await trio.open_tcp_stream("127.0.0.1", port)
    async with stream:
        await stream.send_all(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        async for part in stream:
            answer += part
    head, _, body = answer.decode().partition("\r\n\r\n")
    return int(head.split()[1]), body


async def test_metrics_and_health_are_on_a_port_of_their_own(tmp_path: Path) -> None:
    with trio.fail_after(60):
        async with server_nursery() as nursery:
            server = await start_server(
                tmp_path, nursery, "allowed_hosts=exchange.example", arguments=["--metrics-port", "0"]
            )
            status, body = await _get(server.metrics_port, "/metrics")
            assert status == 200
            names = {family.name for family in text_string_to_metric_families(body)}
            assert {"exchange_commit_seconds", "process_resident_memory_bytes"} <= names
            assert await _get(server.metrics_port, "/readyz") == (
                200,
                json.dumps({"ready": True, "reasons": []}) + "\n",
            )
            assert "exchange_" not in (await _get(server.port, "/metrics"))[1], "never on the public port"
            for name in ("elsewhere.example", "exchange.example"):
                assert (await _get(server.metrics_port, "/metrics", host=name))[0] == 403
            assert (await _get(server.metrics_port, "/"))[0] == 404
            assert await server.terminate() == 0


async def test_without_the_flag_there_is_no_such_port(tmp_path: Path) -> None:
    with trio.fail_after(60):
        async with server_nursery() as nursery:
            server = await start_server(tmp_path, nursery)
            assert server.metrics_port == 0
            assert await server.terminate() == 0


def test_on_an_address_of_a_network_it_answers_to_any_name() -> None:
    assert Site.inside(["127.0.0.1", "::1"]).answers_to("localhost:9091")
    assert not Site.inside(["127.0.0.1", "::1"]).answers_to("exchange.internal:9091")
    assert Site.inside(["0.0.0.0"]).answers_to("exchange.internal:9091")
    assert Site.inside(["127.0.0.1", "::"]).answers_to("[fdaa::3]:9091")
