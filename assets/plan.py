"""Plans: what a backfill of some weeks would do and why, before it does it; and letting a stage be done again.

Belongs here: reasons, inputs, what has to be forgotten for `--only`. Does not belong here: launching (pipelines/launch.py),
printing (publishing/operating.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from assets.counts import forget_counts
from assets.gate import open_gate
from assets.intake_marks import changed_weeks, forget
from assets.pending import pending_weeks
from checks.rows import measurements_path
from publishing.release import is_whole
from resources.exports import TABLE_OF_KIND
from resources.files import remove
from resources.landing import scan
from resources.office import Office
from resources.operations import Stage, WeekPlan
from scoring.calendar import Week

CHANGED = "tệp, quy tắc hoặc điều chỉnh đã đổi / files, rules or corrections changed"


def plan_weeks(office: Office, weeks: Sequence[Week], only: Stage | None = None) -> list[WeekPlan]:
    """The plans of the weeks, in order; before them those of earlier weeks whose files changed, which flow into the rest."""
    wanted = sorted(set(weeks))
    landed = scan(office.landing) if office.landing.is_dir() else None
    files: dict[Week, Counter[str]] = {}
    for file in landed.files if landed else ():
        files.setdefault(file.week, Counter())[file.kind] += 1
    present = landed.weeks if landed else []
    intake = only in (None, "dossiers")
    changed = set(changed_weeks(office, wanted[-1])) if intake else set()
    verdicts = open_gate(office).verdicts
    pending = pending_weeks(office)
    plans = [WeekPlan(week, files.get(week, {}), CHANGED) for week in sorted(changed - set(wanted))]
    for week in wanted:
        why_in = None
        if only == "dossiers" and week in present:
            why_in = "làm lại theo yêu cầu / done again as asked"
        elif week in changed:
            why_in = CHANGED
        verdict = verdicts.get(week)
        scoring = left = None
        if why_in:
            scoring = "nếu kết luận chấp nhận / if its verdict admits it"
        elif verdict is None:
            left = "chưa có tệp nào / no files" if week not in present else "chưa được kiểm tra / not judged yet"
        elif verdict.decision == "held":
            left = "bị giữ lại / held: " + "; ".join(verdict.reasons[:2])
        elif only in ("counts", "scores", "dossiers"):
            scoring = "làm lại theo yêu cầu / done again as asked"
        elif week in pending:
            is_first = not office.database.revisions(week)
            scoring = "chưa công bố / not published yet" if is_first else "đầu vào đã đổi / its inputs changed"
        elif damaged(office, week):
            scoring = "thiếu hoặc hỏng tệp đã công bố / published files are missing or damaged"
        else:
            left = "đã công bố, không đổi / published, unchanged"
        plans.append(WeekPlan(week, files.get(week, {}), why_in, scoring, left))
    return plans


def let_redo(office: Office, weeks: Sequence[Week], stage: Stage | None) -> None:
    """Forgets what keeps the stage from being done again for the weeks. What was published stays, of course.

    Killed in between, what was forgotten is done at the next run.
    """
    if stage == "dossiers":
        with office.locks.held("intake"):
            forget(office, weeks)
            for export in office.database.current_exports():
                if Week.parse(export.week) in weeks:
                    table = TABLE_OF_KIND[export.kind]
                    remove(measurements_path(office.home.table_path(table, export.week, export.export_id)))
    elif stage == "counts":
        with office.locks.held("scoring"):
            forget_counts(office, weeks)


def to_score(office: Office, weeks: Sequence[Week], stage: Stage | None) -> list[Week]:
    """Which of the weeks scoring has to go through now: those that are due, and what `--only` asks for beside them."""
    verdicts = {Week.parse(each.week): each.decision for each in office.database.verdicts()}
    admitted = [week for week in weeks if verdicts.get(week, "held") != "held"]
    if stage in ("dossiers", "counts", "scores"):
        return admitted
    pending = pending_weeks(office)
    return [week for week in admitted if week in pending or damaged(office, week)]


def damaged(office: Office, week: Week) -> bool:
    """Whether the files of a week's newest revision are not all there, byte for byte."""
    revisions = office.database.revisions(week)
    return bool(revisions) and not is_whole(office.home.revision_path(week, revisions[-1].revision))
