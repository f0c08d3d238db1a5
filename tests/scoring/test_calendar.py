"""Weeks and periods by the Vietnamese calendar: the edges where others went wrong (known failures 15 and 16)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.calendar import PERIOD_KINDS, Period, Week, day_of_utc, parse_weeks, utc_of_day

DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        # 22:25Z was dated a day early by one board (known failures, line 16): in Hà Nội it is 05:25 of the next day.
        (datetime(2025, 10, 11, 22, 25), date(2025, 10, 12)),
        (datetime(2025, 10, 11, 17, 0), date(2025, 10, 12)),
        (datetime(2025, 10, 11, 16, 59, 59), date(2025, 10, 11)),
    ],
)
def test_a_day_begins_at_midnight_in_viet_nam(instant: datetime, day: date) -> None:
    assert day_of_utc(instant) == day


def test_between_midnight_and_seven_on_monday_the_new_week_has_begun() -> None:
    sunday_evening_utc = datetime(2025, 10, 12, 17, 0)
    assert str(Week.of_instant(sunday_evening_utc)) == "2025-W42"
    assert str(Week.of_instant(sunday_evening_utc - timedelta(seconds=1))) == "2025-W41"


@pytest.mark.parametrize(
    ("day", "week"),
    [
        (date(2024, 12, 30), "2025-W01"),
        (date(2025, 12, 28), "2025-W52"),
        (date(2025, 12, 29), "2026-W01"),
        (date(2026, 12, 31), "2026-W53"),
        (date(2027, 1, 3), "2026-W53"),
        (date(2027, 1, 4), "2027-W01"),
    ],
)
def test_weeks_at_the_turn_of_the_year_are_iso_weeks(day: date, week: str) -> None:
    assert str(Week.containing(day)) == week


def test_week_53_is_read_in_the_year_it_is_named_after() -> None:
    week = Week.parse("2026-W53")
    period = Period.of_week("ytd", week)
    assert period.label == "2026"
    assert period.cut(week) == utc_of_day(date(2027, 1, 1))


def test_a_month_that_ends_mid_week_is_measured_at_its_own_end() -> None:
    week = Week.parse("2025-W44")  # 27 October to 2 November; Thursday is 30 October
    assert Period.of_week("month", week).label == "2025-10"
    assert Period.of_week("month", week).cut(week) == utc_of_day(date(2025, 11, 1))
    assert Period.of_week("ytd", week).cut(week) == week.end


@pytest.mark.parametrize("text", ["2025-41", "2025-W54", "2025-W00", "2025-W53", "W41", "2025-w41", "", "2025-W41 "])
def test_a_week_that_is_not_one_is_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match="is not a week"):
        Week.parse(text)


def test_a_range_of_weeks_must_not_run_backwards() -> None:
    assert [str(week) for week in parse_weeks("2025-W52..2026-W02")] == ["2025-W52", "2026-W01", "2026-W02"]
    with pytest.raises(ValueError, match="backwards"):
        parse_weeks("2025-W41..2025-W40")


@given(DAYS, st.sampled_from(PERIOD_KINDS))
def test_a_period_holds_its_day_and_follows_its_previous_without_a_gap(day: date, kind: str) -> None:
    period = Period.of_day(kind, day)
    assert period.start_day <= day <= period.end_day
    assert period.previous.end_day + timedelta(days=1) == period.start_day
    assert period.previous.kind == kind
    assert Period.parse(period.label) == period


@given(DAYS)
def test_every_day_lies_in_the_week_that_contains_it(day: date) -> None:
    week = Week.containing(day)
    assert week.monday <= day <= week.sunday
    assert Week.parse(str(week)) == week
    assert week.start <= utc_of_day(day) < week.end


@pytest.mark.parametrize("text", ["2025-13", "2025-Q5", "2025-H3", "25", "2025-1", "2025-00"])
def test_a_period_that_is_not_one_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a period"):
        Period.parse(text)
