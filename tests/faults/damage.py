"""Bytes that rot: what ``verify`` makes of a file in which one of them is another.

A flip that ``verify`` passes over is looked at closely: either every table still says what it said (the byte was of
free space, or of a field that SQLite does not read), or some column does not, and then that column is one that
nothing else in the file speaks of. Which those are is what :data:`UNGUARDED` says.
"""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import apsw

from exchange.core.commands import CreateMarket, Transfer
from exchange.store.verify import verify
from exchange.wire.facts import encode_facts
from exchange.wire.records import decode_facts
from tests.store.world import ADMIN, ANN, World, random_command

UNGUARDED = frozenset({
    "sessions.user_id", "sessions.token", "meta.exchange_id", "meta.created_at",
    # Of those that were revoked: only when they were is compared.
    "api_keys.user_id", "api_keys.account_id", "api_keys.label", "api_keys.scope", "api_keys.expires_at",
    "api_keys.created_at", "api_keys.last_used", "api_keys.key_hash", "invitations.name", "invitations.note",
    "invitations.starting_cash", "invitations.token_hash", "invitations.created_at", "invitations.user_id",
    "invitations.accepted_at", "invitations.key_id", "invitations.session_hash",
})  # fmt: skip
"""Columns of which a changed byte can go unnoticed, because nothing else in the file says the same."""

Tables = dict[str, list[tuple[Any, ...]]]


@dataclass
class Rot:
    """What became of flipped bytes."""

    flips: int = 0
    noticed: int = 0
    harmless: int = 0
    unnoticed: Counter[str] = field(default_factory=Counter)
    """By column."""
    raised: list[str] = field(default_factory=list)


def make_sound_file(path: Path, seed: int = 11, commands: int = 1_500) -> bytes:
    """An exchange that has seen a bit of everything, as its server would have written it."""
    world, random = World(path, encode=encode_facts), Random(seed)
    for number in range(4):
        world.do(ADMIN, CreateMarket(f"market {number} of many", "", -100, 200))
    world.do(ANN, Transfer(0, 3, 5, "lunch"))
    for _ in range(commands):
        actor, command = random_command(random, world.state)
        world.run(actor, command, remember=actor.user_id > 0)
    world.close()
    report = verify(path, decode_facts)
    assert report.ok, report.problems
    return path.read_bytes()


def flip_bytes(folder: Path, sound: bytes, flips: int, seed: int) -> Rot:
    """Changes one byte of the file after another, each in a fresh copy; a bit of it, or all of it."""
    rot, random, path = Rot(), Random(seed), folder / "flipped.db"
    path.write_bytes(sound)
    tables = _tables(path)
    for _ in range(flips):
        position = random.randrange(len(sound))
        content = bytearray(sound)
        content[position] ^= random.choice((1 << random.randrange(8), random.randrange(1, 256)))
        path.write_bytes(content)
        rot.flips += 1
        try:
            report = verify(path, decode_facts)
        except Exception as error:
            rot.raised.append(f"byte {position}: {error!r}")
            continue
        if not report.ok:
            rot.noticed += 1
            continue
        try:
            changed = _changed(tables, path)
        except (apsw.Error, UnicodeDecodeError):
            changed = {"the definitions"}
        rot.harmless += not changed
        rot.unnoticed.update(changed)
    return rot


def _tables(path: Path) -> Tables:
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        tables: Tables = {}
        for name in names:
            if not name.startswith("sqlite_"):
                tables[name] = connection.execute(f"SELECT * FROM {name}").fetchall()
                columns = connection.execute(f"SELECT name FROM pragma_table_info('{name}')").fetchall()
                tables[f"{name} columns"] = [tuple(column for (column,) in columns)]
        return tables
    finally:
        connection.close()


def _changed(before: Tables, path: Path) -> set[str]:
    """The columns, as ``table.column``, whose content is no longer what it was."""
    changed: set[str] = set()
    after = _tables(path)
    for name, rows in before.items():
        if name.endswith(" columns") or after.get(name) == rows:
            continue
        columns, now = before[f"{name} columns"][0], after.get(name, [])
        if len(now) != len(rows):
            changed.add(f"{name} rows")
        for old, new in zip(rows, now, strict=False):
            changed.update(f"{name}.{column}" for column, a, b in zip(columns, old, new, strict=False) if a != b)
    return changed
