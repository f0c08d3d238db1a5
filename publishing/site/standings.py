"""What a unit's page and a table's row say beyond the published row: neighbours, the median, the series, its revisions.

Belongs here: figures that follow from published rows by comparison. Does not belong here: reading them (reading.py), the
weekly highlights (highlights.py), words, drawing.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

from publishing.accounts import Account, AccountFile, Accounts, AccountsOf
from publishing.site.reading import Book, Brief, Cohort, Row
from publishing.views import RankingView
from scoring.calendar import Period, Week
from scoring.ranking import previous_week
from scoring.ruleset import RuleSet, load_rulesets, ruleset_for


class Break(Protocol):
    """What changed so that figures before and after are not of the same thing."""

    @property
    def title_vi(self) -> str: ...

    @property
    def title_en(self) -> str: ...


BreaksBetween = Callable[[Week, Week], Sequence[Break]]
"""The breaks that lie between two weeks."""


class Point(NamedTuple):
    """A unit in one week of its series. status: why it has no rank, where it has none.

    joined: whether the week before may be compared with it, so that a line may lead from one to the other. median: of the
    cohort's ranked units.
    """

    week: str
    total: Decimal | None
    rank: int | None
    ranked: int
    status: str
    groups: tuple[Decimal | None, ...]
    median: Decimal | None
    joined: bool
    change: Decimal | None


class Mark(NamedTuple):
    """What begins with a week: a break of the series, or another rule set."""

    week: str
    title_vi: str
    title_en: str
    is_break: bool


class Restated(NamedTuple):
    """A unit's figures in two revisions of a week that follow each other, where they differ."""

    week: str
    old: int
    new: int
    old_total: Decimal | None
    new_total: Decimal | None
    old_rank: int | None
    new_rank: int | None
    reason: str | None


@dataclass(frozen=True)
class Standing:
    """All that a unit's page is made of. row: with the revision since which it stands so. rank: as it is written, `=16`.

    rules: of its scores. above: (name, code, total). account: of the row's revision; sources: whether its province has a page of
    the exports behind it.
    """

    row: Row
    rank: str
    province: str | None
    median: Decimal | None
    above: tuple[str, str, Decimal] | None
    maxima: Mapping[str, Decimal]
    rules: str
    scores: tuple[Row, ...]
    series: tuple[Point, ...]
    marks: tuple[Mark, ...]
    restated: tuple[Restated, ...]
    holds: tuple[str, ...]
    newest: str
    account: Account
    sources: bool


def rules_of(row: Mapping[str, Any]) -> RuleSet:
    """The rule set a row was made by; where it says none, the one in force on the last day it measures."""
    named = load_rulesets().get(row["ruleset"] or "")
    return named or ruleset_for(min(Week.parse(row["week"]).sunday, Period.parse(row["period"]).end_day))


def rank_texts(rows: Sequence[Row]) -> dict[str, str]:
    """Unit code to its rank as it is written."""
    if not rows:
        return {}
    first = rows[0]
    view = RankingView(
        first["week"], first["level"], first["scope"], first["period_kind"], first["revision"], list(rows)
    )
    return {row["unit_code"]: view.rank_text(row) for row in rows}


def median_of(totals: Iterable[Decimal | None]) -> Decimal | None:
    """The middle total; between two of them half-way."""
    known = [total for total in totals if total is not None]
    return statistics.median(known) if known else None


class Standings:
    """The standing of any unit of a book. What units share is found out once."""

    def __init__(self, book: Book, breaks_between: BreaksBetween, accounts_of: AccountsOf | None = None) -> None:
        self._book = book
        self._accounts_of = cache(accounts_of) if accounts_of else lambda week, revision: Accounts()
        self._breaks_between = breaks_between
        self._medians = self._all_medians()
        self._ranks: dict[tuple[str, int, Cohort], dict[str, str]] = {}
        self._places: dict[tuple[str, int, Cohort], dict[str, int]] = {}
        self._sources: dict[str, tuple[AccountFile, ...]] = {}
        self._newest: dict[Cohort, str] = {}
        for week, cohort in self._medians:
            self._newest[cohort] = max(week, self._newest.get(cohort, week))
        self._holds = {
            week: _by_unit((hold.unit_code, hold.reason) for hold in verdict.holds)
            for week, verdict in book.verdicts.items()
        }

    def cohort(self, brief: Brief) -> list[Row]:
        """The rows of the cohort a unit stands in."""
        return self._book.rows[brief.week, brief.revision, brief.cohort]

    def ranks(self, brief: Brief) -> dict[str, str]:
        key = (brief.week, brief.revision, brief.cohort)
        if key not in self._ranks:
            self._ranks[key] = rank_texts(self.cohort(brief))
            self._places[key] = {row["unit_code"]: at for at, row in enumerate(self.cohort(brief))}
        return self._ranks[key]

    def of(self, code: str) -> Standing:
        """The standing of a unit in its newest week."""
        series = self._book.series[code]
        last = series[-1]
        ranks, cohort = self.ranks(last), self.cohort(last)
        row = cohort[self._places[last.week, last.revision, last.cohort][code]] | self._since(code, last)
        rules = rules_of(row)
        return Standing(
            row=row,
            rank=ranks[code],
            province=None if row["level"] == "province" else row["scope"],
            median=self._medians.get((last.week, last.cohort)),
            above=_above(row, cohort),
            maxima=rules.maxima,
            rules=rules.id,
            scores=tuple(self._book.scores.get((last.week, last.revision, code), ())),
            series=self._points(series),
            marks=self._marks(series),
            restated=restated(self._book, code),
            holds=self._holds.get(last.week, {}).get(code, ()),
            newest=self._newest[
                last.cohort
            ],  # in which its cohort was ranked: another than its own is told on the page
            account=self._accounts_of(row["week"], row["revision"]).units.get(code, Account()),
            sources=bool(self.sources(row["scope"] if row["level"] != "province" else code)),
        )

    def sources(self, province: str) -> tuple[AccountFile, ...]:
        """Every export that the newest figures of a province or of its units stand on."""
        if province not in self._sources:
            inside = [series[-1] for code, series in self._book.series.items() if series and code.startswith(province)]
            last = max(((each.week, each.revision) for each in inside), default=None)
            self._sources[province] = self._accounts_of(*last).files.get(province, ()) if last else ()
        return self._sources[province]

    def _since(self, code: str, last: Brief) -> Row:
        """Since which revision a unit stands as it does, and its status then: one that changed others leaves it as it was."""
        since = last
        for brief in reversed(self._book.briefs[code]):
            if brief.week != last.week or not _is_same(brief, last):
                break
            since = brief
        return {"revision": since.revision, "status": since.status}

    def _points(self, series: Sequence[Brief]) -> tuple[Point, ...]:
        points = []
        before: Brief | None = None
        for brief in series:
            joined = before is not None and self._are_comparable(before, brief)
            was = before.total if joined and before is not None else None
            change = brief.total - was if brief.total is not None and was is not None else None
            points.append(
                Point(
                    brief.week,
                    brief.total,
                    brief.rank,
                    brief.ranked,
                    "" if brief.rank is not None else brief.status,
                    brief.groups,
                    self._medians.get((brief.week, brief.cohort)),
                    joined,
                    change,
                )
            )
            before = brief
        return tuple(points)

    def _are_comparable(self, before: Brief, after: Brief) -> bool:
        """Whether exactly a week lies between two rows of a unit, in one period, and no break."""
        week = Week.parse(after.week)
        allowed = previous_week(after.period_kind, week)  # type: ignore[arg-type]
        return (
            allowed is not None
            and str(allowed) == before.week
            and before.period == after.period
            and not self._breaks_between(allowed, week)
        )

    def _marks(self, series: Sequence[Brief]) -> tuple[Mark, ...]:
        found = []
        for before, after in pairwise(series):
            first, second = Week.parse(before.week), Week.parse(after.week)
            told = self._breaks_between(first, second)
            found += [Mark(after.week, each.title_vi, each.title_en, True) for each in told]
            old, new = ruleset_for(first.sunday), ruleset_for(second.sunday)
            if old.id != new.id:
                found.append(Mark(after.week, new.title_vi, new.title_en, False))
        return tuple(found)

    def _all_medians(self) -> dict[tuple[str, Cohort], Decimal | None]:
        totals: dict[tuple[str, Cohort], list[Decimal | None]] = {}
        for series in self._book.series.values():
            for brief in series:
                told = totals.setdefault((brief.week, brief.cohort), [])
                if brief.rank is not None:
                    told.append(brief.total)
        return {key: median_of(each) for key, each in totals.items()}


_REVISABLE = frozenset({"provisional", "final", "revised"})


def _is_same(one: Brief, other: Brief) -> bool:
    """Whether a unit has the same figures in two revisions; that the later one is called revised says nothing of it."""
    same_status = one.status == other.status or {one.status, other.status} <= _REVISABLE
    return same_status and (one.total, one.rank, one.groups) == (other.total, other.rank, other.groups)


def restated(book: Book, code: str) -> tuple[Restated, ...]:
    """Where a later revision of a week gave a unit another total or rank, newest first."""
    reasons = {(issue.week, issue.revision): issue.reason for issue in book.issues}
    found = []
    told = book.briefs[code]
    for old, new in pairwise(told):
        if old.week == new.week and (old.total, old.rank) != (new.total, new.rank):
            found.append(
                Restated(
                    new.week,
                    old.revision,
                    new.revision,
                    old.total,
                    new.total,
                    old.rank,
                    new.rank,
                    reasons[new.week, new.revision],
                )
            )
    return tuple(reversed(found))


def _above(row: Row, cohort: Sequence[Row]) -> tuple[str, str, Decimal] | None:
    """The last of those ranked above a unit."""
    if row["rank"] is None:
        return None
    higher = [each for each in cohort if each["rank"] is not None and each["rank"] < row["rank"]]
    return (higher[-1]["unit_name"], higher[-1]["unit_code"], higher[-1]["total"]) if higher else None


def _by_unit(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for code, reason in pairs:
        found[code] = tuple(dict.fromkeys([*found.get(code, ()), reason]))
    return found
