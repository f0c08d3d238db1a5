"""The copy of a lake that stands elsewhere: which files lie in the home, and what of their content is known without reading it.

Belongs here: looking through the folder, and the little index beside it. Does not belong here: what should lie there
(resources/lake_manifest.py).

The index (`<home>/lake-copy.db`) tells the sha256 of a file by its size, time of change and inode: nothing is hashed twice.
That it is there says that the folder is a copy, and not a lake of its own from before.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path

from filelock import FileLock

from resources.lake import OWN
from resources.lake_manifest import Content

INDEX, LOCK = "lake-copy.db", "lake-copy.lock"
_PARTIAL = ".partial"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the disk tells of a file."""

    size_bytes: int
    mtime_ns: int
    inode: int


class Copy:
    """The folder of one home's lake, and its index. What changes both stands within `locked()`."""

    def __init__(self, lake: Path) -> None:
        self.lake = lake
        self._index = lake.with_name(INDEX)
        self._lock = FileLock(lake.with_name(LOCK))
        self._opened: dict[int, sqlite3.Connection] = {}

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Of this home's processes one at a time changes the copy."""
        self.lake.mkdir(parents=True, exist_ok=True)
        with self._lock:
            yield

    def path(self, name: str) -> Path:
        return self.lake / name

    def name(self, path: Path) -> str:
        return path.relative_to(self.lake).as_posix()

    @property
    def is_established(self) -> bool:
        """Whether the folder was made, or taken over, as a copy."""
        return self._index.is_file()

    def establish(self) -> None:
        self._open()

    def found(self) -> dict[str, Stamp]:
        """The files that lie there, by name; half-written ones and this machine's own left out."""
        found: dict[str, Stamp] = {}
        for folder, folders, files in os.walk(self.lake):
            folders[:] = [name for name in folders if not name.endswith(_PARTIAL)]
            below = Path(folder).relative_to(self.lake).as_posix()
            prefix = "" if below == "." else f"{below}/"
            if prefix.startswith(OWN):
                continue
            for name in files:
                if not name.endswith(_PARTIAL) and (stamp := stamp_of(f"{folder}/{name}")):
                    found[prefix + name] = stamp
        return found

    def known(self) -> dict[str, tuple[str, Stamp]]:
        """What the index tells: sha256 and stamp by name."""
        rows = self._open().execute("SELECT path, sha256, size_bytes, mtime_ns, inode FROM files")
        return {path: (sha256, Stamp(*stamp)) for path, sha256, *stamp in rows}

    def note(self, contents: Mapping[str, str]) -> None:
        """The files that lie there now have these contents: sha256 by name."""
        found = [(name, sha256, stamp_of(f"{self.lake}/{name}")) for name, sha256 in contents.items()]
        rows = [(name, sha256, *astuple(stamp)) for name, sha256, stamp in found if stamp]
        with self._open() as index:
            index.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", rows)

    def remove(self, name: str) -> None:
        """Removes a file; none is nothing."""
        self.path(name).unlink(missing_ok=True)
        with self._open() as index:
            index.execute("DELETE FROM files WHERE path = ?", (name,))

    def _open(self) -> sqlite3.Connection:
        """One connection a process, used by one thread at a time (`locked()`); a forked child never touches its parent's."""
        if os.getpid() not in self._opened or not self._index.exists():
            index = sqlite3.connect(self._index, timeout=60, check_same_thread=False)
            # No write-ahead log: machines that share a home over the network would not see each other's.
            index.execute("PRAGMA journal_mode = TRUNCATE")
            index.execute("PRAGMA synchronous = NORMAL")
            index.execute(
                "CREATE TABLE IF NOT EXISTS files (path TEXT PRIMARY KEY, sha256 TEXT, size_bytes INTEGER, mtime_ns INTEGER, "
                "inode INTEGER) WITHOUT ROWID"
            )
            self._opened[os.getpid()] = index
        return self._opened[os.getpid()]


def content_of(path: Path) -> Content:
    """What a file holds. Raises OSError."""
    with path.open("rb") as file:
        return Content(hashlib.file_digest(file, "sha256").hexdigest(), os.fstat(file.fileno()).st_size)


def stamp_of(path: Path | str) -> Stamp | None:
    try:
        told = os.stat(path)
    except FileNotFoundError:
        return None
    return Stamp(told.st_size, told.st_mtime_ns, told.st_ino)
