"""A disk in memory that can be switched off at any moment, as a VFS of SQLite.

What was written is seen at once by whoever reads, as through the cache of an operating system. What of it is on the
platters when the power goes is another matter: everything up to the last sync of a file, and of every later write a
part that chance decides: nothing, all of it, or some of its sectors, a few of them garbage. The order of unsynced
operations means nothing, a truncation may be lost and the writes after it kept, and a deleted file may be back, until
the first sync of a new log or journal, with which SQLite syncs the folder as well.

    healthy ──operation number `fails_at`──► that operation fails (once, or it and all after it)
       │
       └─────operation number `cut_at`──► off: every operation fails until `power_on`

Shared memory is not modelled, so connections are put into exclusive locking mode, where SQLite needs none.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import apsw

SECTOR = 512

Operation = tuple[int, bytes] | int  # a write at an offset, or a truncation to a size


class Inode:
    """A file's content as it is seen, and what the platters are known to hold of it."""

    def __init__(self, durable: bytes | None = None) -> None:
        self.content = bytearray(durable or b"")
        self.durable = durable
        self.waiting: list[Operation] = []

    def write(self, offset: int, data: bytes) -> None:
        _write(self.content, offset, data)
        self.waiting.append((offset, data))

    def truncate(self, size: int) -> None:
        _truncate(self.content, size)
        self.waiting.append(size)

    def sync(self) -> None:
        """Everything written so far is there to stay."""
        self.durable = bytes(self.content)
        self.waiting.clear()

    def after_a_cut(self, random: Random) -> bytes | None:
        """What is found of it when the power is back; None when the file is not there."""
        if self.durable is None and random.random() < 0.5:
            return None
        found = bytearray(self.durable or b"")
        for operation in self.waiting:
            if isinstance(operation, int):
                if random.random() < 0.5:
                    _truncate(found, operation)
                continue
            offset, data = operation
            fate = random.random()
            if fate < 0.3:
                continue
            if fate < 0.5:
                _write(found, offset, data)
                continue
            for start, sector in _sectors(offset, data):
                kept = random.random()
                if kept < 0.48:
                    _write(found, start, sector)
                elif kept < 0.52:
                    _write(found, start, random.randbytes(len(sector)))
        return bytes(found)


class Disk:
    """Files by their path. ``operations`` counts writes, truncations, syncs and deletions.

    A ``lies`` of 1 makes every sync a lie that is believed: it returns and nothing has become durable.
    """

    def __init__(self, seed: int, *, lies: float = 0.0) -> None:
        self.random = Random(seed)
        self.files: dict[str, Inode] = {}
        self.operations = 0
        self.cut_at = 0
        self.fails_at = 0
        self.fails_on = False
        self.error: Callable[[str], apsw.Error] = io_error
        self.failed = ""
        self.off = False
        self._deleted: dict[str, Inode] = {}
        self._lies = lies

    @contextmanager
    def mounted(self, *, exclusively: bool = True) -> Iterator[None]:
        """Whatever is opened meanwhile is opened here."""
        vfs = Vfs(self)
        hooks = [_lock_exclusively] if exclusively else []
        apsw.connection_hooks.extend(hooks)
        try:
            yield
        finally:
            for hook in hooks:
                apsw.connection_hooks.remove(hook)
            vfs.unregister()

    def power_on(self, *, cut: bool = True) -> None:
        """All is well again. After a cut the files are what the platters hold, otherwise what was last seen of them."""
        self.off, self.cut_at, self.fails_at, self.fails_on = False, 0, 0, False
        if not cut:
            return
        found: dict[str, Inode] = {}
        for name in sorted(self.files.keys() | self._deleted.keys()):
            inode = self.files.get(name)
            content = None if inode is None else inode.after_a_cut(self.random)
            former = self._deleted.get(name)
            if content is None and former is not None and self.random.random() < 0.5:
                content = former.after_a_cut(self.random)
            if content is not None:
                found[name] = Inode(content)
        self.files, self._deleted = found, {}

    def copy_to(self, folder: Path) -> None:
        """Lays the files, as they are seen, into a folder of the real world."""
        folder.mkdir()
        for name, inode in self.files.items():
            (folder / Path(name).name).write_bytes(inode.content)

    def happens(self, what: str) -> bool:
        """Counts an operation; raises when it fails. False means that it only claims to have happened."""
        if self.off:
            raise io_error(what)
        self.operations += 1
        if self.operations == self.cut_at:
            self.off = True
            raise io_error(what)
        if self.fails_at and (self.operations == self.fails_at or (self.fails_on and self.operations > self.fails_at)):
            self.failed = self.failed or what
            raise self.error(what)
        return what != "sync" or self.random.random() >= self._lies

    def sync_folder(self) -> None:
        """What was deleted stays deleted."""
        self._deleted.clear()

    def delete(self, name: str, *, for_good: bool) -> None:
        """Removes a file; not ``for_good``, it may be back after a cut."""
        self.happens("delete")
        inode = self.files.pop(name, None)
        if for_good:
            self._deleted.pop(name, None)
        elif inode is not None:
            self._deleted[name] = inode


class Vfs(apsw.VFS):
    """The disk as SQLite's default for as long as it is mounted."""

    def __init__(self, disk: Disk) -> None:
        super().__init__("a disk in memory", base="", makedefault=True)
        self._disk = disk

    def excepthook(self, *_: Any) -> bool:
        """SQLite may pass over a failure, as that of a checkpoint after a commit; then apsw would complain instead."""
        return True

    def xOpen(self, name: Any, flags: list[int]) -> Any:
        path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        flags[1] = flags[0]
        return File(self._disk, self._disk.files.setdefault(path, Inode()))

    def xAccess(self, pathname: str, flags: int) -> bool:
        return pathname in self._disk.files

    def xFullPathname(self, name: str) -> str:
        return name

    def xDelete(self, filename: str, syncdir: bool) -> None:
        self._disk.delete(filename, for_good=syncdir)


class File:
    """An open file."""

    def __init__(self, disk: Disk, inode: Inode) -> None:
        self._disk = disk
        self._inode = inode

    def excepthook(self, *_: Any) -> bool:
        """As that of the disk."""
        return True

    def xRead(self, amount: int, offset: int) -> bytes:
        if self._disk.off:
            raise io_error("read")
        return bytes(self._inode.content[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:
        try:
            self._disk.happens("write")
        except apsw.Error:
            half = self._disk.random.randrange(len(data) + 1)  # what fails may have happened in part
            self._inode.write(offset, bytes(data)[:half])
            raise
        self._inode.write(offset, bytes(data))

    def xTruncate(self, newsize: int) -> None:
        self._disk.happens("truncate")
        self._inode.truncate(newsize)

    def xSync(self, flags: int) -> None:
        try:
            if self._disk.happens("sync"):
                if self._inode.durable is None:
                    self._disk.sync_folder()
                self._inode.sync()
        except apsw.Error:
            if not self._disk.off:  # the pages are clean now as far as the system knows: no later sync writes them
                self._inode.waiting = [item for item in self._inode.waiting if self._disk.random.random() < 0.5]
            raise

    def xFileSize(self) -> int:
        return len(self._inode.content)

    def xLock(self, level: int) -> None:
        pass

    def xUnlock(self, level: int) -> None:
        pass

    def xCheckReservedLock(self) -> bool:
        return False

    def xClose(self) -> None:
        pass

    def xSectorSize(self) -> int:
        return 4096

    def xDeviceCharacteristics(self) -> int:
        return apsw.SQLITE_IOCAP_POWERSAFE_OVERWRITE  # as SQLite assumes of every disk

    def xFileControl(self, op: int, ptr: int) -> bool:
        return False


def io_error(what: str) -> apsw.Error:
    """EIO."""
    error: Any = apsw.IOError(f"the disk failed to {what}")
    error.extendedresult = {
        "write": apsw.SQLITE_IOERR_WRITE, "truncate": apsw.SQLITE_IOERR_TRUNCATE, "sync": apsw.SQLITE_IOERR_FSYNC,
        "delete": apsw.SQLITE_IOERR_DELETE, "read": apsw.SQLITE_IOERR_READ,
    }[what]  # fmt: skip
    raised: apsw.Error = error
    return raised


def no_space(what: str) -> apsw.Error:
    """ENOSPC."""
    return apsw.FullError(f"no space left to {what}")


def _lock_exclusively(connection: apsw.Connection) -> None:
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")


def _write(content: bytearray, offset: int, data: bytes) -> None:
    if offset > len(content):
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


def _truncate(content: bytearray, size: int) -> None:
    del content[size:]
    content.extend(bytes(size - len(content)))


def _sectors(offset: int, data: bytes) -> Iterator[tuple[int, bytes]]:
    start = offset
    while start < offset + len(data):
        end = min((start // SECTOR + 1) * SECTOR, offset + len(data))
        yield start, data[start - offset : end - offset]
        start = end
