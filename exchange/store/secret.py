"""The secret beside the file: what keys and invitations are derived from, so that nobody has to keep them.

It is in no table and in no backup: whoever has a copy of the file has the hashes of keys, and no key. Without it, keys
that were given out go on working; only a reply that shows one cannot be told again.
"""

import os
from collections.abc import Callable
from pathlib import Path

from exchange.store.errors import StoreError

SECRET_BYTES = 32


def secret_path(path: Path) -> Path:
    """Where the secret of the database at ``path`` is."""
    return path.with_name(path.name + ".secret")


def read_secret(path: Path, random_bytes: Callable[[int], bytes]) -> bytes:
    """The secret, made on first use and readable by nobody else. Raises :class:`StoreError`."""
    beside = secret_path(path)
    try:
        if not beside.exists():
            _make(beside, random_bytes(SECRET_BYTES))
        secret = beside.read_bytes()
    except OSError as error:
        raise StoreError(f"{beside} cannot be read or made: {error.strerror}.") from error
    if len(secret) != SECRET_BYTES:
        raise StoreError(f"{beside} is damaged. Remove it: a new one is made, and no key that was given out is lost.")
    return secret


def _make(beside: Path, secret: bytes) -> None:
    """Whole or not at all: it is written under another name first."""
    unfinished = beside.with_name(beside.name + ".new")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, secret)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    unfinished.replace(beside)
