"""How often sign-ins may fail, how many connections an address may have, and what a page may read."""

from pathlib import Path
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from exchange.core.refusals import Code
from exchange_client.schema import types_pb2
from tests.sim.environment import Gate
from tests.sim.harness import House, open_house
from tests.sim.raw_client import RawClient
from tests.sim.requests import code_of, create_key, kind_of, ping, refresh

POLICY, OVERLOADED = 1008, 1013


def caller(name: str, address: str) -> RawClient:
    """A client whose address the proxy names."""
    return RawClient(name, headers=(("Fly-Client-IP", address),))


async def refusal_of(house: House, client: RawClient, token: str) -> types_pb2.RefusalCode | int:
    await house.connect(client, token)
    assert await client.wait_ended() == POLICY
    return code_of(client.received[-1])


async def test_an_address_whose_sign_ins_fail_too_often_is_not_listened_to_for_a_while(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    limits: dict[str, Any] = {"failed_sign_ins_per_minute": 6.0, "failed_sign_ins_burst": 3.0}
    async with open_house(tmp_path, behind_fly_proxy=True, **limits) as house:
        for _ in range(3):
            assert await refusal_of(house, caller("ada", "203.0.113.7"), "nonsense") == Code.NOT_AUTHENTICATED
        shut_out = caller("ada", "203.0.113.7")
        assert await refusal_of(house, shut_out, "dev:ada") == Code.PACE
        assert 0 < shut_out.received[-1].refusal.retry_after_ms <= 10_001
        other = await house.connect(caller("bob", "203.0.113.8"))
        await other.wait_ready()
        await trio.sleep(10)
        again = await house.connect(caller("ada", "203.0.113.7"))
        await again.wait_ready()


async def test_sign_ins_that_succeed_cost_an_address_nothing(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path, behind_fly_proxy=True, failed_sign_ins_burst=2.0) as house:
        for number in range(10):
            await (await house.connect(caller(f"pupil {number}", "203.0.113.7"))).wait_ready()


async def test_tokens_that_are_guessed_on_a_live_connection_count_as_well(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    limits: dict[str, Any] = {"failed_sign_ins_per_minute": 6.0, "failed_sign_ins_burst": 3.0}
    async with open_house(tmp_path, behind_fly_proxy=True, **limits) as house:
        client = await house.connect(caller("ada", "203.0.113.7"))
        await client.wait_ready()
        for _ in range(3):
            assert code_of(await client.ask(refresh("nonsense"))) == Code.NOT_AUTHENTICATED
        assert code_of(await client.ask(refresh("dev:ada"))) == Code.PACE
        assert kind_of(await client.ask(ping())) == "pong"


async def test_behind_a_proxy_connections_are_counted_by_the_address_it_names(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path, behind_fly_proxy=True, connections_per_address=2) as house:
        clients = [await house.connect(caller(f"client {number}", "203.0.113.7")) for number in range(2)]
        for client in clients:
            await client.wait_ready()
        third = await house.open(caller("third", "203.0.113.7"))
        assert await third.wait_ended() == OVERLOADED
        await (await house.connect(caller("other", "203.0.113.8"))).wait_ready()
        clients[0].drop()
        await trio.sleep(1)
        await (await house.connect(caller("fourth", "203.0.113.7"))).wait_ready()


async def test_a_key_needs_no_fresh_token_and_a_developer_may_show_theirs_again(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        assert kind_of(await ada.ask(refresh("dev:ada"))) == "done"
        assert code_of(await ada.ask(refresh("dev:bob"))) == Code.NOT_AUTHENTICATED
        key = (await ada.ask(create_key())).api_key_created.key
        bot = await house.connect(RawClient("bot"), key)
        await bot.wait_ready()
        assert code_of(await bot.ask(refresh("dev:ada"))) == Code.KEY_SCOPE


@pytest.mark.parametrize("origin", ["https://page.example.org", "https://evil.example.org"])
async def test_a_page_of_an_allowed_origin_may_read_the_configuration(
    tmp_path: Path, autojump_clock: MockClock, origin: str
) -> None:
    async with open_house(tmp_path, allowed_origins="https://page.example.org") as house:
        stream = house.listener.dial(Gate())
        await stream.send_all(f"GET /config.json HTTP/1.1\r\nHost: localhost\r\nOrigin: {origin}\r\n\r\n".encode())
        answer = b""
        while b"oidc" not in answer:
            answer += await stream.receive_some()
        assert b'"developer_sign_in": true' in answer
        assert (f"access-control-allow-origin: {origin}".encode() in answer) == (origin == "https://page.example.org")
        await trio.aclose_forcefully(stream)
