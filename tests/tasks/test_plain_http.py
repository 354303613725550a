"""What a browser is told before it signs in, with a page and without."""

import json
from pathlib import Path

import trio
from trio.testing import MockClock

from tests.sim.environment import Gate
from tests.sim.harness import House, open_house


async def _get(house: House, target: str) -> tuple[bytes, bytes]:
    stream = house.listener.dial(Gate())
    await stream.send_all(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    answer = b""
    with trio.fail_after(5):
        while received := await stream.receive_some():
            answer += received
    head, _, body = answer.partition(b"\r\n\r\n")
    return head, body


async def test_the_page_learns_how_to_sign_in(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        head, body = await _get(house, "/config.json")
        assert b"200" in head.splitlines()[0]
        assert b"no-store" in head
        config = json.loads(body)
        assert config["websocket_path"] == "/ws"
        assert config["developer_sign_in"] is True
        assert config["oidc"] is None


async def test_without_a_page_the_server_says_how_to_build_it(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, body = await _get(house, "/")
        assert b"uv run python -m scripts.page build" in body
        head, _ = await _get(house, "/markets/1")
        assert b"404" in head.splitlines()[0]
