"""What starts by the clock of Vietnam: Mondays, first working days, ends of years, and the hours that are yesterday in UTC.

Known failures, lines 14 to 16: exactly the period that ended, ISO dates and weeks, one clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from assets.house import House
from pipelines.build import build_defs
from pipelines.monthly import MONTH_TAG, monthly_compile
from pipelines.schedules import first_working_day, monthly, schedules
from tests.bulletin.reports import OWN, reported
from tests.events.conftest import kept_in

weekly = schedules()[0]
VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """An empty home."""
    folder = tmp_path_factory.mktemp("schedules")
    return House(home=str(folder / "home"), landing=str(folder))


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def at(
    schedule: dg.ScheduleDefinition, moment: str, instance: dg.DagsterInstance, house: House
) -> dg.RunRequest | None:
    """What a schedule asks for at a moment of its own clock; None when it skips."""
    with dg.build_schedule_context(
        instance=instance,
        scheduled_execution_time=datetime.fromisoformat(moment).replace(tzinfo=VIETNAM),
        resources={"house": house},
    ) as context:
        asked = schedule(context)
    assert isinstance(asked, dg.RunRequest | dg.SkipReason)
    return asked if isinstance(asked, dg.RunRequest) else None


@pytest.mark.parametrize(
    ("monday", "week"),
    [
        ("2025-11-17T06:30", "2025-W46"),
        ("2025-12-29T06:30", "2025-W52"),
        ("2026-01-05T06:30", "2026-W01"),
        ("2026-12-28T06:30", "2026-W52"),
        ("2027-01-04T06:30", "2026-W53"),
        ("2025-11-17T00:10", "2025-W46"),  # Sunday in UTC
    ],
)
def test_the_weekly_run_is_for_the_week_that_ended(
    house: House, instance: dg.DagsterInstance, monday: str, week: str
) -> None:
    asked = at(weekly, monday, instance, house)
    assert asked is not None
    assert (asked.run_key, asked.partition_key) == (week, f"{week}-1")
    again = at(weekly, monday, instance, house)
    assert again is not None
    assert again.run_key == asked.run_key  # a tick that is replayed asks for the same run


def test_before_the_first_week_nothing_is_asked_for(house: House, instance: dg.DagsterInstance) -> None:
    assert at(weekly, "2024-12-30T06:30", instance, house) is None


def test_the_weekly_run_says_what_is_still_missing(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    house = House(home=str(tmp_path / "home"), landing=str(tmp_path))
    office = house.open()
    (office.home.root / "timetable.yaml").write_text('expected: {feeds: ["dossiers H05"]}\n')
    asked = at(weekly, "2025-10-20T06:30", instance, house)
    assert asked is not None
    assert asked.tags["missing"] == "2025-W42: dossiers H05"


def test_dagster_ticks_on_mondays_at_half_past_six_in_vietnam() -> None:
    assert (weekly.cron_schedule, weekly.execution_timezone) == ("30 6 * * 1", "Asia/Ho_Chi_Minh")
    assert (monthly.cron_schedule, monthly.execution_timezone) == ("0 16 1-20 * *", "Asia/Ho_Chi_Minh")


@pytest.mark.parametrize(
    ("said", "cron"),
    [
        ("take_in_at: tuesday 07:05\n", "5 7 * * 2"),
        ("take_in_at: sunday 23:59\n", "59 23 * * 0"),
        ("publish_by: monday 10:00\n", "30 6 * * 1"),
        ("take_in_at: tuesday\n", "30 6 * * 1"),  # wrong: doctor tells it, and the page loads nonetheless
    ],
)
def test_the_offices_timetable_says_when_the_week_is_taken_in(tmp_path: Path, said: str, cron: str) -> None:
    (tmp_path / "timetable.yaml").write_text(said)
    assert schedules(str(tmp_path))[0].cron_schedule == cron


@pytest.mark.parametrize(
    ("month", "first"),
    [
        ("2025-12-15", "2025-12-01"),
        ("2026-01-31", "2026-01-02"),  # New Year's Day is a Thursday
        ("2025-11-03", "2025-11-03"),  # begins with a Saturday
        ("2026-05-20", "2026-05-04"),  # 1 May, then the weekend
    ],
)
def test_the_first_working_day_of_a_month_knows_holidays(month: str, first: str) -> None:
    assert first_working_day(date.fromisoformat(month)) == date.fromisoformat(first)


def test_the_month_that_ended_is_compiled_on_the_first_working_day_once(house: House, tmp_path: Path) -> None:
    with kept_in(tmp_path / "dagster") as instance:  # a schedule reaches only an instance that is kept
        _compiled_once(house, instance)


def _compiled_once(house: House, instance: dg.DagsterInstance) -> None:
    assert at(monthly, "2026-01-01T16:00", instance, house) is None
    asked = at(monthly, "2026-01-02T16:00", instance, house)
    assert asked is not None
    assert (asked.run_key, asked.tags) == ("2025-12:2026-01-02", {MONTH_TAG: "2025-12"})
    # The daemon slept on the first working day: the next one asks. A weekend does not.
    assert at(monthly, "2026-01-03T16:00", instance, house) is None
    late = at(monthly, "2026-01-05T16:00", instance, house)
    assert late is not None
    assert late.tags == {MONTH_TAG: "2025-12"}
    instance.create_run_for_job(monthly_compile, tags=late.tags, status=dg.DagsterRunStatus.SUCCESS)
    assert at(monthly, "2026-01-06T16:00", instance, house) is None
    assert at(monthly, "2026-02-02T16:00", instance, house) is not None  # January is another month


def test_the_compile_writes_its_papers_and_a_month_without_weeks_fails_by_name(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    house = House(home=str(tmp_path / "reports"), landing=str(tmp_path))
    office = reported(house.open())
    job = build_defs(home=house.home, landing=house.landing).resolve_job_def("compile")
    assert job.execute_in_process(instance=instance, tags={MONTH_TAG: "2025-11"}).success
    papers = {path.name for path in (office.home.published / "bulletins/2025-11").iterdir()}
    assert papers == {
        f"compile.{OWN}.2025-11.{code}.{form}" for code in ("vi", "en") for form in ("html", "pdf", "docx")
    }
    failed = job.execute_in_process(instance=instance, tags={MONTH_TAG: "2024-01"}, raise_on_error=False)
    assert not failed.success
    (failure,) = [event for event in failed.all_events if event.is_step_failure]
    assert "2024-01" in (failure.step_failure_data.error.message if failure.step_failure_data.error else "")
