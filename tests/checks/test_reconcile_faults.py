"""Each known fault on a handful of dossiers worked by hand: found, named, proved by its dossiers.

The unit is H05.101 in 2026-W10 (2 to 8 March). Unless told otherwise it has fifteen dossiers, number n accepted on
1 February + n and finished the day after at 10:00 (Vietnamese time); the first twelve have an electronic result: 12/15.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

from checks.reconcile import ReconcileInputs, reconcile_week
from checks.verdict import decide
from resources.counting import CountInputs, count_weeks
from resources.frames import to_arrow
from resources.home import Home
from resources.outcomes import RuleOutcome
from resources.tables import empty_frame, read_frame
from scoring.calendar import Week
from scoring.ruleset import ruleset_of
from tests.checks.making import an_export
from tests.counting.conftest import row

WEEK = Week.parse("2026-W10")
UNIT = "H05.101"
Counts = tuple[int, int]


def vn(text: str) -> datetime:
    """A Vietnamese moment of 2026, `02-03 10:00`, as naive UTC."""
    return datetime.fromisoformat(f"2026-{text}") - timedelta(hours=7)


def dossier(number: int, *, week: str = "2026-W10", unit: str = UNIT, **facts: Any) -> dict[str, Any]:
    accepted = vn("02-01 09:00") + timedelta(days=number)
    known: dict[str, Any] = {
        "dossier_code": f"{unit}-26{accepted:%m%d}-{number:04d}",
        "arrived_week": Week.parse(week).monday,
        "province_code": "H05",
        "unit_code": unit,
        "status": "done",
        "accepted_at": accepted,
        "due_at": accepted + timedelta(days=20),
        "finished_at": accepted + timedelta(days=1, hours=1),
        "has_result": number <= 12,
        "component_count": 4,
        "digitised_count": 1 + number % 3,
        "channel": "online",
        "applicant": "citizen",
        "payment": "none",
        "source_row": number,
    }
    made = {key: value for key, value in row("dossiers", **{**known, **facts}).items() if key != "place"}
    return made


def fifteen(**facts: Any) -> list[dict[str, Any]]:
    return [dossier(number, **facts) for number in range(1, 16)]


def told(indicator: str, figures: dict[str, Counts], period: str = "2026") -> pd.DataFrame:
    """The portal's counts of one indicator, by unit."""
    rows = [
        {
            **dict.fromkeys(empty_frame("portal_counts").columns),
            **{"week": WEEK.monday, "period": period, "unit_code": unit, "indicator": indicator, "numerator": top},
            **{"denominator": base, "export_id": "counts", "source_row": number, "period_kind": "ytd"},
        }
        for number, (unit, (top, base)) in enumerate(figures.items(), 1)
    ]
    frame = pd.DataFrame(rows, dtype=object)
    return frame.astype({"numerator": "Int64", "denominator": "Int64"})


def _frame(theirs: Counts | dict[str, Counts] | pd.DataFrame, indicator: str) -> pd.DataFrame:
    if isinstance(theirs, pd.DataFrame):
        return theirs
    return told(indicator, theirs if isinstance(theirs, dict) else {UNIT: theirs})


class Case:
    """Dossiers in a folder, counted by the house; then asked what it finds in the portal's figures."""

    def __init__(self, con: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self.con, self.home, self.files = con, Home(folder / "home"), folder

    def reconcile(
        self,
        dossiers: list[dict[str, Any]],
        theirs: Counts | dict[str, Counts] | pd.DataFrame,
        indicator: str = "electronic_result",
        scores: pd.DataFrame | None = None,
    ) -> list[RuleOutcome]:
        path = self.files / "dossiers.parquet"
        pq.write_table(to_arrow(pd.DataFrame(dossiers), "dossiers"), path)
        count_weeks(self.con, CountInputs(dossiers=[path]), [WEEK.previous, WEEK])
        counts = read_frame(self.con, "SELECT *, left(unit_code, 3) AS province_code FROM counts")
        inputs = ReconcileInputs(
            counts=counts[counts["week"] == WEEK.monday],
            previous_counts=counts[counts["week"] == WEEK.previous.monday],
            portal_counts=_frame(theirs, indicator),
            portal_scores=empty_frame("portal_scores") if scores is None else scores,
            dossiers=[path],
            files={"counts": "2026-W10/counts.H05.ytd.csv"},
        )
        return reconcile_week(self.con, self.home, WEEK, inputs, ruleset_of)

    def one(
        self, dossiers: list[dict[str, Any]], theirs: Counts, indicator: str = "electronic_result"
    ) -> tuple[RuleOutcome, dict[str, Any]]:
        """The one finding, and its evidence."""
        (outcome,) = self.reconcile(dossiers, theirs, indicator)
        assert outcome.evidence is not None
        return outcome, json.loads(outcome.evidence)


@pytest.fixture
def case(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Case:
    return Case(con, tmp_path)


def codes(*numbers: int) -> list[str]:
    return [dossier(number)["dossier_code"] for number in numbers]


def test_a_counter_that_missed_what_was_closed_after_a_moment(case: Case) -> None:
    # Missing 4 of 12: numbers 9 to 12, finished at 10:00 on 11 to 14 February, while number 8 of the 10th is not. The
    # roundest moment after 10 February 10:00 and not after 11 February 10:00 is the midnight between them.
    outcome, evidence = case.one(fifteen(), (8, 15))
    assert (outcome.rule, outcome.grain, outcome.unit_code) == ("reconcile.electronic_result", "unit", UNIT)
    assert (outcome.value, outcome.expected, outcome.severity, outcome.kind) == ("8/15", "12/15", "error", None)
    assert outcome.diagnosis == "missed_after"
    assert "00:00 11/02/2026" in str(outcome.diagnosis_vi)
    assert "2026-02-11 00:00" in str(outcome.diagnosis_en)
    assert "(4/4)" in str(outcome.diagnosis_en)
    assert evidence["only_ours"] == codes(9, 10, 11, 12)
    assert evidence["only_theirs"] == []


def test_the_message_names_both_pairs_with_their_scores(case: Case) -> None:
    # 6 * 12/15 = 4.80; 6 * 8/15 = 3.20
    (outcome,) = case.reconcile(fifteen(), (8, 15))
    assert (
        outcome.message_vi == "Có kết quả điện tử: hồ sơ của đơn vị 12/15 (4,80 điểm); số đếm của cổng 8/15 (3,20 điểm)"
    )
    assert (
        outcome.message_en
        == "Electronic results: our dossiers 12/15 (4.80 points); the portal's counts 8/15 (3.20 points)"
    )
    assert (outcome.file, outcome.row) == ("2026-W10/counts.H05.ytd.csv", 1)


def test_a_result_that_came_after_the_end_may_be_missed_too(case: Case) -> None:
    # Numbers 1 to 3 had ended without a result by W09; it came in W10, nobody knows on which day. Two more were finished
    # on 3 March. Missing 5: the two, and the three that came in the week.
    early = [dossier(number, week="2026-W09", has_result=False) for number in (1, 2, 3)]
    late = [dossier(number, finished_at=vn("03-03 15:00")) for number in (11, 12)]
    rest = [dossier(number, week="2026-W09") for number in (4, 5, 6, 7, 8, 9, 10, 13, 14, 15)]
    outcome, evidence = case.one([*early, *fifteen()[:3], *late, *rest], (7, 15))
    assert outcome.diagnosis == "missed_after"
    assert "(5/5)" in str(outcome.diagnosis_en)
    assert evidence["numbers"]["only_ours"] + evidence["numbers"]["possible"] == 5


def test_numerator_and_denominator_swapped(case: Case) -> None:
    outcome, _ = case.one(fifteen(), (15, 12))
    assert outcome.diagnosis == "swapped"


@pytest.mark.parametrize(("theirs", "what"), [((24, 30), "both"), ((24, 15), "numerator")])
def test_everything_counted_twice(case: Case, theirs: Counts, what: str) -> None:
    outcome, evidence = case.one(fifteen(digitised_count=1), theirs)
    assert (outcome.diagnosis, evidence["numbers"]["parameter"]) == ("doubled", what)


@pytest.mark.parametrize(("theirs", "what", "side"), [((15, 15), "all", "only_theirs"), ((0, 15), "none", "only_ours")])
def test_a_flag_that_is_always_the_same(case: Case, theirs: Counts, what: str, side: str) -> None:
    outcome, evidence = case.one(fifteen(), theirs)
    assert (outcome.diagnosis, evidence["numbers"]["parameter"]) == ("constant", what)
    assert evidence[side] == (codes(13, 14, 15) if what == "all" else codes(*range(1, 13)))


def test_components_counted_for_dossiers(case: Case) -> None:
    # digitised_count is 1 + n % 3: of numbers 1 to 12 four times 2 + 3 + 1 = 24; of 13, 14, 15: 2 + 3 + 1 = 6 more.
    dossiers = fifteen()
    dossiers[0] = dossier(1, digitised_count=4)  # 26 and 32, so that it is not the double of 12
    outcome, evidence = case.one(dossiers, (26, 15), "components_digitised")
    assert (outcome.diagnosis, evidence["numbers"]["parameter"]) == ("components_counted", "qualifying")
    outcome, evidence = case.one(dossiers, (32, 15), "components_digitised")
    assert (outcome.diagnosis, evidence["numbers"]["parameter"]) == ("components_counted", "all")


def test_statuses_5_6_and_8_taken_for_done(case: Case) -> None:
    # Ten finished in time; two wait for a supplement, one for a payment, one is stopped, one just lies: all five are late.
    late: dict[str, Any] = {"due_at": vn("02-20 17:00"), "finished_at": None}
    statuses = ["supplement_asked", "supplement_asked", "financial_duty", "stopped", "processing"]
    lying = [dossier(11 + number, status=status, **late) for number, status in enumerate(statuses)]
    outcome, evidence = case.one([*fifteen()[:10], *lying], (14, 15), "on_time")
    assert (outcome.diagnosis, evidence["numbers"]["parameter"]) == ("statuses_as_done", "5,6,8")
    assert evidence["only_theirs"] == codes(11, 12, 13, 14)


def test_dossiers_of_a_unit_that_handed_them_on_counted_for_both(case: Case) -> None:
    before = [dossier(number, week="2026-W09") for number in range(1, 16)]
    moved = [{**dossier(number), "unit_code": "H05.102"} for number in (2, 5, 8, 14)]  # 3 have a result
    new = dossier(16, has_result=True)  # without it the portal's figures would be those of the week before
    outcome, evidence = case.one([*before, *moved, new], (13, 16))  # ours: 9/11 and the new one
    assert (outcome.expected, outcome.diagnosis) == ("10/12", "counted_twice")
    assert evidence["numbers"]["parameter"] == "H05.102"
    assert evidence["only_theirs"] == codes(2, 5, 8, 14)


def test_dossiers_of_a_unit_below_counted_for_the_one_above_too(case: Case) -> None:
    below = [dossier(number, unit="H05.101.01") for number in (1, 2, 3, 4)]
    outcome, evidence = case.one([*fifteen(), *below], (16, 19))
    assert (outcome.diagnosis, evidence["numbers"]["parameter"]) == ("counted_twice", "H05.101.01")


def test_dossiers_we_hold_under_the_old_and_the_new_code(case: Case) -> None:
    old = [dossier(n, dossier_code=codes(n)[0].replace(UNIT, "000.00.101.H05")) for n in (2, 4, 6, 8)]
    outcome, evidence = case.one([*fifteen(), *old], (12, 15))
    assert (outcome.expected, outcome.diagnosis) == ("16/19", "counted_twice")
    assert evidence["numbers"]["parameter"] == "old_code"
    assert evidence["only_ours"] == [one["dossier_code"] for one in old]


def test_a_day_of_acceptance_that_was_dropped(case: Case) -> None:
    # Four more were accepted on 6 February like number 5; one of these has no result: 4 of 5.
    more = [dossier(20 + n, accepted_at=vn("02-06 14:00"), has_result=n > 0) for n in range(4)]
    outcome, evidence = case.one([*fifteen(), *more], (11, 14))
    assert (outcome.expected, outcome.diagnosis) == ("15/19", "accepted_day_dropped")
    assert "06/02/2026" in str(outcome.diagnosis_vi)
    assert evidence["numbers"]["only_ours"] == 5


def three(dossiers: list[dict[str, Any]], case: Case, theirs: dict[str, Counts]) -> dict[str, RuleOutcome]:
    """The findings of three indicators at once, by indicator; all are of the unit."""
    frames = [told(indicator, {UNIT: pair}) for indicator, pair in theirs.items()]
    return {str(one.field): one for one in case.reconcile(dossiers, pd.concat(frames, ignore_index=True))}


def test_dossiers_up_to_a_day_counted_under_the_old_code_and_the_new(case: Case) -> None:
    # The first ten count twice in everything: 12 of 15 have a result, all are on time, all were filed online.
    theirs = {"electronic_result": (22, 25), "on_time": (25, 25), "filed_online": (25, 25)}
    found = three(fifteen(), case, theirs)
    assert {one.diagnosis for one in found.values()} == {"counted_twice"}
    evidence = json.loads(str(found["on_time"].evidence))
    assert (evidence["numbers"]["parameter"], evidence["numbers"]["only_theirs"]) == ("until 2026-02-11", 10)
    assert "hồ sơ tiếp nhận đến hết 11/02/2026" in str(found["on_time"].diagnosis_vi)


def test_dossiers_up_to_a_day_that_the_portal_has_no_more(case: Case) -> None:
    theirs = {"electronic_result": (8, 11), "on_time": (11, 11), "filed_online": (11, 11)}
    found = three(fifteen(), case, theirs)
    assert {one.diagnosis for one in found.values()} == {"old_dropped"}
    assert json.loads(str(found["on_time"].evidence))["only_ours"] == codes(1, 2, 3, 4)


def test_a_day_that_fits_one_indicator_only_by_chance_is_not_named(case: Case) -> None:
    theirs = {"electronic_result": (22, 25), "on_time": (15, 25), "filed_online": (25, 25)}
    found = three(fifteen(), case, theirs)
    assert {one.diagnosis for one in found.values()} & {"counted_twice", "old_dropped"} == set()


def test_what_does_not_wait_for_the_end_cannot_have_been_missed_after_a_moment(case: Case) -> None:
    outcome, _ = case.one(fifteen(), (9, 15), "filed_online")
    assert outcome.diagnosis == "unknown"


def test_a_day_of_closing_that_was_dropped(case: Case) -> None:
    dossiers = [
        dossier(n, finished_at=vn(f"02-05 1{n - 3}:00")) if n in (3, 4, 5, 6) else dossier(n) for n in range(1, 16)
    ]
    outcome, evidence = case.one(dossiers, (8, 15))
    assert (outcome.diagnosis, evidence["numbers"]["parameter"]) == ("closed_day_dropped", "2026-02-05")
    assert evidence["only_ours"] == codes(3, 4, 5, 6)


def test_the_figures_of_the_month_shown_for_the_year(case: Case) -> None:
    march = [dossier(n, accepted_at=vn("03-02 09:00"), finished_at=vn("03-03 09:00")) for n in (11, 12, 13, 14)]
    outcome, evidence = case.one([*fifteen()[:10], *march], (2, 4))
    assert (outcome.diagnosis, evidence["numbers"]["parameter"]) == ("other_period", "month")


def test_the_figures_of_the_week_before_shown_again(case: Case) -> None:
    before = [dossier(number, week="2026-W09") for number in range(1, 10)]
    now = [dossier(n, accepted_at=vn("03-02 09:00"), finished_at=vn("03-03 09:00")) for n in (10, 11, 12, 13)]
    outcome, evidence = case.one([*before, *now], (9, 9))
    assert outcome.diagnosis == "other_period"
    assert evidence["numbers"]["parameter"] == "previous ytd"
    assert "tuần trước" in str(outcome.diagnosis_vi)


def test_what_no_known_fault_explains_is_said_to_be_unknown(case: Case) -> None:
    outcome, evidence = case.one(fifteen(), (9, 19))
    assert outcome.diagnosis == "unknown"
    assert "no known fault" in str(outcome.diagnosis_en)
    assert (evidence["only_ours"], evidence["only_theirs"], evidence["file"]) == ([], [], None)


def test_a_fault_that_explains_most_is_named_with_its_share(case: Case) -> None:
    # Five were accepted on 6 February; six are missing from numerator and denominator.
    more = [dossier(20 + n, accepted_at=vn("02-06 14:00"), has_result=True) for n in range(4)]
    outcome, _ = case.one([*fifteen(), *more], (10, 13))
    assert outcome.diagnosis == "accepted_day_dropped"
    assert "(5/6)" in str(outcome.diagnosis_vi)
    assert "phần lớn" in str(outcome.diagnosis_vi)


def test_two_units_with_two_faults_are_each_told_their_own(case: Case) -> None:
    other = fifteen(unit="H05.102")
    found = case.reconcile([*fifteen(), *other], {UNIT: (8, 15), "H05.102": (15, 12)})
    assert {one.unit_code: one.diagnosis for one in found} == {UNIT: "missed_after", "H05.102": "swapped"}


def test_one_moment_that_explains_three_units_is_named_before_a_day_that_explains_one(case: Case) -> None:
    # H05.103 has three closings on 12 February and none after: a lost day, taken by itself. The counter stopped at
    # midnight before, in all three.
    third = [dossier(n, unit="H05.103", finished_at=vn(f"02-12 1{n - 10}:00")) if n in (10, 11, 12) else one
             for n, one in enumerate(fifteen(unit="H05.103"), 1)]  # fmt: skip
    figures = {UNIT: (9, 15), "H05.102": (9, 15), "H05.103": (9, 15)}
    found = case.reconcile([*fifteen(), *fifteen(unit="H05.102"), *third], figures)
    assert {one.diagnosis for one in found} == {"missed_after"}
    assert all("2026-02-12 00:00" in str(one.diagnosis_en) for one in found)


def test_the_province_is_examined_over_all_its_units(case: Case) -> None:
    found = case.reconcile([*fifteen(), *fifteen(unit="H05.102")], {"H05": (16, 30)})
    assert [(one.unit_code, one.diagnosis, one.expected) for one in found] == [("H05", "missed_after", "24/30")]


def test_a_few_dossiers_in_flight_are_no_finding_and_agreement_is_told(case: Case) -> None:
    (outcome,) = case.reconcile(fifteen(), (10, 15))
    assert (outcome.rule, outcome.status, outcome.checked) == ("reconcile.compared", "passed", 1)


def test_a_corrected_export_makes_the_finding_vanish(case: Case) -> None:
    assert [one.status for one in case.reconcile(fifteen(), (8, 15))] == ["failed"]
    assert [one.status for one in case.reconcile(fifteen(), (12, 15))] == ["passed"]


def test_where_nothing_overlaps_nothing_is_said(case: Case) -> None:
    assert case.reconcile(fifteen(), {"H21.101": (8, 15)}) == []


def test_a_score_table_that_differs_from_our_scores_is_found_by_its_group(case: Case) -> None:
    # All fifteen on time: 20 points; the table has 18.30.
    given = {"week": WEEK.monday, "period": "2026", "period_kind": "ytd", "unit_code": UNIT, "level": "commune"}
    empty = dict.fromkeys(empty_frame("portal_scores").columns)
    table = pd.DataFrame([{**empty, **given, "progress": Decimal("18.30"), "export_id": "scores"}], dtype=object)
    (outcome,) = case.reconcile(fifteen(), (12, 15), scores=table)
    assert (outcome.rule, outcome.value, outcome.expected) == ("reconcile.progress", "18.30", "20.00")
    assert (outcome.diagnosis, outcome.evidence) == ("unknown", None)


def test_a_round_number_of_points_that_no_count_explains_is_a_deduction(case: Case) -> None:
    given = {"week": WEEK.monday, "period": "2026", "period_kind": "ytd", "unit_code": UNIT, "level": "commune"}
    empty = dict.fromkeys(empty_frame("portal_scores").columns)
    table = pd.DataFrame([{**empty, **given, "progress": Decimal("18.00"), "export_id": "scores"}], dtype=object)
    (outcome,) = case.reconcile(fifteen(), (12, 15), scores=table)
    assert outcome.diagnosis == "deduction"
    assert "đúng 2 điểm tròn bị trừ" in (outcome.diagnosis_vi or "")
    assert "a round 2 points were taken off" in (outcome.diagnosis_en or "")


def test_the_file_has_all_codes_and_the_finding_twenty(case: Case) -> None:
    many = [dossier(n, accepted_at=vn("02-03 09:00"), finished_at=vn(f"02-{4 + n // 10:02d} 10:{n % 10:02d}"),
                    has_result=True) for n in range(10, 110)]  # fmt: skip
    outcome, evidence = case.one(many, (70, 100))
    assert outcome.diagnosis == "missed_after"
    assert len(evidence["only_ours"]) == 20
    assert evidence["file"] == "lake/evidence/2026-W10/reconcile.electronic_result/H05.101.2026.csv"
    lines = (case.home.root / evidence["file"]).read_text().splitlines()
    assert lines[0] == "side,dossier_code"
    assert len(lines) == 31
    assert all(line.startswith("only_ours,H05.101-") for line in lines[1:])


def test_dossiers_that_cannot_be_read_leave_the_finding_and_say_why_it_has_no_diagnosis(case: Case) -> None:
    counts = pd.DataFrame(
        [{"week": WEEK.monday, "period_kind": "ytd", "unit_code": UNIT, "indicator": "electronic_result",
          "numerator": 12, "denominator": 15, "province_code": "H05"}]
    )  # fmt: skip
    inputs = ReconcileInputs(
        counts, told("electronic_result", {UNIT: (8, 15)}), empty_frame("portal_scores"), [case.files / "gone.parquet"]
    )
    (outcome,) = reconcile_week(case.con, case.home, WEEK, inputs, ruleset_of)
    assert (outcome.status, outcome.diagnosis) == ("failed", "unknown")
    assert "gone.parquet" in str(outcome.diagnosis_en)


def test_counts_our_dossiers_do_not_make_are_not_explained_by_them(case: Case) -> None:
    path = case.files / "dossiers.parquet"
    pq.write_table(to_arrow(pd.DataFrame(fifteen()), "dossiers"), path)
    counts = pd.DataFrame(
        [{"week": WEEK.monday, "period_kind": "ytd", "unit_code": UNIT, "indicator": "electronic_result",
          "numerator": 14, "denominator": 15, "province_code": "H05"}]
    )  # fmt: skip
    inputs = ReconcileInputs(counts, told("electronic_result", {UNIT: (8, 15)}), empty_frame("portal_scores"), [path])
    (outcome,) = reconcile_week(case.con, case.home, WEEK, inputs, ruleset_of)
    assert outcome.diagnosis == "unknown"


def test_the_unit_is_under_review_and_the_week_is_not_held(case: Case) -> None:
    found = case.reconcile(fifteen(), (8, 15))
    exports = [an_export("dossiers", week=str(WEEK)), an_export("counts", week=str(WEEK))]
    verdict = decide(str(WEEK), exports, found)
    assert verdict.decision == "publishable_with_reviews"
    assert [(hold.unit_code, hold.kind, hold.period) for hold in verdict.holds] == [(UNIT, None, "2026")]
    assert all(feed.admitted for feed in verdict.feeds)


def test_a_portal_that_says_two_things_of_one_unit_holds_its_counts_by_name(case: Case) -> None:
    twice = pd.concat([told("electronic_result", {UNIT: (8, 15)})] * 2, ignore_index=True)
    counts = pd.DataFrame(
        [{"week": WEEK.monday, "period_kind": "ytd", "unit_code": UNIT, "indicator": "electronic_result",
          "numerator": 12, "denominator": 15, "province_code": "H05"}]
    )  # fmt: skip
    (outcome,) = reconcile_week(
        case.con, case.home, WEEK, ReconcileInputs(counts, twice, empty_frame("portal_scores")), ruleset_of
    )
    assert (outcome.status, outcome.kind, outcome.period, outcome.blocks) == ("crashed", "counts", "2026", True)
