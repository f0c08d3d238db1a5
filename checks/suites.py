"""Suites: Great Expectations judges the measurements of feeds and the small tables; every result is a RuleOutcome.

Belongs here: from rules and measured values to expectations, and from results to outcomes with words. Many feeds, of
many weeks, go through one validation. Does not belong here: measuring (rows, feeds, tables), the library itself
(great), what follows for the week (verdict).

From units to the feed: units that fail an error rule are put under review one by one, up to the rule's tolerance;
beyond it the table as a whole is not to be trusted, and there is ONE finding about the feed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from checks.feeds import FeedMeasures, Reading
from checks.great import Expectation, Judged, judge_frame
from checks.rows import first_finding, in_units, of_export
from checks.rules import Bounds, Rule, rules_for
from checks.tables import Row, TableFeed, derive, units_of
from resources.catalogue import table as catalogue_table
from resources.exports import TABLE_OF_KIND
from resources.outcomes import RuleOutcome
from scoring.calendar import Week

if TYPE_CHECKING:
    import pandas as pd

STAGE = "quality"
EXAMPLES = 10


@dataclass(frozen=True, slots=True)
class _Failing:
    """Rows of one feed that fail one expectation, of one column or of the table."""

    rule: Rule
    column: str | None
    judged: Judged
    rows: Sequence[Row]

    @property
    def units(self) -> list[str]:
        return units_of(self.rows)


def judge_feeds(
    measured: Sequence[FeedMeasures], rules: Iterable[Rule] | None = None, *, stage: str = STAGE
) -> list[RuleOutcome]:
    """Hold the measurements of feeds against the rules' tolerances: one outcome for every feed and rule.

    What SplitResult.outcomes tells of rows stands beside it. Of a rule of grain unit that some units fail, there is one
    outcome a unit instead, up to the tolerance.
    """
    outcomes: list[RuleOutcome] = []
    for table, used, group in _grouped(measured, rules):
        asked = [rule for rule in used if rule.condition is not None or rule.bounds is not None]
        readings = [{rule.id: _reading(rule, each) for rule in asked} for each in group]
        expectations = [within(rule) for rule in asked]
        cells = [{key: reading.value for key, reading in row.items()} for row in readings]
        judged = judge_frame(judged_frame(cells, [rule.id for rule in asked]), expectations, f"{table}.measurements")
        for position, (feed, row) in enumerate(zip(group, readings, strict=True)):
            told = [_of_feed(rule, feed, row[rule.id], judged[rule.id], position, stage) for rule in asked]
            outcomes += _without_echo([outcome for each in told for outcome in each])
    return outcomes


def judge_tables(
    feeds: Sequence[TableFeed], rules: Iterable[Rule] | None = None, *, stage: str = STAGE
) -> list[RuleOutcome]:
    """Hold score tables and tables of counts against the expectations on their rows.

    For every feed and expectation one passed outcome, or one a failing unit up to the tolerance, or one of the feed.
    """
    outcomes: list[RuleOutcome] = []
    for table, used, of_table in _grouped(feeds, rules):
        by_maxima: dict[tuple[tuple[str, Decimal], ...], list[TableFeed]] = defaultdict(list)
        for feed in of_table:
            by_maxima[tuple(sorted(feed.maxima.items()))].append(feed)
        for maxima, group in by_maxima.items():
            outcomes += _judge_rows(table, [rule for rule in used if rule.expect], dict(maxima), group, stage)
    return outcomes


@dataclass(frozen=True, slots=True)
class Batch:
    """A frame and what is asked of it, for whoever shows a suite rather than judging it (checks/data_docs.py).

    The column `name` says what a row is: the file of a feed (of_feeds), the unit of a table.
    """

    table: str
    of_feeds: bool
    feeds: tuple[str, ...]
    frame: pd.DataFrame
    asked: tuple[tuple[Rule, Expectation], ...]


def feed_batches(measured: Sequence[FeedMeasures], rules: Iterable[Rule] | None = None) -> list[Batch]:
    """The batches judge_feeds judges."""
    batches = []
    for table, used, group in _grouped(measured, rules):
        asked = [rule for rule in used if rule.condition is not None or rule.bounds is not None]
        files = [feed.export.file for feed in group]
        cells = [
            {"name": feed.export.file, **{rule.id: _reading(rule, feed).value for rule in asked}} for feed in group
        ]
        frame = judged_frame(cells, ["name", *(rule.id for rule in asked)])
        batches.append(Batch(table, True, tuple(files), frame, tuple((rule, within(rule)) for rule in asked)))
    return batches


def table_batches(feeds: Sequence[TableFeed], rules: Iterable[Rule] | None = None) -> list[Batch]:
    """The batches of judge_tables, one a feed."""
    batches = []
    for table, used, group in _grouped(feeds, rules):
        for feed in group:
            asked = tuple(
                (rule, expectation_of(rule, column, feed.maxima))
                for rule in used
                if rule.expect
                for column in asked_columns(rule)
            )
            rows = [
                {"feed": feed.export.export_id, "name": row["unit_code"], **row} for row in derive(table, feed.rows)
            ]
            columns = sorted({"name", *(name for _, expectation in asked for name in columns_of(expectation))})
            batches.append(Batch(table, False, (feed.export.file,), judged_frame(rows, columns), asked))
    return batches


def _grouped(feeds: Sequence[Any], rules: Iterable[Rule] | None) -> list[tuple[str, tuple[Rule, ...], list[Any]]]:
    """Feeds that the same rules apply to, so that each group takes one validation."""
    known = None if rules is None else tuple(rules)
    groups: dict[tuple[str, ...], tuple[str, tuple[Rule, ...], list[Any]]] = {}
    for feed in feeds:
        table = TABLE_OF_KIND[feed.export.kind]
        used = rules_for(table, Week.parse(feed.export.week), known)
        groups.setdefault((table, *(rule.id for rule in used)), (table, used, []))[2].append(feed)
    return list(groups.values())


def judged_frame(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """A frame the library can judge: numbers as floats (they are compared, never published), the rest as it is."""
    import pandas as pd

    frame = pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=object) for name in columns})
    for name in columns:
        if all(value is None or isinstance(value, int | float | Decimal) for value in frame[name]):
            frame[name] = pd.to_numeric(frame[name].map(lambda value: None if value is None else float(value)))
    return frame


# ---- measurements


def within(rule: Rule) -> Expectation:
    if rule.bounds is None:
        limits = {"max_value": float(rule.tolerance.share)}
    else:
        bounds = {"min_value": rule.bounds.minimum, "max_value": rule.bounds.maximum}
        limits = {key: float(value) for key, value in bounds.items() if value is not None}
    return Expectation(rule.id, "expect_column_values_to_be_between", {"column": rule.id, **limits})


def _reading(rule: Rule, feed: FeedMeasures) -> Reading:
    """The value a rule's limits are held against; None where so few fail that a share says nothing."""
    if rule.bounds is not None:
        reading = feed.readings.get(rule.bounds.measure, Reading(None))
    else:
        found = [each for each in feed.split.measurements if each.rule == rule.id]
        if not found:  # it crashed, and the split says so
            return Reading(None)
        whole, units = found[0], found[1:]
        failed, checked = (len(units), feed.split.units) if rule.grain == "unit" else (whole.failed, whole.checked)
        reading = Reading(failed / checked if checked else None, failed, checked)
    few = bool(rule.tolerance.count) and reading.failed <= rule.tolerance.count
    return replace(reading, value=None) if few else reading


def _of_feed(
    rule: Rule, feed: FeedMeasures, reading: Reading, judged: Judged, position: int, stage: str
) -> list[RuleOutcome]:
    facts: dict[str, Any] = {"week": feed.export.week, "stage": stage, "grain": "feed", **of_export(feed.export)}
    if judged.status == "crashed":
        return [_crashed(rule, judged, facts)]
    failed = position in judged.rows
    found = [each for each in feed.split.measurements if each.rule == rule.id]
    if not found and reading.value is None:  # no verdict is possible; or the rule crashed, and the split says so
        return []
    if rule.grain == "unit" and len(found) > 1 and not failed:
        entry = catalogue_table(rule.table)
        unit = {"status": "failed", "grain": "unit", "failed": 1}
        return [
            rule.outcome(
                **facts | unit | first_finding(rule, each.value, entry),
                unit_code=each.unit_code,
                row=each.first_row,
            )
            for each in found[1:]
        ]
    facts |= {"status": "failed" if failed else "passed", "checked": reading.checked, "failed": reading.failed}
    if rule.bounds is not None:
        note = f" ({reading.note})" if reading.note else ""
        facts |= {"grain": rule.grain, "value": f"{reading.value:.4g}{note}", "expected": _limits(rule.bounds)}
        facts["failed"] = max(1, reading.failed) if failed else reading.failed
    elif failed:
        told = found[0]
        facts |= first_finding(rule, told.value, catalogue_table(rule.table)) | {"row": told.first_row}
        facts |= in_units(rule, found[1:])
        if rule.severity == "error" or rule.tolerance.share:
            share = f"{reading.value:.1%}", f"{rule.tolerance.share:.0%}"
            facts["message_vi"] = f"{rule.title_vi}: {share[0]} số dòng, mức cho phép {share[1]}"
            facts["message_en"] = f"{rule.title_en}: {share[0]} of the rows, {share[1]} are tolerated"
    return [rule.outcome(**facts)]


def _limits(bounds: Bounds) -> str:
    if bounds.minimum is None or bounds.maximum is None:
        return f"<= {bounds.maximum}" if bounds.minimum is None else f">= {bounds.minimum}"
    return str(bounds.minimum) if bounds.minimum == bounds.maximum else f"{bounds.minimum} .. {bounds.maximum}"


def _without_echo(outcomes: list[RuleOutcome]) -> list[RuleOutcome]:
    """Without the findings that too many rows are in quarantine, or all, where one rule already says why."""
    faults = [each for each in outcomes if each.status == "failed" and each.severity == "error" and each.field]
    echoes = [".quarantined_share"] if faults else []
    if any(each.grain == "feed" for each in faults):  # that one holds the feed, as its being empty would
        echoes.append(".empty")
    return [each for each in outcomes if each.status != "failed" or not each.rule.endswith(tuple(echoes))]


# ---- tables


def _judge_rows(
    table: str, rules: Sequence[Rule], maxima: Mapping[str, Decimal], feeds: Sequence[TableFeed], stage: str
) -> list[RuleOutcome]:
    """One validation of the rows of several feeds under each other."""
    rows = [{"feed": feed.export.export_id, **row} for feed in feeds for row in derive(table, feed.rows)]
    asked = [(rule, column, expectation_of(rule, column, maxima)) for rule in rules for column in asked_columns(rule)]
    columns = {name for _, _, expectation in asked for name in columns_of(expectation)}
    judged = judge_frame(judged_frame(rows, sorted(columns)), [expectation for *_, expectation in asked], table)
    outcomes: list[RuleOutcome] = []
    start = 0
    for feed in feeds:
        end = start + len(feed.rows)
        failing = [
            _Failing(rule, column, result, [rows[at] for at in result.rows if start <= at < end])
            for rule, column, expectation in asked
            for result in [judged[expectation.key]]
        ]
        for each in failing:
            outcomes += _of_table(each, feed, maxima, failing, stage)
        start = end
    return outcomes


def asked_columns(rule: Rule) -> tuple[str | None, ...]:
    assert rule.expect is not None
    return rule.expect.columns or (None,)


def expectation_of(rule: Rule, column: str | None, maxima: Mapping[str, Decimal]) -> Expectation:
    """The library's expectation; `maximum` becomes the rule set's, or no bound where it is not determined."""
    assert rule.expect is not None
    arguments = dict(rule.expect.arguments)
    if column is not None:
        arguments["column"] = column
        if arguments.get("max_value") == "maximum":
            arguments["max_value"] = float(maxima[column]) if column in maxima else None
    return Expectation(f"{rule.id} {column or ''}".strip(), rule.expect.type, arguments)


def columns_of(expectation: Expectation) -> list[str]:
    named = (value for key, value in expectation.arguments.items() if key.startswith("column"))
    return [name for value in named for name in (value if isinstance(value, list) else [value])]


def _of_table(
    failing: _Failing, feed: TableFeed, maxima: Mapping[str, Decimal], all_failing: Sequence[_Failing], stage: str
) -> list[RuleOutcome]:
    rule, units, known = failing.rule, failing.units, units_of(feed.rows)
    facts: dict[str, Any] = {"week": feed.export.week, "stage": stage, **of_export(feed.export)}
    facts |= {"checked": len(known), "failed": len(units)}
    if failing.judged.status == "crashed":
        return [_crashed(rule, failing.judged, facts)]
    maximum = str(maxima.get(failing.column or "", "?"))
    facts["expected"] = (rule.expected or "").replace("{maximum}", maximum) or None
    facts["field"] = ", ".join(_shown(failing)) or None
    if not units:
        return [rule.outcome(**facts, status="passed")]
    by_unit = {unit: next(row for row in failing.rows if row["unit_code"] == unit) for unit in units}
    if rule.severity == "error" and rule.tolerance.allows(len(units), len(known)):
        facts |= {"status": "failed", "checked": 1, "failed": 1}
        return [
            rule.outcome(**facts, unit_code=unit, row=row["source_row"], value=_value(failing, row))
            for unit, row in by_unit.items()
        ]
    if rule.tolerance.allows(len(units), len(known)):
        return [rule.outcome(**facts, status="passed")]
    examples = [f"{unit} {_value(failing, row)}" for unit, row in list(by_unit.items())[:EXAMPLES]]
    facts["value"] = "; ".join(examples) + ("; …" if len(units) > EXAMPLES else "")
    return [rule.outcome(**facts, grain="feed", status="failed", **_words(failing, feed, all_failing))]


def _shown(failing: _Failing) -> tuple[str, ...]:
    """Fields shown of a failing row: those of the rule, or the column it was asked of."""
    rule = failing.rule
    assert rule.expect is not None
    return (failing.column,) if failing.column and rule.fields == rule.expect.columns else rule.fields


def _value(failing: _Failing, row: Row) -> str:
    shown = [(name, "" if row[name] is None else str(row[name])) for name in _shown(failing)]
    return shown[0][1] if len(shown) == 1 else ", ".join(f"{name}={value}" for name, value in shown)


def _words(failing: _Failing, feed: TableFeed, all_failing: Sequence[_Failing]) -> dict[str, str]:
    """What is said of a feed of which too many units fail: how many, of which component, and what that suggests."""
    rule, total = failing.rule, len(units_of(feed.rows))
    vi = f"{rule.title_vi}: {len(failing.units)} trong {total} đơn vị"
    en = f"{rule.title_en}: {len(failing.units)} of {total} units"
    if failing.column in _bounded_columns(rule):
        column = catalogue_table(rule.table).column(failing.column or "")
        vi, en = f"{vi}, nhóm {column.vi}", f"{en}, component {column.en}"
        if _looks_like_a_remainder(failing, all_failing):
            vi += "; trong khi mọi tổng điểm đều khớp, nên nhóm này có vẻ được lấy bằng tổng trừ các nhóm còn lại"
            en += "; yet every total adds up, so the component looks taken as the remainder of the total"
    return {"message_vi": vi, "message_en": en}


def _bounded_columns(rule: Rule) -> tuple[str, ...]:
    """Columns of a rule that are held against their maximum."""
    held = rule.expect is not None and rule.expect.arguments.get("max_value") == "maximum"
    return rule.expect.columns if held and rule.expect is not None else ()


def _looks_like_a_remainder(failing: _Failing, all_failing: Sequence[_Failing]) -> bool:
    """Many units beyond a maximum while no total fails to add up: only a remainder does that."""
    sums = [each for each in all_failing if each.rule.id == f"{failing.rule.table}.adds_up"]
    complete = all(row["sum_gap"] is not None for row in failing.rows)
    return complete and bool(sums) and all(not each.rows and each.judged.status != "crashed" for each in sums)


def _crashed(rule: Rule, judged: Judged, facts: Mapping[str, Any]) -> RuleOutcome:
    """A rule that could not be run: it holds the feed, whatever its own severity, and shows the error."""
    crashed = {"grain": "feed", "severity": "error", "status": "crashed", "value": judged.error}
    return rule.outcome(**{**facts, **crashed})
