"""The database: what was taken in, what was found, what was decided, and what was published.

Belongs here: storing and reading those records; every change of several rows is one transaction. Does not belong here:
publication (resources/revisions.py), the tables' definitions (resources/schema.py), how they change
(resources/migrations), or deciding anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from resources import schema
from resources.clock import utc_now
from resources.revisions import Published, mappings
from resources.revisions import Rows as Rows

if TYPE_CHECKING:
    from resources.exports import ExportRecord
    from resources.outcomes import RuleOutcome
    from resources.verdicts import Verdict
    from scoring.calendar import Week


class Database(Published):
    """The records of one installation, on SQLite (the default) or PostgreSQL; safe to use from several processes."""

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

    def weeks_judged(self) -> list[str]:
        """Weeks that have a verdict, in order."""
        column = schema.verdicts.c.week
        return [row["week"] for row in self._read(sa.select(column).order_by(column))]

    def verdicts(self) -> list[Verdict]:
        """All verdicts by week."""
        return self._verdicts(None)

    def _verdicts(self, week: str | None) -> list[Verdict]:
        from resources.verdicts import FeedVerdict, UnitHold, Verdict

        def rows_of(connection: sa.Connection, table: sa.Table) -> list[dict[str, Any]]:
            query = sa.select(table).order_by(*table.primary_key)
            if week is not None:
                query = query.where(table.c.week == week)
            return mappings(connection.execute(query))

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


def _without_position(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "position"}


def _age(record: ExportRecord) -> tuple[Any, ...]:
    name = PurePosixPath(record.file).name
    snapshot = re.search(r"\.(\d{1,9})\.", name)
    number = int(snapshot[1]) if snapshot else 1
    return record.exported_at or datetime.min, number, name, record.received_at, record.sha256


def _same_file(one: ExportRecord, other: ExportRecord) -> bool:
    return (one.file, one.sha256) == (other.file, other.sha256)
