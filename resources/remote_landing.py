"""The landing folder of others: files put at an address (s3://, sftp://, memory://, …) are fetched into ours, through fsspec.

Belongs here: which files there are new, and copying them whole. Does not belong here: what is in them (resources/door.py).
Nothing there is changed or removed. An address may hold a password: no error of this module tells it.

A file is known by its name and by what the address tells of it (size, checksum, time of change). What was fetched is kept in the
home, file by file: a fetching that is stopped goes on where it was, and a file removed from our folder is not fetched again.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from resources.files import replacing, write_bytes_atomically
from resources.landing import is_hidden, is_unfinished
from resources.sidecars import SUFFIX
from scoring.calendar import Week

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

STORES_WHOLE = ("s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "memory")
"""Where a file comes into sight only when all of it is there; elsewhere it must look the same twice before it is fetched."""
_TOLD = ("ETag", "etag", "md5", "checksum", "mtime", "LastModified", "last_modified", "modified", "created")


class Unreachable(RuntimeError):
    """The address does not answer, or refuses. The message is the kind of fault, without the address."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """files: names of what was fetched, `2025-W46/dossiers.H05.ndjson`. left: how many wait for the next time.

    strange: folders and files there that are none of ours and stay where they are.
    """

    files: tuple[str, ...]
    left: int
    strange: tuple[str, ...]


def fetch_new(address: str, landing: Path, state: Path, seconds: float = 40.0) -> Fetched:
    """Copies what is new into the landing folder; a file is seen there whole or not at all, a sidecar before its file.

    state: the file that remembers. seconds: after so long no further file is begun. Raises Unreachable.
    """
    until = time.monotonic() + seconds
    known: dict[str, str] = json.loads(state.read_bytes()) if state.is_file() else {}
    fetched: list[str] = []
    files, root, found, strange = _look(address)
    waiting = {name: told for name, told in found.items() if known.get(name) != told}
    is_whole = address.partition("://")[0] in STORES_WHOLE
    left = 0
    for name in sorted(waiting, key=lambda name: (not name.endswith(SUFFIX), name)):
        told = waiting[name]
        if not is_whole and known.get(_seen(name)) != told:
            known[_seen(name)] = told  # it may still be growing
            left += 1
            continue
        if time.monotonic() > until:
            left += 1
            continue
        try:
            with replacing(landing / name) as partial:
                files.get_file(f"{root}/{name}", str(partial))
        except Exception as error:  # noqa: BLE001 - each of fsspec's backends has its own
            _keep(state, known)
            raise Unreachable(type(error).__name__) from None
        known[name] = told
        known.pop(_seen(name), None)
        fetched.append(name)
        _keep(state, known)
    if left:
        _keep(state, known)
    return Fetched(tuple(fetched), left, tuple(strange))


def _look(address: str) -> tuple[AbstractFileSystem, str, dict[str, str], list[str]]:
    """The file system, its folder, what lies there in folders of weeks by name, and what is none of ours."""
    import fsspec

    try:
        files, root = fsspec.core.url_to_fs(address, use_listings_cache=False, skip_instance_cache=True)
        root = root.rstrip("/")
        listed = list(_listed(files, root))
    except Exception as error:  # noqa: BLE001 - each of fsspec's backends has its own
        raise Unreachable(type(error).__name__) from None
    found, strange = {}, []
    for folder, entry in listed:
        name = f"{folder}/{PurePosixPath(entry['name']).name}" if folder else PurePosixPath(entry["name"]).name
        if folder and _is_week(folder) and entry["type"] == "file":
            found[name] = _told(entry)
        else:
            strange.append(name)
    return files, root, found, strange


def _listed(files: AbstractFileSystem, root: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each entry with the name of the folder it lies in; of the first level those that are no week's folder."""
    for entry in files.ls(root or "/", detail=True):
        name = PurePosixPath(entry["name"]).name
        if is_hidden(Path(name)):
            continue
        if entry["type"] == "directory" and _is_week(name):
            for inner in files.ls(entry["name"], detail=True):
                path = Path(PurePosixPath(inner["name"]).name)
                if not is_hidden(path) and not is_unfinished(path.name) and path.name not in ("", ".", ".."):
                    yield name, inner
        else:
            yield "", entry


def _is_week(folder: str) -> bool:
    try:
        Week.parse(folder)
    except ValueError:
        return False
    return True


def _told(entry: Mapping[str, Any]) -> str:
    told = [f"{name}={entry[name]}" for name in ("size", *_TOLD) if entry.get(name) is not None]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def _seen(name: str) -> str:
    return f"seen {name}"


def _keep(state: Path, known: Mapping[str, str]) -> None:
    write_bytes_atomically(state, json.dumps(known, sort_keys=True).encode())
