"""The first message, who is let in, and what an admin may."""

from pathlib import Path

import pytest
import structlog.testing
import trio
from trio.testing import MockClock

from exchange.core.refusals import Code
from exchange_client.schema.client_pb2 import ClientFrame
from tests.sim.harness import open_house
from tests.sim.raw_client import RawClient
from tests.sim.requests import (
    ClientMessage,
    act_as,
    bid,
    cancel_all,
    code_of,
    create_account,
    elevate,
    grant,
    kind_of,
    ping,
    transfer,
)

POLICY = 1008
GARBAGE = b"\xff\xff\xff\xff\x0f not a frame"


def _masked(payload: bytes) -> bytes:
    """A binary WebSocket message from a client, short enough for one length byte, its mask all zeros."""
    assert len(payload) < 126
    return bytes((0x82, 0x80 | len(payload), 0, 0, 0, 0)) + payload


async def test_bytes_that_are_no_frame_end_that_connection_and_no_other(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada, bob) = await house.furnish("ada", "bob")
        await ada.send_bytes(GARBAGE)
        assert await ada.wait_ended() == 1007
        assert kind_of(await bob.ask(bid(1, 50))) == "order_result"


async def test_bad_bytes_right_behind_the_first_message_end_the_connection_too(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        await house.furnish()
        ada = await house.open(RawClient("ada"))
        hello = ClientFrame(messages=[ada.hello("dev:ada")]).SerializeToString()
        await ada.send_raw(_masked(hello) + _masked(GARBAGE))
        assert await ada.wait_ended() == 1007


async def test_requests_right_behind_the_first_message_are_served(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        await house.furnish()
        ada = await house.open(RawClient("ada"))
        await ada.send(ada.hello("dev:ada"), ada.numbered(ping(), 7))
        await ada.send(ada.numbered(bid(1, 0), 8), ada.numbered(ping(), 9))
        assert kind_of(await ada.reply(7)) == "pong"
        assert kind_of(await ada.reply(8)) == "order_result"


@pytest.mark.parametrize("first", [ping(), bid(1, 50), ClientMessage()], ids=["ping", "order", "empty"])
async def test_a_first_message_other_than_authenticate_ends_the_connection(
    tmp_path: Path, autojump_clock: MockClock, first: ClientMessage
) -> None:
    async with open_house(tmp_path) as house:
        stranger = await house.open(RawClient("stranger"))
        await stranger.send(first)
        assert await stranger.wait_ended() == POLICY
        assert stranger.received == []


async def test_a_first_message_that_is_garbage_ends_the_connection(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        stranger = await house.open(RawClient("stranger"))
        await stranger.send_bytes(GARBAGE)
        assert await stranger.wait_ended() == POLICY


async def test_who_says_nothing_for_ten_seconds_is_closed(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        stranger = await house.open(RawClient("stranger"))
        before = trio.current_time()
        assert await stranger.wait_ended() == POLICY
        assert 10.0 <= trio.current_time() - before < 11.0


@pytest.mark.parametrize("token", ["", "dev:", "dev: ", "nonsense", "dev:ada:root", "dev:" + "x" * 9_000])
async def test_a_wrong_token_is_refused_and_makes_no_user(
    tmp_path: Path, autojump_clock: MockClock, token: str
) -> None:
    async with open_house(tmp_path) as house:
        stranger = await house.open(RawClient("stranger"))
        await stranger.send(stranger.numbered(stranger.hello(token)))
        assert await stranger.wait_ended() == POLICY
        assert [code_of(message) for message in stranger.received] == [Code.NOT_AUTHENTICATED]
        assert stranger.received[0].request_id == 1
        assert not house.context.engine.state.users


async def test_an_unknown_protocol_revision_is_refused(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        stranger = await house.open(RawClient("stranger"))
        hello = stranger.hello("dev:ada")
        hello.authenticate.protocol_revision = 99
        await stranger.send(hello)
        assert await stranger.wait_ended() == POLICY
        assert code_of(stranger.received[0]) == Code.PROTOCOL_REVISION


async def test_a_session_of_the_wrong_length_is_refused(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        stranger = await house.connect(RawClient("ada", session=b"short"))
        assert await stranger.wait_ended() == POLICY
        assert stranger.received[0].refusal.field == "session"


async def test_signing_in_as_an_account_of_somebody_else_is_refused(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        assert ada.welcome is not None
        for account_id in (ada.welcome.account_id, 1, 999):
            bob = await house.connect(RawClient("bob"), act_as=account_id)
            assert await bob.wait_ended() == POLICY
            assert code_of(bob.received[0]) == Code.NOT_OWNER
        admin = await house.connect(RawClient("root:admin"), act_as=ada.welcome.account_id)
        assert await admin.wait_ended() == POLICY, "an admin is not elevated yet"


async def test_a_client_may_sign_in_as_its_sub_account(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        sub = (await ada.ask(create_account("sub"))).created.id
        other = await house.sign_in("ada", act_as=sub)
        assert other.welcome is not None
        assert other.welcome.account_id == sub
        assert sub in other.model.cash


async def test_elevation_is_for_admins(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        assert code_of(await ada.ask(elevate())) == Code.NOT_ALLOWED
        assert code_of(await ada.ask(grant(3, 1))) == Code.NOT_ELEVATED


async def test_a_new_connection_of_an_admin_starts_without_elevation(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        root, (ada,) = await house.furnish("ada")
        assert ada.welcome is not None
        other = await house.sign_in("root:admin")
        assert code_of(await other.ask(grant(ada.welcome.account_id, 1))) == Code.NOT_ELEVATED
        assert kind_of(await root.ask(grant(ada.welcome.account_id, 1))) == "created"
        assert kind_of(await other.ask(elevate())) == "done"
        assert kind_of(await other.ask(grant(ada.welcome.account_id, 1))) == "created"
        assert kind_of(await other.ask(elevate(False))) == "done"
        assert code_of(await other.ask(grant(ada.welcome.account_id, 1))) == Code.NOT_ELEVATED


async def test_acting_as_a_stranger_needs_elevation_and_ends_with_it(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        root, (ada, bob) = await house.furnish("ada", "bob")
        assert ada.welcome is not None
        assert root.welcome is not None
        stranger = ada.welcome.account_id
        assert code_of(await bob.ask(act_as(stranger))) == Code.NOT_OWNER
        assert code_of(await bob.ask(act_as(999))) == Code.UNKNOWN_ACCOUNT
        assert kind_of(await root.ask(act_as(stranger))) == "done"
        assert stranger in root.model.cash
        await root.ask(bid(1, 50))
        assert root.facts[-1].order_placed.account_id == stranger
        assert kind_of(await root.ask(elevate(False))) == "done"
        assert stranger not in root.model.cash
        await root.ask(bid(1, 0))
        assert root.facts[-1].order_placed.account_id == root.welcome.account_id


async def test_too_fast_is_refused_with_the_time_to_wait_and_cancels_have_their_own_budget(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path, pace_per_second=1.0, pace_burst=5.0) as house:
        _, (ada, bob) = await house.furnish("ada", "bob")
        for _ in range(5):
            assert kind_of(await ada.ask(bid(1, 50))) == "order_result"
        refused = await ada.ask(bid(1, 50))
        assert code_of(refused) == Code.PACE
        assert 0 < refused.refusal.retry_after_ms <= 1_001
        for _ in range(5):
            assert kind_of(await ada.ask(cancel_all(1))) == "cancel_result"
        assert code_of(await ada.ask(cancel_all(1))) == Code.PACE
        assert kind_of(await bob.ask(bid(1, 50))) == "order_result", "budgets are by user"
        await trio.sleep(refused.refusal.retry_after_ms / 1_000)
        assert kind_of(await ada.ask(bid(1, 50))) == "order_result"


async def test_the_budget_is_the_users_over_all_connections(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path, pace_per_second=1.0, pace_burst=5.0) as house:
        _, (ada,) = await house.furnish("ada")
        other = await house.sign_in("ada")
        for client in (ada, other, ada, other, ada):
            assert kind_of(await client.ask(bid(1, 50))) == "order_result"
        assert code_of(await other.ask(bid(1, 50))) == Code.PACE


async def test_a_transfer_from_somebody_elses_account_is_refused(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada, bob) = await house.furnish("ada", "bob")
        assert ada.welcome is not None
        assert bob.welcome is not None
        stolen = await bob.ask(transfer(bob.welcome.account_id, 1, sender=ada.welcome.account_id))
        assert code_of(stolen) == Code.NOT_OWNER


@pytest.mark.parametrize("politely", [True, False])
async def test_a_client_that_leaves_is_an_ordinary_end(
    tmp_path: Path, autojump_clock: MockClock, politely: bool
) -> None:
    with structlog.testing.capture_logs() as lines:
        async with open_house(tmp_path) as house:
            _, (ada, bob) = await house.furnish("ada", "bob")
            if politely:
                await ada.close()
            else:
                ada.drop()
            await trio.sleep(1)
            assert len(house.context.connections) == 2
            left = [line for line in lines if line["event"] == "client left"]
            assert [line["code"] for line in left] == [1000 if politely else None]
            assert kind_of(await bob.ask(bid(1, 50))) == "order_result"
    assert all(line["log_level"] in ("debug", "info") for line in lines), lines
