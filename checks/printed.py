"""Scores printed beside counts: do the portal's own counts make the points it prints?

Belongs here: this comparison, pure, and the nearest count that would explain what is printed. Does not belong here: sums of
scores (suites), our own counts (reconcile).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from decimal import Decimal

import pandas as pd

from checks.rules import rule_named
from resources.outcomes import RuleOutcome
from resources.units import level_of
from scoring.calendar import Week
from scoring.points import score_one
from scoring.ruleset import Indicator, RuleSet

STAGE = "quality"
RULE = "portal_counts.score_of_counts"
EXAMPLES = 10


def judge_printed(week: Week, told: pd.DataFrame, ruleset: RuleSet, files: Mapping[str, str]) -> list[RuleOutcome]:
    """One finding an indicator of a unit, or one of the export where more units fail than the rule tolerates.

    told: rows of portal_counts of one period under one rule set. Where a level inherits or has flat points, and where
    nothing is to be divided by, nothing is asked. files: export id to the file it came in.
    """
    rule = rule_named(RULE)
    indicators = {one.code: one for one in ruleset.indicators}
    failing: dict[str, list[RuleOutcome]] = {}
    asked: dict[str, set[str]] = {}
    for row in told.dropna(subset=["numerator", "denominator", "portal_score"]).itertuples(index=False):
        unit, indicator = str(row.unit_code), indicators.get(str(row.indicator))
        level = level_of(unit)
        if indicator is None or level is None or level in indicator.inherit or indicator.flat_for(level) is not None:
            continue
        top, base, printed = int(row.numerator), int(row.denominator), Decimal(str(row.portal_score))  # type: ignore[arg-type]
        score = score_one(top, base, indicator, level)[0]
        if base == 0 or score is None:
            continue
        export = str(row.export_id)
        asked.setdefault(export, set()).add(unit)
        if abs(score - printed) <= rule.limits["most_gap"]:
            continue
        failing.setdefault(export, []).append(
            rule.outcome(
                week=str(week),
                stage=STAGE,
                kind="counts",
                scope=unit[:3],
                period=str(row.period),
                unit_code=unit,
                export_id=export,
                file=files.get(export, export),
                row=int(row.source_row),  # type: ignore[arg-type]
                field=indicator.code,
                value=f"{printed} ({top}/{base})",
                expected=f"{score}{_nearest(printed, top, base, indicator, level)}",
                failed=1,
            )
        )
    outcomes = []
    for export, found in failing.items():
        units = {one.unit_code for one in found}
        if rule.tolerance.allows(len(units), len(asked[export])):
            outcomes += found
        else:
            outcomes.append(_of_table(found, len(units), len(asked[export])))
    return outcomes


def _nearest(printed: Decimal, top: int, base: int, indicator: Indicator, level: str) -> str:
    """The numerator nearest to the one that stands there which would give what is printed, if any does."""

    def points(numerator: int) -> Decimal:
        return score_one(numerator, base, indicator, level)[0] or Decimal(0)

    first = bisect_left(range(base + 1), printed, key=points)
    last = bisect_right(range(base + 1), printed, key=points) - 1
    if first > last:
        return ""
    return f"; {min(max(top, first), last)}/{base} → {printed}"


def _of_table(found: list[RuleOutcome], units: int, asked: int) -> RuleOutcome:
    """Too many units: the table is made by other rules, or of two captures."""
    first = found[0]
    examples = "; ".join(f"{one.unit_code} {one.field} {one.value}" for one in found[:EXAMPLES])
    facts = {
        "kind": first.kind,
        "scope": first.scope,
        "period": first.period,
        "export_id": first.export_id,
        "file": first.file,
        "field": first.field,
        "value": examples + ("; …" if len(found) > EXAMPLES else ""),
        "expected": first.expected,
    }
    return rule_named(RULE).outcome(week=first.week, stage=STAGE, grain="feed", checked=asked, failed=units, **facts)
