"""The present as one client may see it, built from the feed by one writer: :meth:`State.apply`.

Each fact is applied exactly as the exchange applies it, to the same integers. What a fact changes in accounts of one's
own is decided by whether there is a portfolio for that account: the exchange sends one for each it lets us see.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from exchange_client import definitions, orders
from exchange_client.book import Order
from exchange_client.directory import Directory
from exchange_client.enums import AccountKind, MarketStatus, RefusalCode, Role
from exchange_client.errors import MissedEvents, refuse
from exchange_client.number import whole
from exchange_client.past import FeedFact
from exchange_client.portfolio import Portfolio
from exchange_client.reading import fact_of
from exchange_client.schema import server_pb2 as wire
from exchange_client.streams import EventStream, Hub
from exchange_client.trading import Market
from exchange_client.values import Account, AGroup, AnAccount, Announcement, Group, Limits, OwnFill, Transfer

if TYPE_CHECKING:
    from exchange_client.requester import Requester

RECENT_TRANSFERS = 1_000  # movements of one's own money that are kept; older ones are history
RECENT_ANNOUNCEMENTS = 100


class State:
    """Everything known. Only :meth:`apply` and what it calls write here, in steps that do not suspend.

    ``guard`` is held meanwhile, a whole frame long, for readers in other threads.
    """

    requester: "Requester"

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.guard = threading.RLock()
        self.user_id = 0
        self.account_id = 0
        self.elevated = False
        self.owned_account_ids: frozenset[int] = frozenset()
        self.roles: frozenset[Role] = frozenset()
        self.limits = Limits()
        self.exchange_id = b""
        self.server_version = ""
        self.developer_server = False
        self.accounts: Directory[Account] = Directory("account")
        self.groups: Directory[Group] = Directory("group")
        self.markets: Directory[Market] = Directory("market")
        self.market_by_id: dict[int, Market] = {}
        self.portfolios: dict[int, Portfolio] = {}
        self.orders: dict[int, Order] = {}
        self.transfers: deque[Transfer] = deque(maxlen=RECENT_TRANSFERS)
        self.announcements: deque[Announcement] = deque(maxlen=RECENT_ANNOUNCEMENTS)
        self.fill_listeners: list[EventStream[OwnFill]] = []
        self.fact_listeners: list[EventStream[FeedFact]] = []
        self.former_orders: dict[int, Order] = {}
        self._house_id = 0
        # Objects a bot may hold are found again here when a snapshot tells of the same thing anew.
        self._known_markets: dict[int, Market] = {}
        self._known_portfolios: dict[int, Portfolio] = {}
        self._apply: dict[str, Callable[[Any, Any], None]] = {
            "order_placed": orders.placer(self),
            "order_amended": orders.amender(self),
            "orders_cancelled": orders.canceller(self),
            "redeemed": self._redeemed,
            "market_created": self._market_created,
            "market_edited": self._market_edited,
            "market_status_changed": self._market_status_changed,
            "market_settled": self._market_settled,
            "market_unsettled": self._market_unsettled,
            "group_changed": self._group_changed,
            "announced": self._announced,
            "account_created": self._account_created,
            "account_renamed": self._account_renamed,
            "access_changed": self._access_changed,
            "transferred": self._transferred,
            "snapshot": self._snapshot,
        }

    def apply(self, message: wire.ServerMessage) -> str | None:
        """Applies one message. Returns None, or the kind of a message that does not concern the state."""
        kind = message.WhichOneof("message") or ""
        step = self._apply.get(kind)
        if step is None:
            return kind
        step(getattr(message, kind), message)
        if self.fact_listeners and kind != "snapshot":
            fact = FeedFact(message.sequence, message.time, *fact_of(message))
            for listener in list(self.fact_listeners):
                listener.put(fact)
        return None

    # Names.

    def account_id_of(self, account: AnAccount) -> int:
        """The id of an account, however it is named. Raises :class:`Refused` where there is none of that name."""
        if isinstance(account, str):
            known = self.accounts.get(account)
            if known is None:
                raise refuse(RefusalCode.UNKNOWN_ACCOUNT, f"There is no account {account!r}.", "account")
            return known.account_id
        return whole(account if isinstance(account, int) else account.account_id, "account")

    def group_id_of(self, group: AGroup) -> int:
        """The id of a heading, however it is named. Raises :class:`Refused` where there is none of that name."""
        if isinstance(group, str):
            known = self.groups.get(group)
            if known is None:
                raise refuse(RefusalCode.UNKNOWN_GROUP, f"There is no group {group!r}.", "group")
            return known.group_id
        return whole(group if isinstance(group, int) else group.group_id, "group")

    # Who we are.

    def identify(self, message: wire.Authenticated) -> None:
        """Takes over what the exchange says of user, rights and limits."""
        self.user_id = message.user_id
        self.roles = frozenset(Role(role) for role in message.roles)
        self.exchange_id = message.exchange_id
        self.server_version = message.server_version
        self.developer_server = message.developer_server
        limits = message.limits
        self.limits = Limits(**{field.name: value for field, value in limits.ListFields()})
        self.change_view(message.account_id, False, message.owned_account_ids)

    def change_view(
        self, account_id: int, elevated: bool, owned_account_ids: Iterable[int], gone_market_ids: Iterable[int] = ()
    ) -> None:
        """Acts as another account or with other powers; forgets accounts and markets that are no longer ours to see."""
        self.account_id = account_id
        self.elevated = elevated
        self.owned_account_ids = frozenset(owned_account_ids)
        for gone in self.portfolios.keys() - self.owned_account_ids - {account_id}:
            del self.portfolios[gone]
            for order_id in [order_id for order_id, order in self.orders.items() if order.account_id == gone]:
                del self.orders[order_id]
        for market_id in gone_market_ids:
            self._lose_market(market_id)

    def end(self, error: Exception) -> None:
        """There will be no more news: whoever waits for some hears why."""
        for market in self.market_by_id.values():
            for listener in list(market._listeners):
                listener.fail(error)
        for own in list(self.fill_listeners):
            own.fail(error)
        for fact in list(self.fact_listeners):
            fact.fail(error)
        self.hub.end(error)

    # Snapshots.

    def _snapshot(self, part: wire.Snapshot, _: wire.ServerMessage) -> None:
        if part.first:
            self._forget()
        for account in part.accounts:
            self._put_account(definitions.account(account))
        for group in part.groups:
            self.groups.put(group.group_id, group.name, definitions.group(group))
        for item in part.markets:
            self._clear_book(self._put_market(item))  # its orders follow, perhaps in several parts
        for book in part.books:
            orders.load_book(self, book)
        for portfolio in part.portfolios:
            self._load_portfolio(portfolio)
        for held in part.positions:
            self._load_position(held)
        orders.load_own(self, part.own_orders)
        self.transfers.extend(definitions.transfer(record) for record in part.transfers)
        self.announcements.extend(definitions.announcement(item) for item in part.announcements)

    def _forget(self) -> None:
        missed = "the connection was lost for too long: the exchange sent a snapshot instead of what was missed"
        for market in self.market_by_id.values():
            market.book.clear()
            market._trades.clear()
            for listener in list(market._listeners):
                listener.fail(MissedEvents(missed))
        for own in list(self.fill_listeners):
            own.fail(MissedEvents(missed))
        for fact in list(self.fact_listeners):
            fact.fail(MissedEvents(missed))
        for portfolio in self.portfolios.values():
            portfolio.reset(0)
        self.former_orders = dict(self.orders)
        self.orders.clear()
        for directory in (self.accounts, self.groups, self.markets):
            directory.clear()
        self.market_by_id.clear()
        self.portfolios.clear()
        self.transfers.clear()
        self.announcements.clear()

    def _load_portfolio(self, message: Any) -> None:
        account_id = message.account_id
        portfolio = self._portfolio(account_id)
        portfolio.reset(message.cash)
        for order_id in [order_id for order_id, order in self.orders.items() if order.account_id == account_id]:
            self.former_orders[order_id] = self.orders.pop(order_id)
        for held in message.positions:
            position = portfolio.position(self.market_by_id[held.market_id])
            position._size, position._cost, position._cash_flow = held.size, held.cost, held.cash_flow
            position.refresh()

    def _load_position(self, message: Any) -> None:
        """One of a portfolio that is known, in a market that was shown anew; its resting orders follow."""
        held, portfolio = message.position, self.portfolios.get(message.account_id)
        if portfolio is not None:
            position = portfolio.position(self.market_by_id[held.market_id])
            position.clear()
            position._size, position._cost, position._cash_flow = held.size, held.cost, held.cash_flow
            position.refresh()

    def _portfolio(self, account_id: int) -> Portfolio:
        portfolio = self._known_portfolios.setdefault(account_id, Portfolio(account_id, self.guard))
        self.portfolios[account_id] = portfolio
        return portfolio

    # Markets.

    def _put_market(self, message: Any) -> Market:
        market = self._known_markets.get(message.market_id)
        if market is None:
            market = self._known_markets[message.market_id] = Market(message.market_id, self)
        definitions.define(market, message)
        self.market_by_id[market.market_id] = market
        self.markets.put(market.market_id, market.name, market)
        return market

    def _clear_book(self, market: Market) -> None:
        """Before it is told anew, or not any more."""
        for order_id in market.book._orders.keys() & self.orders.keys():
            self.former_orders[order_id] = self.orders.pop(order_id)
        market.book.clear()
        if market.only_held:
            self._end_trades(market)

    def _end_trades(self, market: Market) -> None:
        market._trades.clear()
        for listener in list(market._listeners):
            listener.fail(MissedEvents("the market may not be seen any more: it is restricted, and you are no viewer"))

    def _lose_market(self, market_id: int) -> None:
        market = self.market_by_id.pop(market_id, None)
        if market is not None:
            self.markets.remove(market_id)
            self._clear_book(market)
            self._end_trades(market)
            for portfolio in self.portfolios.values():
                portfolio.forget(market)

    def _market_created(self, fact: wire.MarketCreated, _: wire.ServerMessage) -> None:
        self._put_market(fact.market)

    def _market_edited(self, fact: wire.MarketEdited, _: wire.ServerMessage) -> None:
        market = self.market_by_id[fact.market_id]
        definitions.edit(market, fact)
        self.markets.put(market.market_id, market.name, market)

    def _market_status_changed(self, fact: wire.MarketStatusChanged, _: wire.ServerMessage) -> None:
        market = self.market_by_id[fact.market_id]
        market.status = MarketStatus(fact.status)
        market._edits += 1

    def _market_settled(self, fact: wire.MarketSettled, _: wire.ServerMessage) -> None:
        market = self.market_by_id[fact.market_id]
        market.status = MarketStatus.SETTLED
        market._settlement_price = fact.price
        for order_id in market.book._orders.keys() & self.orders.keys():
            del self.orders[order_id]
        market.book.clear()
        for portfolio in self.portfolios.values():
            portfolio.settle(market, fact.price)

    def _market_unsettled(self, fact: wire.MarketUnsettled, _: wire.ServerMessage) -> None:
        market = self.market_by_id[fact.market_id]
        price = market._settlement_price
        market.status = MarketStatus.HALTED
        market._settlement_price = 0
        market._edits += 1
        for restored in fact.positions:
            portfolio = self.portfolios.get(restored.account_id)
            if portfolio is not None:
                portfolio.position(market).unsettle(restored.size, restored.cost, price)

    def _redeemed(self, fact: wire.Redeemed, _: wire.ServerMessage) -> None:
        fund = self.market_by_id[fact.market_id]
        legs = [(fund, -fact.size, fact.mark)]
        for (market_id, multiplier), mark in zip(fund.constituents, fact.constituent_marks, strict=True):
            legs.append((self.market_by_id[market_id], fact.size * multiplier, mark))
        for account_id, sign in ((fact.account_id, 1), (self._house_id, -1)):
            portfolio = self.portfolios.get(account_id)
            if portfolio is not None:
                portfolio._cash -= sign * fact.fee
                portfolio.position(fund)._cash_flow -= sign * fact.fee
                for market, size, mark in legs:
                    position = portfolio.position(market)
                    position.trade(sign * size, mark)
                    position.refresh()
        for market, _size, _mark in legs:
            market._edits += 1

    def _group_changed(self, fact: wire.GroupChanged, _: wire.ServerMessage) -> None:
        self.groups.put(fact.group.group_id, fact.group.name, definitions.group(fact.group))

    def _announced(self, fact: wire.Announced, _: wire.ServerMessage) -> None:
        self.announcements.append(definitions.announcement(fact.announcement))

    # Accounts.

    def _put_account(self, account: Account) -> None:
        self.accounts.put(account.account_id, account.name, account)
        if account.kind is AccountKind.HOUSE:
            self._house_id = account.account_id

    def _account_created(self, fact: wire.AccountCreated, _: wire.ServerMessage) -> None:
        account = definitions.account(fact.account)
        self._put_account(account)
        if self.user_id in account.owner_user_ids:  # a new account has nothing, so nobody needs to tell us what it has
            self.owned_account_ids |= {account.account_id}
            self._portfolio(account.account_id).reset(0)

    def _account_renamed(self, fact: wire.AccountRenamed, _: wire.ServerMessage) -> None:
        before = self.accounts[fact.account_id]
        self._put_account(Account(before.account_id, fact.name, before.kind, before.owner_user_ids))

    def _access_changed(self, fact: wire.AccessChanged, _: wire.ServerMessage) -> None:
        before = self.accounts[fact.account_id]
        user = frozenset((fact.user_id,))
        owners = before.owner_user_ids | user if fact.owner else before.owner_user_ids - user
        self._put_account(Account(before.account_id, before.name, before.kind, owners))

    def _transferred(self, fact: wire.Transferred, _: wire.ServerMessage) -> None:
        transfer = definitions.transfer(fact.transfer)
        self.transfers.append(transfer)
        sender, recipient = (
            self.portfolios.get(transfer.from_account_id),
            self.portfolios.get(transfer.to_account_id),
        )
        if sender is not None:
            sender._cash -= fact.transfer.amount
        if recipient is not None:
            recipient._cash += fact.transfer.amount
