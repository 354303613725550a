"""Random commands of every kind, most of them sensible, some of them not."""

import random
from collections.abc import Callable
from typing import NamedTuple

from exchange.core.commands import (
    SYSTEM,
    Actor,
    AmendOrder,
    CancelOrder,
    CancelOrders,
    Command,
    CreateAccount,
    CreateMarket,
    EditMarket,
    EndOrders,
    Grant,
    PlaceOrder,
    Redeem,
    ReportFailure,
    SetMarketStatus,
    SettleMarket,
    SignIn,
    Transfer,
    UnsettleMarket,
)
from exchange.core.state import Market, State
from exchange.core.units import (
    PRICE_MAX,
    SIZE_MAX,
    CancelReason,
    Constituent,
    MarketStatus,
    SelfTrade,
    Side,
    TimeInForce,
)

TAGS = (b"", b"", b"a", b"b")
NONSENSE = 0.03  # share of values that are out of range or name what is not there


class Attempt(NamedTuple):
    """One command, and what the mix counts it as."""

    kind: str
    actor: Actor
    command: Command


class Generator:
    """Looks at the state for who and what there is, and draws the rest from a seed.

    ``growth`` scales how often accounts and markets are added: less in a long run, so that its checks stay cheap.
    """

    def __init__(self, state: State, seed: int, growth: float = 1) -> None:
        self._state = state
        self._chance = random.Random(seed)
        self._number = 0
        self._kinds: dict[str, tuple[float, Callable[[], tuple[Actor, Command]]]] = {
            "place good till cancelled": (22, lambda: self._place()),
            "place good till a time": (4, lambda: self._place(time_in_force=TimeInForce.GTD, expires_at=self._soon())),
            "place immediate": (8, lambda: self._place(time_in_force=TimeInForce.IOC)),
            "place fill or kill": (8, self._place_fill_or_kill),
            "place post-only": (8, lambda: self._place(post_only=True)),
            "place market order": (5, lambda: self._place(market_order=True)),
            "amend by id": (12, self._amend),
            "amend by tag": (4, self._amend_by_tag),
            "cancel by id": (12, self._cancel),
            "cancel by tag": (4, self._cancel_by_tag),
            "cancel all": (1, self._cancel_all),
            "end orders": (3, self._end_orders),
            "set status": (1, self._set_status),
            "settle": (0.3 * growth, self._settle),
            "unsettle": (0.25 * growth, self._unsettle),
            "create fund": (0.12 * growth, self.create_fund),
            "redeem": (1, self._redeem),
            "edit who sees": (0.4, self._edit_sight),
            "report failure": (0.1, self._report_failure),
            "create market": (0.15 * growth, self.create_market),
            "sign in": (0.2 * growth, self._sign_in),
            "create account": (0.03 * growth, self._create_account),
            "transfer": (2, self._transfer),
            "grant": (1, self._grant),
        }
        self._names = list(self._kinds)
        self._weights = [weight for weight, _ in self._kinds.values()]

    def attempt(self) -> Attempt:
        """The next command. Prevention modes are part of an order's kind, each equally often."""
        self._number += 1
        (kind,) = self._chance.choices(self._names, self._weights)
        actor, command = self._kinds[kind][1]()
        if isinstance(command, PlaceOrder):
            kind = f"{kind}, {command.self_trade.name.lower().replace('_', ' ')}"
        return Attempt(kind, actor, command)

    # Who and where

    def _actor(self) -> Actor:
        user_id = self._chance.randint(1, len(self._state.users))
        user = self._state.users[user_id]
        elevated = self._chance.random() < 0.3
        if elevated and self._chance.random() < 0.05:
            return Actor(user_id, self._state.house_id, elevated=True)
        account_id = self._chance.choice(sorted(user.owned)) if self._chance.random() < 0.5 else user.account_id
        return Actor(user_id, account_id, elevated, self._chance.randint(0, 2))

    def _owner_of(self, account_id: int) -> Actor:
        owners = self._state.accounts[account_id].owners
        return Actor(min(owners, default=0), account_id, elevated=not owners)

    def _market(self) -> Market:
        """Mostly one of the latest, because the older ones are settled; less often a fund, whose bounds are wide."""
        markets = self._state.markets
        market = markets[max(len(markets) - int(self._chance.expovariate(0.4)), 1)]
        for _ in range(6):
            if market.status != MarketStatus.SETTLED and (not market.constituents or self._chance.random() < 0.2):
                break
            market = markets[max(len(markets) - int(self._chance.expovariate(0.5)), 1)]
        return market

    def _market_id(self, market: Market) -> int:
        return len(self._state.markets) + 7 if self._nonsense() else market.market_id

    def _nonsense(self) -> bool:
        return self._chance.random() < NONSENSE

    def _soon(self) -> int:
        return self._state.time + self._chance.randint(0, 1_000)

    # Orders

    def _place(self, **terms: object) -> tuple[Actor, Command]:
        chance, market = self._chance, self._market()
        side = chance.choice(list(Side))
        price = self._price(market, side)
        size = chance.choice([0, -5, SIZE_MAX + 1]) if self._nonsense() else chance.randint(1, 50)
        tag = b"x" * 33 if self._nonsense() else chance.choice(TAGS)
        command = PlaceOrder(
            self._market_id(market), side, price, size, tag=tag, self_trade=chance.choice(list(SelfTrade))
        )
        return self._actor(), command._replace(**terms)  # type: ignore[arg-type]

    def _place_fill_or_kill(self) -> tuple[Actor, Command]:
        """Small, and a little through the last price: otherwise few could fill."""
        actor, command = self._place(time_in_force=TimeInForce.FOK)
        assert isinstance(command, PlaceOrder)
        market = self._state.markets.get(command.market_id)
        if market is None or self._nonsense():
            return actor, command
        other = Side.SELL if command.side == Side.BUY else Side.BUY
        return actor, command._replace(size=self._chance.randint(1, 8), price=self._price(market, other))

    def _price(self, market: Market, side: Side) -> int:
        """Around the last price, a little on the order's own side of it."""
        if self._nonsense():
            return self._chance.choice([market.low - 1, market.high + 1, PRICE_MAX * 9])
        middle = market.last_trade_price if market.last_trade_time else (market.low + market.high) // 2
        away = round(self._chance.gauss(3, 5))
        return min(max(middle - away if side == Side.BUY else middle + away, market.low), market.high)

    def _order_id(self, market: Market) -> tuple[Actor, int]:
        """Mostly a resting order and its owner; else one that ended, somebody else's or none."""
        orders = market.book.orders
        if not orders or self._chance.random() < 0.1:
            return self._actor(), self._chance.randint(0, self._state.next_order_id + 1)
        # Any of the first few in the dictionary, found without listing all of it.
        skip = self._chance.randint(0, min(len(orders), 20) - 1)
        order = next(order for index, order in enumerate(orders.values()) if index == skip)
        actor = self._actor() if self._nonsense() else self._owner_of(order.account_id)
        return actor, order.order_id

    def _amend(self) -> tuple[Actor, Command]:
        market = self._market()
        actor, order_id = self._order_id(market)
        order = market.book.orders.get(order_id)
        side = order.side if order is not None else Side.BUY
        size = order.size + self._chance.randint(-20, 10) if order is not None and self._chance.random() < 0.6 else None
        price = self._price(market, side) if size is None or self._chance.random() < 0.3 else None
        mode = self._chance.choice(list(SelfTrade))
        return actor, AmendOrder(self._market_id(market), order_id, b"", price, size, mode)

    def _tagged(self, market: Market) -> tuple[Actor, bytes]:
        for _ in range(10):
            actor, order_id = self._order_id(market)
            order = market.book.orders.get(order_id)
            if order is not None and order.tag:
                return actor, order.tag
        return self._actor(), self._chance.choice(TAGS)

    def _amend_by_tag(self) -> tuple[Actor, Command]:
        market = self._market()
        actor, tag = self._tagged(market)
        return actor, AmendOrder(market.market_id, 0, tag, size=self._chance.randint(0, 50))

    def _cancel(self) -> tuple[Actor, Command]:
        market = self._market()
        actor, order_id = self._order_id(market)
        return actor, CancelOrder(self._market_id(market), order_id)

    def _cancel_by_tag(self) -> tuple[Actor, Command]:
        market = self._market()
        actor, tag = self._tagged(market)
        return actor, CancelOrder(market.market_id, 0, tag)

    def _cancel_all(self) -> tuple[Actor, Command]:
        market_id = self._market_id(self._market()) if self._chance.random() < 0.5 else 0
        return self._actor(), CancelOrders(market_id, self._chance.choice([None, *Side]))

    def _end_orders(self) -> tuple[Actor, Command]:
        market = self._market()
        order_ids = tuple(self._order_id(market)[1] for _ in range(self._chance.randint(0, 3)))
        return SYSTEM, EndOrders(self._market_id(market), order_ids, self._chance.choice(list(CancelReason)))

    # Markets

    def create_market(self) -> tuple[Actor, Command]:
        low = self._chance.randint(-500, 500)
        name = "House" if self._nonsense() else f"Market {len(self._state.markets) + 1}"
        return self._actor(), CreateMarket(name, "", low, low + self._chance.randint(0, 300))

    def _set_status(self) -> tuple[Actor, Command]:
        """Mostly opens what is not open, so that markets trade most of the time."""
        closed = [
            each
            for each in list(self._state.markets.values())[-12:]
            if each.status in (MarketStatus.HALTED, MarketStatus.PAUSED)
        ]
        if closed and self._chance.random() < 0.8:
            return self._actor()._replace(elevated=True), SetMarketStatus(closed[0].market_id, MarketStatus.OPEN)
        status = self._chance.choice(list(MarketStatus))
        actor = self._actor()
        return actor._replace(elevated=self._chance.random() < 0.7), SetMarketStatus(
            self._market_id(self._market()), status
        )

    def _settle(self) -> tuple[Actor, Command]:
        """Often a part of a fund: of an older one, of which more is settled already."""
        market, markets = self._market(), self._state.markets
        funds = [each for each in markets.values() if each.constituents and each.status != MarketStatus.SETTLED]
        if (funds and self._chance.random() < 0.7) or market.constituents:
            parts = [markets[part] for fund in funds for part, _ in fund.constituents]
            plain = [part for part in parts if not part.constituents and part.status != MarketStatus.SETTLED]
            market = plain[0] if plain else market
        price = self._chance.randint(market.low - 2, market.high + 2)
        actor = self._actor()
        return actor._replace(elevated=self._chance.random() < 0.8), SettleMarket(self._market_id(market), price)

    def _unsettle(self) -> tuple[Actor, Command]:
        """One of the latest that are settled, and its market opens again at the next occasion."""
        settled = [each for each in self._state.markets.values() if each.status == MarketStatus.SETTLED]
        plain = [each for each in settled if not each.constituents or self._nonsense()]
        market = self._chance.choice(plain[-4:]) if plain else self._market()
        actor = self._actor()
        return actor._replace(elevated=self._chance.random() < 0.9), UnsettleMarket(
            self._market_id(market), self._chance.random() < 0.7
        )

    def create_fund(self) -> tuple[Actor, Command]:
        """Of one to three of the latest markets, funds among them."""
        basket: dict[int, int] = {}
        unsettled = [each for each in self._state.markets.values() if each.status != MarketStatus.SETTLED][-6:]
        for _ in range(self._chance.randint(1, 3)):
            multiplier = self._chance.choice([-3, -2, -1, 1, 1, 2]) * (not self._nonsense())
            market = self._chance.choice(unsettled) if unsettled else self._market()
            basket[self._market_id(market)] = multiplier
        name = f"Market {len(self._state.markets) + 1}"
        constituents = tuple(Constituent(market_id, multiplier) for market_id, multiplier in basket.items())
        fee = -1 if self._nonsense() else self._chance.randint(0, 2)
        actor = self._actor()
        return actor._replace(elevated=self._chance.random() < 0.9), CreateMarket(
            name, "", 0, 0, constituents=constituents, redeem_fee=fee
        )

    def _edit_sight(self) -> tuple[Actor, Command]:
        """Viewers are most accounts, and most markets soon public again, so that trade goes on."""
        chance = self._chance
        closed = [each for each in list(self._state.markets.values())[-12:] if each.restricted]
        market = closed[0] if closed and chance.random() < 0.6 else self._market()
        accounts = list(self._state.accounts)
        add = chance.sample(accounts, max(1, len(accounts) * 3 // 4)) + [len(accounts) + 7] * self._nonsense()
        remove = chance.sample(accounts, min(2, len(accounts)))
        restricted = chance.choice([None, False, False]) if market.restricted else chance.choice([None, True])
        anonymous = chance.choice([None, True, False])
        command = EditMarket(
            self._market_id(market), restricted=restricted, anonymous=anonymous, add_viewer_account_ids=tuple(add),
            remove_viewer_account_ids=tuple(remove),
        )  # fmt: skip
        return self._actor()._replace(elevated=chance.random() < 0.9), command

    def _redeem(self) -> tuple[Actor, Command]:
        """Mostly a fund that can be redeemed."""
        markets = self._state.markets
        funds = [each for each in list(markets.values())[-12:] if each.constituents]
        ready = [
            fund
            for fund in funds
            if all(markets[each].status == MarketStatus.OPEN for each, _ in fund.constituents)
            and fund.status == MarketStatus.OPEN
        ]
        if ready and self._chance.random() < 0.9:
            funds = ready
        market = self._chance.choice(funds) if funds and not self._nonsense() else self._market()
        size = self._chance.choice([0, SIZE_MAX + 1]) if self._nonsense() else self._chance.randint(1, 3)
        return self._actor(), Redeem(self._market_id(market), size * self._chance.choice([-1, 1]))

    def _report_failure(self) -> tuple[Actor, Command]:
        market_id = self._market_id(self._market())
        return SYSTEM, ReportFailure(market_id, "drawn by lot", self._chance.random() < 0.2)

    # Accounts and money

    def _sign_in(self) -> tuple[Actor, Command]:
        number = self._number if self._chance.random() < 0.1 else self._chance.randint(1, len(self._state.users))
        return SYSTEM, SignIn(f"subject {number}", f"Trader {number % 50}")

    def _create_account(self) -> tuple[Actor, Command]:
        return self._actor(), CreateAccount("House" if self._nonsense() else f"Account {self._number}")

    def _account_id(self) -> int:
        return self._chance.randint(1, len(self._state.accounts) + self._nonsense())

    def _transfer(self) -> tuple[Actor, Command]:
        sender = 0 if self._chance.random() < 0.8 else self._account_id()
        amount = self._chance.choice([0, -1, 2**63]) if self._nonsense() else self._chance.randint(1, 1_000)
        recipient = self._account_id()
        if self._chance.random() < 0.7:
            recipient = self._state.users[self._chance.randint(1, len(self._state.users))].account_id
        return self._actor(), Transfer(sender, recipient, amount, "")

    def _grant(self) -> tuple[Actor, Command]:
        amount = self._chance.choice([0, -1, 2**62]) if self._nonsense() else self._chance.randint(1, 10_000)
        actor = self._actor()
        return actor._replace(elevated=actor.elevated or self._chance.random() < 0.5), Grant(
            self._account_id(), amount, ""
        )
