"""What-if is exact: the change applied to the counts and everything scored and ranked again gives what was predicted."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.formulas import group_scores, score_counts
from scoring.ranking import rank_cohort
from scoring.ruleset import LEVELS, RuleSet, get_ruleset
from scoring.whatif import Change, Lever, NotPossible, changed, cheapest, levers, place, score_unit

RULESETS = ("766-2025", "766-2025-r2", "766-2026", "766-2026-single")
UNITS = ["H05.101", "H05.102", "H05.103", "H05.104"]


def _counts(unit: str, level: str, ruleset: RuleSet, numbers: list[tuple[int, int]]) -> pd.DataFrame:
    codes = [one.code for one in ruleset.indicators if one.derived is None]
    return pd.DataFrame(
        [
            (unit, level, "H05", code, numerator, denominator)
            for code, (numerator, denominator) in zip(codes, numbers, strict=False)
        ],
        columns=["unit_code", "level", "province_code", "indicator", "numerator", "denominator"],
    )


def _pairs(most: int) -> st.SearchStrategy[list[tuple[int, int]]]:
    pair = st.integers(0, most).flatmap(lambda d: st.tuples(st.integers(0, d), st.just(d)))
    return st.lists(pair, min_size=21, max_size=21)


def _cohort(counts: list[pd.DataFrame], ruleset: RuleSet) -> pd.DataFrame:
    """All units scored in one table, as the pipeline does."""
    groups = group_scores(score_counts(pd.concat(counts, ignore_index=True), ruleset), ruleset)
    rows = []
    for unit, part in groups.groupby("unit_code", sort=False):
        whole = not part["missing"].any()
        rows.append(
            (
                unit,
                sum(part["score"], Decimal("0.00")) if whole else None,
                sum(part["unrounded"], Decimal("0E-10")) if whole else None,
                False,
            )
        )
    return pd.DataFrame(rows, columns=["unit_code", "total", "unrounded", "withheld"], dtype=object)


@settings(deadline=None, max_examples=120)
@given(data=st.data(), name=st.sampled_from(RULESETS), level=st.sampled_from(LEVELS))
def test_predicted_scores_and_ranks_are_those_of_scoring_and_ranking_everything_again(
    data: st.DataObject, name: str, level: str
) -> None:
    ruleset = get_ruleset(name)
    counts = [_counts(unit, level, ruleset, data.draw(_pairs(40))) for unit in UNITS]
    mine = counts[0]
    movable = [row.indicator for row in mine.itertuples() if row.numerator < row.denominator]
    changes = (
        {
            code: Change(data.draw(st.integers(0, int(row["denominator"] - row["numerator"]))), 0)
            for code in data.draw(st.lists(st.sampled_from(movable), unique=True))
            if movable
            for row in [mine[mine["indicator"] == code].iloc[0]]
        }
        if movable
        else {}
    )
    changes |= (
        {"filed_online": Change(3, 5)}
        if "filed_online" in set(mine["indicator"]) and "filed_online" not in changes
        else {}
    )

    predicted = score_unit(changed(mine, changes), ruleset)
    where = place(_cohort(counts, ruleset), UNITS[0], predicted)

    again = mine.copy()
    for code, change in changes.items():
        at = again["indicator"] == code
        again.loc[at, "numerator"] += change.numerator
        again.loc[at, "denominator"] += change.denominator
    ranked = rank_cohort(_cohort([again, *counts[1:]], ruleset), None)
    row = ranked[ranked["unit_code"] == UNITS[0]].iloc[0]
    assert (predicted.total, predicted.unrounded) == (row["total"], row["unrounded"])
    assert where.ranked == row["ranked"]
    assert where.rank == (None if pd.isna(row["rank"]) else row["rank"])


@settings(deadline=None, max_examples=60)
@given(data=st.data(), name=st.sampled_from(RULESETS), level=st.sampled_from(LEVELS))
def test_no_other_choice_of_dossiers_reaches_the_goal_with_fewer(data: st.DataObject, name: str, level: str) -> None:
    ruleset = get_ruleset(name)
    mine = _counts(UNITS[0], level, ruleset, data.draw(_pairs(7)))
    now = score_unit(mine, ruleset)
    if now.total is None:
        with pytest.raises(NotPossible):
            cheapest(mine, ruleset, Decimal(90), [])
        return
    some = levers(mine, ruleset, ("dossiers", "procedures"))
    chosen = data.draw(st.lists(st.sampled_from(some), max_size=3, unique=True)) if some else []
    goal = now.total + Decimal(data.draw(st.integers(0, 900))) / 100
    found = cheapest(mine, ruleset, goal, chosen)

    reached = [
        sum(steps)
        for steps in product(*(range(lever.headroom + 1) for lever in chosen))
        if (score_unit(changed(mine, _steps(chosen, steps)), ruleset).total or Decimal(0)) >= goal
    ]
    assert found.reaches == bool(reached)
    if reached:
        assert found.dossiers == min(reached)
        assert found.scored.total is not None
        assert found.scored.total >= goal
    assert found.scored == score_unit(changed(mine, {code: Change(n) for code, n in found.steps.items()}), ruleset)


def _steps(chosen: list[Lever], steps: tuple[int, ...]) -> dict[str, Change]:
    return {lever.indicator: Change(number) for lever, number in zip(chosen, steps, strict=True)}


def test_more_than_the_headroom_is_refused() -> None:
    ruleset = get_ruleset("766-2026")
    mine = _counts(UNITS[0], "commune", ruleset, [(5, 8)] * 21)
    with pytest.raises(NotPossible, match="3 do not count yet"):
        changed(mine, {"on_time": Change(4)})
    with pytest.raises(NotPossible, match="no such counts"):
        changed(mine, {"nonsense": Change(1)})


def test_a_goal_beyond_reach_gives_the_most_there_is() -> None:
    ruleset = get_ruleset("766-2026")
    mine = _counts(UNITS[0], "commune", ruleset, [(5, 8)] * 21)
    found = cheapest(mine, ruleset, Decimal(100), levers(mine, ruleset))
    assert not found.reaches
    full = [one.code for one in ruleset.indicators if one.population == "dossiers"]
    assert {code: found.scored.scores[code] for code in full} == {
        code: ruleset.indicator(code).max_points.quantize(Decimal("0.01")) for code in full
    }


def test_a_large_unit_is_planned_in_a_moment() -> None:
    ruleset = get_ruleset("766-2026")
    mine = _counts("H05", "province", ruleset, [(900_000, 1_000_000)] * 21)
    found = cheapest(mine, ruleset, Decimal("95.00"), levers(mine, ruleset))
    assert found.reaches
    assert found.scored.total == Decimal("95.00")
