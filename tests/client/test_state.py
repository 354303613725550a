"""The client's state comes to the same integers as the exchange's, fact by fact."""

import random
from typing import Any

import pytest

from exchange.core import commands, facts
from exchange.core.apply import apply
from exchange.core.commands import SYSTEM, Actor
from exchange.core.facts import Decision
from exchange.core.rules import decide
from exchange.core.state import Limits
from exchange.core.state import State as ExchangeState
from exchange.core.units import Constituent, SelfTrade, TimeInForce
from exchange.core.units import MarketStatus as ExchangeStatus
from exchange.core.units import Side as ExchangeSide
from exchange.wire.facts import encode_facts
from exchange_client import MarketStatus, Side
from exchange_client.schema import server_pb2 as s
from exchange_client.schema import types_pb2 as t
from exchange_client.state import State
from exchange_client.streams import Hub
from tests.client import fake as f

BUY, SELL = 1, 2


def known(*, cash: int = 1_000_000_000, orders: list[t.Order] | None = None) -> State:
    """The state after a snapshot, for the user who owns ME and SUB."""
    state = State(Hub())
    state.user_id, state.account_id, state.owned_account_ids = f.USER, f.ME, frozenset({f.ME, f.SUB})
    state.apply(f.snapshot(cash=cash, orders=orders or []))
    return state


def position(state: State, account: int = f.ME) -> tuple[int, int, int]:
    held = state.portfolios[account].positions[f.RAIN]
    return held.size, held.cost, held.cash_flow


def trade(state: State, order_id: int, side: int, size: int, price: int, *, taker: int = f.ME) -> None:
    """A resting order of the other side's, and ours that takes all of it."""
    maker = f.OTHER if taker == f.ME else f.ME
    state.apply(f.placed(order_id, account=maker, side=3 - side, price=price, size=size))
    fill = (order_id, maker, size, price)
    state.apply(f.placed(order_id + 1, account=taker, side=side, price=price, size=size, fills=[fill]))


def test_opening_adds_cost_and_closing_a_part_takes_that_part_rounded_down() -> None:
    state = known(cash=10_000)
    trade(state, 1, BUY, 3, 10)
    assert position(state) == (3, 30, -30)
    trade(state, 3, BUY, 4, 11)
    assert position(state) == (7, 74, -74)
    trade(state, 5, SELL, 2, 20)
    assert position(state) == (5, 74 - 74 * 2 // 7, -34)
    assert state.portfolios[f.ME].cash == 10_000 - 34
    held = state.portfolios[f.ME].positions[f.RAIN]
    assert held.realised + held.unrealised == held.cash_flow + held.size * 20


def test_a_position_that_turns_round_costs_what_is_open_at_the_last_price() -> None:
    state = known()
    trade(state, 1, SELL, 3, 10)
    assert position(state) == (-3, -30, 30)
    trade(state, 3, BUY, 5, 7)
    assert position(state) == (2, 14, -5)
    trade(state, 5, SELL, 2, 9)
    assert position(state) == (0, 0, 13)


def test_a_maker_is_booked_like_a_taker() -> None:
    state = known()
    trade(state, 1, SELL, 4, 10, taker=f.OTHER)
    assert position(state) == (4, 40, -40)
    assert state.orders == {}


def test_a_trade_between_two_accounts_of_ones_own_changes_both() -> None:
    state = known()
    state.apply(f.placed(1, account=f.SUB, side=BUY, price=10, size=5))
    state.apply(f.placed(2, account=f.ME, side=SELL, price=10, size=2, fills=[(1, f.SUB, 2, 10)]))
    assert position(state, f.SUB) == (2, 20, -20)
    assert position(state, f.ME) == (-2, -20, 20)
    assert state.orders[1].remaining == 3


@pytest.mark.parametrize(
    ("orders", "available"),
    [([], 10_000), ([(BUY, 15)], 9_500), ([(SELL, 15)], 9_500), ([(BUY, 15), (SELL, 15)], 9_500)],
)
def test_available_cash_counts_the_worst_case(orders: list[tuple[int, int]], available: int) -> None:
    state = State(Hub())
    part = s.Snapshot(first=True, markets=[f.rain(low=10, high=20)])
    part.portfolios.add(account_id=f.ME, cash=10_000)
    state.apply(s.ServerMessage(snapshot=part))
    for order_id, (side, price) in enumerate(orders, 1):
        state.apply(f.placed(order_id, account=f.ME, side=side, price=price, size=100))
    assert state.portfolios[f.ME].available == available


def test_settlement_ends_orders_and_turns_positions_into_cash() -> None:
    state = known(cash=1_000)
    trade(state, 1, BUY, 3, 10)
    state.apply(f.placed(5, account=f.ME, price=4, size=10))
    mine = state.orders[5]
    state.apply(s.ServerMessage(market_settled=s.MarketSettled(market_id=f.RAIN, price=50)))
    market = state.markets[f.RAIN]
    assert position(state) == (0, 0, 120)
    assert state.portfolios[f.ME].cash == state.portfolios[f.ME].available == 1_120
    assert not market.book.orders
    assert not state.orders
    assert not mine.is_open
    assert (market.status, market.settlement_price, market.mark) == (MarketStatus.SETTLED, 50, 50)


def test_unsettling_brings_back_positions_but_no_orders() -> None:
    state = known(cash=1_000)
    trade(state, 1, BUY, 3, 10)
    state.apply(s.ServerMessage(market_settled=s.MarketSettled(market_id=f.RAIN, price=50)))
    unsettled = s.MarketUnsettled(market_id=f.RAIN)
    unsettled.positions.add(account_id=f.ME, size=3, cost=30)
    unsettled.positions.add(account_id=f.OTHER, size=-3, cost=-30)
    state.apply(s.ServerMessage(market_unsettled=unsettled))
    assert position(state) == (3, 30, -30)
    assert state.portfolios[f.ME].cash == 970
    assert state.markets[f.RAIN].status is MarketStatus.HALTED
    assert state.markets[f.RAIN].settlement_price is None


def test_a_redemption_books_both_legs_at_marks_that_cancel_out() -> None:
    state = known(cash=1_000)
    fund = f.rain(market_id=9, name="Weather")
    fund.constituents.add(market_id=f.RAIN, multiplier=-2)
    state.apply(s.ServerMessage(market_created=s.MarketCreated(market=fund)))
    redeemed = s.Redeemed(market_id=9, account_id=f.ME, size=5, fee=7, mark=-20, constituent_marks=[10])
    state.apply(s.ServerMessage(redeemed=redeemed))
    portfolio = state.portfolios[f.ME]
    assert portfolio.cash == 993
    assert portfolio.positions[9].cash_flow == 5 * -20 - 7
    assert portfolio.positions[9].size == -5
    assert portfolio.positions[f.RAIN].size == -10


def test_what_was_prevented_shrinks_or_ends_resting_orders() -> None:
    state = known()
    state.apply(f.placed(1, account=f.ME, side=SELL, price=10, size=100))
    state.apply(f.placed(2, account=f.ME, side=BUY, price=10, size=40, remaining=0, reductions=[(1, 40)]))
    assert state.orders[1].remaining == 60
    state.apply(f.placed(3, account=f.ME, side=BUY, price=10, size=80, remaining=20, reductions=[(1, 60)]))
    assert set(state.orders) == {3}
    assert state.markets[f.RAIN].best_offer is None
    assert state.portfolios[f.ME].positions[f.RAIN].offer_size == 0


def test_amending_keeps_the_id_and_perhaps_the_place() -> None:
    state = known()
    for order_id in (1, 2):
        state.apply(f.placed(order_id, account=f.ME, price=10, size=100))
    order, queue = state.orders[1], state.markets[f.RAIN].book.queue
    smaller = s.OrderAmended(market_id=f.RAIN, order_id=1, account_id=f.ME, price=10, size=50, remaining=50)
    smaller.kept_place = True
    state.apply(s.ServerMessage(order_amended=smaller))
    assert [item.order_id for item in queue(Side.BUY, 10)] == [1, 2]
    larger = s.OrderAmended(market_id=f.RAIN, order_id=1, account_id=f.ME, price=10, size=70, remaining=70)
    state.apply(s.ServerMessage(order_amended=larger))
    assert [item.order_id for item in queue(Side.BUY, 10)] == [2, 1]
    assert state.orders[1] is order
    assert (order.size, order.remaining) == (70, 70)
    assert state.portfolios[f.ME].positions[f.RAIN].bid_size == 170
    ended = s.OrderAmended(market_id=f.RAIN, order_id=1, account_id=f.ME, price=10, size=0, kept_place=True)
    state.apply(s.ServerMessage(order_amended=ended))
    assert set(state.orders) == {2}


def test_a_book_may_come_in_several_parts() -> None:
    state = known()
    for order_id in (1, 2):
        order = t.Order(order_id=order_id, account_id=f.OTHER, side=t.SIDE_BUY, price=5, size=10, remaining=10)
        book = t.Book(market_id=f.RAIN, orders=[order])
        state.apply(s.ServerMessage(snapshot=s.Snapshot(books=[book])))
    assert state.markets[f.RAIN].best_bid == (5, 20, 2)


def test_an_account_that_may_no_longer_be_seen_is_forgotten() -> None:
    state = known()
    state.apply(f.placed(1, account=f.SUB))
    state.change_view(f.ME, False, [f.ME])
    assert set(state.portfolios) == {f.ME}
    assert not state.orders
    state.apply(f.cancelled(1))
    assert not state.markets[f.RAIN].book.orders


def test_accounts_are_made_renamed_and_shared() -> None:
    state = known()
    account = t.Account(account_id=12, name="New", kind=t.ACCOUNT_KIND_SUB, owner_user_ids=[f.USER])
    state.apply(s.ServerMessage(account_created=s.AccountCreated(account=account)))
    assert state.portfolios[12].cash == 0
    state.apply(s.ServerMessage(account_renamed=s.AccountRenamed(account_id=12, name="Newer")))
    state.apply(s.ServerMessage(access_changed=s.AccessChanged(account_id=12, user_id=6, owner=True)))
    assert state.accounts["newer"].owner_user_ids == {f.USER, 6}
    assert "New" not in state.accounts


def test_an_edit_changes_only_what_it_names() -> None:
    state = known()
    state.apply(s.ServerMessage(market_edited=s.MarketEdited(market_id=f.RAIN, name="Sun", position_limit=0)))
    market = state.markets["sun"]
    assert market is state.markets[f.RAIN]
    assert "Rain on Friday" not in state.markets
    assert (market.description, market.high) == ("", 10_000)


def test_money_that_moves_is_recorded() -> None:
    state = known(cash=100)
    for number, (sender, recipient, amount) in enumerate([(f.ME, f.SUB, 30), (f.OTHER, f.ME, 5)]):
        record = t.TransferRecord(
            transfer_id=number + 1, kind=t.TRANSFER_KIND_TRANSFER, from_account_id=sender, to_account_id=recipient
        )
        record.amount = amount
        state.apply(s.ServerMessage(transferred=s.Transferred(transfer=record)))
    assert state.portfolios[f.ME].cash == 75
    assert state.portfolios[f.SUB].cash == 30
    assert [transfer.amount for transfer in state.transfers] == [30, 5]


def test_messages_of_a_newer_exchange_are_passed_over() -> None:
    assert known().apply(s.ServerMessage(sequence=5)) == ""


@pytest.mark.parametrize("seed", range(12))
def test_random_trading_comes_to_the_same_integers_as_on_the_exchange(seed: int) -> None:
    twin = Twin(random.Random(seed))
    for _ in range(400):
        twin.step()
        twin.compare()


class Twin:
    """An exchange in memory, and the state of a client that owns one of its users."""

    def __init__(self, source: random.Random) -> None:
        self.random = source
        self.exchange = ExchangeState(Limits(starting_cash=2_000_000))
        self.state = State(Hub())
        self.run(SYSTEM, commands.OpenExchange())
        for name in ("ada", "bob", "eve"):
            self.run(SYSTEM, commands.SignIn(name, name))
        self.users = {user.user_id: user.account_id for user in self.exchange.users.values()}
        self.me = next(iter(self.users))
        self.run(Actor(self.me, self.users[self.me]), commands.CreateAccount("fund"))
        self.own = [account.account_id for account in self.exchange.accounts.values() if self.me in account.owners]
        self.state.user_id = self.me
        part = s.Snapshot(first=True)
        for account_id in self.own:
            part.portfolios.add(account_id=account_id, cash=self.exchange.accounts[account_id].cash)
        self.state.apply(s.ServerMessage(snapshot=part))
        for name in ("rain", "snow"):
            self.run(Actor(self.me, self.users[self.me]), commands.CreateMarket(name, "", -50, 150))

    def run(self, actor: Actor, command: Any) -> tuple[facts.Fact, ...]:
        now = self.exchange.time + 10
        outcome = decide(self.exchange, actor, command, now)
        if not isinstance(outcome, Decision) or not outcome.facts:
            return ()
        sequence = self.exchange.sequence + 1
        apply(self.exchange, sequence, now, outcome.facts)
        for message in s.ServerFrame.FromString(encode_facts(sequence, now, outcome.facts)).messages:
            if self.state.portfolios:
                self.state.apply(message)
        return outcome.facts

    def step(self) -> None:
        pick, chance = self.random.choice, self.random.random()
        user_id = pick(list(self.users))
        accounts = self.own if user_id == self.me else [self.users[user_id]]
        actor = Actor(user_id, pick(accounts))
        markets = list(self.exchange.markets.values())
        market = pick(markets)
        mine = [order for order in market.book.orders.values() if order.account_id == actor.account_id]
        if chance < 0.6 or not mine:
            side = pick(list(ExchangeSide))
            order = commands.PlaceOrder(
                market.market_id,
                side,
                self.random.randint(30, 70),
                self.random.randint(1, 400),
                pick([TimeInForce.GTC, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK]),
                self_trade=pick(list(SelfTrade)),
                tag=pick([b"", b"x"]),
            )
            self.run(actor, order)
        elif chance < 0.85:
            order_id = pick(mine).order_id
            price, size = self.random.choice([None, self.random.randint(30, 70)]), self.random.randint(1, 400)
            self.run(actor, commands.AmendOrder(market.market_id, order_id, b"", price, size, pick(list(SelfTrade))))
        elif chance < 0.95:
            self.run(actor, commands.CancelOrder(market.market_id, pick(mine).order_id))
        elif chance < 0.98:
            self.run(actor, commands.Transfer(0, pick(list(self.users.values())), self.random.randint(1, 9_999), ""))
        elif len(markets) < 6:
            self.run(Actor(user_id, actor.account_id, True), commands.SettleMarket(market.market_id, 40))
            self.run(actor, commands.CreateMarket(f"market {len(markets)}", "", -20, 130))
        self.step_with_funds(actor._replace(elevated=True))

    def step_with_funds(self, actor: Actor) -> None:
        """Now and then a fund is made or redeemed, or a settlement reversed and the markets opened again."""
        pick, chance = self.random.choice, self.random.random()
        markets = list(self.exchange.markets.values())
        funds = [market for market in markets if market.constituents]
        if chance < 0.04 and len(funds) < 3:
            basket = {pick(markets).market_id: pick([-2, -1, 1, 2]) for _ in range(2)}
            constituents = tuple(Constituent(*each) for each in basket.items())
            name, fee = f"fund {len(markets)}", self.random.randint(0, 3)
            self.run(actor, commands.CreateMarket(name, "", 0, 0, constituents=constituents, redeem_fee=fee))
        elif chance < 0.2 and funds:
            self.run(actor, commands.Redeem(pick(funds).market_id, self.random.randint(-50, 50)))
        elif chance < 0.22:
            happened = self.run(actor, commands.UnsettleMarket(pick(markets).market_id, pick([True, False])))
            for fact in happened:
                if isinstance(fact, facts.MarketUnsettled):
                    self.run(actor, commands.SetMarketStatus(fact.market_id, ExchangeStatus.OPEN))

    def compare(self) -> None:
        for account_id in self.own:
            theirs, ours = self.exchange.accounts[account_id], self.state.portfolios[account_id]
            assert (ours.cash, ours.available) == (theirs.cash, theirs.available)
            for market_id, held in theirs.positions.items():
                seen = ours.position(self.state.markets[market_id])
                assert (seen.size, seen.cost, seen.cash_flow) == (held.size, held.cost, held.cash_flow)
                assert (seen.bid_size, seen.offer_value) == (held.bid_size, held.offer_value)
        owned = {
            order.order_id: (order.remaining, order.size, order.tag)
            for market in self.exchange.markets.values()
            for order in market.book.orders.values()
            if order.account_id in self.own
        }
        assert {key: (o.remaining, o.size, o.tag) for key, o in self.state.orders.items()} == owned
        for theirs_market in self.exchange.markets.values():
            market = self.state.markets[theirs_market.market_id]
            for side in (Side.BUY, Side.SELL):
                levels = theirs_market.book.side(ExchangeSide(side))
                expected = [(level.price, level.size, level.count) for level in levels]
                assert list(market.book.side(side)) == expected
                for level in levels:
                    queue = market.book.queue(side, level.price)
                    assert [order.order_id for order in queue] == [order.order_id for order in level]
