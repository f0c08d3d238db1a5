"""Running the jobs in this process, on the instance kept under the home, as the command line does.

Belongs here: which weeks go into which runs, and what came of them. Does not belong here: printing it.
What is done here is seen on Dagster's page, since it is the very same jobs on the same instance.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import dagster as dg

from assets.exports import record_strays
from assets.intake_marks import changed_weeks
from assets.isolation import weeks_failed
from assets.partitions import FIRST_WEEK, range_tags
from assets.pending import pending_weeks
from assets.plan import let_redo, to_score
from assets.quality_checks import weeks_of_run
from assets.review import follow_decisions, left_by_decisions
from assets.site import site_mark
from pipelines.build import build_defs
from pipelines.instance import PROCESS, open_instance
from pipelines.lineage import tell_or_warn
from publishing.summary import RunReport
from resources.files import process_name
from resources.landing import scan
from resources.office import Office
from resources.operations import Stage
from scoring.calendar import Week, contiguous

LAUNCHED = {"launched_by": "service-index run", "dagster/max_retries": "0"}  # whoever typed the command sees it fail
_RUNS_LOOKED_AT = 20
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def run_weeks(office: Office, wanted: Sequence[Week] | None, redo: Stage | None = None) -> RunReport:
    """Takes in and judges what landed up to the last week asked for, then scores and publishes the weeks asked for.

    By default every week that is present. Earlier weeks are taken in even when they were not asked for: their dossiers
    flow into the week's figures. A week that is known by its content costs next to nothing.
    redo: the stage from which the weeks are done again though nothing changed; from `counts` on nothing is taken in.
    """
    landed = scan(office.landing)
    present = [week for week in landed.weeks if week >= FIRST_WEEK]
    weeks = sorted(set(wanted)) if wanted is not None else present
    report = RunReport(weeks=weeks, absent=[week for week in weeks if week not in present])
    report.strays = landed.strays
    record_strays(office, landed)
    let_redo(office, weeks, redo)
    if not weeks:
        report.errors.append(
            f"{office.landing}: không có tuần nào có tệp / no week with files. Cần / expected: <tuần>/<kind>.<scope>.<ext>, "
            f"ví dụ / for example 2025-W41/scores.VN.ytd.csv; tuần đầu tiên / first week: {FIRST_WEEK}"
        )
        return report
    definitions = build_defs(home=str(office.home.root), landing=str(office.landing))
    with open_instance(office) as instance:
        if redo in (None, "dossiers"):
            due_in = changed_weeks(office, weeks[-1])
            report.errors += _run(definitions, instance, "intake", due_in)
        before = {week: _revision(office, week) for week in weeks}
        follow_decisions(office)
        report.errors += _run(definitions, instance, "scoring", to_score(office, weeks, redo))
        report.errors += _bring_site_up_to_date(office, definitions, instance)
        tell_or_warn(office, instance)
    verdicts = {Week.parse(verdict.week): verdict for verdict in office.database.verdicts()}
    failed = weeks_failed(office)
    for week in weeks:
        revision = _revision(office, week)
        if week in failed:
            report.failed.append(week)
        elif (verdict := verdicts.get(week)) is not None and verdict.decision == "held":
            report.held.append(week)
        elif revision and revision != before[week]:
            report.published.append(week)
        elif revision:
            report.unchanged.append(week)
        if (verdict := verdicts.get(week)) is not None:
            report.under_review += len({hold.unit_code for hold in verdict.holds})
    report.refused = [
        outcome for week in weeks for outcome in left_by_decisions(office, week).outcomes if outcome.blocks
    ]
    report.waiting = [week for week in pending_weeks(office) if week not in weeks]
    return report


def _bring_site_up_to_date(office: Office, definitions: dg.Definitions, instance: dg.DagsterInstance) -> list[str]:
    if site_mark(office) is None:
        return []
    result = definitions.resolve_job_def("site").execute_in_process(
        instance=instance, tags=_launched(), run_config=_QUIET, raise_on_error=False
    )
    return [] if result.success else [f"site: {message}" for message in _failures(result)]


def seconds_expected(instance: dg.DagsterInstance, job: str, weeks: int) -> float | None:
    """About how long a run of the job over so many weeks takes, by the last runs that succeeded; None without any."""
    filters = dg.RunsFilter(job_name=job, statuses=[dg.DagsterRunStatus.SUCCESS])
    done = [
        (len(weeks_of_run(record.dagster_run)), record.end_time - record.start_time)
        for record in instance.get_run_records(filters, limit=_RUNS_LOOKED_AT)
        if record.start_time and record.end_time
    ]
    done = [(count, seconds) for count, seconds in done if count]
    if not done or not weeks:
        return None if weeks else 0.0
    least = min(seconds for _, seconds in done)
    return max(least, weeks * sum(seconds for _, seconds in done) / sum(count for count, _ in done))


def _revision(office: Office, week: Week) -> int:
    return max((revision.revision for revision in office.database.revisions(str(week))), default=0)


def _run(definitions: dg.Definitions, instance: dg.DagsterInstance, job: str, weeks: Iterable[Week]) -> list[str]:
    """One run a contiguous range; the errors of those that failed. One range's failure does not stop the next."""
    errors = []
    for first, last in contiguous(weeks):
        result = definitions.resolve_job_def(job).execute_in_process(
            instance=instance,
            tags=range_tags(first, last) | _launched(),
            run_config=_QUIET,
            raise_on_error=False,
        )
        if not result.success:
            errors += [f"{job} {first}..{last}: {message}" for message in _failures(result)]
    return errors


def _launched() -> dict[str, str]:
    return LAUNCHED | {PROCESS: process_name()}


def _failures(result: dg.ExecuteInProcessResult) -> list[str]:
    messages = []
    for event in result.all_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            while error is not None and error.cause is not None:
                error = error.cause
            messages.append(f"{event.step_key}: {error.message.strip() if error else 'failed'}")
    return messages or ["the run failed; see its page in Dagster"]
