"""Invitations over the wire: from the organiser's list to a person who comes back."""

from pathlib import Path
from typing import Any

from trio.testing import MockClock

from exchange.core.refusals import Code
from exchange.store.verify import verify
from exchange.wire.records import decode_facts
from exchange_client.schema import types_pb2
from tests.sim.environment import everything_in
from tests.sim.harness import House, open_house
from tests.sim.raw_client import RawClient, ServerMessage
from tests.sim.requests import (
    code_of,
    create_account,
    create_key,
    invite,
    kind_of,
    list_invitations,
    revoke_invitation,
    revoke_key,
)

POLICY = 1008
SESSION = b"eve's browser"


async def invited(root: RawClient, *names: str, **terms: Any) -> list[str]:
    """One token for each of them."""
    reply = await root.ask(invite(*names, **terms))
    assert kind_of(reply) == "invitations_created"
    return [created.token for created in reply.invitations_created.invitations]


async def enter(house: House, token: str, session: bytes = SESSION) -> RawClient:
    client = await house.connect(RawClient("eve", session=session), token)
    await client.wait_ready()
    return client


async def refused(house: House, token: str, session: bytes = b"somebody else") -> ServerMessage:
    client = await house.connect(RawClient("eve", session=session), token)
    assert await client.wait_ended() == POLICY
    return client.received[-1]


async def test_somebody_who_was_invited_enters_with_the_link_and_comes_back_with_the_key(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        root, _ = await house.furnish()
        for_eve, for_kim = await invited(root, "Eve", "Kim", starting_cash=50_000, note="4b")
        assert for_eve.startswith("exi_")
        assert for_eve != for_kim
        eve = await enter(house, for_eve)
        assert eve.welcome is not None
        account_id, key = eve.welcome.account_id, eve.welcome.key
        assert (eve.model.accounts[account_id], eve.model.cash[account_id]) == ("Eve", 50_000)
        assert key.startswith("exk_")
        again = await enter(house, key, b"another day")
        assert again.welcome is not None
        assert (again.welcome.account_id, again.welcome.key) == (account_id, "")
        assert again.welcome.scope == types_pb2.KEY_SCOPE_PERSON
        assert kind_of(await again.ask(create_account("sub"))) == "created", "a person may do all that people may"
        assert kind_of(await again.ask(create_key())) == "api_key_created"


async def test_somebody_else_with_the_same_link_is_told_what_to_do(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        root, _ = await house.furnish()
        (token,) = await invited(root, "Eve")
        await enter(house, token)
        users = len(house.context.engine.state.users)
        for session in (b"somebody else", b""):
            reply = await refused(house, token, session)
            assert code_of(reply) == Code.INVITATION_USED
            assert "ask the organiser" in str(reply)
        assert len(house.context.engine.state.users) == users


async def test_who_never_heard_the_answer_presents_the_link_again_and_gets_the_same_key(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        root, _ = await house.furnish()
        (token,) = await invited(root, "Eve")
        first = await house.connect(RawClient("eve", session=SESSION), token)
        first.drop()
        second = await enter(house, token)
        await house.kill()
        await house.start()
        third = await enter(house, token)
        assert second.welcome is not None
        assert third.welcome is not None
        assert second.welcome.key == third.welcome.key != ""
        assert sum(account.name.startswith("Eve") for account in house.context.engine.state.accounts.values()) == 1


async def test_a_retry_of_the_invitation_itself_shows_the_same_tokens(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        root, _ = await house.furnish()
        first = await root.ask(invite("Eve", "Kim"), 70)
        assert await root.ask(invite("Eve", "Kim"), 70) == first
        await house.drain()
        contents = everything_in(tmp_path)
        assert not any(created.token.encode() in contents for created in first.invitations_created.invitations)


async def test_only_elevated_admins_invite_list_and_revoke(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        for request in (invite("Eve"), list_invitations(), revoke_invitation(1)):
            assert code_of(await ada.ask(request)) == Code.NOT_ELEVATED


async def test_invitations_are_listed_with_who_came_and_survive_a_crash(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        root, _ = await house.furnish()
        tokens = await invited(root, "Eve", "Kim", note="4b", starting_cash=7)
        eve = await enter(house, tokens[0])
        assert eve.welcome is not None
        await house.kill()
        await house.start()
        root, _ = await house.furnish(markets=0)
        first, second = (await root.ask(list_invitations())).invitations.invitations
        assert (first.name, first.note, first.starting_cash, first.account_id) == (
            "Eve",
            "4b",
            7,
            eve.welcome.account_id,
        )
        assert first.accepted_at > first.created_at > 0
        assert (second.name, second.account_id, second.accepted_at) == ("Kim", 0, 0)
        await enter(house, tokens[1], b"kim's browser")


async def test_a_revoked_invitation_lets_nobody_in(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        root, _ = await house.furnish()
        (token,) = await invited(root, "Eve")
        assert kind_of(await root.ask(revoke_invitation(1))) == "done"
        assert code_of(await refused(house, token)) == Code.NOT_AUTHENTICATED
        assert not (await root.ask(list_invitations())).invitations.invitations
        assert code_of(await root.ask(revoke_invitation(1))) == Code.UNKNOWN_INVITATION


async def test_somebody_who_lost_their_key_gets_another_and_the_old_one_can_be_ended(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        root, _ = await house.furnish()
        (token,) = await invited(root, "Eve")
        eve = await enter(house, token)
        assert eve.welcome is not None
        (link,) = await invited(root, "Eve", for_account_id=eve.welcome.account_id)
        anew = await enter(house, link, b"a new laptop")
        assert anew.welcome is not None
        assert anew.welcome.user_id == eve.welcome.user_id
        assert anew.welcome.key not in ("", eve.welcome.key)
        assert kind_of(await root.ask(revoke_key(1))) == "done"
        assert await eve.wait_ended() == POLICY
        await enter(house, anew.welcome.key, b"a new laptop, later")
        await house.drain()
        assert verify(house.path, decode_facts).ok


async def test_a_class_is_invited_at_once(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        root, _ = await house.furnish()
        tokens = await invited(root, *(f"Pupil {number} {'é' * 50}" for number in range(500)))
        assert len(set(tokens)) == 500
