"""Compaction: the lake's files of weeks that are over, written once more as small as their rows allow.

Belongs here: which files, writing one again, and what came of it. Does not belong here: showing it (publishing/compacted.py).

A file keeps its place, its rows, their order, its notes and its time; only how they are encoded changes. So nothing that was
derived from it becomes other: marks are of what a file was made of, never of its bytes. The one exception is what is kept for
counting the next week (assets/kept.py), which knows a typed file by its size: the next week is then counted whole, once.

An export stays a file of its own, so that it can be replaced, corrected and pruned by itself. A file that is done says so in its
notes; typed again, it no longer does, and is done again. Each new file is read back and compared before it replaces the old.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from resources.engine import ROW_GROUP_ROWS, quote_name, quote_text
from resources.exports import TABLE_OF_KIND
from resources.files import replacing, working_folder
from resources.progress import steps
from scoring.calendar import Week

if TYPE_CHECKING:
    import duckdb

    from resources.exports import ExportRecord
    from resources.home import Home
    from resources.office import Office

LEFT_WEEKS = 4
"""The newest weeks, which late and mended exports still change."""
_NOTE, _DONE = "compacted", "1"  # another number: written in another way, to be done again


class NotTheSame(RuntimeError):
    """A file that was written again does not read as the one it was to replace; that one stands. Vietnamese / English."""


@dataclass(frozen=True, slots=True)
class Compacted:
    """What was done to one file. place: exports, tables or quarantine."""

    place: str
    table: str
    rows: int
    before_bytes: int
    after_bytes: int


def compact_lake(office: Office, until: Week | None = None) -> list[Compacted]:
    """Writes the files of all weeks up to `until` again that were not yet; by default up to four weeks before the newest.

    Safe to kill and to repeat. Both leases are held for a week's files at a time, so that a run waits for no more than those.
    Raises NotTheSame, LeaseBusy, LakeError, OSError.
    """
    weeks = sorted({Week.parse(each.week) for each in office.database.exports()})
    last = until or (weeks[-1].shift(-LEFT_WEEKS) if weeks else None)
    wanted = [week for week in weeks if last is not None and week <= last]
    done: list[Compacted] = []
    for week in steps("compaction", wanted):
        with office.locks.held("intake"), office.locks.held("scoring"), office.engine() as con:
            for place, export, path in _files(office.home, office.database.exports(week)):
                found = compact_file(con, path)
                if found is not None:
                    done.append(Compacted(place, TABLE_OF_KIND[export.kind], *found))
    return done


def compact_file(con: duckdb.DuckDBPyConnection, path: Path) -> tuple[int, int, int] | None:
    """Rows, bytes before and bytes after; None where the file was done before, or cannot become smaller.

    Raises NotTheSame.
    """
    notes, before = _notes(path), path.stat()
    if notes.get(_NOTE) == _DONE:
        return None
    with working_folder(path) as folder:
        draft = folder / "draft.parquet"
        rows = _copy(con, _all_of(path), draft, {**notes, _NOTE: _DONE})
        if draft.stat().st_size >= before.st_size:
            return None
        if not _reads_alike(con, draft, path):
            raise NotTheSame(
                f"{path}: ghi lại không đọc được như cũ; tệp cũ giữ nguyên / written again, it does not read the same; the "
                "old file stands. Xem đĩa và bộ nhớ / look at the disk and the memory: service-index doctor"
            )
        os.utime(draft, ns=(before.st_atime_ns, before.st_mtime_ns))  # by its age a raw file is pruned
        after = draft.stat().st_size
        with replacing(path) as partial:
            os.replace(draft, partial)
    return rows, before.st_size, after


def _copy(con: duckdb.DuckDBPyConnection, sql: str, to: Path, notes: Mapping[str, str]) -> int:
    """Numbers and codes as differences from the one before, and zstd at length: some four times the work of writing."""
    told = ", ".join(f"{quote_name(name)}: {quote_text(text)}" for name, text in notes.items())
    copied = con.execute(
        f"COPY ({sql}) TO {quote_text(to)} (FORMAT parquet, PARQUET_VERSION V2, COMPRESSION zstd, COMPRESSION_LEVEL 17, "
        f"ROW_GROUP_SIZE {ROW_GROUP_ROWS}, USE_TMP_FILE false, KV_METADATA {{{told}}})"
    ).fetchall()
    return int(copied[0][0])


def _files(home: Home, exports: Sequence[ExportRecord]) -> Iterator[tuple[str, ExportRecord, Path]]:
    """Every file there is of some exports. The parts of a workbook have files of their own."""
    for export in exports:
        key = TABLE_OF_KIND[export.kind], export.week, export.export_id
        of_export = {
            "exports": home.raw_path(export),
            "tables": home.table_path(*key),
            "quarantine": home.quarantine_path(*key),
        }
        yield from ((place, export, path) for place, path in of_export.items() if path.is_file())


def _notes(path: Path) -> Mapping[str, str]:
    """What the file tells of itself; not the schema that Arrow leaves beside its own."""
    import pyarrow.parquet as pq

    told = pq.read_metadata(path).metadata or {}
    return {name.decode(): text.decode() for name, text in told.items() if name != b"ARROW:schema"}


def _all_of(path: Path) -> str:
    return f"FROM read_parquet({quote_text(path)}, hive_partitioning = false)"


def _reads_alike(con: duckdb.DuckDBPyConnection, one: Path, other: Path) -> bool:
    """Whether two files have the same columns of the same types, and the same rows in the same order, compared one by one."""
    columns = [con.execute(f"DESCRIBE {_all_of(path)}").fetchall() for path in (one, other)]
    if columns[0] != columns[1]:
        return False
    ours, theirs = (f"(SELECT row AS {name} {_all_of(path)} row)" for name, path in (("ours", one), ("theirs", other)))
    sql = f"SELECT count(*) FROM {ours} POSITIONAL JOIN {theirs} WHERE ours IS DISTINCT FROM theirs"  # noqa: S608
    return con.execute(sql).fetchall() == [(0,)]
