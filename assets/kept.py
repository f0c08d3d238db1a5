"""What is kept of counting for the next week, and when it may be used: only if a pass over the year would read the same.

Belongs here: which exports it is made of, where it stands, when it goes. Does not belong here: what is in it
(scoring/next_week.py) and its files (resources/kept_counts.py). It stands in the home, not in the lake: where it is missing, or
anything differs, the year is counted whole.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from assets.gate import FIGURES, Gate
from resources.exports import ExportRecord
from resources.kept_counts import forget_codes, seal, stands, unseal
from resources.office import Office
from scoring.calendar import Week
from scoring.ruleset import ruleset_for

KEPT_WEEKS = 2
"""The newest week, and the one before, from which the newest is counted again when one of its exports is replaced."""

Used = Mapping[str, Sequence[ExportRecord]]


def kept_folder(office: Office, week: Week) -> Path:
    return office.home.counted / str(week)


def is_newest(gate: Gate, week: Week) -> bool:
    """Whether no dossiers came after the week: only then a next week may come."""
    return not any(export.kind == "dossiers" and Week.parse(export.week) > week for export in gate.exports)


def kept_stands(office: Office, gate: Gate, used: Used, before: Week) -> bool:
    """Whether a week can be counted from what was kept of the week before: the same exports but for its own, the same rules.

    used: what the week is counted from, by kind.
    """
    return stands(kept_folder(office, before.previous), _made_of(office, gate, used, before.previous, rules_of=before))


def kept_of(office: Office, gate: Gate, used: Used, week: Week) -> Path | None:
    """The folder of what was kept of a week, where it was made of just this."""
    folder = kept_folder(office, week)
    with suppress(FileNotFoundError):  # a typed file that is gone is another one when it is made again
        if stands(folder, _made_of(office, gate, used, week, rules_of=week)):
            return folder
    return None


def seal_kept(office: Office, gate: Gate, used: Used, week: Week, fresh: Path) -> None:
    """What was just written into a folder of its own, `fresh`, is the week's from now on; what is older than needed goes."""
    seal(fresh, _made_of(office, gate, used, week, rules_of=week))
    folder = kept_folder(office, week)
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):  # an intake and a scoring may count one week at once: the other's is as good
        fresh.rename(folder)
    forget_codes(
        office.home.counted, [office.home.table_path("dossiers", e.week, e.export_id) for e in used["dossiers"]]
    )
    keeping = {str(week.shift(-number)) for number in range(KEPT_WEEKS)}
    for folder in _folders(office):
        if folder.name not in keeping:
            unseal(folder)
            shutil.rmtree(folder, ignore_errors=True)


def forget_kept(office: Office) -> None:
    """Nothing is counted from what was kept so far."""
    for folder in _folders(office):
        unseal(folder)


def _folders(office: Office) -> list[Path]:
    """Those of weeks, `2026-W51`."""
    return sorted(office.home.counted.glob("*-W*"))


def _made_of(office: Office, gate: Gate, used: Used, week: Week, *, rules_of: Week) -> str:
    """sha256 over all that what is kept of a week is made of: versions up to it, and what they mean by another week's rules."""
    from scoring.next_week import meaning

    exports = [
        (kind, gate.made_of(export), *_stamp(office.home.table_path(kind, export.week, export.export_id)))
        for kind in ("dossiers", "procedures", "petitions")
        for export in used[kind]
        if Week.parse(export.week) <= week
    ]
    content = [FIGURES, str(week), meaning(rules_of, ruleset_for), exports]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _stamp(path: Path) -> tuple[int, int]:
    """Size and time of a file: typed again, its rows may be others."""
    told = path.stat()
    return told.st_size, told.st_mtime_ns
