"""Which kind a row stands on: the order, completeness, what is kept of the others."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest

from scoring.basis import SCORE_ROWS, assemble
from scoring.formulas import group_scores, score_counts
from scoring.ruleset import get_ruleset
from tests.scoring.published import units_of

RULES = get_ruleset("766-2026")
TABLE = dict(zip(RULES.group_codes, map(Decimal, ("15", "18", "9", "8", "17", "20")), strict=True))  # adds to 87


def _counts(unit: str, numerator: int, denominator: int, without: str = "") -> pd.DataFrame:
    """Every indicator of a unit with the same ratio, but for one group."""
    rows = [
        (unit, one.group, one.code, numerator, denominator, None) for one in RULES.indicators if one.group != without
    ]
    columns = ["unit_code", "group_code", "indicator", "numerator", "denominator", "portal_score"]
    return pd.DataFrame(rows, columns=columns)


def _with_total(counts: pd.DataFrame, unit: str, group: str, score: str) -> pd.DataFrame:
    row = pd.DataFrame([(unit, group, "group_total", None, None, Decimal(score))], columns=counts.columns)
    return pd.concat([counts.astype(object), row.astype(object)], ignore_index=True)


def _computed(unit: str, numerator: int, denominator: int, without: str = "") -> pd.DataFrame:
    counts = _counts(unit, numerator, denominator, without).merge(units_of([unit]), on="unit_code")
    return score_counts(counts, RULES)


def _table(unit: str, **changed: Decimal | None) -> pd.DataFrame:
    return pd.DataFrame([{"unit_code": unit, **TABLE, "total": Decimal(87), **changed}])


def test_dossiers_go_before_counts_and_counts_before_tables() -> None:
    units, table = units_of(["H05.101"]), _table("H05.101")
    computed, counts = _computed("H05.101", 3, 4), _counts("H05.101", 1, 2)
    for given, basis in (
        ({"computed": computed, "counts": counts, "tables": table}, "computed"),
        ({"counts": counts, "tables": table}, "recounted"),
        ({"tables": table}, "as_published"),
    ):
        found = assemble(units, RULES, **given)
        assert found.units.loc[0, "basis"] == basis
        assert set(found.scores["basis"]) == {basis}


def test_a_row_adds_up_to_its_total_and_its_unrounded_parts_to_the_unrounded_one() -> None:
    found = assemble(units_of(["H05.101"]), RULES, computed=_computed("H05.101", 1, 3))
    row = found.units.iloc[0]
    assert row["total"] == sum(row[group] for group in RULES.group_codes)
    assert row["total"] == sum(found.scores["score"])
    assert row["unrounded"] == sum(found.scores["unrounded"])
    groups = group_scores(_computed("H05.101", 1, 3), RULES).set_index("group_code")["score"]
    assert {group: row[group] for group in RULES.group_codes} == groups.to_dict()


def test_kinds_are_not_mixed_where_a_whole_one_is_there() -> None:
    """A row of our dossiers that lacks a group gives way to the whole table; it is not patched with a group of it."""
    computed = _computed("H05.101", 3, 4, without="satisfaction")
    found = assemble(units_of(["H05.101"]), RULES, computed=computed, tables=_table("H05.101"))
    row = found.units.iloc[0]
    assert (row["basis"], row["total"], row["unrounded"]) == ("as_published", Decimal(87), None)
    assert found.scores["indicator"].tolist() == ["group_total"] * 6


def test_a_group_of_a_counts_export_may_stand_on_its_group_total() -> None:
    counts = _with_total(_counts("H05.101", 1, 2, without="online_services"), "H05.101", "online_services", "6.48")
    found = assemble(units_of(["H05.101"]), RULES, counts=counts, tables=_table("H05.101"))
    row = found.units.iloc[0]
    assert row["online_services"] == Decimal("6.48")
    assert row["progress"] == Decimal("10.00")
    assert row["basis"] == "as_published"  # the weakest of its six
    assert row["unrounded"] is None
    bases = found.scores.drop_duplicates("group_code").set_index("group_code")["basis"]
    assert bases["online_services"] == "as_published"
    assert bases["progress"] == "recounted"


def test_a_row_that_cannot_be_recounted_whole_adds_up_to_what_was_published() -> None:
    counts = _with_total(_counts("H05.101", 1, 2, without="online_services"), "H05.101", "online_services", "6.48")
    counts = _with_total(counts, "H05.101", "progress", "10.01")
    found = assemble(units_of(["H05.101"]), RULES, counts=counts)
    assert found.units.loc[0, "progress"] == Decimal("10.01")
    told = found.disagreements.iloc[0]
    assert told.tolist() == ["H05.101", "progress", None, Decimal("10.00"), Decimal("10.01")]


def test_a_recount_that_is_whole_stands_against_the_group_totals() -> None:
    counts = _with_total(_counts("H05.101", 1, 2), "H05.101", "progress", "10.01")
    found = assemble(units_of(["H05.101"]), RULES, counts=counts)
    assert found.units.loc[0, "progress"] == Decimal("10.00")
    assert found.units.loc[0, "basis"] == "recounted"
    assert len(found.disagreements) == 1


def test_disagreement_is_kept_group_by_group_and_for_the_total() -> None:
    computed, counts = _computed("H05.101", 1, 2), _counts("H05.101", 1, 2)
    counts.loc[counts["indicator"] == "on_time", "numerator"] = 0
    found = assemble(units_of(["H05.101"]), RULES, computed=computed, counts=counts).disagreements
    assert found["group_code"].tolist() == ["progress", "total"]
    assert found.loc[0, ["computed", "recounted", "as_published"]].tolist() == [Decimal("10.00"), Decimal("0.00"), None]
    agreed = assemble(units_of(["H05.101"]), RULES, computed=computed, counts=_counts("H05.101", 1, 2))
    assert agreed.disagreements.empty


def test_no_kind_whole_means_no_total_and_the_fullest_is_shown() -> None:
    """known_failures.md lines 3 and 4: no total without six components; say which group is missing; missing is null."""
    counts = _counts("H05.101", 1, 2, without="satisfaction")
    table = _table("H05.101", satisfaction=None, digitisation=None, total=None)
    row = assemble(units_of(["H05.101"]), RULES, counts=counts, tables=table).units.iloc[0]
    assert row["total"] is None
    assert row["satisfaction"] is None
    assert row["digitisation"] is not None
    assert (row["basis"], row["note"]) == ("recounted", "missing: satisfaction")


def test_a_missing_component_is_never_the_rest_of_the_total() -> None:
    """known_failures.md line 2: 18.26 of 18 came from total less the others."""
    row = assemble(units_of(["H05.101"]), RULES, tables=_table("H05.101", satisfaction=None)).units.iloc[0]
    assert row["satisfaction"] is None
    assert row["total"] is None


def test_the_published_total_is_shown_as_published() -> None:
    found = assemble(units_of(["H05"]), RULES, tables=_table("H05", total=Decimal("87.01")))
    assert found.units.loc[0, "total"] == Decimal("87.01")
    assert assemble(units_of(["H05"]), RULES, tables=_table("H05", total=None)).units.loc[0, "total"] == Decimal(
        "87.00"
    )


def test_every_unit_keeps_its_row_even_if_nothing_speaks_of_it() -> None:
    """known_failures.md line 4: keep every row."""
    found = assemble(units_of(["H05.101", "H05.102"]), RULES, tables=_table("H05.101"))
    assert found.units["unit_code"].tolist() == ["H05.101", "H05.102"]
    assert found.units.loc[1, "total"] is None
    assert found.units.loc[1, "basis"] is None
    assert found.units.loc[1, "note"].startswith("missing: transparency, progress")


def test_a_group_cut_at_its_cap_is_noted_with_its_indicators() -> None:
    rules = get_ruleset("766-2025")
    counts = _counts("H01.15", 1, 1)
    found = assemble(units_of(["H01.15"]), rules, counts=counts)
    assert found.units.loc[0, "online_services"] == Decimal(10)
    notes = found.scores[found.scores["group_code"] == "online_services"]["note"]
    assert set(notes) == {"small_denominator, group_capped"}


def test_score_rows_have_the_columns_of_the_house_and_nulls_are_none() -> None:
    counts = _with_total(_counts("H05.101", 4, 8, without="online_services"), "H05.101", "online_services", "6.48")
    rows = assemble(units_of(["H05.101"]), RULES, counts=counts).scores
    assert rows.columns.tolist() == SCORE_ROWS
    assert not rows.duplicated(["unit_code", "group_code", "indicator"]).any()
    only = rows[rows["indicator"] == "group_total"].iloc[0]
    assert only["numerator"] is None
    assert only["ruleset"] is None
    assert only["max_points"] == 12
    assert rows.iloc[0]["note"] is None


def test_units_that_are_not_listed_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"tables: units that are not listed: H05\.999 \(1\)"):
        assemble(units_of(["H05.101"]), RULES, tables=_table("H05.999"))


def test_a_unit_twice_in_a_table_is_refused() -> None:
    with pytest.raises(ValueError, match=r"H05\.101 stands in the score table twice"):
        assemble(units_of(["H05.101"]), RULES, tables=pd.concat([_table("H05.101")] * 2))
