"""What is paid once: grants from a file and from a class, found again by their note.

Every grant keeps its note for ever, so what an account got under a note is what the house's transfers say. That holds
whoever pays, from which machine, and however far an earlier run came.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import NamedTuple

from exchange.cli.admin.amounts import parse_cash, show_cash
from exchange.cli.admin.desk import Desk, Trouble
from exchange.cli.admin.tables import read_csv
from exchange_client import Account, TransferKind

PAGE = 1_000  # rows, as many as the exchange gives in one answer


class Payment(NamedTuple):
    """One grant that a file asks for."""

    account: Account
    amount: Decimal
    note: str
    line: int


async def paid(desk: Desk) -> Mapping[tuple[int, str], Decimal]:
    """What each account was granted under each note, less what was clawed back under it; absent if never granted.

    The desk acts as the house from then on.
    """
    sums: defaultdict[tuple[int, str], Decimal] = defaultdict(Decimal)
    await desk.exchange.act_as(desk.house)
    before = 0
    while True:
        page = await desk.patiently(partial(desk.exchange.get_transfers, before=before, limit=PAGE))
        for transfer in page.rows:
            if transfer.kind is TransferKind.GRANT:
                sums[transfer.to_account_id, transfer.note] += transfer.amount
            elif transfer.kind is TransferKind.CLAW_BACK:
                sums[transfer.from_account_id, transfer.note] -= transfer.amount
        if not page.more:
            return sums
        before = page.next


def read_payments(desk: Desk, file: Path, note: str) -> list[Payment]:
    """The payments of a file; all are right, or :class:`Trouble` names the line that is not."""
    rows = read_csv(file, {"account": ("name",), "amount": ("cash", "money")}, {"note": ()})
    payments: list[Payment] = []
    seen: dict[tuple[int, str], int] = {}
    for line, cells in rows:
        where = f"{file}:{line}"
        try:
            account, amount = desk.account(cells["account"]), parse_cash(cells["amount"])
        except (Trouble, ValueError) as error:
            raise Trouble(f"{where}: {str(error).removesuffix('.')}.") from None
        payment = Payment(account, amount, cells.get("note") or note, line)
        former = seen.setdefault((account.account_id, payment.note), line)
        if former != line:
            raise Trouble(
                f"{where}: {account.name} is in line {former} already with the same note: join the two, or give each"
                " a note of its own."
            )
        payments.append(payment)
    return payments


async def outstanding(desk: Desk, payments: Iterable[Payment], *, again: bool) -> list[Payment]:
    """Those that have not been paid yet; all of them if ``again``. Raises :class:`Trouble` for another amount."""
    if again:
        return list(payments)
    known = await paid(desk)
    left = []
    for payment in payments:
        sum_paid = known.get((payment.account.account_id, payment.note))
        if sum_paid is None:
            left.append(payment)
        elif sum_paid != payment.amount:
            raise Trouble(
                f"Line {payment.line}: {payment.account.name} got {show_cash(sum_paid)} under the note"
                f" {payment.note!r} already, not {show_cash(payment.amount)}. Give this payment another note, or pay"
                " all of the file once more with --again."
            )
    return left
