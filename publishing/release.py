"""Publishing a release: a numbered revision in the database and, beside it, a folder of files that people take away.

Belongs here: the order of the steps, so that a kill at any moment loses nothing and shows nothing half-done.
Does not belong here: numbering revisions (resources/database.py), what a ranking looks like (publishing/tables.py).

Inside the database's transaction the files are written, whole, to a staged folder `.r2.<fingerprint>.staged`; the
transaction ends; the folder is renamed to `r2`. Killed before the transaction ends there is no revision, and the staged
folder is replaced by the next one; killed after it, the next call renames. Files carry neither clock nor run id, except
release.json, which repeats what the database holds.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from publishing.files import Earlier, Edition, write_all
from publishing.tables import ranking_csv
from resources.database import Database, Rows
from resources.files import sync, working_folder, write_bytes_atomically
from resources.home import Home
from resources.releases import PublishResult as PublishResult
from resources.releases import Release as Release
from resources.releases import ReleaseConflict as ReleaseConflict
from resources.releases import Revision

MANIFEST = "release.json"


def publish(
    release: Release, database: Database, home: Home, guard: Callable[[sa.Connection], None] | None = None
) -> PublishResult:
    """Publish a week. With the fingerprint of its latest revision nothing new is made, and its files are made whole.

    Safe to call again after a kill, and from several processes at once. guard: asked in the transaction, raises when the
    release may not be published any more. Raises ReleaseConflict (same fingerprint, other figures), FrameError (a figure
    that is not exact), OSError.
    """
    finish_staged(database, home, release.week)
    result = database.publish(
        release, lambda revision, rows: _stage(_edition(release, revision, rows, database), home), guard
    )
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
    return Edition.of(revision, rows, release.scores, Earlier.than(revision, database))


def _stage(edition: Edition, home: Home) -> None:
    """Write the revision's files beside their place. Called under the database's lock: nobody else stages this week."""
    revision = edition.revision
    staged = _staged_path(revision, home)
    _remove_orphans(revision, staged.parent)
    with working_folder(staged) as folder:
        write_files(edition, folder)
        os.rename(folder, staged)
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
