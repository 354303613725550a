"""The core and its naive twin, given the same commands, agree: verdicts, fills, books, cash, positions."""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from exchange.core.commands import (
    Actor,
    AmendOrder,
    CancelOrder,
    CancelOrders,
    Command,
    EditMarket,
    PlaceOrder,
    Redeem,
    SettleMarket,
)
from exchange.core.facts import Decision, OrderAmended, OrderPlaced
from exchange.core.refusals import Code, Refusal
from exchange.core.state import Limits
from exchange.core.units import SelfTrade, Side, TimeInForce
from tests.core.naive import NaiveExchange, NaiveMarket
from tests.core.world import ADMIN, World

BOUNDS = [(0, 6), (-4, 3)]
BASKET, FUND_BOUNDS, FEE = {1: 2, 2: -1}, (-3, 16), 1
MARKETS = (1, 2, 3)  # the last is the fund
OPEN_ORDERS_MAX, FILLS_MAX = 4, 3

_actors = st.integers(0, 4)
_markets = st.sampled_from([1, 2, 3])
_sides = st.sampled_from(Side)
_prices = st.integers(-5, 7)
_sizes = st.integers(1, 5)
_tags = st.sampled_from([b"", b"a", b"b"])
_modes = st.sampled_from(SelfTrade)
_recent = st.integers(0, 12)


class Twins(RuleBasedStateMachine):
    """Each rule gives one command to both."""

    @initialize(
        by_user=st.booleans(), limit=st.sampled_from([0, 6]), cash=st.lists(st.integers(0, 40), min_size=4, max_size=4)
    )
    def open(self, by_user: bool, limit: int, cash: list[int]) -> None:
        """Two users, a sub-account each, the house; two markets and a fund of them."""
        limits = Limits(OPEN_ORDERS_MAX, FILLS_MAX, self_trade_by_user=by_user)
        self.world = World(limits)
        ann, bob = self.world.user("Ann", cash[0]), self.world.user("Bob", cash[1])
        subs = [self.world.sub_account(ann, "Ann's", cash[2]), self.world.sub_account(bob, "Bob's", cash[3])]
        house = Actor(0, self.world.state.house_id, elevated=True)
        self.actors = [ann, bob, *subs, house]
        pairs = [{ann, subs[0]}, {bob, subs[1]}]
        families = [*pairs, {house}] if by_user else [{actor} for actor in self.actors]
        by_account = {actor.account_id: {each.account_id for each in family} for family in families for actor in family}
        users = {actor.account_id: {each.account_id for each in pair} for pair in pairs for actor in pair}
        self.twin = NaiveExchange(OPEN_ORDERS_MAX, FILLS_MAX, house.account_id, by_account, users)
        for number, (low, high) in enumerate(BOUNDS, 1):
            self.world.market(low, high, position_limit=limit)
            self.twin.markets[number] = NaiveMarket(low, high, limit)
        fund = self.world.state.markets[self.world.fund(BASKET, redeem_fee=FEE)]
        fund.position_limit = limit
        self.twin.markets[fund.market_id] = NaiveMarket(*FUND_BOUNDS, limit, basket=BASKET, fee=FEE)
        for actor in self.actors:
            self.twin.cash[actor.account_id] = self.world.account(actor).cash

    def both(self, actor: int, command: Command) -> None:
        """The same verdict, the same fills."""
        who = self.actors[actor]
        outcome = self.world.decide(who, command)
        code = self.twin.execute(who, command)
        if isinstance(outcome, Refusal):
            # The twin remembers no order that has ended.
            assert code == (Code.UNKNOWN_ORDER if outcome.code == Code.ORDER_ENDED else outcome.code)
            return
        assert code is None
        self.world.run(who, command)
        assert self.twin.fills == _fills(outcome)

    @rule(
        actor=_actors,
        market=_markets,
        side=_sides,
        price=_prices,
        size=_sizes,
        terms=st.fixed_dictionaries(
            {"self_trade": _modes, "tag": _tags},
            optional={
                "time_in_force": st.sampled_from([TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK]),
                "market_order": st.booleans(),
            },
        ),
    )
    def place(self, actor: int, market: int, side: Side, price: int, size: int, terms: dict[str, Any]) -> None:
        self.both(actor, PlaceOrder(market, side, price, size, **terms))

    @rule(actor=_actors, market=_markets, side=_sides, price=_prices, size=_sizes)
    def place_post_only(self, actor: int, market: int, side: Side, price: int, size: int) -> None:
        self.both(actor, PlaceOrder(market, side, price, size, post_only=True))

    @rule(
        actor=_actors,
        market=_markets,
        age=_recent,
        price=st.none() | _prices,
        size=st.none() | _sizes,
        self_trade=_modes,
    )
    def amend(
        self, actor: int, market: int, age: int, price: int | None, size: int | None, self_trade: SelfTrade
    ) -> None:
        if price is not None or size is not None:
            command = AmendOrder(market, max(self.twin.placed - age, 1), b"", price, size, self_trade)
            self.both(self._owner(command.order_id, actor), command)

    @rule(actor=_actors, market=_markets, tag=_tags.filter(bool), size=_sizes)
    def amend_by_tag(self, actor: int, market: int, tag: bytes, size: int) -> None:
        self.both(actor, AmendOrder(market, 0, tag, size=size))

    @rule(actor=_actors, market=_markets, age=_recent)
    def cancel(self, actor: int, market: int, age: int) -> None:
        order_id = max(self.twin.placed - age, 1)
        self.both(self._owner(order_id, actor), CancelOrder(market, order_id))

    @rule(actor=_actors, market=_markets, tag=_tags.filter(bool))
    def cancel_by_tag(self, actor: int, market: int, tag: bytes) -> None:
        self.both(actor, CancelOrder(market, 0, tag))

    @rule(actor=_actors, market=st.sampled_from([0, 1, 2, 3]), side=st.none() | _sides)
    def cancel_all(self, actor: int, market: int, side: Side | None) -> None:
        self.both(actor, CancelOrders(market, side))

    @rule(
        market=_markets,
        restricted=st.sampled_from([None, None, True, False, False]),
        added=st.sets(_actors, max_size=4),
        removed=st.sets(_actors, max_size=1),
    )
    def edit(self, market: int, restricted: bool | None, added: set[int], removed: set[int]) -> None:
        add, remove = (tuple(self.actors[each].account_id for each in some) for some in (added, removed))
        command = EditMarket(
            market, restricted=restricted, add_viewer_account_ids=add, remove_viewer_account_ids=remove
        )
        if add or remove or restricted is not None:
            self.actors.append(ADMIN)
            self.both(-1, command)
            self.actors.pop()

    @rule(market=st.sampled_from(list(BASKET)), share=st.integers(0, 7), certain=st.integers(0, 9))
    def settle(self, market: int, share: int, certain: int) -> None:
        low, high = BOUNDS[market - 1]
        if certain == 0:
            self.actors.append(ADMIN)
            self.both(-1, SettleMarket(market, min(low + share, high)))
            self.actors.pop()

    @rule(actor=_actors, size=st.integers(-4, 4).filter(bool))
    def redeem(self, actor: int, size: int) -> None:
        self.both(actor, Redeem(MARKETS[-1], size))

    def _owner(self, order_id: int, otherwise: int) -> int:
        """Whose order it is, so that most amends find their order."""
        accounts = [order.account_id for order in self.twin.orders if order.order_id == order_id]
        ids = [actor.account_id for actor in self.actors]
        return ids.index(accounts[0]) if accounts else otherwise

    @invariant()
    def books_are_the_same(self) -> None:
        for number in MARKETS:
            for side in Side:
                ours = self.world.state.markets[number].book.in_priority(side)
                assert [
                    (order.order_id, order.account_id, order.price, order.size, order.remaining) for order in ours
                ] == [
                    (order.order_id, order.account_id, order.price, order.total, order.left)
                    for order in self.twin.side(number, side)
                ]

    @invariant()
    def accounts_are_the_same(self) -> None:
        for actor in self.actors:
            account = self.world.account(actor)
            assert account.cash == self.twin.cash[actor.account_id]
            assert account.available == self.twin.available(actor.account_id)
            for number in MARKETS:
                position = account.positions.get(number)
                assert (position.size if position else 0) == self.twin.held[actor.account_id, number]


def _fills(decision: Decision) -> list[tuple[int, int, int]]:
    return [
        (fill.order_id, fill.price, fill.size)
        for fact in decision.facts
        if isinstance(fact, OrderPlaced | OrderAmended)
        for fill in fact.fills
    ]


def test_the_core_agrees_with_its_twin() -> None:
    run_state_machine_as_test(Twins, settings=settings(max_examples=60, stateful_step_count=40))


@pytest.mark.long
def test_the_core_agrees_with_its_twin_at_length() -> None:
    run_state_machine_as_test(Twins, settings=settings(max_examples=300, stateful_step_count=60))
