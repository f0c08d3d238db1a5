"""What follows from a decision: the verdict at once, scoring by itself, nothing lost to whoever comes in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

import assets.review
from assets.gate import open_gate
from assets.pending import pending_weeks
from assets.review import follow_decisions, left_by_decisions, settle_verdict, take
from resources.office import Office
from resources.outcomes import RuleOutcome
from resources.review import DecisionRefused
from resources.verdicts import Verdict
from scoring.calendar import Week
from tests.review.making import miscount
from tests.review.office import copied, judge, office_with

W44, W45 = Week.parse("2025-W44"), Week.parse("2025-W45")


@pytest.fixture(scope="module")
def template(make_home: Callable[[], Path]) -> Path:
    home = make_home()
    office_with(home, {"2025-W44": [miscount()], "2025-W45": [miscount()]}).database.close()
    return home


@pytest.fixture
def office(template: Path, tmp_path: Path) -> Office:
    return copied(template, tmp_path)


def holds(office: Office, week: Week) -> list[str]:
    verdict = office.database.verdict(str(week))
    assert verdict is not None
    return [hold.unit_code for hold in verdict.holds]


def decide(office: Office, action: str, reason: str = "Cổng đã nhận lỗi") -> list[Week]:
    (case,) = office.review.cases()
    lan = office.users.get("lan")
    return list(take(office, case.id, version=case.version, action=action, who=lan, reason=reason).weeks)


def test_a_decision_changes_the_verdict_of_every_week_of_its_case_at_once(office: Office) -> None:
    assert holds(office, W44) == holds(office, W45) == ["H05.141"]
    assert decide(office, "use_dossiers") == [W44, W45]
    assert holds(office, W44) == holds(office, W45) == []
    assert decide(office, "reopen") == [W44, W45]
    assert holds(office, W44) == ["H05.141"]


def test_the_weeks_and_the_one_after_are_then_waiting_to_be_scored(office: Office) -> None:
    before = pending_weeks(office)
    decide(office, "waive")
    after = pending_weeks(office)
    assert [week for week in after if after[week] != before.get(week)] == [W44, W45]
    assert open_gate(office).verdicts[W44].decision == "publishable"


def test_keeping_under_review_starts_nothing(office: Office) -> None:
    before = pending_weeks(office)
    assert decide(office, "keep") == []
    assert pending_weeks(office) == before


def test_whose_figures_speak_is_handed_on(office: Office) -> None:
    decide(office, "accept_portal")
    assert [(each.unit_code, each.source) for each in left_by_decisions(office, W44).overrides] == [
        ("H05.141", "portal")
    ]


def test_a_decision_taken_while_a_run_gives_its_verdict_is_not_lost(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run has read the findings and decisions; the steward decides; only then the run stores what it made."""
    office.database.replace_outcomes("2025-W44", "quality", [miscount(), miscount(unit="H05.108")])
    plain = assets.review.verdict_of

    def interrupted(office: Office, week: Week, outcomes: Sequence[RuleOutcome]) -> Verdict:
        made = plain(office, week, outcomes)
        monkeypatch.setattr(assets.review, "verdict_of", plain)
        decide(office, "waive")
        return made

    monkeypatch.setattr(assets.review, "verdict_of", interrupted)
    settle_verdict(office, W44)
    assert holds(office, W44) == ["H05.108"]


def test_many_runs_and_deciders_at_once_end_in_the_verdict_that_the_decisions_leave(office: Office) -> None:
    def act(number: int) -> None:
        if number % 2:
            settle_verdict(office, W44)
            return
        with suppress(DecisionRefused):  # somebody else was first
            decide(office, "waive" if number % 4 == 1 else "reopen", f"lần {number}")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(act, range(12)))
    (case,) = office.review.cases()
    assert holds(office, W44) == ([] if case.lifts("2025-W44") else ["H05.141"])


def test_what_somebody_who_was_stopped_after_deciding_left_undone_is_made_good(office: Office) -> None:
    follow_decisions(office)
    (case,) = office.review.cases()
    office.review.decide(case.id, version=case.version, action="waive", who=office.users.get("lan"), reason="Đã rõ")
    assert holds(office, W44) == ["H05.141"]
    assert follow_decisions(office) == (W44, W45)
    assert holds(office, W44) == []
    assert follow_decisions(office) == ()


def test_a_corrected_export_resolves_the_case_and_the_log_tells_all_of_it(office: Office) -> None:
    decide(office, "return", "Đề nghị đếm lại")
    judge(office, "2025-W44", [])
    judge(office, "2025-W45", [])
    (case,) = office.review.cases()
    assert (case.state, holds(office, W44)) == ("resolved", [])
    assert [entry.action for entry in office.review.log(case.id)] == [
        "opened",
        "renewed",
        "return",
        "cleared",
        "resolved",
    ]
