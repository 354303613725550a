"""Who is winning, and what moves nobody up."""

import pytest

from exchange.core.commands import SYSTEM, Actor, EditMarket, RevokeAccess, ShareAccount, SignIn
from exchange.core.facts import Decision
from exchange.core.rules import decide
from exchange.core.standings import equity, mark, standings
from exchange.core.state import Limits
from exchange.core.units import OPERATOR, AccountKind
from tests.core.random_commands import Generator
from tests.core.world import ADMIN, World


def _profits(world: World) -> dict[int, int]:
    return {row.account_id: row.profit for row in standings(world.state)}


def _order(world: World) -> list[int]:
    return [row.account_id for row in standings(world.state)]


def test_a_mark_is_the_settlement_else_the_last_trade_else_the_middle_rounded_down(
    world: World, ann: Actor, bob: Actor
) -> None:
    market_id = world.market(-4, 1)
    market = world.state.markets[market_id]
    assert mark(market) == -2
    world.bid(ann, market_id, 0, 1)
    world.offer(bob, market_id, 0, 1)
    assert mark(market) == 0
    world.settle(market_id, -3)
    assert mark(market) == -3


def test_who_bought_low_is_ahead_by_exactly_that(world: World, ann: Actor, bob: Actor, cyn: Actor, market: int) -> None:
    world.bid(ann, market, 12, 5)
    world.offer(bob, market, 12, 5)
    world.bid(cyn, market, 15, 1)
    world.offer(bob, market, 15, 1)
    assert _profits(world) == {ann.account_id: 15, bob.account_id: -15, cyn.account_id: 0}
    assert _order(world) == [ann.account_id, cyn.account_id, bob.account_id]
    assert equity(world.state, world.account(ann)) == 1_015
    world.settle(market, 10)
    assert _profits(world) == {ann.account_id: -10, bob.account_id: 15, cyn.account_id: -5}
    assert equity(world.state, world.account(ann)) == world.account(ann).cash == 990


def test_transfers_grants_and_claw_backs_move_nobody(world: World, ann: Actor, bob: Actor, market: int) -> None:
    world.bid(ann, market, 12, 5)
    world.offer(bob, market, 12, 5)
    world.bid(bob, market, 14, 1)
    world.offer(ann, market, 14, 1)
    before = standings(world.state)
    fund = world.sub_account(ann, "Fund", 70)
    world.transfer(ann, bob, 300)
    world.transfer(fund, ann, 50)
    after = standings(world.state)
    assert [row[:2] for row in before] == [row[:2] for row in after]
    assert sum(row.equity for row in after) == sum(row.equity for row in before) + 70


def test_trading_with_ones_own_sub_account_moves_nobody(world: World, ann: Actor, bob: Actor, market: int) -> None:
    fund = world.sub_account(ann, "Fund", 500)
    before = standings(world.state)
    for price, other in ((19, 11), (18, 12)):
        world.bid(ann, market, price, 9)
        world.offer(fund, market, price, 9)
        world.bid(fund, market, other, 9)
        world.offer(ann, market, other, 9)
    assert world.account(ann).cash < 1_000 < world.account(ann).cash + 200
    assert standings(world.state) == before


def test_sharing_and_giving_away_a_sub_account_moves_nobody(
    world: World, ann: Actor, bob: Actor, cyn: Actor, market: int
) -> None:
    fund = world.sub_account(ann, "Fund", 500)
    world.bid(fund, market, 12, 9)
    world.offer(cyn, market, 12, 9)
    world.settle(market, 20)
    before = standings(world.state)
    assert before[0].account_id == ann.account_id
    world.run(ann, ShareAccount(fund.account_id, bob.account_id))
    assert standings(world.state) == before
    world.run(ADMIN, RevokeAccess(fund.account_id, ann.account_id))
    assert standings(world.state) == before


def test_an_unranked_market_counts_for_nothing(world: World, ann: Actor, bob: Actor, market: int) -> None:
    before = standings(world.state)
    world.run(ADMIN, EditMarket(market, ranked=False))
    world.bid(ann, market, 12, 9)
    world.offer(bob, market, 12, 9)
    world.bid(ann, market, 19, 1)
    world.offer(bob, market, 19, 1)
    assert standings(world.state) == before
    world.settle(market, 20)
    assert standings(world.state) == before
    world.run(ADMIN, EditMarket(market, ranked=True))
    assert _profits(world) == {ann.account_id: 73, bob.account_id: -73}


def test_the_house_is_not_on_it_and_whoever_does_nothing_is(world: World, ann: Actor) -> None:
    nobody = world.user("Nobody")
    assert _order(world) == [ann.account_id, nobody.account_id]


@pytest.mark.parametrize("seed", range(3))
def test_in_any_history_profits_are_what_trading_brought(seed: int) -> None:
    """Of everybody, the house included, they sum to zero; they are cash flows and positions at their marks."""
    world = World()
    for name in "abc":
        world.user(name, 100_000)
    for number in range(3):
        market_id = world.market(-100, 100)
        world.run(ADMIN, EditMarket(market_id, ranked=number != 1))
    generator = Generator(world.state, seed)
    state = world.state
    for _ in range(1_000):
        attempt = generator.attempt()
        if isinstance(decide(state, attempt.actor, attempt.command, world.now), Decision):
            world.run(attempt.actor, attempt.command)
    expected = {user.account_id: 0 for user in state.users.values()}
    house = 0
    for account in state.accounts.values():
        profit = sum(
            position.cash_flow + position.size * mark(state.markets[market_id])
            for market_id, position in account.positions.items()
            if state.markets[market_id].ranked
        )
        assert account.cash == account.received + sum(p.cash_flow for p in account.positions.values())
        if account.kind == AccountKind.HOUSE:
            house = profit
        else:
            expected[state.users[account.creator_id].account_id] += profit
    rows = standings(state)
    assert {row.account_id: row.profit for row in rows} == expected
    assert sum(expected.values()) + house == 0
    assert [row.profit for row in rows] == sorted(expected.values(), reverse=True)
    assert {row.account_id: row.profit for row in standings(world.replayed())} == expected


def test_the_operator_runs_the_exchange_and_does_not_compete() -> None:
    world = World(Limits(starting_cash=500))
    world.run(SYSTEM, SignIn("subject of Ann", "Ann"))
    world.run(SYSTEM, SignIn(OPERATOR, "Operator"))
    user = world.state.users_by_subject[OPERATOR]
    assert world.state.accounts[user.account_id].cash == 0
    team = world.sub_account(Actor(user.user_id, user.account_id), "Team", 100)
    assert [world.state.accounts[row.account_id].name for row in standings(world.state)] == ["Ann"]
    assert world.account(team).cash == 100
