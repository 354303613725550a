"""The local socket as a file: whose it is, what it replaces, and what it leaves alone."""

import os
import socket
import stat
from pathlib import Path

import pytest
import trio

from exchange.net.local import (
    PATH_BYTES_MAX,
    NoLocalSocket,
    local_path,
    open_local_listener,
    remove_local_socket,
)


def _stale(path: Path) -> None:
    """What a killed server leaves behind."""
    with socket.socket(socket.AF_UNIX) as former:
        former.bind(str(path))


async def test_only_its_owner_may_open_it(tmp_path: Path) -> None:
    path = local_path(tmp_path / "exchange.db")
    former = os.umask(0)
    try:
        listener = open_local_listener(path)
    finally:
        kept = os.umask(former)
    assert kept == 0, "the mask of the process is as it was"
    assert stat.S_IMODE(path.lstat().st_mode) == 0o600
    await listener.aclose()


async def test_its_mode_is_narrow_before_anybody_could_connect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes: list[int] = []
    listen = socket.socket.listen

    def note_mode(self: socket.socket, backlog: int) -> None:
        modes.append(stat.S_IMODE(Path(self.getsockname()).lstat().st_mode))
        listen(self, backlog)

    monkeypatch.setattr(socket.socket, "listen", note_mode)
    listener = open_local_listener(local_path(tmp_path / "exchange.db"))
    assert modes == [0o600]
    await listener.aclose()


async def test_the_socket_of_a_killed_server_is_replaced(tmp_path: Path) -> None:
    path = local_path(tmp_path / "exchange.db")
    _stale(path)
    listener = open_local_listener(path)
    async with listener, await trio.open_unix_socket(path) as ours, await listener.accept() as theirs:
        await ours.send_all(b"!")
        assert await theirs.receive_some() == b"!"


def test_a_file_of_that_name_is_left_alone(tmp_path: Path) -> None:
    path = local_path(tmp_path / "exchange.db")
    path.write_text("precious")
    with pytest.raises(NoLocalSocket, match="in the way"):
        open_local_listener(path)
    remove_local_socket(path)
    assert path.read_text() == "precious"


def test_a_link_of_that_name_is_not_followed(tmp_path: Path) -> None:
    path, elsewhere = local_path(tmp_path / "exchange.db"), tmp_path / "elsewhere"
    _stale(elsewhere)
    path.symlink_to(elsewhere)
    with pytest.raises(NoLocalSocket, match="in the way"):
        open_local_listener(path)
    remove_local_socket(path)
    assert path.is_symlink()
    assert stat.S_ISSOCK(elsewhere.lstat().st_mode)


def test_a_folder_that_cannot_hold_one_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(NoLocalSocket, match="No such file or directory"):
        open_local_listener(tmp_path / "nowhere" / "exchange.db.socket")


def test_a_long_path_is_a_sentence_with_a_way_out(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * PATH_BYTES_MAX)
    with pytest.raises(NoLocalSocket, match="--url and --token"):
        local_path(folder / "exchange.db")


def test_a_linked_database_has_the_socket_of_the_file_itself(tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "exchange.db")
    assert local_path(tmp_path / "link.db") == local_path(tmp_path / "exchange.db")


def test_removing_what_is_not_there_is_fine(tmp_path: Path) -> None:
    remove_local_socket(local_path(tmp_path / "exchange.db"))
