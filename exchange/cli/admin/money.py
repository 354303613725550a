"""``exchange admin grant`` and ``clawback``."""

from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from exchange.cli.admin.accounts import AccountArgument
from exchange.cli.admin.amounts import parse_cash, plain, show_cash
from exchange.cli.admin.desk import Desk, Trouble
from exchange.cli.admin.grants import outstanding, read_payments
from exchange.store.cells import TEN_THOUSANDTHS

_Note = Annotated[str | None, typer.Option(help="Why; everybody concerned sees it.", show_default=False)]


async def grant(
    desk: Desk,
    account: Annotated[str | None, typer.Argument(help="Its name or id.", show_default=False)] = None,
    amount: Annotated[str | None, typer.Argument(help="Such as 1000 or 12.50.", show_default=False)] = None,
    note: _Note = None,
    csv: Annotated[
        Path | None, typer.Option(help="Pay everybody in this file: columns account, amount and perhaps note.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="With --csv: pay also who was paid already.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="With --csv: only say who would be paid.")] = False,
) -> None:
    """Give money from the house, to one account or to everybody in a file.

    `exchange admin grant Ada 1000 --note "Best question"` pays each time it is said.

    `exchange admin grant --csv week1.csv` pays each row once: whoever has a grant with the same note (the row's, or
    --note, or else the file's name) is passed over, so a run that broke off is simply repeated. Nothing is paid unless
    all rows are right.
    """
    if csv is None:
        if account is None or amount is None or again or dry_run:
            raise Trouble("Say who gets how much, or name a file with --csv.")
        found, value = desk.account(account), _amount(amount)
        await desk.exchange.grant(found, value, note=note or "")
        desk.output.say(f"{found.name} got {show_cash(value)}.")
        desk.output.result(account=found.name, amount=plain(value, TEN_THOUSANDTHS))
        return
    if account is not None:
        raise Trouble("Say who gets how much, or name a file with --csv, but not both.")
    payments = read_payments(desk, csv, note if note is not None else csv.name)
    left = await outstanding(desk, payments, again=again)
    for payment in left:
        if not dry_run:
            await desk.patiently(partial(desk.exchange.grant, payment.account, payment.amount, note=payment.note))
        desk.output.say(f"{payment.account.name}: {show_cash(payment.amount)} ({payment.note})")
    total, passed = sum((payment.amount for payment in left), Decimal(0)), len(payments) - len(left)
    verb = "would be paid" if dry_run else "paid"
    desk.output.say(
        f"{len(left)} {verb}, {show_cash(total)} in all" + (f"; {passed} had been before." if passed else ".")
    )
    desk.output.result(
        paid=[{"account": p.account.name, "amount": plain(p.amount, TEN_THOUSANDTHS), "note": p.note} for p in left],
        passed_over=passed,
        total=plain(total, TEN_THOUSANDTHS),
        dry_run=dry_run,
    )


async def clawback(
    desk: Desk,
    account: AccountArgument,
    amount: Annotated[str, typer.Argument(help="Such as 1000, or `all` for what is available.")],
    note: _Note = None,
) -> None:
    """Take money back to the house, as far as the account has it available.

    What backs positions and resting orders is not available.
    """
    found = desk.account(account)
    if amount.strip().lower() == "all":
        own = desk.exchange.account_id
        value: Decimal = (await desk.portfolio(found)).available
        await desk.exchange.act_as(own)
        if value <= 0:
            raise Trouble(f"{found.name} has nothing available.")
    else:
        value = _amount(amount)
    await desk.exchange.claw_back(found, value, note=note or "")
    desk.output.say(f"{found.name} gave {show_cash(value)} back.")
    desk.output.result(account=found.name, amount=plain(value, TEN_THOUSANDTHS))


def _amount(text: str) -> Decimal:
    try:
        return parse_cash(text)
    except ValueError as error:
        raise Trouble(f"AMOUNT: {error}.") from None
