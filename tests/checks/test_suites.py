"""Suites on score tables and counts: published tables, and faults put into sound ones."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from checks.feeds import measure_feed
from checks.rules import Expect, Rule, load_rules
from checks.suites import judge_feeds, judge_tables
from checks.tables import TableFeed
from resources.outcomes import RuleOutcome
from tests.checks.making import (
    MAXIMA,
    a_split,
    a_table,
    count_row,
    failed,
    published_counts,
    published_scores,
    score_row,
)


def all_found(feeds: Sequence[TableFeed]) -> list[RuleOutcome]:
    """Everything found of tables and of their measurements."""
    measured = [measure_feed(feed.export, a_split(len(feed.rows)), rows=feed.rows) for feed in feeds]
    return failed([*judge_tables(feeds), *judge_feeds(measured)])


def test_the_published_tables_of_2025_are_clean(real_landing: Path) -> None:
    names = [f"scores.{scope}.{period}" for scope in ("VN", "H01") for period in ("ytd", "month")]
    feeds = [published_scores(real_landing, week, name) for week in ("2025-W41", "2025-W42") for name in names]
    assert [len(feed.rows) for feed in feeds] == [34, 34, 102, 15] * 2
    assert all_found(feeds) == []


def test_the_published_tables_of_2026_are_clean_but_for_one(real_landing: Path) -> None:
    feeds = [
        published_scores(real_landing, "2026-W41", "scores.H21.ytd"),
        published_counts(real_landing, "2026-W41", "counts.H21.ytd"),
        published_counts(real_landing, "2026-W36", "counts.H44.month"),
    ]
    assert all_found(feeds) == []


def test_the_table_of_which_one_component_is_a_remainder_is_held_with_one_finding(real_landing: Path) -> None:
    (outcome,) = all_found([published_scores(real_landing, "2026-W39", "scores.H21.ytd")])
    assert (outcome.rule, outcome.grain, outcome.status) == ("portal_scores.component_range", "feed", "failed")
    assert (outcome.checked, outcome.failed, outcome.field) == (150, 78, "satisfaction")
    assert outcome.expected == "0 .. 18"
    assert outcome.value is not None
    assert outcome.value.startswith("H21.09 18.02; ")
    assert outcome.value.count(";") == 10  # ten examples, and that there are more
    assert "78 of 150 units" in outcome.message_en
    assert "taken as the remainder of the total" in outcome.message_en
    assert "tổng trừ các nhóm còn lại" in outcome.message_vi


def with_one_changed(units: int, **facts: Any) -> list[RuleOutcome]:
    """What is found of a table of 30 units when the first of them are changed so."""
    rows = [score_row(f"H05.{100 + row}", row, **(facts if row <= units else {})) for row in range(1, 31)]
    return failed(judge_tables([a_table(rows)]))


@pytest.mark.parametrize(
    ("rule", "facts"),
    [
        ("portal_scores.component_range", {"progress": Decimal("20.01"), "total": Decimal("92.66")}),
        ("portal_scores.component_range", {"progress": Decimal("-0.01"), "total": Decimal("72.64")}),
        ("portal_scores.adds_up", {"total": Decimal("91.66")}),
        ("portal_scores.total_range", {"total": Decimal("100.01"), "transparency": None}),
    ],
)
def test_up_to_a_tenth_of_the_units_are_put_under_review_and_more_hold_the_table(
    rule: str, facts: dict[str, Any]
) -> None:
    few = [outcome for outcome in with_one_changed(3, **facts) if outcome.severity == "error"]
    assert [(outcome.rule, outcome.grain, outcome.unit_code, outcome.row) for outcome in few] == [
        (rule, "unit", f"H05.{100 + row}", row) for row in (1, 2, 3)
    ]
    (many,) = [outcome for outcome in with_one_changed(4, **facts) if outcome.severity == "error"]
    assert (many.rule, many.grain, many.failed, many.checked) == (rule, "feed", 4, 30)


def test_a_hundredth_of_rounding_is_no_contradiction() -> None:
    assert with_one_changed(30, total=Decimal("91.65")) == []
    assert with_one_changed(30, total=Decimal("91.63")) == []


def test_a_component_exactly_at_its_maximum_is_sound() -> None:
    assert with_one_changed(30, online_payment=Decimal("10.00"), total=Decimal("91.64")) == []


def test_components_above_their_maximum_in_a_table_that_does_not_add_up_are_called_no_remainder() -> None:
    found = with_one_changed(10, satisfaction=Decimal("18.40"))  # the total stays 91.64
    (over,) = [outcome for outcome in found if outcome.rule == "portal_scores.component_range"]
    assert "remainder" not in over.message_en


def test_a_unit_that_stands_twice_is_under_review() -> None:
    rows = [score_row(f"H05.{100 + row}", row) for row in range(1, 30)]
    (outcome,) = failed(judge_tables([a_table([*rows, score_row("H05.107", 30)])]))
    assert (outcome.rule, outcome.unit_code) == ("portal_scores.unit_twice", "H05.107")


def test_the_same_unit_in_two_tables_does_not_stand_twice() -> None:
    weeks = ("2025-W41", "2025-W42")
    assert failed(judge_tables([a_table([score_row("H05.107")], week=week) for week in weeks])) == []


def test_a_rank_that_does_not_follow_the_total_is_told() -> None:
    totals = ["93.00", "92.00", "92.50", "92.00"]
    rows = [
        score_row(f"H05.{101 + row}", row, total=Decimal(total), portal_rank=row + 1, progress=None)
        for row, total in enumerate(totals)
    ]
    (outcome,) = [each for each in failed(judge_tables([a_table(rows)])) if "rank" in each.rule]
    assert (outcome.severity, outcome.failed) == ("warning", 2)
    assert outcome.value == "H05.102 portal_rank=2, total=92.00; H05.103 portal_rank=3, total=92.50"


def test_units_between_two_that_changed_places_are_not_blamed() -> None:
    rows = [
        score_row(
            f"H05.{100 + row}", row, total=Decimal(95 - row), portal_rank={1: 5, 5: 1}.get(row, row), progress=None
        )
        for row in range(1, 7)
    ]
    (outcome,) = [each for each in failed(judge_tables([a_table(rows)])) if "rank" in each.rule]
    assert outcome.value == "H05.101 portal_rank=5, total=94; H05.105 portal_rank=1, total=90"


def test_ranks_of_departments_and_communes_are_read_together_or_apart() -> None:
    units = [
        ("H05.01", "department", "95"),
        ("H05.101", "commune", "94"),
        ("H05.02", "department", "93"),
        ("H05.102", "commune", "92"),
    ]
    for ranks, wrong in (((1, 2, 3, 4), 0), ((1, 1, 2, 2), 0), ((1, 4, 3, 2), 2), ((4, 2, 3, 1), 2)):
        rows = [
            score_row(code, row, level=level, total=Decimal(total), portal_rank=rank, progress=None)
            for row, ((code, level, total), rank) in enumerate(zip(units, ranks, strict=True))
        ]
        found = [each.failed for each in failed(judge_tables([a_table(rows)])) if "rank" in each.rule]
        assert found == ([wrong] if wrong else [])


@pytest.mark.parametrize(
    ("ranks", "totals", "wrong"),
    [
        ((1, 2, 2, 4), ("93", "92", "92", "91"), 0),  # ties share a rank
        ((1, 2, 3, 4), ("93", "92", "92", "91"), 0),  # or do not
        ((1, 2, 2, 4), ("93", "92", "91.5", "91"), 1),  # but who shares a rank shares a total
        ((3, 50, 117, None), ("93", "92", "92", "99"), 0),  # ranks among all, of a part of the units
    ],
)
def test_ranks_may_tie_and_have_gaps(ranks: Sequence[int | None], totals: Sequence[str], wrong: int) -> None:
    rows = [
        score_row(f"H05.{101 + row}", row, total=Decimal(total), portal_rank=rank, progress=None)
        for row, (rank, total) in enumerate(zip(ranks, totals, strict=True))
    ]
    assert len([each for each in failed(judge_tables([a_table(rows)])) if "rank" in each.rule]) == wrong


def test_ranks_are_compared_within_a_level() -> None:
    department = score_row("H05.14", 1, total=Decimal(80), portal_rank=1, progress=None)
    commune = score_row("H05.101", 2, total=Decimal(90), portal_rank=2, progress=None)
    assert not [each for each in failed(judge_tables([a_table([department, commune])])) if "rank" in each.rule]


@pytest.mark.parametrize(
    ("rule", "facts"),
    [
        ("portal_counts.numerator_above_denominator", {"numerator": 11}),
        ("portal_counts.negative", {"numerator": -1}),
        ("portal_counts.score_range", {"portal_score": Decimal("20.01")}),
        ("portal_counts.score_range", {"portal_score": Decimal("-0.01")}),
    ],
)
def test_impossible_counts_put_their_unit_under_review(rule: str, facts: dict[str, Any]) -> None:
    rows = [count_row(f"H05.{100 + row}", row=row) for row in range(1, 30)]
    (outcome,) = failed(judge_tables([a_table([*rows, count_row("H05.130", row=30, **facts)], "counts")]))
    assert (outcome.rule, outcome.unit_code, outcome.row) == (rule, "H05.130", 30)


def test_the_portals_groups_must_add_to_its_total() -> None:
    def unit(code: str, total: str) -> list[dict[str, Any]]:
        # 15.64 + 18.99 + 8.42 + 10 + 17.86 + 20.73 = 91.64
        points = ("15.64", "18.99", "8.42", "10", "17.86", "20.73")
        nothing: dict[str, Any] = {"numerator": None, "denominator": None}
        groups = [
            count_row(code, "group_total", group_code=group, portal_score=Decimal(score), max_points=most, **nothing)
            for (group, most), score in zip(MAXIMA.items(), points, strict=True)
        ]
        whole: dict[str, Any] = {"group_code": "total", "portal_score": Decimal(total), "max_points": Decimal(100)}
        return [*groups, count_row(code, "total", **whole, **nothing)]

    (outcome,) = failed(judge_tables([a_table([*unit("H05.101", "91.64"), *unit("H05.102", "92.64")], "counts")]))
    assert (outcome.rule, outcome.unit_code) == ("portal_counts.adds_up", "H05.102")
    assert outcome.value == "portal_score=92.64, component_sum=91.64"


def test_only_half_of_a_pair_of_counts_is_told() -> None:
    (outcome,) = failed(judge_tables([a_table([count_row("H05.101", numerator=None)], "counts")]))
    assert (outcome.rule, outcome.severity) == ("portal_counts.half_given", "warning")


def test_a_maximum_that_is_not_determined_holds_nothing_against_a_score() -> None:
    feed = a_table([score_row("H05.101", progress=Decimal(25), total=Decimal("97.65"))])
    assert failed(judge_tables([TableFeed(feed.export, feed.rows, {})])) == []


def test_tables_under_different_rule_sets_are_held_against_their_own_maxima() -> None:
    rows = [score_row("H05.101", progress=Decimal(19), total=Decimal("91.65"))]
    strict = TableFeed(a_table(rows).export, rows, {**MAXIMA, "progress": Decimal("18.5")})
    lenient = a_table(rows, week="2025-W42")
    assert [outcome.week for outcome in failed(judge_tables([strict, lenient]))] == ["2025-W41"]


def test_an_expectation_that_cannot_be_run_holds_the_table_and_shows_the_error() -> None:
    known = next(rule for rule in load_rules() if rule.id == "portal_scores.rank_follows_total")  # a warning
    facts = {name: getattr(known, name) for name in known.__dataclass_fields__}
    broken = Rule(**{**facts, "expect": Expect("expect_column_values_to_be_wished_for", ("total",), {})})
    (outcome,) = judge_tables([a_table([score_row("H05.101")])], [broken])
    assert (outcome.status, outcome.blocks, outcome.grain) == ("crashed", True, "feed")
    assert "wished_for" in (outcome.value or "")


def test_a_clean_table_is_recorded_as_passed_rule_by_rule() -> None:
    outcomes = judge_tables([a_table([score_row("H05.101")])])
    assert {outcome.status for outcome in outcomes} == {"passed"}
    assert {outcome.rule for outcome in outcomes} == {
        rule.id for rule in load_rules() if rule.table == "portal_scores" and rule.expect
    }
