"""What a process leaves behind that dies: files as they are seen, or as they were when last synced.

The files are real ones. A thin layer over SQLite's own access to them notes what every write and truncation took the
place of, until the next sync of that file. :meth:`Files.left` undoes what was not synced, from the newest back.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw

LOG, INDEX = "-wal", "-shm"
REAL = apsw.vfs_names()[0]  # the system's own access to files
Former = tuple[int, bytes, int]  # an offset, what was there, and how long the file was


class Files:
    """What was written to each file since its last sync. ``syncs`` counts them all."""

    def __init__(self) -> None:
        self.syncs = 0
        self._former: defaultdict[str, list[Former]] = defaultdict(list)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Whatever SQLite opens meanwhile is watched."""
        layer = _Layer(self)
        try:
            yield
        finally:
            layer.unregister()

    def written(self, name: str, former: Former) -> None:
        """Something took the place of that."""
        self._former[name].append(former)

    def synced(self, name: str) -> None:
        """What was written before is there to stay."""
        self.syncs += 1
        self._former.pop(name, None)

    def left(self, path: Path, *, power_fails: bool) -> dict[Path, bytes]:
        """The database and its log as a process leaves them that dies now; without unsynced writes if power fails."""
        found = {}
        for file in (path, path.with_name(path.name + LOG)):
            if file.exists():
                content = bytearray(file.read_bytes())
                if power_fails:
                    for offset, before, size in reversed(self._former.get(str(file), ())):
                        content.extend(bytes(max(0, offset + len(before) - len(content))))
                        content[offset : offset + len(before)] = before
                        del content[size:]
                found[file] = bytes(content)
        return found

    def put_back(self, path: Path, left: dict[Path, bytes]) -> None:
        """Makes the files those. Nobody may have them open."""
        self._former.clear()
        for suffix in ("", LOG, INDEX):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        for file, content in left.items():
            file.write_bytes(content)


class _Layer(apsw.VFS):
    def __init__(self, files: Files) -> None:
        super().__init__("watched files", base=REAL, makedefault=True)
        self._files = files

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        return _File(self._files, path, name, flags)


class _File(apsw.VFSFile):
    def __init__(self, files: Files, path: str | None, name: Any, flags: list[int]) -> None:
        super().__init__(REAL, name, flags)
        self._files = files
        self._path = path or ""

    def xWrite(self, data: bytes, offset: int) -> None:
        size = self.xFileSize()
        before = super().xRead(min(len(data), size - offset), offset) if offset < size else b""
        super().xWrite(data, offset)
        self._files.written(self._path, (offset, before, size))

    def xTruncate(self, newsize: int) -> None:
        size = self.xFileSize()
        before = super().xRead(size - newsize, newsize) if newsize < size else b""
        super().xTruncate(newsize)
        self._files.written(self._path, (newsize, before, size))

    def xSync(self, flags: int) -> None:
        super().xSync(flags)
        self._files.synced(self._path)
