"""The contents of a lake that stands elsewhere: objects at an address (s3://, file://, memory://, …), named by their sha256.

Belongs here: putting, fetching, listing and removing objects, through fsspec. Does not belong here: which file has which content
(resources/lake_manifest.py).

    <lake_url>/objects/<first two of the sha256>/<sha256>
    <lake_url>/lake.json                                    which database this is the lake of

An object never changes. An address may hold a password: no error of this module tells it.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resources.lake import LakeError, LakeUnreachable
from resources.lake_manifest import Content
from resources.remote_landing import STORES_WHOLE

if TYPE_CHECKING:
    from pydantic import SecretStr

MARKER, FOLDER = "lake.json", "objects"
ASKED_FOR_BYTES = 8 * 2**20  # an object of at least this size is put only if it is not there already
PART_BYTES = 16 * 2**20  # S3: larger files go in parts
_S3 = ("s3", "s3a")


class Objects:
    """The objects at an address. Nothing is asked of it before something is needed.

    claim: given what reads the marker at the address (None: there is none), says what should be written there, if anything.
    """

    def __init__(self, address: SecretStr, claim: Callable[[Callable[[], str | None]], str | None]) -> None:
        self._address, self._claim = address, claim
        scheme = address.get_secret_value().partition("://")[0]
        self._is_whole = scheme in STORES_WHOLE
        self._part = {"chunksize": PART_BYTES} if scheme in _S3 else {}
        self._opening = threading.Lock()
        self._opened: tuple[int, Any, str] | None = None

    def put(self, content: Path, told: Content) -> None:
        """Brings a file there as the object of its sha256; whole or not at all. Raises LakeUnreachable."""
        with self._there() as (files, root):
            place = f"{root}/{_name(told.sha256)}"
            if told.size_bytes >= ASKED_FOR_BYTES and files.exists(place) and files.size(place) == told.size_bytes:
                return
            with self._whole(files, place) as to:
                files.put_file(str(content), to, **self._part)

    def fetch(self, sha256: str, to: Path) -> bool:
        """Brings an object here; False when there is none. Raises LakeUnreachable."""
        with self._there() as (files, root):
            try:
                files.get_file(f"{root}/{_name(sha256)}", str(to))
            except FileNotFoundError:
                return False
            return True

    def listed(self) -> dict[str, int]:
        """Every object there, sha256 to size in bytes. Raises LakeUnreachable."""
        with self._there() as (files, root):
            found = files.find(f"{root}/{FOLDER}", detail=True)
            return {name.rpartition("/")[2]: int(told["size"] or 0) for name, told in found.items()}

    def age_seconds(self, name: str) -> float:
        """How long ago an object was put there, by the clock of here. Raises LakeUnreachable."""
        with self._there() as (files, root):
            moment: datetime = files.modified(f"{root}/{_name(name)}")
            return (datetime.now(UTC) - moment.replace(tzinfo=moment.tzinfo or UTC)).total_seconds()

    def remove(self, name: str) -> None:
        """Raises LakeUnreachable."""
        with self._there() as (files, root):
            files.rm_file(f"{root}/{_name(name)}")

    def try_out(self) -> None:
        """Writes, reads and removes a small object. Raises LakeError, LakeUnreachable."""
        with self._there() as (files, root):
            place, content = f"{root}/.doctor-{secrets.token_hex(6)}", secrets.token_bytes(64)
            files.pipe_file(place, content)
            read = files.cat_file(place)
            files.rm_file(place)
        if read != content:
            raise LakeError("lake_url: đọc lại khác điều đã ghi / what was written there is read back otherwise")

    @contextmanager
    def _there(self) -> Iterator[tuple[Any, str]]:
        try:
            yield self._open()
        except LakeError:
            raise
        except Exception as error:  # noqa: BLE001 - each of fsspec's backends has its own
            raise LakeUnreachable(_unreachable(error)) from None

    def _open(self) -> tuple[Any, str]:
        """The file system and its folder, opened once a process (a forked child opens its own)."""
        with self._opening:
            if self._opened is None or self._opened[0] != os.getpid():
                import fsspec

                address = self._address.get_secret_value()
                files, root = fsspec.core.url_to_fs(address, use_listings_cache=False, skip_instance_cache=True)
                root = root.rstrip("/")
                self._agree(files, root)
                self._opened = os.getpid(), files, root
            return self._opened[1:]

    @contextmanager
    def _whole(self, files: Any, place: str) -> Iterator[str]:
        """Where to write what is to stand at a place: there, or beside it where half of it would be seen meanwhile."""
        if self._is_whole:
            yield place
            return
        files.makedirs(place.rpartition("/")[0], exist_ok=True)
        beside = f"{place}.{secrets.token_hex(6)}.part"
        yield beside
        files.mv(beside, place)

    def _agree(self, files: Any, root: str) -> None:
        """Sees to it that this address is the lake of this database, and of no other. Raises LakeError."""

        def said() -> str | None:
            try:
                return str(json.loads(files.cat_file(f"{root}/{MARKER}"))["database"])
            except FileNotFoundError:
                return None

        if (ours := self._claim(said)) is not None:
            with self._whole(files, f"{root}/{MARKER}") as place:
                files.pipe_file(place, json.dumps({"database": ours}).encode())


def _name(sha256: str) -> str:
    return f"{FOLDER}/{sha256[:2]}/{sha256}"


def _unreachable(error: Exception) -> str:
    return (
        f"lake_url: không đọc ghi được ({type(error).__name__}); mạng, khóa truy cập, quyền? "
        f"/ cannot be read or written ({type(error).__name__}); the network, the keys, permissions? service-index doctor"
    )
