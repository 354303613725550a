"""Any command of the core, drawn from a seed for a state of small numbers, so that everything meets everything."""

import random
from collections.abc import Callable, Collection, Iterable
from typing import Any, TypeVar

from exchange.core import commands, credentials
from exchange.core.commands import SYSTEM, Actor, Command
from exchange.core.state import Market, State
from exchange.core.units import (
    HASH_BYTES,
    AccountKind,
    CancelReason,
    Constituent,
    KeyScope,
    MarketStatus,
    SelfTrade,
    Side,
    TimeInForce,
)

T = TypeVar("T")
NAMES = ("Ada", "Rain", "Snow", "Hail")
ODD_NAMES = ("ADA", "House", "", "x" * 65, "tab\there")
TAGS = (b"", b"a", b"b")
ODD_TAG = b"x" * 33
ODD_SIZES = (0, -1, 2**31)
ODD_AMOUNTS = (0, -1, 2**62, 2**63)
ODD = 0.04  # share of values that make no sense


class Draw:
    """Draws what mostly makes sense. Steps are what hypothesis shortens; what a step does follows from its seed."""

    def __init__(self, state: State, seed: str) -> None:
        self.state = state
        self.chance = random.Random(seed)
        self.account_asking = 0
        """Who has to ask for it to make sense; 0 is anybody."""

    def flag(self) -> bool:
        return self.chance.random() < 0.5

    def odd(self) -> bool:
        return self.chance.random() < ODD

    def one(self, values: Iterable[T]) -> T:
        return self.chance.choice(list(values))

    def maybe(self, value: Callable[[], T]) -> T | None:
        return value() if self.flag() else None

    # Names of things

    def market_id(self, choose: Callable[[Market], object] = lambda market: True) -> int:
        markets = self.state.markets
        chosen = [market_id for market_id, market in markets.items() if choose(market)]
        return self._identifier(markets if self.odd() or not chosen else chosen)

    def account_id(self) -> int:
        return self._identifier(self.state.accounts)

    def sub_account_id(self) -> int:
        """Somebody's, who is then who asks."""
        kind = AccountKind.USER if self.odd() else AccountKind.SUB
        account = self.one(each for each in self.state.accounts.values() if each.kind == kind)
        self.account_asking = account.account_id
        return account.account_id

    def user_account_id(self) -> int:
        return self.account_id() if self.odd() else self.one(user.account_id for user in self.state.users.values())

    def key_id(self) -> int:
        return self._identifier(self.state.api_keys)

    def invitation_id(self) -> int:
        return self._identifier(self.state.invitations)

    def group_id(self) -> int:
        return self._identifier(self.state.groups)

    def named_order(self, within: int = 0) -> tuple[int, int, bytes]:
        """Market, identifier and tag: of a resting order by either, or of nothing. Its owner is who will ask."""
        markets = [each for each in self.state.markets.items() if not within or each[0] == within]
        resting = [(market_id, order) for market_id, market in markets for order in market.book.orders.values()]
        if self.account_asking:
            resting = [each for each in resting if each[1].account_id == self.account_asking] or resting
        if not resting or self.odd():
            order_id = self.chance.randint(0, self.state.next_order_id)
            return within or self.market_id(), order_id, b"" if order_id and not self.odd() else self.tag()
        market_id, order = self.one(resting)
        if not self.odd():
            self.account_asking = order.account_id
        return (market_id, 0, order.tag) if order.tag and self.flag() else (market_id, order.order_id, b"")

    def order_ids(self) -> tuple[int, ...]:
        return tuple(self.chance.randint(0, self.state.next_order_id) for _ in range(self.chance.randint(0, 4)))

    def _identifier(self, existing: Collection[int]) -> int:
        return self.one([0, len(existing) + 7] if self.odd() or not existing else existing)

    # Values

    def name(self) -> str:
        return self.one(ODD_NAMES) if self.odd() else f"{self.one(NAMES)} {self.state.sequence}"

    def tag(self) -> bytes:
        return ODD_TAG if self.odd() else self.one(TAGS)

    def price(self, market_id: int) -> int:
        """Around the middle of the bounds, for prices to meet."""
        market = self.state.markets.get(market_id)
        if market is None or self.odd():
            return self.chance.randint(-30, 30)
        return min(max((market.low + market.high) // 2 + self.chance.randint(-3, 3), market.low), market.high)

    def size(self) -> int:
        return self.one(ODD_SIZES) if self.odd() else self.chance.randint(1, 12)

    def amount(self) -> int:
        return self.one(ODD_AMOUNTS) if self.odd() else self.chance.randint(1, 900)

    def new_hash(self) -> bytes:
        """Of a secret that nobody had before."""
        return self.state.sequence.to_bytes(HASH_BYTES, "big")

    def time(self) -> int:
        """The clock of these runs moves by one nanosecond a command; 0 is no time at all."""
        return self.one([0, 0, self.state.time + self.chance.randint(-1, 20)])

    def basket(self) -> tuple[Constituent, ...]:
        return tuple(
            Constituent(self.market_id(_is_unsettled), self.one([-2, -1, 1, 2]) * (not self.odd()))
            for _ in range(self.chance.randint(1, 2))
        )


def _is_fund(market: Market) -> bool:
    return bool(market.constituents)


def _is_open(market: Market) -> bool:
    return market.status == MarketStatus.OPEN


def _is_plain(market: Market) -> bool:
    return not market.constituents and market.status != MarketStatus.SETTLED


def _is_settled(market: Market) -> bool:
    return market.status == MarketStatus.SETTLED and not market.constituents


def _is_closed(market: Market) -> bool:
    return market.status in (MarketStatus.HALTED, MarketStatus.PAUSED)


def _is_unsettled(market: Market) -> bool:
    return market.status != MarketStatus.SETTLED


def _batch(d: Draw) -> Command:
    """Around one order where there is one, so that its owner can ask for all of it."""
    market_id = d.named_order()[0]
    return commands.Batch(market_id, tuple(_step(d, market_id) for _ in range(d.one([1, 2, 2, 3, 3, 4, 4 + d.odd()]))))


def _step(d: Draw, market_id: int) -> commands.PlaceOrder | commands.AmendOrder | commands.CancelOrder:
    if d.flag():
        return _place(d, market_id)
    order = d.named_order(within=market_id)
    return _amend(d, *order) if d.flag() else commands.CancelOrder(*order)


def _create_market(d: Draw) -> Command:
    low = d.chance.randint(8, 12)
    plain = d.flag()
    return commands.CreateMarket(
        d.name(), "", low if plain else 0, low + d.chance.randint(0, 10) if plain else 0,
        group_id=d.group_id() if d.flag() else 0, pinned=d.flag(), ranked=d.flag(),
        position_limit=d.one([0, 0, 0, 5]), opens_at=d.time(), closes_at=d.time(),
        constituents=() if plain else d.basket(), redeem_fee=0 if plain else d.one([0, 1, 3]),
    )  # fmt: skip


def _edit_market(d: Draw) -> Command:
    changes: dict[str, Callable[[], Any]] = {
        "name": d.name,
        "description": lambda: "new",
        "group_id": d.group_id,
        "pinned": lambda: d.flag(),
        "ranked": lambda: d.flag(),
        "position_limit": lambda: d.one([0, 3, 8]),
        "opens_at": d.time,
        "closes_at": d.time,
        "redeem_fee": lambda: d.chance.randint(0, 3),
    }
    named = d.chance.sample(sorted(changes), d.chance.randint(1, 2))
    return commands.EditMarket(d.market_id(), **{name: changes[name]() for name in named})


def _place(d: Draw, market_id: int) -> commands.PlaceOrder:
    time_in_force = d.one([TimeInForce.GTC, *TimeInForce])
    market_order, post_only = d.one([(False, False), (False, False), (True, False), (False, True)])
    terms = time_in_force not in (TimeInForce.GTD, TimeInForce.GTC)
    return commands.PlaceOrder(
        market_id, d.one(Side), 0 if market_order else d.price(market_id), d.size(),
        TimeInForce.IOC if market_order else time_in_force,
        post_only=post_only and not terms, self_trade=d.one(SelfTrade), tag=d.tag(),
        expires_at=d.state.time + 20 if time_in_force == TimeInForce.GTD and not market_order else 0,
        market_order=market_order,
    )  # fmt: skip


def _settle(d: Draw) -> commands.SettleMarket:
    market_id = d.market_id(_is_plain)
    return commands.SettleMarket(market_id, d.price(market_id))


def _revoke(d: Draw) -> commands.RevokeAccess:
    account_id = d.sub_account_id()
    owners = [d.state.users[user_id].account_id for user_id in d.state.accounts[account_id].owners]
    return commands.RevokeAccess(account_id, d.user_account_id() if d.odd() else d.one(owners or d.state.accounts))


def _amend(d: Draw, market_id: int, order_id: int, tag: bytes) -> commands.AmendOrder:
    price, size = d.one([(True, False), (False, True), (True, True)])
    return commands.AmendOrder(
        market_id, order_id, tag, d.price(market_id) if price else None, d.size() if size else None, d.one(SelfTrade)
    )


def _create_api_key(d: Draw) -> credentials.CreateApiKey:
    scope = KeyScope.PERSON if d.odd() else d.one([KeyScope.READ, KeyScope.TRADE])
    account_id = d.account_id() if d.odd() else 0
    return credentials.CreateApiKey(account_id, scope, d.time(), "bot", d.new_hash(), "sealed")


def _revoke_api_key(d: Draw) -> credentials.RevokeApiKey:
    key_id = d.key_id()
    key = d.state.api_keys.get(key_id)
    if key is not None and not d.odd():
        d.account_asking = d.state.users[key.user_id].account_id
    return credentials.RevokeApiKey(key_id)


def _invitation(d: Draw) -> credentials.NewInvitation:
    for_account_id, cash = (d.user_account_id(), None) if d.flag() else (0, d.maybe(d.amount))
    return credentials.NewInvitation(d.name(), "", cash, for_account_id, d.new_hash(), "sealed")


COMMANDS: dict[type, Callable[[Draw], Any]] = {
    commands.PlaceOrder: lambda d: _place(d, d.market_id(_is_open)),
    commands.AmendOrder: lambda d: _amend(d, *d.named_order()),
    commands.CancelOrder: lambda d: commands.CancelOrder(*d.named_order()),
    commands.CancelOrders: lambda d: commands.CancelOrders(d.market_id(), d.maybe(lambda: d.one(Side))),
    commands.Batch: _batch,
    commands.EndOrders: lambda d: commands.EndOrders(d.market_id(), d.order_ids(), d.one(CancelReason)),
    commands.SetCancelOnDisconnect: lambda d: commands.SetCancelOnDisconnect(d.flag()),
    commands.SetDeadManTimer: lambda d: commands.SetDeadManTimer(d.chance.randint(-1, 3)),
    commands.FireDeadManTimer: lambda d: commands.FireDeadManTimer(d.account_id()),
    commands.RestartDeadManTimers: lambda d: commands.RestartDeadManTimers(),
    commands.CreateMarket: _create_market,
    commands.EditMarket: _edit_market,
    commands.FollowSchedule: lambda d: commands.FollowSchedule(d.market_id()),
    commands.HaltAll: lambda d: commands.HaltAll(),
    commands.CreateGroup: lambda d: commands.CreateGroup(d.name(), ""),
    commands.EditGroup: lambda d: commands.EditGroup(d.group_id(), d.maybe(lambda: d.name()), None),
    commands.Announce: lambda d: commands.Announce(d.name()),
    commands.SetMarketStatus: lambda d: commands.SetMarketStatus(
        d.market_id(_is_closed), d.one([MarketStatus.OPEN] * 9 + [*MarketStatus])
    ),
    commands.SettleMarket: lambda d: _settle(d),
    commands.UnsettleMarket: lambda d: commands.UnsettleMarket(d.market_id(_is_settled), d.flag()),
    commands.Redeem: lambda d: commands.Redeem(d.market_id(_is_fund), d.one([-3, -1, 1, 2])),
    commands.ReportFailure: lambda d: commands.ReportFailure(d.market_id(), "drawn by lot", d.odd()),
    commands.SignIn: lambda d: commands.SignIn(f"subject {d.chance.randint(1, 5)}", d.name()),
    commands.OpenExchange: lambda d: commands.OpenExchange(),
    commands.CreateAccount: lambda d: commands.CreateAccount(d.name()),
    commands.Transfer: lambda d: commands.Transfer(
        d.account_id() if d.odd() else 0, d.user_account_id(), d.amount(), ""
    ),
    commands.Grant: lambda d: commands.Grant(d.account_id(), d.amount(), ""),
    commands.RenameAccount: lambda d: commands.RenameAccount(d.sub_account_id(), d.name()),
    commands.ShareAccount: lambda d: commands.ShareAccount(d.sub_account_id(), d.user_account_id()),
    commands.RevokeAccess: lambda d: _revoke(d),
    commands.ClawBack: lambda d: commands.ClawBack(d.account_id(), d.amount(), ""),
    credentials.CreateApiKey: _create_api_key,
    credentials.RevokeApiKey: _revoke_api_key,
    credentials.NoteKeyUse: lambda d: credentials.NoteKeyUse(d.key_id()),
    credentials.CreateInvitations: lambda d: credentials.CreateInvitations((_invitation(d),)),
    credentials.RevokeInvitation: lambda d: credentials.RevokeInvitation(d.invitation_id()),
    credentials.AcceptInvitation: lambda d: credentials.AcceptInvitation(d.invitation_id(), b"session", d.new_hash()),
}
BY_THE_EXCHANGE = {
    commands.EndOrders, commands.FireDeadManTimer, commands.RestartDeadManTimers, commands.FollowSchedule,
    commands.ReportFailure, commands.SignIn, credentials.NoteKeyUse, credentials.AcceptInvitation,
}  # fmt: skip
"""Commands that no user can give."""

FOR_ADMINS = {
    commands.CreateGroup, commands.EditGroup, commands.EditMarket, commands.SetMarketStatus, commands.SettleMarket,
    commands.UnsettleMarket, commands.HaltAll, commands.Announce, commands.Grant, commands.ClawBack,
    commands.RevokeAccess, credentials.CreateInvitations, credentials.RevokeInvitation,
}  # fmt: skip
FREQUENT = {  # beside 2 of each other kind
    commands.PlaceOrder: 36, commands.AmendOrder: 12, commands.Batch: 12, commands.Redeem: 8, commands.HaltAll: 1,
    commands.SetMarketStatus: 6, commands.UnsettleMarket: 4, commands.SettleMarket: 4, commands.EditMarket: 4,
}  # fmt: skip
ONCE = commands.OpenExchange
KINDS = [kind for kind in COMMANDS if kind is not ONCE]
WEIGHTS = [FREQUENT.get(kind, 2) for kind in KINDS]


def draw_command(state: State, seed: str) -> tuple[Actor, Command]:
    """Somebody, and what they ask: mostly an account's owner, with and without admin powers, never as the house."""
    d = Draw(state, seed)
    (kind,) = d.chance.choices(KINDS, WEIGHTS)
    command = COMMANDS[kind](d)
    if kind in BY_THE_EXCHANGE:
        return SYSTEM, command
    asking = state.accounts.get(d.account_asking)
    user = state.users[d.one(asking.owners if asking is not None and asking.owners else state.users)]
    anybody = [account_id for account_id in state.accounts if account_id != state.house_id]
    account_id = d.account_asking or d.one(anybody if d.odd() else user.owned)
    elevated = d.chance.random() < (0.8 if kind in FOR_ADMINS else 0.2)
    return Actor(user.user_id, account_id, elevated, d.chance.randint(0, 2)), command
