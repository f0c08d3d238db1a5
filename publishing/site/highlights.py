"""The week in figures: what a release says first. Computed from the table, never written by hand.

Belongs here: leader, lead, gains and falls, lowest completion, mean, spread, the last ten, units under review. Does not
belong here: the sentences (templates).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from publishing.figures import displayed
from publishing.site.reading import Row
from publishing.views import UNDER_REVIEW
from publishing.words import COMPONENTS
from scoring.calendar import Week
from scoring.formulas import completion_pct
from scoring.ranking import previous_week

NINETY = Decimal(90)
LAST = 10
NAMED = 3


class Lowest(NamedTuple):
    """The component that reaches the least of its maximum, and how much of it in percent."""

    component: str
    completion: Decimal


@dataclass(frozen=True)
class Highlights:
    """What is to be said of a cohort in a week. None and empty where the figures do not say it.

    streak: weeks in a row that the leader leads, this one included, since the week `since`. lead: of the first over the
    next rank; lead_before: a week ago. rising, falling: the units whose total changed most, as displayed. climbed: most
    places up.
    """

    leaders: tuple[Row, ...]
    streak: int
    since: str
    lead: Decimal | None
    lead_before: Decimal | None
    second: Row | None
    rising: tuple[Row, ...]
    falling: tuple[Row, ...]
    climbed: tuple[Row, ...]
    moved_up: int
    moved_down: int
    compared: bool
    lowest: Lowest | None
    mean: Decimal | None
    best: Decimal | None
    worst: Decimal | None
    ninety: int
    last: int
    last_rose: int
    reviewed: tuple[Row, ...]
    ranked: int
    units: int


def highlights(rows: Sequence[Row], earlier: Mapping[str, Sequence[Row]], maxima: Mapping[str, Decimal]) -> Highlights:
    """rows: a cohort by rank. earlier: the cohort's rows by week, as those weeks stand."""
    ranked = [row for row in rows if row["rank"] is not None]
    leaders = tuple(row for row in ranked if row["rank"] == 1)
    totals = [row["total"] for row in ranked]
    changes = [row for row in ranked if row["change"] is not None and displayed(row["change"]) != 0]
    moves = [row for row in ranked if row["move"]]
    led = _led(rows, earlier)
    last = ranked[-LAST:] if len(ranked) >= 2 * LAST else []
    return Highlights(
        leaders=leaders,
        streak=len(led),
        since=led[-1] if led else "",
        lead=_lead(rows),
        lead_before=_lead(_week_before(rows, earlier)),
        second=next((row for row in ranked if row["rank"] > 1), None),
        rising=tuple(sorted((row for row in changes if row["change"] > 0), key=lambda row: -row["change"])[:NAMED]),
        falling=tuple(sorted((row for row in changes if row["change"] < 0), key=lambda row: row["change"])[:NAMED]),
        climbed=tuple(sorted((row for row in moves if row["move"] > 1), key=lambda row: -row["move"])[:NAMED]),
        moved_up=sum(row["move"] > 0 for row in moves),
        moved_down=sum(row["move"] < 0 for row in moves),
        compared=any(row["move"] is not None for row in ranked),
        lowest=_lowest(ranked, maxima),
        mean=mean_of(totals),
        best=max(totals, default=None),
        worst=min(totals, default=None),
        ninety=sum(total >= NINETY for total in totals),
        last=len(last),
        last_rose=sum(row["change"] is not None and displayed(row["change"]) > 0 for row in last),
        reviewed=tuple(row for row in rows if row["status"] == UNDER_REVIEW),
        ranked=len(ranked),
        units=len(rows),
    )


def mean_of(values: Iterable[Decimal | None]) -> Decimal | None:
    """The mean of those that are known, half-up to two decimals."""
    known = [value for value in values if value is not None]
    return (sum(known, Decimal(0)) / len(known)).quantize(Decimal("0.01"), ROUND_HALF_UP) if known else None


def _lead(rows: Sequence[Row]) -> Decimal | None:
    """The first's total less that of the next rank; 0 where the first rank is shared."""
    ranked = [row for row in rows if row["rank"] is not None]
    if len(ranked) < 2:
        return None
    lead: Decimal = ranked[0]["total"] - ranked[1]["total"]
    return lead


def _week_before(rows: Sequence[Row], earlier: Mapping[str, Sequence[Row]]) -> Sequence[Row]:
    """The cohort a week ago, where the two may be compared: same period, same members ranked."""
    if not rows:
        return ()
    before = previous_week(rows[0]["period_kind"], Week.parse(rows[0]["week"]))
    told = earlier.get(str(before), ()) if before else ()
    return told if told and told[0]["period"] == rows[0]["period"] else ()


def _led(rows: Sequence[Row], earlier: Mapping[str, Sequence[Row]]) -> list[str]:
    """The weeks without a gap in which the one who leads now led, or shared the lead; newest first."""
    leaders = {row["unit_code"] for row in rows if row["rank"] == 1}
    if not leaders:
        return []
    week = Week.parse(rows[0]["week"])
    weeks = [str(week)]
    while leaders & {row["unit_code"] for row in earlier.get(str(week.previous), ()) if row["rank"] == 1}:
        week = week.previous
        weeks.append(str(week))
    return weeks


def _lowest(ranked: Sequence[Row], maxima: Mapping[str, Decimal]) -> Lowest | None:
    """The component whose mean is the least of its maximum."""
    found = []
    for name in COMPONENTS:
        mean = mean_of(row[name] for row in ranked)
        completion = completion_pct(mean, maxima.get(name, Decimal(0)))
        if completion is not None:
            found.append(Lowest(name, completion))
    return min(found, key=lambda each: each.completion, default=None)
