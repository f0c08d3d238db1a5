"""Our own figures held against what must be true of them, before they are published: counts, scores and rankings.

Belongs here: measuring their rows in one scan a table, and asking Great Expectations. Does not belong here: what is
expected (figure_rules.yaml), or what follows from a failure (assets/publication.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from checks.great import Judged, judge_frame
from checks.rules import FIGURES, Rule, load_figure_rules, rules_for
from checks.suites import asked_columns, columns_of, expectation_of, within
from checks.tables import COMPONENTS
from resources.cases import OWN_FIGURES
from resources.outcomes import RuleOutcome
from scoring.calendar import Week

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_NAMED = 8  # units of a finding

# Columns beyond the tables' own, as SQL over `figures` (the table's columns and week_label).
_SUM = " + ".join(COMPONENTS)
_LEFT = ", ".join(f"least({name}, coalesce(most_{name}, {name}) - {name})" for name in COMPONENTS)
_COHORT = "PARTITION BY week_label, level, scope, period_kind"
_DERIVED = {
    "counts": "SELECT figures.*, (NOT numerator BETWEEN 0 AND denominator)::INT AS beyond FROM figures",
    # What the portal says of a unit under review may be as wrong as it was found: it is not ranked by it. What a steward
    # admitted though it contradicts itself is published as it is, with the decision on record.
    "scores": """
        SELECT figures.*, least(score, max_points - score) AS points_left, abs(score - unrounded) AS rounding
        FROM figures ANTI JOIN apart USING (week_label, period_kind, unit_code)""",
    # The window runs from the worst rank up to the rank itself and all who share it.
    "rankings": f"""
        SELECT figures.*, cohort_size - count(*) OVER ({_COHORT}) AS rows_missing, {_SUM} AS component_sum,
            CASE WHEN apart.unit_code IS NULL THEN abs({_SUM} - total) END AS sum_gap,
            CASE WHEN apart.unit_code IS NULL THEN least({_LEFT}) END AS points_left,
            (CASE WHEN status IN ('under_review', 'incomplete') THEN rank IS NOT NULL
                ELSE rank IS NULL OR rank < 1 OR rank > ranked OR ranked > cohort_size END)::INT AS rank_misgiven,
            CASE WHEN rank IS NOT NULL THEN
                max(total) FILTER (rank IS NOT NULL) OVER ({_COHORT} ORDER BY rank DESC NULLS LAST) - total END AS rank_gap,
            abs(previous_total + change - total) AS change_gap, abs(rank + move - previous_rank) AS move_gap
        FROM figures LEFT JOIN maxima USING (ruleset)
        LEFT JOIN apart USING (week_label, period_kind, unit_code)""",  # noqa: S608 - names of the catalogue
}


@dataclass(frozen=True, slots=True)
class Admitted:
    """Codes of units, and of scopes (`VN`, a province) all of whose units are meant."""

    units: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Figures:
    """What is about to be published of a week, in the catalogue's tables, exactly typed (resources.frames.to_arrow).

    admitted: units, and scopes as a whole, whose portal figures a decision admits though they contradict themselves.
    """

    week: Week
    counts: pa.Table
    scores: pa.Table
    rankings: pa.Table
    admitted: Admitted = Admitted()


def judge_figures(weeks: Sequence[Figures]) -> dict[Week, list[RuleOutcome]]:
    """What the rules say of the figures of some weeks: for every week, table and rule one outcome.

    All weeks go through one validation a table: its fixed costs are large. Raises duckdb.Error.
    """
    import pyarrow as pa

    found: dict[Week, list[RuleOutcome]] = {each.week: [] for each in weeks}
    for table in FIGURES:
        rules = list({rule.id: rule for week in found for rule in rules_for(table, week, load_figure_rules())}.values())
        expecting = [rule for rule in rules if rule.expect is not None]
        asked = [(rule, expectation_of(rule, column, {})) for rule in expecting for column in asked_columns(rule)]
        used = sorted({name for _, each in asked for name in columns_of(each)})
        shown = sorted({name for rule in rules for name in rule.fields} | {"week_label", "unit_code"})
        numbers, told = _measure(table, weeks, used, shown)
        judged = judge_frame(numbers, [each for _, each in asked], table)
        for rule, expectation in asked:
            result = judged[expectation.key]
            failing = told.take(pa.array(result.rows, pa.int64())).to_pylist()
            for week, outcomes in found.items():
                rows = sum(getattr(each, table).num_rows for each in weeks if each.week == week)
                outcomes.append(
                    _outcome(rule, result, week, [row for row in failing if row["week_label"] == str(week)], rows)
                )
        _judge_size(table, [rule for rule in rules if rule.bounds is not None], weeks, found)
    return found


def _judge_size(
    table: str, rules: Sequence[Rule], weeks: Sequence[Figures], found: dict[Week, list[RuleOutcome]]
) -> None:
    """Holds the number of a table's rows against the rules that bound it: a table without rows breaks no other."""
    import pandas as pd

    sizes = [getattr(each, table).num_rows for each in weeks]
    judged = judge_frame(pd.DataFrame({rule.id: sizes for rule in rules}), [within(rule) for rule in rules], table)
    for rule in rules:
        for at, each in enumerate(weeks):
            failing = judged[rule.id].rows if judged[rule.id].status == "failed" else ()
            facts: dict[str, Any] = {
                "week": str(each.week),
                "stage": OWN_FIGURES,
                "checked": 1,
                "value": str(sizes[at]),
            }
            if judged[rule.id].status == "crashed":
                facts |= {"status": "crashed", "severity": "error", "value": judged[rule.id].error}
            else:
                facts |= {"status": "failed" if at in failing else "passed", "failed": int(at in failing)}
            found[each.week].append(rule.outcome(**facts))


def _measure(
    table: str, weeks: Sequence[Figures], used: Sequence[str], shown: Sequence[str]
) -> tuple[pd.DataFrame, pa.Table]:
    """The judged columns (numbers as floats: they are compared, never published), and the shown ones, row by row."""
    import pyarrow as pa

    from resources.engine import connect

    rows = _labelled(weeks, table)
    con = connect(memory_limit="1GiB", threads=1)
    try:
        con.register("rows", rows.append_column("position", pa.array(range(rows.num_rows), pa.int64())))
        con.execute("CREATE TEMP TABLE figures AS SELECT * FROM rows")
        con.register("maxima", _maxima())
        con.register("ranked_rows", _labelled(weeks, "rankings"))
        con.register("admitted", _admitted(weeks))
        con.execute(
            "CREATE TEMP TABLE apart AS SELECT DISTINCT week_label, period_kind, unit_code FROM ranked_rows WHERE"
            " status = 'under_review' OR basis <> 'computed' AND EXISTS (FROM admitted WHERE"
            " admitted.week_label = ranked_rows.week_label AND (code = unit_code AND NOT is_scope"
            " OR is_scope AND (code = 'VN' OR starts_with(unit_code, code))))"
        )
        con.execute(f"CREATE TEMP TABLE judged AS SELECT * FROM ({_DERIVED[table]}) ORDER BY position")  # noqa: S608 - constants
        columns = {row[0]: row[1] for row in con.execute("DESCRIBE judged").fetchall()}
        numbers = ", ".join(f"{name}::DOUBLE AS {name}" if columns[name] != "VARCHAR" else name for name in used)
        judged = con.sql(f"SELECT {numbers} FROM judged ORDER BY position").df()  # noqa: S608 - names of the catalogue
        told = con.sql(f"SELECT {', '.join(shown)} FROM judged ORDER BY position").to_arrow_table()  # noqa: S608
        return judged, told
    finally:
        con.close()


def _labelled(weeks: Sequence[Figures], table: str) -> pa.Table:
    """A table of several weeks under each other, with the week's name beside each row."""
    import pyarrow as pa

    parts = [(str(each.week), getattr(each, table)) for each in weeks]
    return pa.concat_tables(
        [part.append_column("week_label", pa.array([week] * part.num_rows, pa.string())) for week, part in parts]
    )


def _admitted(weeks: Sequence[Figures]) -> pa.Table:
    import pyarrow as pa

    rows = [
        {"week_label": str(each.week), "code": code, "is_scope": is_scope}
        for each in weeks
        for is_scope, codes in ((False, each.admitted.units), (True, each.admitted.scopes))
        for code in codes
    ]
    schema = [("week_label", pa.string()), ("code", pa.string()), ("is_scope", pa.bool_())]
    return pa.Table.from_pylist(rows, schema=pa.schema(schema))


def _maxima() -> pa.Table:
    """Rule set to the most points of each component; rows that stand as the portal published them name none."""
    import pyarrow as pa

    from scoring.ruleset import load_rulesets

    rows = [
        {"ruleset": name, **{f"most_{group}": most for group, most in each.maxima.items()}}
        for name, each in load_rulesets().items()
    ]
    schema = [("ruleset", pa.string()), *((f"most_{name}", pa.decimal128(6, 2)) for name in COMPONENTS)]
    return pa.Table.from_pylist(rows, schema=pa.schema(schema))


def _outcome(rule: Rule, judged: Judged, week: Week, failing: Sequence[Mapping[str, Any]], checked: int) -> RuleOutcome:
    facts: dict[str, Any] = {"week": str(week), "stage": OWN_FIGURES, "grain": "table", "checked": checked}
    if judged.status == "crashed":
        return rule.outcome(**facts, status="crashed", severity="error", value=judged.error)
    if not failing:
        return rule.outcome(**facts, status="passed")
    units = list(dict.fromkeys(row["unit_code"] for row in failing))
    named = ", ".join(units[:_NAMED]) + (", …" if len(units) > _NAMED else "")
    facts |= {"status": "failed", "failed": len(failing), "field": ", ".join(rule.fields)}
    facts["value"] = f"{units[0]}: " + ", ".join(f"{name}={_text(failing[0][name])}" for name in rule.fields)
    facts |= {"message_vi": f"{rule.title_vi} ({named})", "message_en": f"{rule.title_en} ({named})"}
    return rule.outcome(**facts)


def _text(value: object) -> str:
    return "" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)
