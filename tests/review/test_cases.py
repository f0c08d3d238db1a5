"""What findings do to cases and decisions to findings: laws that hold for any history, and the ways of one case."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from checks.review import apply_decisions, open_cases
from checks.verdict import decide
from resources.cases import STATE_AFTER, Case, Renewal, key_of
from resources.exports import ExportRecord
from resources.outcomes import RuleOutcome
from scoring.calendar import Week
from tests.review.making import feed_failure, miscount

WEEKS = [f"2025-W{number}" for number in range(40, 48)]
UNITS = ["H05.141", "H05.108"]


def after(cases: list[Case], renewal: Renewal) -> list[Case]:
    """The desk as the database would have it after a renewal."""
    changed = {case.id: case for case in renewal.changed}
    kept = [changed.get(case.id, case) for case in cases]
    first = max((case.id for case in cases), default=0) + 1
    return [*kept, *(replace(case, id=first + at) for at, case in enumerate(renewal.opened))]


def judge(cases: list[Case], week: str, outcomes: list[RuleOutcome]) -> list[Case]:
    return after(cases, open_cases(week, outcomes, cases))


def decided(case: Case, action: str, until: str) -> Case:
    return replace(case, state=STATE_AFTER[action], decided=action, until=until)


def sunday(week: str) -> str:
    return Week.parse(week).sunday.isoformat()


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[str, frozenset[str], str | None]]:
    """Weeks judged in any order, again and again: which units fail, and whether a steward then waives, and how far."""
    steps = []
    for _ in range(draw(st.integers(1, 14))):
        week = draw(st.sampled_from(WEEKS))
        failing = draw(st.frozensets(st.sampled_from(UNITS)))
        steps.append((week, failing, draw(st.none() | st.sampled_from(WEEKS))))
    return steps


def walk(history: list[tuple[str, frozenset[str], str | None]]) -> tuple[list[Case], set[tuple[str, str]]]:
    """The cases after a history, and the (unit, week) that fail at its end."""
    cases: list[Case] = []
    failing: set[tuple[str, str]] = set()
    for week, units, waive_until in history:
        cases = judge(cases, week, [miscount(week, unit) for unit in sorted(units)])
        failing = {each for each in failing if each[1] != week} | {(unit, week) for unit in units}
        if waive_until:
            cases = [
                decided(case, "waive", sunday(waive_until))
                if case.state == "open" and case.last_week <= waive_until
                else case
                for case in cases
            ]
    return cases, failing


@given(histories())
def test_cases_tell_exactly_what_fails_now_each_week_once(
    history: list[tuple[str, frozenset[str], str | None]],
) -> None:
    cases, failing = walk(history)
    told = [(case.unit_code, week) for case in cases for week in case.failing]
    assert len(told) == len(set(told))
    assert set(told) == failing
    assert all((case.state == "resolved") == (not case.failing) for case in cases)


@given(histories())
def test_spans_of_one_rule_and_unit_never_overlap(history: list[tuple[str, frozenset[str], str | None]]) -> None:
    cases, _ = walk(history)
    for unit in UNITS:
        spans = sorted((case.first_week, case.last_week) for case in cases if case.unit_code == unit)
        assert all(one[1] < other[0] for one, other in pairwise(spans))


@given(histories(), st.sampled_from(WEEKS), st.frozensets(st.sampled_from(UNITS)))
def test_judging_the_same_week_again_changes_nothing(
    history: list[tuple[str, frozenset[str], str | None]], week: str, units: frozenset[str]
) -> None:
    cases, _ = walk(history)
    outcomes = [miscount(week, unit) for unit in sorted(units)]
    once = judge(cases, week, outcomes)
    assert open_cases(week, outcomes, once) == Renewal()


@given(histories())
def test_decisions_only_ever_lift_and_only_what_they_speak_of(
    history: list[tuple[str, frozenset[str], str | None]],
) -> None:
    cases, failing = walk(history)
    outcomes = [miscount(week, unit) for unit, week in sorted(failing)]
    left = apply_decisions(outcomes, cases).outcomes
    assert [replace(one, severity="error") for one in left] == outcomes
    for outcome in left:
        (case,) = [case for case in cases if case.unit_code == outcome.unit_code and outcome.week in case.failing]
        assert outcome.blocks == (not case.lifts(outcome.week))


def test_a_fault_that_goes_on_is_one_case_and_one_that_comes_back_later_another() -> None:
    cases: list[Case] = []
    for week in ("2025-W44", "2025-W45", "2025-W46"):
        cases = judge(cases, week, [miscount(week)])
    cases = judge(cases, "2025-W52", [miscount("2025-W52")])
    cases = judge(cases, "2026-W01", [miscount("2026-W01")])  # 2025 has 52 weeks: these two adjoin
    assert [(case.first_week, case.last_week) for case in cases] == [("2025-W44", "2025-W46"), ("2025-W52", "2026-W01")]


def test_periods_of_one_week_are_one_case() -> None:
    cases = judge([], "2025-W44", [miscount(period=period) for period in ("2025", "2025-Q4", "2025-10")])
    assert len(cases) == 1


def test_rows_set_aside_and_the_feed_they_were_in_are_one_case_told_by_what_blocks() -> None:
    rows = feed_failure(rule="petitions.unreadable", kind="petitions", grain="row", failed=552)
    (case,) = judge([], "2025-W44", [rows, replace(rows, grain="feed", failed=1)])
    assert case.grain == "feed"


def test_a_mere_count_opens_no_case_but_a_rule_that_could_not_run_does() -> None:
    assert judge([], "2025-W44", [miscount(severity="info")]) == []
    assert len(judge([], "2025-W44", [feed_failure(status="crashed")])) == 1


def test_a_new_export_resolves_the_case_week_by_week() -> None:
    cases = judge(judge([], "2025-W44", [miscount("2025-W44")]), "2025-W45", [miscount("2025-W45")])
    (case,) = judge(cases, "2025-W44", [replace(miscount("2025-W44"), status="passed")])
    assert (case.state, case.failing) == ("open", ("2025-W45",))
    (case,) = judge([case], "2025-W45", [])
    assert (case.state, case.failing, case.first_week) == ("resolved", (), "2025-W44")
    (case,) = judge([case], "2025-W44", [miscount("2025-W44")])
    assert (case.state, case.failing) == ("open", ("2025-W44",))


def test_the_words_shown_are_those_of_the_last_week_that_fails() -> None:
    cases = judge([], "2025-W45", [miscount("2025-W45", value="new")])
    (case,) = judge(cases, "2025-W44", [miscount("2025-W44", value="old")])
    assert (case.first_week, case.outcome.value) == ("2025-W44", "new")


def test_a_waiver_goes_on_to_its_date_and_not_a_week_further() -> None:
    (case,) = judge([], "2025-W44", [miscount("2025-W44")])
    waived = [decided(case, "waive", "2025-11-16")]  # the Sunday of W46
    cases = judge(waived, "2025-W46", [miscount("2025-W46")])  # W45 was sound
    cases = judge(cases, "2025-W47", [miscount("2025-W47")])
    assert [(each.first_week, each.last_week, each.state) for each in cases] == [
        ("2025-W44", "2025-W46", "waived"),
        ("2025-W47", "2025-W47", "open"),
    ]
    blocking = [
        week
        for week in ("2025-W44", "2025-W46", "2025-W47")
        if apply_decisions([miscount(week)], cases).outcomes[0].blocks
    ]
    assert blocking == ["2025-W47"]


def test_a_waiver_does_not_reach_back_before_its_case() -> None:
    (case,) = judge([], "2025-W44", [miscount("2025-W44")])
    cases = judge([decided(case, "waive", sunday("2025-W44"))], "2025-W43", [miscount("2025-W43")])
    assert apply_decisions([miscount("2025-W43")], cases).outcomes[0].blocks


EXPORT = ExportRecord(
    export_id="e1",
    week="2025-W44",
    kind="counts",
    scope="H05",
    period_kind="ytd",
    period="2025",
    file="2025-W44/counts.H05.ytd.csv",
    sha256="a" * 64,
    size_bytes=1,
    rows=1,
    rejected_rows=0,
    exported_at=None,
    received_at=datetime(2025, 11, 3),
)


def test_the_verdict_gets_what_the_decisions_leave() -> None:
    outcomes = [miscount(), miscount(unit="H05.108")]
    cases = judge([], "2025-W44", outcomes)
    before = decide("2025-W44", [EXPORT], outcomes)
    assert [hold.unit_code for hold in before.holds] == ["H05.108", "H05.141"]
    (case,) = [case for case in cases if case.unit_code == "H05.141"]

    kept = apply_decisions(outcomes, [replace(case, decided=None)])
    assert decide("2025-W44", [EXPORT], kept.outcomes) == before

    lifted = apply_decisions(outcomes, [decided(case, "use_dossiers", sunday("2025-W44"))])
    verdict = decide("2025-W44", [EXPORT], lifted.outcomes)
    assert [hold.unit_code for hold in verdict.holds] == ["H05.108"]
    assert verdict.fingerprint != before.fingerprint
    assert [(each.unit_code, each.source) for each in lifted.overrides] == [("H05.141", "dossiers")]


def test_accepting_the_portals_figure_says_so_for_the_scores() -> None:
    (case,) = judge([], "2025-W44", [miscount()])
    left = apply_decisions([miscount()], [decided(case, "accept_portal", sunday("2025-W44"))])
    assert [(each.week, each.source) for each in left.overrides] == [("2025-W44", "portal")]


def test_a_waived_feed_is_admitted() -> None:
    broken = replace(feed_failure(), kind="counts", scope="H05")
    (case,) = judge([], "2025-W44", [broken])
    assert decide("2025-W44", [EXPORT], [broken]).decision == "held"
    left = apply_decisions([broken], [decided(case, "waive", sunday("2025-W44"))])
    assert decide("2025-W44", [EXPORT], left.outcomes).decision == "publishable"


def test_a_file_refused_at_the_door_cannot_be_waived_only_answered() -> None:
    refused = feed_failure(
        rule="file.unreadable", stage="exports", kind=None, scope=None, file="2025-W44/scores.VN.pdf"
    )
    (case,) = judge([], "2025-W44", [refused])
    assert case.actions == ("keep", "return")
    assert key_of(case) == key_of(replace(refused, week="2025-W45", file="2025-W45/scores.VN.pdf"))
