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
from assets.partitions import FIRST_WEEK
from checks.rules import fingerprint, load_rules
from resources.engine import write_bytes_atomically
from resources.files import remove
from resources.landing import fingerprints
from resources.office import Office
from scoring.calendar import Week

_NONE = "-"


def marks(office: Office) -> dict[Week, str]:
    """For each week that has files, or had some when it was gone through: its files and the office's mappings, what flows into
    it from earlier weeks, the rules, the software's way of taking in, and the corrections.

    Files that have left the landing folder count as they were when they were read. Of corrections every entry that reaches
    the week, withdrawals too: one that was made and withdrawn while a run went through the week leaves it to be done again.
    """
    landed, settled = fingerprints(office.landing), _all_settled(office)
    rules = fingerprint(load_rules())
    entries = office.review.correction_entries()
    found, earlier = dict[Week, str](), hashlib.sha256()
    for week in sorted({*landed, *settled}):
        if week in landed:
            own, flowing = landed[week].files, landed[week].flowing or _NONE
        else:
            own, flowing = settled[week].split()[:2]
        numbers = [str(entry.id) for entry in entries if reaches(entry, week)]
        found[week] = " ".join([own, flowing, earlier.hexdigest(), rules, str(INTAKE), *numbers])
        if flowing != _NONE:
            earlier.update(f"{week} {flowing}\n".encode())
    return found


def changed_weeks(office: Office, last: Week | None = None) -> dict[Week, str]:
    """The weeks, up to the last one asked for, that are not as they were when intake last went through them; with their marks."""
    settled = _all_settled(office)
    return {
        week: mark
        for week, mark in marks(office).items()
        if week >= FIRST_WEEK and (last is None or week <= last) and settled.get(week) != mark
    }


def lay_down(office: Office, weeks: Sequence[Week]) -> None:
    """Before the files of the weeks are read."""
    now = marks(office)
    for week in weeks:
        if week in now:
            write_bytes_atomically(_pending(office, week), now[week].encode())
        else:  # nothing is known of it: what a killed run laid down must not be settled
            remove(_pending(office, week))


def settle(office: Office, weeks: Sequence[Week]) -> None:
    """When the verdicts of the weeks stand."""
    for week in weeks:
        if (mark := _read(_pending(office, week))) is not None:
            write_bytes_atomically(_settled(office, week), mark.encode())


def forget(office: Office, weeks: Iterable[Week]) -> None:
    """Leaves the weeks to be gone through again."""
    for week in weeks:
        remove(_settled(office, week))


def _pending(office: Office, week: Week) -> Path:
    return office.home.stage_path("intake", week).with_suffix(".pending")


def _settled(office: Office, week: Week) -> Path:
    return office.home.stage_path("intake", week).with_suffix(".mark")


def _all_settled(office: Office) -> dict[Week, str]:
    folder = office.home.stage_path("intake", FIRST_WEEK).parent
    return {Week.parse(path.stem): path.read_text() for path in folder.glob("*.mark")}


def _read(path: Path) -> str | None:
    return path.read_text() if path.is_file() else None
