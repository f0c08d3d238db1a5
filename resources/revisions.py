"""What was published, as the database keeps it: revisions and their rankings. Rows are only ever added.

Belongs here: the records of publication, and the connection they share with all others. Does not belong here: what comes
before it (resources/database.py), the rules by which a release becomes a revision (resources/releases.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from resources import schema
from resources.clock import utc_now
from resources.connections import open_engine, upgrade_schema, writing
from resources.releases import LAST_SOUND, PublishResult, Release, ReleaseConflict, Revision, ranking_order

if TYPE_CHECKING:
    from scoring.calendar import Week

Rows = Sequence[Mapping[str, Any]]


class Published:
    """Revisions and rankings of one installation."""

    def __init__(self, url: str) -> None:
        """url: an SQLAlchemy address. Nothing is opened yet. Raises sqlalchemy.exc.ArgumentError for a wrong one."""
        self._engine = open_engine(url)
        self._cohorts: dict[tuple[str, int], list[tuple[str, str, str]]] = {}

    def migrate(self) -> None:
        """Bring the schema to the newest revision; safe to repeat, and when several processes start at once."""
        upgrade_schema(self._engine)

    def close(self) -> None:
        self._engine.dispose()

    @property
    def engine(self) -> sa.Engine:
        """For the other records of the installation (resources/review.py, resources/users.py)."""
        return self._engine

    def _writing(self) -> AbstractContextManager[sa.Connection]:
        return writing(self._engine)

    def _read(self, query: sa.Select[Any]) -> list[dict[str, Any]]:
        with self._engine.connect() as connection:
            return mappings(connection.execute(query))

    def publish(
        self,
        release: Release,
        stage: Callable[[Revision, Rows], None] | None = None,
        guard: Callable[[sa.Connection], None] | None = None,
        drafted: Revision | None = None,
    ) -> PublishResult:
        """Add the release as the week's next revision, unless the latest has the same fingerprint.

        One transaction: a revision is seen whole or not at all, and each of several publishers gets its own number.
        `stage` is called with the new revision and its ranking just before the transaction ends; what it raises undoes
        the revision. `guard` is called first in the transaction and raises when the release may not be published any more.
        `drafted`: what `draft` said; the revision is then that one, unless another came in between.
        Raises ReleaseConflict when the same fingerprint comes with other figures.
        """
        with self._writing() as connection:
            if guard:
                guard(connection)
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("LOCK TABLE revisions IN SHARE ROW EXCLUSIVE MODE"))
            table, latest = schema.revisions, _latest(connection, release)
            if latest and latest.fingerprint == release.fingerprint:
                if latest.figures != release.figures:
                    raise ReleaseConflict(
                        f"{release.week}: the same inputs gave other figures than revision {latest.revision}; if the "
                        "software changed on purpose, its version must be part of the fingerprint"
                    )
                return PublishResult(release.week, latest.revision, is_new=False)
            revision = _as_revision(release, latest.revision + 1 if latest else 1)
            if drafted is not None and drafted == replace(revision, published_at=drafted.published_at):
                revision = drafted
            connection.execute(table.insert(), asdict(revision))
            if release.derivation is not None:
                key = {"week": revision.week, "revision": revision.revision}
                connection.execute(schema.derivations.insert(), {**key, "content": dict(release.derivation)})
            rows = _with_last_sound(connection, release.week, release.ranking_rows(revision.revision))
            if rows:
                connection.execute(schema.rankings.insert(), rows)
            if stage:
                stage(revision, rows)
        return PublishResult(release.week, revision.revision, is_new=True)

    def draft(self, release: Release) -> tuple[Revision, Rows] | None:
        """The revision that `publish` would make of a release now, and its ranking; None when it would make none.

        Nothing is kept: `publish` looks again.
        """
        with self.engine.connect() as connection:
            latest = _latest(connection, release)
            if latest and latest.fingerprint == release.fingerprint:
                return None
            revision = _as_revision(release, latest.revision + 1 if latest else 1)
            return revision, _with_last_sound(connection, release.week, release.ranking_rows(revision.revision))

    def revisions(self, week: Week | str | None = None) -> list[Revision]:
        """All revisions, or those of a week, by week and number."""
        table = schema.revisions
        query = sa.select(table).order_by(table.c.week, table.c.revision)
        if week is not None:
            query = query.where(table.c.week == str(week))
        return [Revision(**row) for row in self._read(query)]

    def derivation(self, week: Week | str, revision: int) -> dict[str, Any] | None:
        """What a revision was derived from, as it was recorded; None for one published before that was done."""
        table = schema.derivations
        found = self._read(sa.select(table.c.content).where(table.c.week == str(week), table.c.revision == revision))
        return found[0]["content"] if found else None

    def weeks_published(self) -> list[str]:
        """Weeks that have a revision, in order."""
        table = schema.revisions
        return [row["week"] for row in self._read(sa.select(table.c.week).distinct().order_by(table.c.week))]

    def ranking(
        self, week: Week | str, level: str, scope: str, period_kind: str, revision: int | None = None
    ) -> list[dict[str, Any]]:
        """The rows of one cohort, by rank, in the columns of the catalogue; of the latest revision by default.

        Empty when the week, the revision or the cohort does not exist.
        """
        table = schema.rankings
        latest = sa.select(sa.func.max(schema.revisions.c.revision)).where(schema.revisions.c.week == str(week))
        query = sa.select(table).where(
            table.c.week == str(week),
            table.c.level == level,
            table.c.scope == scope,
            table.c.period_kind == period_kind,
            table.c.revision == (latest.scalar_subquery() if revision is None else revision),
        )
        return sorted(self._read(query), key=ranking_order)

    def ranking_rows(self, week: Week | str, revision: int) -> list[dict[str, Any]]:
        """The rows of all cohorts of a revision, in the one order in which they are always shown."""
        table = schema.rankings
        query = sa.select(table).where(table.c.week == str(week), table.c.revision == revision)
        return sorted(self._read(query), key=ranking_order)

    def unit_history(self, unit_code: str, period_kind: str) -> list[dict[str, Any]]:
        """The rows of a unit among those of its own level, of each week's latest revision, by week."""
        table, newer = schema.rankings, schema.revisions.alias()
        latest = sa.select(sa.func.max(newer.c.revision)).where(newer.c.week == table.c.week).scalar_subquery()
        query = sa.select(table).where(
            table.c.unit_code == unit_code,
            table.c.period_kind == period_kind,
            table.c.level != "unit",
            table.c.revision == latest,
        )
        return self._read(query.order_by(table.c.week, table.c.scope))

    def cohorts(self, week: Week | str, revision: int | None = None) -> list[tuple[str, str, str]]:
        """(level, scope, period kind) of the cohorts ranked in a week; of the latest revision by default.

        A revision never changes: its cohorts, which a nation's twenty thousand rows tell, are looked up once.
        """
        table = schema.rankings
        if revision is not None and (str(week), revision) in self._cohorts:
            return list(self._cohorts[str(week), revision])
        latest = sa.select(sa.func.max(schema.revisions.c.revision)).where(schema.revisions.c.week == str(week))
        columns = (table.c.level, table.c.scope, table.c.period_kind)
        query = sa.select(*columns).distinct().order_by(*columns).where(table.c.week == str(week))
        query = query.where(table.c.revision == (latest.scalar_subquery() if revision is None else revision))
        found = [(row["level"], row["scope"], row["period_kind"]) for row in self._read(query)]
        if revision is not None and found:
            self._cohorts[str(week), revision] = found
        return found


def mappings(result: sa.CursorResult[Any]) -> list[dict[str, Any]]:
    """The rows as mappings from column to value."""
    names = tuple(result.keys())
    return [dict(zip(names, row, strict=True)) for row in result]


def _latest(connection: sa.Connection, release: Release) -> Any:
    """Number, fingerprint and figures of the newest revision of the release's week; None when there is none."""
    table = schema.revisions
    newest = sa.select(table.c.revision, table.c.fingerprint, table.c.figures).where(table.c.week == release.week)
    return connection.execute(newest.order_by(table.c.revision.desc()).limit(1)).one_or_none()


def _with_last_sound(connection: sa.Connection, week: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows; beside each unit under review its total of the newest earlier week whose standing revision ranks it."""
    reviewed = sorted({row["unit_code"] for row in rows if row["status"] == "under_review"})
    if not reviewed:
        return rows
    table, of_week = schema.rankings, schema.revisions.alias()
    standing = sa.select(sa.func.max(of_week.c.revision)).where(of_week.c.week == table.c.week).scalar_subquery()
    cohort = (table.c.level, table.c.scope, table.c.period_kind, table.c.unit_code)
    newest = sa.func.row_number().over(partition_by=cohort, order_by=table.c.week.desc())
    ranked = (
        sa.select(*cohort, table.c.week, table.c.total, newest.label("place"))
        .where(table.c.week < week, table.c.unit_code.in_(reviewed), table.c.rank.is_not(None))
        .where(table.c.revision == standing)
        .subquery()
    )
    found = connection.execute(sa.select(ranked).where(ranked.c.place == 1))
    last = {row[:4]: (row.week, row.total) for row in found}
    key = ("level", "scope", "period_kind", "unit_code")
    return [
        row
        if row["status"] != "under_review"
        else row | dict(zip(LAST_SOUND, last.get(tuple(row[name] for name in key), (None, None)), strict=True))
        for row in rows
    ]


def _as_revision(release: Release, number: int) -> Revision:
    return Revision(
        week=release.week,
        revision=number,
        fingerprint=release.fingerprint,
        figures=release.figures,
        status=release.status_as(number),
        reason=release.reason,
        run_id=release.run_id,
        published_at=utc_now(),
        inputs=[dict(entry) for entry in release.inputs],
        rulesets=dict(release.rulesets),
    )
