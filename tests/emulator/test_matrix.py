"""The table of faults: how faults are laid out, what counts as right, what is written; and some of it for real."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from checks.reconcile.faults import FAULTS as CAUSES
from checks.rules import load_rules
from emulator import FAULTS, Effect
from emulator.faults.fault import FEW
from emulator.matrix import PAGE, Bench, asked_of, cases_of, measure, measure_sound, rounds
from emulator.matrix_judge import Case, Caught, Found, judge, named, speaks_of
from emulator.matrix_page import NOT_CAUGHT, page
from resources.outcomes import RuleOutcome
from resources.verdicts import FeedVerdict, Verdict
from scoring.calendar import Week, parse_weeks

WEEK = Week.parse("2025-W51")


def a_finding(rule: str = "reconcile.on_time", **more: object) -> RuleOutcome:
    return dataclasses.replace(RuleOutcome(rule=rule, week=str(WEEK), stage="quality", failed=1), **more)  # type: ignore[arg-type]


def of_units(rule: str, *units: str, **more: object) -> list[RuleOutcome]:
    return [a_finding(rule, unit_code=unit, grain="unit", severity="error", **more) for unit in units]


def an_effect(fault: str, *units: str, file: str = "counts.H01.ytd.csv") -> Effect:
    return Effect(fault, WEEK, "H01", units, (file,), 9)


def held(kind: str, rule: str) -> Verdict:
    feed = FeedVerdict(kind=kind, scope="H01", period=None, export_id="a", admitted=False, rule=rule)
    return Verdict(week=str(WEEK), decision="publishable", feeds=(feed,))


# ---- what stands in the faults


def test_every_fault_names_rules_that_there_are() -> None:
    rules = {rule.id for rule in load_rules()} | {"portal_scores.like_step"}
    for fault in FAULTS.values():
        for name in fault.caught_by:
            assert name in rules or name.startswith(("door.", "reconcile:")), (fault.name, name)


def test_the_causes_faults_name_are_those_that_reconciliation_looks_for() -> None:
    told = "".join(cause.__code__.co_consts.__repr__() for cause in CAUSES)
    for fault in FAULTS.values():
        for name in fault.caught_by:
            cause = name.partition("reconcile:")[2]
            assert not cause or cause == "deduction" or repr(cause) in told, fault.name


def test_the_page_has_a_line_for_every_fault_and_none_besides_and_all_are_caught() -> None:
    text = PAGE.read_text(encoding="utf-8")
    listed = [line.split("`")[1] for line in text.splitlines() if line.startswith("| `") and line.count(" | ") > 4]
    assert sorted(listed) == sorted(FAULTS), "run make faults"
    for fault in FAULTS.values():
        line = next(line for line in text.splitlines() if line.startswith(f"| `{fault.name}` | {fault.title_vi} "))
        assert all(f"`{name}`" in line for name in fault.caught_by), "run make faults"
    assert NOT_CAUGHT not in text


def test_every_case_is_run_once_and_a_round_has_one_fault_of_the_nations_table() -> None:
    cases = cases_of(["all"], ["all"])
    laid_out = list(rounds(cases, ("H05", "H01", "H44")))
    assert sorted(case for placed in laid_out for case in placed.values()) == sorted(cases)
    for placed in laid_out:
        assert len({tuple(name for name in case if FAULTS[name].national) for case in placed.values()}) == 1
    placed = {"H05": ("rule_step", "swapped"), "H01": ("rule_step", "empty_file")}
    assert asked_of(placed, WEEK) == ["rule_step@2025-W51:H05", "swapped@2025-W51:H05", "empty_file@2025-W51:H01"]


def test_pairs_are_asked_for_by_name_or_all_at_once() -> None:
    assert cases_of([], ["swapped+empty_file"]) == [("swapped", "empty_file")]
    assert len(cases_of([], ["all"])) == len(FAULTS) * (len(FAULTS) - 1) // 2
    some = [set(case) for case in cases_of([], ["some"])]
    for name in FAULTS:
        partners = {other for case in some if name in case for other in case - {name}}
        for stage in ("counter", "table", "dossier", "file"):
            assert sum(FAULTS[other].stage == stage for other in partners) >= 2
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


class Picky(Bench):
    """A bench of which only the second province has anything to strike."""

    def prepare(self) -> None:
        pass

    def find(self, placed: dict[str, Case]) -> tuple[Found, list[Effect]]:
        placed.pop("H05", None)
        return Found(tuple(of_units("dossiers.applicant_filler", *placed)), None), [
            Effect(case[0], WEEK, province, (province,), ("dossiers.H01.ndjson.zst",), 1)
            for province, case in placed.items()
        ]


def test_a_fault_that_finds_nothing_in_its_province_tries_another(tmp_path: Path) -> None:
    (found,) = measure([("filler_identity",)], Picky(tmp_path, 2, 400, 1))
    assert (found.right, found.effects[0].province) == (True, "H01")
    with pytest.raises(ValueError, match="nothing to strike in any province"):
        measure([("filler_identity",)], Picky(tmp_path, 1, 400, 1))


# ---- right or wrong


def test_a_unit_is_named_by_its_own_finding_or_among_the_examples_of_one() -> None:
    assert named(a_finding(unit_code="H01.101"), ["H01.101"]) == {"H01.101"}
    assert named(a_finding(message_en="Cash (H01.101 5, H01.12 3)"), ["H01.101", "H01.12", "H01.1"]) == {
        "H01.101",
        "H01.12",
    }
    assert named(a_finding(value="H01.101 portal_rank=2; …"), ["H01.101"]) == {"H01.101"}


def of_swapped(*found: RuleOutcome) -> Caught:
    return judge(("swapped",), [an_effect("swapped", "H01.101", "H01.102")], found, None)


def test_it_is_right_only_with_every_rule_the_cause_all_units_and_no_others() -> None:
    above = of_units("portal_counts.numerator_above_denominator", "H01.101", "H01.102")
    cause = of_units("reconcile.electronic_result", "H01.101", "H01.102", diagnosis="swapped")
    assert of_swapped(*above, *cause).right
    assert of_swapped(*cause).wrong == {"swapped": "portal_counts.numerator_above_denominator is silent"}
    unknown = of_units("reconcile.electronic_result", "H01.101", "H01.102", diagnosis="unknown")
    assert of_swapped(*above, *unknown).wrong == {"swapped": "reconcile:swapped is silent"}
    assert of_swapped(above[0], cause[0]).wrong == {"swapped": "H01.102 not named"}
    more = of_units("reconcile.electronic_result", "H01.103", diagnosis="swapped")
    assert of_swapped(*above, *cause, *more).wrong == {"swapped": "H01.103 named too"}


def test_what_only_counts_is_no_catch() -> None:
    counted = a_finding("dossiers.code_of_two", severity="info", unit_code="H01.101")
    found = judge(("duplicate_codes",), [an_effect("duplicate_codes", "H01.101")], [counted], None)
    assert found.wrong == {"duplicate_codes": "dossiers.code_of_two is silent"}


def test_in_a_pair_the_finding_that_holds_the_feed_is_the_right_catch_of_both() -> None:
    effects = [an_effect("swapped", "H01.101"), an_effect("empty_file", file="dossiers.H01.ndjson.zst")]
    empty = a_finding("door.empty", severity="error", scope="H01")
    above = of_units("portal_counts.numerator_above_denominator", "H01.101")
    both = judge(("swapped", "empty_file"), effects, [empty, *above], held("dossiers", "door.empty"))
    assert both.right
    assert both.held == {"swapped": "empty_file"}
    alone = judge(("swapped", "empty_file"), effects, [empty, *above], held("dossiers", "dossiers.volume"))
    assert list(alone.wrong) == ["swapped"]


# ---- the page


def test_the_page_says_whom_a_rule_named_what_follows_and_what_is_wrong() -> None:
    above = of_units("portal_counts.numerator_above_denominator", "H01.101", "H01.102")
    cause = of_units("reconcile.electronic_result", "H01.101", diagnosis="swapped")
    text = page([of_swapped(*above, *cause)], {1: [], 2: []}, weeks=[WEEK], dossiers_per_week=400, seed=1)
    assert "`portal_counts.numerator_above_denominator` 2/2, error<br>`reconcile:swapped` 1/2, error" in text
    assert "| under review: 2 |" in text
    assert "1 of 1 are caught" in text
    assert "2 other seeds (2 provinces each): không cảnh báo" in text
    text = page([of_swapped(*above)], {7: ["a warning"]}, weeks=[WEEK], dossiers_per_week=400, seed=1)
    assert f"{NOT_CAUGHT}: reconcile:swapped is silent" in text
    assert "- seed 7: a warning" in text


# ---- for real


TWO_WEEKS = parse_weeks("2025-W50..2025-W51")  # no rule about the past can speak; those are asked by the command
ALONE = ("doubled_units", "component_as_result", "doubled_unit")
PAIRS = ("swapped+filler_identity", "purged+empty_file", "technical_deduction+short_serial")


def test_some_faults_and_pairs_are_caught_by_the_right_rules_on_the_right_units(tmp_path: Path) -> None:
    bench = Bench(tmp_path, 6, 600, 766, weeks=TWO_WEEKS)
    cases = cases_of(ALONE, PAIRS)
    found = measure(cases, bench)
    assert [row.case for row in found] == cases
    assert {"+".join(row.case): row.wrong for row in found if not row.right} == {}
    assert {row.case: row.held for row in found if row.held} == {("purged", "empty_file"): {"purged": "empty_file"}}
    assert all(len(effect.units) <= FEW for row in found for effect in row.effects)


def test_a_sound_week_is_found_sound() -> None:
    assert measure_sound(1, 2, 400, TWO_WEEKS) == []
