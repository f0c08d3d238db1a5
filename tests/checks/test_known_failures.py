"""Failures seen at others (reference/known_failures.md): each line that is about checking tables has its test here."""

from __future__ import annotations

from decimal import Decimal

import pytest

from checks.breaks import breaks_between
from checks.feeds import measure_feed
from checks.suites import judge_feeds, judge_tables
from checks.tables import COMPONENTS, derive
from checks.verdict import decide
from scoring.calendar import Week
from tests.checks.making import MAXIMA, a_split, a_table, an_export, failed, score_row


def test_line_1_a_table_whose_groups_and_totals_are_of_different_captures_is_held() -> None:
    # 0 of 23 rows added up: total 73.39, groups 61.46 (10.46 + 15 + 6 + 5 + 12 + 13)
    parts = dict(zip(COMPONENTS, map(Decimal, ("10.46", "15", "6", "5", "12", "13")), strict=True))
    rows = [score_row(f"H05.{100 + row}", row, **parts, total=Decimal("73.39")) for row in range(1, 24)]
    feed = a_table(rows)
    (outcome,) = failed(judge_tables([feed]))
    assert (outcome.rule, outcome.grain, outcome.failed) == ("portal_scores.adds_up", "feed", 23)
    assert "total=73.39, component_sum=61.46" in (outcome.value or "")
    assert decide(feed.export.week, [feed.export], [outcome]).decision == "held"


def test_line_1_an_older_file_under_a_new_week_is_never_used_unsaid() -> None:
    old = an_export("scores", "VN", "2025-W40", sha256="same")
    again = measure_feed(an_export("scores", "VN", "2025-W41", sha256="same"), a_split(34), history=[old])
    assert [outcome.rule for outcome in failed(judge_feeds([again]))] == ["portal_scores.same_as_before"]


def test_line_2_a_component_taken_as_the_rest_of_the_total_stands_above_its_maximum() -> None:
    # 15.64 + 18.99 + 8.42 + 10 + 18.26 + 20.73 = 92.04: it adds up, and 18.26 of 18 is impossible
    rows = [score_row("H05.101", satisfaction=Decimal("18.26"), total=Decimal("92.04"))]
    (outcome,) = failed(judge_tables([a_table(rows)]))
    assert (outcome.rule, outcome.field, outcome.value) == ("portal_scores.component_range", "satisfaction", "18.26")
    assert outcome.expected == "0 .. 18"


def test_line_2_what_is_missing_is_missing_and_never_0() -> None:
    (row,) = derive("portal_scores", [score_row("H05.101", satisfaction=None)])
    assert row["satisfaction"] is None
    assert row["component_sum"] is None  # five components are no sum
    (outcome,) = failed(judge_tables([a_table([score_row("H05.101", satisfaction=None)])]))
    assert (outcome.rule, outcome.severity) == ("portal_scores.component_missing", "warning")
    assert outcome.value == "H05.101 satisfaction"


@pytest.mark.parametrize("component", COMPONENTS)
def test_line_3_a_component_that_is_0_for_every_unit_holds_the_table(component: str) -> None:
    zero = {component: Decimal("0.00")}
    rows = [score_row(f"H05.{100 + row}", row, **zero) for row in range(1, 21)]
    for row in rows:
        row["total"] = sum(row[name] for name in COMPONENTS)
    feed = a_table(rows)
    assert failed(judge_tables([feed])) == []  # every row adds up
    (outcome,) = failed(judge_feeds([measure_feed(feed.export, a_split(20), rows=rows)]))
    assert (outcome.rule, outcome.value) == ("portal_scores.component_all_zero", f"1 ({component})")
    assert decide(feed.export.week, [feed.export], [outcome]).decision == "held"


def test_line_3_a_single_unit_with_a_component_of_0_is_sound() -> None:
    rows = [score_row(f"H05.{100 + row}", row) for row in range(1, 21)]
    rows[0] |= {"online_payment": Decimal(0), "total": Decimal("81.64")}
    feed = a_table(rows)
    assert failed([*judge_tables([feed]), *judge_feeds([measure_feed(feed.export, a_split(20), rows=rows)])]) == []


def test_line_4_units_that_lack_a_group_are_kept_and_the_group_is_named() -> None:
    # 71 in the union, 68 in all six
    rows = [score_row(f"H05.{100 + row}", row, **({"digitisation": None} if row <= 3 else {})) for row in range(1, 72)]
    (outcome,) = failed(judge_tables([a_table(rows)]))
    assert (outcome.rule, outcome.failed, outcome.checked) == ("portal_scores.component_missing", 3, 71)
    assert outcome.value == "H05.101 digitisation; H05.102 digitisation; H05.103 digitisation"
    assert not outcome.blocks  # no rank for the three, and the others are ranked


def test_line_6_a_unit_that_came_on_two_pages_is_found() -> None:
    rows = [score_row(f"H05.{100 + row}", row) for row in range(1, 41)]
    (outcome,) = failed(judge_tables([a_table([*rows, score_row("H05.120", 41)])]))
    assert (outcome.rule, outcome.unit_code, outcome.grain) == ("portal_scores.unit_twice", "H05.120", "unit")


def test_line_6_a_national_table_of_which_only_the_first_page_was_read_is_held() -> None:
    rows = [score_row(f"H{10 + row}", row) for row in range(1, 21)]
    (outcome,) = failed(judge_feeds([measure_feed(an_export("scores", "VN"), a_split(20), rows=rows)]))
    assert (outcome.rule, outcome.value, outcome.expected) == ("portal_scores.provinces", "20", "34")
    assert outcome.blocks


def test_line_11_a_table_of_80_points_is_not_taken_for_one_of_100() -> None:
    # A snapshot that lacks a group gives fewer points: 91.64 - 17.86 = 73.78. The group is missing; nothing is scaled.
    rows = [score_row("H05.101", satisfaction=None, total=Decimal("73.78"))]
    (row,) = derive("portal_scores", rows)
    assert (row["sum_gap"], row["missing_names"]) == (None, "satisfaction")
    assert [outcome.rule for outcome in failed(judge_tables([a_table(rows)]))] == ["portal_scores.component_missing"]
    assert sum(MAXIMA.values()) == 100


@pytest.mark.parametrize(
    ("first", "second", "breaks"),
    [
        ("2025-W26", "2025-W27", 1),  # 2025-07-01 is the Tuesday of W27
        ("2025-W27", "2025-W26", 1),
        ("2025-W20", "2025-W41", 1),
        ("2025-W27", "2025-W28", 0),
        ("2025-W25", "2025-W26", 0),
        ("2025-W41", "2025-W42", 0),
        ("2025-W27", "2025-W27", 0),
    ],
)
def test_line_12_the_merger_of_july_2025_is_a_break_mark(first: str, second: str, breaks: int) -> None:
    found = breaks_between(Week.parse(first), Week.parse(second))
    assert len(found) == breaks
    assert all(each.day.isoformat() == "2025-07-01" for each in found)
