"""Formulas with their numbers filled in: worked by hand, and equal to what scoring computes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from publishing.site.formula import formula
from publishing.site.languages import Language, languages
from scoring.ruleset import get_ruleset

VI, EN = languages()
RULES = get_ruleset("766-2026")


def score(
    indicator: str, numerator: int | None, denominator: int | None, points: str | None, note: str | None = None
) -> Any:
    return {
        "indicator": indicator,
        "numerator": numerator,
        "denominator": denominator,
        "score": Decimal(points) if points else None,
        "note": note,
    }


def filled(told: Any, language: Language, rules: str = "766-2026", level: str = "commune") -> str | None:
    groups = {"progress": Decimal("19.46")}
    return formula(told, get_ruleset(rules).indicator(told["indicator"]), level, groups, language)


def test_a_plain_ratio() -> None:
    # 6 × 4120 / 4239 = 5.8315..., half-up 5.83
    told = score("electronic_result", 4120, 4239, "5.83")
    assert filled(told, VI) == "5,83 = 6 × 4.120/4.239"
    assert filled(told, EN) == "5.83 = 6 × 4,120/4,239"


def test_a_ratio_that_is_enough_before_it_is_whole() -> None:
    # 2 × 18 / 44 ÷ 0.8 = 1.0227..., half-up 1.02; 6 × 243 / 257 ÷ 0.5 = 11.3, cut at 6
    assert filled(score("procedures_with_payment", 18, 44, "1.02"), VI) == "1,02 = min(2; 2 × 18/44 ÷ 0,8)"
    assert filled(score("filed_online", 243, 257, "6.00"), EN) == "6.00 = min(6, 6 × 243/257 ÷ 0.5)"


def test_more_than_all_is_cut() -> None:
    assert filled(score("on_time", 12, 10, "20.00", "capped"), VI) == "20,00 = min(20; 20 × 12/10)"


def test_what_follows_another_component() -> None:
    # 19.46 ÷ 3 = 6.4866..., cut at 6
    told = score("progress_part", None, None, "6.00", "derived")
    assert filled(told, VI, "766-2025") == "6,00 = min(6; 19,46 ÷ 3)"


@pytest.mark.parametrize("note", ["zero_denominator", "flat", "missing", "invalid_counts"])
def test_what_does_not_follow_from_counts_has_no_formula(note: str) -> None:
    assert filled(score("certified_copy", 0, 0, "2.00", note), VI) is None


def test_what_has_no_score_has_no_formula() -> None:
    assert filled(score("on_time", None, None, None), VI) is None


@pytest.mark.parametrize(("value", "vi", "en"), [("6", "6", "6"), ("0.8", "0,8", "0.8"), ("18.00", "18", "18")])
def test_points_are_written_without_zeros_at_their_end(value: str, vi: str, en: str) -> None:
    assert VI.plain(Decimal(value)) == vi
    assert EN.plain(Decimal(value)) == en
