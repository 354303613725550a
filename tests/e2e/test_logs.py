"""What a real server writes down: lines for machines, and nothing about people but their ids."""

import json
from pathlib import Path

import trio

from tests.e2e.server import PROGRAM, connect, server_nursery, start_server
from tests.sim.raw_client import RawClient
from tests.sim.requests import create_account, create_market

SECRET = "correct-horse-battery-staple"
NAME = "Ada Lovelace"


async def test_every_line_is_json_and_none_holds_a_token_a_name_or_an_address(tmp_path: Path) -> None:
    with trio.fail_after(60):
        async with server_nursery() as nursery:
            program = (*PROGRAM, "--log", "json", "--verbose")
            server = await start_server(tmp_path, nursery, program=program)
            client = await connect(server, nursery, RawClient(NAME, session=b"session of ada", patience=30.0))
            await client.ask(create_market("Market"))
            await client.ask(create_account("savings of Lovelace"))
            stranger = RawClient("stranger", patience=30.0)
            await stranger.open(nursery, await server.dial())
            await stranger.send(stranger.hello(f"bearer:{SECRET}"))
            await stranger.wait_ended()
            leaving = await connect(server, nursery, RawClient("leaving", patience=30.0))
            await leaving.close()
            await client.send_bytes(b"\xff\xff\xff\xff\x0f not a frame")
            await client.wait_ended()
            assert await server.terminate() == 0
    text = (tmp_path / "server.log").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert {"signed in", "sign-in refused", "drained"} <= {line["event"] for line in lines}
    assert all({"event", "level", "timestamp"} <= line.keys() for line in lines)
    for word in (SECRET, "Lovelace", "127.0.0.1", "dev:"):
        assert word not in text
