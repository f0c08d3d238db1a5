"""The rows behind counts, asked of the typed tables of the lake.

Belongs here: running counting's own plan with whole rows, and asking it who is counted. Does not belong here: any condition
(scoring/members.py), which exports a published figure stands on (assets/explaining.py), words (publishing).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from resources.catalogue import duckdb_schema
from resources.counting import CountInputs, open_codes, sources_open
from resources.kept_counts import kept_open
from scoring.calendar import PeriodKind, Week
from scoring.counting import plan
from scoring.members import (
    Change,
    Moment,
    kept_presence_sql,
    members_sql,
    moment,
    movements_sql,
    of_unit,
    source_of,
)
from scoring.moving import moving
from scoring.readings import TimeFrame
from scoring.ruleset import Indicator, RuleSet, ruleset_for

_SPANS, _MOVING = "counting.dossier_spans", "counting.moving_dossier_spans"
_FACTS = {
    "dossiers": (
        "status, channel, payment, due_at, ended_at, accepted_at, supplement_count, supplement_open_at, waiting_seconds"
    ),
    "petitions": "form, received_at, due, answered_at, outcome, disliked, repeated",
    "procedures": "service_level, announced_on, effective_on, disclosed_on",
    "units": "level, certified_copy, reported_month, reported_quarter, reported_ytd, last_year_dossiers",
}


@dataclass(frozen=True, slots=True)
class Member:
    """One row that is counted. lacking: the numbers of the parts of the numerator that do not hold (members.parts_of).

    export_id, source_row: where the row stands. facts: what of it explains the rest; instants are naive UTC.
    """

    code: str
    unit_code: str
    in_numerator: bool
    lacking: tuple[int, ...]
    export_id: str
    source_row: int
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Movement:
    """What came into and went out of numerator and denominator since the week before, by the same inputs."""

    into_numerator: int
    out_of_numerator: int
    into_denominator: int
    out_of_denominator: int


@dataclass(frozen=True, slots=True)
class Members:
    """The open spans of some weeks. con, frame: what they are in.

    last_tick: set where only the dossiers that may have moved by it are at hand (open_moving): then nothing but
    `movements` can be asked, and of kinds of period that both weeks are read in: where one begins, every dossier moves.
    """

    con: duckdb.DuckDBPyConnection
    frame: TimeFrame
    last_tick: int | None = None

    def at(self, week: Week, kind: PeriodKind) -> Moment:
        """Raises KeyError for a week or period that was not opened."""
        return moment(self.frame, week, kind)

    def counts(self, week: Week, kind: PeriodKind) -> dict[tuple[str, str], tuple[int, int]]:
        """(unit, indicator) to the counts, as counting itself gives them."""
        sql = "SELECT unit_code, indicator, numerator, denominator FROM counts WHERE week = ? AND period_kind = ?"
        return {(row[0], row[1]): (row[2], row[3]) for row in self.con.execute(sql, [week.monday, kind]).fetchall()}

    def reported(self, at: Moment, unit_code: str) -> tuple[str, int] | None:
        """Export and row in which a unit's own figures of the national reporting system stand."""
        sql = f"""
            SELECT row.export_id, row.source_row FROM counting.units_spans
            WHERE row.unit_code = $unit AND since <= {at.tick} AND {at.tick} < until"""  # noqa: S608
        found = self.con.execute(sql, {"unit": unit_code}).fetchone()
        return (found[0], found[1]) if found else None

    def listed(self, at: Moment, indicator: Indicator, unit_code: str) -> list[Member]:
        """The rows of a unit's denominator by code; of `sync` the dossiers received."""
        source = source_of(indicator)
        if source is None:
            return []
        sql = f"""
            SELECT code, counted_for, in_numerator, lacking, export_id, source_row, {_FACTS[source]}
            FROM ({members_sql(at, indicator)}) WHERE in_denominator AND {of_unit(source)} ORDER BY code, source_row"""  # noqa: S608
        names = [name.strip() for name in _FACTS[source].split(",")]
        return [
            Member(row[0], row[1], row[2], tuple(row[3]), row[4], row[5], dict(zip(names, row[6:], strict=True)))
            for row in self.con.execute(sql, {"unit": unit_code}).fetchall()
        ]

    def numbers(
        self, at: Moment, indicator: Indicator, unit_code: str, changes: Sequence[Change] = ()
    ) -> tuple[int, int]:
        """How many rows of a unit stand in the numerator and in the denominator."""
        source = source_of(indicator)
        if source is None:
            return 0, 0
        sql = f"""
            SELECT count(*) FILTER (in_numerator), count(*) FILTER (in_denominator)
            FROM ({members_sql(at, indicator, changes)}) WHERE {of_unit(source)}"""  # noqa: S608
        row = self.con.execute(sql, {"unit": unit_code}).fetchone()
        assert row is not None
        return row[0], row[1]

    def movement(self, before: Moment, now: Moment, indicator: Indicator, unit_code: str) -> Movement:
        """Compared row by row; of procedures and units by their code."""
        source = source_of(indicator)
        if source is None:
            return Movement(0, 0, 0, 0)
        then, today = (
            f"SELECT code, in_numerator AS n FROM ({members_sql(at, at.ruleset.indicator(indicator.code))})"  # noqa: S608
            f" WHERE in_denominator AND {of_unit(source)}"
            for at in (before, now)
        )
        sql = f"""
            SELECT count(*) FILTER (coalesce(today.n, FALSE) AND NOT coalesce(earlier.n, FALSE)),
                count(*) FILTER (coalesce(earlier.n, FALSE) AND NOT coalesce(today.n, FALSE)),
                count(*) FILTER (earlier.code IS NULL), count(*) FILTER (today.code IS NULL)
            FROM ({today}) today FULL JOIN ({then}) earlier USING (code)"""  # noqa: S608
        row = self.con.execute(sql, {"unit": unit_code}).fetchone()
        assert row is not None
        return Movement(*row)

    def movements(
        self, week: Week, kind: PeriodKind, still: Mapping[str, Iterable[str]]
    ) -> dict[str, dict[str, Movement]]:
        """Indicator to the same of every unit and province at once, against the week before; of the indicators both know.

        still: indicator to the units in whose denominator something stands now; of those there is an entry where nothing
        moved, too.
        """
        now, before = self.at(week, kind), self.at(week.previous, kind)
        known = {each.code for each in before.ruleset.indicators}
        asked = [each for each in now.ruleset.indicators if each.code in known and source_of(each) is not None]
        if self.last_tick is not None:
            before, now = (
                self._with_presence(at, f"counting.presence_{when}", self.last_tick)
                for when, at in (("before", before), ("now", now))
            )
        spans = self._lay_moving(before, now) if before.ruleset == now.ruleset else _SPANS
        found: dict[str, dict[str, Movement]] = {}
        for indicator in asked:
            source = source_of(indicator)
            assert source is not None
            sql = movements_sql(before, now, indicator, source)
            if source == "dossiers":
                sql = sql.replace(_SPANS, spans)
            told = {unit: Movement(*numbers) for unit, *numbers in self.con.execute(sql).fetchall()}
            found[indicator.code] = dict.fromkeys(still.get(indicator.code, ()), Movement(0, 0, 0, 0)) | told
        return found

    def _with_presence(self, at: Moment, name: str, last_tick: int) -> Moment:
        self.con.execute(f"CREATE OR REPLACE TABLE {name} AS {kept_presence_sql(at, last_tick)}")
        return replace(at, presence=name)

    def _lay_moving(self, before: Moment, now: Moment) -> str:
        """The spans of dossiers that need not be the same at two moments by one rule set; returns the table's name.

        Left out are those that last over both, lie in the period at both, and are late at both or at neither: nothing
        else of a dossier changes in a span (scoring/sql/dossiers.sql).
        """
        first_month, last_month = max(before.first_month, now.first_month), min(before.last_month, now.last_month)
        self.con.execute(f"""
            CREATE OR REPLACE TABLE {_MOVING} AS SELECT * FROM {_SPANS} WHERE NOT (
                since <= {before.tick} AND {now.tick} < until AND month BETWEEN {first_month} AND {last_month}
                AND NOT coalesce({before.tick} < late_from AND late_from <= {now.tick}, FALSE))""")  # noqa: S608
        return _MOVING

    def changed(
        self, at: Moment, thought: Sequence[tuple[Sequence[str], Mapping[str, str]]], unit_code: str
    ) -> dict[str, tuple[int, int]]:
        """What a unit's counts would change by, had some dossiers other columns: (codes, name to SQL), one after the other.

        Indicator to (numerator, denominator), only those that change.
        """
        changes = []
        for number, (codes, columns) in enumerate(thought):
            changes.append(Change(f"counting.thought_{number}", columns))
            sql = f"CREATE OR REPLACE TABLE {changes[-1].relation} AS SELECT unnest(?::VARCHAR[]) AS code"
            self.con.execute(sql, [list(codes)])
        found = {}
        for indicator in at.ruleset.indicators:
            if indicator.population in ("dossiers", "procedures"):
                now, then = (self.numbers(at, indicator, unit_code, each) for each in ((), changes))
                if now != then:
                    found[indicator.code] = (then[0] - now[0], then[1] - now[1])
        return found


@contextmanager
def open_members(
    con: duckdb.DuckDBPyConnection,
    inputs: CountInputs,
    weeks: Iterable[Week],
    ruleset_on: Callable[[date], RuleSet] = ruleset_for,
    unit_code: str | None = None,
) -> Iterator[Members]:
    """Lays out the rows of some weeks. unit_code: only the dossiers that were ever a unit's, for it alone is asked about.

    Raises what counting raises.
    """
    wanted = plan(weeks, ruleset_on, whole_rows=True)
    with sources_open(con, inputs):
        if unit_code is not None:
            _narrow(con, unit_code)
        try:
            for statement in wanted.statements:
                con.execute(statement)
            yield Members(con, wanted.frame)
        finally:
            con.execute("DROP TABLE IF EXISTS temp.dossiers_of_unit")


@contextmanager
def open_moving(
    con: duckdb.DuckDBPyConnection,
    inputs: CountInputs,
    week: Week,
    kept: Path,
    ruleset_on: Callable[[date], RuleSet] = ruleset_for,
) -> Iterator[Members | None]:
    """The rows of the dossiers that may have moved in a week; what is counted of all of them stands in `kept`.

    kept: a folder that counting kept of this very week, from these inputs (resources/kept_counts.py). None where any dossier
    may have moved (scoring/moving.py), and without dossiers. Raises what counting raises.
    """
    with sources_open(con, inputs, dossiers_as="all_dossiers"), kept_open(con, kept):
        came = con.execute("SELECT 1 FROM procedures WHERE arrived_week = ? LIMIT 1", [week.monday]).fetchone()
        found = moving(week, ruleset_on, duckdb_schema("dossiers"), lists_came=came is not None)
        if found is None or not inputs.dossiers:
            yield None
            return
        open_codes(con, kept.parent, inputs.dossiers)
        for statement in (found.touched, *found.spans):
            con.execute(statement)
        yield Members(con, found.frame, found.last_tick)


def _narrow(con: duckdb.DuckDBPyConnection, unit_code: str) -> None:
    """Of the dossiers every version of those that were once the unit's, or a unit's below it."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE dossiers_of_unit AS SELECT * FROM dossiers WHERE dossier_code IN"
        " (SELECT dossier_code FROM dossiers WHERE unit_code = $unit OR starts_with(unit_code, $unit || '.'))",
        {"unit": unit_code},
    )
    con.execute("CREATE OR REPLACE TEMP VIEW dossiers AS SELECT * FROM dossiers_of_unit")
