"""What every command of an organiser has: an elevated connection, words for people, and things found by name."""

import sys
from collections.abc import Awaitable, Callable, Iterable
from difflib import get_close_matches
from functools import partial
from typing import Protocol, TypeVar

import trio
import typer

from exchange.cli.admin.output import Output
from exchange_client import (
    Account,
    AccountKind,
    Directory,
    Exchange,
    Group,
    Market,
    MarketStatus,
    Portfolio,
    RefusalCode,
    Refused,
)


class Trouble(Exception):
    """A command cannot do what was asked; the message is a sentence for whoever typed it."""


class _Named(Protocol):
    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=_Named)
R = TypeVar("R")


class Desk:
    """An organiser at work."""

    def __init__(self, exchange: Exchange, output: Output) -> None:
        self.exchange = exchange
        self.output = output

    def market(self, wanted: str) -> Market:
        """A market by name or id. Raises :class:`Trouble`."""
        return find(self.exchange.markets, "market", wanted)

    def group(self, wanted: str) -> Group:
        """A group by name or id. Raises :class:`Trouble`."""
        return find(self.exchange.groups, "group", wanted)

    def account(self, wanted: str) -> Account:
        """An account by name or id. Raises :class:`Trouble`."""
        return find(self.exchange.accounts, "account", wanted)

    def accounts(self, wanted: Iterable[str]) -> list[Account]:
        """Accounts by name or id. Raises :class:`Trouble`."""
        return [self.account(name) for name in wanted]

    def account_name(self, account_id: int) -> str:
        """What an account is called."""
        account = self.exchange.accounts.get(account_id)
        return account.name if account is not None else f"#{account_id}"

    def user_name(self, user_id: int) -> str:
        """What a user's own account is called; 0 is the exchange itself."""
        if not user_id:
            return "the exchange"
        for account in self.exchange.accounts:
            if account.kind is AccountKind.USER and user_id in account.owner_user_ids:
                return account.name
        return f"user {user_id}"

    async def portfolio(self, account: Account) -> Portfolio:
        """What an account has, and as a side effect who owns it. The desk acts as that account from then on."""
        await self.patiently(partial(self.exchange.act_as, account))
        return self.exchange.portfolio

    async def learn_owners(self, accounts: Iterable[Account]) -> None:
        """Has the exchange say who owns these accounts, which only acting as one tells; acts as before afterwards."""
        own = self.exchange.account_id
        async with trio.open_nursery() as nursery:
            for account in accounts:
                if not account.owner_user_ids and account.kind is not AccountKind.HOUSE:
                    nursery.start_soon(self.patiently, partial(self.exchange.act_as, account))
        if self.exchange.account_id != own:
            await self.patiently(partial(self.exchange.act_as, own))

    async def patiently(self, ask: Callable[[], Awaitable[R]]) -> R:
        """Asks, and asks again as often as the exchange says that it went too fast."""
        while True:
            try:
                return await ask()
            except Refused as refusal:
                if refusal.code is not RefusalCode.PACE or refusal.retry_after is None:
                    raise
                await trio.sleep(refusal.retry_after)

    async def confirm(self, question: str, *, yes: bool) -> bool:
        """Asks the person at the terminal, if there is one who was not asked before (``yes``)."""
        if yes or self.output.as_json or not sys.stdin.isatty():
            return True
        return await trio.to_thread.run_sync(typer.confirm, question, abandon_on_cancel=True)

    @property
    def house(self) -> Account:
        """The account that money comes from and returns to."""
        return next(account for account in self.exchange.accounts if account.kind is AccountKind.HOUSE)


async def set_status(market: Market, status: MarketStatus) -> None:
    """Opens, halts or pauses a market."""
    changes = {MarketStatus.OPEN: market.open, MarketStatus.HALTED: market.halt, MarketStatus.PAUSED: market.pause}
    await changes[status]()


def find(things: Directory[T], what: str, wanted: str) -> T:
    """The thing with this name, else with this id. Raises :class:`Trouble`, with a name that is close, if any."""
    found = things.get(wanted)
    if found is None and wanted.lstrip("#").isascii() and wanted.lstrip("#").isdecimal():
        found = things.get(int(wanted.lstrip("#")))
    if found is not None:
        return found
    names = {thing.name.casefold(): thing.name for thing in things}
    close = get_close_matches(wanted.casefold(), names, n=1)
    hint = f" Did you mean {names[close[0]]!r}?" if close else ""
    raise Trouble(f"There is no {what} {wanted!r}.{hint}")
