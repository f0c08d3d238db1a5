"""Which weeks are read in which periods, and at which instants: the time frame of the counts.

Belongs here: readings (a week in a period kind), the ticks of time they fall on, the stretches of months they add up.
Does not belong here: SQL (counting.py), what is counted (measures.py).

All instants a count can be taken at are beginnings of Vietnamese days. Sorted, they are the *ticks* 0, 1, 2, ...; an
event on a day is seen first at the tick whose cut is the first one after it, so `tick(day)` is the number of cuts up to
that day. A week that carries its month's last days has two ticks: the month's end for periods that end with it, the
week's end for those that go on.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from scoring.calendar import Period, PeriodKind, Week, day_of_utc
from scoring.ruleset import RuleSet

COUNTED_KINDS: tuple[PeriodKind, ...] = ("ytd", "quarter", "month")

#: Month number that stands for "not bound to any month".
ALWAYS = -1


def month_number(day: date) -> int:
    """Months since the year 0: consecutive, so that a period is a range of them."""
    return day.year * 12 + day.month - 1


@dataclass(frozen=True, slots=True)
class Stretch:
    """Months that are added up: a period, or what is left of it after a restart."""

    kind: PeriodKind
    first_month: int
    last_month: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A week read in a period: counted at `tick`, over the months of `stretch`, by `ruleset`."""

    week: Week
    kind: PeriodKind
    period: Period
    ruleset: RuleSet
    stretch: int
    tick: int


@dataclass(frozen=True, slots=True)
class TimeFrame:
    """Every reading asked for; `cut_days` are the days at whose beginning something is read, `stretches` by number."""

    readings: tuple[Reading, ...]
    stretches: tuple[Stretch, ...]
    cut_days: tuple[date, ...]

    @property
    def rulesets(self) -> tuple[RuleSet, ...]:
        """The rule sets in use, each once, in order of appearance."""
        return tuple({reading.ruleset.fingerprint: reading.ruleset for reading in self.readings}.values())

    @property
    def last_week(self) -> Week:
        return self.readings[-1].week

    def steps(self) -> list[tuple[int, int, int, int]]:
        """(month, tick, stretch, reading tick): where an event of a month and tick is first seen in a stretch."""
        read_at: dict[int, list[int]] = {}
        for reading in self.readings:
            read_at.setdefault(reading.stretch, []).append(reading.tick)
        rows = []
        for number, stretch in enumerate(self.stretches):
            ticks = sorted(read_at[number])
            for month in (ALWAYS, *range(stretch.first_month, stretch.last_month + 1)):
                rows += [(month, t, number, ticks[bisect_left(ticks, t)]) for t in range(ticks[-1] + 1)]
        return rows


def time_frame(weeks: Iterable[Week], ruleset_on: Callable[[date], RuleSet], ahead: Iterable[Week] = ()) -> TimeFrame:
    """The readings of some weeks in the three counted period kinds.

    ahead: weeks whose cuts are days of the frame too, though nothing is read there yet. ruleset_on: the rule set valid on a
    day; asked for the last day a reading measures. Raises ValueError when there are no weeks or a restart is not the first
    of a month, and what `ruleset_on` raises.
    """
    raw = [(week, kind, Period.of_week(kind, week)) for week in sorted(set(weeks)) for kind in COUNTED_KINDS]
    if not raw:
        raise ValueError("no weeks to count")
    later = [(week, Period.of_week(kind, week)) for week in ahead for kind in COUNTED_KINDS]
    cuts = [*((period, week) for week, _, period in raw), *((period, week) for week, period in later)]
    cut_days = tuple(sorted({day_of_utc(period.cut(week)) for period, week in cuts}))
    numbers: dict[Stretch, int] = {}
    readings = []
    for week, kind, period in raw:
        ruleset = ruleset_on(min(week.sunday, period.end_day))
        stretch = Stretch(kind, month_number(_first_day(week, period, ruleset)), month_number(period.end_day))
        number = numbers.setdefault(stretch, len(numbers))
        tick = bisect_left(cut_days, day_of_utc(period.cut(week)))
        readings.append(Reading(week, kind, period, ruleset, number, tick))
    return TimeFrame(tuple(readings), tuple(numbers), cut_days)


def _first_day(week: Week, period: Period, ruleset: RuleSet) -> date:
    """The period's first day, or the day on which its counts began again (methodology, section 4, merged units)."""
    restart = ruleset.restart
    if restart is None or not period.start_day < restart <= min(week.sunday, period.end_day):
        return period.start_day
    if restart.day != 1:
        raise ValueError(f"{ruleset.id}: restart {restart} is not the first day of a month")
    return restart
