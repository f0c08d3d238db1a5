"""Revisions as people read them: which figures a later revision of a week changed, for whom, why, and who decided.

Belongs here: comparing two revisions down to the indicator. Does not belong here: making revisions, words, feeds' format.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple

from publishing.differences import FIGURES, changed_figures
from publishing.figures import csv_text
from publishing.site.reading import Book, Issue
from publishing.site.reasons import Reason, reasons
from resources.engine import connect
from resources.office import Office
from scoring.calendar import PERIOD_KINDS

SHOWN = 240  # changed figures on a page; all of them are in its CSV
_OF_STEP = ("week", "old_revision", "new_revision")
_OF_CHANGE = ("level", "scope", "period_kind", "unit_code", "unit_name", "figure", "old", "new", "old_rank", "new_rank")
CHANGE_COLUMNS = (*_OF_STEP, *_OF_CHANGE)
"""Columns of the CSV of a revision's changes. Stable."""


class Change(NamedTuple):
    """A figure that changed. figure: total, a component, an indicator, status or basis."""

    level: str
    scope: str
    period_kind: str
    unit_code: str
    unit_name: str
    figure: str
    old: Any
    new: Any
    old_rank: int | None
    new_rank: int | None


@dataclass(frozen=True)
class Step:
    """From one revision of a week to a later one. changes: most important first; units: how many have another figure."""

    week: str
    old: Issue
    new: Issue
    reasons: tuple[Reason, ...]
    changes: tuple[Change, ...]
    units: int

    @property
    def file(self) -> str:
        """The name of its CSV."""
        return f"changes.r{self.old.revision}-r{self.new.revision}.csv"

    @property
    def headline(self) -> tuple[Change, ...]:
        """Those of the most telling kind of period, one cohort a unit."""
        kinds = {change.period_kind for change in self.changes}
        kind = min(kinds, key=_telling) if kinds else None
        return tuple(change for change in self.changes if change.period_kind == kind and change.level != "unit")


class Line(NamedTuple):
    """A revision in the list of revisions. units: whose total or rank it changed."""

    issue: Issue
    reasons: tuple[Reason, ...]
    units: int


def pairs(book: Book, week: str) -> list[tuple[Issue, Issue]]:
    """The revisions of a week two by two, and the first against the newest where others lie between."""
    issues = book.of_week(week)
    following = list(pairwise(issues))
    return [(issues[0], issues[-1]), *following] if len(issues) > 2 else following


def lines(book: Book) -> list[Line]:
    """Every later revision, newest first."""
    found = []
    for issue in book.issues:
        if issue.revision > 1:
            before = {
                brief.unit_code: (brief.total, brief.rank)
                for brief in book.by_issue.get((issue.week, issue.revision - 1), ())
            }
            after = {
                brief.unit_code: (brief.total, brief.rank)
                for brief in book.by_issue.get((issue.week, issue.revision), ())
            }
            changed = sum(before.get(code) != after.get(code) for code in {*before, *after})
            found.append(Line(issue, reasons(issue.reason), changed))
    return sorted(found, key=lambda line: (line.issue.published_at, line.issue.week), reverse=True)


class Revising:
    """Compares revisions, each pair once."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._steps: dict[tuple[str, int, int], Step] = {}

    def step(self, old: Issue, new: Issue) -> Step:
        key = (old.week, old.revision, new.revision)
        if key not in self._steps:
            self._steps[key] = self._compare(old, new)
        return self._steps[key]

    def _compare(self, old: Issue, new: Issue) -> Step:
        before, after = (self._office.database.ranking_rows(each.week, each.revision) for each in (old, new))
        told = changed_figures(before, after)
        changes = [Change(*(row[name] for name in Change._fields)) for row in told]
        changes += self._of_indicators(old, new, changes)
        weight = _weights(changes)
        order = {figure: at for at, figure in enumerate(FIGURES)}
        changes.sort(
            key=lambda each: (
                _telling(each.period_kind),
                each.level == "unit",
                _heaviest_first(weight[each.period_kind, each.unit_code]),
                each.unit_code,
                order.get(each.figure, len(order)),
            )
        )
        units = {change.unit_code for change in changes}
        return Step(old.week, old, new, reasons(new.reason), tuple(changes), len(units))

    def _of_indicators(self, old: Issue, new: Issue, changes: Sequence[Change]) -> Iterator[Change]:
        """Indicators whose score changed, of units that have another figure too."""
        paths = [self._office.home.revision_path(each.week, each.revision) / "scores.parquet" for each in (old, new)]
        if not all(path.is_file() for path in paths):
            return
        known = {(each.period_kind, each.unit_code): each for each in changes if each.level != "unit"}
        con = connect()
        try:
            rows = con.execute(
                "SELECT period_kind, unit_code, indicator, a.score, b.score "
                "FROM (SELECT * FROM read_parquet(?)) a "
                "FULL JOIN (SELECT * FROM read_parquet(?)) b USING (period_kind, unit_code, group_code, indicator) "
                "WHERE a.score IS DISTINCT FROM b.score AND indicator <> 'group_total' "
                "ORDER BY period_kind, unit_code, group_code, indicator",
                [str(path) for path in paths],
            ).fetchall()
        finally:
            con.close()
        for kind, code, indicator, was, now in rows:
            if (row := known.get((kind, code))) is not None:
                yield row._replace(figure=indicator, old=was, new=now)


def _weights(changes: Sequence[Change]) -> dict[tuple[str, str], tuple[bool, Decimal, int]]:
    """What makes a unit stand before others: it came, went or has another status; how much its total changed; its rank."""
    found: dict[tuple[str, str], tuple[bool, Decimal, int]] = {}
    for change in changes:
        key = (change.period_kind, change.unit_code)
        other, moved, places = found.get(key, (False, Decimal(0), 0))
        if change.figure == "total":
            other = other or None in (change.old, change.new)
            moved = abs(change.new - change.old) if None not in (change.old, change.new) else moved
        found[key] = (
            other or change.figure == "status",
            moved,
            max(places, abs((change.new_rank or 0) - (change.old_rank or 0))),
        )
    return found


def _heaviest_first(weight: tuple[bool, Decimal, int]) -> tuple[bool, Decimal, int]:
    return not weight[0], -weight[1], -weight[2]


def _telling(kind: str) -> int:
    return PERIOD_KINDS.index(kind)


def changes_csv(step: Step) -> str:
    """All changes of a step as a CSV in CHANGE_COLUMNS."""
    head = {"week": step.week, "old_revision": step.old.revision, "new_revision": step.new.revision}
    return csv_text(CHANGE_COLUMNS, [head | change._asdict() for change in step.changes])
