"""Requests that only read, over the wire."""

from pathlib import Path
from random import Random
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from exchange.core.facts import OrderPlaced
from exchange.core.refusals import Code
from exchange.core.standings import standings
from exchange.core.state import State
from exchange.store.database import Store
from exchange.wire.records import decode_facts
from exchange_client.schema import client_pb2
from tests.sim.harness import RICH, START_NS, open_house
from tests.sim.requests import (
    ClientMessage,
    act_as,
    bid,
    code_of,
    create_account,
    elevate,
    kind_of,
    offer,
    transfer,
)

A_WHILE = 30.0
Page = client_pb2.Page


def trades(market_id: int = 1, **page: int) -> ClientMessage:
    return ClientMessage(get_trades=client_pb2.GetTrades(market_id=market_id, page=Page(**page)))


def orders(market_id: int = 0, **page: int) -> ClientMessage:
    return ClientMessage(get_orders=client_pb2.GetOrders(market_id=market_id, page=Page(**page)))


def fills(market_id: int = 0, **page: int) -> ClientMessage:
    return ClientMessage(get_fills=client_pb2.GetFills(market_id=market_id, page=Page(**page)))


def transfers(**page: int) -> ClientMessage:
    return ClientMessage(get_transfers=client_pb2.GetTransfers(page=Page(**page)))


def candles(interval: int, market_id: int = 1, first: int = 0, last: int = 0) -> ClientMessage:
    times: Any = {"from": first, "to": last}
    return ClientMessage(get_candles=client_pb2.GetCandles(market_id=market_id, interval_seconds=interval, **times))


def leaderboard() -> ClientMessage:
    return ClientMessage(get_leaderboard=client_pb2.GetLeaderboard())


def positions(market_id: int = 1) -> ClientMessage:
    return ClientMessage(get_market_positions=client_pb2.GetMarketPositions(market_id=market_id))


def audit(**page: int) -> ClientMessage:
    return ClientMessage(get_audit=client_pb2.GetAudit(page=Page(**page)))


def market_facts(market_id: int = 1, *, status_only: bool = False, **page: int) -> ClientMessage:
    request = client_pb2.GetMarketFacts(market_id=market_id, page=Page(**page), status_only=status_only)
    return ClientMessage(get_market_facts=request)


EVERY = [trades(), orders(), fills(), transfers(), candles(1), leaderboard(), positions(), audit(), market_facts()]


async def _trade(buyer: Any, seller: Any, count: int, *, seed: int = 1) -> None:
    """That many trades at random prices, up to some seconds apart."""
    chance = Random(seed)
    for _ in range(count):
        price = chance.randrange(30, 70)
        await seller.ask(offer(1, price, 2, tag=b"mine"))
        await buyer.ask(bid(1, price, chance.randrange(1, 3)))
        await trio.sleep(chance.choice([0, 0.3, 2, 9]))


async def test_every_request_has_its_answer(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        root, (ada, bob) = await house.furnish("ada", "bob")
        await _trade(ada, bob, 3)
        answers = [kind_of(await root.ask(message)) for message in EVERY]
    expected = [
        "trades",
        "orders",
        "own_fills",
        "transfers",
        "candles",
        "leaderboard",
        "market_positions",
        "audit",
        "market_facts",
    ]
    assert answers == expected


@pytest.mark.parametrize("message", EVERY, ids=lambda message: message.WhichOneof("request"))
async def test_nothing_that_is_not_durable_is_shown(
    tmp_path: Path, autojump_clock: MockClock, message: ClientMessage
) -> None:
    async with open_house(tmp_path) as house:
        root, (ada,) = await house.furnish("ada")
        house.threads.gate.close()
        await ada.post(bid(1, 50, 10))
        await root.post(offer(1, 50, 10))
        await trio.sleep(1)
        decided = house.context.engine.state.sequence
        (request_id,) = await root.post(message)
        await trio.sleep(A_WHILE)
        assert request_id not in root.replies
        house.threads.gate.open()
        reply = await root.reply(request_id)
        assert reply.sequence >= decided
        assert root.model.sequence >= reply.sequence, "the feed comes first"


async def test_a_question_shows_what_was_asked_before_it_and_lets_what_comes_after_pass(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        house.threads.gate.close()
        first, query, later = await ada.post(bid(1, 50, 10), orders(), bid(1, 51, 10))
        await trio.sleep(1)
        assert house.context.engine.state.markets[1].book.orders.keys() == {1, 2}, "the question waits and nothing else"
        house.threads.gate.open()
        reply = await ada.reply(query)
        assert [order.order_id for order in reply.orders.orders] == [1]
        assert (await ada.reply(first)).sequence <= reply.sequence
        await ada.reply(later)


@pytest.mark.parametrize("forwards", [False, True])
async def test_pages_join_without_gap_or_overlap(tmp_path: Path, autojump_clock: MockClock, forwards: bool) -> None:
    async with open_house(tmp_path) as house:
        _, (ada, bob) = await house.furnish("ada", "bob")
        await _trade(ada, bob, 20)
        whole: dict[str, Any] = {
            "trades": (await ada.ask(trades())).trades.trades,
            "orders": (await ada.ask(orders())).orders.orders,
            "fills": (await ada.ask(fills())).own_fills.fills,
            "transfers": (await ada.ask(transfers())).transfers.transfers,
        }
        assert len(whole["trades"]) >= 20
        bodies = {"fills": "own_fills"}
        for ask, kind in ((trades, "trades"), (orders, "orders"), (fills, "fills"), (transfers, "transfers")):
            rows: list[Any] = []
            page: dict[str, int] = {"after": 1} if forwards else {}
            more = True
            while more:
                body = getattr(await ada.ask(ask(limit=3, **page)), bodies.get(kind, kind))
                rows += getattr(body, kind)
                page, more = {"after" if forwards else "before": body.next}, body.more
            assert rows == list(whole[kind])[:: -1 if forwards else 1]


async def test_owners_see_their_orders_with_tags_and_how_they_ended(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        root, (ada, bob) = await house.furnish("ada", "bob")
        await bob.ask(offer(1, 50, 10, tag=b"mine"))
        await ada.ask(bid(1, 50, 4))
        (order,) = (await bob.ask(orders())).orders.orders
        assert (order.tag, order.filled, order.remaining, order.ended_sequence) == (b"mine", 4, 6, 0)
        await ada.ask(bid(1, 50, 6))
        (order,) = (await bob.ask(orders(1))).orders.orders
        assert (order.filled, order.remaining, order.ended_sequence) == (10, 0, house.context.engine.state.sequence)
        assert bob.welcome is not None
        await root.ask(act_as(bob.welcome.account_id))
        assert list((await root.ask(orders())).orders.orders) == [order]


async def test_transfers_are_those_of_the_acting_account(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        sub = (await ada.ask(create_account("Fund"))).created.id
        await ada.ask(transfer(sub, 5, note="lunch"))
        mine = (await ada.ask(transfers())).transfers.transfers
        assert [record.amount for record in mine] == [5, RICH]
        await ada.ask(act_as(sub))
        (record,) = (await ada.ask(transfers())).transfers.transfers
        assert (record.note, record.to_account_id) == ("lunch", sub)


REFUSED = [
    (trades(9), Code.UNKNOWN_MARKET),
    (trades(2**63), Code.UNKNOWN_MARKET),
    (orders(9), Code.UNKNOWN_MARKET),
    (fills(9), Code.UNKNOWN_MARKET),
    (candles(1, 9), Code.UNKNOWN_MARKET),
    (trades(before=5, after=2), Code.INVALID_VALUE),
    (orders(limit=1_001), Code.INVALID_VALUE),
    (transfers(limit=2**32 - 1), Code.INVALID_VALUE),
    (candles(0), Code.INVALID_VALUE),
    (candles(604_801), Code.INVALID_VALUE),
    (candles(1, first=5 * 10**9, last=10**9), Code.INVALID_VALUE),
    (candles(1, first=START_NS, last=START_NS + 1_000 * 10**9), Code.INVALID_VALUE),
    (candles(1, first=2**64 - 1, last=2**64 - 1), Code.INVALID_VALUE),
    (market_facts(9), Code.UNKNOWN_MARKET),
    (market_facts(limit=1_001), Code.INVALID_VALUE),
    (positions(), Code.NOT_ELEVATED),
    (audit(), Code.NOT_ELEVATED),
    (leaderboard(), Code.NOT_ALLOWED),
]


async def test_what_is_refused(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path, leaderboard=False) as house:
        root, (ada,) = await house.furnish("ada")
        for message, code in REFUSED:
            assert code_of(await ada.ask(message)) == code, message
        late = trades()
        late.valid_until = START_NS - 1
        assert code_of(await ada.ask(late)) == Code.TOO_LATE
        assert code_of(await root.ask(positions(9))) == Code.UNKNOWN_MARKET
        assert kind_of(await root.ask(leaderboard())) == "leaderboard"
        await root.ask(elevate(False))
        assert code_of(await root.ask(leaderboard())) == Code.NOT_ALLOWED


async def test_values_beyond_any_range_find_nothing_and_break_nothing(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        for ask, kind in ((trades, "trades"), (orders, "orders"), (transfers, "transfers")):
            body: Any = getattr(await ada.ask(ask(after=2**64 - 1)), kind)
            assert (len(getattr(body, kind)), body.more, body.next) == (0, False, 0)
            assert kind_of(await ada.ask(ask(before=2**64 - 1))) == kind
        assert kind_of(await ada.ask(candles(604_800, last=2**64 - 1))) == "candles"


async def test_reading_takes_from_the_expensive_budget(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path, pace_expensive_per_minute=4.0) as house:
        _, (ada,) = await house.furnish("ada")
        codes = [code_of(await ada.ask(trades())) for _ in range(6)]
        assert codes[-1] == Code.PACE
        assert kind_of(await ada.ask(bid(1, 50, 1))) == "order_result"
        await trio.sleep(60)
        assert kind_of(await ada.ask(trades())) == "trades"


async def test_only_a_few_are_answered_at_once_and_all_in_the_end(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path, reads_per_connection=2) as house:
        _, (ada,) = await house.furnish("ada")
        house.threads.gate.close()
        ids = await ada.post(bid(1, 50, 1), *[orders() for _ in range(5)], bid(1, 51, 1))
        await trio.sleep(A_WHILE)
        assert house.context.engine.state.markets[1].book.orders.keys() == {1}, "what comes after waits"
        house.threads.gate.open()
        for request_id in ids:
            assert code_of(await ada.reply(request_id)) == 0


async def test_a_drain_answers_what_was_asked(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada")
        house.threads.gate.close()
        *_, query = await ada.post(bid(1, 50, 1), orders())
        await trio.sleep(1)
        house.shutdown.request()
        await trio.sleep(0.5)
        house.threads.gate.open()
        await ada.wait_ended()
        assert kind_of(ada.replies[query][0]) == "orders"


def _replay(store: Store, up_to: int) -> tuple[State, list[tuple[int, OrderPlaced]]]:
    """State and orders of the journal, from the file alone."""
    from exchange.core.apply import apply

    state, placed = State(), []
    with store.reader() as reader:
        for row in reader.journal_after(0, up_to, 1_000_000):
            facts = decode_facts(row.facts)
            apply(state, row.sequence, row.time, facts)
            placed += [(row.time, fact) for fact in facts if isinstance(fact, OrderPlaced)]
    return state, placed


@pytest.mark.parametrize(("interval", "stretch"), [(1, 65_536), (10, 7), (3_600, 10)])
async def test_candles_and_leaderboard_are_those_of_the_journal(
    tmp_path: Path, autojump_clock: MockClock, interval: int, stretch: int
) -> None:
    async with open_house(tmp_path, read_commits=stretch) as house:
        root, (ada, bob) = await house.furnish("ada", "bob")
        await _trade(ada, bob, 40, seed=interval)
        reply = await ada.ask(candles(interval))
        state, placed = _replay(house.store, reply.sequence)
        expected: dict[int, list[int]] = {}
        length = interval * 10**9
        for time, fact in placed:
            for fill in fact.fills:
                candle = expected.setdefault(time // length * length, [fill.price, -1, 101, 0, 0])
                candle[1:] = max(candle[1], fill.price), min(candle[2], fill.price), fill.price, candle[4] + fill.size
        found = {c.start: [c.open, c.high, c.low, c.close, c.volume] for c in reply.candles.candles}
        assert found == expected
        starts = sorted(expected)
        some = await ada.ask(candles(interval, first=starts[0] + 1, last=starts[-1] - 1))
        if len(starts) > 2:
            assert [c.start for c in some.candles.candles] == starts[1:-1]
        board = await ada.ask(leaderboard())
        assert [(r.account_id, r.profit, r.equity) for r in board.leaderboard.rows] == standings(state)
        holders = (await root.ask(positions())).market_positions.positions
        assert {p.account_id: p.position.size for p in holders} == {
            account_id: held.size for account_id, held in state.markets[1].positions.items() if held.cash_flow
        }


async def test_the_audit_names_who_did_what_while_elevated(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:
        root, (ada,) = await house.furnish("ada")
        await ada.ask(bid(1, 50, 1))
        page = (await root.ask(audit())).audit
        assert root.welcome is not None
        assert [kind_of(row.facts[0]) for row in page.rows] == ["transferred", "market_created"]
        assert {(row.user_id, row.account_id) for row in page.rows} == {(root.welcome.user_id, root.welcome.account_id)}
        newest = (await root.ask(audit(limit=1))).audit
        assert (list(newest.rows), newest.more) == ([page.rows[0]], True)


async def test_the_leaderboard_is_kept_for_a_moment_and_says_of_when_it_is(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path, leaderboard_seconds=5.0) as house:
        _, (ada, bob) = await house.furnish("ada", "bob")
        first = await ada.ask(leaderboard())
        await bob.ask(offer(1, 40, 1))
        await ada.ask(bid(1, 40, 1))
        second = await bob.ask(leaderboard())
        assert (second.sequence, second.leaderboard) == (first.sequence, first.leaderboard)
        await ada.ask(bid(1, 60, 1))
        await bob.ask(offer(1, 60, 1))
        await trio.sleep(5)
        third = await bob.ask(leaderboard())
        assert third.sequence == house.context.engine.state.sequence
        assert third.leaderboard.rows[0].profit == 20
