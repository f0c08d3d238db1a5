"""Office hours of the emulated portal: days worked, and local seconds.

Belongs here: the working calendar and the reading of local time as whole seconds. Does not belong here: what happens at
those times.

The emulator counts time as the portal writes it: seconds since 1970-01-01 00:00 on a clock in Việt Nam (naive, UTC+7
already added).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache

import numpy as np

from scoring.calendar import VIETNAM_OFFSET, Week

MINUTE, HOUR, DAY = 60, 3600, 86400
MORNING, LAST_ACCEPTANCE, CLOSING = 7 * HOUR + 30 * MINUTE, 16 * HOUR, 17 * HOUR
_EPOCH = date(1970, 1, 1)


@cache
def working_calendar() -> np.busdaycalendar:
    """Monday to Friday without the public holidays of 2023 to 2030."""
    import holidays

    days = sorted(holidays.country_holidays("VN", years=range(2023, 2031)))
    return np.busdaycalendar(holidays=np.array(days, dtype="datetime64[D]"))


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - _EPOCH).days


def local_seconds(day: date) -> int:
    """The local midnight with which a day begins."""
    return day_number(day) * DAY


def seconds_of_utc(instant: datetime) -> int:
    """An instant (naive UTC) on the local clock."""
    return int((instant + VIETNAM_OFFSET - datetime(1970, 1, 1)).total_seconds())


def add_working_days(days: np.ndarray, count: np.ndarray | int) -> np.ndarray:
    """Day numbers moved by working days; a day off counts as the next day worked."""
    moved = np.busday_offset(days.astype("datetime64[D]"), count, roll="forward", busdaycal=working_calendar())
    return moved.astype(np.int64)


def working_days(first: date, last: date) -> np.ndarray:
    """Day numbers of the days worked from first to last, both included."""
    days = np.arange(day_number(first), day_number(last) + 1)
    return days[np.is_busday(days.astype("datetime64[D]"), busdaycal=working_calendar())]


def office_days(week: Week) -> tuple[np.ndarray, float]:
    """Day numbers on which offices are open in a week, and the share of a usual week's work done on them.

    In a week of nothing but holidays a duty desk takes in a fiftieth of the usual work from Monday to Friday.
    """
    days = working_days(week.monday, week.sunday)
    if len(days):
        return days, len(days) / 5
    return np.arange(5) + day_number(week.monday), 0.02


def iso(seconds: int) -> str:
    """`2025-10-06 09:00:00` on the local clock; empty for 0."""
    return str(datetime(1970, 1, 1) + timedelta(seconds=int(seconds))) if seconds else ""
