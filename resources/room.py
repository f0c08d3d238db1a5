"""Room on the disk, asked for before long work begins: half a year counted and then a full disk helps nobody.

Belongs here: how much a piece of work may need, and the error when it is not there. Does not belong here: what is done when the
disk fills up in the middle all the same (resources/trouble.py).
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from resources.engine import quote_text

if TYPE_CHECKING:
    import duckdb

#: What intake writes of a file: as it came, and typed. Parquet is no larger than what it was made of.
WRITTEN_OF_A_BYTE = 2
#: What the counts may hold of a version at their widest: half as much again as the most memory docs/benchmarks.md tells of them.
COUNTED_BYTES_A_VERSION = 150


class NoRoom(OSError):
    """There is too little room on a disk. The message names the folder, what is needed and what to do."""


def require_room(folder: Path, needed_bytes: int, vi: str, en: str) -> None:
    """Raises NoRoom unless the disk of `folder` has so many bytes free. vi, en: what for."""
    free = shutil.disk_usage(folder).free
    if free >= needed_bytes:
        return
    raise NoRoom(
        errno.ENOSPC,
        f"{folder}: không đủ chỗ để {vi}: cần khoảng {_gigabytes(needed_bytes)}, còn {_gigabytes(free)}; "
        f"dọn bằng service-index prune, thêm đĩa, hoặc tăng memory_limit / not enough room to {en}: "
        f"about {_gigabytes(needed_bytes, '.')} needed, {_gigabytes(free, '.')} free; service-index prune, a larger disk, "
        "or a higher memory_limit",
    )


def require_room_to_count(con: duckdb.DuckDBPyConnection, folder: Path, files: Sequence[Path]) -> None:
    """Raises NoRoom when neither memory nor the disk of `folder`, together, can hold the versions in these typed files."""
    if not files:
        return
    listed = ", ".join(quote_text(path) for path in files)
    (versions,) = con.execute(f"SELECT sum(num_rows) FROM parquet_file_metadata([{listed}])").fetchall()[0]  # noqa: S608
    require_room(folder, max(0, int(versions) * COUNTED_BYTES_A_VERSION - _limit_bytes(con)), "đếm", "count")


def _limit_bytes(con: duckdb.DuckDBPyConnection) -> int:
    text = con.execute("SELECT current_setting('memory_limit')").fetchall()[0][0]
    number, unit = text.split()
    return int(float(number) * {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}[unit])


def _gigabytes(count: int, point: str = ",") -> str:
    return f"{count / 1e9:.1f} GB".replace(".", point)
