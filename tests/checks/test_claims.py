"""Statements of published reports: the five reports give exactly their contradictions, and each validator its law."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from checks import statements
from checks.claims import check_claims
from checks.statements import agrees, explain, percent_of_counts, percentage

REPORTS = Path(__file__).parents[1] / "data" / "claims"


def errors(name: str) -> list[tuple[str, str | None, str | None]]:
    found = check_claims(REPORTS / f"{name}.yaml")
    return [(each.rule, each.field, each.expected) for each in found if each.severity == "error"]


def test_the_national_bulletin_contradicts_itself_twice() -> None:
    assert sorted(errors("bac-ninh-week-9")) == [
        # the six changes: 0 +0.04 -0.07 +0.02 0 +0.03
        ("claims.changes_add", "scores.total.change", "+0 +0.04 -0.07 +0.02 +0 +0.03 = +0.02"),
        ("claims.percent_of_maximum", "scores.transparency.percent", "15.82/18 = 87.9 %"),
    ]


def test_it_says_which_component_the_printed_percentage_is_of_and_which_change_does_not_fit() -> None:
    said = {each.rule: each.message_en for each in check_claims(REPORTS / "bac-ninh-week-9.yaml")}
    assert said["claims.percent_of_maximum"].endswith("it is that of satisfaction (17.86/18)")
    assert said["claims.changes_add"].endswith("it fits if online_services did not change (0)")


def test_the_component_left_out_of_the_weekly_report_follows_and_is_not_high() -> None:
    assert errors("bac-ninh-week-4") == [("claims.all_at_least", "scores.online_services", ">= 80 %")]
    found = {each.rule: each for each in check_claims(REPORTS / "bac-ninh-week-4.yaml")}
    assert found["claims.component_follows"].value == "91.70 - 83.28 = 8.42"
    assert found["claims.component_follows"].severity == "info"
    assert found["claims.all_at_least"].value == "8.42/12 = 70.2 %"


def test_the_directive_contradicts_nothing() -> None:
    assert check_claims(REPORTS / "bac-ninh-directive.yaml") == []


def test_the_service_centres_sheet_names_the_counts_that_would_explain_its_percentages() -> None:
    online, on_time = check_claims(REPORTS / "binh-an.yaml")
    assert (online.rule, online.value, online.expected) == ("claims.percent_of_counts", "24.6 %", "195/1074 = 18.16 %")
    assert online.message_en.endswith("it needs 264/1074 or 195/793")
    assert (on_time.value, on_time.expected) == ("90.6 %", "101/120 = 84.17 %")
    assert on_time.message_en.endswith("it needs 183/202, so 82 of some class are missing")


def test_the_overview_of_ha_giang_adds_up_and_one_leap_is_worth_a_question() -> None:
    (told,) = check_claims(REPORTS / "ha-giang.yaml")
    assert (told.rule, told.severity, told.value) == ("claims.leap", "warning", "99.63")


def test_a_finding_names_the_line_of_its_statement() -> None:
    online, _ = check_claims(REPORTS / "binh-an.yaml")
    assert online.row is not None
    assert "24.6" in (REPORTS / "binh-an.yaml").read_text(encoding="utf-8").splitlines()[online.row - 1]


CONTRADICTIONS = [
    ("components_add", "scores: {total: 91.64, components: {transparency: 15.64, progress: 18.99, online_services: 8.42, "
     "online_payment: 10, satisfaction: 17.86, digitisation: 20.70}}"),  # 91.61
    ("score_range", "scores: {components: {satisfaction: 18.26}}"),
    ("gap", "gap: {leader_total: 92.37, total: 91.98, gap: 0.93}"),
    ("shares_add", "shares: {parts: {early: 98.63, on time: 0.05, late: 0.32}}"),
    ("previous_and_change", "scores: {total: {score: 92.37, previous: 92.28, change: 0.19}}"),
    ("order", "order: [{unit: A, total: 90}, {unit: B, total: 91}]"),
    ("order", "order: [{unit: A, total: 91, rank: 1}, {unit: B, total: 91, rank: 2}]"),  # ties share
    ("move", "rank: {rank: 6, previous: 16, places: 9}"),
    ("rank_range", "rank: {rank: 35, ranked: 34}"),
    ("full_rises", "scores: {components: {online_payment: {previous: 10, change: 0.02}}}"),
    ("counts", "counts: {on_time: 101, late: 19, handled: 110}"),
    ("counts", "counts: {handled: 1100, received: 1074}"),
    ("counts", "counts: {whole: 1982, parts: {full: 900, part: 1256}}"),
    ("leap", "history: {now: 12, past: {w1: 20, w2: 20.1, w3: 20.2, w4: 20.1, w5: 20}}"),
    ("target", "target: {of: online_payment, now: 9.93, rise: 0.10}"),  # 0.07 are left
    ("target", "target: {of: total, now: 92.37, reach: 100.5}"),
]  # fmt: skip


def told(tmp_path: Path, *said: str) -> list[str]:
    path = tmp_path / "claims.yaml"
    lines = "".join(f"  - {each}\n" for each in said)
    path.write_text(f"report: {{title: t, published: 2025-11-19}}\nstatements:\n{lines}", encoding="utf-8")
    return [each.rule.removeprefix("claims.") for each in check_claims(path)]


@pytest.mark.parametrize(("rule", "said"), CONTRADICTIONS)
def test_each_contradiction_is_caught_by_its_validator(tmp_path: Path, rule: str, said: str) -> None:
    assert told(tmp_path, said) == [rule]


def test_what_agrees_is_not_held_against_the_report(tmp_path: Path) -> None:
    assert (
        told(
            tmp_path,
            "scores: {total: 91.64, components: {transparency: 15.64, progress: 18.99, online_services: 8.42, "
            "online_payment: {score: 10, percent: 100}, satisfaction: {score: 17.86, percent: 99.2}, digitisation: 20.73}}",
            "gap: {leader_total: 92.37, total: 91.98, gap: 0.39}",
            "share: {numerator: 163, denominator: 175, percent: 93.14}",
            "shares: {parts: {a: 33.3, b: 33.3, c: 33.3}}",  # each may hide up to 0.05
            "order: [{unit: A, total: 91, rank: 1}, {unit: B, total: 91, rank: 1}, {unit: C, total: 90, rank: 3}]",
            "scores: {components: {online_payment: {previous: 9.98, change: 0.02, score: 10}}}",
            "target: {of: online_payment, now: 9.93, rise: 0.07}",
        )
        == []
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("report: {title: t}\nstatements:\n  - shore: {percent: 1}\n", 3),
        ("report: {title: t}\nstatements:\n  - share: {numerator: 1.5, denominator: 2, percent: 1}\n", 3),
        ("report: {title: t}\nstatements:\n  - share: {numerator: 1, percent: 1}\n", 3),
        ("report: {title: t, week: W9}\nstatements: []\n", 1),
        ("statements: []\n", 1),
        ("- a list\n", 1),
        ("report: [\n", 2),
        ("", 1),
    ],
)
def test_a_file_that_is_no_claims_is_one_finding_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    path = tmp_path / "claims.yaml"
    path.write_text(text, encoding="utf-8")
    (found,) = check_claims(path)
    assert (found.rule, found.severity, found.row) == ("claims.unreadable", "error", line)
    assert found.message_vi != found.message_en


counted = st.integers(1, 5000).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole)))


@given(counted, st.integers(0, 4))
def test_a_percentage_printed_from_its_counts_is_never_held_against_them(counts: tuple[int, int], places: int) -> None:
    numerator, denominator = counts
    assert percent_of_counts(numerator, denominator, percentage(numerator, denominator, places)) is None


@given(counted, st.integers(0, 1000))
def test_counts_that_explain_a_percentage_do_give_it(counts: tuple[int, int], tenths: int) -> None:
    printed = Decimal(tenths) / 10
    for found in explain(*counts, printed):
        assert agrees(printed, Decimal(100) * found.numerator / found.denominator)
        assert found.numerator == counts[0] or found.denominator == counts[1]


@given(counted, st.integers(1, 999))
def test_an_explanation_that_keeps_the_rest_keeps_it(counts: tuple[int, int], tenths: int) -> None:
    numerator, denominator = counts
    assume(numerator < denominator)
    found = explain(numerator, denominator, Decimal(tenths) / 10, rest=denominator - numerator)
    kept = [each for each in found if each.denominator - each.numerator == denominator - numerator]
    assert len(found) == 1 if kept else True


@given(st.lists(st.decimals(-2, 2, places=2), min_size=6, max_size=6))
def test_changes_that_add_are_accepted_and_others_are_not(changes: list[Decimal]) -> None:
    named = {str(number): change for number, change in enumerate(changes)}
    total, most = sum(changes, Decimal(0)), Decimal("0.011")
    assert statements.changes_add(total, named, most) is None
    assert statements.changes_add(total + Decimal("0.02"), named, most) is not None
