"""Files that are damaged: a server refuses them in a sentence, ``verify`` says what is wrong, neither ever stumbles."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from exchange.store.errors import StoreError
from exchange.store.schema import PAGE_BYTES
from exchange.store.verify import verify
from exchange.wire.records import decode_facts
from tests.faults.damage import UNGUARDED, flip_bytes, make_sound_file
from tests.store.world import LIMITS, open_here, plant


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_sound_file(tmp_path_factory.mktemp("sound") / "exchange.db")


def _serve(path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "exchange", "serve", "--db", str(path), "--port", "0", "--dev-auth"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def _last_line(ended: subprocess.CompletedProcess[str]) -> str:
    """What a server ended with; a traceback would be many lines."""
    assert "Traceback" not in ended.stderr
    return ended.stderr.splitlines()[-1]


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "half of it is gone": lambda content: content[: len(content) // 2 // PAGE_BYTES * PAGE_BYTES],
    "it ends in the middle of a page": lambda content: content[: len(content) // 3 // PAGE_BYTES * PAGE_BYTES + 100],
    "its first page is empty": lambda content: bytes(PAGE_BYTES) + content[PAGE_BYTES:],
    "every other page is empty": lambda content: b"".join(
        bytes(PAGE_BYTES) if number % 2 else content[number * PAGE_BYTES : (number + 1) * PAGE_BYTES]
        for number in range(len(content) // PAGE_BYTES)
    ),
    "a table has a name that is no text": lambda content: content.replace(b"TABLE accounts", b"TABLE acco\x94nts"),
    "it is something else": lambda content: b"This is a letter to my aunt.\n" * 1_000,
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_file_is_named_by_verify_and_never_served(tmp_path: Path, sound: bytes, what: str) -> None:
    path = tmp_path / "damaged.db"
    path.write_bytes(DAMAGE[what](sound))
    report = verify(path, decode_facts)
    assert not report.ok
    assert report.problems
    with pytest.raises(StoreError) as refused:
        _open_and_load(path)
    assert str(refused.value).endswith((".", "?"))


def test_a_server_says_in_one_sentence_why_it_does_not_start(tmp_path: Path, sound: bytes) -> None:
    path = tmp_path / "damaged.db"
    path.write_bytes(DAMAGE["every other page is empty"](sound))
    ended = _serve(path)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "cannot start" in _last_line(ended)


def test_a_server_does_not_start_where_money_does_not_add_up(tmp_path: Path, sound: bytes) -> None:
    path = tmp_path / "damaged.db"
    path.write_bytes(sound)
    plant(path, "UPDATE accounts SET cash = cash + 1 WHERE id = 2")
    ended = _serve(path)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "cash over all accounts sums to 1" in _last_line(ended)


def test_an_account_that_lost_its_markets_is_a_sentence_too(tmp_path: Path, sound: bytes) -> None:
    path = tmp_path / "damaged.db"
    path.write_bytes(sound)
    plant(path, "DELETE FROM markets WHERE id = 1")
    with pytest.raises(StoreError, match="its present cannot be loaded"):
        _open_and_load(path)
    path.write_bytes(sound)
    plant(path, "DELETE FROM meta")
    with pytest.raises(StoreError, match="0 identities"):
        _open_and_load(path)


def _open_and_load(path: Path) -> None:
    store = open_here(path, create=False)
    try:
        store.load(LIMITS)
    finally:
        store.close()


def _refusal(path: Path) -> str:
    try:
        _open_and_load(path)
    except StoreError as error:
        return str(error)
    return ""


def _flips_are_seen(folder: Path, sound: bytes, flips: int, seed: int) -> None:
    rot = flip_bytes(folder, sound, flips, seed)
    print(
        f"{rot.flips} flips: {rot.noticed} noticed, {rot.harmless} changed nothing that is read; {dict(rot.unnoticed)}"
    )
    assert rot.raised == []
    assert rot.noticed > flips // 5
    assert set(rot.unnoticed) <= UNGUARDED


def test_a_flipped_byte_is_noticed_or_is_where_nothing_could_notice_it(tmp_path: Path, sound: bytes) -> None:
    _flips_are_seen(tmp_path, sound, 60, seed=2)


@pytest.mark.long
def test_three_thousand_flipped_bytes(tmp_path: Path, sound: bytes) -> None:
    _flips_are_seen(tmp_path, sound, 3_000, seed=3)


def test_a_flipped_byte_makes_a_start_fail_in_a_sentence_or_not_at_all(tmp_path: Path, sound: bytes) -> None:
    random, path = Random(4), tmp_path / "flipped.db"
    refused = 0
    for _ in range(120):
        content = bytearray(sound)
        position = random.randrange(len(sound))
        content[position] ^= random.randrange(1, 256)
        path.write_bytes(content)
        refusal = _refusal(path)
        refused += bool(refusal)
        assert not refusal or refusal.endswith((".", "?")), refusal
        for rest in tmp_path.glob("flipped.db-*"):
            rest.unlink()
    assert refused, "some of them hit what is read"


def test_a_log_with_flipped_bytes_falls_back_to_a_transaction_before(tmp_path: Path, sound: bytes) -> None:
    """What the log holds is checked by SQLite itself: a damaged frame and all after it count as never written."""
    path = tmp_path / "exchange.db"
    path.write_bytes(sound)
    store = open_here(path, create=False)
    reached = store.load(LIMITS).sequence
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    store.close()
    shutil.copy(path, crashed)
    (crashed / "exchange.db-wal").write_bytes(Random(5).randbytes(20_000))
    store = open_here(crashed / "exchange.db", create=False)
    assert store.load(LIMITS).sequence == reached
    store.close()
