"""Standing: what a case on the stewards' desk means for a unit's rank, and the history it stands out from.

Belongs here: reading both from what was published. Does not belong here: drawing (console/plots.py), deciding.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from publishing.words import COMPONENTS
from resources.cases import Case
from resources.engine import connect
from resources.office import Office
from scoring.calendar import Week
from scoring.ruleset import load_rulesets

HEADLINE = "ytd"
HISTORY_WEEKS = 12
FEWEST_WEEKS = 5  # with fewer there is no telling what is usual
_ROBUST = 3 * 1.4826  # three standard deviations, told from the median of the deviations


@dataclass(frozen=True, slots=True)
class Effect:
    """How a unit stands in a published week, and how it would if it were admitted to the ranking.

    rank: None while it is under review or has no total. would_be: its rank among the units that are ranked now.
    """

    week: str
    revision: int
    total: Decimal | None
    rank: int | None
    would_be: int | None
    ranked: int
    previous_rank: int | None
    status: str
    basis: str


@dataclass(frozen=True, slots=True)
class Point:
    week: str
    value: Decimal
    fails: bool


@dataclass(frozen=True, slots=True)
class History:
    """A unit's figure by week. what: `total`, a component or an indicator. usual: low and high of what is normal for it."""

    what: str
    points: tuple[Point, ...]
    usual: tuple[Decimal, Decimal] | None


def effect_of(office: Office, case: Case) -> Effect | None:
    """Of the newest week of a unit's case; None for a feed, or while that week is not published."""
    if not case.unit_code or not case.failing:
        return None
    rows = [row for row in office.database.unit_history(case.unit_code, HEADLINE) if row["week"] == case.failing[-1]]
    if not rows:
        return None
    row = rows[0]
    cohort = office.database.ranking(row["week"], row["level"], row["scope"], HEADLINE)
    totals = [each["total"] for each in cohort if each["rank"] is not None and each["unit_code"] != case.unit_code]
    total: Decimal | None = row["total"]
    would_be = None if total is None else 1 + sum(other > total for other in totals)
    return Effect(
        week=row["week"],
        revision=row["revision"],
        total=total,
        rank=row["rank"],
        would_be=would_be,
        ranked=len(totals) + (total is not None),
        previous_rank=row["previous_rank"],
        status=row["status"],
        basis=row["basis"],
    )


def history_of(office: Office, case: Case) -> History | None:
    """The figure the rule is about, else the total, over the weeks around the case; None for a feed, or without any."""
    if not case.unit_code:
        return None
    what = subject_of(case)
    told = [] if what in (*COMPONENTS, "total") else _scores(office, case.unit_code, what)
    if not told:
        what = what if what in COMPONENTS else "total"
        rows = office.database.unit_history(case.unit_code, HEADLINE)
        told = [(row["week"], row[what]) for row in rows if row[what] is not None]
    until = str(Week.parse(case.last_week).shift(2))  # what came after belongs to the picture
    told = [each for each in told if each[0] <= until][-HISTORY_WEEKS:]
    points = tuple(Point(week, value, week in case.failing) for week, value in told)
    return History(what, points, _usual([point.value for point in points if not point.fails])) if points else None


def subject_of(case: Case) -> str:
    """The component or indicator a rule names at its end, as `reconcile.electronic_result` does; else `total`."""
    name = case.rule.rsplit(".", 1)[-1]
    indicators = {
        indicator.code
        for ruleset in load_rulesets().values()
        for group in ruleset.groups
        for indicator in group.indicators
    }
    return name if name in COMPONENTS or name in indicators else "total"


def _scores(office: Office, unit_code: str, indicator: str) -> list[tuple[str, Decimal]]:
    """An indicator's score by week, from the tables of the lake."""
    paths = [
        str(path)
        for week in office.database.weeks_published()
        if (path := office.home.stage_path("scores", week)).is_file()
    ]
    if not paths:
        return []
    con = connect()
    try:
        rows: list[Any] = con.execute(
            "SELECT week, score FROM read_parquet(?) "
            "WHERE unit_code = ? AND indicator = ? AND period_kind = ? AND score IS NOT NULL ORDER BY week",
            [paths, unit_code, indicator, HEADLINE],
        ).fetchall()
    finally:
        con.close()
    return [(str(Week(monday)), score) for monday, score in rows]


def _usual(values: list[Decimal]) -> tuple[Decimal, Decimal] | None:
    if len(values) < FEWEST_WEEKS:
        return None
    middle = statistics.median(values)
    spread = statistics.median([abs(value - middle) for value in values]) * Decimal(str(_ROBUST))
    return middle - spread, middle + spread
