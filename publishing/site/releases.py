"""What a release's page is made of: the table of a week's revision, its highlights, its cohorts, and what stands beside.

Belongs here: gathering it from the book. Does not belong here: reading the database, words, drawing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from publishing.site.alphabet import alphabet_key
from publishing.site.drawing import Line
from publishing.site.highlights import Highlights, highlights, mean_of
from publishing.site.reading import NATION, Book, Brief, Cohort, Issue, Row, cut_day, weeks_before
from publishing.site.standings import median_of, rank_texts, rules_of
from publishing.words import COMPONENTS
from resources.units import province_name
from scoring.calendar import Period, Week

WEEKS_DRAWN = 12
RIVALS = 5
TOLD = 4  # units whose moves stand out in the figure of moves


class Summary(NamedTuple):
    """A cohort of a province in a few figures."""

    scope: str
    name: str
    level: str
    ranked: int
    units: int
    first: str | None
    first_code: str | None
    best: Decimal | None
    median: Decimal | None
    reviewed: int


@dataclass(frozen=True)
class ReleasePage:
    """All that a release's page is made of. rows: of the nation, or none; ranks: as they are written.

    ranks_by_week, totals_by_week, means_by_week: of the last weeks, for the figures. held: what arrived since for the week
    and is held; held_later: later weeks that are.
    """

    issue: Issue
    is_standing: bool
    issues: tuple[Issue, ...]
    measured_to: date
    period: str
    rows: tuple[Row, ...]
    ranks: Mapping[str, str]
    maxima: Mapping[str, Decimal]
    rules: str
    told: Highlights | None
    summaries: tuple[Summary, ...]
    weeks: tuple[str, ...]
    ranks_by_week: Mapping[str, tuple[int | None, ...]]
    totals_by_week: Mapping[str, tuple[Decimal | None, ...]]
    means_by_week: Mapping[str, tuple[Decimal | None, ...]]
    held: tuple[str, ...]
    held_later: tuple[str, ...]
    before: str | None
    after: str | None

    @property
    def rivals(self) -> tuple[str, ...]:
        """Those who stand next to the first."""
        return tuple(row["unit_code"] for row in self.rows if row["rank"] is not None)[1:RIVALS]

    @property
    def moved(self) -> tuple[str, ...]:
        """The leader, and those whose rank changed most over the weeks drawn."""

        def distance(code: str) -> int:
            known = [rank for rank in self.ranks_by_week[code] if rank is not None]
            return max(known) - min(known) if known else 0

        leader = [row["unit_code"] for row in self.rows if row["rank"] == 1][:1]
        others = [code for code in self.ranks_by_week if code not in leader and distance(code) > 2]
        return (*leader, *sorted(others, key=lambda code: -distance(code))[:TOLD])

    def gap_lines(self, names: Mapping[str, str]) -> list[Line]:
        """How far each rival stands behind the first of its week."""
        best = [
            max((t for t in week if t is not None), default=None)
            for week in zip(*self.totals_by_week.values(), strict=True)
        ]
        joined = [True] * len(self.weeks)
        return [
            Line(
                names[code],
                [
                    first - total if first is not None and total is not None else None
                    for first, total in zip(best, self.totals_by_week[code], strict=True)
                ],
                style,
                joined,
            )
            for style, code in enumerate(self.rivals, 1)
        ]


def release_page(book: Book, issue: Issue) -> ReleasePage:
    """What the page of one revision of a week is made of."""
    rows = tuple(_by_rank_and_name(book.rows.get((issue.week, issue.revision, NATION), ())))
    weeks = _weeks_drawn(book, issue)
    national = {week: book.rows.get((week, book.standing[week].revision, NATION), []) for week in book.standing}
    told = {week: {row["unit_code"]: row for row in national[week]} for week in weeks}
    told[issue.week] = {row["unit_code"]: row for row in rows}
    briefs = book.by_issue.get((issue.week, issue.revision), [])
    rules = rules_of(rows[0]) if rows else None
    period = (
        rows[0]["period"]
        if rows
        else briefs[0].period
        if briefs
        else str(Period.of_week("ytd", Week.parse(issue.week)))
    )
    published = sorted(book.standing)
    at = published.index(issue.week)
    return ReleasePage(
        issue=issue,
        is_standing=book.is_standing(issue),
        issues=book.of_week(issue.week),
        measured_to=cut_day(issue.week, Period.parse(period).end_day),
        period=period,
        rows=rows,
        ranks=rank_texts(rows),
        maxima=rules.maxima if rules else {},
        rules=", ".join(issue.rulesets),
        told=highlights(rows, national, rules.maxima) if rows and rules else None,
        summaries=_summaries(briefs),
        weeks=weeks if rows else (),
        ranks_by_week={row["unit_code"]: tuple(_get(told[week], row, "rank") for week in weeks) for row in rows},
        totals_by_week={row["unit_code"]: tuple(_get(told[week], row, "total") for week in weeks) for row in rows},
        means_by_week={
            name: tuple(mean_of(row[name] for row in told[week].values() if row["rank"] is not None) for week in weeks)
            for name in ("total", *COMPONENTS)
        },
        held=_held(book, issue),
        held_later=tuple(
            verdict.week for verdict in book.held if verdict.week > issue.week and issue.week == published[-1]
        ),
        before=published[at - 1] if at else None,
        after=published[at + 1] if at + 1 < len(published) else None,
    )


def _get(rows: Mapping[str, Row], row: Row, column: str) -> Any:
    found = rows.get(row["unit_code"])
    return found[column] if found is not None else None


def _by_rank_and_name(rows: Sequence[Row]) -> list[Row]:
    """By rank; those who share one, and those who have none, by the alphabet."""
    return sorted(rows, key=lambda row: (row["rank"] is None, row["rank"] or 0, alphabet_key(row["unit_name"])))


def _weeks_drawn(book: Book, issue: Issue) -> tuple[str, ...]:
    """The last weeks up to this one without a gap, oldest first."""
    weeks = [issue.week]
    for week in weeks_before(issue.week, WEEKS_DRAWN - 1):
        if week not in book.standing:
            break
        weeks.append(week)
    return tuple(reversed(weeks))


def _summaries(briefs: Sequence[Brief]) -> tuple[Summary, ...]:
    cohorts: dict[Cohort, list[Brief]] = {}
    for brief in briefs:
        if brief.cohort != NATION:
            cohorts.setdefault(brief.cohort, []).append(brief)
    found = []
    for (level, scope), members in cohorts.items():
        ranked = sorted((each for each in members if each.rank is not None), key=lambda each: each.rank or 0)
        first = ranked[0] if ranked else None
        found.append(
            Summary(
                scope=scope,
                name=province_name(scope) or scope,
                level=level,
                ranked=len(ranked),
                units=len(members),
                first=first.unit_name if first else None,
                first_code=first.unit_code if first else None,
                best=first.total if first else None,
                median=median_of(each.total for each in ranked),
                reviewed=sum(each.status == "under_review" for each in members),
            )
        )
    return tuple(sorted(found, key=lambda each: (alphabet_key(each.name), each.level != "department")))


def _held(book: Book, issue: Issue) -> tuple[str, ...]:
    """Why what arrived since for a published week is not published, or a part of it is not."""
    verdict = book.verdicts.get(issue.week)
    if verdict is None or not book.is_standing(issue):
        return ()
    if verdict.decision == "held":
        return verdict.reasons
    return tuple(f"{feed.name}: {feed.reason}" for feed in verdict.feeds if not feed.admitted and feed.reason)


@dataclass(frozen=True)
class HeldPage:
    """A week that is held: why, and the release that stands meanwhile."""

    week: str
    reasons: tuple[str, ...]
    stands: ReleasePage | None


def held_page(book: Book, week: str) -> HeldPage:
    """What the page of a held week is made of."""
    earlier = [each for each in sorted(book.standing) if each < week]
    stands = replace(release_page(book, book.standing[earlier[-1]]), held_later=()) if earlier else None
    return HeldPage(week, book.verdicts[week].reasons, stands)
