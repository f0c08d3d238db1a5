"""The workbench: the dossiers behind some differences, in the engine, each with what it counts for.

Belongs here: composing and running the queries that lay them out. Does not belong here: what may have gone wrong with
them (faults), or the rules of counting (scoring), whose conditions are used as they are.

Tables, in the schema `reconciling`, which lives as long as the bench is open:
    examined  unit_code, indicator, ours_n, ours_d, theirs_n, theirs_d: the differences
    versions  every version that has arrived of the dossiers of those units, and of units above and below them
    state     their latest versions that fall in the period, with timely, complained, overdue as of the week
    facts     one row an indicator and dossier: in_denominator, in_numerator, components, closed_from, closed_to, ...
    counted   the facts of the dossiers that count for a difference, one row a difference and dossier
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from checks.reconcile.compare import Difference
from resources.catalogue import duckdb_schema
from resources.engine import quote_name, quote_text
from scoring.calendar import Period, Week
from scoring.readings import time_frame
from scoring.ruleset import Indicator, RuleSet

if TYPE_CHECKING:
    import duckdb

Key = tuple[str, str]
"""Unit code and indicator."""


@dataclass(frozen=True, slots=True)
class Bench:
    """The open bench: ask it with SQL over the tables above.

    differences: what is examined, by unit and indicator. elsewhere: our counts of the same in other periods, by their
    names (`month`, `previous ytd`).
    """

    con: duckdb.DuckDBPyConnection
    differences: Mapping[Key, Difference]
    elsewhere: Mapping[Key, Mapping[str, tuple[int, int]]]

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple]:
        """The rows of a SELECT."""
        return self.con.execute(sql, list(parameters)).fetchall()

    def untrue(self) -> set[Key]:
        """Differences of which the dossiers laid out do not make our own counts: nothing can be proved by them."""
        found = self.rows(
            "SELECT unit_code, indicator, count(*) FILTER (in_numerator), count(*) FILTER (in_denominator)"
            " FROM reconciling.counted GROUP BY ALL"
        )
        laid_out = {(unit, indicator): (top, base) for unit, indicator, top, base in found}
        return {
            key
            for key, one in self.differences.items()
            if laid_out.get(key, (0, 0)) != (one.ours.numerator, one.ours.denominator)
        }


@contextmanager
def open_bench(
    con: duckdb.DuckDBPyConnection,
    differences: Sequence[Difference],
    ruleset: RuleSet,
    dossiers: Sequence[Path],
    petitions: Sequence[Path],
    elsewhere: Mapping[Key, Mapping[str, tuple[int, int]]],
) -> Iterator[Bench]:
    """The bench for differences of ONE week and period in indicators counted over dossiers.

    dossiers, petitions: typed files of the catalogue, in the order in which they count; later weeks are left aside.
    Raises duckdb.Error when a file cannot be read.
    """
    week, period = differences[0].week, differences[0].period
    con.execute("DROP SCHEMA IF EXISTS reconciling CASCADE; CREATE SCHEMA reconciling")
    try:
        con.execute(
            "CREATE TABLE reconciling.examined (unit_code VARCHAR, indicator VARCHAR,"
            " ours_n BIGINT, ours_d BIGINT, theirs_n BIGINT, theirs_d BIGINT)"
        )
        con.executemany(
            "INSERT INTO reconciling.examined VALUES (?, ?, ?, ?, ?, ?)",
            [
                (one.unit_code, one.subject, *(figure(each) for each in (one.ours, one.theirs) for figure in _COUNTS))
                for one in differences
            ],
        )
        con.execute(_state(week, period, ruleset, dossiers, petitions))
        indicators = [ruleset.indicator(code) for code in sorted({one.subject for one in differences})]
        con.execute(f"CREATE TABLE reconciling.facts AS {' UNION ALL '.join(map(_facts, indicators))}")
        con.execute(_COUNTED)
        yield Bench(con, {(one.unit_code, one.subject): one for one in differences}, elsewhere)
    finally:
        con.execute("DROP SCHEMA IF EXISTS reconciling CASCADE")


_COUNTS = (lambda figure: figure.numerator, lambda figure: figure.denominator)


def first_day_counted(week: Week, period: Period, ruleset: RuleSet) -> date:
    """The period's first day, or the day its counts began again."""
    frame = time_frame([week], lambda _: ruleset)
    (month,) = {frame.stretches[one.stretch].first_month for one in frame.readings if one.kind == period.kind}
    return date(month // 12, month % 12 + 1, 1)


def conditions(indicator: Indicator) -> tuple[str, str]:
    """What puts a dossier into the numerator and the denominator, as SQL over a row of `state`."""
    base = f"coalesce(({indicator.denominator or 'TRUE'}), FALSE)"
    return f"({base} AND coalesce(({indicator.numerator}), FALSE))", base


def _state(week: Week, period: Period, ruleset: RuleSet, dossiers: Sequence[Path], petitions: Sequence[Path]) -> str:
    template = files("checks.reconcile").joinpath("sql", "bench.sql").read_text(encoding="utf-8")
    return Template(template).substitute(
        files=_listed(dossiers),
        petitions=f"read_parquet({_listed(petitions)})" if petitions else _no_petitions(),
        monday=week.monday,
        first_day=first_day_counted(week, period, ruleset),
        last_day=period.end_day,
        cut=period.cut(week),
    )


def _listed(paths: Sequence[Path]) -> str:
    return f"[{', '.join(quote_text(path) for path in paths)}]"


def _no_petitions() -> str:
    columns = ", ".join(f"NULL::{type_} AS {quote_name(name)}" for name, type_ in duckdb_schema("petitions").items())
    return f"(SELECT {columns} WHERE FALSE)"


def _facts(indicator: Indicator) -> str:
    """Every dossier by an indicator; conditions were checked when the rule set was read."""
    numerator, denominator = conditions(indicator)
    after_result = "has_result" in str(indicator.numerator)
    closed = ("result_from", "result_to") if after_result else ("ended_at", "ended_at")
    closed_day = "closed_day"
    if not any(word in str(indicator.numerator) for word in _OF_CLOSING):
        closed, closed_day = ("NULL::TIMESTAMP", "NULL::TIMESTAMP"), "NULL::DATE"
    return f"""
        SELECT {quote_text(indicator.code)} AS indicator, unit_code AS held_by, dossier_code, status, accepted_day,
            {closed_day} AS closed_day, {numerator} AS in_numerator, {denominator} AS in_denominator,
            {components_of(indicator)} AS components,
            {closed[0]} AS closed_from, {closed[1]} AS closed_to
        FROM reconciling.state"""  # noqa: S608


#: What a counter learns only when a dossier is closed: of anything else it cannot have missed what was closed after a day.
_OF_CLOSING = ("has_result", "sent_to_store", "timely", "finished_at", "returned_at")

_COUNTED = """
    CREATE TABLE reconciling.counted AS
    SELECT one.unit_code, facts.* FROM reconciling.facts JOIN reconciling.examined one
        ON one.indicator = facts.indicator AND one.unit_code = facts.held_by
    UNION ALL  -- a province counts what its units have
    SELECT one.unit_code, facts.* FROM reconciling.facts JOIN reconciling.examined one
        ON one.indicator = facts.indicator AND one.unit_code = left(facts.held_by, 3) AND one.unit_code <> facts.held_by"""


def components_of(indicator: Indicator) -> str:
    """The count of components an indicator looks at, in `state`: the first it names, else those digitised."""
    named = [name for name in _COMPONENT_COUNTS if name in f"{indicator.numerator} {indicator.denominator}"]
    return (named or ["digitised_count"])[0]


_COMPONENT_COUNTS = ("digitised_count", "reused_count", "from_store_count", "component_count")
