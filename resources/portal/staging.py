"""What a pull has so far, kept so that one that was killed goes on where it was: pages and files of one feed.

Belongs here: the private folder `<home>/pull`, its keys, its age. Does not belong here: asking (paging.py, files.py) or what
becomes of it (landing.py).

    <home>/pull/pull.lock               held while a pull runs
    <home>/pull/ledger.json             when each feed was last seen, and last changed
    <home>/pull/staging/<key>/          one feed: feed.json, pages, files; owner only, removed when the feed is done

A dossier export holds personal fields until the door takes them out. So nobody but the owner may read here, nothing stays
longer than the pull that needs it, and what a pull that was never taken up again left is removed after STALE_HOURS.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from filelock import FileLock, Timeout

from resources.files import clean_partials, partial_path
from resources.home import Home
from resources.portal.answers import dumped
from resources.portal.errors import PullRunning

STALE_HOURS = 12  # a pull is taken up again the same night, or begun anew


@dataclass(frozen=True)
class Staging:
    """The folder of one feed. Files in it are the owner's only, and seen whole or not at all."""

    folder: Path

    def write(self, name: str, value: object) -> None:
        """Not flushed to the disk: a page that a power cut has broken is asked for again."""
        partial = partial_path(self.folder / name)
        partial.write_bytes(dumped(value))
        os.replace(partial, self.folder / name)

    def read(self, name: str) -> object | None:
        """What was written, or None; what cannot be read counts as not there."""
        try:
            return json.loads((self.folder / name).read_bytes(), parse_float=Decimal)
        except (OSError, ValueError):
            return None

    def path(self, name: str) -> Path:
        return self.folder / name

    def drop(self, pattern: str) -> None:
        for path in self.folder.glob(pattern):
            path.unlink(missing_ok=True)

    def clear(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def pull_folder(home: Home) -> Path:
    """`<home>/pull`, made if it is missing, for the owner only."""
    folder = home.root / "pull"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


@contextmanager
def only_pull(home: Home, *, wait_seconds: float = 0) -> Iterator[Path]:
    """One pull of a home at a time; the folder of pulls. Raises PullRunning. A killed process holds nothing."""
    folder = pull_folder(home)
    try:
        with FileLock(folder / "pull.lock", timeout=wait_seconds):
            remove_stale(folder)
            clean_partials(folder)
            yield folder
    except Timeout:
        raise PullRunning(
            "Một lần tải khác đang chạy trên cùng thư mục dữ liệu; chờ nó xong. "
            "/ Another pull of this home is running; let it end."
        ) from None


def staging_of(folder: Path, key: Mapping[str, object]) -> Staging:
    """The folder of a feed. key: all that decides what an answer says; equal keys, equal folder (known failures, line 17)."""
    text = json.dumps(key, sort_keys=True, ensure_ascii=False, default=str)
    place = folder / "staging" / hashlib.sha256(text.encode()).hexdigest()[:24]
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    place.parent.chmod(0o700)
    staging = Staging(place)
    if staging.read("feed.json") is None:
        staging.write("feed.json", dict(key))
    return staging


def remove_stale(folder: Path, *, hours: float = STALE_HOURS) -> None:
    """Removes what no pull has touched for so long."""
    before = time.time() - hours * 3600
    for place in (folder / "staging").glob("*"):
        newest = max((path.stat().st_mtime for path in (place, *place.glob("*"))), default=0.0)
        if newest < before:
            shutil.rmtree(place, ignore_errors=True)


def private_file(path: Path) -> int:
    """A handle to add to a file that only the owner may read."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
