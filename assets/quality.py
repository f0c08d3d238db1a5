"""Stages 3 and 4, quality and verdict: what was measured of a week's exports is judged, and the week gets its verdict.

Belongs here: bringing measurements, findings and verdict of a week together, and showing them as Dagster checks. Does not
belong here: rules (checks/rules.yaml), how they are measured (checks), the decision itself (checks/verdict.py).
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import dagster as dg

from assets.counts import ruleset_of
from assets.dossiers import CORE_TABLES
from assets.house import SINGLE_RUN, House, describe_partition, markdown_table, spec, weeks_of
from assets.intake_marks import settle
from assets.partitions import key_of
from assets.reconciliation import STAGE as RECONCILE
from assets.reconciliation import reconcile_weeks
from assets.review import left_by_decisions, renew_cases, settle_verdict, verdict_of
from checks.across import Across
from checks.feeds import FeedMeasures, measure_feed, newest_event
from checks.rows import STAGE as ROWS_STAGE
from checks.rows import load_split, measurements_path
from checks.rules import Rule, fingerprint, load_rules
from checks.suites import STAGE, judge_feeds, judge_tables
from checks.tables import TableFeed, read_rows
from resources.engine import write_bytes_atomically
from resources.exports import TABLE_OF_KIND, ExportRecord
from resources.office import Office
from resources.outcomes import RuleOutcome
from resources.progress import report
from resources.verdicts import Verdict
from scoring.calendar import Period, Week
from scoring.ruleset import get_ruleset, load_rulesets

JUDGED_TABLES = ("counts", "scores")
HISTORY_WEEKS = 60
CHECKS_SHOWN = 100  # evaluations of single weeks that one run records; the table of outcomes holds all


def judge_weeks(office: Office, weeks: Sequence[Week]) -> dict[Week, list[RuleOutcome]]:
    """Judges the current exports of the weeks and stores what was found, week by week.

    A week whose exports, history and rules are as they were is not judged again: what was found then still stands.
    """
    current = office.database.current_exports()
    marks = {week: _mark(office, week, current) for week in weeks}
    found = {week: _kept(office, week, marks[week]) for week in weeks}
    due = [week for week in weeks if found[week] is None]
    for done, (week, outcomes) in enumerate(_judge(office, due, current).items()):
        report("quality", str(week), done, len(due))
        found[week] = outcomes
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
    reconcile_weeks(office, {week: _provisional(office, week) for week in weeks})
    renew_cases(office, weeks)
    return {week: office.database.outcomes(week=str(week)) for week in weeks}


def _provisional(office: Office, week: Week) -> Verdict:
    """The verdict that the findings so far would give, as the decisions leave them: reconciliation has not spoken yet."""
    left = left_by_decisions(office, week).outcomes
    return verdict_of(office, week, [outcome for outcome in left if outcome.stage != RECONCILE])


def _judge(office: Office, weeks: Sequence[Week], current: Sequence[ExportRecord]) -> dict[Week, list[RuleOutcome]]:
    """Everything of all the weeks in one validation: its fixed costs are large."""
    feeds: list[FeedMeasures] = []
    tables: list[TableFeed] = []
    found: dict[Week, list[RuleOutcome]] = {week: [] for week in weeks}
    if not weeks:
        return found
    with office.engine() as con:
        for export in current:
            week = Week.parse(export.week)
            if week not in found:
                continue
            table = TABLE_OF_KIND[export.kind]
            path = office.home.table_path(table, export.week, export.export_id)
            rows = read_rows(path) if export.kind in JUDGED_TABLES else []
            newest = newest_event(con, path) if export.kind == "dossiers" else None
            split = load_split(office.home, table, export)
            feeds.append(measure_feed(export, split, history=current, newest_event=newest, rows=rows))
            if export.kind in JUDGED_TABLES:
                if export.ruleset and export.ruleset not in load_rulesets():
                    found[week].append(_unknown_ruleset(export))
                tables.append(TableFeed(export, rows, _maxima(export, week)))
        across = Across(con, office.home, current)
        for week in sorted(weeks):
            found[week] += across.judge(week)
    for outcome in [*judge_feeds(feeds), *judge_tables(tables)]:
        found[Week.parse(outcome.week)].append(outcome)
    return found


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


def _mark(office: Office, week: Week, current: Sequence[ExportRecord]) -> str:
    """sha256 over all that judging a week depends on."""
    first = str(week.shift(-HISTORY_WEEKS))
    seen = [[each.export_id, each.rows] for each in current if first <= each.week <= str(week)]
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
    """Gives each week its verdict from what was found, and stores it."""
    verdicts = {week: settle_verdict(office, week) for week in weeks}
    settle(office, weeks)
    return verdicts


@dg.multi_asset(
    name="quality",
    specs=[
        spec(
            "quality",
            deps=[table.name for table in CORE_TABLES],
            group="intake",
            kinds={"greatexpectations", "duckdb"},
            description="Phát hiện của các quy tắc. / What the rules found: one RuleOutcome each, stored as the record.",
        )
    ],
    backfill_policy=SINGLE_RUN,
)
def quality(context: dg.AssetExecutionContext, house: House) -> Iterable[dg.MaterializeResult]:
    for week, outcomes in judge_weeks(house.open(), weeks_of(context)).items():
        failed = [outcome for outcome in outcomes if not outcome.succeeded]
        rows = [{**asdict(outcome), "finding": outcome.describe("vi")} for outcome in failed]
        describe_partition(
            context,
            "quality",
            week,
            {
                "rules_evaluated": len(outcomes),
                "findings": len(failed),
                "blocking": sum(outcome.blocks for outcome in failed),
                "sample": markdown_table(rows, ["severity", "rule", "file", "unit_code", "finding"]),
            },
            has_columns=False,
        )
    yield dg.MaterializeResult(asset_key="quality")


@dg.multi_asset(
    name="verdict",
    specs=[
        spec(
            "verdict",
            deps=["quality"],
            group="intake",
            kinds={"sqlalchemy"},
            description="Kết luận của tuần: công bố được, công bố kèm đơn vị đang xem xét, hay giữ lại. "
            "/ The week's verdict; scoring reads only what it admits.",
        )
    ],
    backfill_policy=SINGLE_RUN,
)
def verdict(context: dg.AssetExecutionContext, house: House) -> Iterable[dg.MaterializeResult]:
    for week, found in decide_weeks(house.open(), weeks_of(context)).items():
        feeds = [{**asdict(feed), "feed": feed.name} for feed in found.feeds]
        describe_partition(
            context,
            "verdict",
            week,
            {
                "decision": found.decision,
                "units_under_review": len({hold.unit_code for hold in found.holds}),
                "reasons": dg.MetadataValue.text("\n".join(found.reasons[:12])),
                "feeds": markdown_table(feeds, ["feed", "admitted", "rule", "reason"]),
            },
            has_columns=False,
        )
    yield dg.MaterializeResult(asset_key="verdict")


def check_name(rule: str) -> str:
    """A rule's id as Dagster names checks: letters, digits and underscores."""
    return rule.replace(".", "__")


WEEK_ADMITTED, RECONCILED = "week_admitted", "reconciled"


def _check_specs() -> list[dg.AssetCheckSpec]:
    specs = [
        dg.AssetCheckSpec(
            check_name(rule.id),
            asset=rule.table,
            description=f"{rule.title_vi} / {rule.title_en}. → {rule.action_vi} / {rule.action_en}",
        )
        for rule in load_rules()
    ]
    admitted = "Kết luận không giữ lại tuần nào. / No week is held by its verdict."
    agree = "Số đếm của cổng khớp với hồ sơ. / The portal's counts and scores agree with our dossiers."
    return [
        *specs,
        dg.AssetCheckSpec(RECONCILED, asset="portal_counts", description=agree),
        dg.AssetCheckSpec(WEEK_ADMITTED, asset="verdict", description=admitted),
    ]


@dg.multi_asset_check(specs=_check_specs(), name="quality_checks")
def quality_checks(context: dg.AssetCheckExecutionContext, house: House) -> Iterator[dg.AssetCheckResult]:
    """Shows the stored outcomes as checks. They gate nothing: the gate is in the data (decision 1)."""
    office = house.open()
    weeks = _weeks_of_run(context)
    failed: dict[str, list[RuleOutcome]] = {}
    for week in weeks:
        for outcome in office.database.outcomes(week=str(week), failed_only=True):
            failed.setdefault(outcome.rule, []).append(outcome)
    shown = 0
    for rule in load_rules():
        found = failed.get(rule.id, [])
        yield _check_result(rule, found)
        for failing in sorted({outcome.week for outcome in found}):
            if shown < CHECKS_SHOWN:
                shown += 1
                _record_week(context, rule.table, check_name(rule.id), failing, rule.severity == "error", len(found))
    apart = [one for found in failed.values() for one in found if one.stage == RECONCILE]
    for differing in sorted({outcome.week for outcome in apart}):
        _record_week(context, "portal_counts", RECONCILED, differing, True, sum(one.week == differing for one in apart))
    rows = [{"week": each.week, "unit": each.unit_code, "finding": each.describe("vi")} for each in apart]
    yield dg.AssetCheckResult(
        asset_key="portal_counts",
        check_name=RECONCILED,
        passed=not apart,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={"findings": len(apart), "sample": markdown_table(rows, ["week", "unit", "finding"])} if apart else {},
    )
    held = [
        verdict
        for verdict in office.database.verdicts()
        if verdict.decision == "held" and Week.parse(verdict.week) in weeks
    ]
    for each in held:
        _record_week(context, "verdict", WEEK_ADMITTED, each.week, True, len(each.reasons))
    yield dg.AssetCheckResult(
        asset_key="verdict",
        check_name=WEEK_ADMITTED,
        passed=not held,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={each.week: "; ".join(each.reasons[:3])[:500] for each in held[:12]},
    )


def _weeks_of_run(context: dg.AssetCheckExecutionContext) -> list[Week]:
    from assets.partitions import WEEKS, week_of

    tags = context.run.tags
    if (only := tags.get("dagster/partition")) is not None:
        return [week_of(only)]
    first, last = (tags.get(f"dagster/asset_partition_range_{end}") for end in ("start", "end"))
    if first is None or last is None:
        return []
    return [week_of(key) for key in WEEKS.get_partition_keys_in_range(dg.PartitionKeyRange(first, last))]


def _check_result(rule: Rule, found: Sequence[RuleOutcome]) -> dg.AssetCheckResult:
    rows = [{"week": each.week, "unit": each.unit_code, "finding": each.describe("vi")} for each in found]
    return dg.AssetCheckResult(
        asset_key=rule.table,
        check_name=check_name(rule.id),
        passed=not found,
        severity=dg.AssetCheckSeverity.ERROR if rule.severity == "error" else dg.AssetCheckSeverity.WARN,
        metadata={"findings": len(found), "sample": markdown_table(rows, ["week", "unit", "finding"])} if found else {},
    )


def _record_week(
    context: dg.AssetCheckExecutionContext, asset: str, check: str, week: str, is_error: bool, findings: int
) -> None:
    """One FAILED evaluation of one week's partition, which a result over a range of weeks cannot carry."""
    # Logged as an event of this run: a runless evaluation can be recorded only once a check and partition.
    context.op_execution_context.log_event(
        dg.AssetCheckEvaluation(  # type: ignore[arg-type]  # taken at run time, missing in the annotation
            asset_key=dg.AssetKey(asset),
            check_name=check,
            passed=False,
            partition=key_of(Week.parse(week)),
            severity=dg.AssetCheckSeverity.ERROR if is_error else dg.AssetCheckSeverity.WARN,
            metadata={"findings": findings},
        )
    )
