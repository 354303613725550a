"""Whatever is changed in a file behind the exchange's back, ``verify`` says where."""

import random
import shutil
from pathlib import Path
from typing import Any

import apsw
import pytest

from exchange.core.commands import SYSTEM, CreateMarket, PlaceOrder, Redeem, SetMarketStatus, SettleMarket, Transfer
from exchange.core.credentials import (
    AcceptInvitation,
    CreateApiKey,
    CreateInvitations,
    NewInvitation,
    RevokeApiKey,
    RevokeInvitation,
)
from exchange.core.units import Constituent, KeyScope, MarketStatus, Side
from exchange.store.verify import verify
from exchange.wire.facts import encode_facts
from exchange.wire.records import decode_facts
from tests.store.world import ADMIN, ANN, BOB, World, check, plant, random_command


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with something in every table: open, filled and cancelled orders, trades, transfers, requests."""
    world = World(tmp_path_factory.mktemp("sound") / "exchange.db")
    world.do(ANN, CreateMarket("quiet", "", 0, 1_000))
    world.do(ANN, PlaceOrder(1, Side.BUY, 500, 10))
    world.do(ANN, PlaceOrder(1, Side.BUY, 500, 20, tag=b"mine"))
    world.do(BOB, PlaceOrder(1, Side.SELL, 500, 15))
    world.do(ANN, Transfer(0, 3, 5, "lunch"))
    world.do(ANN, CreateMarket("busy", "", -100, 200))
    rng = random.Random(3)
    for _ in range(150):
        _, command = random_command(rng, world.state)
        if isinstance(command, PlaceOrder) and command.market_id == 2:
            world.run(rng.choice((ANN, BOB)), command, remember=True)
    world.do(ADMIN, SetMarketStatus(2, MarketStatus.HALTED))
    world.do(ANN, CreateMarket("third", "", -100, 200))
    world.do(ADMIN, CreateMarket("fund", "", 0, 0, constituents=(Constituent(3, 2),), redeem_fee=1))
    world.do(ANN, Redeem(4, 5))
    world.do(ADMIN, SettleMarket(3, 100))
    for number in (b"1", b"2"):
        world.do(ANN, CreateApiKey(0, KeyScope.TRADE, 0, "bot", number * 32))
    world.do(ANN, RevokeApiKey(1))
    guests = [NewInvitation(f"guest {n}", "", 5, 0, bytes([n]) * 32) for n in range(3)]
    world.do(ADMIN, CreateInvitations(tuple(guests)))
    world.do(SYSTEM, AcceptInvitation(1, b"s" * 32, b"k" * 32))
    world.do(ADMIN, RevokeInvitation(2))
    path = world.close()
    assert check(path).problems == []
    return path


DAMAGE = {
    "an account's cash": "UPDATE accounts SET cash = cash + 1 WHERE id = 2",
    "money moved between accounts": "UPDATE accounts SET cash = cash + iif(id = 2, 1, -1) WHERE id IN (2, 3)",
    "what an account received": "UPDATE accounts SET received = 0 WHERE id = 3",
    "an account's name": "UPDATE accounts SET name = 'eve' WHERE id = 2",
    "an account's kind": "UPDATE accounts SET kind = 2 WHERE id = 2",
    "when an account was made": "UPDATE accounts SET created_sequence = 1 WHERE id = 2",
    "an account more": "INSERT INTO accounts VALUES (9, 'eve', 2, 1, 0, 0)",
    "an owner more": "INSERT INTO account_owners VALUES (2, 2)",
    "an owner less": "DELETE FROM account_owners WHERE account_id = 2",
    "a user's subject": "UPDATE users SET subject = 'eve' WHERE id = 2",
    "a user less": "DELETE FROM users WHERE id = 2",
    "when a user was made": "UPDATE users SET created_sequence = 1 WHERE id = 2",
    "a user's e-mail": "UPDATE users SET email = 'eve@example.org' WHERE id = 2",
    "a key's hash": "UPDATE api_keys SET key_hash = zeroblob(32) WHERE id = 2",
    "a key's scope": "UPDATE api_keys SET scope = 3 WHERE id = 2",
    "a key's expiry": "UPDATE api_keys SET expires_at = 1 WHERE id = 2",
    "a key that lives again": "UPDATE api_keys SET revoked_sequence = NULL WHERE id = 1",
    "when a key was revoked": "UPDATE api_keys SET revoked_sequence = 1 WHERE id = 1",
    "a key less": "DELETE FROM api_keys WHERE id = 1",
    "an invitation's cash": "UPDATE invitations SET starting_cash = 6 WHERE id = 3",
    "who accepted an invitation": "UPDATE invitations SET user_id = 1 WHERE id = 1",
    "an invitation that is good again": "UPDATE invitations SET revoked_sequence = NULL WHERE id = 2",
    "a market's name": "UPDATE markets SET name = 'x' WHERE id = 1",
    "a market's bounds": "UPDATE markets SET high = high + 1 WHERE id = 1",
    "a market's status": "UPDATE markets SET status = 1 WHERE id = 2",
    "a market's settlement price": "UPDATE markets SET settlement_price = 1 WHERE id = 1",
    "a fund's fee": "UPDATE markets SET redeem_fee = 0 WHERE id = 4",
    "a fund's multiplier": "UPDATE constituents SET multiplier = 3",
    "a constituent less": "DELETE FROM constituents",
    "a constituent more": "INSERT INTO constituents VALUES (4, 1, 9, 1)",
    "what was held at a settlement": "UPDATE settled_positions SET size = 2 * size WHERE market_id = 4",
    "what it had cost": "UPDATE settled_positions SET cost = 0",
    "who held it": "DELETE FROM settled_positions WHERE account_id = 2",
    "a last trade": "UPDATE last_trades SET price = price + 1",
    "a last trade less": "DELETE FROM last_trades WHERE market_id = 1",
    "a position's size": "UPDATE positions SET size = size + 1 WHERE market_id = 1 AND account_id = 2",
    "a position's cost": "UPDATE positions SET cost = cost + 1 WHERE market_id = 1 AND account_id = 2",
    "a position's cash flow": "UPDATE positions SET cash_flow = 0 WHERE market_id = 1",
    "a position less": "DELETE FROM positions WHERE market_id = 1 AND account_id = 3",
    "a guarded session more": "INSERT INTO guarded_sessions VALUES (7)",
    "a dead-man timer more": "INSERT INTO dead_man_timers VALUES (2, 5, 5)",
    "an open order's remaining size": "UPDATE orders SET remaining = 1 WHERE id = 2",
    "an open order's price": "UPDATE orders SET price = 499 WHERE id = 2",
    "an open order's place": "UPDATE orders SET priority = 1 WHERE id = 2",
    "an open order's tag": "UPDATE orders SET tag = x'00' WHERE id = 2",
    "an open order's expiry": "UPDATE orders SET expires_at = 1 WHERE id = 2",
    "an open order's session": "UPDATE orders SET session_number = 3 WHERE id = 2",
    "an open order ended": "UPDATE orders SET ended_sequence = 9, priority = NULL, remaining = 0 WHERE id = 2",
    "an ended order open": "UPDATE orders SET ended_sequence = NULL WHERE id = 1",
    "a range of open orders forgotten": "DELETE FROM open_ranges",
    "an ended order's price": "UPDATE orders SET price = 1 WHERE id = 1",
    "an ended order's filled size": "UPDATE orders SET filled = 9 WHERE id = 1",
    "an order's time in force": "UPDATE orders SET time_in_force = 2 WHERE id = 1",
    "an order less": "DELETE FROM orders WHERE id = 1",
    "an order more": "INSERT INTO orders SELECT 999999, market_id, account_id, side, price, size, filled, remaining,"
    " priority, ended_sequence, placed_sequence, placed_at, time_in_force, post_only, expires_at, session_number, tag"
    " FROM orders WHERE id = 1",
    "a trade's price": "UPDATE trades SET price = price + 1 WHERE sequence = (SELECT min(sequence) FROM trades)",
    "a trade's sides": "UPDATE trades SET taker_side = 3 - taker_side",
    "a trade less": "DELETE FROM trades WHERE sequence = (SELECT min(sequence) FROM trades)",
    "the last trade row": "DELETE FROM trades WHERE sequence = (SELECT max(sequence) FROM trades)",
    "a trade more": "INSERT INTO trades SELECT 999999, 0, market_id, time, price, size, taker_side, taker_account_id,"
    " taker_order_id, maker_account_id, maker_order_id FROM trades LIMIT 1",
    "a transfer's amount": "UPDATE transfers SET amount = 1 WHERE id = 1",
    "a transfer's note": "UPDATE transfers SET note = 'bribe' WHERE id = 3",
    "a transfer less": "DELETE FROM transfers WHERE id = 3",
    "a session less": "DELETE FROM sessions",
    "a journal row less": "DELETE FROM journal WHERE sequence = 6",
    "the last journal row less": "DELETE FROM journal WHERE sequence = (SELECT max(sequence) FROM journal)",
    "a journal row's facts": "UPDATE journal SET facts = (SELECT facts FROM journal WHERE sequence = 5)"
    " WHERE sequence = 6",
    "a journal row's facts unreadable": "UPDATE journal SET facts = x'00' WHERE sequence = 6",
    "journal times out of order": "UPDATE journal SET time = 11000 - time WHERE sequence IN (5, 6)",
    "a journal row's time": "UPDATE journal SET time = time - 1 WHERE sequence = 5",
    "a journal row's market": "UPDATE journal SET market_id = market_id + 1 WHERE sequence = 6",
    "what a journal row says of status": "UPDATE journal SET changes_status = 1 - changes_status WHERE sequence = 6",
    "who asked": "UPDATE journal SET user_id = 2 WHERE sequence = 6",
    "as whom": "UPDATE journal SET account_id = 3 WHERE sequence = 6",
    "with which powers": "UPDATE journal SET elevated = 1 - elevated WHERE sequence = 6",
    "what was asked": "UPDATE journal SET body_hash = 0 WHERE sequence = 6",
    "whose rights changed": "UPDATE journal SET changes_rights = 1 - changes_rights WHERE sequence = 6",
    "what was replied": "UPDATE journal SET reply = x'00' WHERE sequence = 6",
    "a checksum": "UPDATE journal SET checksum = checksum + 1 WHERE sequence = 6",
    "a request executed twice": "UPDATE journal SET session_number = 7, request_id = 1 WHERE sequence = 5",
    "no identity": "DELETE FROM meta",
}  # fmt: skip


@pytest.mark.parametrize("statement", DAMAGE.values(), ids=DAMAGE.keys())
def test_planted_damage_is_found(sound: Path, path: Path, statement: str) -> None:
    shutil.copy(sound, path)
    # A row that the index on requests would not let in is brought in past it.
    drop = ("DROP INDEX requests",) if "request_id" in statement else ()
    plant(path, *drop, statement)
    assert path.read_bytes() != sound.read_bytes()
    report = check(path)
    assert not report.ok
    assert report.problems


def test_a_record_that_says_it_is_of_another_commit_is_found(path: Path) -> None:
    world = World(path, encode=encode_facts)
    world.do(ANN, CreateMarket("m", "", 0, 1_000))
    world.close()
    assert verify(path, decode_facts).ok
    connection = apsw.Connection(str(path))
    rows: list[tuple[Any, ...]] = connection.execute("SELECT time, facts FROM journal WHERE sequence = 4").fetchall()
    time, record = rows[0]
    connection.close()
    facts = decode_facts(record, 4, time)
    assert encode_facts(4, time, facts) == record
    for stamp in ((5, time), (4, time + 1)):
        plant(path, f"UPDATE journal SET facts = x'{encode_facts(*stamp, facts).hex()}' WHERE sequence = 4")
        checksum, stamped = verify(path, decode_facts).problems
        assert "Sequence 4" in checksum
        assert "past sequence 3" in stamped


def test_a_definition_that_is_another_is_found_and_an_index_more_is_not_minded(sound: Path, path: Path) -> None:
    shutil.copy(sound, path)
    plant(path, "CREATE INDEX mine ON orders (price)")
    assert check(path).ok
    rename = "UPDATE sqlite_schema SET sql = replace(sql, 'cost INTEGER', 'cast INTEGER') WHERE name = 'positions'"
    plant(path, "PRAGMA writable_schema = ON", rename)
    assert "The definition of positions" in check(path).problems[0]


def test_a_damaged_page_is_found(sound: Path, path: Path) -> None:
    content = bytearray(sound.read_bytes())
    for page in range(5, len(content) // 4096):
        content[page * 4096 + 100 : page * 4096 + 400] = bytes(300)
    path.write_bytes(content)
    assert not check(path).ok


def test_problems_are_a_hundred_at_most(sound: Path, path: Path) -> None:
    shutil.copy(sound, path)
    plant(path, "UPDATE orders SET tag = x'01', price = 3, size = 4, filled = 5")
    assert len(check(path).problems) == 101


def test_a_running_server_is_named(world: World) -> None:
    world.write()
    report = check(world.path)
    assert not report.ok
    assert "A server is running" in report.problems[0]


def test_while_verify_reads_no_server_starts_and_afterwards_one_does(sound: Path, path: Path) -> None:
    shutil.copy(sound, path)
    assert check(path).ok
    assert check(path).ok
    World(path.with_name("other")).close()


def test_a_copy_without_a_lock_file_verifies_and_is_left_as_it_was(sound: Path, path: Path) -> None:
    shutil.copy(sound, path)
    assert check(path).ok
    assert path.read_bytes() == sound.read_bytes()


def test_a_missing_file_is_a_problem_not_an_exception(path: Path) -> None:
    assert "no exchange at" in check(path).problems[0]
    assert list(path.parent.iterdir()) == []


def test_it_counts(sound: Path) -> None:
    connection = apsw.Connection(str(sound), flags=apsw.SQLITE_OPEN_READONLY)
    report = check(sound)
    for table in ("orders", "trades", "accounts", "markets", "transfers"):
        assert getattr(report, table) == connection.execute(f"SELECT count(*) FROM {table}").get > 0
    assert report.requests > 0
    assert report.sequences == connection.execute("SELECT max(sequence) FROM journal").get
    connection.close()
