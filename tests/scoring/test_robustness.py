"""How stable a rank is, told by doing what it asks: leaving an indicator out, rounding, turning one case round."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from resources.tables import rows_of
from scoring.formulas import group_scores, score_counts
from scoring.ranking import rank_cohort
from scoring.robustness import Figures, parts_of_unit, ranked, stability, swings_of_unit
from scoring.ruleset import get_ruleset

RULESET = get_ruleset("766-2026")


def _figures(code: str, total: str, **parts: str) -> Figures:
    shown = Decimal(total).quantize(Decimal("0.01"))
    return Figures(code, Decimal(total), shown, {name: Decimal(score) for name, score in parts.items()})


def test_leaving_the_indicator_out_that_made_the_difference_turns_the_order_round() -> None:
    first, second = stability([_figures("a", "90.5", x="20", y="70.5"), _figures("b", "90.1", x="18", y="72.1")])
    assert (first.rank, first.best, first.worst, first.by) == (1, 1, 2, "x")
    assert (second.rank, second.best, second.worst, second.by) == (2, 1, 2, "x")
    assert not first.is_stable


def test_units_that_show_the_same_total_are_told_as_tied() -> None:
    found = stability([_figures("a", "92.304"), _figures("b", "92.296"), _figures("c", "91")])
    assert [(one.rank, one.shown_rank, one.tied) for one in found] == [(1, 1, ("b",)), (2, 1, ("a",)), (3, 3, ())]
    assert found[2].is_stable


def test_one_case_of_a_small_denominator_can_move_a_unit() -> None:
    counts = pd.DataFrame(
        [("H05.101", "commune", "H05", one.code, 2 if one.code == "on_time" else 50, 3 if one.code == "on_time" else 100)
         for one in RULESET.indicators],
        columns=["unit_code", "level", "province_code", "indicator", "numerator", "denominator"],
    )  # fmt: skip
    scores = score_counts(counts, RULESET)
    rows = rows_of(scores.astype(object).where(scores.notna(), None))
    groups = group_scores(scores, RULESET)
    total = sum(groups["unrounded"], Decimal(0))
    low, high = swings_of_unit(rows, RULESET, "commune", total) or (total, total)
    assert (round(total - low, 2), round(high - total, 2)) == (Decimal("6.67"), Decimal("6.67"))
    parts = parts_of_unit(rows, RULESET, "commune")
    assert sum(parts.values()) == total
    other = Figures("b", total + 1, total + 1, {})
    (mine, _) = stability([Figures("a", total, total, parts, (low, high)), other])
    assert (mine.rank, mine.small) == (2, (1, 2))


def test_what_an_indicator_gives_in_a_group_cut_at_its_cap_is_what_would_be_lost_without_it() -> None:
    ruleset = get_ruleset("766-2025")  # departments: 10 of 12
    rows = [
        {"indicator": code, "unrounded": Decimal(points)}
        for code, points in (("procedures_offered_online", 2), ("services_with_dossiers", 4), ("filed_online", 6))
    ]
    parts = parts_of_unit(rows, ruleset, "department")
    assert [parts[row["indicator"]] for row in rows] == [0, 2, 4]


@given(st.dictionaries(st.text("abcdefgh", min_size=1, max_size=3), st.decimals(0, 100, places=2), min_size=1))
def test_ranks_are_those_of_the_ranking(totals: dict[str, Decimal]) -> None:
    rows = pd.DataFrame(
        [(code, total, total) for code, total in totals.items()],
        columns=["unit_code", "total", "unrounded"],
        dtype=object,
    )
    told = rank_cohort(rows, None)
    assert ranked(totals) == dict(zip(told["unit_code"], told["rank"].astype(int), strict=True))
