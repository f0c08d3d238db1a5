"""Ranks, moves and gaps: the laws, the published tables of October 2025, and the failures seen elsewhere."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.bands import band_of, load_bands
from scoring.calendar import Week
from scoring.ranking import lowest_component, previous_week, rank_cohort
from scoring.ruleset import RuleSetError, get_ruleset
from tests.scoring.published import read_house_scores, read_scores

UNROUNDED = st.lists(st.integers(0, 10**12).map(lambda units: Decimal(units).scaleb(-10)), min_size=1, max_size=30)
# Few distinct totals, so that ties are common.
TOTALS = st.lists(st.integers(0, 12).map(Decimal) | st.none(), min_size=1, max_size=30)


@given(TOTALS, st.randoms(use_true_random=False))
def test_ranks_do_not_depend_on_the_order_of_rows(totals: list[Decimal | None], random: object) -> None:
    rows = _rows({f"H05.{101 + at}": total for at, total in enumerate(totals)})
    shuffled = rows.sample(frac=1, random_state=random.randrange(10**6))  # type: ignore[attr-defined]
    pd.testing.assert_frame_equal(rank_cohort(rows, None), rank_cohort(shuffled, None))


@given(TOTALS)
def test_ties_share_a_rank_and_the_next_one_counts_all_above_it(totals: list[Decimal | None]) -> None:
    """known_failures.md line 20: 79 distinct scores got 102 ranks. A rank is one more than the units above it."""
    found = rank_cohort(_rows({f"H05.{101 + at}": total for at, total in enumerate(totals)}), None)
    known = [total for total in totals if total is not None]
    for row in found.itertuples():
        if row.total is None:
            assert pd.isna(row.rank)
            assert row.note == "incomplete"
        else:
            assert row.rank == 1 + sum(other > row.total for other in known)
        assert (row.cohort_size, row.ranked) == (len(totals), len(known))


@given(UNROUNDED)
def test_ranks_stand_on_what_is_not_rounded(unrounded: list[Decimal]) -> None:
    rows = _rows(dict.fromkeys((f"H05.{101 + at}" for at in range(len(unrounded))), Decimal("90.00")), unrounded)
    found = rank_cohort(rows, None)
    for row in found.itertuples():
        assert row.rank == 1 + sum(other > row.unrounded for other in unrounded)


def test_one_unit_without_an_unrounded_total_puts_all_on_the_published_ones() -> None:
    rows = _rows({"H05": Decimal("92.37"), "H24": Decimal("92.37"), "H19": Decimal("91.96")})
    rows["unrounded"] = [Decimal("92.3661"), Decimal("92.3749"), Decimal("91.96")]
    assert _column(rank_cohort(rows, None), "rank") == {"H24": 1, "H05": 2, "H19": 3}
    rows.loc[2, "unrounded"] = None
    assert _column(rank_cohort(rows, None), "rank") == {"H05": 1, "H24": 1, "H19": 3}


def test_a_unit_without_a_total_does_not_hinder_the_others_unrounded_ranks() -> None:
    rows = _rows({"H05": Decimal("92.37"), "H24": Decimal("92.37"), "H19": None})
    rows["unrounded"] = [Decimal("92.3661"), Decimal("92.3749"), None]
    found = rank_cohort(rows, None)
    assert found["unit_code"].tolist() == ["H24", "H05", "H19"]
    assert found["rank"].tolist()[:2] == [1, 2]
    assert found["ranked"].tolist() == [2, 2, 2]


def test_gaps_are_told_between_displayed_totals() -> None:
    """published_cases.md 1: Bắc Ninh 92.37, Hải Phòng 91.98 (gap 0.39), Đồng Nai 91.96 (gap 0.41)."""
    found = rank_cohort(_rows({"H05": Decimal("92.37"), "H24": Decimal("91.98"), "H19": Decimal("91.96")}), None)
    assert found["gap_to_first"].tolist() == [Decimal("0.00"), Decimal("0.39"), Decimal("0.41")]
    assert found["gap_to_next"].tolist() == [None, Decimal("0.39"), Decimal("0.02")]


def test_tied_units_have_the_same_next_above() -> None:
    found = rank_cohort(_rows({"A": Decimal(9), "B": Decimal(8), "C": Decimal(8), "D": Decimal(7)}), None)
    assert found["rank"].tolist() == [1, 2, 2, 4]
    assert found["gap_to_next"].tolist() == [None, Decimal(1), Decimal(1), Decimal(1)]


def test_a_unit_under_review_keeps_its_total_and_has_no_rank() -> None:
    rows = _rows({"A": Decimal(9), "B": Decimal(8)}).assign(withheld=[True, False])
    found = rank_cohort(rows, None).set_index("unit_code")
    assert found.loc["B", "rank"] == 1
    assert pd.isna(found.loc["A", "rank"])
    assert found.loc["A", "gap_to_first"] is None
    assert found.loc["A", "note"] == "under_review"
    assert (found.loc["A", "cohort_size"], found.loc["A", "ranked"]) == (2, 1)


@pytest.mark.parametrize("week", ["W41", "W42"])
@pytest.mark.parametrize("period", ["ytd", "month"])
def test_the_34_provinces_have_the_portals_ranks(real_landing: Path, week: str, period: str) -> None:
    table = read_scores(real_landing / f"2025-{week}/scores.VN.{period}.csv")
    found = rank_cohort(table.assign(unrounded=None), None)
    assert found["cohort_size"].tolist() == [34] * 34
    total = table.set_index("unit_code")["total"]
    for row in found.itertuples():
        # The portal gives tied units places in a row; we give them the first of those places.
        tied = table[table["total"] == total[row.unit_code]]["portal_rank"]
        assert row.rank == tied.min(), row.unit_code


def test_hue_and_cao_bang_share_a_rank_at_84_70(real_landing: Path) -> None:
    table = read_scores(real_landing / "2025-W41/scores.VN.ytd.csv")
    found = rank_cohort(table.assign(unrounded=None), None).set_index("unit_code")
    assert found.loc[["H57", "H14"], "total"].tolist() == [Decimal("84.70")] * 2
    assert found.loc["H57", "rank"] == found.loc["H14", "rank"]
    ranks = sorted(found["rank"].tolist())
    assert found.loc["H57", "rank"] + 1 not in ranks
    assert found.loc["H57", "rank"] + 2 in ranks
    # They are the only tie: every other rank is the portal's.
    differ = found[found["rank"] != found["portal_rank"]]
    assert len(differ) == 1
    assert set(differ.index) < {"H57", "H14"}


def test_changes_and_moves_between_two_published_weeks(real_landing: Path) -> None:
    """Between 2025-W41 and W42: Đắk Lắk 19 to 14, Hải Phòng 24 to 21, Tây Ninh 28 to 27."""
    before, now = (read_scores(real_landing / f"2025-{week}/scores.VN.ytd.csv") for week in ("W41", "W42"))
    earlier = rank_cohort(before.assign(unrounded=None), None)
    found = rank_cohort(now.assign(unrounded=None), earlier).set_index("unit_code")
    moves = {code: tuple(found.loc[code, ["previous_rank", "rank", "move"]]) for code in ("H15", "H24", "H53")}
    assert moves == {"H15": (19, 14, 5), "H24": (24, 21, 3), "H53": (28, 27, 1)}
    totals = before.set_index("unit_code")["total"]
    ranks = earlier.set_index("unit_code")["rank"]
    for row in found.reset_index().itertuples():
        assert row.change == row.total - totals[row.unit_code]
        assert row.move == ranks[row.unit_code] - row.rank
    assert found["note"].isna().all()


@pytest.mark.parametrize("week", ["W41", "W42"])
def test_communes_and_departments_of_an_giang_stand_in_the_portals_order(real_landing: Path, week: str) -> None:
    """known_failures.md line 20: the portal ranks all 117 units together; inside each level the order is the same."""
    for name, size in (("ytd", 102), ("month", 15)):
        table = read_scores(real_landing / f"2025-{week}/scores.H01.{name}.csv")
        found = rank_cohort(table.assign(unrounded=None), None)
        assert found["ranked"].tolist() == [size] * size
        _consistent_with_the_portal(found)


def test_the_units_of_gia_lai_stand_in_the_portals_order(real_landing: Path) -> None:
    table = read_house_scores(real_landing / "2026-W41/scores.H21.ytd.csv")
    found = rank_cohort(table[table["unit_code"] != "H21"].assign(unrounded=None), None)
    assert found["cohort_size"].tolist() == [149] * 149
    _consistent_with_the_portal(found)


def _consistent_with_the_portal(found: pd.DataFrame) -> None:
    for above in found.itertuples():
        for below in found.itertuples():
            if above.rank < below.rank:
                assert above.portal_rank < below.portal_rank, (above.unit_code, below.unit_code)


def test_departments_and_communes_have_ranks_of_their_own_cohorts() -> None:
    """known_failures.md line 20: positions in a filtered list, 102 of 102 differed. The cohort stands by it."""
    totals = {"H01.15": Decimal("93.23"), "H01.113": Decimal("93.33"), "H01.164": Decimal("92.00")}
    communes = {code: total for code, total in totals.items() if len(code) == 7}
    everyone, own = rank_cohort(_rows(totals), None), rank_cohort(_rows(communes), None)
    assert _column(everyone, "rank") == {"H01.113": 1, "H01.15": 2, "H01.164": 3}
    assert _column(own, "rank") == {"H01.113": 1, "H01.164": 2}
    assert set(everyone["cohort_size"]) == {3}
    assert set(own["cohort_size"]) == {2}


def test_moves_are_told_only_between_cohorts_of_the_same_members() -> None:
    """known_failures.md line 21: else blank with the reason. The change of a total needs no cohort."""
    before = rank_cohort(_rows({"A": Decimal(9), "B": Decimal(8)}), None)
    found = rank_cohort(_rows({"A": Decimal(7), "B": Decimal(8), "C": Decimal(6)}), before).set_index("unit_code")
    assert found["previous_rank"].isna().all()
    assert found["move"].isna().all()
    assert found.loc["A", "change"] == Decimal(-2)
    assert found.loc["A", "note"] == "cohort_changed"
    assert found.loc["C", "note"] == "new"
    assert found.loc["C", "previous_total"] is None


def test_a_unit_that_lost_its_rank_changes_the_cohort() -> None:
    """known_failures.md line 21: the same units, but one was not ranked the week before."""
    before = rank_cohort(_rows({"A": Decimal(9), "B": None}), None)
    found = rank_cohort(_rows({"A": Decimal(9), "B": Decimal(8)}), before)
    assert found["move"].isna().all()


@pytest.mark.parametrize(
    ("week", "kind", "expected"),
    [
        ("2025-W42", "ytd", "2025-W41"),
        ("2025-W45", "month", None),  # Thursday 6 November: a new month
        ("2025-W46", "month", "2025-W45"),
        ("2025-W44", "month", "2025-W43"),  # 27 October to 2 November is read in October
        ("2025-W40", "quarter", None),  # Thursday 2 October: a new quarter
        ("2025-W41", "quarter", "2025-W40"),
        ("2026-W01", "ytd", None),
        ("2026-W53", "ytd", "2026-W52"),
        ("2027-W01", "ytd", None),
    ],
)
def test_previous_is_exactly_the_preceding_week_of_the_same_period_or_nothing(
    week: str, kind: str, expected: str | None
) -> None:
    """known_failures.md lines 14 and 15: never the nearest stored one; right at ends of months, quarters, years."""
    found = previous_week(kind, Week.parse(week))  # type: ignore[arg-type]
    assert (str(found) if found else None) == expected


def test_there_is_no_arrow_across_the_break_of_july_2025() -> None:
    """known_failures.md line 12: "+47 points" over the merger. 2025-07-01 is the Tuesday of W27."""
    restart = date(2025, 7, 1)
    assert previous_week("ytd", Week.parse("2025-W27"), restart) is None
    assert previous_week("ytd", Week.parse("2025-W28"), restart) == Week.parse("2025-W27")
    assert previous_week("ytd", Week.parse("2025-W26"), restart) == Week.parse("2025-W25")


@pytest.mark.parametrize(
    ("total", "scope", "expected"),
    [
        ("100", None, "excellent"),
        ("90", "VN", "excellent"),
        ("89.99", None, "good"),
        ("80", None, "good"),
        ("79.99", None, "fair"),
        ("70", None, "fair"),
        ("69.99", None, "average"),
        ("50", None, "average"),
        ("49.99", None, "weak"),
        ("0", None, "weak"),
        ("94.01", "H05", "above_94"),
        ("94", "H05", "from_90_to_94"),
        ("90", "H05", "from_90_to_94"),
        ("89.99", "H05", "below_90"),
        ("89.99", "H01", "good"),
    ],
)
def test_bands_are_configuration(total: str, scope: str | None, expected: str) -> None:
    assert band_of(Decimal(total), scope) == expected
    assert rank_cohort(_rows({"A": Decimal(total)}), None, scope=scope)["band"].tolist() == [expected]


def test_no_total_has_no_band() -> None:
    assert band_of(None) is None


@pytest.mark.parametrize(
    ("ladder", "line", "words"),
    [
        ("a: {from: 80, title: {vi: A, en: A}}\n  b: {from: 90, title: {vi: B, en: B}}", 3, "limits must fall"),
        ("a: {from: 80, title: {vi: A, en: A}}", 1, "takes all the rest"),
        ("a: {frm: 80, title: {vi: A, en: A}}", 2, "unknown key"),
        ("a: {from: 80, above: 80, title: {vi: A, en: A}}", 2, "one of the keys"),
    ],
)
def test_bands_that_leave_a_gap_are_refused_with_their_line(tmp_path: Path, ladder: str, line: int, words: str) -> None:
    path = tmp_path / "bands.yaml"
    path.write_text(f"default:\n  {ladder}\n", encoding="utf-8")
    with pytest.raises(RuleSetError, match=rf"bands.yaml:{line}: .*{words}"):
        load_bands(path)


def test_the_lowest_component_is_the_one_with_the_lowest_completion() -> None:
    # Bắc Ninh 2025-W41: 8.42 of 12 is 70.2 %; transparency, 15.64 of 18, is 86.9 %.
    maxima = get_ruleset("766-2025").maxima
    components = dict(zip(maxima, map(Decimal, ("15.64", "18.99", "8.42", "10", "17.86", "20.73")), strict=True))
    assert lowest_component(components, maxima) == ("online_services", Decimal("70.2"))


def test_the_lowest_component_is_chosen_before_rounding() -> None:
    # 10.004 / 20 = 50.02 % and 6.003 / 12 = 50.025 %: both are shown as 50.0.
    maxima = {"online_services": Decimal(12), "progress": Decimal(20)}
    components = {"online_services": Decimal("6.003"), "progress": Decimal("10.004")}
    assert lowest_component(components, maxima) == ("progress", Decimal("50.0"))
    assert lowest_component({"progress": None}, maxima) == (None, None)


def test_a_float_is_no_published_total() -> None:
    with pytest.raises(TypeError, match="expected a decimal"):
        rank_cohort(pd.DataFrame({"unit_code": ["A"], "total": [92.37], "unrounded": [None]}), None)


def test_a_unit_given_twice_is_refused() -> None:
    rows = pd.concat([_rows({"A": Decimal(1)})] * 2)
    with pytest.raises(ValueError, match="A stands in the cohort twice"):
        rank_cohort(rows, None)


def _rows(
    totals: dict[str, Decimal] | dict[str, Decimal | None], unrounded: list[Decimal] | None = None
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "unit_code": list(totals),
            "total": pd.Series(list(totals.values()), dtype=object),
            "unrounded": pd.Series(unrounded or [None] * len(totals), dtype=object),
        }
    )


def _column(found: pd.DataFrame, name: str) -> dict[str, object]:
    return dict(zip(found["unit_code"], found[name], strict=True))
