"""When work starts by the clock: once a week for the week that ended, on a month's first working day for the last month.

Belongs here: schedules. Does not belong here: what reacts to events (sensors). A schedule looks at its tick's own time, never at
the clock: a tick that is late or replayed asks for the same.
"""

from datetime import date, timedelta
from pathlib import Path

import dagster as dg

from assets.house import House
from assets.partitions import FIRST_WEEK, key_of
from pipelines.monthly import MONTH_TAG, monthly_compile
from resources.settings import SettingsError, load_settings
from resources.timetable import PACKAGED, Moment, read_timetable
from scoring.calendar import Period, Week
from scoring.working_days import is_working_day
from scoring.yamlnodes import RuleSetError

EVERY_AFTERNOON = (
    "0 16 1-20 * *"  # after the week's publication, where both fall on one day; Tết closes offices ten days
)
HOUSE_TIME = "Asia/Ho_Chi_Minh"
UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]


def schedules(home: str = "") -> list[dg.ScheduleDefinition]:
    """home: whose timetable counts; empty: that of the settings."""
    return [weekly_at(_taking_in(home).cron), monthly]


def _taking_in(home: str) -> Moment:
    """When the week that ended is taken in. A timetable that cannot be read keeps no page from loading: `doctor` tells file and
    line, and so does every tick that needs it; until it is mended the packaged one counts.
    """
    try:
        return read_timetable(Path(home) if home else load_settings().home).take_in_at
    except (RuleSetError, SettingsError) as error:
        from resources.logs import logger

        logger().error("timetable_not_read", why=str(error))
        return read_timetable(PACKAGED.parent).take_in_at


def weekly_at(cron: str) -> dg.ScheduleDefinition:
    """The weekly schedule, at a moment of Vietnamese time."""

    @dg.schedule(
        name="weekly",
        job_name="intake",
        cron_schedule=cron,
        execution_timezone=HOUSE_TIME,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Mỗi tuần (timetable.yaml; thứ Hai 06:30): nhận và kiểm tra tuần vừa hết; tuần đủ bản xuất, hoặc hết hạn "
        "chờ, được công bố theo kết luận. / Every week (timetable.yaml; Monday 06:30): take in and judge the week that ended; "
        "complete, or when the waiting ends, it is published by its verdict.",
    )
    def weekly(context: dg.ScheduleEvaluationContext, house: House) -> dg.RunRequest | dg.SkipReason:
        from assets.awaiting import awaited

        week = Week.containing(context.scheduled_execution_time.date()).previous
        if week < FIRST_WEEK:
            return dg.SkipReason(f"{week} is before the first partition {FIRST_WEEK}")
        missing = awaited(house.open(), week)
        tags = {"missing": str(missing)} if missing.missing else {}
        return dg.RunRequest(run_key=str(week), partition_key=key_of(week), tags=tags)

    return weekly


@dg.schedule(
    name="monthly",
    job=monthly_compile,
    cron_schedule=EVERY_AFTERNOON,
    execution_timezone=HOUSE_TIME,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Ngày làm việc đầu tiên của tháng, 16:00: bản tổng hợp tháng vừa hết. "
    "/ The first working day of a month, 16:00: the compile of the month that ended.",
)
def monthly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    today = context.scheduled_execution_time.date()
    first = first_working_day(today)
    if today < first:
        return dg.SkipReason(f"{today} comes before the month's first working day {first}")
    month = Period.of_day("month", today).previous.label
    done = dg.RunsFilter(
        job_name=monthly_compile.name, tags={MONTH_TAG: month}, statuses=[dg.DagsterRunStatus.SUCCESS, *UNDER_WAY]
    )
    if not is_working_day(today) or context.instance.get_runs_count(done):
        return dg.SkipReason(f"{month} is compiled, or being compiled, or it is no working day")
    return dg.RunRequest(run_key=f"{month}:{today}", tags={MONTH_TAG: month})


def first_working_day(day: date) -> date:
    """The first working day of the month a Vietnamese day lies in."""
    first = day.replace(day=1)
    while not is_working_day(first):
        first += timedelta(days=1)
    return first
