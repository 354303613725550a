"""The way in for whoever runs the server: a socket file that the file system guards instead of a token.

It lies beside the database, speaks what the port speaks, and can be opened by the server's own user (and root) only:
whoever can do that could write the database itself, so they are let in as an admin.

The caller holds the database's lock, so a socket file that is there already was left by a server that was killed, and
is removed. Anything else of that name, a symbolic link included, is left alone.
"""

import os
import socket
import stat
from contextlib import suppress
from pathlib import Path

import trio

from exchange.core.units import OPERATOR
from exchange.net.identity import Identity, NoTokens

SUFFIX = ".socket"
PATH_BYTES_MAX = 103  # what every system can name: 104 on some and 108 on others, with a NUL at the end
BACKLOG = 16  # administrators; more wait in the kernel
_OWNER_ONLY = 0o177  # a umask: 0600 is what remains

_OPERATOR = Identity(OPERATOR, "Operator", True)


class NoLocalSocket(Exception):
    """There can be no local socket, or none is there; the message says why and what to do."""


class LocalOperator(NoTokens):
    """Signs everybody in as the operator, whose token is empty: whoever got here could open the socket."""

    async def identify(self, token: str, *, from_loopback: bool = False, id_token: str = "") -> Identity | None:
        """The operator, or None for a token: it would name somebody else. Does not wait."""
        return None if token else _OPERATOR


def local_path(database: Path) -> Path:
    """Where the socket of the exchange on this file is. Raises :class:`NoLocalSocket` where the path is too long."""
    file = Path(os.path.realpath(database))
    path = file.with_name(file.name + SUFFIX)
    if len(os.fsencode(path)) > PATH_BYTES_MAX:
        raise NoLocalSocket(
            f"The path of the local socket, {path}, is longer than the {PATH_BYTES_MAX} bytes that systems can name:"
            " keep the database in a folder with a shorter path, or sign in over the network with --url and --token."
        )
    return path


def open_local_listener(path: Path) -> trio.SocketListener:
    """Listens at ``path``; nobody but this user can ever have opened it. Raises :class:`NoLocalSocket`."""
    _remove_stale(path)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _bind(listening, path)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise NoLocalSocket(f"No local socket can be made at {path}: {error.strerror}.") from error
    return trio.SocketListener(trio.socket.from_stdlib_socket(listening))


def remove_local_socket(path: Path) -> None:
    """Removes the socket file if it is one. Call it while the database is still locked."""
    with suppress(OSError):
        if stat.S_ISSOCK(path.lstat().st_mode):
            path.unlink()


def _remove_stale(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
        if stat.S_ISSOCK(mode):
            path.unlink()
            return
    except FileNotFoundError:
        return
    except OSError as error:
        raise NoLocalSocket(f"No local socket can be made at {path}: {error.strerror}.") from error
    raise NoLocalSocket(f"{path} is in the way of the local socket and is no socket: move it elsewhere.")


def _bind(listening: socket.socket, path: Path) -> None:
    """The mode must hold from the first instant: changed after it, somebody may have connected before.

    The mask belongs to the process; a file that another thread makes meanwhile is the owner's alone, which is safe.
    ``bind`` makes a new file or fails: it follows no link and replaces nothing.
    """
    former = os.umask(_OWNER_ONLY)
    try:
        listening.bind(os.fsencode(path))
    finally:
        os.umask(former)
