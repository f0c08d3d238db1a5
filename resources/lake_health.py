"""Examining the lake: whether what counts is there, in the home or at the address it stands at.

Belongs here: the lake's findings for `doctor`. Does not belong here: other findings (resources/health.py). Nothing is changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from resources.database import Database
from resources.health import Finding
from resources.home import Home
from resources.lake import LakeError
from resources.lake_manifest import Content, Manifest
from resources.remote_lake import RemoteLake

if TYPE_CHECKING:
    from pydantic import SecretStr


def look_at_lake(home: Home, address: SecretStr | None) -> Iterator[Finding]:
    """Whether every current export has its raw copy; of a lake at an address, whether that is whole and can be used."""
    database = Database(home.database_url)
    try:
        exports = database.current_exports()
        files = Manifest(database.engine).files()
        if address is not None:
            yield _lake_elsewhere(RemoteLake(home.lake, address, database.engine), files)
        elif files:
            yield Finding(
                "lake",
                "fail",
                f"kho ở một địa chỉ ({len(files)} tệp) nhưng lake_url không được đặt / the lake stands elsewhere, and lake_url "
                "is not set",
                "Đặt SERVICE_INDEX_LAKE_URL như trước / set it as it was before",
            )
            return
    finally:
        database.close()
    if address is None:
        missing = [export for export in exports if not home.raw_path(export).is_file()]
    else:
        missing = [export for export in exports if home.raw_path(export).relative_to(home.lake).as_posix() not in files]
    if missing:
        yield Finding(
            "lake",
            "fail",
            f"{home.raw_path(missing[0])}: thiếu / is missing ({len(missing)}/{len(exports)}; {missing[0].file})",
            "service-index restore, hoặc đưa lại tệp rồi backfill --only dossiers / or land the file again",
        )
        return
    yield Finding("lake", "ok", f"{len(exports)} bản xuất thô đều có / raw exports are all there")


def _lake_elsewhere(lake: RemoteLake, files: Mapping[str, Content]) -> Finding:
    """Whether the address can be written and read, and has every object the manifest names."""
    try:
        lake.objects.try_out()
        there = lake.objects.listed()
    except LakeError as error:
        return Finding(
            "lake_url", "fail", str(error), "AWS_…, mạng, quyền của khóa? / the network, what the key may do?"
        )
    missing = sorted(name for name, content in files.items() if there.get(content.sha256) != content.size_bytes)
    if missing:
        return Finding(
            "lake_url",
            "fail",
            f"{missing[0]}: thiếu hoặc hỏng đối tượng / its object is missing or damaged ({len(missing)}/{len(files)})",
            "Chép lại đối tượng từ máy còn tệp, hoặc restore / bring it back from a machine that has the file, or restore",
        )
    text = f"đọc ghi được, {len(files)} tệp đều có / can be read and written, all files are there"
    return Finding("lake_url", "ok", text)
