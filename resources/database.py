"""The database: what was taken in, what was found, what was decided, and what was published.

Belongs here: storing and reading those records; every change of several rows is one transaction. Does not belong here:
the tables' definitions (resources/schema.py), how they change (resources/migrations), or deciding anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from resources import schema
from resources.connections import open_engine, upgrade_schema, utc_now, writing
from resources.releases import LAST_SOUND, PublishResult, Release, ReleaseConflict, Revision, ranking_order

if TYPE_CHECKING:
    from resources.exports import ExportRecord
    from resources.outcomes import RuleOutcome
    from resources.verdicts import Verdict
    from scoring.calendar import Week

Rows = Sequence[Mapping[str, Any]]


class Database:
    """The records of one installation, on SQLite (the default) or PostgreSQL; safe to use from several processes."""

    def __init__(self, url: str) -> None:
        """url: an SQLAlchemy address. Nothing is opened yet. Raises sqlalchemy.exc.ArgumentError for a wrong one."""
        self._engine = open_engine(url)

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
            return [dict(row) for row in connection.execute(query).mappings()]

    # -- exports

    def record_exports(self, records: Iterable[ExportRecord]) -> None:
        """Store exports, all tables of a file together; an earlier reading of the same bytes is replaced.

        So a mending of the mapping or the sidecar leaves no second reading behind. Other bytes are another export.
        """
        table = schema.exports
        rows = {
            record.export_id: {column.name: getattr(record, column.name) for column in table.c} for record in records
        }
        if not rows:
            return
        known = table.delete().where(
            sa.or_(
                table.c.export_id == sa.bindparam("an_id"),
                (table.c.week == sa.bindparam("a_week"))
                & (table.c.file == sa.bindparam("a_file"))
                & (table.c.sha256 == sa.bindparam("a_hash")),
            )
        )
        keys = [
            {"an_id": row["export_id"], "a_week": row["week"], "a_file": row["file"], "a_hash": row["sha256"]}
            for row in rows.values()
        ]
        with self._writing() as connection:
            connection.execute(known, keys)
            connection.execute(table.insert(), list(rows.values()))

    def exports(self, week: Week | str | None = None, kind: str | None = None) -> list[ExportRecord]:
        """All exports ever taken in, accepted or not, by week, kind, scope and file."""
        from resources.exports import ExportRecord

        table = schema.exports
        query = sa.select(table).order_by(table.c.week, table.c.kind, table.c.scope, table.c.file, table.c.export_id)
        if week is not None:
            query = query.where(table.c.week == str(week))
        if kind is not None:
            query = query.where(table.c.kind == kind)
        return [ExportRecord(**row) for row in self._read(query)]

    def current_exports(self, week: Week | str | None = None, kind: str | None = None) -> list[ExportRecord]:
        """The accepted exports that count: of each week, kind, scope and period those of the newest file.

        The newest has the latest exported_at (none is the oldest), then the later name (`.2` after none, `.10` after
        `.2`), then came in later. All parts (sheets) of that file count. Older ones stay in `exports()`.
        """
        newest: dict[tuple[Any, ...], ExportRecord] = {}
        accepted = [record for record in self.exports(week, kind) if record.status == "accepted"]
        for record in accepted:
            newest[record.feed] = max(newest.get(record.feed, record), record, key=_age)
        return [record for record in accepted if _same_file(record, newest[record.feed])]

    # -- outcomes

    def replace_outcomes(self, week: Week | str, stage: str, outcomes: Iterable[RuleOutcome]) -> None:
        """The findings of a stage for a week, in place of those it had. Raises ValueError for one of another."""
        rows = [asdict(outcome) for outcome in outcomes]
        for row in rows:
            if (row["week"], row["stage"]) != (str(week), stage):
                raise ValueError(f"a finding of {row['stage']} {row['week']} cannot be stored for {stage} {week}")
        self._replace(schema.outcomes, {"week": str(week), "stage": stage}, rows)

    def outcomes(
        self, week: Week | str | None = None, stage: str | None = None, failed_only: bool = False
    ) -> list[RuleOutcome]:
        """Findings in the order in which they were stored. failed_only: those that failed or crashed."""
        from resources.outcomes import RuleOutcome

        table = schema.outcomes
        query = sa.select(*(column for column in table.c if column.name != "id")).order_by(table.c.week, table.c.id)
        if week is not None:
            query = query.where(table.c.week == str(week))
        if stage is not None:
            query = query.where(table.c.stage == stage)
        if failed_only:
            query = query.where(table.c.status != "passed")
        return [RuleOutcome(**row) for row in self._read(query)]

    def replace_disagreements(self, week: Week | str, rows: Rows) -> None:
        """Where kinds of export differ, in place of what stood for the week; numbers as Decimal."""
        self._replace(schema.disagreements, {"week": str(week)}, [{**row, "week": str(week)} for row in rows])

    def disagreements(self, week: Week | str) -> list[dict[str, Any]]:
        table = schema.disagreements
        return self._read(sa.select(table).where(table.c.week == str(week)).order_by(*table.primary_key))

    def _replace(self, table: sa.Table, key: Mapping[str, Any], rows: Rows) -> None:
        with self._writing() as connection:
            connection.execute(table.delete().where(*(table.c[name] == value for name, value in key.items())))
            if rows:
                connection.execute(table.insert(), rows)

    # -- verdicts

    def record_judging(self, weeks: Iterable[Week | str], run_id: str) -> None:
        """Which run went through these weeks last, and so found what is stored of them."""
        table, named = schema.judgings, [str(week) for week in weeks]
        if not named:
            return
        with self._writing() as connection:
            connection.execute(table.delete().where(table.c.week.in_(named)))
            now = utc_now()
            connection.execute(table.insert(), [{"week": week, "run_id": run_id, "at": now} for week in named])

    def judged_by(self, week: Week | str) -> str | None:
        """The run that judged a week; None where no run of Dagster did."""
        table = schema.judgings
        found = self._read(sa.select(table.c.run_id).where(table.c.week == str(week)))
        return found[0]["run_id"] if found else None

    def replace_verdict(self, verdict: Verdict) -> None:
        """The verdict of a week with its feeds and holds, in place of the one it had."""
        row = asdict(verdict)
        parts = [(schema.feed_verdicts, row.pop("feeds")), (schema.unit_holds, row.pop("holds"))]
        week = str(verdict.week)
        with self._writing() as connection:
            for table, _ in parts:
                connection.execute(table.delete().where(table.c.week == week))
            connection.execute(schema.verdicts.delete().where(schema.verdicts.c.week == week))
            connection.execute(schema.verdicts.insert(), {**row, "week": week})
            for table, items in parts:
                if items:
                    connection.execute(
                        table.insert(), [{**item, "week": week, "position": at} for at, item in enumerate(items)]
                    )

    def verdict(self, week: Week | str) -> Verdict | None:
        found = self._verdicts(str(week))
        return found[0] if found else None

    def verdicts(self) -> list[Verdict]:
        """All verdicts by week."""
        return self._verdicts(None)

    def _verdicts(self, week: str | None) -> list[Verdict]:
        from resources.verdicts import FeedVerdict, UnitHold, Verdict

        def rows_of(connection: sa.Connection, table: sa.Table) -> list[dict[str, Any]]:
            query = sa.select(table).order_by(*table.primary_key)
            if week is not None:
                query = query.where(table.c.week == week)
            return [dict(row) for row in connection.execute(query).mappings()]

        with self._engine.connect() as connection, connection.begin():
            if connection.dialect.name == "postgresql":  # several reads, one moment: no verdict is read half replaced
                connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            rows = rows_of(connection, schema.verdicts)
            feeds: dict[str, list[FeedVerdict]] = {row["week"]: [] for row in rows}
            holds: dict[str, list[UnitHold]] = {row["week"]: [] for row in rows}
            for row in rows_of(connection, schema.feed_verdicts):
                feeds[row.pop("week")].append(FeedVerdict(**_without_position(row)))
            for row in rows_of(connection, schema.unit_holds):
                holds[row.pop("week")].append(UnitHold(**_without_position(row)))
        return [
            Verdict(
                **{**row, "reasons": tuple(row["reasons"])},
                feeds=tuple(feeds[row["week"]]),
                holds=tuple(holds[row["week"]]),
            )
            for row in rows
        ]

    # -- publication: rows are only ever added

    def publish(
        self,
        release: Release,
        stage: Callable[[Revision, Rows], None] | None = None,
        guard: Callable[[sa.Connection], None] | None = None,
    ) -> PublishResult:
        """Add the release as the week's next revision, unless the latest has the same fingerprint.

        One transaction: a revision is seen whole or not at all, and each of several publishers gets its own number.
        `stage` is called with the new revision and its ranking just before the transaction ends; what it raises undoes
        the revision. `guard` is called first in the transaction and raises when the release may not be published any more.
        Raises ReleaseConflict when the same fingerprint comes with other figures.
        """
        with self._writing() as connection:
            if guard:
                guard(connection)
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("LOCK TABLE revisions IN SHARE ROW EXCLUSIVE MODE"))
            table = schema.revisions
            latest = connection.execute(
                sa.select(table.c.revision, table.c.fingerprint, table.c.figures)
                .where(table.c.week == release.week)
                .order_by(table.c.revision.desc())
                .limit(1)
            ).one_or_none()
            if latest and latest.fingerprint == release.fingerprint:
                if latest.figures != release.figures:
                    raise ReleaseConflict(
                        f"{release.week}: the same inputs gave other figures than revision {latest.revision}; if the "
                        "software changed on purpose, its version must be part of the fingerprint"
                    )
                return PublishResult(release.week, latest.revision, is_new=False)
            revision = _as_revision(release, latest.revision + 1 if latest else 1)
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
        """(level, scope, period kind) of the cohorts ranked in a week; of the latest revision by default."""
        table = schema.rankings
        latest = sa.select(sa.func.max(schema.revisions.c.revision)).where(schema.revisions.c.week == str(week))
        columns = (table.c.level, table.c.scope, table.c.period_kind)
        query = sa.select(*columns).distinct().order_by(*columns).where(table.c.week == str(week))
        query = query.where(table.c.revision == (latest.scalar_subquery() if revision is None else revision))
        return [(row["level"], row["scope"], row["period_kind"]) for row in self._read(query)]


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


def _without_position(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "position"}


def _age(record: ExportRecord) -> tuple[Any, ...]:
    name = PurePosixPath(record.file).name
    snapshot = re.search(r"\.(\d{1,9})\.", name)
    number = int(snapshot[1]) if snapshot else 1
    return record.exported_at or datetime.min, number, name, record.received_at, record.sha256


def _same_file(one: ExportRecord, other: ExportRecord) -> bool:
    return (one.file, one.sha256) == (other.file, other.sha256)
