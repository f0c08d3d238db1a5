"""The verdict: what holds what."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.verdict import decide
from resources.exports import ExportRecord
from resources.outcomes import RuleOutcome
from resources.verdicts import Verdict
from tests.checks.making import WEEK, an_export


def a_finding(export: ExportRecord | None = None, **facts: Any) -> RuleOutcome:
    """A failed error about an export as a whole, unless told otherwise."""
    of: dict[str, Any] = (
        {} if export is None else {"kind": export.kind, "scope": export.scope, "export_id": export.export_id}
    )
    if export is not None:
        of |= {"file": export.file, "period": export.period}
    known = {"rule": "a.rule", "week": WEEK, "stage": "quality", "message_vi": "sai", "message_en": "wrong"}
    return RuleOutcome(**{**known, **of, **facts})


DOSSIERS, SCORES = an_export("dossiers"), an_export("scores", "VN")


def test_a_week_in_which_nothing_was_found_is_publishable() -> None:
    verdict = decide(WEEK, [DOSSIERS, SCORES], [a_finding(SCORES, status="passed")])
    assert verdict.decision == "publishable"
    assert all(feed.admitted for feed in verdict.feeds)
    assert verdict.reasons == ()


@pytest.mark.parametrize("grain", ["feed", "table"])
def test_a_failed_error_about_a_feed_holds_that_feed_only(grain: str) -> None:
    verdict = decide(WEEK, [DOSSIERS, SCORES], [a_finding(SCORES, grain=grain, value="78", expected="0")])
    assert verdict.decision == "publishable"
    held = {feed.kind: feed for feed in verdict.feeds}["scores"]
    assert (held.admitted, held.rule) == (False, "a.rule")
    assert held.reason == "sai / wrong (78; cần / expected: 0)"
    assert verdict.reasons == (f"scores VN 2025: {held.reason}",)


def test_a_week_of_which_no_feed_is_admitted_is_held() -> None:
    assert decide(WEEK, [SCORES], [a_finding(SCORES)]).decision == "held"


def test_a_week_with_only_lists_of_units_has_nothing_to_publish() -> None:
    verdict = decide(WEEK, [an_export("units")], [])
    assert verdict.decision == "held"
    assert "no dossiers, counts or score table" in verdict.reasons[0]


def test_a_finding_about_no_feed_and_no_file_holds_the_week() -> None:
    verdict = decide(WEEK, [DOSSIERS, SCORES], [a_finding()])
    assert verdict.decision == "held"
    assert not any(feed.admitted for feed in verdict.feeds)


def test_a_finding_about_a_file_nobody_knows_holds_nothing_else() -> None:
    assert decide(WEEK, [SCORES], [a_finding(file="2025-W41/notes.txt")]).decision == "publishable"


@pytest.mark.parametrize("severity", ["warning", "info"])
def test_a_warning_holds_nothing(severity: str) -> None:
    assert decide(WEEK, [SCORES], [a_finding(SCORES, severity=severity)]).decision == "publishable"


def test_rows_in_quarantine_hold_nothing() -> None:
    assert decide(WEEK, [DOSSIERS], [a_finding(DOSSIERS, grain="row", row=7)]).decision == "publishable"


@pytest.mark.parametrize("grain", ["row", "unit", "feed", "table"])
def test_a_rule_that_could_not_be_run_holds_its_feed(grain: str) -> None:
    verdict = decide(WEEK, [SCORES], [a_finding(SCORES, grain=grain, status="crashed", value="no such column")])
    assert verdict.decision == "held"
    assert verdict.feeds[0].reason is not None
    assert "a.rule could not be run" in verdict.feeds[0].reason
    assert "no such column" in verdict.feeds[0].reason


def test_a_failed_error_about_a_unit_puts_it_under_review() -> None:
    verdict = decide(WEEK, [SCORES], [a_finding(SCORES, grain="unit", unit_code="H05")])
    assert verdict.decision == "publishable_with_reviews"
    (hold,) = verdict.holds
    assert (hold.unit_code, hold.kind, hold.period, hold.rule) == ("H05", "scores", "2025", "a.rule")


def test_units_of_a_feed_that_is_held_anyway_are_not_held_besides() -> None:
    findings = [a_finding(SCORES), a_finding(SCORES, grain="unit", unit_code="H05")]
    assert decide(WEEK, [DOSSIERS, SCORES], findings).holds == ()


def admitted(verdict: Verdict, kind: str, scope: str, period: str | None = None) -> list[str | None]:
    """Exports of a feed that may be scored."""
    of_feed = [feed for feed in verdict.feeds if (feed.kind, feed.scope) == (kind, scope)]
    return [feed.export_id for feed in of_feed if feed.admitted and period in (None, feed.period)]


def test_an_export_refused_at_the_door_is_held_for_the_doors_reason() -> None:
    refused = an_export("scores", "VN", status="rejected")
    verdict = decide(WEEK, [refused], [a_finding(refused, rule="exports.column_missing", stage="exports")])
    (feed,) = verdict.feeds
    assert (feed.admitted, feed.rule, verdict.decision) == (False, "exports.column_missing", "held")


def test_a_refused_second_file_is_told_and_the_sound_one_counts() -> None:
    refused = an_export("scores", "VN", status="rejected", export_id="r", file="2025-W41/scores.VN.ytd.2.csv")
    verdict = decide(WEEK, [SCORES, refused], [a_finding(refused, rule="exports.empty")])
    assert admitted(verdict, "scores", "VN") == [SCORES.export_id]
    assert verdict.reasons == ("2025-W41/scores.VN.ytd.2.csv: sai / wrong",)


@pytest.mark.parametrize("kind", ["procedures", "petitions", "units"])
def test_dossiers_are_held_with_a_list_of_their_scope(kind: str) -> None:
    companion = an_export(kind)
    elsewhere = an_export("dossiers", "H01")
    verdict = decide(WEEK, [DOSSIERS, companion, elsewhere], [a_finding(companion)])
    assert admitted(verdict, "dossiers", "H05") == []
    assert admitted(verdict, "dossiers", "H01") == [elsewhere.export_id]


def test_findings_of_other_weeks_say_nothing_about_this_one() -> None:
    assert decide(WEEK, [SCORES], [a_finding(SCORES, week="2025-W40")]).decision == "publishable"


def test_one_period_of_a_table_may_be_held_and_the_other_admitted() -> None:
    month = an_export("scores", "VN", period_kind="month")
    verdict = decide(WEEK, [SCORES, month], [a_finding(month)])
    assert admitted(verdict, "scores", "VN", "2025") == [SCORES.export_id]
    assert admitted(verdict, "scores", "VN", "2025-10") == []


def test_the_fingerprint_follows_what_is_decided_and_not_how_it_is_worded() -> None:
    one = decide(WEEK, [SCORES], [a_finding(SCORES, message_en="wrong")])
    reworded = decide(WEEK, [SCORES], [a_finding(SCORES, message_en="not right")])
    sound = decide(WEEK, [SCORES], [])
    assert one.fingerprint == reworded.fingerprint != sound.fingerprint


kinds = st.sampled_from(["dossiers", "procedures", "petitions", "units", "counts", "scores"])
exports = st.lists(
    st.builds(an_export, kinds, st.sampled_from(["H05", "H01"])), max_size=8, unique_by=lambda e: e.export_id
)


@given(exports, st.data())
def test_nothing_that_an_error_speaks_of_is_ever_admitted(
    given_exports: list[ExportRecord], data: st.DataObject
) -> None:
    wrong = data.draw(st.lists(st.sampled_from(given_exports), unique=True)) if given_exports else []
    verdict = decide(WEEK, given_exports, [a_finding(export) for export in wrong])
    admitted = {feed.export_id for feed in verdict.feeds if feed.admitted}
    assert admitted.isdisjoint(export.export_id for export in wrong)
    assert len(verdict.feeds) == len(given_exports)
    scored = {export.export_id for export in given_exports if export.kind in ("dossiers", "counts", "scores")}
    assert (verdict.decision == "held") == (not admitted & scored)
