"""``exchange admin account``."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

import typer

from exchange.cli.admin.amounts import plain, show_cash, show_number, show_time
from exchange.cli.admin.commands import command
from exchange.cli.admin.desk import Desk
from exchange.store.cells import HUNDREDTHS, TEN_THOUSANDTHS, iso_time
from exchange_client import Account, AccountKind, Portfolio, Transfer

account_app = typer.Typer(no_args_is_help=True, help="See what accounts have; create, rename and share them.")

AccountArgument = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Its name, in any case, or its id.")]
_User = Annotated[str, typer.Argument(metavar="USER", help="A user, named by their own account.")]
TRANSFERS_SHOWN = 20
_KINDS = {AccountKind.USER: "own", AccountKind.SUB: "sub-account", AccountKind.HOUSE: "house"}


@command(account_app, "list")
async def list_accounts(
    desk: Desk,
    money: Annotated[bool, typer.Option("--money/--no-money", help="Whether to ask what each has.")] = True,
) -> None:
    """List all accounts with their owners and what they have."""
    accounts = list(desk.exchange.accounts)
    if not money:
        await desk.learn_owners(accounts)
    sums = {a.account_id: _sums(await desk.portfolio(a)) for a in accounts} if money else {}
    rows, said = [], []
    for account in desk.exchange.accounts:  # anew: by now it is known who owns them
        shown = tuple(show_cash(value) for value in sums.get(account.account_id, {}).values())
        owners = ", ".join(_owners(desk, account))
        rows.append((str(account.account_id), account.name, _KINDS.get(account.kind, "?"), owners, *shown))
        said.append(describe(desk, account, sums.get(account.account_id)))
    columns = (">id", "account", "kind", "owners", *((">cash", ">available", ">equity") if money else ()))
    desk.output.table(columns, rows)
    desk.output.result(accounts=said)


@command(account_app)
async def show(desk: Desk, account: AccountArgument) -> None:
    """Show what an account has: money, positions, resting orders and its latest transfers."""
    found = desk.account(account)
    portfolio = await desk.portfolio(found)
    transfers = (await desk.exchange.get_transfers(limit=TRANSFERS_SHOWN)).rows
    orders = [order for order in desk.exchange.orders.values() if order.account_id == found.account_id]
    found, sums = desk.exchange.accounts[found.account_id], _sums(portfolio)
    await desk.learn_owners(desk.exchange.accounts)
    said = describe(desk, found, sums)
    facts = {"id": str(found.account_id), "name": found.name, "kind": _KINDS.get(found.kind, "?")}
    facts |= {"owners": ", ".join(_owners(desk, found)) or "nobody"}
    facts |= {name: show_cash(value) for name, value in sums.items()}
    desk.output.table(("property", "value"), list(facts.items()))
    markets = desk.exchange.markets
    positions = [p for p in portfolio.positions.values() if p.size or p.cash_flow or p.bid_size or p.offer_size]
    desk.output.say("")
    rows = [(p.market.name, show_number(p.size), show_cash(p.realised), show_cash(p.unrealised)) for p in positions]
    desk.output.table(("market", ">position", ">realised", ">unrealised"), rows, empty="It has traded nothing.")
    if orders:
        desk.output.say("")
        cells = [
            (str(o.order_id), markets[o.market_id].name, o.side.name.lower(), show_number(o.price),
             show_number(o.remaining))
            for o in orders
        ]  # fmt: skip
        desk.output.table((">order", "market", "side", ">price", ">remaining"), cells)
    desk.output.say("")
    desk.output.table(
        ("time", "kind", "from", "to", ">amount", "note"),
        [_transfer_row(desk, transfer) for transfer in transfers],
        empty="No money has moved yet.",
    )
    desk.output.result(
        account=said,
        positions=[
            {
                "market": p.market.name,
                "size": plain(p.size, HUNDREDTHS),
                "realised": plain(p.realised, TEN_THOUSANDTHS),
                "unrealised": plain(p.unrealised, TEN_THOUSANDTHS),
            }
            for p in positions
        ],
        orders=[
            {
                "id": o.order_id,
                "market": markets[o.market_id].name,
                "side": o.side.name,
                "price": plain(o.price, HUNDREDTHS),
                "remaining": plain(o.remaining, HUNDREDTHS),
            }
            for o in orders
        ],
        transfers=[_transfer_data(desk, transfer) for transfer in transfers],
    )


@command(account_app)
async def create(desk: Desk, name: Annotated[str, typer.Argument(help="A name that no other account has.")]) -> None:
    """Create a sub-account, such as for a team: share it with its people, then revoke your own access.

    People's own accounts come by themselves when they first sign in. For the leaderboard a sub-account counts for
    whoever created it.
    """
    made = await desk.exchange.create_account(name)
    _tell(desk, made, "created")


@command(account_app)
async def rename(
    desk: Desk, account: AccountArgument, name: Annotated[str, typer.Argument(help="The new name.")]
) -> None:
    """Give an account another name."""
    found = desk.account(account)
    await desk.exchange.rename_account(found, name)
    _tell(desk, desk.exchange.accounts[found.account_id], "renamed")


@command(account_app)
async def share(desk: Desk, account: AccountArgument, user: _User) -> None:
    """Make a user an owner of one of your sub-accounts."""
    found, other = desk.account(account), desk.account(user)
    await desk.exchange.share_account(found, other)
    _tell(desk, desk.exchange.accounts[found.account_id], f"shared with {other.name}")


@command(account_app)
async def revoke(desk: Desk, account: AccountArgument, user: _User) -> None:
    """Take a sub-account from one of its owners; one of them always stays."""
    found, other = desk.account(account), desk.account(user)
    await desk.exchange.revoke_access(found, other)
    _tell(desk, desk.exchange.accounts[found.account_id], f"no longer {other.name}'s")


def describe(desk: Desk, account: Account, sums: Mapping[str, Decimal] | None = None) -> dict[str, Any]:
    """All there is to say of an account, for programs."""
    said: dict[str, Any] = {
        "id": account.account_id,
        "name": account.name,
        "kind": account.kind.name,
        "owners": _owners(desk, account),
    }
    said |= {name: plain(value, TEN_THOUSANDTHS) for name, value in (sums or {}).items()}
    return said


def _owners(desk: Desk, account: Account) -> list[str]:
    return sorted(desk.user_name(user_id) for user_id in account.owner_user_ids)


def _sums(portfolio: Portfolio) -> dict[str, Decimal]:
    return {"cash": portfolio.cash, "available": portfolio.available, "equity": portfolio.equity}


def _transfer_row(desk: Desk, transfer: Transfer) -> tuple[str, ...]:
    return (
        show_time(transfer.time), transfer.kind.name.lower().replace("_", " "),
        desk.account_name(transfer.from_account_id), desk.account_name(transfer.to_account_id),
        show_cash(transfer.amount), transfer.note,
    )  # fmt: skip


def _transfer_data(desk: Desk, transfer: Transfer) -> dict[str, Any]:
    return {
        "id": transfer.transfer_id,
        "time": iso_time(transfer.time),
        "kind": transfer.kind.name,
        "from": desk.account_name(transfer.from_account_id),
        "to": desk.account_name(transfer.to_account_id),
        "amount": plain(transfer.amount, TEN_THOUSANDTHS),
        "note": transfer.note,
    }


def _tell(desk: Desk, account: Account, word: str) -> None:
    desk.output.say(f"{account.name} (account {account.account_id}) is {word}.")
    desk.output.result(account=describe(desk, account))
