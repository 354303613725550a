"""Whoever comes in by the local socket is the operator: an admin, without a token."""

from pathlib import Path

from trio.testing import MockClock

from exchange.core.refusals import Code
from exchange_client.schema import types_pb2
from tests.sim.environment import Gate
from tests.sim.harness import House, open_house
from tests.sim.raw_client import RawClient
from tests.sim.requests import code_of, create_market, elevate, grant, kind_of, set_status


async def _operator(house: House, token: str = "") -> RawClient:
    client = RawClient("operator", session=b"the operator's session")
    await client.open(house.nursery, house.local.dial(Gate()))
    await client.send(client.hello(token))
    return client


async def test_the_operator_may_do_what_admins_may(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        operator = await _operator(house)
        await operator.wait_ready()
        assert kind_of(await operator.ask(elevate())) == "done"
        assert kind_of(await operator.ask(create_market("Rain"))) == "created"
        assert kind_of(await operator.ask(set_status(1, types_pb2.MARKET_STATUS_HALTED))) == "done"


async def test_powers_are_off_until_the_operator_switches_them_on(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        operator = await _operator(house)
        await operator.wait_ready()
        assert code_of(await operator.ask(grant(1, 1))) == Code.NOT_ELEVATED


async def test_the_operator_is_one_user_however_often_they_come(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        for _ in range(2):
            operator = await _operator(house)
            await operator.wait_ready()
        state = house.context.engine.state
        assert [user.subject for user in state.users.values()] == ["local:operator"]


async def test_a_token_on_the_local_socket_is_refused(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        operator = await _operator(house, "dev:ada:admin")
        assert await operator.wait_ended() == 1008


async def test_no_token_on_the_port_is_refused(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        nobody = RawClient("nobody")
        await house.open(nobody)
        await nobody.send(nobody.hello(""))
        assert await nobody.wait_ended() == 1008


async def test_a_drain_says_goodbye_to_the_operator_too(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        operator = await _operator(house)
        await operator.wait_ready()
        await house.drain()
        assert await operator.wait_ended() == 1012
