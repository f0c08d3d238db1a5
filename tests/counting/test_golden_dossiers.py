"""Section 3 of the methodology case by case, worked by hand: when a dossier is on time, and where it counts.

Unless said otherwise the week is 2026-W10, Monday 2 March to Sunday 8 March 2026, whose cut is Monday 9 March 00:00.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from scoring.calendar import Week, parse_weeks
from scoring.counting import timeliness_sql
from scoring.ruleset import RuleSet, get_ruleset
from tests.counting.builders import CON, UNIT, at, counts_of, dossier, on_time, petition, procedure
from tests.counting.conftest import counted
from tests.counting.reference import History

# The end, and the due date


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ({"finished_at": at("03-05 10:00")}, 1),  # a day before it is due
        ({"finished_at": at("03-06 10:00")}, 1),  # at the very moment: end <= due
        ({"finished_at": at("03-06 10:00:01")}, 0),
        ({"finished_at": at("03-07 10:00"), "returned_at": at("03-05 10:00")}, 0),  # "done" comes before "returned"
        ({"returned_at": at("03-05 10:00"), "stopped_at": at("03-07 10:00")}, 1),  # "returned" before "stopped"
        ({"stopped_at": at("03-07 10:00")}, 0),
        ({"stopped_at": at("03-05 10:00")}, 1),
    ],
)
def test_the_end_is_done_then_returned_then_stopped_and_on_time_up_to_the_due_moment(
    end: dict[str, Any], expected: int
) -> None:
    assert on_time(dossier(due_at=at("03-06 10:00"), **end)) == (expected, 1)


def test_an_unfinished_dossier_is_on_time_until_the_first_cut_after_its_due_date() -> None:
    # Due on Wednesday 18 March, in W12 (16 to 22 March): on time at the cut of W11 (16 March), late at that of W12.
    found = counts_of("2026-W10..2026-W13", dossiers=[dossier(due_at=at("03-18 10:00"))])
    assert [found[f"2026-W{n}", "ytd", UNIT, "on_time"] for n in (10, 11, 12, 13)] == [(1, 1), (1, 1), (0, 1), (0, 1)]


def test_a_dossier_due_at_the_very_cut_is_still_on_time() -> None:
    assert on_time(dossier(due_at=at("03-09 00:00"))) == (1, 1)
    assert on_time(dossier(due_at=at("03-08 23:59:59"))) == (0, 1)


def test_a_dossier_finished_on_time_stays_so_when_its_due_date_has_passed() -> None:
    told = [
        dossier(due_at=at("03-18 10:00")),
        dossier(week="2026-W14", due_at=at("03-18 10:00"), finished_at=at("03-17 10:00")),
    ]
    found = counts_of("2026-W12..2026-W14", dossiers=told)  # told in W14 only that it was done in W12
    assert [found[f"2026-W{n}", "ytd", UNIT, "on_time"] for n in (12, 13, 14)] == [(0, 1), (0, 1), (1, 1)]


# Supplements


def test_a_supplement_asked_for_once_ends_the_dossier_at_the_request() -> None:
    asked_in_time = dossier(due_at=at("03-04 10:00"), supplement_count=1, supplement_open_at=at("03-03 10:00"))
    asked_late = dossier(due_at=at("03-04 10:00"), supplement_count=1, supplement_open_at=at("03-05 10:00"))
    assert on_time(asked_in_time) == (1, 1)  # long past due at the cut, yet the applicant is not back
    assert on_time(asked_late) == (0, 1)


def test_a_supplement_asked_for_twice_is_late_however_early_the_end() -> None:
    assert on_time(dossier(due_at=at("03-20 10:00"), supplement_count=2, finished_at=at("03-03 10:00"))) == (0, 1)


def test_waiting_for_the_applicant_is_subtracted_from_the_end() -> None:
    # Finished on 6 March at 10:00 after two days of waiting: as if on 4 March at 10:00.
    told: dict[str, Any] = {"supplement_count": 1, "waiting_seconds": 2 * 86400, "finished_at": at("03-06 10:00")}
    assert on_time(dossier(due_at=at("03-04 10:00"), **told)) == (1, 1)
    assert on_time(dossier(due_at=at("03-04 09:59"), **told)) == (0, 1)


# No due date


def test_without_a_due_date_the_procedures_longest_term_counts_in_working_days() -> None:
    # Accepted Monday 2 March; four working days: 3, 4, 5, 6 March; the term ends with Friday.
    terms = [procedure(term_days=3), procedure(unit="H05.102", term_days=4)]
    for end, expected in ((at("03-06 23:59"), 1), (at("03-07 00:00"), 0), (at("03-07 08:00"), 0)):
        told = dossier(procedure_code="1.000001", finished_at=end)
        assert on_time(told, procedures=terms) == (expected, 1)


def test_a_term_skips_weekends_and_holidays_and_gives_back_the_waiting() -> None:
    # Accepted Friday 24 April 2026; 27 April (Hung Kings, observed), 30 April and 1 May are off: working days are
    # 28 and 29 April, 4 and 5 May. Three of them end with Monday 4 May; a day of waiting moves that to 5 May.
    accepted: dict[str, Any] = {"accepted_at": at("04-24 09:00"), "procedure_code": "1.000001"}
    terms = [procedure(term_days=3)]
    for end, waiting, expected in (("05-04 17:00", 0, 1), ("05-05 08:00", 0, 0), ("05-05 08:00", 86400, 1)):
        told = dossier(week="2026-W19", finished_at=at(end), waiting_seconds=waiting, **accepted)
        assert on_time(told, week="2026-W19", procedures=terms) == (expected, 1)
    unfinished = dossier(week="2026-W19", **accepted)  # the cut of W18 is 4 May 00:00, that of W19 11 May
    found = counts_of(
        "2026-W18..2026-W19", dossiers=[dossier(week="2026-W17", **accepted), unfinished], procedures=terms
    )
    assert [found[f"2026-W{n}", "ytd", UNIT, "on_time"] for n in (18, 19)] == [(1, 1), (0, 1)]


def test_a_term_of_no_days_ends_with_the_day_of_acceptance_be_it_a_sunday() -> None:
    told: dict[str, Any] = {"accepted_at": at("03-08 10:00"), "procedure_code": "1.000001"}
    terms = [procedure(term_days=0)]
    assert on_time(dossier(finished_at=at("03-08 15:00"), **told), procedures=terms) == (1, 1)
    assert on_time(dossier(**told, week="2026-W10"), week="2026-W10", procedures=terms) == (0, 1)
    # Unfinished and accepted on Sunday 1 March with a day of waiting: due with Monday 2 March, late at the cut of W10
    # but on time at that of W09.
    waiting = dossier(week="2026-W09", accepted_at=at("03-01 10:00"), procedure_code="1.000001", waiting_seconds=86400)
    found = counts_of("2026-W09..2026-W10", dossiers=[waiting], procedures=terms)
    assert [found[f"2026-W{n}", "ytd", UNIT, "on_time"] for n in ("09", "10")] == [(1, 1), (0, 1)]


def test_with_neither_due_date_nor_term_a_dossier_counts_but_is_not_on_time() -> None:
    assert on_time(dossier(finished_at=at("03-03 10:00"))) == (0, 1)
    assert on_time(dossier(procedure_code="1.000001"), procedures=[procedure(term_days=None)]) == (0, 1)


def test_a_term_told_later_counts_from_then_on() -> None:
    told = dossier(procedure_code="1.000001", finished_at=at("03-03 10:00"))
    found = counts_of("2026-W10..2026-W12", dossiers=[told], procedures=[procedure(week="2026-W11", term_days=5)])
    assert [found[f"2026-W{n}", "ytd", UNIT, "on_time"] for n in (10, 11, 12)] == [(0, 1), (1, 1), (1, 1)]


# Which dossiers, which period


def test_what_was_refused_before_acceptance_is_not_counted() -> None:
    kept = dossier("kept", due_at=at("03-20 10:00"))
    refused = dossier("refused", status="not_accepted", accepted_at=at("03-02 09:00"), stopped_at=at("03-03 09:00"))
    waiting = dossier("waiting", status="new", accepted_at=None, filed_at=at("03-02 08:00"))
    assert on_time(kept, refused, waiting) == (1, 1)


def test_a_dossier_belongs_to_the_month_of_its_acceptance_by_the_vietnamese_day() -> None:
    # Filed in January, accepted on 1 February at 00:30 in Việt Nam, which is still January in UTC.
    told = dossier(week="2026-W06", filed_at=at("01-30 09:00"), accepted_at=at("02-01 00:30"), due_at=at("03-01 00:00"))
    found = counts_of("2026-W05..2026-W06", dossiers=[told | {"arrived_week": Week.parse("2026-W05").monday}])
    assert found["2026-W05", "month", UNIT, "on_time"] == (0, 0)  # W05, 26 January to 1 February, is read in January
    assert found["2026-W05", "ytd", UNIT, "on_time"] == (1, 1)
    assert found["2026-W06", "month", UNIT, "on_time"] == (1, 1)


def test_a_deadline_after_the_months_end_has_not_passed_for_the_month_but_has_for_the_year() -> None:
    # W18 is 27 April to 3 May: read in April, whose cut is 1 May 00:00; quarter and year are cut on 4 May.
    told: dict[str, Any] = {"week": "2026-W17", "accepted_at": at("04-20 09:00")}
    within = dossier("within", due_at=at("04-30 10:00"), **told)  # passed for all
    after = dossier("after", due_at=at("05-02 10:00"), **told)  # not yet for April
    found = counts_of("2026-W17..2026-W19", dossiers=[within, after])
    assert [found["2026-W17", kind, UNIT, "on_time"] for kind in ("month", "quarter", "ytd")] == [(2, 2)] * 3
    assert [found["2026-W18", kind, UNIT, "on_time"] for kind in ("month", "quarter", "ytd")] == [
        (1, 2),
        (0, 2),
        (0, 2),
    ]
    assert found["2026-W19", "month", UNIT, "on_time"] == (0, 0)  # May has none


def test_week_53_is_cut_at_the_years_end() -> None:
    # 2026-W53 is 28 December to 3 January, its Thursday 31 December: all three periods end in it.
    old = dossier("old", week="2026-W53", accepted_at=at("12-31 23:59"), due_at=at("2027-01-02 10:00"))
    new = dossier("new", week="2026-W53", accepted_at=at("2027-01-01 00:00"), due_at=at("2027-02-01 10:00"))
    found = counts_of("2026-W53..2027-W01", dossiers=[old, new])
    assert [found["2026-W53", kind, UNIT, "on_time"] for kind in ("month", "quarter", "ytd")] == [(1, 1)] * 3
    assert [found["2027-W01", kind, UNIT, "on_time"] for kind in ("month", "quarter", "ytd")] == [
        (1, 1)
    ] * 3  # the new one


def test_counts_of_merged_units_begin_again_on_the_first_of_july_2025() -> None:
    june = dossier("june", week="2025-W26", accepted_at=at("2025-06-20 09:00"), due_at=at("2026-01-01 09:00"))
    july = dossier("july", week="2025-W27", accepted_at=at("2025-07-02 09:00"), due_at=at("2026-01-01 09:00"))
    found = counts_of("2025-W26..2025-W27", dossiers=[june, july])
    assert found["2025-W26", "ytd", UNIT, "on_time"] == (1, 1)
    assert found["2025-W27", "ytd", UNIT, "on_time"] == (1, 1)  # July's alone


def test_the_rule_set_is_the_one_of_the_last_day_measured() -> None:
    asked: list[date] = []

    def chosen(day: date) -> RuleSet:
        asked.append(day)
        return get_ruleset("766-2025")

    counted(History(dossiers=[dossier(week="2025-W41")]), parse_weeks("2025-W44..2025-W44"), chosen, CON)
    # W44 is 27 October to 2 November: October ends on the 31st, quarter and year go on.
    assert sorted(set(asked)) == [date(2025, 10, 31), date(2025, 11, 2)]


# Versions


def test_the_later_row_of_a_week_counts_and_the_later_week_replaces_it() -> None:
    told = [
        dossier(channel="direct", source_row=2),
        dossier(channel="online", source_row=1),
        dossier(week="2026-W11", channel="online", unit_code="H05.102"),
    ]
    found = counts_of("2026-W10..2026-W11", dossiers=told)
    assert found["2026-W10", "ytd", UNIT, "filed_online"] == (0, 1)
    assert found["2026-W11", "ytd", UNIT, "filed_online"] == (0, 0)  # moved to another unit
    assert found["2026-W11", "ytd", "H05.102", "filed_online"] == (1, 1)
    assert [found[f"2026-W{n}", "ytd", "H05", "filed_online"] for n in (10, 11)] == [(0, 1), (1, 1)]


def test_a_petition_makes_its_dossier_complained_of_from_the_week_it_arrives() -> None:
    told = dossier(due_at=at("06-01 10:00"))
    found = counts_of("2026-W10..2026-W11", dossiers=[told], petitions=[petition(week="2026-W11", dossier_code="a")])
    assert [found[f"2026-W{n}", "ytd", UNIT, "procedure_satisfaction"] for n in (10, 11)] == [(1, 1), (0, 1)]


def test_a_dislike_withdrawn_from_a_dossier_no_longer_counts() -> None:
    told = [petition(form="dislike", dossier_code="a"), petition(week="2026-W11", form="dislike", dossier_code=None)]
    found = counts_of("2026-W10..2026-W11", dossiers=[dossier(due_at=at("06-01 10:00"))], petitions=told)
    assert [found[f"2026-W{n}", "ytd", UNIT, "procedure_satisfaction"] for n in (10, 11)] == [(0, 1), (1, 1)]


def test_a_complaint_and_a_new_list_that_do_not_meet_count_a_dossier_once() -> None:
    # Complained of from W11 to W12, its term told from W14 on: four times in a row, none counted twice or not at all.
    told = dossier(procedure_code="1.000001", finished_at=at("03-03 10:00"))
    found = counts_of(
        "2026-W10..2026-W15",
        dossiers=[told],
        procedures=[procedure(week="2026-W14", term_days=5)],
        petitions=[petition(week="2026-W11", dossier_code="a"), petition(week="2026-W13", dossier_code=None)],
    )
    weeks = [f"2026-W{n}" for n in range(10, 16)]
    assert [found[week, "ytd", UNIT, "on_time"] for week in weeks] == [(0, 1)] * 4 + [(1, 1)] * 2


def test_timeliness_of_each_dossier_for_an_audit() -> None:
    told = [
        dossier("early", due_at=at("03-06 10:00"), finished_at=at("03-05 10:00")),
        dossier("late", due_at=at("03-06 10:00"), finished_at=at("03-07 10:00")),
        dossier("open", due_at=at("03-10 10:00")),
        dossier("open without a due date"),
        dossier("refused", status="not_accepted", due_at=at("03-06 10:00")),
    ]
    CON.register(
        "told", pa.Table.from_pylist([{k: v for k, v in one.items() if k in _AUDITED.names} for one in told], _AUDITED)
    )
    sql = timeliness_sql("told", "TIMESTAMP '2026-03-08 17:00:00'")
    found = CON.execute(f"SELECT dossier_code, class, has_due, finished, timely FROM ({sql}) ORDER BY ALL").fetchall()
    CON.unregister("told")
    assert found == [
        ("early", "early_or_on_time", True, True, True),
        ("late", "late", True, True, False),
        ("open", "unfinished", True, False, True),
        ("open without a due date", "no_due", False, False, False),
    ]


_AUDITED = pa.schema(
    [("dossier_code", pa.string()), ("unit_code", pa.string()), ("status", pa.string())]
    + [(name, pa.timestamp("us")) for name in ("accepted_at", "due_at", "finished_at", "returned_at", "stopped_at")]
    + [("supplement_count", pa.int16()), ("supplement_open_at", pa.timestamp("us")), ("waiting_seconds", pa.int64())]
)
