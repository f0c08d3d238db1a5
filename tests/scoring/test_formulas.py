"""From counts to points: cases worked by hand, and the laws every rule set obeys."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.formulas import completion_pct, group_scores, half_up, score_counts, score_one
from scoring.ruleset import LEVELS, Indicator, RuleSet, get_ruleset, load_rulesets

RULES = get_ruleset("766-2026")
COUNTED = [
    (ruleset, indicator)
    for ruleset in load_rulesets().values()
    for indicator in ruleset.indicators
    if indicator.derived is None
]
CASES = st.sampled_from(COUNTED)
LEVEL = st.sampled_from(LEVELS)
# Small counts for ties and edges, large ones past what 64-bit products hold.
COUNT = st.one_of(st.integers(0, 30), st.integers(0, 10**6), st.integers(0, 2**62))


@pytest.mark.parametrize(
    ("indicator", "numerator", "denominator", "score", "unrounded"),
    [
        # Phú Thọ, August 2026: 20 * 144625 / 184513 = 15.67640220905...
        ("on_time", 144625, 184513, "15.68", "15.6764022047"),
        # 2 * (7 / 8) / 0.8 = 2.1875, cut at 2
        ("procedures_with_payment", 7, 8, "2.00", "2.0000000000"),
        # 2 * (6 / 12) / 0.8 = 1.25
        ("procedures_with_payment", 6, 12, "1.25", "1.2500000000"),
        # 6 * (1 / 4) / 0.5 = 3
        ("filed_online", 1, 4, "3.00", "3.0000000000"),
        # 6 * 1 / 800 = 0.0075, half-up 0.01; 6 * 1 / 1200 = 0.005, half-up 0.01 (half-even would be 0.00)
        ("paid_online", 1, 1200, "0.01", "0.0050000000"),
        # 6 * 144574 / 184513 / 0.9 = 5.223637...
        ("procedure_satisfaction", 144574, 184513, "5.22", "5.2236247130"),
    ],
)
def test_scores_worked_by_hand(indicator: str, numerator: int, denominator: int, score: str, unrounded: str) -> None:
    found = score_one(numerator, denominator, RULES.indicator(indicator), "commune")
    assert (str(found.score), str(found.unrounded), found.note) == (score, unrounded, None)


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [("0.005", 2, "0.01"), ("0.0049999", 2, "0.00"), ("2.675", 2, "2.68"), ("1.005", 2, "1.01"), ("70.15", 1, "70.2")],
)
def test_rounding_is_half_up_where_floats_and_half_even_fail(value: str, places: int, expected: str) -> None:
    assert str(half_up(Decimal(value), places)) == expected


@given(CASES, LEVEL, COUNT, COUNT, COUNT)
def test_a_score_never_falls_as_the_ratio_rises(
    case: tuple[RuleSet, Indicator], level: str, one: int, other: int, denominator: int
) -> None:
    """known_failures.md line 13: property tests: monotone in the ratio."""
    low, high = sorted((one, other))
    if denominator:
        below, above = (score_one(numerator, denominator, case[1], level) for numerator in (low, high))
        assert below.score is not None
        assert above.score is not None
        assert below.score <= above.score
        assert (below.unrounded or 0) <= (above.unrounded or 0)


@given(CASES, LEVEL, st.none() | COUNT, st.none() | COUNT)
def test_a_score_lies_between_nothing_and_its_maximum(
    case: tuple[RuleSet, Indicator], level: str, numerator: int | None, denominator: int | None
) -> None:
    """known_failures.md lines 2 and 13: 0 <= score <= maximum, capped, never negative, missing is null and never 0."""
    found = score_one(numerator, denominator, case[1], level)
    if found.score is None:
        assert found.note in {"missing", "invalid_counts", "zero_denominator"}
        assert found.unrounded is None
    else:
        assert 0 <= found.score <= case[1].max_points
        assert found.unrounded is not None
        assert abs(found.score - found.unrounded) <= Decimal("0.005")


@given(CASES, st.integers(1, 10**6))
def test_a_constant_below_the_threshold_is_impossible(case: tuple[RuleSet, Indicator], hundredths: int) -> None:
    """known_failures.md line 13: a calculator scored 1 % as 79 %. It is a hundredth of what 100 % is worth."""
    found = score_one(hundredths, 100 * hundredths, case[1], "commune")
    worth = case[1].max_points / case[1].full_at_for("commune") / 100
    assert found.score == half_up(worth, 2)


@given(CASES, LEVEL, st.integers(1, 2**40))
def test_full_points_from_the_threshold_on_and_not_before(
    case: tuple[RuleSet, Indicator], level: str, tens: int
) -> None:
    indicator = case[1]
    denominator = 10 * tens
    enough = int(indicator.full_at_for(level) * denominator)
    full = Decimal(2) if indicator.flat_for(level) else indicator.max_points
    assert score_one(enough, denominator, indicator, level).score == full
    less = score_one(enough - 1, denominator, indicator, level).unrounded
    assert less is not None
    assert less <= full


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_whole_table_equals_the_scalar_twin(data: st.DataObject) -> None:
    ruleset = data.draw(st.sampled_from(list(load_rulesets().values())))
    counted = [indicator for indicator in ruleset.indicators if indicator.derived is None]
    number = st.none() | st.integers(-2, 30) | st.integers(0, 10**9) | st.integers(0, 2**62)
    rows = [
        (f"H05.{unit:03d}", level, indicator.code, data.draw(number), data.draw(number))
        for unit, level in enumerate(data.draw(st.lists(LEVEL, min_size=1, max_size=5)))
        for indicator in data.draw(st.lists(st.sampled_from(counted), unique=True, min_size=1, max_size=4))
    ]
    found = score_counts(_counts(rows), ruleset).set_index(["unit_code", "indicator"])
    for unit, level, indicator, numerator, denominator in rows:
        expected = score_one(numerator, denominator, ruleset.indicator(indicator), level)
        row = found.loc[(unit, indicator)]
        assert (row["score"], row["unrounded"]) == (expected.score, expected.unrounded)
        assert (row["note"] if isinstance(row["note"], str) else None) == expected.note


def test_counts_beyond_64_bits_stay_exact() -> None:
    huge = 10**30
    found = score_counts(_counts([("H05.101", "commune", "on_time", huge // 3, huge)]), RULES).set_index("indicator")
    assert found.loc["on_time", "unrounded"] == Decimal("6.6666666667")
    assert found.loc["on_time", "numerator"] == huge // 3


@pytest.mark.parametrize(
    ("numerator", "denominator", "note"),
    [
        (1, 1, "small_denominator"),
        (0, 3, "small_denominator"),
        (3, 4, None),
        (5, 4, "capped"),
        (4, 3, "capped, small_denominator"),
        (1, 0, "invalid_counts"),
        (-1, 4, "invalid_counts"),
        (0, 0, "zero_denominator"),
        (None, 4, "missing"),
        (4, None, "missing"),
    ],
)
def test_what_is_odd_about_counts_is_noted(numerator: int | None, denominator: int | None, note: str | None) -> None:
    """known_failures.md line 9: a denominator of 3 or fewer is flagged."""
    assert score_one(numerator, denominator, RULES.indicator("petitions_on_time"), "department").note == note
    row = score_counts(_counts([("H21.17", "department", "petitions_on_time", numerator, denominator)]), RULES)
    found = row.set_index("indicator").loc["petitions_on_time", "note"]
    assert (found if isinstance(found, str) else None) == note


def test_a_communes_own_certified_copies_are_one_case_by_nature() -> None:
    found = score_one(1, 1, RULES.indicator("certified_copy"), "commune")
    assert (found.score, found.note) == (2, None)


@pytest.mark.parametrize(
    ("ruleset", "indicator", "score"),
    [
        ("766-2025", "published_on_time", 6),
        ("766-2026", "published_on_time", None),
        ("766-2025", "paid_online", 6),
        ("766-2026", "paid_online", 0),
        ("766-2025", "petitions_on_time", 3),
        ("766-2025-r2", "petitions_on_time", 6),
        ("766-2026", "petitions_on_time", 6),
        ("766-2026", "on_time", 0),
        ("766-2026", "procedure_satisfaction", 0),
        ("766-2025", "on_time", None),
    ],
)
def test_nothing_over_nothing_follows_the_rule_set(ruleset: str, indicator: str, score: int | None) -> None:
    found = score_one(0, 0, get_ruleset(ruleset).indicator(indicator), "commune")
    assert found.score == score
    assert found.note == "zero_denominator"


def test_no_petitions_then_one_is_a_step_that_can_be_seen_coming() -> None:
    """known_failures.md line 9: a department went 53.96 to 65.81 overnight: 3 + 3 with none, 12 with one answered."""
    rules = get_ruleset("766-2025")
    petition = [rules.indicator("petitions_on_time"), rules.indicator("petition_satisfaction")]
    none = [score_one(0, 0, indicator, "department") for indicator in petition]
    one = [score_one(1, 1, indicator, "department") for indicator in petition]
    assert sum(found.score or 0 for found in none) == 6
    assert sum(found.score or 0 for found in one) == 12
    assert {found.note for found in one} == {"small_denominator"}


def test_departments_and_communes_inherit_the_provinces_transparency() -> None:
    rows = [
        ("H21", "province", "published_on_time", 1, 47),
        ("H21.17", "department", "published_on_time", 9, 9),  # its own figures do not count in 2026
        ("H21.227", "commune", "on_time", 1, 2),
        ("H44.100", "commune", "published_on_time", 1, 2),  # its province is not in the table: its own figures stand
    ]
    found = score_counts(_counts(rows), RULES).set_index(["unit_code", "indicator"])
    # 6 * 1 / 47 = 0.1277
    for unit in ("H21", "H21.17", "H21.227"):
        assert found.loc[(unit, "published_on_time"), "score"] == Decimal("0.13")
    assert found.loc[("H21.227", "published_on_time"), "note"] == "inherited"
    assert found.loc[("H21.17", "published_on_time"), "denominator"] == 47
    assert found.loc[("H44.100", "published_on_time"), "score"] == Decimal("3.00")
    own = score_counts(_counts(rows), get_ruleset("766-2025")).set_index(["unit_code", "indicator"])
    assert own.loc[("H21.17", "published_on_time"), "score"] == Decimal("6.00")


def test_a_province_is_scored_from_its_own_totals() -> None:
    """1/1 and 0/99 in two communes: the mean of their scores is 10.00, the province has 20 * 1 / 100 = 0.20."""
    rows = [
        ("H05", "province", "on_time", 1, 100),
        ("H05.101", "commune", "on_time", 1, 1),
        ("H05.102", "commune", "on_time", 0, 99),
    ]
    found = score_counts(_counts(rows), RULES)
    found = found[found["indicator"] == "on_time"].set_index("unit_code")["score"]
    assert found.to_dict() == {"H05": Decimal("0.20"), "H05.101": Decimal("20.00"), "H05.102": Decimal("0.00")}


def test_a_department_of_2025_is_capped_at_10_online() -> None:
    rows = [
        (unit, level, indicator, 9, 10)
        for unit, level in (("H01.15", "department"), ("H01.113", "commune"))
        for indicator in ("procedures_offered_online", "services_with_dossiers", "filed_online")
    ]
    rules = get_ruleset("766-2025")
    groups = group_scores(score_counts(_counts(rows), rules), rules).set_index(["unit_code", "group_code"])
    # 2 (full at 0.8) + 4 * 0.9 + 6 (full at 0.5) = 11.6
    assert groups.loc[("H01.113", "online_services"), "score"] == Decimal("11.60")
    capped = groups.loc[("H01.15", "online_services")]
    assert (capped["score"], capped["unrounded"], capped["note"]) == (Decimal(10), Decimal(10), "capped")


def test_the_satisfaction_of_2025_takes_a_third_of_progress_and_at_most_6() -> None:
    rules = get_ruleset("766-2025")
    rows = [("H05.101", "commune", "on_time", 872, 1000), ("H05.102", "commune", "on_time", 95, 100)]
    found = score_counts(_counts(rows), rules).set_index(["unit_code", "indicator"])
    # progress 17.44; 17.44 / 3 = 5.81333
    assert found.loc[("H05.101", "progress_part"), "score"] == Decimal("5.81")
    assert found.loc[("H05.101", "progress_part"), "unrounded"] == Decimal("5.8133333333")
    assert found.loc[("H05.101", "progress_part"), "note"] == "derived"
    assert found.loc[("H05.102", "progress_part"), "score"] == Decimal("6.00")  # 19 / 3 is more than 6


def test_what_is_derived_from_an_unknown_group_is_unknown() -> None:
    rules = get_ruleset("766-2025")
    found = score_counts(_counts([("H05.101", "commune", "petitions_on_time", 1, 1)]), rules).set_index("indicator")
    assert found.loc["progress_part", "score"] is None
    assert found.loc["progress_part", "note"] == "missing"
    with pytest.raises(ValueError, match="derived from progress"):
        score_one(1, 2, rules.indicator("progress_part"), "commune")


def test_missing_is_null_and_its_group_too_and_never_0() -> None:
    """known_failures.md lines 2 and 3: no residual, no constant, no zero for what was not fetched."""
    rows = [("H05.101", "commune", indicator, 1, 2) for indicator in ("on_time", "paid_online", "filed_online")]
    scores = score_counts(_counts(rows), RULES)
    groups = group_scores(scores, RULES).set_index("group_code")
    assert groups.loc["progress", "score"] == Decimal("10.00")
    for group, missing in (("online_payment", 2), ("online_services", 2), ("satisfaction", 3), ("digitisation", 6)):
        assert groups.loc[group, "score"] is None
        assert groups.loc[group, "missing"] == missing


def test_a_score_not_shown_over_nothing_counts_0_in_its_group() -> None:
    # Phú Thọ, August 2026: nothing announced; 2 * 87 / 89 = 1.96, 6 synchronised: 7.96 of 18.
    rows = [
        ("H44", "province", "published_on_time", 0, 0),
        ("H44", "province", "disclosed_on_time", 0, 0),
        ("H44", "province", "content_complete", 87, 89),
        ("H44", "province", "dossiers_synchronised", 138744, 138744),
    ]
    groups = group_scores(score_counts(_counts(rows), RULES), RULES).set_index("group_code")
    assert groups.loc["transparency", "score"] == Decimal("7.96")
    assert groups.loc["transparency", "missing"] == 0


def test_indicators_a_rule_set_does_not_have_are_left_aside() -> None:
    found = score_counts(_counts([("H21", "province", "avgProcessingDays", 5, None)]), RULES)
    assert set(found["indicator"]) == {indicator.code for indicator in RULES.indicators}


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("H05.101", "commune", "on_time", 1, 2)] * 2, "H05.101 has the counts of on_time twice"),
        ([("H05.101", "district", "on_time", 1, 2)], "unknown level 'district'"),
        (
            [("H05.101", "commune", "on_time", 1, 2), ("H05.101", "department", "paid_online", 1, 2)],
            "H05.101 is given with two levels",
        ),
        ([("H05.101", "commune", "on_time", 1.5, 2)], "numerator: counts are whole numbers"),
    ],
)
def test_counts_that_contradict_themselves_are_refused(rows: list[tuple[object, ...]], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        score_counts(_counts(rows), RULES)


def test_an_empty_table_gives_an_empty_table() -> None:
    empty = _counts([])
    assert score_counts(empty, RULES).empty
    assert group_scores(score_counts(empty, RULES), RULES).empty


def test_completion_is_told_to_one_decimal_and_only_of_known_maxima() -> None:
    """known_failures.md line 10: an unknown maximum is not determined, not 0."""
    assert completion_pct(Decimal("8.42"), Decimal(12)) == Decimal("70.2")
    assert completion_pct(None, Decimal(12)) is None
    assert completion_pct(Decimal("8.42"), Decimal(0)) is None


def _counts(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["unit_code", "level", "indicator", "numerator", "denominator"], dtype=object)
    return table.assign(province_code=[str(code)[:3] for code in table["unit_code"]])
