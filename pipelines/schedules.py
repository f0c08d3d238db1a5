"""When work starts by the clock: every Monday for the week that ended.

Belongs here: schedules. Does not belong here: what reacts to events (sensors).
"""

import dagster as dg

from assets.partitions import FIRST_WEEK, key_of
from scoring.calendar import Week

MONDAY_MORNING = "30 6 * * 1"


def schedules() -> list[dg.ScheduleDefinition]:
    return [weekly]


@dg.schedule(
    name="weekly",
    job_name="intake",
    cron_schedule=MONDAY_MORNING,
    execution_timezone="Asia/Ho_Chi_Minh",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Thứ Hai 06:30: nhận và kiểm tra tuần vừa hết; công bố theo kết luận. "
    "/ Monday 06:30: take in and judge the week that ended; the verdict starts its scoring.",
)
def weekly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    # The tick's own time, not the clock: a tick that is late or replayed asks for the same week.
    week = Week.containing(context.scheduled_execution_time.date()).previous
    if week < FIRST_WEEK:
        return dg.SkipReason(f"{week} is before the first partition {FIRST_WEEK}")
    return dg.RunRequest(run_key=str(week), partition_key=key_of(week))
