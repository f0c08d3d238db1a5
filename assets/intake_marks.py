"""Which weeks intake has gone through: a mark a week over all that intake depends on, so that nothing is done twice.

Belongs here: the marks and when they change. Does not belong here: taking in (exports) or judging (quality).

A mark is laid down when a week's files are about to be read and settled when its verdict stands: a file that lands in
between, or a kill, leaves the week to be done again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from assets.gate import INTAKE, reaches
from checks.rules import fingerprint, load_rules
from resources.engine import write_bytes_atomically
from resources.landing import fingerprints
from resources.office import Office
from scoring.calendar import Week

FLOWING = ("dossiers", "procedures", "petitions", "units")
"""Kinds whose exports flow into the figures of later weeks: of a later export each week is judged again."""


def known_weeks(office: Office) -> list[Week]:
    """Weeks that have files, and weeks that were gone through and whose files have left the landing folder since."""
    folder = _settled(office, Week.parse("2025-W01")).parent
    settled = {Week.parse(path.stem) for path in folder.glob("*.mark")}
    return sorted(settled | set(fingerprints(office.landing)))


def marks(office: Office, weeks: Iterable[Week]) -> dict[Week, str]:
    """For each week: its files and the office's mappings, what flows into it from earlier weeks, the rules, the software's
    way of taking in, and the corrections.

    Files that have left the landing folder count as they were when they were read. Of corrections every entry that reaches
    the week, withdrawals too: one that was made and withdrawn while a run went through the week leaves it to be done again.
    """
    files, flowing = fingerprints(office.landing), fingerprints(office.landing, FLOWING)
    rules = fingerprint(load_rules())
    entries = office.review.correction_entries()
    wanted, found, earlier = set(weeks), dict[Week, str](), hashlib.sha256()
    for week in sorted({*known_weeks(office), *wanted}):
        own, flows = files.get(week, "-"), flowing.get(week, "-")
        if week not in files and (settled := _read(_settled(office, week))) is not None:
            own, flows = settled.split()[:2]
        if week in wanted:
            numbers = [str(entry.id) for entry in entries if reaches(entry, week)]
            found[week] = " ".join([own, flows, earlier.hexdigest(), rules, str(INTAKE), *numbers])
        if flows != "-":
            earlier.update(f"{week} {flows}\n".encode())
    return found


def changed_weeks(office: Office, weeks: Sequence[Week]) -> dict[Week, str]:
    """The weeks that are not as they were when intake last went through them, with their marks."""
    return {week: mark for week, mark in marks(office, weeks).items() if _read(_settled(office, week)) != mark}


def lay_down(office: Office, weeks: Sequence[Week]) -> None:
    """Before the files of the weeks are read."""
    for week, mark in marks(office, weeks).items():
        write_bytes_atomically(_pending(office, week), mark.encode())


def settle(office: Office, weeks: Sequence[Week]) -> None:
    """When the verdicts of the weeks stand."""
    for week in weeks:
        if (mark := _read(_pending(office, week))) is not None:
            write_bytes_atomically(_settled(office, week), mark.encode())


def forget(office: Office, weeks: Iterable[Week]) -> None:
    """Leaves the weeks to be gone through again."""
    for week in weeks:
        _settled(office, week).unlink(missing_ok=True)


def _pending(office: Office, week: Week) -> Path:
    return office.home.stage_path("intake", week).with_suffix(".pending")


def _settled(office: Office, week: Week) -> Path:
    return office.home.stage_path("intake", week).with_suffix(".mark")


def _read(path: Path) -> str | None:
    return path.read_text() if path.is_file() else None
