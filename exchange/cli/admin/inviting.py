"""``exchange admin invite``: a one-time link for each person, in a file that only its owner can read."""

import csv
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from exchange.cli.admin.amounts import parse_cash
from exchange.cli.admin.desk import Desk, Trouble
from exchange.cli.admin.tables import read_csv
from exchange.store.cells import safe_text
from exchange_client import Invitation, Invitee, Refused
from exchange_client.dialing import parse_url
from exchange_client.directory import name_key

AT_ONCE = 500  # people, as many as one request may invite
_COLUMNS = ("name", "note", "link", "token")


async def invite(
    desk: Desk,
    people: Annotated[Path, typer.Argument(metavar="CSV", help="Columns name, and perhaps note and cash.")],
    links: Annotated[Path, typer.Argument(metavar="LINKS", help="Where the links are written; must not exist yet.")],
    page: Annotated[
        str, typer.Option(help="The address that people open in a browser.", envvar="EXCHANGE_PAGE")
    ] = "http://localhost:8080",
    cash: Annotated[
        str | None, typer.Option(help="What each starts with who has no cash in the file; else what the server gives.")
    ] = None,
    renew: Annotated[
        bool, typer.Option("--renew", help="Give new links also to those who were invited or are here already.")
    ] = False,
) -> None:
    """Invite people who have no other way to sign in: a link for each, that works once.

    Whoever opens a link first becomes that person and gets a key to come back with. So hand them out one by one, such
    as with a mail merge, and delete the file: LINKS has the columns name, note, link and token and can be read by you
    alone. Links cannot be shown again.

    People who were invited before, or have an account of that name, are passed over, so a longer list can simply be
    invited again. With `--renew` they get a new link, and the one that was not used ends; for somebody who is here
    already it gives a new key to the same account, because theirs was lost.
    """
    wanted, address = _read_people(people, cash), _page(page)
    former = {name_key(invitation.name): invitation for invitation in await desk.exchange.get_invitations()}
    known = [person for person in wanted if name_key(person.name) in former or person.name in desk.exchange.accounts]
    fresh = wanted if renew else [person for person in wanted if person not in known]
    said: list[dict[str, Any]] = []
    if fresh:
        with _private_file(links) as output:
            writer = csv.writer(output)
            writer.writerow(_COLUMNS)
            for start in range(0, len(fresh), AT_ONCE):
                some = fresh[start : start + AT_ONCE]
                for person, token in await _invite(desk, some, former):
                    row = (person.name, person.note, f"{address}/#invitation={token}", token)
                    writer.writerow((safe_text(person.name), safe_text(person.note), *row[2:]))
                    said.append({"name": person.name, "note": person.note})
                output.flush()
                os.fsync(output.fileno())
    passed = [person.name for person in known if not renew]
    where = f", their links are in {links}, which only you can read" if fresh else ""
    desk.output.say(f"{len(fresh)} invited{where}.")
    if passed:
        desk.output.say(f"Passed over, {len(passed)} who were invited before or are here: {', '.join(passed)}.")
    desk.output.result(invited=said, passed_over=passed, links=str(links) if fresh else None)


async def _invite(desk: Desk, people: Sequence[Invitee], former: dict[str, Invitation]) -> list[tuple[Invitee, str]]:
    """Invites these and returns their tokens. Links that they had and nobody used end then."""
    asked = []
    for person in people:
        invitation, account = former.get(name_key(person.name)), desk.exchange.accounts.get(person.name)
        account_id = invitation.account_id if invitation is not None else 0
        if not account_id and account is not None:
            account_id = account.account_id
        asked.append(person if not account_id else Invitee(person.name, person.note, None, account_id))
    made = await desk.patiently(partial(desk.exchange.create_invitations, asked))
    for person in people:
        invitation = former.get(name_key(person.name))
        if invitation is not None and not invitation.accepted_at:
            with suppress(Refused):  # accepted or revoked meanwhile; the new links must not be lost for that
                await desk.patiently(partial(desk.exchange.revoke_invitation, invitation.invitation_id))
    return [(person, invitation.token) for person, invitation in zip(people, made, strict=True)]


def _read_people(file: Path, cash: str | None) -> list[Invitee]:
    """The people of a file, or :class:`Trouble` with the line that is wrong."""
    found: list[Invitee] = []
    seen: dict[str, int] = {}
    try:
        everybody = parse_cash(cash) if cash else None
    except ValueError as error:
        raise Trouble(f"--cash: {error}.") from None
    optional = {"note": ("email", "e-mail", "mail"), "cash": ("amount", "money")}
    for line, cells in read_csv(file, {"name": ("account", "person")}, optional):
        try:
            own = parse_cash(cells["cash"]) if cells.get("cash") else everybody
        except ValueError as error:
            raise Trouble(f"{file}:{line}: {error}.") from None
        if not cells["name"]:
            raise Trouble(f"{file}:{line}: there is no name.")
        before = seen.setdefault(name_key(cells["name"]), line)
        if before != line:
            raise Trouble(f"{file}:{line}: {cells['name']!r} is in line {before} already; names are unique.")
        found.append(Invitee(cells["name"], cells.get("note", ""), own))
    if not found:
        raise Trouble(f"{file} names nobody.")
    return found


def _page(address: str) -> str:
    try:
        parse_url(address)
    except ValueError as error:
        raise Trouble(f"--page: {error}.") from None
    return address.rstrip("/")


@contextmanager
def _private_file(path: Path) -> Iterator[TextIO]:
    """A new file for its owner alone from the first instant, made before anybody is invited. Raises ``Trouble``."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        raise Trouble(f"{path} is there already: name another file, because links cannot be shown again.") from None
    except OSError as error:
        raise Trouble(f"{path} cannot be written: {error.strerror}.") from error
    with open(descriptor, "w", encoding="utf-8", newline="") as output:
        try:
            yield output
        except BaseException:
            output.flush()
            if os.fstat(descriptor).st_size <= len(",".join(_COLUMNS)) + 2:  # nobody was invited
                path.unlink()
            raise
