"""Writing files so that a reader sees a whole one or none, and clearing what a killed run left behind.

Belongs here: partial names, atomic replacement, flushing to disk, cleaning. Does not belong here: what is in a file,
or where in the home it stands (resources/home.py), or who else keeps it (resources/lake.py).

A partial file or folder stands beside the one it becomes and is named `.<name>.<host>-<process>-<token>.partial`.
The name says whose it is: cleaning removes those of processes that are gone and never one that is being written.
"""

from __future__ import annotations

import glob
import os
import platform
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from resources.lake import keeper_of

_PARTIAL = re.compile(r"^\.(?P<name>.+)\.(?P<host>[^.]+)-(?P<process>\d+)-[0-9a-f]{12}\.partial$")
_ABANDONED_SECONDS = 2 * 24 * 3600  # of another machine, or of a process number that was given out again
_in_work: set[Path] = set()


def partial_path(path: Path) -> Path:
    """A new name in the folder of `path`, under which it may be written before it is renamed into place."""
    return path.with_name(f".{path.name}.{_host()}-{os.getpid()}-{secrets.token_hex(6)}.partial")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yields a partial path to write one file under; on success it is flushed and takes the place of `path`.

    On an exception the partial file is removed and `path` stays as it was. Makes the folder if it is missing. A file of a
    lake that stands elsewhere is kept there first: then raises what its keeper raises.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = partial_path(path)
    _in_work.add(partial)
    try:
        yield partial
        sync(partial)
        keeper = keeper_of(path)
        if keeper is None:
            os.replace(partial, path)
        else:
            keeper.keep(path, partial, lambda: os.replace(partial, path))
        sync(path.parent)
    finally:
        partial.unlink(missing_ok=True)
        _in_work.discard(partial)


@contextmanager
def working_folder(path: Path) -> Iterator[Path]:
    """Yields a new partial folder beside `path`, which need not exist; what is left of it in the end is removed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = partial_path(path)
    _in_work.add(partial)
    try:
        partial.mkdir()
        yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        _in_work.discard(partial)


def write_bytes_atomically(path: Path, data: bytes) -> None:
    """Write a whole file or none: readers see the old content or the new, after a kill too."""
    with replacing(path) as partial:
        partial.write_bytes(data)


def remove(path: Path) -> None:
    """Remove a file of the lake, wherever that stands; none is nothing."""
    keeper = keeper_of(path)
    if keeper is None:
        path.unlink(missing_ok=True)
    else:
        keeper.forget(path)


def sync(path: Path) -> None:
    """Flush a file, or a folder's list of names, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def clean_partials(root: Path) -> list[Path]:
    """Remove, at any depth under `root`, what killed processes left half-written. Returns what was removed."""
    removed = []
    for folder, folders, files in os.walk(root):
        for name in [*folders, *files]:
            path = Path(folder, name)
            if _is_abandoned(path):
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)
                removed.append(path)
        folders[:] = [name for name in folders if not _PARTIAL.match(name)]
    return sorted(removed)


def clean_partials_of(path: Path) -> None:
    """Remove what killed processes left of this one file or folder."""
    for partial in path.parent.glob(f".{glob.escape(path.name)}.*.partial"):
        if _is_abandoned(partial):
            shutil.rmtree(partial, ignore_errors=True) if partial.is_dir() else partial.unlink(missing_ok=True)


def _is_abandoned(path: Path) -> bool:
    match = _PARTIAL.match(path.name)
    if not match or path in _in_work:
        return False
    if match["host"] == _host():
        process = int(match["process"])
        if process == os.getpid() or not _is_running(process):
            return True  # our own number but not in work: it was a process before us that had the number
    try:
        return time.time() - path.stat().st_mtime > _ABANDONED_SECONDS
    except FileNotFoundError:
        return False


def _host() -> str:
    return re.sub(r"[^A-Za-z0-9]", "", platform.node())[:24] or "host"


def process_name() -> str:
    """This process as others can look it up: `<host>-<number>`."""
    return f"{_host()}-{os.getpid()}"


def process_runs(name: str) -> bool:
    """Whether a process told by `process_name()` (with more behind it or not) may still run; of another machine: yes."""
    host, _, rest = name.partition("-")
    number = rest.partition("-")[0]
    return host != _host() or not number.isdigit() or _is_running(int(number))


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
