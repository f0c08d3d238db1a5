"""A lake that stands elsewhere: contents at an address, the manifest in the database, and the home's folder as a copy.

Belongs here: the order in which these three change, so that a kill at any moment loses nothing and shows nothing half-done; and
bringing the copy to the manifest. Does not belong here: each of the three by itself (lake_objects, lake_manifest, lake_copy).

Keeping a file: its content goes to the address as an object; the database's manifest names it; the file takes its place here.
Killed before the manifest names it, nothing has happened (an object that nothing names is pruned); killed after it, the file is
fetched. Several machines may have a copy of one lake: leases (resources/locks.py) keep their work apart, and who was overtaken
cannot change the manifest.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from resources.files import sync, working_folder
from resources.lake import LakeError
from resources.lake_copy import Copy, Stamp, content_of
from resources.lake_manifest import Content, Manifest
from resources.lake_objects import Objects
from resources.logs import logger
from resources.progress import report

if TYPE_CHECKING:
    import sqlalchemy as sa
    from pydantic import SecretStr

    from resources.locks import Lease

AT_ONCE = 8  # files that are brought or fetched at the same time
IN_PLACE_AT_ONCE = 200
STRAYS = "lake.strays"  # beside the lake: files that nobody kept, set aside


class RemoteLake:
    """Keeps the lake of one home at an address. Safe in several threads and processes, and on several machines."""

    def __init__(self, lake: Path, address: SecretStr, engine: sa.Engine) -> None:
        """lake: the home's folder. engine: of the database. Nothing is asked of the address yet."""
        self._copy, self.manifest = Copy(lake), Manifest(engine)
        self.objects = Objects(address, self._claim)
        self._place = address.get_secret_value(), engine.url
        self._leases: list[Lease] = []
        self._bringing = threading.Lock()
        self._seen: int | None = None

    def is_at(self, address: SecretStr, database: sa.URL) -> bool:
        return self._place == (address.get_secret_value(), database)

    def look_again(self) -> None:
        """Whatever was brought before, the next `bring` looks at every file."""
        self._seen = None

    # -- one file

    def keep(self, path: Path, content: Path, put_in_place: Callable[[], None]) -> None:
        """Raises LakeUnreachable, LeaseLost; then nothing has changed."""
        name, told = self._copy.name(path), content_of(content)
        is_new = self.manifest.files([name]).get(name) != told
        if is_new:
            self.objects.put(content, told)
        with self._copy.locked():
            if is_new:
                self.manifest.put(name, told, self._leases)
            put_in_place()
            self._copy.note({name: told.sha256})

    def forget(self, path: Path) -> None:
        """Raises LeaseLost."""
        name = self._copy.name(path)
        with self._copy.locked():
            self.manifest.drop(name, self._leases)
            self._copy.remove(name)

    @contextmanager
    def under(self, lease: Lease) -> Iterator[None]:
        """Raises LakeError, LakeUnreachable."""
        self._leases.append(lease)
        try:
            self.bring(thoroughly=True)
            yield
        finally:
            self._leases.remove(lease)

    # -- all of them

    def bring(self, *, thoroughly: bool) -> None:
        """Raises LakeError (an object is missing or damaged, a lake from before stands in the way), LakeUnreachable."""
        with self._bringing:
            changes = self.manifest.changes()
            if not thoroughly and changes == self._seen:
                return
            with self._copy.locked():
                missing = self._compare()
            if missing:
                self._fetch(missing)
            self._seen = changes

    def _compare(self) -> dict[str, Content]:
        """What has to be fetched; what should not lie there is removed."""
        # In this order: a file that is being kept meanwhile by somebody without the lock is not taken for a stray.
        found, named, copy = self._copy.found(), self.manifest.files(), self._copy
        if not copy.is_established:
            self._take_over(found, named)
            named = self.manifest.files()
        known = copy.known()
        missing, hashed = dict[str, Content](), dict[str, str]()
        for name, content in named.items():
            stamp = found.get(name)
            if stamp is None or stamp.size_bytes != content.size_bytes:
                missing[name] = content
                continue
            sha256, noted = known.get(name, ("", None))
            if noted != stamp:
                sha256 = hashed[name] = content_of(copy.path(name)).sha256
            if sha256 != content.sha256:
                missing[name] = content
        copy.note(hashed)
        for name in sorted(found.keys() - named.keys()):
            if name in known:
                copy.remove(name)
            else:
                self._set_aside(name)
        return missing

    def _take_over(self, found: Mapping[str, Stamp], named: Mapping[str, Content]) -> None:
        """The first time in this home: its own lake becomes the one at the address, if there is none yet."""
        strangers = sorted(found.keys() - named.keys())
        if named and strangers:
            raise LakeError(
                f"{self._copy.path(strangers[0])}: thư mục này đã có kho riêng ({len(strangers)} tệp không thuộc kho ở "
                "lake_url); chuyển thư mục lake đi nơi khác rồi chạy lại / this home has a lake of its own (files that "
                "the lake at lake_url does not name); move the folder lake away, then run again"
            )
        if strangers:
            self._move_in(strangers)
        self._copy.establish()

    def _move_in(self, names: list[str]) -> None:
        contents = {name: content_of(self._copy.path(name)) for name in names}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            put = pool.map(lambda name: self.objects.put(self._copy.path(name), contents[name]), names)
            for done, _ in enumerate(put):
                report("lake_url", names[done], done, len(names))
        report("lake_url", "", len(names), len(names))
        self.manifest.fill(contents)
        self._copy.note({name: content.sha256 for name, content in contents.items()})

    def _set_aside(self, name: str) -> None:
        """A file that was never kept, so nothing knows of it: written by a process without the setting, or by hand."""
        to = self._copy.lake.with_name(STRAYS) / name
        to.parent.mkdir(parents=True, exist_ok=True)
        os.replace(self._copy.path(name), to)
        logger().warning("lake_file_set_aside", file=name, folder=STRAYS)

    def _fetch(self, missing: Mapping[str, Content]) -> None:
        names = sorted(missing)
        with working_folder(self._copy.path("fetched")) as folder, ThreadPoolExecutor(AT_ONCE) as pool:
            for start in range(0, len(names), IN_PLACE_AT_ONCE):
                batch = {
                    name: folder / str(number) for number, name in enumerate(names[start:][:IN_PLACE_AT_ONCE], start)
                }
                fetched = pool.map(self._fetch_one, batch, [missing[name] for name in batch], batch.values())
                for done, _ in enumerate(fetched, start):
                    report("lake", names[done], done, len(names))
                with self._copy.locked():
                    now = self.manifest.files(list(batch))
                    still = [
                        name for name in batch if now.get(name) == missing[name]
                    ]  # others were kept anew meanwhile
                    for name in still:
                        path = self._copy.path(name)
                        path.parent.mkdir(parents=True, exist_ok=True)
                        os.replace(batch[name], path)
                    self._copy.note({name: missing[name].sha256 for name in still})
        report("lake", "", len(names), len(names))

    def _fetch_one(self, name: str, content: Content, to: Path) -> None:
        """Raises LakeError, naming the file, when the object is not there or holds something else."""
        if not self.objects.fetch(content.sha256, to):
            raise LakeError(_damaged(name, content, "không có đối tượng / the object is missing"))
        if (arrived := content_of(to)) != content:
            found = f"nội dung khác, sha256 {arrived.sha256[:16]}… / it holds something else"
            raise LakeError(_damaged(name, content, f"{found} ({arrived.size_bytes:,} bytes)"))
        sync(to)

    def _claim(self, marker: Callable[[], str | None]) -> str | None:
        """What the marker at the address should say, if not what it says. Raises LakeError for another database's lake."""
        ours, said = self.manifest.name(), marker()
        if said is None and self.manifest.files():
            # The first file of all may have been kept by another process in between: its marker came before.
            said = marker()
            if said is None:
                raise LakeError(
                    "lake_url không chứa kho của cơ sở dữ liệu này (thiếu lake.json); sai địa chỉ? "
                    "/ lake_url does not hold the lake of this database (lake.json is missing); the wrong address?"
                )
        if said not in (None, ours):
            raise LakeError(
                "lake_url là kho của cơ sở dữ liệu khác; nêu địa chỉ khác (nếu cơ sở dữ liệu cũ đã mất: xóa lake.json ở đó) "
                "/ lake_url is the lake of another database; name another address (if that database is lost for good: remove "
                "lake.json there)"
            )
        return ours if said is None else None


def _damaged(name: str, content: Content, found: str) -> str:
    return (
        f"lake/{name}: {found}; cần / needed sha256 {content.sha256} ({content.size_bytes:,} bytes). "
        "Chép lại từ máy khác còn tệp này, hoặc khôi phục bản sao lưu / bring the object back from a machine that still has "
        "the file, or restore a backup"
    )
