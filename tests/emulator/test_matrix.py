"""The table of faults: how faults are laid out, how their findings are told apart, and what is written of them."""

from __future__ import annotations

import dataclasses

import pytest

from emulator import FAULTS, Effect
from emulator.matrix import Found, cases_of, rounds, speaks_of
from emulator.matrix_page import NOT_CAUGHT, page, row_of
from resources.outcomes import RuleOutcome
from resources.verdicts import FeedVerdict, Verdict
from scoring.calendar import Week

WEEK = Week.parse("2025-W51")


def a_finding(rule: str = "reconcile.on_time", **more: object) -> RuleOutcome:
    return dataclasses.replace(RuleOutcome(rule=rule, week=str(WEEK), stage="quality", failed=1), **more)  # type: ignore[arg-type]


def an_effect(fault: str, *units: str, file: str = "counts.H01.ytd.csv") -> Effect:
    return Effect(fault, WEEK, "H01", units, (file,), 9)


def test_every_case_has_a_province_of_its_own_and_a_round_one_national_fault() -> None:
    cases = cases_of([], [])
    assert [name for (name,) in cases] == list(FAULTS)
    laid_out = list(rounds(cases, ("H05", "H01", "H44")))
    assert sorted(case for placed in laid_out for case in placed.values()) == sorted(cases)
    for placed in laid_out:
        assert sum(FAULTS[name].national for (name,) in placed.values()) <= 1


def test_pairs_are_asked_for_by_name_or_all_at_once() -> None:
    assert cases_of([], ["swapped+empty_file"]) == [("swapped", "empty_file")]
    assert len(cases_of([], ["all"])) == len(FAULTS) * (len(FAULTS) - 1) // 2
    with pytest.raises(ValueError, match="no faults nonsense"):
        cases_of(["nonsense"], [])


def test_a_finding_belongs_to_the_province_whose_unit_or_feed_it_names() -> None:
    assert speaks_of(a_finding(unit_code="H01.101"), "H01", national=False)
    assert speaks_of(a_finding(scope="H01"), "H01", national=False)
    assert speaks_of(a_finding(file="2025-W51/dossiers.H01.ndjson.zst"), "H01", national=False)
    assert not speaks_of(a_finding(unit_code="H05.101"), "H01", national=False)
    nation = a_finding(scope="VN", unit_code="H01")
    assert speaks_of(nation, "H05", national=True)
    assert not speaks_of(nation, "H01", national=False)


def test_what_is_found_without_a_fault_too_is_not_to_its_credit() -> None:
    old, new = a_finding("dossiers.volume", scope="H01"), a_finding(unit_code="H01.101", grain="unit")
    assert Found((old, new), None).beyond(Found((old,), None)).outcomes == (new,)


def test_a_line_says_who_was_named_and_what_follows() -> None:
    verdict = Verdict(
        week=str(WEEK),
        decision="held",
        feeds=(FeedVerdict(kind="counts", scope="H01", period="2025", export_id="a", admitted=False, rule="r"),),
    )
    named = [a_finding(unit_code=unit, grain="unit", diagnosis="swapped") for unit in ("H01.101", "H01.103")]
    row = row_of(("swapped",), [an_effect("swapped", "H01.101", "H01.102")], named, verdict)
    assert row.by == ("`reconcile.on_time` units 1/2 +1 (swapped)",)
    assert row.follows == ("held: counts", "under review: 2")
    rows = a_finding("dossiers.unreadable", grain="row", failed=9)
    row = row_of(("text_in_date",), [an_effect("text_in_date", file="dossiers.H01.ndjson.zst")], [rows], verdict)
    assert (row.by, row.follows) == (("`dossiers.unreadable` rows 9/9",), ("rows set aside",))


def test_what_nothing_catches_is_said_and_what_only_counts_is_no_catch() -> None:
    counted = a_finding("dossiers.superseded_in_file", severity="info", grain="row")
    rows = [
        row_of(("duplicate_codes",), [an_effect("duplicate_codes", "H01.101")], [counted], None),
        row_of(("swapped",), [an_effect("swapped", "H01.101")], [a_finding(severity="warning")], None),
    ]
    text = page(rows, weeks=[WEEK], dossiers_per_week=400, seed=1)
    assert "1 of 2 are caught." in text
    assert f"{NOT_CAUGHT}<br>counted only: `dossiers.superseded_in_file`" in text
    assert "| warning |" in text
