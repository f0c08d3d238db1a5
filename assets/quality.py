"""Stages 3 and 4, quality and verdict: what was measured of a week's exports is judged, and the week gets its verdict.

Belongs here: bringing measurements, findings and verdict of a week together. Does not belong here: rules
(checks/rules.yaml), how they are measured (checks), the decision itself (checks/verdict.py), what Dagster loads (intake_steps).
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from assets.gate import carried
from assets.intake_marks import settle
from assets.isolation import INTAKE_FAILED, each_week, intake_failed, weeks_failed
from assets.reconciliation import reconcile_weeks
from assets.review import left_by_decisions, renew_cases, settle_verdict, verdict_of
from checks.across import Across
from checks.feeds import FeedMeasures, measure_feed, newest_event
from checks.rows import STAGE as ROWS_STAGE
from checks.rows import load_split, measurements_path
from checks.rules import fingerprint, load_rules
from checks.suites import STAGE, judge_feeds, judge_tables
from checks.tables import TableFeed, read_rows
from resources.cases import RECONCILE
from resources.engine import write_bytes_atomically
from resources.exports import TABLE_OF_KIND, ExportRecord
from resources.office import Office
from resources.outcomes import RuleOutcome
from resources.progress import report
from resources.verdicts import Verdict
from scoring.calendar import Period, Week
from scoring.ruleset import get_ruleset, load_rulesets, ruleset_of

if TYPE_CHECKING:
    import duckdb

JUDGED_TABLES = ("counts", "scores")
HISTORY_WEEKS = 60


def judge_weeks(office: Office, weeks: Sequence[Week]) -> dict[Week, list[RuleOutcome]]:
    """Judges the current exports of the weeks and stores what was found, week by week.

    A week whose exports, history and rules are as they were is not judged again: what was found then still stands. A week
    that cannot be judged is missing from what comes back, and held.
    """
    judged = each_week(
        weeks,
        lambda those: _judge_together(office, those),
        lambda bad, error: intake_failed(office, bad, "quality", error),
    )
    renew_cases(office, weeks)
    return {week: office.database.outcomes(week=str(week)) for week in judged}


def _judge_together(office: Office, weeks: Sequence[Week]) -> dict[Week, list[RuleOutcome]]:
    current = office.database.current_exports()
    marks = _marks(office, weeks, current)
    found = {week: _kept(office, week, marks[week]) for week in weeks}
    due = [week for week in weeks if found[week] is None]
    judged_now = _judge(office, due, current)
    marks_after = _marks(office, due, current)
    for done, (week, outcomes) in enumerate(judged_now.items()):
        report("quality", str(week), done, len(due))
        found[week] = outcomes
        shutil.rmtree(office.home.documents(week), ignore_errors=True)  # they tell of what stood there before
        if marks_after[week] != marks[week]:  # rows were corrected meanwhile: what was found is kept for nobody
            continue
        content = {"made_from": marks[week], "outcomes": [asdict(outcome) for outcome in outcomes]}
        write_bytes_atomically(_path(office, week), json.dumps(content, ensure_ascii=False).encode())
    if due:
        report("quality", "", len(due), len(due))
    for week in weeks:
        splits = [load_split(office.home, TABLE_OF_KIND[each.kind], each) for each in current if each.week == str(week)]
        judged = found[week] or []
        # What was judged of a feed says all that was found in its rows and more: nothing is told twice.
        told = {(one.rule, one.export_id) for one in judged if not one.succeeded}
        rows = [one for split in splits for one in split.outcomes if (one.rule, one.export_id) not in told]
        office.database.replace_outcomes(str(week), ROWS_STAGE, rows)
        office.database.replace_outcomes(str(week), STAGE, judged)
    return reconcile_weeks(office, {week: _provisional(office, week) for week in weeks})


def _provisional(office: Office, week: Week) -> Verdict:
    """The verdict that the findings so far would give, as the decisions leave them: reconciliation has not spoken yet."""
    left = left_by_decisions(office, week).outcomes
    return verdict_of(office, week, [outcome for outcome in left if outcome.stage != RECONCILE])


def _judge(office: Office, weeks: Sequence[Week], current: Sequence[ExportRecord]) -> dict[Week, list[RuleOutcome]]:
    """Everything of all the weeks in one validation: its fixed costs are large."""
    found: dict[Week, list[RuleOutcome]] = {week: [] for week in weeks}
    if not weeks:
        return found
    with office.engine() as con:
        feeds, tables = measured(office, con, weeks, current)
        for table in tables:
            if table.export.ruleset and table.export.ruleset not in load_rulesets():
                found[Week.parse(table.export.week)].append(_unknown_ruleset(table.export))
        across = Across(con, office.home, current)
        for week in sorted(weeks):
            found[week] += across.judge(week)
    for outcome in [*judge_feeds(feeds), *judge_tables(tables)]:
        found[Week.parse(outcome.week)].append(outcome)
    return found


def measured(
    office: Office, con: duckdb.DuckDBPyConnection, weeks: Collection[Week], current: Sequence[ExportRecord]
) -> tuple[list[FeedMeasures], list[TableFeed]]:
    """What the suites judge of the weeks' current exports: the measurements of every feed, and the small tables."""
    feeds: list[FeedMeasures] = []
    tables: list[TableFeed] = []
    for export in current:
        week = Week.parse(export.week)
        if week not in weeks:
            continue
        table = TABLE_OF_KIND[export.kind]
        path = office.home.table_path(table, export.week, export.export_id)
        rows = read_rows(path) if export.kind in JUDGED_TABLES else []
        newest = newest_event(con, path) if export.kind == "dossiers" else None
        split = load_split(office.home, table, export)
        feeds.append(measure_feed(export, split, history=current, newest_event=newest, rows=rows))
        if export.kind in JUDGED_TABLES:
            tables.append(TableFeed(export, rows, _maxima(export, week)))
    return feeds, tables


def _maxima(export: ExportRecord, week: Week) -> Mapping:
    if export.ruleset:
        return get_ruleset(export.ruleset).maxima if export.ruleset in load_rulesets() else {}
    return ruleset_of(week, Period.parse(export.period)).maxima if export.period else {}


def _unknown_ruleset(export: ExportRecord) -> RuleOutcome:
    known = ", ".join(load_rulesets())
    return RuleOutcome(
        rule=f"{TABLE_OF_KIND[export.kind]}.ruleset_unknown",
        week=export.week,
        stage=STAGE,
        grain="feed",
        kind=export.kind,
        scope=export.scope,
        period=export.period,
        export_id=export.export_id,
        file=f"{export.file}.meta.yaml",
        field="ruleset",
        value=export.ruleset,
        expected=known,
        failed=1,
        message_vi="Tệp mô tả nêu một bộ quy tắc không có",
        message_en="The sidecar names a rule set that does not exist",
        action_vi="Sửa hoặc bỏ dòng ruleset trong tệp mô tả",
        action_en="Mend or remove the line ruleset in the sidecar",
    )


def _marks(office: Office, weeks: Sequence[Week], current: Sequence[ExportRecord]) -> dict[Week, str]:
    corrections = carried(office, current) if weeks else {}
    return {week: _mark(office, week, current, corrections) for week in weeks}


def _mark(office: Office, week: Week, current: Sequence[ExportRecord], corrections: Mapping[str, Sequence[int]]) -> str:
    """sha256 over all that judging a week depends on. corrections: what the rows of exports carry, by export id."""
    first = str(week.shift(-HISTORY_WEEKS))
    seen = [
        [each.export_id, each.rows, *corrections.get(each.export_id, ())]
        for each in current
        if first <= each.week <= str(week)
    ]
    made = [
        hashlib.sha256(measurements_path(path).read_bytes()).hexdigest()
        for each in current
        if each.week == str(week)
        and (path := office.home.table_path(TABLE_OF_KIND[each.kind], each.week, each.export_id))
    ]
    rulesets = [(ruleset.id, ruleset.fingerprint) for ruleset in load_rulesets().values()]
    return hashlib.sha256(json.dumps([seen, made, rulesets, fingerprint(load_rules())]).encode()).hexdigest()


def _path(office: Office, week: Week) -> Path:
    return office.home.stage_path("quality", week).with_suffix(".json")


def _kept(office: Office, week: Week, mark: str) -> list[RuleOutcome] | None:
    path = _path(office, week)
    if not path.is_file():
        return None
    content = json.loads(path.read_bytes())
    return [RuleOutcome(**each) for each in content["outcomes"]] if content["made_from"] == mark else None


def decide_weeks(office: Office, weeks: Sequence[Week]) -> dict[Week, Verdict]:
    """Gives each week its verdict from what was found, and stores it. A week that intake failed in stays due for it."""
    verdicts = {week: settle_verdict(office, week) for week in weeks}
    failed = weeks_failed(office, [INTAKE_FAILED])
    settle(office, [week for week in weeks if week not in failed])
    return verdicts
