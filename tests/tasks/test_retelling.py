"""What happened in a market, told again from the journal: enough to rebuild its book as of any sequence."""

from pathlib import Path
from random import Random

import pytest
from trio.testing import MockClock

from exchange.core.commands import Actor, Command
from exchange.core.facts import Decision
from exchange.core.refusals import Refusal
from exchange.core.rules import decide
from exchange.core.state import State
from exchange_client.schema import client_pb2, types_pb2
from tests.sim.harness import House, open_house
from tests.sim.model import Model
from tests.sim.raw_client import RawClient, ServerMessage
from tests.sim.requests import (
    ClientMessage,
    amend,
    batch,
    bid,
    cancel,
    cancel_all,
    create_market,
    edit_market,
    elevate,
    kind_of,
    offer,
    set_status,
    settle,
    unsettle,
)
from tests.tasks.sight import account_of, undated

Row = tuple[int, int, int, int, int]
HALT_ALL = ClientMessage(halt_all=client_pb2.HaltAll())


async def tell(client: RawClient, market_id: int, *, status_only: bool = False, **page: int) -> list[ServerMessage]:
    """All pages, in the order asked for."""
    told: list[ServerMessage] = []
    cursor = "after" if "after" in page else "before"
    more = True
    while more:
        wanted = client_pb2.Page(**page)
        request = client_pb2.GetMarketFacts(market_id=market_id, page=wanted, status_only=status_only)
        answer = (await client.ask(ClientMessage(get_market_facts=request))).market_facts
        told += answer.messages
        page[cursor], more = answer.next, answer.more
    return told


async def _trade(house: House, root: RawClient, people: list[RawClient], seed: int, steps: int = 120) -> None:
    """Everything that moves a book, in markets 1 and 2."""
    chance = Random(seed)
    placed: list[tuple[int, int]] = []
    for step in range(steps):
        person, market_id = chance.choice(people), chance.choice([1, 1, 2])
        order = chance.choice([bid, offer])(market_id, chance.randrange(30, 70), chance.randrange(1, 9), tag=b"t")
        old = chance.choice(placed) if placed else (1, 1)
        price = chance.randrange(30, 70)
        requests = [
            order, order, order, cancel(*old), amend(*old, price=price), amend(*old, size=2),
            batch(market_id, order, order), cancel_all(), cancel_all(market_id),
        ]  # fmt: skip
        if step % 30 == 29:
            await root.ask(HALT_ALL if chance.random() < 0.5 else set_status(1, types_pb2.MARKET_STATUS_PAUSED))
            for each in (1, 2):
                await root.ask(set_status(each, types_pb2.MARKET_STATUS_OPEN))
        reply = await person.ask(chance.choices(requests, [3, 3, 3, 2, 2, 2, 2, 0.3, 0.3])[0])
        if kind_of(reply) == "order_result":
            placed.append((market_id, reply.order_result.order_id))
    await house.settle_down(root, *people)


async def test_a_market_told_again_is_its_feed(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path, page_rows=7, read_commits=13, frame_bytes=2_000) as house:
        root, people = await house.furnish("ada", "bob", markets=0)
        for name in ("One", "Two"):
            await root.ask(create_market(name))
        await _trade(house, root, people, 1)
        await root.ask(settle(1, 50))
        await root.ask(unsettle(1))
        await house.settle_down(root, *people)
        for client in (root, *people):
            for market_id in (1, 2):
                live = [
                    fact
                    for fact in client.facts
                    if getattr(getattr(fact, kind_of(fact)), "market_id", 0) == market_id
                    or (kind_of(fact) == "market_created" and fact.market_created.market.market_id == market_id)
                ]
                assert len(live) > 20
                assert await tell(client, market_id, after=1) == live, client.name
                backwards = await tell(client, market_id)
                assert [fact.sequence for fact in backwards] == sorted((f.sequence for f in live), reverse=True)
                assert sorted(backwards, key=lambda fact: fact.sequence) == live


async def test_its_book_can_be_rebuilt_as_of_any_sequence(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path, page_rows=10) as house:
        root, people = await house.furnish("ada", "bob", "eve", markets=2)
        books: dict[int, list[Row]] = {}

        def remember(message: ServerMessage) -> None:
            books[message.sequence] = people[0].model.books()[1]

        people[0].on_message = remember
        await _trade(house, root, people, 2)
        late = await house.sign_in("late")
        model = Model(user_id=late.model.user_id)
        compared = deepest = 0
        told = await tell(late, 1, after=1)
        for fact, following in zip(told, [*told[1:], None], strict=True):
            model.read_fact(kind_of(fact), fact)
            if fact.sequence in books and (following is None or following.sequence > fact.sequence):
                assert model.books()[1] == books[fact.sequence], fact.sequence
                compared += 1
                deepest = max(deepest, len(books[fact.sequence]))
        assert (compared > 50, deepest > 5) == (True, True), (compared, deepest)


async def test_what_decided_the_status_of_a_market_can_be_asked_for_alone(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        root, (ada,) = await house.furnish("ada", markets=2)
        await ada.ask(bid(1, 50))
        await root.ask(set_status(1, types_pb2.MARKET_STATUS_PAUSED))
        await root.ask(edit_market(1, description="a pause"))
        await root.ask(set_status(1, types_pb2.MARKET_STATUS_OPEN))
        await root.ask(HALT_ALL)
        await root.ask(set_status(2, types_pb2.MARKET_STATUS_OPEN))
        await root.ask(settle(1, 70))
        await root.ask(unsettle(1))
        kinds = [kind_of(fact) for fact in await tell(ada, 1, status_only=True, after=1)]
        assert kinds == [
            "market_created", "market_status_changed", "market_status_changed", "market_status_changed",
            "market_settled", "market_unsettled",
        ]  # fmt: skip
        assert [kind_of(fact) for fact in await tell(ada, 1, status_only=True, limit=1)] == kinds[::-1]
        other = await tell(ada, 2, status_only=True)
        assert [fact.market_status_changed.status for fact in other[:2]] == [
            types_pb2.MARKET_STATUS_OPEN, types_pb2.MARKET_STATUS_HALTED,
        ]  # fmt: skip
        assert {fact.market_status_changed.market_id for fact in other[:2]} == {2}


async def test_tags_stay_with_their_owners_and_accounts_of_an_anonymous_market_with_theirs(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house:
        root, (ada, bob) = await house.furnish("ada", "bob", markets=0)
        await root.ask(create_market("Masks", anonymous=True))
        await ada.ask(bid(1, 50, 2, tag=b"mine"))
        await bob.ask(offer(1, 50, 1))
        (_, placed, taken) = await tell(ada, 1, after=1)
        assert (placed.order_placed.account_id, placed.order_placed.tag) == (account_of(ada), b"mine")
        assert (taken.order_placed.account_id, taken.order_placed.fills[0].account_id) == (0, account_of(ada))
        (_, placed, taken) = await tell(bob, 1, after=1)
        assert (placed.order_placed.account_id, placed.order_placed.tag) == (0, b"")
        assert (taken.order_placed.account_id, taken.order_placed.fills[0].account_id) == (account_of(bob), 0)
        (_, placed, _) = await tell(root, 1, after=1)
        assert placed.order_placed.account_id == account_of(ada), "elevated sees all"
        await root.ask(edit_market(1, anonymous=False))
        assert (await tell(bob, 1, after=1))[1].order_placed.account_id == account_of(ada), "as it may be seen now"


async def test_why_a_market_failed_is_told_only_to_elevated_admins(tmp_path: Path, autojump_clock: MockClock) -> None:
    def flawed(state: State, actor: Actor, command: Command, now: int) -> Refusal | Decision:
        if getattr(command, "size", 0) == 666:
            raise RuntimeError("a bug")
        return decide(state, actor, command, now)

    async with open_house(tmp_path, decide=flawed) as house:
        root, (ada,) = await house.furnish("ada")
        await ada.ask(bid(1, 50, 666))
        await house.settle_down(root, ada)
        assert [kind_of(fact) for fact in await tell(root, 1, after=1)] == ["market_created", "market_failed"]
        assert [kind_of(fact) for fact in await tell(ada, 1, after=1)] == ["market_created"]


@pytest.mark.parametrize("elevated", [True, False])
async def test_a_limited_feed_does_not_limit_what_may_be_asked(
    tmp_path: Path, autojump_clock: MockClock, elevated: bool
) -> None:
    async with open_house(tmp_path) as house:
        _, (ada,) = await house.furnish("ada", markets=2)
        await ada.ask(bid(2, 50))
        narrow = await house.sign_in("narrow:admin", markets=(1,))
        if elevated:
            await narrow.ask(elevate())
        told = [undated(fact) for fact in await tell(narrow, 2, after=1)]
        assert [kind_of(fact) for fact in told] == ["market_created", "order_placed"]
