"""Working days of Vietnam, through the `holidays` package, as data for SQL and as a few functions of dates.

Belongs here: which days are worked. State offices work Monday to Friday less public holidays and the days off given for
them, plus the Saturdays worked in exchange. Does not belong here: terms and deadlines (counting, rule sets).
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holidays import HolidayBase

#: Days the house counts with. Dates outside are taken as the nearest end; no dossier of the index lies there.
FIRST_DAY, LAST_DAY = date(2015, 1, 1), date(2039, 12, 31)


@cache
def days_off() -> frozenset[date]:
    """Weekdays on which offices are closed, from FIRST_DAY to LAST_DAY."""
    return frozenset(day for day in _calendar() if day.weekday() < 5)


@cache
def worked_weekends() -> frozenset[date]:
    """Saturdays and Sundays worked in exchange for a day off."""
    return frozenset(_calendar().weekend_workdays)


def is_working_day(day: date) -> bool:
    """Whether offices work on a Vietnamese day."""
    return (day.weekday() < 5 and day not in days_off()) or day in worked_weekends()


def add_working_days(day: date, count: int) -> date:
    """The count-th working day after `day`; `day` itself for 0. Raises ValueError when count is negative."""
    if count < 0:
        raise ValueError(f"{count} working days: a term cannot be negative")
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def working_days_between(first: date, last: date) -> int:
    """Working days after `first` up to and including `last`; negative when `last` comes first."""
    if last < first:
        return -working_days_between(last, first)
    return sum(is_working_day(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))


@cache
def _calendar() -> HolidayBase:
    import holidays

    return holidays.country_holidays("VN", years=range(FIRST_DAY.year, LAST_DAY.year + 1), expand=False)
