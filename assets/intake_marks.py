"""Which weeks intake has gone through: a mark a week over all that intake depends on, so that nothing is done twice.

Belongs here: the marks and when they change. Does not belong here: taking in (exports) or judging (quality).

A mark is laid down when a week's files are about to be read and settled when its verdict stands: a file that lands in
between, or a kill, leaves the week to be done again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from assets.gate import INTAKE, reaches
from checks.rules import fingerprint, load_rules
from resources.engine import write_bytes_atomically
from resources.landing import fingerprints
from resources.office import Office
from scoring.calendar import Week


def marks(office: Office, weeks: Iterable[Week]) -> dict[Week, str]:
    """For each week: its files and the office's mappings, the rules, the software's way of taking in, and the corrections.

    Of corrections every entry that reaches the week, withdrawals too: one that was made and withdrawn while a run went
    through the week leaves the week to be done again.
    """
    landed = fingerprints(office.landing)
    rules = fingerprint(load_rules())
    entries = office.review.correction_entries()
    found = {}
    for week in weeks:
        numbers = [str(entry.id) for entry in entries if reaches(entry, week)]
        found[week] = " ".join([f"{landed.get(week)} {rules} {INTAKE}", *numbers])
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
