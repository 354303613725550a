"""A small exchange for tests, which checks at every step what must hold at every step.

Numbers are plain integers: a bid of size 1 at price 15 costs 15 of cash, whatever the unit people read.
"""

from typing import Any

from exchange.core.apply import apply
from exchange.core.book import Order
from exchange.core.commands import (
    SYSTEM,
    Actor,
    AmendOrder,
    CancelOrder,
    CancelOrders,
    Command,
    CreateAccount,
    CreateMarket,
    EndOrders,
    Grant,
    OpenExchange,
    PlaceOrder,
    Redeem,
    SetMarketStatus,
    SettleMarket,
    SignIn,
    Transfer,
    UnsettleMarket,
)
from exchange.core.facts import Created, Decision, Fact, OrderResult
from exchange.core.invariants import violations
from exchange.core.refusals import Refusal
from exchange.core.rules import decide
from exchange.core.state import Account, Limits, Market, Position, State
from exchange.core.units import CancelReason, Constituent, MarketStatus, Side
from tests.core.fingerprint import fingerprint

BUY, SELL = Side.BUY, Side.SELL
ADMIN = Actor(0, 0, elevated=True)


class World:
    """A state, the commands tests give it, and the facts they caused."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.state = State(limits or Limits())
        self.now = 1_000
        self.journal: list[tuple[int, int, tuple[Fact, ...]]] = []
        self.run(SYSTEM, OpenExchange())

    def decide(self, actor: Actor, command: Command) -> Refusal | Decision:
        """Decides, and checks that deciding changed nothing."""
        before = fingerprint(self.state)
        outcome = decide(self.state, actor, command, self.now)
        assert fingerprint(self.state) == before, f"deciding {command} changed the state"
        return outcome

    def run(self, actor: Actor, command: Command) -> Decision:
        """Executes a command that must be accepted, and checks every invariant."""
        outcome = self.decide(actor, command)
        assert isinstance(outcome, Decision), f"{command} was refused: {outcome}"
        if outcome.facts:
            self.now += 1
            self.journal.append((self.state.sequence + 1, self.now, outcome.facts))
            apply(self.state, *self.journal[-1])
        assert list(violations(self.state)) == []
        return outcome

    def refuse(self, actor: Actor, command: Command) -> Refusal:
        """Gives a command that must be refused."""
        outcome = self.decide(actor, command)
        assert isinstance(outcome, Refusal), f"{command} was accepted: {outcome}"
        assert outcome.message.endswith(".")
        return outcome

    def replayed(self) -> State:
        """Another state, made from the journal alone."""
        state = State(self.state.limits)
        for sequence, time, facts in self.journal:
            apply(state, sequence, time, facts)
        return state

    # People and money

    def user(self, name: str, cash: int = 0) -> Actor:
        """A user with that much cash, acting as their own account."""
        user_id = _identifier(self.run(SYSTEM, SignIn(f"subject of {name}", name)))
        actor = Actor(user_id, self.state.users[user_id].account_id)
        if cash:
            self.run(ADMIN, Grant(actor.account_id, cash, ""))
        return actor

    def sub_account(self, owner: Actor, name: str, cash: int = 0) -> Actor:
        """The owner, acting as a new sub-account with that much cash."""
        account_id = _identifier(self.run(owner, CreateAccount(name)))
        if cash:
            self.run(ADMIN, Grant(account_id, cash, ""))
        return owner._replace(account_id=account_id)

    def transfer(self, actor: Actor, recipient: Actor, amount: int) -> None:
        self.run(actor, Transfer(0, recipient.account_id, amount, ""))

    def account(self, actor: Actor) -> Account:
        return self.state.accounts[actor.account_id]

    def available(self, actor: Actor) -> int:
        return self.account(actor).available

    # Markets

    def market(self, low: int = 10, high: int = 20, *, owner: Actor | None = None, position_limit: int = 0) -> int:
        """A market with these bounds; without an owner the house has it."""
        owner = owner or Actor(0, self.state.house_id, elevated=True)
        name = f"Market {len(self.state.markets) + 1}"
        market_id = _identifier(self.run(owner, CreateMarket(name, "", low, high)))
        self.state.markets[market_id].position_limit = position_limit
        return market_id

    def fund(self, basket: dict[int, int], *, redeem_fee: int = 0) -> int:
        """A fund with these multipliers by market, made by an elevated admin."""
        house = Actor(0, self.state.house_id, elevated=True)
        constituents = tuple(Constituent(market_id, multiplier) for market_id, multiplier in basket.items())
        name = f"Fund {len(self.state.markets) + 1}"
        command = CreateMarket(name, "", 0, 0, constituents=constituents, redeem_fee=redeem_fee)
        return _identifier(self.run(house, command))

    def redeem(self, actor: Actor, fund_id: int, size: int) -> Decision:
        return self.run(actor, Redeem(fund_id, size))

    def unsettle(self, market_id: int, *, cover: bool = False) -> Decision:
        return self.run(ADMIN, UnsettleMarket(market_id, cover))

    def sizes(self, actor: Actor, *market_ids: int) -> list[int]:
        """What the account holds in each of these markets."""
        positions = self.account(actor).positions
        return [positions[market_id].size if market_id in positions else 0 for market_id in market_ids]

    def set_status(self, market_id: int, status: MarketStatus) -> None:
        self.run(ADMIN, SetMarketStatus(market_id, status))

    def settle(self, market_id: int, price: int) -> None:
        self.run(ADMIN, SettleMarket(market_id, price))

    def book(self, market_id: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Bids and offers, best first: (price, size left) of each order in priority."""
        book = self._market(market_id).book
        bids, offers = ([(o.price, o.remaining) for o in book.in_priority(side)] for side in (BUY, SELL))
        return bids, offers

    def queue(self, market_id: int, side: Side) -> list[int]:
        """Ids of a side's orders in priority."""
        return [order.order_id for order in self._market(market_id).book.in_priority(side)]

    def _market(self, market_id: int) -> Market:
        return self.state.markets[market_id]

    # Orders

    def place(self, actor: Actor, market_id: int, side: Side, price: int, size: int, **terms: Any) -> OrderResult:
        """Places an order that must be accepted."""
        result = self.run(actor, PlaceOrder(market_id, side, price, size, **terms)).result
        assert isinstance(result, OrderResult)
        return result

    def bid(self, actor: Actor, market_id: int, price: int, size: int = 1, **terms: Any) -> int:
        """Places a bid that must be accepted; its id."""
        return self.place(actor, market_id, BUY, price, size, **terms).order_id

    def offer(self, actor: Actor, market_id: int, price: int, size: int = 1, **terms: Any) -> int:
        """Places an offer that must be accepted; its id."""
        return self.place(actor, market_id, SELL, price, size, **terms).order_id

    def amend(self, actor: Actor, market_id: int, order_id: int, **terms: Any) -> OrderResult:
        """Amends an order; must be accepted."""
        result = self.run(actor, AmendOrder(market_id, order_id, **terms)).result
        assert isinstance(result, OrderResult)
        return result

    def cancel(self, actor: Actor, market_id: int, order_id: int) -> None:
        self.run(actor, CancelOrder(market_id, order_id))

    def cancel_all(self, actor: Actor) -> None:
        self.run(actor, CancelOrders())

    def expire(self, market_id: int, *order_ids: int) -> Decision:
        """The exchange ends orders whose time is over."""
        return self.run(SYSTEM, EndOrders(market_id, order_ids, CancelReason.EXPIRED))

    def order(self, market_id: int, order_id: int) -> Order:
        return self._market(market_id).book.orders[order_id]

    def position(self, actor: Actor, market_id: int) -> Position:
        return self._market(market_id).positions[actor.account_id]


def _identifier(decision: Decision) -> int:
    assert isinstance(decision.result, Created)
    return decision.result.identifier
