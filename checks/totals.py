"""From one week's table to the next: cumulated counts do not fall.

Belongs here: this comparison, pure. Does not belong here: sums inside one table (suites), a unit's past (history). That
the changes of components add to the total's needs no rule of its own: it follows where the components of both weeks add
(`portal_scores.adds_up`); of a report, which prints changes, it is asked (checks/statements.py).
"""

from __future__ import annotations

from collections.abc import Collection

from checks.rows import of_export
from checks.rules import rule_named
from checks.tables import TableFeed
from resources.outcomes import RuleOutcome

STAGE = "quality"


def judge_falling(before: TableFeed, now: TableFeed, cumulated: Collection[str]) -> list[RuleOutcome]:
    """Denominators of cumulated indicators that fell although nothing says why: one finding a unit, the largest fall told.

    cumulated: indicators whose denominator can only grow within a period (dossiers and petitions received; not
    procedures, whose list may shrink). A table that says what it corrects may fall; so may one of another period.
    """
    if now.export.corrects or before.export.period != now.export.period:
        return []
    rule = rule_named("portal_counts.total_fell")
    earlier = {(row["unit_code"], row["indicator"]): row["denominator"] for row in before.rows}
    worst: dict[str, tuple[int, int, int, dict]] = {}
    for row in now.rows:
        was, is_now = earlier.get((row["unit_code"], row["indicator"])), row["denominator"]
        if row["indicator"] not in cumulated or was is None or is_now is None:
            continue
        fall = was - is_now
        if fall >= rule.limits["least_fall"] and fall > rule.limits["least_fall_share"] * was:
            worst[row["unit_code"]] = max(
                worst.get(row["unit_code"], (0, 0, 0, row)), (fall, was, is_now, row), key=_fall
            )
    outcomes = []
    for unit, (_, was, is_now, row) in sorted(worst.items()):
        facts = {
            "unit_code": unit,
            "row": row.get("source_row"),
            "field": row["indicator"],
            "value": f"{was} → {is_now}",
        }
        outcomes.append(
            rule.outcome(
                week=now.export.week, stage=STAGE, **facts, expected=f">= {was}", failed=1, **of_export(now.export)
            )
        )
    return outcomes


def _fall(each: tuple[int, int, int, dict]) -> int:
    return each[0]
