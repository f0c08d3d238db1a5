"""A like step of a whole table is one finding about the feed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from checks.reconcile import folded, like_step
from checks.tables import TableFeed
from resources.outcomes import RuleOutcome
from tests.checks.making import a_table, published_scores, score_row


def moved(table: TableFeed, component: str, points: str, units: int | None = None) -> TableFeed:
    """The same table a week later, with a component of the first units moved."""
    rows = [
        {**row, component: row[component] + Decimal(points)} if units is None or number < units else row
        for number, row in enumerate(table.rows)
    ]
    return TableFeed(replace(table.export, week="2025-W42", export_id="later"), rows, table.maxima)


def test_six_points_of_satisfaction_for_all_34_provinces_are_one_finding(real_landing: Path) -> None:
    before = published_scores(real_landing, "2025-W41", "scores.VN.ytd")
    outcome = like_step(before, moved(before, "satisfaction", "6"))
    assert outcome is not None
    assert (outcome.rule, outcome.grain, outcome.severity) == ("portal_scores.like_step", "feed", "warning")
    assert (outcome.field, outcome.value, outcome.failed, outcome.checked) == ("satisfaction", "+6.00", 34, 34)
    assert (outcome.kind, outcome.scope, outcome.unit_code) == ("scores", "VN", None)
    assert "+6,00 điểm ở 34 trên 34 đơn vị" in outcome.message_vi
    assert "+6.00 points in 34 of 34 units" in outcome.message_en


@pytest.mark.parametrize("name", ["scores.VN.ytd", "scores.VN.month", "scores.H01.ytd", "scores.H01.month"])
def test_between_the_real_tables_of_w41_and_w42_there_is_no_like_step(real_landing: Path, name: str) -> None:
    before, after = (published_scores(real_landing, week, name) for week in ("2025-W41", "2025-W42"))
    assert like_step(before, after) is None


def ten() -> TableFeed:
    return a_table([score_row(f"H05.{100 + number}") for number in range(10)])


def test_eight_of_ten_units_make_a_like_step_and_seven_do_not() -> None:
    assert like_step(ten(), moved(ten(), "progress", "-1", units=8)) is not None
    assert like_step(ten(), moved(ten(), "progress", "-1", units=7)) is None


def test_small_steps_and_small_tables_say_nothing() -> None:
    assert like_step(ten(), moved(ten(), "progress", "-0.4")) is None
    seven = a_table([score_row(f"H05.{100 + number}") for number in range(7)])
    assert like_step(seven, moved(seven, "progress", "-1")) is None


def test_units_that_all_fell_by_different_amounts_did_not_move_alike() -> None:
    rows = [{**row, "progress": row["progress"] - number} for number, row in enumerate(ten().rows)]
    assert like_step(ten(), TableFeed(ten().export, rows)) is None


def test_a_new_period_is_not_compared_with_the_one_before() -> None:
    later = moved(ten(), "progress", "-1")
    assert like_step(ten(), TableFeed(replace(later.export, period="2026"), later.rows)) is None
    assert like_step(None, later) is None


def test_two_components_that_step_are_still_one_finding() -> None:
    outcome = like_step(ten(), moved(moved(ten(), "progress", "-1"), "satisfaction", "-6"))
    assert outcome is not None
    assert (outcome.field, outcome.value) == ("progress, satisfaction", "-1.00; -6.00")


def repeats(unit: str, expected: str, value: str, rule: str = "reconcile.satisfaction") -> RuleOutcome:
    facts = {"unit_code": unit, "grain": "unit", "export_id": "later", "value": value, "expected": expected}
    return RuleOutcome(rule=rule, week="2025-W42", stage="quality", **facts)  # type: ignore[arg-type]


def test_units_whose_own_counts_did_not_make_the_step_are_told_in_its_finding_and_hold_the_table() -> None:
    step = like_step(ten(), moved(ten(), "satisfaction", "-6"))
    assert step is not None
    alike = [repeats("H05", "17.86", "11.86"), repeats("H01", "16.90", "10.88")]
    others = [repeats("H44", "17.00", "14.00"), repeats("H05.101", "17.86", "11.86", "reconcile.progress")]
    found = folded([*alike, *others], step)
    assert found[:-1] == others
    assert (found[-1].rule, found[-1].severity, found[-1].grain) == ("portal_scores.like_step", "error", "feed")
    assert "(H05, H01)" in found[-1].message_en


def test_a_step_that_contradicts_nobody_only_warns() -> None:
    step = like_step(ten(), moved(ten(), "satisfaction", "-6"))
    assert step is not None
    assert folded([], step) == [step]
