"""Publishing a release: a numbered revision in the database and, beside it, a folder of files that people take away.

Belongs here: the order of the steps, so that a kill at any moment loses nothing and shows nothing half-done.
Does not belong here: numbering revisions (resources/revisions.py), what a ranking looks like (publishing/tables.py).

Inside the database's transaction the files are written, whole, to a staged folder `.r2.<fingerprint>.staged`; the
transaction ends; the folder is renamed to `r2`. Killed before the transaction ends there is no revision, and the staged
folder is replaced by the next one; killed after it, the next call renames. Files carry neither clock nor run id, except
release.json, which repeats what the database holds.

The files of a large revision may be begun before the transaction, in a process beside (`begin`), while the next week is
scored: the transaction then only waits for them.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from publishing.files import Earlier, Edition, write_all
from publishing.tables import ranking_csv
from resources.database import Database, Rows
from resources.files import sync, working_folder, write_bytes_atomically
from resources.home import Home
from resources.pool import Beside
from resources.releases import PublishResult as PublishResult
from resources.releases import Release as Release
from resources.releases import ReleaseConflict as ReleaseConflict
from resources.releases import Revision

if TYPE_CHECKING:
    import pyarrow as pa

MANIFEST = "release.json"


WORTH_A_PROCESS = 5_000  # rows of rankings: a large province's year in all, or a quarter of a nation's week


@dataclass(frozen=True)
class Draft:
    """Files begun before their revision is: for exactly this revision and ranking. written: waits until they are whole."""

    revision: Revision
    rows: Rows
    folder: Path
    written: Callable[[], None]


@contextmanager
def begin(release: Release, database: Database, home: Home, beside: Beside) -> Iterator[Draft | None]:
    """Begins the files of a large release in the process beside; None for a small one, and where nothing new would be made.

    What was not published by the end of the context is removed.
    """
    if len(release.rankings) < WORTH_A_PROCESS or (found := database.draft(release)) is None:
        yield None
        return
    revision, rows = found
    with working_folder(_staged_path(revision, home)) as folder:
        earlier = Earlier.than(revision, database)
        job = _Job(revision, Edition.table_of(rows), release.score_table, earlier, folder)
        yield Draft(revision, rows, folder, beside.hand_over(_write_draft, job))


@dataclass(frozen=True)
class _Job:
    """A draft as it is handed to another process: tables, since rows take longer to pack than to write."""

    revision: Revision
    rankings: pa.Table
    scores: pa.Table
    earlier: Earlier
    folder: Path


def _write_draft(job: _Job) -> None:
    write_files(Edition.of(job.revision, job.rankings.to_pylist(), job.scores, job.earlier), job.folder)


def publish(
    release: Release,
    database: Database,
    home: Home,
    guard: Callable[[sa.Connection], None] | None = None,
    draft: Draft | None = None,
) -> PublishResult:
    """Publish a week. With the fingerprint of its latest revision nothing new is made, and its files are made whole.

    Safe to call again after a kill, and from several processes at once. guard: asked in the transaction, raises when the
    release may not be published any more. draft: files that were begun for it. Raises ReleaseConflict (same fingerprint,
    other figures), FrameError (a figure that is not exact), OSError.
    """
    finish_staged(database, home, release.week)

    def stage(revision: Revision, rows: Rows) -> None:
        if draft is not None and (draft.revision, draft.rows) == (revision, rows):
            _stage_draft(draft, home)
        else:
            _stage(_edition(release, revision, rows, database), home)

    result = database.publish(release, stage, guard, draft.revision if draft else None)
    revision = next(row for row in database.revisions(release.week) if row.revision == result.revision)
    _put_in_place(revision, home)
    if not result.is_new and not is_whole(home.revision_path(release.week, result.revision)):
        rows = database.ranking_rows(revision.week, revision.revision)
        _restore(_edition(release, revision, rows, database), home)
    return result


def finish_staged(database: Database, home: Home, week: str | None = None) -> None:
    """Put in place the files of revisions whose publisher was killed just before it could; of one week or of all."""
    weeks = [week] if week else [folder.name for folder in home.published.glob("*/")]
    for name in weeks:
        if any(home.published.joinpath(name).glob(".r*.staged")):
            for revision in database.revisions(name):
                _put_in_place(revision, home)


def is_whole(folder: Path) -> bool:
    """Whether a revision's folder holds every file its manifest names, byte for byte."""
    try:
        files = json.loads((folder / MANIFEST).read_bytes())["files"]
        return all(hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest for name, digest in files.items())
    except (FileNotFoundError, json.JSONDecodeError, KeyError, TypeError):
        return False


def _staged_path(revision: Revision, home: Home) -> Path:
    place = home.revision_path(revision.week, revision.revision)
    mark = hashlib.sha256(revision.fingerprint.encode()).hexdigest()[:16]
    return place.with_name(f".{place.name}.{mark}.staged")


def _edition(release: Release, revision: Revision, rows: Rows, database: Database) -> Edition:
    return Edition.of(revision, rows, release.score_table, Earlier.than(revision, database))


def _stage(edition: Edition, home: Home) -> None:
    """Write the revision's files beside their place. Called under the database's lock: nobody else stages this week."""
    revision = edition.revision
    staged = _staged_path(revision, home)
    _remove_orphans(revision, staged.parent)
    with working_folder(staged) as folder:
        write_files(edition, folder)
        os.rename(folder, staged)
    sync(staged.parent)


def _stage_draft(draft: Draft, home: Home) -> None:
    """As `_stage`, of files that were begun before. When the process beside failed, this one raises what it raised."""
    staged = _staged_path(draft.revision, home)
    draft.written()
    _remove_orphans(draft.revision, staged.parent)
    os.rename(draft.folder, staged)
    sync(staged.parent)


def _remove_orphans(revision: Revision, folder: Path) -> None:
    """Staged folders of this number: their transaction never ended. (Earlier numbers may still be put in place.)"""
    for path in folder.glob(f".r{revision.revision}.*.staged"):
        shutil.rmtree(path, ignore_errors=True)


def _put_in_place(revision: Revision, home: Home) -> None:
    place, staged = home.revision_path(revision.week, revision.revision), _staged_path(revision, home)
    if place.exists():
        return
    try:
        os.rename(staged, place)
    except FileNotFoundError:
        return  # another process was quicker, or the folder was removed by hand: then `_restore` writes it
    except OSError:
        if not place.exists():
            raise
        return
    sync(place.parent)


def _restore(edition: Edition, home: Home) -> None:
    """Write again what is missing or damaged in a revision's folder, each file whole or not at all."""
    place = home.revision_path(edition.week, edition.revision.revision)
    with working_folder(place) as folder:
        write_files(edition, folder)
        for path in sorted(folder.iterdir(), key=lambda path: path.name == MANIFEST):  # the manifest comes last
            write_bytes_atomically(place / path.name, path.read_bytes())


def write_files(edition: Edition, folder: Path) -> None:
    """Write all files of a revision into an empty folder: a CSV a cohort, open data, workbooks, and the manifest."""
    for cohort, members in groupby(edition.rankings, key=lambda row: (row["level"], row["scope"], row["period_kind"])):
        _write(folder / f"ranking.{'.'.join(cohort)}.csv", ranking_csv(list(members)).encode())
    write_all(edition, folder)
    manifest = _manifest(edition.revision, folder)
    _write(folder / MANIFEST, (json.dumps(manifest, ensure_ascii=False, indent=2) + "\n").encode())
    sync(folder)


def _manifest(revision: Revision, folder: Path) -> Mapping[str, Any]:
    return {
        "week": revision.week,
        "revision": revision.revision,
        "status": revision.status,
        "reason": revision.reason,
        "published_at": revision.published_at.isoformat() + "Z",
        "run_id": revision.run_id,
        "fingerprint": revision.fingerprint,
        "rulesets": dict(sorted(revision.rulesets.items())),
        "inputs": list(revision.inputs),
        "files": {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.iterdir())
            if not path.name.startswith(".")
        },
    }


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
