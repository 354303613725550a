"""Restricted markets do not exist for outsiders, on any path."""

from pathlib import Path
from typing import Any

import pytest
from trio.testing import MockClock

from exchange.core.invariants import violations
from exchange.core.refusals import Code
from exchange_client.schema import client_pb2, types_pb2
from tests.sim.compare import assert_knows
from tests.sim.harness import open_house
from tests.sim.raw_client import RawClient, ServerMessage
from tests.sim.requests import (
    ClientMessage,
    bid,
    cancel_all,
    code_of,
    create_account,
    create_fund,
    create_market,
    edit_market,
    kind_of,
    offer,
    redeem,
    set_status,
    settle,
    unsettle,
)
from tests.tasks.sight import SECRET, account_of, every_request, hears_of, make_secret, reading, undated


@pytest.mark.parametrize("kind", ["plain", "a fund", "a fund over it", "settled", "paused"])
async def test_naming_it_is_answered_like_an_id_that_is_not_used(
    tmp_path: Path, autojump_clock: MockClock, kind: str
) -> None:
    async with open_house(tmp_path, pace_expensive_per_minute=10_000.0) as house:
        root, (eve,) = await house.furnish("eve")
        market_id = await make_secret(root)
        if kind == "a fund":
            fund = create_fund("Basket", {1: 1})
            fund.create_market.restricted = True
            market_id = (await root.ask(fund)).created.id
        elif kind == "a fund over it":
            market_id = (await root.ask(create_fund("Basket", {market_id: 1}))).created.id
        elif kind == "settled":
            await root.ask(settle(market_id, 7))
        elif kind == "paused":
            await root.ask(set_status(market_id, types_pb2.MARKET_STATUS_PAUSED))
        for secret, unused in zip(every_request(market_id), every_request(99), strict=True):
            answer, expected = await eve.ask(secret), await eve.ask(unused)
            assert undated(answer) == undated(expected), secret
            assert code_of(answer), secret
        assert not hears_of(eve, 0, market_id)


async def test_a_duplicate_name_is_refused_all_the_same(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        root, (eve,) = await house.furnish("eve")
        await make_secret(root)
        assert code_of(await eve.ask(create_market(SECRET))) == Code.NAME_TAKEN


async def test_a_market_that_is_being_restored_is_still_unknown_to_outsiders(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    from tests.tasks.test_market_failure import BAD_SIZE, Flawed

    async with open_house(tmp_path, decide=Flawed()) as house:
        root, (ada, eve) = await house.furnish("ada", "eve")
        market_id = await make_secret(root, ada)
        house.threads.gate.close()
        (failed,) = await ada.post(bid(market_id, 40, BAD_SIZE))
        ids = await eve.post(bid(market_id, 40), settle(market_id, 50))
        (waiting,) = await ada.post(bid(market_id, 40))
        house.threads.gate.open()
        assert code_of(await ada.reply(failed)) == Code.INTERNAL
        assert code_of(await ada.reply(waiting)) == Code.MARKET_UNAVAILABLE
        assert [code_of(await eve.reply(ids[0])), code_of(await eve.reply(ids[1]))] == [Code.UNKNOWN_MARKET] * 2


# Outsiders.


async def _busy_secret(root: RawClient, ada: RawClient, bob: RawClient, step: int, known: dict[str, int]) -> None:
    """What goes on in a restricted market, and in a fund over it, between the steps of a script."""
    if step == 0:
        known["m"] = await make_secret(root, ada, bob)
        known["f"] = (await root.ask(create_fund("Secret fund", {known["m"]: 2, 1: 1}))).created.id
        known["all"] = (await root.ask(create_fund("Secret all over", {known["m"]: 1}))).created.id
    elif step == 1:
        for market_id in known.values():
            await ada.ask(bid(market_id, 40, 10, tag=b"secret"))
            await bob.ask(offer(market_id, 40, 4))
    elif step == 2:
        await ada.ask(redeem(known["all"], 1))
        await root.ask(edit_market(known["m"], anonymous=True, name="More secret", pinned=True))
        await root.ask(set_status(known["m"], types_pb2.MARKET_STATUS_HALTED))
        await root.ask(set_status(known["m"], types_pb2.MARKET_STATUS_OPEN))
    elif step == 3:
        await root.ask(settle(known["m"], 55))
        await root.ask(unsettle(known["m"], cover=True))
        await root.ask(set_status(known["m"], types_pb2.MARKET_STATUS_OPEN))
        await root.ask(edit_market(known["m"], remove=[account_of(bob)]))
        await root.ask(edit_market(known["m"], add=[account_of(bob)]))
        await ada.ask(bid(known["m"], 20, 1))
        await ada.ask(bid(known["f"], 20, 1))


async def _public_script(root: RawClient, ada: RawClient, bob: RawClient, eve: RawClient, step: int) -> None:
    """What goes on in a public market; the same whether there is a restricted one or not."""
    await ada.ask(bid(1, 30 + step, 10, tag=b"%d" % step))
    await bob.ask(offer(1, 30, 5 + step))
    await eve.ask(offer(1, 60 + step, 1, tag=b"mine"))
    await eve.ask(create_account(f"Eve {step}"))
    await root.ask(edit_market(1, description=f"step {step}"))
    if step == 3:
        await ada.ask(cancel_all())
        await root.ask(ClientMessage(halt_all=client_pb2.HaltAll()))
        await root.ask(settle(1, 50))
        await root.ask(unsettle(1, cover=True))


async def _outsider_hears(folder: Path, clock: MockClock, *, secret: bool) -> list[str]:
    """Everything that somebody hears who may not see the market: live, resuming, coming anew, asking."""
    async with open_house(folder, pace_expensive_per_minute=10_000.0) as house:
        root, (ada, bob, eve, comer) = await house.furnish("ada", "bob", "eve", "comer")
        await house.settle_down(root, ada, bob, eve, comer)
        known: dict[str, int] = {}
        for step in range(4):
            if step == 2:
                comer.drop()
            if secret:
                await _busy_secret(root, ada, bob, step, known)
            await _public_script(root, ada, bob, eve, step)
            await house.settle_down(eve)
        await house.connect(comer, resume=True)
        await comer.wait_ready()
        late = await house.sign_in("eve")
        for request in (
            *reading(1)[:-1],
            ClientMessage(get_orders=client_pb2.GetOrders()),
            ClientMessage(get_fills=client_pb2.GetFills()),
            ClientMessage(get_transfers=client_pb2.GetTransfers()),
            ClientMessage(get_leaderboard=client_pb2.GetLeaderboard()),
        ):
            assert not code_of(await eve.ask(request))
        await house.settle_down(eve, comer, late)
        for client in (root, ada, bob, eve, comer, late):
            await house.settle_down(client)
            assert_knows(client, house.context.engine.state)
        assert list(violations(house.context.engine.state)) == []
        names: dict[tuple[str, int], int] = {}
        return [line for client in (eve, comer, late) for message in client.received if (line := _told(message, names))]


def _told(message: ServerMessage, names: dict[tuple[str, int], int]) -> str:
    """A message without sequences and times, and with its identifiers numbered as they come: these have holes."""
    if kind_of(message) == "heartbeat":
        return ""
    copy = ServerMessage()
    copy.CopyFrom(message)
    _forget_when(copy, names)
    return f"{kind_of(message)} {copy}"


_COUNTED = {"order_id": "order", "order_ids": "order", "taker_order_id": "order", "maker_order_id": "order"}
_WHEN = ("sequence", "time", "next", "placed_at", "created_at", "server_time", "after", "last_trade_time", "start",
         "placed_sequence", "ended_sequence", "due", "exchange_id")  # fmt: skip


def _forget_when(message: Any, names: dict[tuple[str, int], int]) -> None:
    for field, value in message.ListFields():
        if field.message_type is not None:
            for each in value if field.is_repeated else [value]:
                _forget_when(each, names)
        elif field.name in _WHEN:
            message.ClearField(field.name)
        elif field.name in _COUNTED or field.name in ("market_id", "transfer_id"):
            kind = _COUNTED.get(field.name, field.name)
            numbers = [names.setdefault((kind, one), len(names)) for one in (value if field.is_repeated else [value])]
            if field.is_repeated:
                del value[:]
                value.extend(numbers)
            else:
                setattr(message, field.name, numbers[0])


async def test_an_outsider_hears_the_same_whether_it_exists_or_not(tmp_path: Path, autojump_clock: MockClock) -> None:
    for name in ("without", "with"):
        (tmp_path / name).mkdir()
    without = await _outsider_hears(tmp_path / "without", autojump_clock, secret=False)
    with_it = await _outsider_hears(tmp_path / "with", autojump_clock, secret=True)
    assert len(without) > 80
    assert with_it == without


async def test_a_leaderboard_counts_the_markets_that_whoever_asks_may_see(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        root, (ada, bob, eve) = await house.furnish("ada", "bob", "eve")
        market_id = await make_secret(root, ada, bob)
        await ada.ask(bid(market_id, 40, 10))
        await bob.ask(offer(market_id, 40, 10))
        await root.ask(settle(market_id, 90))
        profits = []
        for client in (root, ada, eve):
            board = await client.ask(ClientMessage(get_leaderboard=client_pb2.GetLeaderboard()))
            profits.append({row.account_id: row.profit for row in board.leaderboard.rows}[account_of(ada)])
        assert profits == [500, 500, 0]


async def test_the_key_of_one_account_shows_what_that_account_may_see(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        root, (ada,) = await house.furnish("ada")
        sub = (await ada.ask(create_account("bot"))).created.id
        market_id = await make_secret(root, ada)
        create = client_pb2.CreateApiKey(account_id=sub, label="bot", scope=types_pb2.KEY_SCOPE_TRADE)
        key = (await ada.ask(ClientMessage(create_api_key=create))).api_key_created.key
        bot = await house.connect(RawClient("bot"), key)
        await bot.wait_ready()
        unused = [await bot.ask(each) for each in (bid(99, 50), reading(99)[0])]
        secret = [await bot.ask(each) for each in (bid(market_id, 50), reading(market_id)[0])]
        assert list(map(undated, secret)) == list(map(undated, unused))
        await root.ask(edit_market(market_id, add=[sub]))
        await house.settle_down(bot)
        assert market_id in bot.model.markets
        assert_knows(ada, house.context.engine.state)
