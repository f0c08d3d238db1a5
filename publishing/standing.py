"""Standing: what a case on the stewards' desk means for a unit's rank, and the history it stands out from.

Belongs here: reading both from what was published; ranks stand on unrounded totals where they are known (decision 5).
Does not belong here: drawing (console/plots.py), deciding.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from publishing.words import COMPONENTS
from resources.cases import Case
from resources.engine import connect
from resources.office import Office
from scoring.calendar import Week
from scoring.ruleset import load_rulesets

HEADLINE = "ytd"
TOTAL = "total"
HISTORY_WEEKS = 12
FEWEST_WEEKS = 5  # with fewer there is no telling what is usual
_ROBUST = 3 * 1.4826  # three standard deviations, told from the median of the deviations


class Place(NamedTuple):
    """Where a unit would stand with a total: its rank among so many."""

    total: Decimal
    rank: int
    ranked: int


@dataclass(frozen=True, slots=True)
class Effect:
    """How a unit stands in a published week, and how it would if it were admitted to the ranking, or left out of it.

    rank: None while it is under review or has no total. admitted: its place by the figures of its row, while it has none.
    by_dossiers, by_portal: its places by either's figures, where the totals of the two differ. moving_up: how many units
    would stand a place higher if it were left out.
    """

    week: str
    revision: int
    total: Decimal | None
    rank: int | None
    ranked: int
    previous_rank: int | None
    status: str
    admitted: Place | None = None
    by_dossiers: Place | None = None
    by_portal: Place | None = None
    moving_up: int = 0


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
    others = [each for each in cohort if each["rank"] is not None and each["unit_code"] != case.unit_code]
    exact = unrounded_totals(office, row["week"], row["revision"], [row, *others])
    by_dossiers, by_portal = _told_apart(office, row)

    def place(total: Decimal | None) -> Place | None:
        if total is None:
            return None
        if total == row["total"] and exact:
            above = sum(exact[each["unit_code"]] > exact[row["unit_code"]] for each in others)
        else:
            above = sum(each["total"] > total for each in others)
        return Place(total, 1 + above, len(others) + 1)

    return Effect(
        week=row["week"],
        revision=row["revision"],
        total=row["total"],
        rank=row["rank"],
        ranked=len(others) + (row["rank"] is not None),
        previous_rank=row["previous_rank"],
        status=row["status"],
        admitted=place(row["total"]) if row["rank"] is None else None,
        by_dossiers=place(by_dossiers),
        by_portal=place(by_portal),
        moving_up=sum(each["rank"] > row["rank"] for each in others) if row["rank"] is not None else 0,
    )


def _told_apart(office: Office, row: Mapping[str, Any]) -> tuple[Decimal | None, Decimal | None]:
    """A unit's total by our dossiers and by the portal's counts, else its table, where these differ; else none."""
    for told in office.database.disagreements(row["week"]):
        if (told["unit_code"], told["group_code"], told["period_kind"]) == (row["unit_code"], TOTAL, HEADLINE):
            portal = told["recounted"] if told["recounted"] is not None else told["as_published"]
            if None not in (told["computed"], portal) and told["computed"] != portal:
                return _hundredths(told["computed"]), _hundredths(portal)
    return None, None


def _hundredths(score: Decimal) -> Decimal:
    return score.quantize(Decimal("0.01"))


def unrounded_totals(
    office: Office, week: str, revision: int, rows: Sequence[Mapping[str, Any]], period_kind: str = HEADLINE
) -> dict[str, Decimal]:
    """Unit to its total before rounding, from the published scores; empty unless all the rows have one.

    A group that was cut at its cap has the cap for its score, which is exact.
    """
    path = office.home.revision_path(week, revision) / "scores.parquet"
    if not path.is_file():
        return {}
    con = connect()
    try:
        groups = con.execute(
            "SELECT unit_code, group_code, sum(unrounded), count(*) = count(unrounded), "
            "coalesce(bool_or(contains(note, 'group_capped')), false) "
            "FROM read_parquet(?) WHERE period_kind = ? AND list_contains(?, unit_code) GROUP BY ALL",
            [str(path), period_kind, [row["unit_code"] for row in rows]],
        ).fetchall()
    finally:
        con.close()
    of_unit: dict[str, dict[str, Decimal | None]] = {}
    scores = {row["unit_code"]: row for row in rows}
    for unit, group, exact, is_whole, is_capped in groups:
        of_unit.setdefault(unit, {})[group] = scores[unit][group] if is_capped else exact if is_whole else None
    totals: dict[str, Decimal] = {}
    for unit in scores:
        parts = of_unit.get(unit, {})
        known = [part for part in parts.values() if part is not None]
        if len(known) != len(COMPONENTS):
            return {}
        totals[unit] = sum(known, Decimal(0))
    return totals


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
