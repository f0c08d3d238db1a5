"""Pruning the lake: raw exports that came to nothing, with what was typed of them; and objects elsewhere that nothing names.

Belongs here: which files nothing stands on, and removing them. Does not belong here: Dagster's storage (pipelines/pruning.py),
how long things are kept (the settings).

History is the product (known failures, line 26): an export that any revision names among its inputs, or was derived from, is
never removed, nor one that counts now, however old it is.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from resources.database import Database
from resources.exports import TABLE_OF_KIND
from resources.files import remove
from resources.home import Home
from resources.lake import registered

_DAY_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Removed:
    """A file that is, or would be, removed. kind: of the export."""

    path: Path
    kind: str
    export_id: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Orphan:
    """An object that is, or would be, removed."""

    name: str
    size_bytes: int


def prune_lake(home: Home, database: Database, days: int, *, really: bool) -> list[Removed]:
    """Removes the files of exports older than `days` that nothing stands on; without `really` only tells them."""
    kept = stood_on(database)
    oldest = time.time() - days * _DAY_SECONDS
    removed = []
    for kind, table in TABLE_OF_KIND.items():
        for raw in sorted((home.lake / "exports" / kind).glob("*.parquet")):
            if raw.name.startswith(".") or raw.stem in kept or raw.stat().st_mtime > oldest:
                continue
            # The raw copy goes last: until then what is typed of it can be found again by its name.
            for path in (*_typed(home, table, raw.stem), raw):
                removed.append(Removed(path, kind, raw.stem, path.stat().st_size))
                if really:
                    remove(path)
    return removed


def prune_objects(home: Home, *, really: bool) -> list[Orphan]:
    """Removes, of a lake that stands elsewhere, the objects no file has as its content, and had none for a day.

    They are left by replaced files and by processes that were killed; those of the last day may be about to be named.
    Without `really` only tells them. Nobody else may be at work. Raises LakeError, LakeUnreachable.
    """
    from resources.remote_lake import RemoteLake

    keeper = registered(home.lake)
    if not isinstance(keeper, RemoteLake):
        return []
    there = keeper.objects.listed()
    named = {content.sha256 for content in keeper.manifest.files().values()}
    found = [
        Orphan(name, size)
        for name, size in sorted(there.items())
        if name not in named and keeper.objects.age_seconds(name) > _DAY_SECONDS
    ]
    for orphan in found if really else ():
        keeper.objects.remove(orphan.name)
    return found


def stood_on(database: Database) -> frozenset[str]:
    """Ids of the exports that a published revision stands on, or that count now."""
    kept = {export.export_id for export in database.current_exports()}
    for revision in database.revisions():
        kept |= {entry["export_id"] for entry in revision.inputs}
        derivation = database.derivation(revision.week, revision.revision) or {}
        kept |= {entry["export_id"] for entry in derivation.get("exports", ())}
    return frozenset(kept)


def _typed(home: Home, table: str, export_id: str) -> Iterator[Path]:
    for place in ("tables", "quarantine"):
        yield from sorted((home.lake / place / table).glob(f"*/{export_id}.*"))
