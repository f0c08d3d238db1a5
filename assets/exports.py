"""Stage 1, exports: what arrived in the landing folder becomes content-addressed raw copies with a manifest row.

Belongs here: going through the weeks' files and recording what became of each. Does not belong here: reading a file
(resources/door.py), judging what is in it (checks), what Dagster loads (intake_steps).
"""

from __future__ import annotations

from collections.abc import Sequence

from assets.intake_marks import lay_down
from assets.isolation import each_week, intake_failed
from resources.door import take_in
from resources.exports import ExportRecord
from resources.landing import Landed, scan
from resources.office import Office
from resources.outcomes import RuleOutcome
from resources.progress import steps
from resources.room import WRITTEN_OF_A_BYTE, require_room
from scoring.calendar import Week

STAGE = "exports"


def take_in_weeks(office: Office, weeks: Sequence[Week]) -> dict[Week, list[ExportRecord]]:
    """Takes every file of the weeks in, and records exports and findings week by week.

    A bad file becomes a rejected record with one finding; it stops nothing. Nor does a week that cannot be gone through: it
    is missing from what comes back, and held. Repeating this does no work twice: an export whose content is known keeps
    its raw copy.
    """
    lay_down(office, weeks)
    landed = scan(office.landing, set(weeks)) if office.landing.is_dir() else Landed()
    record_strays(office, landed)
    outcomes: dict[Week, list[RuleOutcome]] = {week: [] for week in weeks}
    for outcome in landed.outcomes:
        if (week := Week.parse(outcome.week)) in outcomes:
            outcomes[week].append(outcome)

    def take(week: Week) -> list[ExportRecord]:
        records: list[ExportRecord] = []
        files = [file for file in landed.files if file.week == week]
        if not files and not outcomes[week]:
            return records  # its files have left the landing folder: what was said of them stands
        written = WRITTEN_OF_A_BYTE * sum(file.path.stat().st_size for file in files if file.path.is_file())
        require_room(office.home.root, written, f"nhận {week}", f"take in {week}")
        for file in steps(f"exports {week}", files):
            found, said = take_in(office, file)
            records += found
            outcomes[week] += said
        office.database.record_exports(records)
        office.database.replace_outcomes(week, STAGE, outcomes[week])
        return records

    taken: dict[Week, list[ExportRecord]] = {}
    for week in weeks:
        taken |= each_week(
            [week],
            lambda those: {each: take(each) for each in those},
            lambda bad, error: intake_failed(office, bad, STAGE, error),
        )
    return taken


def record_strays(office: Office, landed: Landed) -> None:
    """Keeps what is wrong with folders that are no week's, in place of what was wrong before."""
    office.database.replace_outcomes("", STAGE, landed.strays)
