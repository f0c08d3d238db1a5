"""Scores printed beside counts are held against what the counts make."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd

from checks.printed import judge_printed
from resources.outcomes import RuleOutcome
from resources.tables import empty_frame
from scoring.calendar import Week
from scoring.ruleset import get_ruleset

WEEK = Week.parse("2026-W41")
FILES = {"counts": "2026-W41/counts.H21.ytd.csv"}


def judged(*rows: dict[str, Any]) -> list[RuleOutcome]:
    empty = dict.fromkeys(empty_frame("portal_counts").columns)
    known = {"period": "2026", "export_id": "counts", "indicator": "on_time", "unit_code": "H21"}
    frame = pd.DataFrame([{**empty, **known, "source_row": number, **row} for number, row in enumerate(rows, start=1)])
    return judge_printed(WEEK, frame, get_ruleset("766-2026"), FILES)


def printed(score: str | None, top: int | None = 358540, base: int | None = 417669, **more: Any) -> dict[str, Any]:
    return {"numerator": top, "denominator": base, "portal_score": None if score is None else Decimal(score), **more}


def test_a_real_score_is_what_its_counts_make_and_a_hundredth_is_let_pass() -> None:
    assert judged(printed("17.17"), printed("17.18")) == []


def test_another_score_is_told_with_the_nearest_count_that_explains_it() -> None:
    (found,) = judged(printed("16.67"))
    assert (found.rule, found.grain, found.severity) == ("portal_counts.score_of_counts", "unit", "error")
    assert (found.unit_code, found.field, found.row, found.file) == ("H21", "on_time", 1, FILES["counts"])
    assert found.value == "16.67 (358540/417669)"
    assert found.expected == "17.17; 348231/417669 → 16.67"


def test_nothing_is_asked_where_there_is_no_score_no_count_or_nothing_to_divide_by() -> None:
    assert judged(printed(None), printed("3", None, None), printed("0", 0, 0)) == []


def test_many_units_are_one_finding_about_the_table() -> None:
    (found,) = judged(*(printed("16.67", unit_code=f"H21.{100 + number}") for number in range(1, 6)))
    assert (found.grain, found.failed, found.checked) == ("feed", 5, 5)
    assert "H21.101 on_time 16.67" in str(found.value)
