"""Names that are taken, ids of nothing, and ids of something elsewhere: a refusal that says so, and the client stays.

Driven by the schema: every request kind and every field of it that names something is tried, those to come included.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from trio.testing import MockClock

from exchange.core.refusals import Code
from exchange_client.schema.client_pb2 import Page
from tests.sim.harness import House, open_house
from tests.sim.raw_client import RawClient
from tests.sim.requests import (
    ClientMessage,
    amend,
    batch,
    bid,
    cancel,
    code_of,
    create_account,
    create_fund,
    create_market,
    kind_of,
    ping,
    rename,
)
from tests.tasks.test_bad_input import KINDS, usual

NOWHERE = (987_654, 2**63 - 1)
# What the end of a field's name says of what it names, and how its absence is told.
CODES = {
    "market_id": {Code.UNKNOWN_MARKET},
    "group_id": {Code.UNKNOWN_GROUP},
    "order_id": {Code.UNKNOWN_ORDER},
    "account_id": {Code.UNKNOWN_ACCOUNT, Code.UNKNOWN_USER},
}


def _naming_fields() -> Iterator[tuple[str, str]]:
    for kind in [*KINDS, "act_as"]:
        for field in getattr(ClientMessage(), kind).DESCRIPTOR.fields:
            if field.name.endswith("_id") and not field.is_repeated:
                yield kind, field.name


def _codes(field: str) -> set[Code]:
    codes = next((codes for end, codes in CODES.items() if field.endswith(end)), set(Code))
    return codes | {Code.UNKNOWN_REQUEST}  # of a kind that the schema has and this server does not


async def _refused(house: House, client: RawClient, message: ClientMessage, codes: set[Code]) -> None:
    state = house.context.engine.state
    before = state.sequence
    reply = await client.ask(message)
    assert code_of(reply) in codes, reply
    assert reply.refusal.message.endswith(".")
    assert state.sequence == before
    assert kind_of(await client.ask(ping())) == "pong", "the connection lives"


@pytest.mark.parametrize(("kind", "field"), list(_naming_fields()))
async def test_an_id_of_nothing_is_refused(tmp_path: Path, autojump_clock: MockClock, kind: str, field: str) -> None:
    async with open_house(tmp_path, pace_expensive_per_minute=1e6) as house:
        admin, (ada,) = await house.furnish("ada")
        await ada.ask(bid(1, 40))
        for client in (ada, admin):
            fund = (await client.ask(create_account(f"Fund of {client.name}"))).created.id
            for identifier in NOWHERE:
                message = usual(kind)
                if kind in ("share_account", "revoke_access"):
                    getattr(message, kind).account_id = fund
                setattr(getattr(message, kind), field, identifier)
                elevated = client is admin
                # A stranger to the powers that a request needs hears of those first, and learns nothing more.
                allowed = _codes(field) if elevated else _codes(field) | {Code.NOT_ELEVATED, Code.NOT_OWNER}
                await _refused(house, client, message, allowed)


def test_requests_that_name_something_are_found() -> None:
    found = set(_naming_fields())
    assert {("place_order", "market_id"), ("grant", "to_account_id"), ("edit_group", "group_id")} <= found
    assert len(found) > 25


async def test_an_order_of_another_market_is_unknown_here(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada", markets=2)
        placed = await ada.ask(bid(1, 40, tag=b"mine"))
        order_id = placed.order_result.order_id
        by_tag = amend(2, 0, tag=b"mine", price=1)
        for message in (
            amend(2, order_id, price=1),
            by_tag,
            cancel(2, order_id),
            batch(2, amend(2, order_id, price=1)),
        ):
            await _refused(house, ada, message, {Code.UNKNOWN_ORDER})
        assert kind_of(await ada.ask(cancel(1, order_id))) == "cancel_result", "where it is it can be cancelled"


async def test_an_order_of_somebody_else_is_not_told_from_one_that_never_was(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada, bob) = await house.furnish("ada", "bob")
        order_id = (await ada.ask(bid(1, 40))).order_result.order_id
        refusals = []
        for identifier in (order_id, 987_654):
            for message in (amend(1, identifier, price=1), cancel(1, identifier)):
                reply = await bob.ask(message)
                refusals.append((reply.refusal.code, reply.refusal.field, reply.refusal.message))
        assert len(set(refusals)) == 1


async def test_a_step_of_a_batch_names_the_batches_market_or_none(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada", markets=2)
        reply = await ada.ask(batch(1, bid(1, 40), cancel(1, 987_654)))
        assert code_of(reply) == Code.UNKNOWN_ORDER
        assert kind_of(await ada.ask(ping())) == "pong"


async def test_a_fund_of_a_market_that_is_not_there_is_refused(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        admin, _ = await house.furnish()
        for basket in ({987_654: 1}, {1: 1, 987_654: 1}, {2**63 - 1: 1}):
            await _refused(house, admin, create_fund("Fund", basket), {Code.UNKNOWN_MARKET})


@pytest.mark.parametrize("name", ["market 1", "MARKET 1", "Market 1"])
async def test_a_name_that_is_taken_is_refused_however_it_is_written(
    tmp_path: Path, autojump_clock: MockClock, name: str
) -> None:
    async with open_house(tmp_path) as house:
        admin, (ada,) = await house.furnish("ada", markets=2)
        await ada.ask(create_account("Fund"))
        edit = ClientMessage()
        edit.edit_market.market_id, edit.edit_market.name = 2, name
        await _refused(house, admin, create_market(name), {Code.NAME_TAKEN})
        await _refused(house, admin, edit, {Code.NAME_TAKEN})
        for request in (create_account("fUND"), rename(ada.welcome.account_id, "FUND")):  # type: ignore[union-attr]
            await _refused(house, ada, request, {Code.NAME_TAKEN})


async def test_the_names_of_groups_are_each_their_own(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        admin, _ = await house.furnish()
        for name in ("Weather", "Sport"):
            message = ClientMessage()
            message.create_group.name = name
            assert kind_of(await admin.ask(message)) == "created"
            await _refused(house, admin, message, {Code.NAME_TAKEN})
        edit = ClientMessage()
        edit.edit_group.group_id, edit.edit_group.name = 2, "WEATHER"
        await _refused(house, admin, edit, {Code.NAME_TAKEN})


async def test_a_page_of_an_unknown_market_is_a_refusal_however_it_is_asked(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        pages: list[dict[str, Any]] = [{}, {"before": 5}, {"after": 5, "limit": 3}]
        for page in pages:
            message = ClientMessage()
            message.get_trades.market_id = 987_654
            message.get_trades.page.CopyFrom(Page(**page))
            await _refused(house, ada, message, {Code.UNKNOWN_MARKET})
