"""Who may enter, of those that an issuer vouches for: everybody, or whom a list names; and never who is banned.

The list is a CSV file with a heading line. Columns: ``email`` and ``subject`` (one of them suffices for a person),
``role`` (trader, admin or banned; trader where it is empty) and ``starting_cash`` (as people write it, 1000.00; empty
for the exchange's own). An e-mail counts only where the issuer has verified it. A subject is what the issuer calls
somebody; that of a machine is written ``machine:CLIENT_ID``.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from exchange.net.identity import Identity
from exchange.settings import SettingError, Settings

ROLES = ("trader", "admin", "banned")
ENTRIES_MAX = 100_000
_COLUMNS = {"email", "subject", "role", "starting_cash"}
_MONEY = re.compile(r"(\d{1,14})(?:\.(\d{1,4}))?")


class Entry(NamedTuple):
    """What a list says of somebody. ``starting_cash`` is in ten-thousandths; None is the exchange's own."""

    role: str
    starting_cash: int | None


class Admission(NamedTuple):
    """On what terms somebody enters."""

    is_admin: bool
    starting_cash: int | None


class Entrance:
    """The list as it was last read. ``reread`` is for a thread."""

    def __init__(self, settings: Settings) -> None:
        """Raises :class:`SettingError` for a list that cannot be read."""
        self._file = Path(settings.entry_file) if settings.entry_file else None
        self._listed_only = settings.entry_listed_only
        self._admins = {_subject(name) for name in settings.admin_subjects.split(",") if name.strip()}
        self._entries: dict[str, Entry] = {}
        self._stamp: tuple[int, int] | None = None
        if self._listed_only and self._file is None:
            raise SettingError("setting entry_listed_only lets nobody in without entry_file: name the list")
        self.reread()

    def reread(self) -> bool:
        """Reads the list if it has changed; returns whether it had. One that is refused leaves the former in force.

        Raises :class:`SettingError`.
        """
        if self._file is None:
            return False
        try:
            found = self._file.stat()
            stamp = (found.st_mtime_ns, found.st_size)
            if stamp == self._stamp:
                return False
            self._stamp = stamp
            text = self._file.read_text("utf-8-sig")
        except OSError as error:
            raise SettingError(f"setting entry_file: {self._file} cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise SettingError(f"setting entry_file: {self._file} is not UTF-8 text") from None
        self._entries = dict(_entries(self._file, text))
        return True

    def admit(self, identity: Identity, email: str) -> Admission | str:
        """The terms for somebody whose verified e-mail is known, or empty; or why they stay outside, for the log."""
        if not identity.issued_at:
            return Admission(identity.is_admin, None)
        entries = [entry for name in (identity.subject, email) if name and (entry := self._entries.get(name))]
        if any(entry.role == "banned" for entry in entries):
            return "banned"
        if not entries and self._listed_only and identity.subject not in self._admins:
            return "not on the list"
        listed_admin = identity.subject in self._admins or any(entry.role == "admin" for entry in entries)
        cash = next((entry.starting_cash for entry in entries if entry.starting_cash is not None), None)
        return Admission(identity.is_admin or listed_admin, cash)


def _entries(file: Path, text: str) -> Iterator[tuple[str, Entry]]:
    rows = csv.DictReader(text.splitlines(), restkey="", strict=True)
    try:
        columns = {name.strip().lower() for name in rows.fieldnames or ()}
        if not columns & {"email", "subject"} or columns - _COLUMNS:
            known = ", ".join(sorted(_COLUMNS))
            raise SettingError(f"setting entry_file: the first line of {file} names its columns, of {known}")
        seen: set[str] = set()
        for row in rows:
            where = f"setting entry_file: line {rows.line_num} of {file}"
            cells = {name.strip().lower(): (cell or "").strip() for name, cell in row.items() if isinstance(cell, str)}
            entry = _entry(where, cells)
            names = [_subject(cells["subject"])] if cells.get("subject") else []
            names += [cells["email"].lower()] if cells.get("email") else []
            if not names:
                raise SettingError(f"{where} names nobody: give an email or a subject")
            for name in names:
                if name in seen:
                    raise SettingError(f"{where} names {name} for the second time")
                seen.add(name)
                yield name, entry
            if len(seen) > ENTRIES_MAX:
                raise SettingError(f"{where}: at most {ENTRIES_MAX:,} people can be listed")
    except csv.Error as error:
        raise SettingError(f"setting entry_file: {file} is no CSV: {error}") from None


def _entry(where: str, cells: dict[str, str]) -> Entry:
    role = cells.get("role", "").lower() or "trader"
    if role not in ROLES:
        raise SettingError(f"{where}: a role is {', '.join(ROLES)}, not {role!r}")
    cash = cells.get("starting_cash", "")
    amount = _MONEY.fullmatch(cash)
    if cash and amount is None:
        raise SettingError(f"{where}: starting_cash is an amount such as 1000.00, not {cash!r}")
    if amount is None:
        return Entry(role, None)
    return Entry(role, int(amount[1]) * 10_000 + int((amount[2] or "").ljust(4, "0")))


def _subject(text: str) -> str:
    """As identities have it: of a person unless it says otherwise."""
    name = text.strip()
    return name if name.startswith(("user:", "machine:")) else f"user:{name}"
