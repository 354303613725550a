"""Every command the core knows, in any order, chosen by hypothesis, which shortens what fails to the fewest steps.

What is checked after each step: a decision changes nothing, the invariants hold, a maker's available cash does not fall
by a fill, and the house has lost nothing but what it gave away. At the end: facts alone make the same state again.
"""

from typing import get_args

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from exchange.core import commands
from exchange.core.commands import SYSTEM, Actor, Command
from exchange.core.facts import Decision, Fact, Fill, OrderAmended, OrderPlaced, Redeemed
from exchange.core.refusals import Refusal
from exchange.core.state import Limits, Market
from exchange.core.units import Constituent, MarketStatus
from tests.core.any_command import COMMANDS, draw_command
from tests.core.fingerprint import fingerprint
from tests.core.world import World

LIMITS = Limits(
    open_orders_per_market=10, fills_per_command=4, steps_per_batch=4, markets_per_user=8, sub_accounts_per_user=2,
    starting_cash=2_000,
)  # fmt: skip
USERS = 3
SEEDS = st.integers(0, 2**32)


class Machine(RuleBasedStateMachine):
    """Three users with a sub-account each, and markets of small numbers, so that everything meets everything."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(LIMITS)
        self.fees = 0
        for number in range(1, USERS + 1):
            self.world.run(SYSTEM, commands.SignIn(f"subject {number}", f"Trader {number}"))
            actor = Actor(number, self.world.state.users[number].account_id)
            self.world.run(actor, commands.CreateAccount(f"Second of {number}"))
            self.world.run(actor, commands.CreateMarket(f"Market {number}", "", 10, 20))
        admin = actor._replace(elevated=True)
        self.world.run(admin, commands.CreateGroup("Weather", ""))
        basket = (Constituent(1, 1), Constituent(2, -1))
        self.world.run(admin, commands.CreateMarket("Fund", "", 0, 0, constituents=basket, redeem_fee=1))

    @initialize(run=SEEDS)
    def begin(self, run: int) -> None:
        """Hypothesis likes to draw the same number again: with this they stand for other commands in each run."""
        self.seed_of_run = run

    @rule(seed=SEEDS)
    def command(self, seed: int) -> None:
        state = self.world.state
        actor, command = draw_command(state, f"{self.seed_of_run} {seed}")
        outcome = self.world.decide(actor, command)
        if isinstance(outcome, Refusal):
            assert outcome.message.endswith(".")
            return
        before = {account.account_id: account.available for account in state.accounts.values()}
        self.world.run(actor, command)
        self._count_fees(outcome)
        for fill in _fills(outcome.facts):
            if len(outcome.facts) == 1 and state.accounts[fill.account_id] is not state.accounts.get(actor.account_id):
                assert state.accounts[fill.account_id].available >= before[fill.account_id], "a maker's available fell"
        self._check_house()

    def teardown(self) -> None:
        assert fingerprint(self.world.replayed()) == fingerprint(self.world.state)

    def _count_fees(self, decision: Decision) -> None:
        self.fees += sum(fact.fee for fact in decision.facts if isinstance(fact, Redeemed))

    def _check_house(self) -> None:
        """Whatever the markets come to, the house has what it gave away, negative, and the fees it took."""
        state = self.world.state
        prices: dict[int, int] = {}
        for market in state.markets.values():  # a fund comes after its constituents
            prices[market.market_id] = _come_to(market, prices, at_low=state.sequence % 2 == 0)
        house = state.accounts[state.house_id]
        held = sum(position.size * prices[market_id] for market_id, position in house.positions.items())
        assert house.cash + held - house.received == self.fees


def _come_to(market: Market, prices: dict[int, int], *, at_low: bool) -> int:
    """A price at which the market is, or could be, settled."""
    if market.status == MarketStatus.SETTLED:
        return market.settlement_price
    if market.constituents:
        return sum(prices[market_id] * multiplier for market_id, multiplier in market.constituents)
    return market.low if at_low else market.high


def _fills(facts: tuple[Fact, ...]) -> list[Fill]:
    return [fill for fact in facts if isinstance(fact, OrderPlaced | OrderAmended) for fill in fact.fills]


def test_every_command_is_drawn() -> None:
    assert set(COMMANDS) == set(get_args(Command))


def _run(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=examples < 1_000,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip


def test_no_sequence_of_commands_breaks_an_invariant() -> None:
    _run(examples=60, steps=40)


@pytest.mark.long
def test_no_sequence_of_commands_breaks_an_invariant_in_long() -> None:
    _run(examples=2_000, steps=100)
