"""Our own figures, held against what must be true of them before they are published."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from checks.figures import Admitted, Figures, judge_figures
from checks.rules import load_figure_rules
from resources.catalogue import table
from resources.frames import arrow_schema
from scoring.calendar import Week
from tests.publishing.releases import COMPONENTS, ranking_row

WEEK = Week.parse("2025-W41")
TOTAL = Decimal("91.64")  # the sum of the six components every row of the helper has
Row = dict[str, Any]


def _rankings(*changes: Row) -> list[Row]:
    """Three communes that follow each other, each with the same components; `changes` a row."""
    rows = [ranking_row(f"H05.{101 + at}", at + 1, str(TOTAL), cohort_size=3, ranked=3) for at in range(3)]
    return [row | change for row, change in zip(rows, [*changes, {}, {}, {}], strict=False)]


def _scores(**changes: Any) -> list[Row]:
    row = dict.fromkeys(table("scores").column_names) | {
        "week": WEEK.monday,
        "period_kind": "ytd",
        "period": "2025",
        "unit_code": "H05.101",
        "group_code": "progress",
        "indicator": "on_time",
        "numerator": 949,
        "denominator": 1000,
        "score": Decimal("18.98"),
        "unrounded": Decimal("18.98"),
        "max_points": Decimal(20),
        "basis": "computed",
    }
    return [row | changes]


def _counts(**changes: Any) -> list[Row]:
    row = {"week": WEEK.monday, "period_kind": "ytd", "unit_code": "H05.101", "indicator": "on_time"}
    return [row | {"numerator": 949, "denominator": 1000} | changes]


def _figures(
    rankings: list[Row] | None = None, scores: list[Row] | None = None, counts: list[Row] | None = None
) -> Figures:
    def exact(name: str, rows: list[Row]) -> pa.Table:
        known = table(name).column_names
        return pa.Table.from_pylist([{key: row.get(key) for key in known} for row in rows], arrow_schema(table(name)))

    return Figures(
        WEEK,
        exact("counts", _counts() if counts is None else counts),
        exact("scores", _scores() if scores is None else scores),
        exact("rankings", _rankings() if rankings is None else rankings),
    )


def _failed(figures: Figures) -> dict[str, str | None]:
    return {one.rule: one.value for one in judge_figures([figures])[WEEK] if not one.succeeded}


def test_figures_that_agree_with_themselves_pass_every_rule() -> None:
    outcomes = judge_figures([_figures()])[WEEK]
    assert {one.rule for one in outcomes} == {rule.id for rule in load_figure_rules()}
    assert [one for one in outcomes if not one.succeeded] == []


@pytest.mark.parametrize(
    ("rule", "figures", "value"),
    [
        ("rankings.nothing", _figures([]), "0"),
        ("counts.once", _figures(counts=_counts() * 2), "H05.101: period_kind=ytd, indicator=on_time"),
        ("counts.at_most_all", _figures(counts=_counts(numerator=1001)), "numerator=1001, denominator=1000"),
        ("counts.at_most_all", _figures(counts=_counts(numerator=-1)), "numerator=-1"),
        ("scores.once", _figures(scores=_scores() * 2), "H05.101: period=2025, indicator=on_time"),
        ("scores.range", _figures(scores=_scores(score=Decimal("20.01"), unrounded=Decimal("20.01"))), "score=20.01"),
        ("scores.rounded", _figures(scores=_scores(score=Decimal("18.97"))), "score=18.97, unrounded=18.98"),
        ("rankings.once", _figures([*_rankings(), _rankings()[0]]), "level=commune, scope=H05"),
        ("rankings.complete", _figures(_rankings()[:2]), "cohort_size=3"),
        ("rankings.status_known", _figures(_rankings({"status": "sound"})), "H05.101: status=sound"),
        ("rankings.basis_known", _figures(_rankings({"basis": "guessed"})), "H05.101: basis=guessed"),
        ("rankings.total_range", _figures(_rankings({"total": Decimal("100.01")})), "total=100.01"),
        ("rankings.component_range", _figures(_rankings({"online_payment": Decimal("10.01")})), "online_payment=10.01"),
        ("rankings.adds_up", _figures(_rankings({"total": TOTAL + Decimal("0.04")})), "component_sum=91.64"),
        ("rankings.rank_given", _figures(_rankings({"status": "under_review"})), "status=under_review, rank=1"),
        ("rankings.rank_given", _figures(_rankings({"rank": None})), "status=provisional, rank="),
        ("rankings.rank_given", _figures(_rankings({"rank": 4})), "rank=4"),
        ("rankings.rank_follows", _figures(_rankings({"total": TOTAL - Decimal("0.11")})), "rank=1, total=91.53"),
        (
            "rankings.change_follows",
            _figures(_rankings({"previous_total": Decimal("91.60"), "change": Decimal("0.06")})),
            "previous_total=91.60, change=0.06, total=91.64",
        ),
        (
            "rankings.move_follows",
            _figures(_rankings({"previous_rank": 4, "move": 2})),
            "previous_rank=4, rank=1, move=2",
        ),
    ],
)
def test_each_contradiction_is_found_by_its_own_rule_with_unit_and_value(
    rule: str, figures: Figures, value: str
) -> None:
    found = _failed(figures)
    assert value in (found[rule] or "")


def test_what_a_steward_admitted_though_it_does_not_add_up_is_published_as_it_is() -> None:
    wrong = {"total": TOTAL + Decimal("0.04")}
    as_published = _figures(_rankings({**wrong, "basis": "as_published"}))
    for known, found in (
        (Admitted(), True),
        (Admitted(units=frozenset({"H05.101"})), False),
        (Admitted(units=frozenset({"H05.102"})), True),
        (Admitted(scopes=frozenset({"H05"})), False),
        (Admitted(scopes=frozenset({"VN"})), False),
        (Admitted(scopes=frozenset({"H01"})), True),
    ):
        assert ("rankings.adds_up" in _failed(replace(as_published, admitted=known))) == found, known
    ours = _figures(_rankings({**wrong, "basis": "computed"}))  # no decision speaks for a fault of our own
    assert "rankings.adds_up" in _failed(replace(ours, admitted=Admitted(units=frozenset({"H05.101"}))))


def test_every_rule_is_shown_to_fail_by_a_case_above() -> None:
    (mark,) = test_each_contradiction_is_found_by_its_own_rule_with_unit_and_value.pytestmark  # type: ignore[attr-defined]
    assert {case[0] for case in mark.args[1]} == {rule.id for rule in load_figure_rules()}


def test_a_unit_under_review_may_have_wrong_figures_since_it_is_not_ranked_by_them() -> None:
    wrong = {"status": "under_review", "rank": None, "online_payment": Decimal("10.50"), "total": Decimal(99)}
    ranked = {"ranked": 2}
    rows = _rankings(wrong | ranked, {"rank": 1} | ranked, {"rank": 2} | ranked)
    scores = _scores(score=Decimal("20.50"), unrounded=Decimal("20.50"))
    assert _failed(_figures(rows, scores)) == {}


def test_ranks_may_contradict_printed_totals_by_what_rounding_the_indicators_makes() -> None:
    assert _failed(_figures(_rankings({"total": TOTAL - Decimal("0.02")}))) == {}


def test_of_several_weeks_the_one_that_is_wrong_is_named() -> None:
    other = Week.parse("2025-W42")
    rows = [row | {"week": str(other)} for row in _rankings({"status": "sound"})]
    wrong = replace(_figures(rows), week=other)
    found = judge_figures([_figures(), wrong])
    assert [one.rule for one in found[WEEK] if not one.succeeded] == []
    assert [(one.rule, one.week) for one in found[other] if not one.succeeded] == [
        ("rankings.status_known", "2025-W42")
    ]


def test_figures_are_judged_in_the_six_components_of_the_catalogue() -> None:
    assert sum((ranking_row("H05.101", 1, str(TOTAL))[name] for name in COMPONENTS), Decimal(0)) == TOTAL
