"""Reproduction: a published revision derived again from the lake and held against its files, byte for byte.

Belongs here: deriving it as its publication did, from what was recorded with it, and comparing. Does not belong here: what was
recorded (assets/derivation.py), printing (publishing/reproduced.py).

What a ranking says of earlier publications (`last_sound_*`) and the clock of release.json are told by the database, whose
revisions are never changed.
"""

from __future__ import annotations

from pathlib import Path

from assets.counts import count
from assets.derivation import CannotDerive, as_it_stood, gate_of, since
from assets.gate import Gate, open_gate
from assets.pending import week_fingerprint
from assets.publication import figures_of
from assets.scores import score_week
from publishing.differences import revision_of
from publishing.files import Earlier, Edition
from publishing.release import write_files
from publishing.reproduced import Reproduction
from resources.files import working_folder
from resources.office import Office
from resources.releases import LAST_SOUND, Release, Revision
from scoring.calendar import Week


def reproduce(office: Office, week: Week, number: int | None = None) -> Reproduction:
    """Derives a revision of a week (the newest by default) and compares. Raises NoSuchRevision, CannotDerive."""
    revision = revision_of(office.database, str(week), number)
    content = office.database.derivation(revision.week, revision.revision)
    gate = gate_of(content) if content else _unchanged_gate(office, week, revision)
    published = office.home.revision_path(revision.week, revision.revision)
    with working_folder(office.home.temporary / "reproduced") as folder:
        figures = _derive(office, gate, week, revision, folder)
        return Reproduction(
            week=revision.week,
            revision=revision.revision,
            files=len(list(folder.iterdir())),
            differing=tuple(_differing(folder, published)),
            figures_differ=figures != revision.figures,
            since=since(revision, content),
        )


def _unchanged_gate(office: Office, week: Week, revision: Revision) -> Gate:
    """The present gate, if a revision whose derivation was not recorded was made of just what there is now."""
    gate = open_gate(office)
    if week_fingerprint(gate, week) != revision.fingerprint:
        raise CannotDerive(
            f"{week}, bản {revision.revision} được công bố trước khi phần mềm ghi lại căn cứ dẫn xuất, và từ đó đầu vào đã "
            f"thay đổi / {week} revision {revision.revision} was published before derivations were recorded, and its inputs "
            "have changed since"
        )
    return gate


def _derive(office: Office, gate: Gate, week: Week, revision: Revision, folder: Path) -> str:
    """Writes the revision's files anew into a folder; returns the sha256 of its ranking rows."""
    with as_it_stood(office, gate) as scratch:
        counts_of = count(scratch, gate, [week.previous, week])
        slices = {each: score_week(scratch, gate, each, counts_of(each)) for each in (week.previous, week)}
        rankings, scores = figures_of(scratch, gate, week, slices)
    release = Release(
        week=revision.week,
        fingerprint=revision.fingerprint,
        inputs=revision.inputs,
        rulesets=revision.rulesets,
        status=revision.status,
        rankings=rankings,
        scores=scores,
    )
    key = ("level", "scope", "period_kind", "unit_code")
    told = {tuple(row[name] for name in key): row for row in office.database.ranking_rows(week, revision.revision)}
    rows = [
        row | {name: told.get(tuple(row[each] for each in key), row)[name] for name in LAST_SOUND}
        for row in release.ranking_rows(revision.revision)
    ]
    write_files(Edition.of(revision, rows, release.score_table, Earlier.than(revision, office.database)), folder)
    return release.figures


def _differing(folder: Path, published: Path) -> list[str]:
    """Names of files that are not the same in both, or only in one of them."""
    names = {path.name for place in (folder, published) if place.is_dir() for path in place.iterdir()}
    return sorted(name for name in names if _bytes(folder / name) != _bytes(published / name))


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
