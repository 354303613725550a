"""What a client signs in with: a token, a fresh one, or the key that an invitation became."""

import pytest
import trio
from trio.testing import MockClock

from exchange.testing import MemoryExchange
from exchange_client import Invitee, RefusalCode, Refused, TokenExpired
from exchange_client.schema import client_pb2 as c
from exchange_client.schema import types_pb2 as t
from tests.client import fake as f
from tests.client.conftest import Join
from tests.client.fake import FakeConnection, FakeExchange


def sign_in_with_key(connection: FakeConnection) -> None:
    connection.send(f.authenticated(key="exk_mine"), f.snapshot())


async def test_the_key_that_an_invitation_became_is_used_from_then_on(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    def accept(connection: FakeConnection) -> None:
        connection.send(f.authenticated(key="exk_mine"))
        connection.send(f.snapshot(), f.ready(1), complete=1)

    fake.sign_in = accept
    async with join(token="exi_once") as exchange:
        assert exchange.key == "exk_mine"
        fake.sign_in = f.sign_in_resuming
        for _ in range(2):
            await fake.last.drop()
            await exchange.ping()
        assert exchange.key == "exk_mine"
    assert [connection.hello.token for connection in fake.connections] == ["exi_once", "exk_mine", "exk_mine"]


async def test_a_key_is_kept_though_the_connection_breaks_before_there_is_a_state(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    async def drop() -> None:
        await trio.sleep(1)
        fake.sign_in = f.sign_in_with_snapshot
        await fake.last.drop()

    fake.sign_in = sign_in_with_key
    async with trio.open_nursery() as nursery:
        nursery.start_soon(drop)
        async with join(token="exi_once") as exchange:
            assert exchange.key == "exk_mine"
    assert [connection.hello.token for connection in fake.connections] == ["exi_once", "exk_mine"]


async def test_without_an_invitation_there_is_no_key(clock: MockClock, fake: FakeExchange, join: Join) -> None:
    async with join() as exchange:
        assert exchange.key == ""


async def test_a_bot_enters_with_its_invitation_survives_a_restart_and_comes_another_day_with_its_key(
    exchange: MemoryExchange, autojump_clock: MockClock
) -> None:
    (invitation,) = await exchange.organiser.create_invitations([Invitee("Eve", starting_cash=50)])
    async with exchange.connect("eve", token=invitation.token) as eve:
        key = eve.key
        assert eve.account.name == "Eve"
        await exchange.restart()
        await eve.ping()
        await exchange.drop("eve")
        await eve.ping()
        assert eve.cash == 50
    async with exchange.connect("eve", token=key) as again:
        assert (again.account.name, again.key) == ("Eve", "")
    with pytest.raises(Refused):
        async with exchange.connect("mallory", token=invitation.token):
            pass


async def test_a_fresh_token_goes_on_with_the_connection_and_is_used_for_the_next(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    async with join(token="first") as exchange:
        await exchange.refresh_token("second")
        assert [message.refresh_token for message in fake.last.requests] == [c.RefreshToken(token="second")]
        assert len(fake.connections) == 1
        fake.sign_in = f.sign_in_resuming
        await fake.last.drop()
        await exchange.ping()
        assert fake.last.hello.token == "second"


async def test_a_fresh_token_that_is_refused_is_not_kept(clock: MockClock, fake: FakeExchange, join: Join) -> None:
    fake.handle = lambda connection, message: connection.send(
        f.refusal(message.request_id, t.REFUSAL_CODE_NOT_AUTHENTICATED)
    )
    async with join(token="first", cancel_on_exit=False) as exchange:
        with pytest.raises(Refused) as caught:
            await exchange.refresh_token("somebody else's")
        assert caught.value.code is RefusalCode.NOT_AUTHENTICATED
        fake.sign_in = f.sign_in_resuming
        await fake.last.drop()
        await exchange.ping()
        assert fake.last.hello.token == "first"


async def test_a_callable_is_asked_for_every_connection_but_not_once_there_is_a_key(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    asked: list[int] = []

    async def token() -> str:
        asked.append(1)
        return f"exi_{len(asked)}"

    fake.sign_in = lambda connection: connection.send(
        f.authenticated(key="exk_mine"), f.snapshot(), f.ready(1), complete=1
    )
    async with join(token=token) as exchange:
        fake.sign_in = f.sign_in_resuming
        await fake.last.drop()
        await exchange.ping()
    assert [connection.hello.token for connection in fake.connections] == ["exi_1", "exk_mine"]


async def test_a_key_that_has_ended_is_final_also_where_the_token_came_from_a_callable(
    clock: MockClock, fake: FakeExchange, join: Join
) -> None:
    async def token() -> str:
        return "exi_once"

    fake.sign_in = lambda connection: connection.send(
        f.authenticated(key="exk_mine"), f.snapshot(), f.ready(1), complete=1
    )
    with pytest.raises(TokenExpired):  # noqa: PT012
        async with join(token=token):
            await fake.last.close(4001)
            await trio.sleep_forever()
