"""Weeks and periods, as the index counts them.

Belongs here: the ISO week (Monday to Sunday, Asia/Ho_Chi_Minh) and the periods a week is read in (year to date, half,
quarter, month). Does not belong here: the present moment; no function here reads a clock.

Instants are naive `datetime`s in UTC; days are Vietnamese days. Việt Nam keeps UTC+7 the year round, so the offset is a
constant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

VIETNAM_OFFSET = timedelta(hours=7)
PeriodKind = Literal["ytd", "half", "quarter", "month"]
PERIOD_KINDS: tuple[PeriodKind, ...] = ("ytd", "half", "quarter", "month")

_WEEK = re.compile(r"^(\d{4})-W(\d{2})$")


def utc_of_day(day: date) -> datetime:
    """The instant (naive UTC) at which a Vietnamese day begins."""
    return datetime(day.year, day.month, day.day) - VIETNAM_OFFSET


def day_of_utc(instant: datetime) -> date:
    """The Vietnamese day in which an instant (naive UTC) falls."""
    return (instant + VIETNAM_OFFSET).date()


@dataclass(frozen=True, order=True, slots=True)
class Week:
    """An ISO week, named by its Monday. Ordered, hashable; `str(week)` is `2025-W46`."""

    monday: date

    def __post_init__(self) -> None:
        if self.monday.weekday() != 0:
            raise ValueError(f"{self.monday} is not a Monday")

    @classmethod
    def parse(cls, text: str) -> Week:
        """`2025-W46` as a week. Raises ValueError for anything else, week 53 of a year that has none included."""
        match = _WEEK.match(text)
        if not match:
            raise ValueError(f"{text!r} is not a week: expected the form 2025-W46")
        try:
            return cls(date.fromisocalendar(int(match[1]), int(match[2]), 1))
        except ValueError:
            raise ValueError(f"{text!r} is not a week: {match[1]} has no week {match[2]}") from None

    @classmethod
    def containing(cls, day: date) -> Week:
        return cls(day - timedelta(days=day.weekday()))

    @classmethod
    def of_instant(cls, instant: datetime) -> Week:
        """The week in which an instant (naive UTC) falls, by the Vietnamese calendar."""
        return cls.containing(day_of_utc(instant))

    def __str__(self) -> str:
        year, number, _ = self.monday.isocalendar()
        return f"{year}-W{number:02d}"

    def shift(self, weeks: int) -> Week:
        return Week(self.monday + timedelta(weeks=weeks))

    @property
    def previous(self) -> Week:
        return self.shift(-1)

    @property
    def next(self) -> Week:
        return self.shift(1)

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)

    @property
    def thursday(self) -> date:
        """The day that decides which year, quarter and month the week is read in (as ISO 8601 does for the year)."""
        return self.monday + timedelta(days=3)

    @property
    def start(self) -> datetime:
        """First instant of the week, naive UTC."""
        return utc_of_day(self.monday)

    @property
    def end(self) -> datetime:
        """First instant after the week, naive UTC."""
        return utc_of_day(self.monday + timedelta(days=7))


def week_range(first: Week, last: Week) -> Iterator[Week]:
    """Every week from first to last, both included."""
    week = first
    while week <= last:
        yield week
        week = week.next


def contiguous(weeks: Iterable[Week]) -> list[tuple[Week, Week]]:
    """The weeks as the fewest ranges (first, last) without gaps, in order."""
    ranges: list[tuple[Week, Week]] = []
    for week in sorted(set(weeks)):
        if ranges and ranges[-1][1].next == week:
            ranges[-1] = (ranges[-1][0], week)
        else:
            ranges.append((week, week))
    return ranges


def parse_weeks(text: str) -> list[Week]:
    """`2025-W38..2025-W46` or `2025-W41` as weeks in order. Raises ValueError with what was expected."""
    first, dots, last = text.partition("..")
    if not dots:
        return [Week.parse(text)]
    start, end = Week.parse(first), Week.parse(last)
    if end < start:
        raise ValueError(f"{text!r} runs backwards: the first week must not come after the last")
    return list(week_range(start, end))


@dataclass(frozen=True, order=True, slots=True)
class Period:
    """A stretch of whole months that counts are taken over. `label`: 2025, 2025-H2, 2025-Q4 or 2025-10."""

    kind: PeriodKind
    start_day: date
    end_day: date  # last day, included

    @classmethod
    def of_day(cls, kind: PeriodKind, day: date) -> Period:
        """The period of a kind in which a Vietnamese day falls."""
        months = {"ytd": 12, "half": 6, "quarter": 3, "month": 1}[kind]
        first_month = (day.month - 1) // months * months + 1
        start = date(day.year, first_month, 1)
        after = date(start.year + (first_month + months - 1) // 12, (first_month + months - 1) % 12 + 1, 1)
        return cls(kind, start, after - timedelta(days=1))

    @classmethod
    def of_week(cls, kind: PeriodKind, week: Week) -> Period:
        """The period a week is read in: the one its Thursday falls in."""
        return cls.of_day(kind, week.thursday)

    @classmethod
    def parse(cls, label: str) -> Period:
        """`2025`, `2025-H2`, `2025-Q4` or `2025-10` as a period. Raises ValueError."""
        match = re.fullmatch(r"(\d{4})(?:-(?:H([12])|Q([1-4])|(0[1-9]|1[0-2])))?", label)
        if not match:
            raise ValueError(f"{label!r} is not a period: expected 2025, 2025-H2, 2025-Q4 or 2025-10")
        year = int(match[1])
        if match[2]:
            return cls.of_day("half", date(year, int(match[2]) * 6, 1))
        if match[3]:
            return cls.of_day("quarter", date(year, int(match[3]) * 3, 1))
        if match[4]:
            return cls.of_day("month", date(year, int(match[4]), 1))
        return cls.of_day("ytd", date(year, 1, 1))

    @property
    def label(self) -> str:
        year, month = self.start_day.year, self.start_day.month
        match self.kind:
            case "ytd":
                return f"{year}"
            case "half":
                return f"{year}-H{(month + 5) // 6}"
            case "quarter":
                return f"{year}-Q{(month + 2) // 3}"
            case _:
                return f"{year}-{month:02d}"

    def __str__(self) -> str:
        return self.label

    @property
    def start(self) -> datetime:
        """First instant, naive UTC."""
        return utc_of_day(self.start_day)

    @property
    def end(self) -> datetime:
        """First instant after the period, naive UTC."""
        return utc_of_day(self.end_day + timedelta(days=1))

    @property
    def previous(self) -> Period:
        """Exactly the preceding period of the same kind."""
        return Period.of_day(self.kind, self.start_day - timedelta(days=1))

    def cut(self, week: Week) -> datetime:
        """The instant at which the period is measured in a week: the week's end, or the period's if that is earlier."""
        return min(week.end, self.end)
