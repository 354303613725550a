"""``export``: what the file has, exactly, as of one moment, and whole or not at all."""

import csv
import json
import random
import re
from decimal import Decimal
from pathlib import Path

import apsw
import pytest

from exchange.core.commands import Announce, CreateGroup, CreateMarket, Grant, PlaceOrder, SettleMarket, Transfer
from exchange.core.standings import equity, mark
from exchange.core.state import Account, State
from exchange.core.units import AccountKind, Constituent, Side
from exchange.store.cells import safe_bytes, safe_text
from exchange.store.errors import StoreError
from exchange.store.export import FILES, MANIFEST, export
from exchange.store.export_tables import TABLES
from tests.store.world import ADMIN, ANN, BOB, World, plant, random_command

Rows = list[dict[str, str]]


def _read(folder: Path, encoding: str = "utf-8") -> dict[str, Rows]:
    tables = {}
    for table in TABLES:
        with (folder / f"{table.name}.csv").open(encoding=encoding, newline="") as lines:
            tables[table.name] = list(csv.DictReader(lines))
    return tables


def _cash(value: int) -> str:
    return str(Decimal(value).scaleb(-4))


@pytest.fixture
def small(world: World) -> World:
    """Two accounts that traded in a market, which a fund has in it."""
    world.do(ADMIN, CreateGroup("=Weather", ""))
    world.do(ADMIN, CreateMarket("+Rain", "Wet?\nOr not", -50, 101, group_id=1))
    world.do(ADMIN, CreateMarket("Wet", "", 0, 0, constituents=(Constituent(1, -2),), redeem_fee=5))
    world.do(ADMIN, Grant(BOB.account_id, 12_345, "=HYPERLINK(1)"))
    world.do(ANN, Transfer(0, BOB.account_id, 1, "for you"))
    world.do(ANN, PlaceOrder(1, Side.BUY, -5, 150, tag=b"@mine"))
    world.do(BOB, PlaceOrder(1, Side.SELL, -10, 100, tag=b"\xff"))
    world.do(ADMIN, Announce("Hello"))
    world.write()
    return world


def test_values_are_exact_and_in_words(small: World, tmp_path: Path) -> None:
    done = export(small.path, tmp_path / "out")
    tables = _read(tmp_path / "out")
    (trade,) = tables["trades"]
    assert (trade["market"], trade["price"], trade["size"], trade["value"]) == ("'+Rain", "-0.05", "1.00", "-0.0500")
    assert (trade["taker_side"], trade["taker"], trade["maker"]) == ("sell", "bob", "ann")
    assert trade["time_ns"].isdecimal()
    assert trade["time"].startswith("1970-01-01T00:00:00.0000")
    bid, offer = tables["orders"]
    assert (bid["tag"], bid["remaining"], bid["ended_sequence"]) == ("'@mine", "0.50", "")
    assert (offer["tag"], offer["filled"], offer["time_in_force"]) == ("0xff", "1.00", "GTC")
    rain, wet = tables["markets"]
    assert (rain["low"], rain["high"], rain["group"], rain["mark"]) == ("-0.50", "1.01", "'=Weather", "-0.05")
    assert (rain["description"], rain["parts"], rain["redeem_fee"]) == ("Wet?\nOr not", "", "")
    assert (wet["parts"], wet["redeem_fee"], wet["settlement_price"]) == ("market 1 × -2", "0.05", "")
    notes = [(row["kind"], row["amount"], row["note"]) for row in tables["transfers"]]
    assert notes[-2:] == [("grant", "1.2345", "'=HYPERLINK(1)"), ("transfer", "0.0001", "for you")]
    assert done.rows == {name: len(rows) for name, rows in tables.items()}
    manifest = json.loads((tmp_path / "out" / MANIFEST).read_text())
    assert (manifest["sequence"], manifest["rows"]) == (small.state.sequence, done.rows)


def test_what_was_held_at_a_settlement_is_there(small: World, tmp_path: Path) -> None:
    small.do(ADMIN, SettleMarket(1, 7))
    small.write()
    export(small.path, tmp_path / "out")
    ann, bob = _read(tmp_path / "out")["positions"]
    assert (ann["account"], ann["size"], ann["size_at_settlement"], ann["mark"]) == ("ann", "0.00", "1.00", "0.07")
    assert (bob["cash_flow"], bob["realised"]) == ("-0.1200", "-0.1200")


@pytest.mark.parametrize("seed", [1, 2])
def test_an_export_of_everything_adds_up(world: World, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(1_500):
        world.run(*random_command(rng, world.state))
    world.write()
    export(world.path, tmp_path / "out")
    tables = _read(tmp_path / "out")
    state: State = world.state
    accounts: dict[int, Account] = state.accounts
    assert sum(Decimal(row["cash"]) for row in tables["accounts"]) == 0
    assert sum(Decimal(row["equity"]) for row in tables["accounts"]) == 0
    for row in tables["accounts"]:
        account = accounts[int(row["account_id"])]
        assert Decimal(row["cash"]) == Decimal(_cash(account.cash))
        assert Decimal(row["equity"]) == Decimal(_cash(equity(state, account)))
        assert row["kind"] == AccountKind(account.kind).name.lower()
        owners = {state.accounts[state.users[user_id].account_id].name for user_id in account.owners}
        assert set(row["owners"].split("; ")) - {""} == {safe_text(name) for name in owners}
    for row in tables["markets"]:
        assert Decimal(row["mark"]) * 100 == mark(state.markets[int(row["market_id"])])
    held: dict[str, Decimal] = {}
    for row in tables["positions"]:
        held[row["market_id"]] = held.get(row["market_id"], Decimal(0)) + Decimal(row["size"])
        assert Decimal(row["value"]) == Decimal(row["size"]) * Decimal(row["mark"])
    assert set(held.values()) <= {Decimal(0)}
    filled = sum(Decimal(row["filled"]) for row in tables["orders"])
    assert filled == 2 * sum(Decimal(row["size"]) for row in tables["trades"]), "each trade fills two orders"
    moved = dict.fromkeys(accounts, 0)
    for row in tables["transfers"]:
        moved[int(row["from_account_id"])] -= int(Decimal(row["amount"]) * 10_000)
        moved[int(row["to_account_id"])] += int(Decimal(row["amount"]) * 10_000)
    assert moved == {account_id: account.received for account_id, account in accounts.items()}


def test_a_running_servers_file_is_exported_as_of_one_moment(
    small: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = small.state.sequence

    def write_more(text: str) -> str:
        small.do(ADMIN, Grant(BOB.account_id, 1, "meanwhile"))
        small.write()
        return text

    changed = TABLES[0]._replace(columns=dict(TABLES[0].columns) | {"name": write_more})
    monkeypatch.setattr("exchange.store.export.TABLES", (changed, *TABLES[1:]))
    done = export(small.path, tmp_path / "out")
    assert small.state.sequence > done.sequence == before
    assert "meanwhile" not in {row["note"] for row in _read(tmp_path / "out")["transfers"]}


def test_a_folder_that_holds_something_is_left_alone(small: World, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    export(small.path, folder)
    with pytest.raises(StoreError, match="--force replaces it"):
        export(small.path, folder)
    export(small.path, folder, force=True)
    (folder / "thesis.txt").write_text("precious")
    with pytest.raises(StoreError, match=r"other things, such as thesis.txt"):
        export(small.path, folder, force=True)
    assert (folder / "thesis.txt").read_text() == "precious"
    with pytest.raises(StoreError, match="is a file"):
        export(small.path, folder / "thesis.txt", force=True)


def test_an_export_that_fails_leaves_things_as_they_were(small: World, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    export(small.path, folder)
    former = {name: (folder / name).read_bytes() for name in FILES}
    plant(small.path, "ALTER TABLE transfers RENAME TO hidden")
    with pytest.raises(StoreError, match="cannot be read"):
        export(small.path, folder, force=True)
    assert {name: (folder / name).read_bytes() for name in FILES} == former
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["out"]


def test_a_place_that_cannot_be_written_is_a_sentence(small: World, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written: No such file"):
        export(small.path, tmp_path / "no" / "such" / "place")
    with pytest.raises(StoreError, match="There is no exchange at"):
        export(tmp_path / "nothing.db", tmp_path / "out")


def test_excel_is_told_that_text_is_utf_8(small: World, tmp_path: Path) -> None:
    export(small.path, tmp_path / "out", excel=True)
    assert (tmp_path / "out" / "trades.csv").read_bytes().startswith(b"\xef\xbb\xbfsequence,")
    assert _read(tmp_path / "out", "utf-8-sig")["trades"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1"])
def test_text_that_would_be_run_is_made_harmless(text: str) -> None:
    assert safe_text(text) == "'" + text
    assert safe_bytes(text.encode()) in ("'" + text, "0x" + text.encode().hex())


@pytest.mark.parametrize("text", ["", "Ada", "1+1", "a=b", "'quoted'"])
def test_other_text_is_left_as_it_is(text: str) -> None:
    assert safe_text(text) == text


def test_the_big_tables_are_read_in_the_order_of_their_keys(small: World) -> None:
    """No sorting and no table scanned for each row: the rows stream, however many there are."""
    connection = apsw.Connection(str(small.path), flags=apsw.SQLITE_OPEN_READONLY)
    for table in TABLES:
        if table.name in ("orders", "trades", "transfers", "positions"):
            plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {table.query}")]
            assert not any("TEMP B-TREE" in line for line in plan), plan
            assert sum(line.startswith("SCAN") for line in plan) == 1, plan
    connection.close()


def test_every_column_is_explained() -> None:
    page = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")
    for table in TABLES:
        (line,) = [line for line in page.splitlines() if line.startswith(f"| `{table.name}.csv` |")]
        explained = [name for name in re.findall(r"`([^`]+)`", line)[1:] if name.replace("_", "").isalnum()]
        assert [name for name in explained if name in table.columns] == list(table.columns)
