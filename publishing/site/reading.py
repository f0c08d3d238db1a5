"""Reading: everything the pages are made of, read at once, however many pages there are.

Belongs here: queries over what was published. Does not belong here: what follows from the rows (the modules beside), pages.

A few queries whatever the number of units: the revisions, the short rows of every unit and revision, the full rows of the
nation and of each unit's newest week, and the indicators behind those.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from typing import Any, NamedTuple

import sqlalchemy as sa

from publishing.words import COMPONENTS
from resources import schema
from resources.engine import connect
from resources.office import Office
from resources.releases import ranking_order
from resources.verdicts import Verdict
from scoring.calendar import PERIOD_KINDS, Week

NATION = ("province", "VN")
Row = dict[str, Any]
Cohort = tuple[str, str]  # level, scope
_OF_SCORE = (
    *("unit_code", "period_kind", "group_code", "indicator", "numerator", "denominator", "score", "max_points"),
    *("basis", "note", "ruleset"),
)


class Brief(NamedTuple):
    """A unit in one revision of a week, in short. groups: in the order of COMPONENTS."""

    week: str
    revision: int
    level: str
    scope: str
    period_kind: str
    period: str
    unit_code: str
    unit_name: str
    rank: int | None
    ranked: int
    total: Decimal | None
    status: str
    groups: tuple[Decimal | None, ...]

    @property
    def cohort(self) -> Cohort:
        return self.level, self.scope


@dataclass(frozen=True, slots=True)
class Issue:
    """A published revision. captured_at: when the newest of the week's exports was made, naive UTC, if one says so."""

    week: str
    revision: int
    status: str
    reason: str | None
    published_at: datetime
    rulesets: tuple[str, ...]
    mark: str
    captured_at: datetime | None


@dataclass(frozen=True)
class Book:
    """What was published. issues: by week and revision. briefs: by unit, week, revision; of each unit one kind of period.

    rows: full rows of an issue and cohort, by rank. scores: by issue and unit, the indicators of its kind of period. others: of
    the newest week by cohort and kind, the full rows of every kind of period but the most telling.
    """

    issues: tuple[Issue, ...]
    verdicts: Mapping[str, Verdict]
    briefs: Mapping[str, tuple[Brief, ...]] = field(repr=False)
    rows: Mapping[tuple[str, int, Cohort], list[Row]] = field(repr=False)
    scores: Mapping[tuple[str, int, str], list[Row]] = field(repr=False)
    others: Mapping[tuple[Cohort, str], list[Row]] = field(repr=False, default_factory=dict)

    @cached_property
    def standing(self) -> dict[str, Issue]:
        """The newest issue of each week, by week."""
        return {issue.week: issue for issue in self.issues}

    def is_standing(self, issue: Issue) -> bool:
        return self.standing[issue.week] == issue

    def of_week(self, week: str) -> tuple[Issue, ...]:
        return tuple(issue for issue in self.issues if issue.week == week)

    @cached_property
    def series(self) -> dict[str, tuple[Brief, ...]]:
        """Each unit by week, as it stands."""
        return {
            code: tuple(brief for brief in briefs if self.standing[brief.week].revision == brief.revision)
            for code, briefs in self.briefs.items()
        }

    @cached_property
    def by_issue(self) -> dict[tuple[str, int], list[Brief]]:
        """All units of a revision."""
        found: dict[tuple[str, int], list[Brief]] = {}
        for briefs in self.briefs.values():
            for brief in briefs:
                found.setdefault((brief.week, brief.revision), []).append(brief)
        return found

    @cached_property
    def held(self) -> tuple[Verdict, ...]:
        """Verdicts of weeks that are held and were never published."""
        return tuple(
            verdict
            for week, verdict in self.verdicts.items()
            if verdict.decision == "held" and week not in self.standing
        )


def read_book(office: Office) -> Book:
    """Everything that was published, as it is now."""
    issues = _issues(office)
    briefs = _briefs(office)
    standing = {issue.week: issue.revision for issue in issues}
    newest: dict[tuple[str, int], dict[str, str]] = {}  # issue, unit code, kind of period
    for code, told in briefs.items():
        stands = [brief for brief in told if standing[brief.week] == brief.revision]
        if stands:
            newest.setdefault((stands[-1].week, stands[-1].revision), {})[code] = stands[-1].period_kind
    return Book(
        issues=issues,
        verdicts={verdict.week: verdict for verdict in office.database.verdicts()},
        briefs=briefs,
        rows=_rows(office, newest),
        scores=_scores(office, newest),
        others=_others(office, issues[-1]) if issues else {},
    )


def _issues(office: Office) -> tuple[Issue, ...]:
    table, exports = schema.revisions, schema.exports
    names = ("week", "revision", "status", "reason", "published_at", "rulesets", "fingerprint", "figures", "inputs")
    query = sa.select(*(table.c[name] for name in names)).order_by(table.c.week, table.c.revision)
    with office.database.engine.connect() as connection:
        told = connection.execute(sa.select(exports.c.export_id, exports.c.exported_at))
        made_at = {row.export_id: row.exported_at for row in told}
        return tuple(
            Issue(
                week=row.week,
                revision=row.revision,
                status=row.status,
                reason=row.reason,
                published_at=row.published_at,
                rulesets=tuple(sorted(row.rulesets)),
                mark=f"{row.fingerprint}/{row.figures}",
                captured_at=_newest_of(row.week, row.inputs, made_at),
            )
            for row in connection.execute(query)
        )


def _newest_of(
    week: str, inputs: Iterable[Mapping[str, Any]], made_at: Mapping[str, datetime | None]
) -> datetime | None:
    """When the newest of the week's own exports was made, of those a revision stands on."""
    own = (entry["export_id"] for entry in inputs if entry["file"].startswith(f"{week}/"))
    return max((at for export in own if (at := made_at.get(export)) is not None), default=None)


def _briefs(office: Office) -> dict[str, tuple[Brief, ...]]:
    """Unit code to its rows, in its own cohort and the most telling kind of period it was ever ranked in."""
    table = schema.rankings
    told = [table.c[name] for name in Brief._fields[:-1]]
    columns = [*told, *(table.c[name] for name in COMPONENTS)]
    headline = sa.select(table.c.unit_code).where(table.c.period_kind == PERIOD_KINDS[0], table.c.level != "unit")
    query = (
        sa.select(*columns)
        .where(table.c.level != "unit")
        .where((table.c.period_kind == PERIOD_KINDS[0]) | table.c.unit_code.not_in(headline))
        .order_by(table.c.unit_code, table.c.week, table.c.revision)
    )
    width = len(told)
    with office.database.engine.connect() as connection:
        briefs = [Brief._make((*row[:width], tuple(row[width:]))) for row in connection.execute(query)]
    return {code: _one_kind(list(rows)) for code, rows in groupby(briefs, key=lambda brief: brief.unit_code)}


def _one_kind(briefs: list[Brief]) -> tuple[Brief, ...]:
    kind = min((brief.period_kind for brief in briefs), key=_telling)
    return tuple(brief for brief in briefs if brief.period_kind == kind)


def _rows(
    office: Office, newest: Mapping[tuple[str, int], Mapping[str, str]]
) -> dict[tuple[str, int, Cohort], list[Row]]:
    """Full rows: the provinces in every revision, and all units in the weeks that are some unit's newest."""
    table = schema.rankings
    found: dict[tuple[str, int, Cohort], list[Row]] = {}
    queries = [sa.select(table).where(table.c.level == NATION[0], table.c.period_kind == PERIOD_KINDS[0])]
    for (week, revision), kinds in newest.items():
        asked = set(kinds.values())
        queries.append(
            sa.select(table).where(
                table.c.week == week,
                table.c.revision == revision,
                table.c.level != "unit",
                table.c.period_kind.in_(asked),
                ~((table.c.level == NATION[0]) & (table.c.period_kind == PERIOD_KINDS[0])),
            )
        )
    with office.database.engine.connect() as connection:
        for query in queries:
            rows = [dict(row) for row in connection.execute(query).mappings()]
            by_cohort: dict[tuple[str, int, Cohort, str], list[Row]] = {}
            for row in rows:
                key = (row["week"], row["revision"], (row["level"], row["scope"]), row["period_kind"])
                by_cohort.setdefault(key, []).append(row)
            for (week, revision, cohort, kind), members in by_cohort.items():
                known = found.get((week, revision, cohort))
                if known is None or _telling(kind) < _telling(known[0]["period_kind"]):
                    found[week, revision, cohort] = sorted(members, key=ranking_order)
    return found


def _others(office: Office, newest: Issue) -> dict[tuple[Cohort, str], list[Row]]:
    """Rows of the kinds of period that no other page shows, by cohort and kind."""
    table = schema.rankings
    query = sa.select(table).where(
        table.c.week == newest.week,
        table.c.revision == newest.revision,
        table.c.level != "unit",
        table.c.period_kind != PERIOD_KINDS[0],
    )
    found: dict[tuple[Cohort, str], list[Row]] = {}
    with office.database.engine.connect() as connection:
        for row in connection.execute(query).mappings():
            found.setdefault(((row["level"], row["scope"]), row["period_kind"]), []).append(dict(row))
    return {key: sorted(rows, key=ranking_order) for key, rows in found.items()}


def _telling(kind: str) -> int:
    return PERIOD_KINDS.index(kind)


def _scores(
    office: Office, newest: Mapping[tuple[str, int], Mapping[str, str]]
) -> dict[tuple[str, int, str], list[Row]]:
    found: dict[tuple[str, int, str], list[Row]] = {}
    con = connect()
    try:
        for (week, revision), kinds in newest.items():
            path = office.home.revision_path(week, revision) / "scores.parquet"
            if not path.is_file():
                continue
            asked = sorted(set(kinds.values()))
            marks = ", ".join("?" * len(asked))
            told = con.execute(
                f"SELECT {', '.join(_OF_SCORE)} FROM read_parquet(?) WHERE period_kind IN ({marks}) "  # noqa: S608
                "ORDER BY unit_code, group_code, indicator",
                [str(path), *asked],
            )
            for values in told.fetchall():
                row = dict(zip(_OF_SCORE, values, strict=True))
                if kinds.get(row["unit_code"]) == row["period_kind"]:
                    found.setdefault((week, revision, row["unit_code"]), []).append(row)
    finally:
        con.close()
    return found


def state_of(office: Office) -> str:
    """Everything in the office that could change a page, in one line: equal states, equal sites. Two small queries."""
    table, verdicts = schema.revisions, schema.verdicts
    with office.database.engine.connect() as connection:
        told: list[Any] = list(
            connection.execute(
                sa.select(
                    table.c.week, table.c.revision, table.c.fingerprint, table.c.figures, table.c.published_at
                ).order_by(table.c.week, table.c.revision)
            )
        )
        told += connection.execute(
            sa.select(verdicts.c.week, verdicts.c.fingerprint, verdicts.c.reasons).order_by(verdicts.c.week)
        )
    return repr([tuple(row) for row in told]) + repr(_manifests(office, told))


def _manifests(office: Office, told: Iterable[Any]) -> list[tuple[str, int, float]]:
    """The files that lie beside the revisions: another list of files is another page of downloads."""
    found = []
    for path in sorted(office.home.published.glob("*/r*/release.json")):
        known = path.stat()
        found.append((str(path.relative_to(office.home.published)), known.st_size, known.st_mtime))
    return found


def weeks_before(week: str, how_many: int) -> Iterator[str]:
    """The weeks before one, nearest first."""
    day = Week.parse(week)
    for back in range(1, how_many + 1):
        yield str(day.shift(-back))


def cut_day(week: str, period_end: date) -> date:
    """The last day a week measures in its period."""
    return min(Week.parse(week).sunday, period_end)
