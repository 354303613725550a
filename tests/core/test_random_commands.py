"""Random commands of every kind: money is conserved, every invariant holds, deciding changes nothing."""

from collections import Counter
from collections.abc import Iterable

import pytest

from exchange.core.apply import apply
from exchange.core.commands import SYSTEM, Actor, Command, CreateAccount, OpenExchange, SignIn, Transfer
from exchange.core.facts import (
    Decision,
    Fact,
    MarketSettled,
    MarketUnsettled,
    OrderAmended,
    OrderPlaced,
    OrdersCancelled,
    Redeemed,
    Transferred,
)
from exchange.core.invariants import violations
from exchange.core.refusals import Code, Refusal
from exchange.core.rules import decide
from exchange.core.state import Limits, Market, State
from exchange.core.units import REACH_MAX
from tests.core.fingerprint import fingerprint
from tests.core.random_commands import Generator

LIMITS = Limits(
    open_orders_per_market=40, fills_per_command=12, markets_per_user=1_000, sub_accounts_per_user=50,
    starting_cash=100_000,
)  # fmt: skip
USERS, MARKETS, FUNDS = 12, 4, 2
ACCEPTED_MIN = 0.2  # of the tries of each kind
FILLS_MIN = 0.1  # of all commands


class Run:
    """A state and its replica, which sees nothing but facts."""

    def __init__(self, limits: Limits, seed: int, growth: float) -> None:
        self.state, self.replica = State(limits), State(limits)
        self.generator = Generator(self.state, seed, growth)
        self.tries: Counter[str] = Counter()
        self.accepted: Counter[str] = Counter()
        self.codes: Counter[Code] = Counter()
        self.cascades: Counter[type] = Counter()
        self.fills = 0
        self._execute(SYSTEM, OpenExchange())
        for number in range(USERS):
            self._execute(SYSTEM, SignIn(f"subject {number + 1}", f"Trader {number + 1}"))
        for user in list(self.state.users.values()):
            actor = Actor(user.user_id, user.account_id)
            self._execute(actor, CreateAccount(f"Second of {user.user_id}"))
            self._execute(actor, Transfer(0, max(user.owned), LIMITS.starting_cash // 2, ""))
        while len(self.state.markets) < MARKETS:
            self._execute(*self.generator.create_market())
        while len(self.state.markets) < MARKETS + FUNDS:
            self._execute(*self.generator.create_fund())

    def step(self) -> None:
        """One random command, and what can be checked at once."""
        kind, actor, command = self.generator.attempt()
        outcome = self._execute(actor, command)
        self.tries[kind] += 1
        if isinstance(outcome, Refusal):
            self.codes[outcome.code] += 1
            return
        self.accepted[kind] += 1
        for fact in outcome.facts:
            self._check(fact)

    def decide_changes_nothing(self) -> None:
        """Looks at everything before and after a decision, which is not carried out."""
        _, actor, command = self.generator.attempt()
        before = fingerprint(self.state)
        decide(self.state, actor, command, self.state.time + 1)
        assert fingerprint(self.state) == before

    def check_everything(self) -> None:
        assert list(violations(self.state)) == []

    def check_at_the_end(self, count: int) -> None:
        """The mix, and that facts alone make the same state."""
        self._print_mix(count)
        assert fingerprint(self.replica) == fingerprint(self.state)
        rare = {kind: tries for kind, tries in self.tries.items() if self.accepted[kind] < ACCEPTED_MIN * tries}
        assert rare == {}
        assert self.cascades[MarketSettled] >= 3
        assert self.cascades[MarketUnsettled] >= 1
        assert self.fills >= FILLS_MIN * count

    def _execute(self, actor: Actor, command: Command) -> Refusal | Decision:
        outcome = decide(self.state, actor, command, self.state.time + 1)
        if isinstance(outcome, Decision) and outcome.facts:
            for state in (self.state, self.replica):
                apply(state, state.sequence + 1, state.time + 1, outcome.facts)
        return outcome

    def _check(self, fact: Fact) -> None:
        match fact:
            case OrderPlaced() | OrderAmended():
                self.fills += len(fact.fills)
                self._check_market(self.state.markets[fact.market_id])
                self._check_accounts({fact.account_id, *(fill.account_id for fill in fact.fills)})
            case OrdersCancelled():
                self._check_market(self.state.markets[fact.market_id])
            case Redeemed():
                fund = self.state.markets[fact.market_id]
                for market_id in (fact.market_id, *(each.market_id for each in fund.constituents)):
                    self._check_market(self.state.markets[market_id])
                self._check_accounts({fact.account_id, self.state.house_id})
                assert sum(account.cash for account in self.state.accounts.values()) == 0
            case MarketSettled() | MarketUnsettled():
                self.cascades[type(fact)] += (
                    fact.author_user_id == 0 and self.state.markets[fact.market_id].constituents != ()
                )
                self._check_market(self.state.markets[fact.market_id])
                self._check_accounts(self.state.markets[fact.market_id].positions)
                assert sum(account.cash for account in self.state.accounts.values()) == 0
            case Transferred():
                self._check_accounts({fact.from_account_id, fact.to_account_id})
                assert sum(account.cash for account in self.state.accounts.values()) == 0
            case _:
                pass

    def _check_market(self, market: Market) -> None:
        assert not market.book.is_crossed()
        assert sum(position.size for position in market.positions.values()) == 0

    def _check_accounts(self, account_ids: Iterable[int]) -> None:
        for account_id in account_ids:
            account = self.state.accounts[account_id]
            assert account.available >= 0 or account_id == self.state.house_id
            assert account.reach <= REACH_MAX

    def _print_mix(self, count: int) -> None:
        accounts, markets = len(self.state.accounts), len(self.state.markets)
        print(f"\n{count:,} commands, {self.fills:,} fills, {accounts:,} accounts, {markets:,} markets")
        for kind, tries in sorted(self.tries.items()):
            print(f"  {kind:45} {self.accepted[kind]:>8,} of {tries:>8,} accepted ({self.accepted[kind] / tries:.0%})")
        for code, times in self.codes.most_common():
            print(f"  refused {code.name:20} {times:>8,}")


def _run(limits: Limits, seed: int, count: int, *, looks: int, growth: float = 1) -> None:
    run = Run(limits, seed, growth)
    for step in range(count):
        run.step()
        if step % (count // looks) == 0:
            run.check_everything()
            run.decide_changes_nothing()
    run.check_everything()
    run.check_at_the_end(count)


@pytest.mark.parametrize("by_user", [False, True], ids=["by account", "by user"])
def test_random_commands_keep_every_invariant(by_user: bool) -> None:
    _run(LIMITS._replace(self_trade_by_user=by_user), seed=1, count=10_000, looks=100)


@pytest.mark.long
def test_a_million_random_commands_keep_every_invariant() -> None:
    _run(LIMITS, seed=2, count=1_000_000, looks=200, growth=0.1)
