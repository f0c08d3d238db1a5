"""Noticing: what happened, out of our records and Dagster's, as notices. Nothing is stored here and nothing sent.

Belongs here: which events there are, and the key by which a notice is made once. Does not belong here: the sensors that look
(pipelines/telling_sensors.py), wording. Facts are codes, counts and names of units, never the content of a file, a row or an
error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from hashlib import sha256

import dagster as dg

from assets import all_assets, all_checks
from assets.awaiting import Awaited
from assets.partitions import week_of
from assets.quality_checks import RECONCILED, WEEK_ADMITTED, check_name, weeks_of_run
from assets.standing import NO_WEEK_LEFT
from publishing.cases import span
from resources.cases import SYSTEM, WAITING, Case
from resources.links import asset_page, case_page, queue_page, run_page
from resources.notices.leaders import LeaderMessage, LeaderMessages
from resources.notices.notice import TO_LEADERS, Notice
from resources.office import Office
from resources.timetable import Timetable
from scoring.calendar import Week, contiguous

TOLD_OF_DECISIONS = ("keep", "waive", "use_dossiers", "accept_portal", "return", "reopen", "correct", "withdraw")
WILL_RETRY = "dagster/will_retry"
NAMED_UNITS = 3
MOST_ENTRIES = 1000


def published(office: Office, since: datetime) -> list[Notice]:
    """Revisions that were published since a moment."""
    found = []
    for revision in office.database.revisions():
        if revision.published_at >= since:
            verdict = office.database.verdict(revision.week)
            reviewed = len({hold.unit_code for hold in verdict.holds}) if verdict else 0
            found.append(
                Notice(
                    key=f"week_published:{revision.week}:r{revision.revision}",
                    event="week_published",
                    severity="info",
                    at=revision.published_at,
                    week=revision.week,
                    link=f"{office.desk_url}/rankings/{revision.week}",
                    facts={"revision": revision.revision, "status": revision.status, "reviewed": reviewed},
                )
            )
    return found


def decisions(office: Office, since: datetime, after: int = 0) -> list[Notice]:
    """Decisions people took since a moment, after an entry of the log."""
    entries = [
        entry
        for entry in office.review.log(newest=MOST_ENTRIES)
        if entry.id > after and entry.at >= since and entry.who != SYSTEM and entry.action in TOLD_OF_DECISIONS
    ]
    cases = {case.id: case for case in office.review.cases_of({entry.case_id for entry in entries})}
    return [
        Notice(
            key=f"decision_taken:{entry.id}",
            event="decision_taken",
            severity="info",
            at=entry.at,
            week=span(cases[entry.case_id]),
            units=_units([cases[entry.case_id]]),
            link=case_page(office, entry.case_id),
            facts={"case": entry.case_id, "action": entry.action},
        )
        for entry in entries
    ]


def overdue(office: Office, timetable: Timetable, week: Week) -> list[Notice]:
    """A week that should have been published by now and has no revision."""
    if office.database.revisions(week):
        return []
    due = timetable.publish_by.of(week)
    return [
        Notice(
            key=f"week_overdue:{week}",
            event="week_overdue",
            severity="error",
            at=due,
            week=str(week),
            link=asset_page(office, "publication", week),
            facts={"due": due.isoformat()},
        )
    ]


def missing(office: Office, found: Awaited) -> list[Notice]:
    """What a week had to go without."""
    if not found.missing:
        return []
    feeds = [str(feed) for feed in found.missing]
    return [
        Notice(
            key=f"exports_missing:{found.week}:{_mark(feeds)}",
            event="exports_missing",
            severity="warning",
            at=found.until,
            week=str(found.week),
            units=tuple(sorted({feed.scope for feed in found.missing if feed.scope != "VN"})),
            link=queue_page(office, week=str(found.week)),
            facts={"feeds": feeds},
        )
    ]


def unreachable(day: str, fault: str, now: datetime) -> Notice:
    """The place files are fetched from does not answer; told once a Vietnamese day."""
    return Notice(
        key=f"landing_unreachable:{day}",
        event="landing_unreachable",
        severity="error",
        at=now,
        facts={"fault": fault},
    )


def messages(office: Office, since: datetime) -> list[Notice]:
    """Messages to leaders that were prepared or confirmed since a moment, whoever was stopped before saying so."""
    found = []
    for message in LeaderMessages(office.database.engine).all():
        if message.prepared_at >= since and message.confirmed_by is None:
            found.append(prepared(message))
        if message.confirmed_at is not None and message.confirmed_at >= since:
            found.append(confirmed(message))
    return found


def prepared(message: LeaderMessage) -> Notice:
    """A message to leaders waits for a second person."""
    return Notice(
        key=f"message_prepared:{message.id}",
        event="message_prepared",
        severity="info",
        at=message.prepared_at,
        week=message.week,
        units=(message.scope,),
        facts={"message": message.id, "scope": message.scope},
    )


def confirmed(message: LeaderMessage) -> Notice:
    """A message to leaders that two people have let go."""
    return Notice(
        key=f"{TO_LEADERS}:{message.id}",
        event=TO_LEADERS,
        severity="info",
        at=message.confirmed_at or message.prepared_at,
        week=message.week,
        units=(message.scope,),
        facts={"message": message.id},
    )


def failed_runs(office: Office, instance: dg.DagsterInstance, records: Iterable[dg.RunRecord]) -> list[Notice]:
    """Runs that failed or were cancelled and that Dagster does not try again by itself."""
    found = []
    for record in records:
        run = record.dagster_run
        if run.status == dg.DagsterRunStatus.SUCCESS or run.tags.get(WILL_RETRY) == "true":
            continue
        canceled = run.status == dg.DagsterRunStatus.CANCELED
        weeks = contiguous(weeks_of_run(run))
        failures = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
        steps = sorted({entry.step_key for entry in failures if entry.step_key})
        found.append(
            Notice(
                key=f"run_failed:{run.run_id}",
                event="run_failed",
                severity="warning" if canceled else "error",
                at=record.update_timestamp.replace(tzinfo=None),
                week=str(weeks[0][0]) if weeks else None,
                link=run_page(office, run.run_id),
                facts={
                    "job": run.job_name,
                    "weeks": ", ".join(f"{first}..{last}" if first != last else str(first) for first, last in weeks),
                    "steps": steps[:5],
                    "canceled": canceled,
                },
            )
        )
    return found


def failed_checks(office: Office, instance: dg.DagsterInstance, records: Iterable[dg.RunRecord]) -> list[Notice]:
    """Checks that failed in some runs, whatever became of the runs, one notice a check and week.

    The same finding found again is the same notice; what a decision has lifted is none.
    """
    found = {}
    for record in records:
        for evaluation in _evaluations(instance, record.dagster_run.run_id):
            notice = _failed_check(office, record, evaluation)
            if notice is not None:
                found[notice.key] = notice
    return list(found.values())


def _evaluations(instance: dg.DagsterInstance, run_id: str) -> Iterator[dg.AssetCheckEvaluation]:
    """The failed evaluations of a run: those of single weeks, and of a range only where no week tells it."""
    failed = []
    for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION):
        evaluation = entry.get_dagster_event().asset_check_evaluation_data
        if not evaluation.passed and evaluation.check_name != NO_WEEK_LEFT:  # what it repeats is told by itself
            failed.append(evaluation)
    told = {evaluation.asset_check_key for evaluation in failed if evaluation.partition is not None}
    yield from (each for each in failed if each.partition is not None or each.asset_check_key not in told)


def _failed_check(office: Office, record: dg.RunRecord, evaluation: dg.AssetCheckEvaluation) -> Notice | None:
    table, check = evaluation.asset_key.to_user_string(), evaluation.check_name
    week = str(week_of(evaluation.partition)) if evaluation.partition else None
    cases = [case for case in office.review.cases(week=week) if _shows(check, case)] if week else []
    waiting = [case for case in cases if case.state in WAITING and week in case.failing]
    if cases and not waiting:
        return None
    number = evaluation.metadata.get("findings")
    findings = number.value if number is not None else None
    about: list[object] = [*sorted(case.id for case in waiting)] or [
        f"{name}={entry.value}" for name, entry in sorted(evaluation.metadata.items()) if name != "cases"
    ]
    if len(waiting) == 1:
        link = case_page(office, waiting[0].id)
    elif waiting:
        link = queue_page(office, week=str(week), **({"rule": waiting[0].rule} if _is_one_rule(waiting) else {}))
    elif week:
        link = queue_page(office, week=week)
    else:
        link = run_page(office, record.dagster_run.run_id)
    return Notice(
        key=f"check_failed:{table}:{check}:{week or '-'}:{_mark(about)}",
        event="check_failed",
        severity="error" if evaluation.severity == dg.AssetCheckSeverity.ERROR else "warning",
        at=record.update_timestamp.replace(tzinfo=None),
        week=week,
        units=_units(waiting),
        link=link,
        facts={
            "title": _title(table, check),
            "findings": findings,
            "units": [case.unit_name or case.unit_code for case in waiting if case.unit_code][:NAMED_UNITS],
        },
    )


def _shows(check: str, case: Case) -> bool:
    return check_name(case.rule) == check or (check == RECONCILED and case.rule.startswith("reconcile."))


def _is_one_rule(cases: Sequence[Case]) -> bool:
    return len({case.rule for case in cases}) == 1


def _title(table: str, check: str) -> str:
    """What a check says, Vietnamese / English; its name where it is not one of ours."""
    if (table, check) == ("verdict", WEEK_ADMITTED):
        return "Tuần bị giữ lại / The week is held"
    said = _descriptions().get((table, check))
    return said.partition(". →")[0].rstrip(".").replace(". / ", " / ") if said else f"{table}: {check}"


@cache
def _descriptions() -> dict[tuple[str, str], str]:
    """Table and check to the check's description."""
    specs = [spec for each in (*all_checks(), *all_assets()) for spec in each.check_specs]
    return {(spec.asset_key.to_user_string(), spec.name): spec.description or "" for spec in specs}


def _units(cases: Sequence[Case]) -> tuple[str, ...]:
    """The units cases are about, or the provinces whose exports they are about."""
    codes = {case.unit_code or case.scope for case in cases}
    return tuple(sorted(code for code in codes if code is not None and code != "VN"))


def _mark(parts: Sequence[object]) -> str:
    return sha256("\n".join(map(str, parts)).encode()).hexdigest()[:16]
