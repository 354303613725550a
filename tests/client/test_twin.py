"""Random trading on an exchange in memory, and what a client makes of its facts."""

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
from exchange_client import Side
from exchange_client.number import in_contracts
from exchange_client.schema import server_pb2 as s
from exchange_client.state import State
from exchange_client.streams import Hub


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
        """By the integers both compute with."""
        for account_id in self.own:
            theirs, ours = self.exchange.accounts[account_id], self.state.portfolios[account_id]
            assert (ours._cash, ours._cash + ours._worst) == (theirs.cash, theirs.available)
            for market_id, held in theirs.positions.items():
                seen = ours.position(self.state.markets[market_id])
                assert (seen._size, seen._cost, seen._cash_flow) == (held.size, held.cost, held.cash_flow)
                assert (seen._bid_size, seen._offer_value) == (held.bid_size, held.offer_value)
        owned = {
            order.order_id: (order.remaining, order.size, order.tag.decode())
            for market in self.exchange.markets.values()
            for order in market.book.orders.values()
            if order.account_id in self.own
        }
        assert {key: (o._remaining, o._size, o.tag) for key, o in self.state.orders.items()} == owned
        for theirs_market in self.exchange.markets.values():
            market = self.state.markets[theirs_market.market_id]
            for side in (Side.BUY, Side.SELL):
                levels = theirs_market.book.side(ExchangeSide(side))
                expected = [(level.price, level.size, level.count) for level in levels]
                seen_levels = [(it.price.hundredths, it.size.hundredths, it.orders) for it in market.book.side(side)]
                assert seen_levels == expected
                for level in levels:
                    queue = market.book.queue(side, in_contracts(level.price))
                    assert [order.order_id for order in queue] == [order.order_id for order in level]
